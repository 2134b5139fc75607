"""What networks push: from a signed request to cases."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from threading import Lock
from typing import Any, Final

from attrs import define, frozen

from scskit.core.errors import ConfigError, PayloadInvalid
from scskit.core.interaction import Inbound, Parsed, Signal, Unreadable
from scskit.core.records import Quarantined
from scskit.core.webhook import Counted, WebhookRequest, WebhookResponse
from scskit.desk.incoming import Incoming
from scskit.desk.quarantine import Quarantine, Rejected
from scskit.desk.report import Outcome
from scskit.desk.services import Services
from scskit.plugins.registry import Registry
from scskit.plugins.specs import ConnectorSpec, require

TYPE: Final = "webhook"
"""The ``type`` of a quarantined body among quarantined items."""

_MOST_REASONS = 5


class Webhooks:
    """Takes in what networks push. May be used from several threads at once."""

    def __init__(
        self,
        services: Services,
        ingest: Callable[[Sequence[Inbound]], object],
        leave: Callable[[str, WebhookRequest], object],
    ) -> None:
        """Work for a desk.

        Args:
            services: its parts.
            ingest: applies items before it returns.
            leave: stores a body before it returns, for the worker to apply.
        """
        self._services = services
        self._ingest = ingest
        self._leave = leave
        self._by_worker = services.policy.intake.apply == "by_worker"
        self._quarantine = Quarantine(services)
        self._lock = Lock()
        self._counts: dict[str, Counter[str]] = {}

    def receive(self, connector: str, request: WebhookRequest) -> WebhookResponse:
        """Answer a request; see ``Desk.webhook``."""
        spec = self._services.registry.connectors.get(connector)
        if spec is None or "webhook" not in spec.capabilities:
            self._services.log.warning("webhook", connector=connector, outcome="no such connector")
            return WebhookResponse.text("not found", 404)
        most = self._services.policy.intake.max_body
        return self._services.answer(spec.connector, _Box(self, connector), request, most)

    def streamed(self, connector: str, body: bytes) -> Counted:
        """Take in what came down a stream; see ``Desk.streamed``."""
        spec = self._services.registry.connectors.get(connector)
        if spec is None:
            known = ", ".join(sorted(self._services.registry.connectors)) or "none"
            message = f"there is no connector {connector!r}; there is: {known}"
            raise ConfigError(message)
        require(spec, "stream")
        request = WebhookRequest(method="POST", received_at=self._services.clock.now(), body=body)
        what = self._streamed(spec, request)
        self.count(connector, what)
        return what

    def _streamed(self, spec: ConnectorSpec, request: WebhookRequest) -> Counted:
        try:
            items = list(spec.connector.parse(request))
        except PayloadInvalid as error:
            self.keep(spec.name, request, str(error))
            return "unreadable"
        except Exception as error:  # noqa: BLE001  a connector may break in any way; others go on
            self.keep(spec.name, request, f"the connector failed: {type(error).__name__}: {error}")
            return "failed"
        if items:
            self.accept(spec.name, request, items)
        return "ignored" if all(isinstance(item, Signal) for item in items) else "accepted"

    @property
    def counts(self) -> Mapping[str, Mapping[str, int]]:
        """What became of the requests since this desk was opened, by connector."""
        with self._lock:
            return {connector: dict(counter) for connector, counter in self._counts.items()}

    def accept(self, connector: str, request: WebhookRequest, items: Sequence[Parsed]) -> None:
        """Store what a body holds, and the body itself if any of it cannot be read, or is left."""
        if self._by_worker and not all(isinstance(i, Signal) and not i.same_person for i in items):
            self._leave(connector, request)
        elif not self._by_worker:
            self.apply(connector, request, items)
        for item in items:
            if isinstance(item, Signal):
                self._services.log.info(
                    "signal", account=item.account, signal=item.event, target=item.target
                )

    def apply(self, connector: str, request: WebhookRequest, items: Sequence[Parsed]) -> None:
        """Apply what a body holds, before this returns."""
        inbound = [item for item in items if not isinstance(item, Signal | Unreadable)]
        if inbound:
            self._ingest(inbound)
        if reason := _unreadable(items):
            self.keep(connector, request, reason)
        take_word(self._services, items)

    def keep(self, connector: str, request: WebhookRequest, reason: str) -> None:
        """Store a body as it came; the same one is stored once."""
        now = self._services.clock.now()
        body = Rejected(index=0, reason=reason, item=closed(connector, request))
        self._quarantine.keep([body], now)

    def count(self, connector: str, what: Counted) -> None:
        """Count what became of a request, and log what somebody should look at."""
        with self._lock:
            self._counts.setdefault(connector, Counter())[what] += 1
        good = what in {"accepted", "ignored", "handshake"}
        log = self._services.log.info if good else self._services.log.warning
        log("webhook", connector=connector, outcome=what)


@frozen
class _Box:
    """Where one connector's requests are stored."""

    webhooks: Webhooks
    connector: str

    def accept(self, request: WebhookRequest, items: Sequence[Parsed]) -> None:
        self.webhooks.accept(self.connector, request, items)

    def quarantine(self, request: WebhookRequest, reason: str) -> None:
        self.webhooks.keep(self.connector, request, reason)

    def count(self, what: Counted) -> None:
        self.webhooks.count(self.connector, what)


