"""What a store keeps and hands out, as values."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from attrs import Factory, define, field, frozen

from scskit.core.case import PRIORITIES, STATES, Case, Note
from scskit.core.events import Event
from scskit.core.identity import Customer, CustomerLink, Identity
from scskit.core.ids import CaseId, CustomerId, IdentityId, InteractionId, ThreadId
from scskit.core.interaction import Delivery, IntakeState, Interaction, Thread
from scskit.core.lifecycle import evolve
from scskit.core.time import require_aware

if TYPE_CHECKING:
    from scskit.core.outbound import Attempt, Part

LedgerKey = tuple[str, str, str, int]
"""Account id, intake kind, external id, revision: unique for a tenant."""

Pair = tuple[ThreadId, IdentityId]
"""A person in a thread: what a case is keyed by."""


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
    """A message that could not be understood, or a webhook's body that waits, kept as it came.

    Attributes:
        id: made by the desk.
        state: quarantined, applied (after a successful redrive) or dead; received for a body that
            the worker has not come to.
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
        stored_times: its due and wake-up times in the store, as they stand there.
        times: what the timetable says of the case as it is now, if it was asked already.
    """

    case: Case | None = None
    head: bytes = b""
    events: list[Event] = Factory(list)
    stored_version: int = 0
    stored_times: tuple[int | None, int | None] = (None, None)
    times: tuple[datetime | None, datetime | None] | None = None

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
        self.times = None
        return case


Timetable = Callable[[Case], tuple[datetime | None, datetime | None]]
"""Tells when a case is due, for the order of work, and when something will happen to it next."""


def never(_: Case) -> tuple[datetime | None, datetime | None]:
    """Be the timetable of a desk without any clocks."""
    return None, None


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


@frozen
class Locks:
    """What a batch keeps other writers out of.

    Attributes:
        messages: what it brings in; who is about to wait for one of these waits for the batch.
        accounts: whose messages these are.
    """

    messages: Collection[LedgerKey]
    accounts: Collection[str]


@define
class Writes:
    """Everything that one transaction adds or changes.

    Attributes:
        ledger: new lines.
        settled: parked lines that are applied now.
        identities: new or changed people, their customers apart.
        newcomers: whom of them the store does not know yet.
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
        taken_in: the ids of webhooks' bodies that waited, and are part of cases now.
        customers: new or changed customers, as they are in the end.
        customer_links: new or changed links.
        rescheduled: cases without new events, whose due and wake-up times are told anew.
        parts: where parts of replies stand now, by id.
        attempts: attempts to deliver them, or what came of these.
    """

    ledger: list[LedgerEntry] = Factory(list)
    settled: list[LedgerEntry] = Factory(list)
    identities: dict[IdentityId, Identity] = Factory(dict)
    newcomers: set[IdentityId] = Factory(set)
    linked: dict[IdentityId, CustomerId | None] = Factory(dict)
    threads: dict[ThreadId, Thread] = Factory(dict)
    pairs: dict[Pair, tuple[CaseId, CaseId | None]] = Factory(dict)
    drafts: list[CaseDraft] = Factory(list)
    interactions: list[Interaction] = Factory(list)
    deliveries: dict[InteractionId, Delivery] = Factory(dict)
    moves: list[Interaction] = Factory(list)
    notes: list[Note] = Factory(list)
    quarantined: list[Quarantined] = Factory(list)
    taken_in: list[str] = Factory(list)
    customers: dict[CustomerId, Customer] = Factory(dict)
    customer_links: list[CustomerLink] = Factory(list)
    rescheduled: list[CaseDraft] = Factory(list)
    parts: dict[str, Part] = Factory(dict)
    attempts: list[Attempt] = Factory(list)


def _several(names: Iterable[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


@frozen(kw_only=True)
class CaseFilter:
    """Which cases to find; what is left out does not matter.

    Attributes:
        states: any of these states; a single one may stand by itself.
        queue: waits in this queue.
        agent: belongs to this agent.
        account: came in by this account.
        identity: serves this identity.
        customer: serves this customer.
        reason: has this reason or one below it.
        priorities: any of these priorities.
        opened_from: opened at or after this instant.
        opened_before: opened before this instant.

    Raises:
        ValueError: there is no such state or priority, or an instant is naive.
    """

    states: tuple[str, ...] = field(default=(), converter=_several)
    queue: str | None = None
    agent: str | None = None
    account: str | None = None
    identity: IdentityId | None = None
    customer: str | None = None
    reason: str | None = None
    priorities: tuple[str, ...] = field(default=(), converter=_several)
    opened_from: datetime | None = None
    opened_before: datetime | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse what would find nothing without a word."""
        for name, values, allowed in (
            ("states", self.states, STATES),
            ("priorities", self.priorities, PRIORITIES),
        ):
            if unknown := [value for value in values if value not in allowed]:
                message = f"{name}: found {unknown[0]!r}, allowed: {', '.join(allowed)}"
                raise ValueError(message)
        for name, instant in (
            ("opened_from", self.opened_from),
            ("opened_before", self.opened_before),
        ):
            if instant is not None:
                require_aware(instant, name)
