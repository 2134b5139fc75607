"""The desk: one tenant's case engine, as a host uses it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from attrs import evolve

from scskit.desk.parts import part

if TYPE_CHECKING:
    from scskit.core.account import Account
    from scskit.core.interaction import Inbound
    from scskit.core.policy import Policy
    from scskit.core.ports import Clock
    from scskit.core.published import PublishedSla
    from scskit.core.webhook import Counted, WebhookRequest, WebhookResponse
    from scskit.desk.cases import Cases
    from scskit.desk.customers import Customers
    from scskit.desk.due import DueReport
    from scskit.desk.feed import Feed
    from scskit.desk.incidents import Incidents
    from scskit.desk.intake import Intake
    from scskit.desk.outbox import Outbox
    from scskit.desk.polling import Polled, Polling
    from scskit.desk.publishing import Publishing
    from scskit.desk.replies import Replies
    from scskit.desk.report import IntakeReport
    from scskit.desk.services import Services
    from scskit.desk.webhooks import Webhooks
    from scskit.desk.work import Work
    from scskit.plugins.registry import Registry


class Desk:
    """One tenant's case engine. Made by ``scskit.open_desk``.

    It may be used from several threads at once. Nothing runs in the background.
    """

    def __init__(self, services: Services) -> None:
        """Compose the parts; hosts call ``scskit.open_desk``."""
        self._services = services
        if any(queue.work == "push" for queue in services.policy.queues.values()):
            services.on_commit = self.work.on_commit

    # Each part is loaded when it is first used: no process waits for what it does not need.

    @part
    def intake(self) -> Intake:
        """What is parked or quarantined."""
        from scskit.desk.intake import Intake  # noqa: PLC0415

        return Intake(self._services)

    @part
    def feed(self) -> Feed:
        """Every committed event, in one order."""
        from scskit.desk.feed import Feed  # noqa: PLC0415

        return Feed(self._services)

    @part
    def _polling(self) -> Polling:
        """Reading what networks keep."""
        from scskit.desk.polling import Polling  # noqa: PLC0415

        return Polling(self._services, self.webhooks)

    @part
    def webhooks(self) -> Webhooks:
        """What became of the networks' requests."""
        from scskit.desk.webhooks import Webhooks  # noqa: PLC0415

        return Webhooks(self._services, self.intake.ingest, self.intake.keep)

    @part
    def cases(self) -> Cases:
        """Commands on cases, and finding them."""
        from scskit.desk.cases import Cases  # noqa: PLC0415

        return Cases(self._services)

    @part
    def customers(self) -> Customers:
        """Who is behind the handles."""
        from scskit.desk.customers import Customers  # noqa: PLC0415

        return Customers(self._services)

    @part
    def work(self) -> Work:
        """What waits for agents, and giving it to them."""
        from scskit.desk.work import Work  # noqa: PLC0415

        return Work(self._services)

    @part
    def replies(self) -> Replies:
        """What is said to customers: drafted, checked, approved, queued."""
        from scskit.desk.replies import Replies  # noqa: PLC0415

        return Replies(self._services)

    @part
    def outbox(self) -> Outbox:
        """What is on its way to networks."""
        from scskit.desk.outbox import Outbox  # noqa: PLC0415

        return Outbox(self._services)

    @part
    def incidents(self) -> Incidents:
        """What went wrong for many people, and telling them."""
        from scskit.desk.incidents import Incidents  # noqa: PLC0415

        return Incidents(self._services)

    @part
    def publishing(self) -> Publishing:
        """What is said to everybody, on many accounts at once."""
        from scskit.desk.publishing import Publishing  # noqa: PLC0415

        return Publishing(self._services)

    @property
    def tenant(self) -> str:
        """Whose desk it is."""
        return self._services.policy.tenant

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return self._services.policy

    @property
    def plugins(self) -> Registry:
        """What is loaded, and what was set aside and why."""
        return self._services.registry

    @property
    def clock(self) -> Clock:
        """Tells this desk's time."""
        return self._services.clock

    @property
    def accounts(self) -> Mapping[str, Account]:
        """The brand's accounts by id."""
        return dict(self._services.accounts)

    def add_account(self, account: Account, *, by: str | None = None) -> Account:
        """Make an account known to a desk that has no desk file.

        Args:
            account: the account.
            by: who asks; required as soon as the policy gives roles.

        Returns:
            The account, with its identity scope filled in.
        """
        if self._services.policy.restricts:
            from scskit.desk.permissions import require  # noqa: PLC0415

            require(self._services, "accounts.add", by or "", None)
        return self._services.add_account(account)

    def ingest(
        self, messages: Iterable[Inbound | Mapping[str, Any]], *, history: bool = False
    ) -> IntakeReport:
        """Take in messages, edits, deletions and receipts; several accounts in one call.

        Everything that this returns for is durable: an applied message is part of a case, a
        duplicate is what the first one made, a parked item waits for its message, and what
        could not be understood is quarantined with its reason. One bad message never stops the
        others.

        Args:
            messages: ``Message``, ``Edit``, ``Deletion`` or ``Receipt``, or JSON objects of
                them (``wire.inbound``); any number, in any order.
            history: record everything at the time it happened instead of now.

        Returns:
            One outcome per item, in the order of the call.

        Raises:
            TypeError: one item was handed over instead of several.
            StoreError: the database refused; what earlier batches of the call did stays.
        """
        return self.intake.ingest(messages, history=history)

    def webhook(self, connector: str, request: WebhookRequest) -> WebhookResponse:
        """Answer what a network asks or sends over HTTP; framework adapters call this.

        The signature is checked over the raw body before anything of it is read. The messages are
        stored before the network hears 200, and applied as well unless the desk file leaves that
        to ``run_due`` (``[intake] apply``); a body that comes again changes nothing;
        what cannot be read is kept in quarantine (``intake``), and ``redrive`` reads it again.

        Args:
            connector: the connector's name, usually a part of the path.
            request: as it came over the wire.

        Returns:
            The answer: 200 taken, or nothing in it concerns us; 400 it is no payload (kept in
            quarantine); 401 not signed by the network; 404 there is no such connector; 405 neither
            GET nor POST; 413 too long; 503 it could not be stored, send it again. A handshake has
            its own.

        Raises:
            Exception: the connector failed; the body is in quarantine, and was not acknowledged.
        """
        return self.webhooks.receive(connector, request)

    def streamed(self, connector: str, body: bytes) -> Counted:
        """Take in what came down a stream (``scskit.http.listening``).

        Nothing is signed there: who calls this has opened the connection. Otherwise it is as with
        ``webhook``: stored when this returns, twice changes nothing, and what cannot be read is
        kept in quarantine, so that the stream goes on.

        Args:
            connector: the name of the connector.
            body: one line or several whole ones.

        Returns:
            What became of it: ``accepted``, ``ignored``, ``unreadable`` or ``failed``.

        Raises:
            ConfigError: there is no such connector.
            CapabilityMissing: it does not listen to streams.
            StoreError: the database refused; nothing of it is stored, hand it over again.
        """
        return self.webhooks.streamed(connector, body)

    def poll(self, account: str | None = None, *, pages: int = 100) -> list[Polled]:
        """Read what networks keep for the brand's accounts, from where it was read last.

        What a page holds is stored before the desk moves on; a page that is read twice changes
        nothing. An account whose network cannot be read does not keep the others from it.

        Args:
            account: only this one; every account whose connector can be read, unless given.
            pages: how many pages of each account at most.

        Returns:
            What each account brought.

        Raises:
            NotFound: there is no such account.
            CapabilityMissing: its connector does not read what the network keeps.
            StoreError: the database refused; what was read before stays.
        """
        return self._polling.poll(account, pages)

    def run_due(self, limit: int | None = None) -> DueReport:
        """Let happen what is due by now: clocks warn and run out, snoozes and offers end.

        What webhooks left (``[intake] apply = "by_worker"``) is applied first, as it came.
        Afterwards, work that only waited for its time goes to whoever is free (``work.push``).

        Nothing happens in the background: a host calls this, or ``scskit worker`` does. How often
        and how late does not matter to what is recorded: every event bears the instant at which it
        happened. Several processes may call it at once.

        Args:
            limit: how many cases at most; None until nothing is due.

        Returns:
            What happened, and when to call again.
        """
        from scskit.desk.due import Sweep  # noqa: PLC0415

        taken = len(self.intake.apply_received().outcomes)
        report = evolve(Sweep(self._services).run(limit), taken=taken)
        if not self.work.acts:
            return report
        self.work.push()
        return evolve(report, next_due=self.next_due())

    def next_due(self) -> datetime | None:
        """Return when ``run_due`` will next have something to do; None if never."""
        if self.policy.intake.apply == "by_worker" and self.intake.received(limit=1):
            return self.clock.now()
        instants = (self._services.store.next_wake(), self.work.next_change())
        return min((instant for instant in instants if instant is not None), default=None)

    def publish_sla(
        self, account: str, *, at: datetime | None = None, days: int = 60
    ) -> PublishedSla:
        """Return opening hours and promises, exactly as the calendar and the policy say.

        What plugins promise (``scskit_sla``) depends on each case, and is not among it.

        Args:
            account: the account whose customers may be told.
            at: the instant to look from; now unless given.
            days: for how many days dates are told that are otherwise than their day of the week.

        Returns:
            The values; ``text("es")`` writes them for people.

        Raises:
            NotFound: there is no such account.
        """
        from scskit.core.errors import NotFound  # noqa: PLC0415
        from scskit.core.published import publish  # noqa: PLC0415
        from scskit.core.time import require_aware  # noqa: PLC0415

        known = self._services.account(account)
        if known is None:
            there = ", ".join(sorted(self._services.accounts)) or "none"
            message = f"there is no account {account!r}; there is: {there}"
            raise NotFound(message)
        instant = self._services.clock.now() if at is None else require_aware(at, "at")
        return publish(self._services.policy, known, instant, days)

    def within(self, connection: object) -> Desk:
        """Return this desk inside a transaction of the host.

        What the returned desk does is committed or rolled back together with whatever else the
        host does in that transaction. Observers are not called; the feed tells after commit.

        Args:
            connection: an SQLAlchemy ``Connection``, a ``Session`` of SQLAlchemy or SQLModel, a
                ``sqlite3.Connection`` or a ``psycopg.Connection``, on the desk's database. An
                ``AsyncDesk`` uses it in a thread of its own, for which sqlite3 must have been told
                ``check_same_thread=False``.

        Raises:
            TypeError: it is none of these.
            StoreError: it commits every statement by itself.
        """
        services = self._services
        bound = evolve(
            services,
            store=services.store.within(connection),
            accounts=dict(services.accounts),  # an account made known here may be rolled back
            bound=True,
        )
        return Desk(bound)

    def close(self) -> None:
        """Close every connection. The desk cannot be used afterwards."""
        if "outbox" in self.__dict__:
            self.outbox.close()
        self._services.flows.close()
        self._services.store.close()

    def __enter__(self) -> Self:
        """Use the desk in a ``with`` block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close it at the end."""
        self.close()
