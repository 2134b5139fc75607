"""What the desk needs from the outside: a clock, ids and a store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, TypeVar

from scskit.core.account import Account
from scskit.core.case import Case, Note
from scskit.core.escalation import Contact
from scskit.core.identity import Customer, CustomerLink, Identity
from scskit.core.ids import CaseId, CustomerId, IdentityId, InteractionId, ThreadId
from scskit.core.interaction import IntakeKind, IntakeState, Interaction, Thread
from scskit.core.records import (
    CaseDraft,
    CaseFilter,
    Conversation,
    FeedPage,
    LedgerEntry,
    LedgerKey,
    Locks,
    Pair,
    Quarantined,
    RecordedEvent,
    Writes,
)

if TYPE_CHECKING:
    from scskit.core.announcement import AnnouncementRows
    from scskit.core.challenge import ChallengeRows
    from scskit.core.handoff import OfferRows
    from scskit.core.incident import IncidentRows
    from scskit.core.reply_ports import ReplyRows
    from scskit.core.work_ports import WorkRows

T = TypeVar("T")


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        ...


class IdSource(Protocol):
    """Makes ids that sort by time."""

    def new(self, now: datetime) -> str:
        """Return the next id for something made at ``now``."""
        ...


class Reader(Protocol):
    """Reads by key. What does not exist is left out of the answer."""

    def ledger(self, keys: Iterable[LedgerKey]) -> dict[LedgerKey, LedgerEntry]:
        """Return ledger lines by key."""
        ...

    def parked(self, targets: Iterable[tuple[str, str]]) -> list[LedgerEntry]:
        """Return parked lines that wait for one of ``(account, external id)``."""
        ...

    def identities(self, ids: Iterable[IdentityId]) -> dict[IdentityId, Identity]:
        """Return identities with their customers and tiers."""
        ...

    def threads(self, ids: Iterable[ThreadId]) -> dict[ThreadId, Thread]:
        """Return threads."""
        ...

    def conversations(self, pairs: Iterable[Pair]) -> dict[Pair, Conversation]:
        """Return each person's case in a thread with all that belongs to it, locked.

        Pairs that have no case yet are left out.
        """
        ...

    def current_cases(self, pairs: Iterable[Pair]) -> dict[Pair, CaseId]:
        """Return the case that a person's messages in a thread belong to."""
        ...

    def cases_of_threads(self, ids: Iterable[ThreadId]) -> dict[ThreadId, dict[IdentityId, CaseId]]:
        """Return the current cases of threads."""
        ...

    def cases(self, ids: Iterable[CaseId]) -> dict[CaseId, CaseDraft]:
        """Return cases as drafts without events; inside a transaction they are locked."""
        ...

    def interactions(self, ids: Iterable[InteractionId]) -> dict[InteractionId, list[Interaction]]:
        """Return interactions, each with all its revisions, oldest first."""
        ...

    def log(self, case_id: CaseId) -> list[RecordedEvent]:
        """Return all events of a case, oldest first."""
        ...

    def notes(self, case_id: CaseId) -> list[Note]:
        """Return the notes on a case, oldest first."""
        ...

    def links(self, source: str) -> list[CustomerLink]:
        """Return every link of an identity or customer, oldest first."""
        ...

    def customers(self, ids: Iterable[CustomerId]) -> dict[CustomerId, Customer]:
        """Return customers."""
        ...

    @property
    def work(self) -> WorkRows:
        """Reads and writes for the choice of agents."""
        ...

    @property
    def replies(self) -> ReplyRows:
        """Reads and writes for replies and the outbox."""
        ...

    @property
    def challenges(self) -> ChallengeRows:
        """Reads and writes for challenges."""
        ...

    @property
    def offers(self) -> OfferRows:
        """Reads and writes for offers to go on in private."""
        ...

    @property
    def announcements(self) -> AnnouncementRows:
        """Reads and writes for announcements."""
        ...

    @property
    def incidents(self) -> IncidentRows:
        """Reads and writes for incidents."""
        ...


