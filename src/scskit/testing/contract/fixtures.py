"""The fixtures that an author fills, and those that the checks are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from inspect import signature
from itertools import count
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from attrs import frozen

from scskit.core.case import Case
from scskit.core.ids import AccountId, IdentityId, ThreadId
from scskit.core.interaction import Interaction, Parsed, Visibility
from scskit.core.reply import Draft, Outbound, Violation
from scskit.core.webhook import WebhookRequest, WebhookResponse
from scskit.plugins import ConnectorSpec, hookimpl
from scskit.plugins.registry import Registry, load_registry
from scskit.testing.clock import START, FakeClock
from scskit.testing.contract.parts import Answers, Bodies, TextLimit, Window

if TYPE_CHECKING:
    from scskit.desk.desk import Desk

Sign = Callable[..., Mapping[str, str]]
"""From body and secret to headers; also from the time, as a third, where signatures bear one."""

Refusals = Callable[[Outbound, datetime, Visibility], Sequence[Violation]]

_tenants = count(1)
_BODY_AND_SECRET = 2


@frozen
class Sender:
    """The network, as far as it sends webhooks."""

    spec: ConnectorSpec
    sign: Sign
    secret: str
    now: datetime

    def request(
        self, body: bytes, headers: Mapping[str, str] | None = None, later: timedelta | None = None
    ) -> WebhookRequest:
        """Make a request that is signed at that time, unless other headers are given."""
        at = self.now + (later or timedelta(0))
        signed = self.signed(body, at=at) if headers is None else headers
        return WebhookRequest(method="POST", received_at=at, headers=signed, body=body)

    @property
    def stamps(self) -> bool:
        """Whether signatures bear a time."""
        return len(signature(self.sign).parameters) > _BODY_AND_SECRET

    def signed(
        self, body: bytes, secret: str | None = None, at: datetime | None = None
    ) -> Mapping[str, str]:
        """Return the headers of a signed body; by the valid secret and now, unless told."""
        given = (body, self.secret if secret is None else secret)
        return self.sign(*given, at or self.now) if self.stamps else self.sign(*given)

    def parse(self, body: bytes) -> list[Parsed]:
        """Let the connector read a body."""
        return list(self.spec.connector.parse(self.request(body)))

    def deliver(self, desk: Desk, *bodies: bytes, later: timedelta | None = None) -> None:
        """Hand bodies to a desk, which takes each of them; one second lies between two."""
        for number, body in enumerate(bodies):
            passed = (later or timedelta(0)) + timedelta(seconds=number)
            answer = self.post(desk, self.request(body, later=passed))
            assert answer.status == HTTPStatus.OK, f"{answer.status} for {body!r}"

    def post(self, desk: Desk, request: WebhookRequest) -> WebhookResponse:
        """Hand a request to a desk."""
        return desk.webhook(self.spec.name, request)


@frozen
class _Offer:
    """A plugin that offers one connector."""

    spec: ConnectorSpec
    name: str = "contract"

    @hookimpl
    def scskit_connectors(self) -> Sequence[ConnectorSpec]:
        """Offer it."""
        return (self.spec,)


def known(desk: Desk) -> list[Interaction]:
    """Return every message that stands in a case, by the network's id."""
    cases = desk.cases.find(limit=100).cases
    found = [one for case in cases for one in desk.cases.interactions(case.id)]
    return sorted(found, key=lambda one: one.external_id)


def declares(spec: ConnectorSpec, *capabilities: str) -> None:
    """Skip the check when none of the capabilities is declared."""
    if not spec.capabilities & set(capabilities):
        pytest.skip(f"{spec.name} does not declare {' or '.join(capabilities)}")


def _unfilled(spec: ConnectorSpec, fixture: str, *capabilities: str) -> NoReturn:
    declares(spec, *capabilities)
    pytest.fail(f"fill the fixture {fixture}: {spec.name} declares {', '.join(capabilities)}")


