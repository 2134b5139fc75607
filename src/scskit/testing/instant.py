"""A network in one object, that answers at once: for tests of what a host builds on replies.

::

    network = InstantNetwork()
    desk = open_desk(path, plugins=[network.plugin("twitter")], discover=False)
    ...
    assert network.texts == ["We look into it"]
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from threading import Lock

from scskit.core.handoff import PrivateInvitation
from scskit.core.reply import DeliveryReceipt, Draft, Outbound, Violation
from scskit.plugins import Connector, ConnectorSpec, Flow, hookimpl

EVERYTHING: frozenset[str] = frozenset(
    {"publish", "reply_public", "reply_private", "find_sent", "attachments", "hide", "receipts"}
)

Plan = Exception | Callable[[Outbound], DeliveryReceipt] | None


class InstantNetwork(Connector):
    """Takes messages at once, or fails as it is told.

    Attributes:
        posted: what stands on the network, by external id, in order.
        plan: what happens to the next messages: an error, a function that takes the message, or
            None for taking it as ever.
        looked: how often somebody looked for a message.
        unseen: the errors of the next looks.
        hidden: by account and message, whether it is hidden.
        refuses: what ``check`` answers: functions of a draft and the time.
    """

    def __init__(self, prefix: str = "x") -> None:
        """Begin with nothing; the ids that it gives begin with ``prefix``."""
        self._prefix = prefix
        self.posted: dict[str, Outbound] = {}
        self.plan: deque[Plan] = deque()
        self.looked = 0
        self.unseen: deque[Exception] = deque()
        self.hidden: dict[tuple[str, str], bool] = {}
        self.refuses: list[Callable[[Draft, datetime], Iterable[Violation]]] = []
        self._by_id: dict[str, str] = {}
        self._lock = Lock()

    @property
    def texts(self) -> list[str]:
        """What stands there, in order."""
        return [outbound.text for outbound in self.posted.values()]

    def plugin(
        self,
        *names: str,
        capabilities: Iterable[str] = EVERYTHING,
        invitations: Iterable[PrivateInvitation] = (),
    ) -> Offer:
        """Return a plugin that offers it under these names of networks."""
        declared, ways = frozenset(capabilities), tuple(invitations)
        return Offer(
            [
                ConnectorSpec(name=name, connector=self, capabilities=declared, invitations=ways)
                for name in names
            ]
        )

    def post(self, outbound: Outbound) -> DeliveryReceipt:
        """Let a message stand there."""
        with self._lock:
            external_id = f"{self._prefix}{len(self.posted) + 1}"
            self.posted[external_id] = outbound
            self._by_id[outbound.id] = external_id
        return DeliveryReceipt(external_id=external_id)

    def check(self, draft: Draft, now: datetime) -> Sequence[Violation]:
        """Refuse what it is told to refuse."""
        return [found for refuse in self.refuses for found in refuse(draft, now)]

    def send(self, outbound: Outbound) -> Flow[DeliveryReceipt]:
        """Take a message, or fail as planned."""
        yield from ()
        with self._lock:
            planned = self.plan.popleft() if self.plan else None
        if isinstance(planned, Exception):
            raise planned
        return self.post(outbound) if planned is None else planned(outbound)

    def find_sent(self, outbound: Outbound) -> Flow[DeliveryReceipt | None]:
        """Look for a message by its id."""
        yield from ()
        with self._lock:
            self.looked += 1
            if self.unseen:
                raise self.unseen.popleft()
            found = self._by_id.get(outbound.id)
        return DeliveryReceipt(external_id=found) if found else None

    def hide(self, account: str, target: str, *, hidden: bool = True) -> Flow[None]:
        """Hide a message, or show it again."""
        yield from ()
        self.hidden[account, target] = hidden


class Offer:
    """A plugin that offers connectors."""

    def __init__(self, specs: Sequence[ConnectorSpec]) -> None:
        """Offer these."""
        self._specs = tuple(specs)

    @hookimpl
    def scskit_connectors(self, settings: Mapping[str, object]) -> Sequence[ConnectorSpec]:  # noqa: ARG002
        """Offer them."""
        return self._specs