class Transaction(Reader, Protocol):
    """Reads and writes that happen together or not at all."""

    def due_cases(self, now: datetime, limit: int) -> list[CaseDraft]:
        """Return cases that something happens to by now, the earliest first, locked.

        Those that somebody else has locked are left to them.
        """
        ...

    def customer_by_crm(self, crm_id: str) -> Customer | None:
        """Return the customer that the CRM knows under ``crm_id``."""
        ...

    def contacts(self, case: Case, since: datetime) -> list[Contact]:
        """Return the person's other cases on the same reason that began at ``since`` or later.

        The person is the case's identity, and its customer under all handles. Cases that were
        merged or dismissed do not count.
        """
        ...

    def quarantined(self, digests: Iterable[str]) -> dict[str, Quarantined]:
        """Return quarantine lines by the digest of their payload."""
        ...

    def survey(
        self, batch: Locks, keys: Iterable[LedgerKey], pairs: Iterable[Pair]
    ) -> tuple[dict[LedgerKey, LedgerEntry], set[str], dict[Pair, Conversation]]:
        """Lock, and ask everything at once that can be asked so early.

        Returns:
            The ledger lines of ``keys``, those of the batch's accounts that have anything
            parked, and the conversations of ``pairs``.
        """
        ...

    def strangers(
        self, threads: Iterable[ThreadId], people: Iterable[IdentityId]
    ) -> tuple[dict[ThreadId, Thread], dict[IdentityId, Identity]]:
        """Return threads and identities, asked for at once."""
        ...

    def lock_awaited(self, messages: Iterable[LedgerKey]) -> None:
        """Wait until nobody is bringing these messages in any more, and keep it so.

        Afterwards the ledger tells for certain whether they are there.
        """
        ...

    def lock_agents(self, agents: Iterable[str]) -> None:
        """Wait until nobody else gives work to these agents, and keep it so."""
        ...

    def write(self, writes: Writes, now: datetime) -> Sequence[RecordedEvent]:
        """Store everything.

        Args:
            writes: what to add and change.
            now: when it is recorded.

        Returns:
            The events with their positions and hashes.

        Raises:
            StoreError: another writer changed a case since it was read (``Store.run`` then tries
                again), or the database refused.
        """
        ...


class Session(Protocol):
    """One connection to a tenant's part of a database."""

    def read(self) -> Reader:
        """Return a reader; each of its questions stands for itself."""
        ...

    def run(self, work: Callable[[Transaction], T]) -> T:
        """Do ``work`` in a transaction; see ``Store.run``."""
        ...


class Store(Protocol):
    """One tenant's part of a database."""

    tenant: str

    @property
    def single_writer(self) -> bool:
        """Whether only one transaction can write at a time."""
        ...

    def read(self) -> AbstractContextManager[Reader]:
        """Open a read-only view."""
        ...

    def session(self) -> AbstractContextManager[Session]:
        """Lend one connection for reading and then writing."""
        ...

    def run(self, work: Callable[[Transaction], T]) -> T:
        """Do ``work`` in a transaction that commits when it returns.

        Args:
            work: reads and writes; it may run more than once, because a transaction that lost
                a race against another writer is rolled back and tried again.

        Returns:
            What ``work`` returned.

        Raises:
            StoreError: the database refused.
        """
        ...

    def within(self, connection: object) -> Store:
        """Return the same tenant's store inside the transaction of a host's connection."""
        ...

    def accounts(self) -> Mapping[str, Account]:
        """Return every account the tenant has had so far."""
        ...

    def put_accounts(self, accounts: Mapping[str, Account]) -> None:
        """Store accounts, or change them to what they are now."""
        ...

    def find(self, wanted: CaseFilter, after: str, limit: int, *, newest_first: bool) -> list[Case]:
        """Return cases in the order of their ids, beginning behind the id ``after``."""
        ...

    def log(self, case_id: CaseId) -> list[RecordedEvent]:
        """Return all events of a case, oldest first."""
        ...

    def next_wake(self) -> datetime | None:
        """Return when something will next happen to a case by itself; None if nothing will."""
        ...

    def next_ready(self) -> datetime | None:
        """Return when somebody has to look at the outbox next; None if never."""
        ...

    def cursor(self, account: str) -> str | None:
        """Return how far an account's network has been read; None when it never was."""
        ...

    def put_cursor(self, account: str, cursor: str, now: datetime) -> None:
        """Keep how far it has been read."""
        ...

    def feed(self, after: str, limit: int) -> FeedPage:
        """Return the events that follow the position ``after``.

        Raises:
            ValueError: it is not a position.
        """
        ...

    def parked_lines(self, kind: IntakeKind, until: datetime, limit: int) -> list[LedgerEntry]:
        """Return what of one kind was parked at or before ``until``."""
        ...

    def quarantine(
        self, after: str, limit: int, state: IntakeState = "quarantined"
    ) -> list[Quarantined]:
        """Return quarantine lines in one state, oldest first."""
        ...

    def quarantine_line(self, id_: str) -> Quarantined | None:
        """Return one quarantine line, whatever its state."""
        ...

    def close(self) -> None:
        """Close every connection; a store within a host's transaction leaves the host's open."""
        ...
