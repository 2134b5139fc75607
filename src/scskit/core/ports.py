"""What the desk needs from the outside: a clock, ids and a store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol, TypeVar

from attrs import Factory, define, frozen

from scskit.core.account import Account
from scskit.core.case import Case, Note
from scskit.core.events import Event
from scskit.core.identity import Customer, CustomerLink, Identity
from scskit.core.ids import CaseId, CustomerId, IdentityId, InteractionId, ThreadId
from scskit.core.interaction import Delivery, IntakeKind, IntakeState, Interaction, Thread
from scskit.core.lifecycle import evolve

T = TypeVar("T")

LedgerKey = tuple[str, str, str, int]
"""Account id, intake kind, external id, revision: unique for a tenant."""

Pair = tuple[ThreadId, IdentityId]
"""A person in a thread: what a case is keyed by."""


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


@frozen(kw_only=True)
class RecordedEvent:
    """An event as it stands in the log.

    Attributes:
        position: its place in the tenant's feed; opaque, hand it back as ``after``.
        case_id: the case it happened to.
        seq: 1 for the first event of the case.
        recorded_at: when it was committed, by the desk's clock.
        event: what happened.
        hash: the chain's hash up to and including it.
    """

    position: str
    case_id: CaseId
    seq: int
    recorded_at: datetime
    event: Event
    hash: bytes


@frozen(kw_only=True)
class FeedPage:
    """Some consecutive events of the feed.

    Attributes:
        events: oldest first; empty when there is nothing new.
        cursor: what to pass as ``after`` next time.
    """

    events: tuple[RecordedEvent, ...]
    cursor: str


@frozen(kw_only=True, slots=False)
class LedgerEntry:
    """One line of the intake ledger.

    Attributes:
        key: what makes it unique.
        state: applied or parked.
        received_at: when we acknowledged it.
        interaction_id: the interaction it made or changed.
        case_id: the case that belongs to (as of then; cases merge).
        thread_id: the thread that stands in.
        awaits: the external id of the message a parked entry waits for.
        payload: a parked entry as JSON.
    """

    key: LedgerKey
    state: IntakeState
    received_at: datetime
    interaction_id: InteractionId | None = None
    case_id: CaseId | None = None
    thread_id: ThreadId | None = None
    awaits: str | None = None
    payload: str | None = None


@frozen(kw_only=True)
class Quarantined:
    """A message that could not be understood, kept as it came.

    Attributes:
        id: made by the desk.
        state: quarantined, applied (after a successful redrive) or dead.
        reason: why, in words.
        payload: the message as JSON.
        digest: the SHA-256 of the payload; the same poison is kept once.
        received_at: when it came first.
        attempts: how often it was tried.
    """

    id: str
    state: IntakeState
    reason: str
    payload: str
    digest: str
    received_at: datetime
    attempts: int = 1


@define
class CaseDraft:
    """A case on its way through a batch.

    Attributes:
        case: as it is now; None until it is opened.
        head: the hash of its last stored event.
        events: what happened in this batch, not stored yet.
        stored_version: its version in the store, 0 for a new one.
    """

    case: Case | None = None
    head: bytes = b""
    events: list[Event] = Factory(list)
    stored_version: int = 0

    def apply(self, events: Iterable[Event]) -> Case:
        """Let events happen, all or none, and return the case after them.

        Raises:
            IllegalTransition: one of them is not legal; the draft is unchanged.
        """
        case = self.case
        new = list(events)
        for event in new:
            case = evolve(case, event)
        if case is None:
            message = "no event opened the case"
            raise ValueError(message)
        self.events.extend(new)
        self.case = case
        return case


@frozen
class Conversation:
    """A person in a thread, and the case that their messages belong to.

    Attributes:
        case_id: that case, as the store points to it; it may have been merged since.
        draft: the case.
        thread: the thread.
        identity: the person.
    """

    case_id: CaseId
    draft: CaseDraft
    thread: Thread
    identity: Identity


@define
class Writes:
    """Everything that one transaction adds or changes.

    Attributes:
        ledger: new lines.
        settled: parked lines that are applied now.
        identities: new or changed people, their customers apart.
        linked: which customer an identity belongs to from now on.
        threads: new threads.
        pairs: the case that a person's messages in a thread belong to from now on, and the one
            they belonged to before.
        drafts: cases with new events.
        interactions: new interactions, and new revisions of old ones.
        deliveries: how far sent messages came.
        moves: interactions that belong to another case from now on.
        notes: new notes.
        quarantined: new or changed quarantine lines.
        customers: new or changed customers.
        customer_links: new or changed links.
    """

    ledger: list[LedgerEntry] = Factory(list)
    settled: list[LedgerEntry] = Factory(list)
    identities: dict[IdentityId, Identity] = Factory(dict)
    linked: dict[IdentityId, CustomerId | None] = Factory(dict)
    threads: dict[ThreadId, Thread] = Factory(dict)
    pairs: dict[Pair, tuple[CaseId, CaseId | None]] = Factory(dict)
    drafts: list[CaseDraft] = Factory(list)
    interactions: list[Interaction] = Factory(list)
    deliveries: dict[InteractionId, Delivery] = Factory(dict)
    moves: list[Interaction] = Factory(list)
    notes: list[Note] = Factory(list)
    quarantined: list[Quarantined] = Factory(list)
    customers: list[Customer] = Factory(list)
    customer_links: list[CustomerLink] = Factory(list)


@frozen(kw_only=True)
class CaseFilter:
    """Which cases to find; what is left out does not matter.

    Attributes:
        states: any of these states.
        queue: waits in this queue.
        agent: belongs to this agent.
        account: came in by this account.
        identity: serves this identity.
        customer: serves this customer.
        reason: has this reason or one below it.
        priorities: any of these priorities.
        opened_from: opened at or after this instant.
        opened_before: opened before this instant.
    """

    states: tuple[str, ...] = ()
    queue: str | None = None
    agent: str | None = None
    account: str | None = None
    identity: IdentityId | None = None
    customer: str | None = None
    reason: str | None = None
    priorities: tuple[str, ...] = ()
    opened_from: datetime | None = None
    opened_before: datetime | None = None


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

    def cases_of_threads(self, ids: Iterable[ThreadId]) -> dict[ThreadId, list[CaseId]]:
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


class Transaction(Reader, Protocol):
    """Reads and writes that happen together or not at all."""

    def customer_by_crm(self, crm_id: str) -> Customer | None:
        """Return the customer that the CRM knows under ``crm_id``."""
        ...

    def quarantined(self, digests: Iterable[str]) -> dict[str, Quarantined]:
        """Return quarantine lines by the digest of their payload."""
        ...

    def lock(self, conversations: Iterable[str], messages: Iterable[str] = ()) -> None:
        """Keep other writers out of these conversations until the end of the transaction.

        Args:
            conversations: what this transaction writes to.
            messages: what it brings in; ``lock_awaited`` of another transaction waits for it.
        """
        ...

    def lock_awaited(self, messages: Iterable[str]) -> None:
        """Wait until nobody is bringing these messages in any more, and keep it so.

        Afterwards the ledger tells for certain whether they are there.
        """
        ...

    def write(self, writes: Writes, now: datetime) -> Sequence[RecordedEvent]:
        """Store everything.

        Args:
            writes: what to add and change.
            now: when it is recorded.

        Returns:
            The events with their positions and hashes.

        Raises:
            StaleCase: a case changed since it was read.
            StoreError: the database refused.
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

    def find(
        self, wanted: CaseFilter, after: str, limit: int, *, newest_first: bool
    ) -> list[Case]:
        """Return cases in the order of their ids, beginning behind the id ``after``."""
        ...

    def log(self, case_id: CaseId) -> list[RecordedEvent]:
        """Return all events of a case, oldest first."""
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

    def quarantine(self, after: str, limit: int) -> list[Quarantined]:
        """Return quarantine lines that are neither applied nor dead, oldest first."""
        ...

    def quarantine_line(self, id_: str) -> Quarantined | None:
        """Return one quarantine line, whatever its state."""
        ...

    def close(self) -> None:
        """Close every connection; a store within a host's transaction leaves the host's open."""
        ...