def _secrets_in(value: object, key: str = "") -> Iterator[str]:
    """Find what settings hide, by the names that such things have."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _secrets_in(inner, str(name).lower())
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _secrets_in(inner, key)
    elif isinstance(value, str) and any(word in key for word in ("secret", "token", "password")):
        yield value


class Fixtures:
    """What an author fills, with what holds where nothing is filled in."""

    @pytest.fixture
    def plugin(self) -> object:
        """Give the plugin that offers the connector: a module or an object. To be filled."""
        pytest.fail("fill the fixture plugin: the module or object that offers the connector")

    @pytest.fixture
    def secrets(self) -> Sequence[str]:
        """Give the secrets that are valid for webhooks; checks exchange them."""
        return ("contract-s3cret-0815",)

    @pytest.fixture
    def settings(self, secrets: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
        """Give the ``[plugins.*]`` tables of a desk file, with these secrets. To be filled.

        There may be one, several or none of them.
        """
        return {}

    @pytest.fixture
    def registry(self, plugin: object, settings: Mapping[str, Mapping[str, Any]]) -> Registry:
        """Load the plugin as a desk does."""
        return load_registry([plugin], settings=settings, discover=False)

    @pytest.fixture
    def spec(self, registry: Registry) -> ConnectorSpec:
        """Give the connector; to be filled where the plugin offers several."""
        if len(registry.connectors) != 1:
            found = ", ".join(registry.connectors) or "none"
            pytest.fail(f"fill the fixture spec: the plugin offers {found}")
        return next(iter(registry.connectors.values()))

    @pytest.fixture
    def now(self) -> datetime:
        """Give the time at which bodies come in: shortly after what they tell."""
        return START

    @pytest.fixture
    def sign(self, spec: ConnectorSpec) -> Sign:
        """Give a function from body and secret to the headers of a signed request. To be filled.

        Where signatures bear the time, it takes that as well: an aware ``datetime``.
        """
        _unfilled(spec, "sign", "webhook")

    @pytest.fixture
    def bodies(self, spec: ConnectorSpec) -> Bodies:
        """Give what the network pushes. To be filled."""
        _unfilled(spec, "bodies", "webhook")

    @pytest.fixture
    def outbounds(self, spec: ConnectorSpec) -> Sequence[Outbound]:
        """Give one message for each declared way of answering. To be filled."""
        _unfilled(spec, "outbounds", "reply_public", "reply_private", "find_sent")

    @pytest.fixture
    def answers(self, spec: ConnectorSpec) -> Answers:
        """Give what the network answers. To be filled."""
        _unfilled(spec, "answers", "reply_public", "reply_private", "find_sent", "fetch")

    @pytest.fixture
    def limits(self, spec: ConnectorSpec) -> Sequence[TextLimit]:
        """Give how long texts may be, where the connector says so before anything leaves."""
        pytest.skip(f"no limits are given for {spec.name}")

    @pytest.fixture
    def windows(self, spec: ConnectorSpec) -> Sequence[Window]:
        """Give how long people may be written to, where the connector says so beforehand."""
        pytest.skip(f"no windows are given for {spec.name}")

    @pytest.fixture
    def refusals(self, registry: Registry, spec: ConnectorSpec) -> Refusals:
        """Ask what speaks against a message; the plugin's ``scskit_check_reply`` unless filled."""

        def ask(outbound: Outbound, now: datetime, of: Visibility) -> Sequence[Violation]:
            draft = Draft(
                case_id=outbound.case_id,
                text=outbound.text,
                account=outbound.account,
                visibility=outbound.visibility,
                automated=outbound.automated,
            )
            return registry.check_reply(draft, _case(spec, outbound, of), now)

        return ask

    @pytest.fixture
    def hidden(self, settings: Mapping[str, Any], secrets: Sequence[str]) -> Sequence[str]:
        """Give what nobody may read anywhere: the secrets and tokens of the settings."""
        return tuple({*secrets, *_secrets_in(settings)})

    @pytest.fixture
    def sender(
        self, spec: ConnectorSpec, sign: Sign, secrets: Sequence[str], now: datetime
    ) -> Sender:
        """Be the network, where the connector takes webhooks."""
        declares(spec, "webhook")
        return Sender(spec, sign, secrets[0] if secrets else "", now)

    @pytest.fixture
    def new_desk(
        self, spec: ConnectorSpec, scskit_contract_database: str, now: datetime
    ) -> Iterator[Callable[[], Desk]]:
        """Open desks that nobody has used, with the connector in them."""
        from scskit.opening import open_desk

        opened = []

        def new() -> Desk:
            desk = open_desk(
                scskit_contract_database,
                tenant=f"contract-{next(_tenants)}",
                plugins=[_Offer(spec)],
                discover=False,
                synchronous="NORMAL",  # no check cuts the power
                clock=FakeClock(now + timedelta(hours=2)),
            )
            opened.append(desk)
            return desk

        yield new
        for desk in opened:
            desk.close()

    @pytest.fixture
    def desk(self, new_desk: Callable[[], Desk]) -> Desk:
        """Open a desk."""
        return new_desk()


def _case(spec: ConnectorSpec, outbound: Outbound, of: Visibility) -> Case:
    heard = outbound.last_heard_at or outbound.created_at
    return Case(
        id=outbound.case_id,
        version=1,
        state="open",
        account_id=AccountId(outbound.account),
        thread_id=ThreadId(f"{outbound.account}:{outbound.thread}"),
        identity_id=IdentityId(f"{spec.network}::{outbound.recipient or 'somebody'}"),
        visibility=of,
        opened_at=heard,
        updated_at=heard,
        policy_version="contract",
        last_inbound_at=outbound.last_heard_at,
    )