def closed(connector: str, request: WebhookRequest) -> dict[str, str]:
    """Return a body as it is kept in quarantine, without headers: they may hold secrets."""
    kept = {"type": TYPE, "connector": connector}
    try:
        return {**kept, "body": request.body.decode()}
    except UnicodeDecodeError:
        return {**kept, "base64": b64encode(request.body).decode()}


@define
class Reopened:
    """A quarantined line on its next try: one item, or a body with several.

    Attributes:
        incoming: what is to be taken in.
        is_body: whether it is a body.
        unreadable: why something of a body still cannot be read.
        signals: what a body says beside its messages.
    """

    incoming: list[Incoming]
    is_body: bool = True
    unreadable: str = ""
    signals: Sequence[Signal] = ()

    def outcome(self, line: Quarantined, outcomes: Sequence[Outcome]) -> Outcome:
        """Return what became of the line, from what became of its items.

        Items of a body that cannot be applied have lines of their own by now.
        """
        if self.unreadable:
            return Outcome(state="quarantined", quarantine_id=line.id, reason=self.unreadable)
        return Outcome(state="applied") if self.is_body else outcomes[0]


def reopened(item: object, received_at: datetime, registry: Registry, *, history: bool) -> Reopened:
    """Prepare a quarantined line for another try.

    Args:
        item: what is kept.
        received_at: when it came.
        registry: whose connectors read bodies.
        history: record it at its true time instead of now.
    """

    def incoming(raw: object) -> Incoming:
        return Incoming(raw=raw, index=0, received_at=received_at, history=history)

    if not isinstance(item, Mapping) or item.get("type") != TYPE:
        return Reopened([incoming(item)], is_body=False)
    try:
        items = _parsed(item, received_at, registry)
    except (PayloadInvalid, ConfigError) as error:
        return Reopened([], unreadable=str(error))
    except Exception as error:  # noqa: BLE001  a connector's bug leaves the body where it is
        return Reopened([], unreadable=f"the connector failed: {type(error).__name__}: {error}")
    readable = [incoming(one) for one in items if not isinstance(one, Signal | Unreadable)]
    signals = [one for one in items if isinstance(one, Signal)]
    return Reopened(readable, unreadable=_unreadable(items), signals=signals)


def take_word(services: Services, items: Iterable[Parsed]) -> None:
    """Take in what signals say of people, once the messages beside them are."""
    for item in items:
        if isinstance(item, Signal) and item.same_person:
            from scskit.desk.otherwise import recognise  # noqa: PLC0415  few networks say so

            recognise(services, item.account, item.same_person)


def _parsed(item: Mapping[str, Any], received_at: datetime, registry: Registry) -> list[Parsed]:
    name = item.get("connector")
    spec = registry.connectors.get(name) if isinstance(name, str) else None
    if spec is None:
        known = ", ".join(sorted(registry.connectors)) or "none"
        message = f"connector: found {name!r}, which is not installed; installed: {known}"
        raise ConfigError(message)
    body = item["body"].encode() if "body" in item else b64decode(item["base64"])
    request = WebhookRequest(method="POST", received_at=received_at, body=body)
    return list(spec.connector.parse(request))


def _unreadable(items: Sequence[Parsed]) -> str:
    """Say why some of the items cannot be read; nothing when all can."""
    reasons = [item.reason for item in items if isinstance(item, Unreadable)]
    if not reasons:
        return ""
    shown = "; ".join(dict.fromkeys(reasons[:_MOST_REASONS]))
    return f"{len(reasons)} of {len(items)} items cannot be read: {shown}"
