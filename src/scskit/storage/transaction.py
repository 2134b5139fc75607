"""One tenant's rows on one connection."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import blake2b

from scskit.core.case import Case, Note
from scskit.core.events import (
    Event,
    InteractionAdded,
    InteractionRevised,
    NoteAdded,
    ReceiptRecorded,
)
from scskit.core.identity import Customer, CustomerLink, Identity
from scskit.core.ids import CaseId, CustomerId, IdentityId, InteractionId, ThreadId
from scskit.core.interaction import Interaction, Thread
from scskit.core.ports import (
    CaseDraft,
    Conversation,
    LedgerEntry,
    LedgerKey,
    Pair,
    Quarantined,
    RecordedEvent,
    Writes,
)
from scskit.core.time import to_micros
from scskit.storage import rows
from scskit.storage.chain import link
from scskit.storage.drivers import Conflict, Driver, Row
from scskit.storage.events import Recorded, read_recorded
from scskit.storage.sql import Insert, Lookup, Named, Update, column_names
from scskit.wire.events import event_payload

LOCK_SLOTS = 256
"""Conversations share this many locks, so that a large batch does not exhaust the server's."""

_LOCK_BASE = {"conversation": 0x5C5_0000_0000, "message": 0x5C5_0001_0000}

_QUIET = frozenset({InteractionAdded, InteractionRevised, ReceiptRecorded, NoteAdded})
"""Events after which a case still stands in the same queue, with the same agent and state."""

LEDGER = Lookup(
    "scs_ledger", ("account_id", "kind", "external_id", "revision"), column_names("scs_ledger")
)
PARKED = Lookup(
    "scs_ledger",
    ("account_id", "awaits"),
    column_names("scs_ledger"),
    where="t.state = 'parked'",
    order="received_at, kind, revision",
    # Without statistics SQLite takes the primary key for it, and reads a whole account.
    index="ix_scs_ledger_parked",
)
ANY_PARKED = Named(
    sqlite=(
        "SELECT 1 FROM scs_ledger INDEXED BY ix_scs_ledger_parked"
        " WHERE tenant = ? AND account_id = ? AND state = 'parked' LIMIT 1"
    ),
    postgresql=(
        "SELECT 1 FROM scs_ledger"
        " WHERE tenant = %s AND account_id = %s AND state = 'parked' LIMIT 1"
    ),
)
IDENTITY = Lookup(
    "scs_identity",
    ("id",),
    (*column_names("scs_identity"), "c.tier"),
    join=" LEFT JOIN scs_customer c ON c.tenant = t.tenant AND c.id = t.customer_id",
)
THREAD = Lookup("scs_thread", ("id",), column_names("scs_thread"))
CONVERSATION = Lookup(
    "scs_case_thread",
    ("thread_id", "identity_id"),
    (
        *(f"c.{name}" for name in column_names("scs_case")),
        *(f"h.{name}" for name in column_names("scs_thread")),
        *(f"i.{name}" for name in column_names("scs_identity")),
        "u.tier",
    ),
    join=(
        " JOIN scs_case c ON c.tenant = t.tenant AND c.id = t.case_id"
        " JOIN scs_thread h ON h.tenant = t.tenant AND h.id = t.thread_id"
        " JOIN scs_identity i ON i.tenant = t.tenant AND i.id = t.identity_id"
        " LEFT JOIN scs_customer u ON u.tenant = t.tenant AND u.id = i.customer_id"
    ),
    lock="c",
)
_CASE_WIDTH = len(column_names("scs_case"))
_THREAD_END = _CASE_WIDTH + len(column_names("scs_thread"))
PAIR = Lookup("scs_case_thread", ("thread_id", "identity_id"), column_names("scs_case_thread"))
THREAD_CASES = Lookup("scs_case_thread", ("thread_id",), column_names("scs_case_thread"))
CASE = Lookup("scs_case", ("id",), column_names("scs_case"), lock="t")
CASE_AS_IT_IS = Lookup("scs_case", ("id",), column_names("scs_case"))
INTERACTION = Lookup("scs_interaction", ("id",), column_names("scs_interaction"), order="revision")
CUSTOMER = Lookup("scs_customer", ("id",), column_names("scs_customer"))
LOG = Lookup("scs_event", ("case_id",), column_names("scs_event"), order="seq")
NOTES = Lookup("scs_note", ("case_id",), column_names("scs_note"), order="id")
LINKS = Lookup(
    "scs_customer_link", ("source",), column_names("scs_customer_link"), order="id"
)
CUSTOMER_BY_CRM = Lookup("scs_customer", ("crm_id",), column_names("scs_customer"))
QUARANTINED = Lookup("scs_quarantine", ("digest",), column_names("scs_quarantine"))
HOT_LOOKUPS = (CONVERSATION, LEDGER, PARKED, IDENTITY, THREAD, PAIR, THREAD_CASES, CASE, INTERACTION, LOG)
"""Every lookup on the way of a message."""

NEW_LEDGER = Insert("scs_ledger")
SETTLED = Update(
    "scs_ledger",
    ("state", "interaction_id", "case_id", "thread_id", "payload"),
    ("tenant", "account_id", "kind", "external_id", "revision", "state"),
)
MOVED_LEDGER = Update(
    "scs_ledger",
    ("case_id",),
    ("tenant", "account_id", "kind", "external_id", "revision"),
)
PUT_IDENTITY = Insert("scs_identity", update=("handle", "name", "followers", "language"))
LINKED_IDENTITY = Update("scs_identity", ("customer_id",), ("tenant", "id"))
PUT_THREAD = Insert("scs_thread", ignore=True)
NEW_PAIR = Insert("scs_case_thread")
CHANGED_PAIR = Update(
    "scs_case_thread", ("case_id",), ("tenant", "thread_id", "identity_id", "case_id")
)
NEW_CASE = Insert("scs_case")
CHANGED_CASE = Update(
    "scs_case", column_names("scs_case")[2:], ("tenant", "id", "version")
)
QUIET_CASE = Update(
    "scs_case", tuple(c for c in rows.ACTIVITY if c != "state"), ("tenant", "id", "version")
)
NEW_INTERACTION = Insert("scs_interaction")
MOVED_INTERACTION = Update("scs_interaction", ("case_id",), ("tenant", "id", "revision"))
DELIVERED = Update("scs_interaction", ("delivery",), ("tenant", "id"))
NEW_EVENT = Insert("scs_event")
NEW_NOTE = Insert("scs_note")
PUT_QUARANTINE = Insert("scs_quarantine", update=("state", "reason", "attempts"))
PUT_CUSTOMER = Insert("scs_customer", update=("crm_id", "tier", "name", "merged_into"))
PUT_LINK = Insert("scs_customer_link", update=("unlinked_by", "unlinked_at"))

NEXT_POSITION = Named(
    sqlite=(
        "SELECT 0, coalesce(max(position), 0) + 1, 0 FROM scs_event WHERE tenant = ? AND txn = 0"
    ),
    postgresql=(
        "SELECT pg_current_xact_id()::text::bigint, nextval('scs_event_position'),"
        " pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
    ),
)
"""The transaction's number, the next position, and the number after the latest one finished."""

LATEST_TXN = Named(
    sqlite="",
    postgresql=(
        "SELECT coalesce(max(e.txn), 0) FROM unnest(%s::text[], %s::integer[]) AS k(case_id, seq)"
        " JOIN scs_event e ON e.case_id = k.case_id AND e.seq = k.seq WHERE e.tenant = %s"
    ),
)
POSITIONS_PER_TRANSACTION = 1 << 20
"""On PostgreSQL a transaction draws one number and counts its events below it."""

LOCK = Named(
    sqlite="",
    postgresql=(
        "SELECT pg_advisory_xact_lock(s) FROM unnest(%s::bigint[]) AS s"
        " UNION ALL SELECT pg_advisory_xact_lock_shared(s) FROM unnest(%s::bigint[]) AS s"
    ),
)


class StoreTransaction:
    """Reads and writes of one tenant; commit and rollback belong to the caller."""

    def __init__(self, driver: Driver, tenant: str, *, writing: bool = True) -> None:
        """Work on an open connection; only who is ``writing`` locks the cases that it reads."""
        self.driver = driver
        self._tenant = tenant
        self._case = CASE if writing else CASE_AS_IT_IS

    def lock(self, conversations: Iterable[str], messages: Iterable[str] = ()) -> None:
        """Keep other writers out of these conversations, and out of waiting for these messages.

        SQLite has one writer, so there is nothing to do.
        """
        if self.driver.name == "sqlite":
            return
        alone = sorted({self._slot("conversation", name) for name in conversations})
        shared = sorted({self._slot("message", name) for name in messages})
        self.driver.query(LOCK, (alone, shared))

    def lock_awaited(self, messages: Iterable[str]) -> None:
        """Wait until nobody is bringing these messages in any more, and keep it so."""
        if self.driver.name == "sqlite":
            return
        alone = sorted({self._slot("message", name) for name in messages})
        self.driver.query(LOCK, (alone, []))

    def _slot(self, kind: str, name: str) -> int:
        text = f"scskit\0{self._tenant}\0{kind}\0{name}".encode()
        number = int.from_bytes(blake2b(text, digest_size=8).digest(), "big") % LOCK_SLOTS
        return _LOCK_BASE[kind] + number

    def ledger(self, keys: Iterable[LedgerKey]) -> dict[LedgerKey, LedgerEntry]:
        """Return ledger lines by key."""
        found = map(rows.read_ledger, self.driver.fetch(LEDGER, self._tenant, keys))
        return {entry.key: entry for entry in found}

    def parked(self, targets: Iterable[tuple[str, str]]) -> list[LedgerEntry]:
        """Return parked lines that wait for one of ``(account, external id)``."""
        wanted = list(targets)
        accounts = {account for account, _ in wanted}
        # Mostly nothing is parked at all, and one question tells.
        parking = {a for a in accounts if self.driver.query(ANY_PARKED, (self._tenant, a))}
        keys = [target for target in wanted if target[0] in parking]
        return list(map(rows.read_ledger, self.driver.fetch(PARKED, self._tenant, keys)))

    def identities(self, ids: Iterable[IdentityId]) -> dict[IdentityId, Identity]:
        """Return identities with their customers and tiers."""
        found = map(rows.read_identity, self._by_id(IDENTITY, ids))
        return {identity.id: identity for identity in found}

    def threads(self, ids: Iterable[ThreadId]) -> dict[ThreadId, Thread]:
        """Return threads."""
        return {thread.id: thread for thread in map(rows.read_thread, self._by_id(THREAD, ids))}

    def conversations(self, pairs: Iterable[Pair]) -> dict[Pair, Conversation]:
        """Return each person's case in a thread with all that belongs to it, locked."""
        found: dict[Pair, Conversation] = {}
        for row in self.driver.fetch(CONVERSATION, self._tenant, pairs):
            case, head = rows.read_case(row[:_CASE_WIDTH])
            thread = rows.read_thread(row[_CASE_WIDTH:_THREAD_END])
            identity = rows.read_identity(row[_THREAD_END:])
            draft = CaseDraft(case=case, head=head, stored_version=case.version)
            found[thread.id, identity.id] = Conversation(case.id, draft, thread, identity)
        return found

    def current_cases(self, pairs: Iterable[Pair]) -> dict[Pair, CaseId]:
        """Return the case that a person's messages in a thread belong to."""
        found = self.driver.fetch(PAIR, self._tenant, pairs)
        return {(thread, identity): case for _, thread, identity, case in found}

    def cases_of_threads(self, ids: Iterable[ThreadId]) -> dict[ThreadId, list[CaseId]]:
        """Return the current cases of threads."""
        cases: dict[ThreadId, list[CaseId]] = defaultdict(list)
        for _, thread, _, case in self._by_id(THREAD_CASES, ids):
            cases[thread].append(case)
        return cases

    def cases(self, ids: Iterable[CaseId]) -> dict[CaseId, CaseDraft]:
        """Return cases as drafts without events, locked where the database locks rows."""
        drafts: dict[CaseId, CaseDraft] = {}
        for row in self._by_id(self._case, sorted(ids)):
            case, head = rows.read_case(row)
            drafts[case.id] = CaseDraft(case=case, head=head, stored_version=case.version)
        return drafts

    def interactions(self, ids: Iterable[InteractionId]) -> dict[InteractionId, list[Interaction]]:
        """Return interactions, each with all its revisions, oldest first."""
        revisions: dict[InteractionId, list[Interaction]] = defaultdict(list)
        for row in self._by_id(INTERACTION, ids):
            interaction = rows.read_interaction(row)
            revisions[interaction.id].append(interaction)
        return revisions

    def customers(self, ids: Iterable[CustomerId]) -> dict[CustomerId, Customer]:
        """Return customers."""
        return {c.id: c for c in map(rows.read_customer, self._by_id(CUSTOMER, ids))}

    def log(self, case_id: CaseId) -> list[RecordedEvent]:
        """Return all events of a case, oldest first."""
        return list(map(read_recorded, self._by_id(LOG, [case_id])))

    def notes(self, case_id: CaseId) -> list[Note]:
        """Return the notes on a case, oldest first."""
        return list(map(rows.read_note, self._by_id(NOTES, [case_id])))

    def links(self, source: str) -> list[CustomerLink]:
        """Return every link of an identity or customer, oldest first."""
        return list(map(rows.read_link, self._by_id(LINKS, [source])))

    def customer_by_crm(self, crm_id: str) -> Customer | None:
        """Return the customer that the CRM knows under ``crm_id``."""
        found = self.driver.fetch(CUSTOMER_BY_CRM, self._tenant, [(crm_id,)])
        return rows.read_customer(found[0]) if found else None

    def quarantined(self, digests: Iterable[str]) -> dict[str, Quarantined]:
        """Return quarantine lines by the digest of their payload."""
        found = self.driver.fetch(QUARANTINED, self._tenant, [(digest,) for digest in digests])
        return {item.digest: item for item in map(rows.read_quarantine, found)}

    def _by_id(self, lookup: Lookup, ids: Iterable[str]) -> list[Row]:
        return self.driver.fetch(lookup, self._tenant, [(id_,) for id_ in ids])

    def write(self, writes: Writes, now: datetime) -> Sequence[RecordedEvent]:
        """Store everything; see ``core.ports.Transaction.write``."""
        with self.driver.pipeline():
            self._write_people(writes)
            self._write_messages(writes)
        self._settle(writes)
        self._move_pairs(writes)
        recorded = self._write_cases([d for d in writes.drafts if d.events], now)
        for draft in writes.drafts:
            draft.events.clear()
        return recorded

    def _write_people(self, writes: Writes) -> None:
        tenant, insert = self._tenant, self._insert
        insert(PUT_CUSTOMER, [rows.customer_row(tenant, c) for c in writes.customers])
        insert(PUT_LINK, [rows.link_row(tenant, link_) for link_ in writes.customer_links])
        insert(
            PUT_IDENTITY,
            [rows.identity_row(tenant, i) for _, i in sorted(writes.identities.items())],
        )
        linked = sorted(writes.linked.items())
        self._update(LINKED_IDENTITY, [(customer, tenant, id_) for id_, customer in linked])
        insert(PUT_THREAD, [rows.thread_row(tenant, t) for _, t in sorted(writes.threads.items())])
        pairs = sorted(writes.pairs.items())
        insert(NEW_PAIR, [(tenant, *pair, case) for pair, (case, old) in pairs if old is None])

    def _write_messages(self, writes: Writes) -> None:
        tenant, insert = self._tenant, self._insert
        insert(NEW_LEDGER, [rows.ledger_row(tenant, e) for e in writes.ledger])
        insert(NEW_INTERACTION, [rows.interaction_row(tenant, i) for i in writes.interactions])
        insert(NEW_NOTE, [rows.note_row(tenant, n) for n in writes.notes])
        insert(PUT_QUARANTINE, [rows.quarantine_row(tenant, q) for q in writes.quarantined])
        self._update(DELIVERED, [(s, tenant, i) for i, s in sorted(writes.deliveries.items())])
        self._update(
            MOVED_INTERACTION, [(i.case_id, tenant, i.id, i.revision) for i in writes.moves]
        )
        self._update(
            MOVED_LEDGER,
            [
                (i.case_id, tenant, i.account_id, "message", i.external_id, 0)
                for i in writes.moves
                if i.revision == 0
            ],
        )

    def _insert(self, insert: Insert, new: Sequence[Row]) -> None:
        if new:
            self.driver.insert(insert, new)

    def _update(self, update: Update, changed: Sequence[Row]) -> None:
        if changed:
            self.driver.update(update, changed)

    def _write_cases(self, drafts: Sequence[CaseDraft], now: datetime) -> Sequence[RecordedEvent]:
        if not drafts:
            return ()
        recorded, event_rows = self._record(drafts, now)
        self.driver.insert(NEW_EVENT, event_rows)
        new, quiet, changed = self._case_rows(drafts)
        self._insert(NEW_CASE, new)
        self._replace(QUIET_CASE, quiet)
        self._replace(CHANGED_CASE, changed)
        return recorded

    def _settle(self, writes: Writes) -> None:
        """Mark parked lines as applied, unless somebody else has applied one meanwhile."""
        settled = [
            (e.state, e.interaction_id, e.case_id, e.thread_id, e.payload, self._tenant, *e.key)
            for e in writes.settled
        ]
        self._replace(SETTLED, [(*line, "parked") for line in settled])

    def _move_pairs(self, writes: Writes) -> None:
        moved = [
            (case, self._tenant, *pair, old)
            for pair, (case, old) in sorted(writes.pairs.items())
            if old is not None
        ]
        self._replace(CHANGED_PAIR, moved)

    def _case_rows(self, drafts: Iterable[CaseDraft]) -> tuple[list[Row], list[Row], list[Row]]:
        tenant = self._tenant
        new: list[Row] = []
        quiet: list[Row] = []
        changed: list[Row] = []
        for draft in drafts:
            case, version = _of(draft), draft.stored_version
            if not version:
                new.append(rows.case_row(tenant, case, draft.head))
            elif all(type(event) in _QUIET for event in draft.events):
                key = (tenant, case.id, version)
                quiet.append((*rows.activity_row(case, draft.head), *key))
            else:
                key = (tenant, case.id, version)
                changed.append((*rows.case_row(tenant, case, draft.head)[2:], *key))
            draft.stored_version = case.version
        return new, quiet, changed

    def _replace(self, update: Update, changed: Sequence[Row]) -> None:
        if changed and self.driver.update(update, changed) != len(changed):
            message = "something changed since it was read: read it again and decide again"
            raise Conflict(message)

    def _latest_txn(self, drafts: Iterable[CaseDraft]) -> int:
        """Return the highest transaction number that the cases' events bear so far.

        A transaction that got its number early and a case late, after one with a higher number,
        still comes behind that one in the feed: it bears its number too. No reader is past that
        number as long as this transaction is under way.
        """
        last = [(_of(draft).id, draft.stored_version) for draft in drafts if draft.stored_version]
        if not last:
            return 0
        ids, versions = zip(*last, strict=True)
        ((txn,),) = self.driver.query(LATEST_TXN, (list(ids), list(versions), self._tenant))
        return int(txn)

    def _record(self, drafts: Sequence[CaseDraft], now: datetime) -> tuple[Recorded, list[Row]]:
        parameters = (self._tenant,) if self.driver.name == "sqlite" else ()
        ((txn, first, finished),) = self.driver.query(NEXT_POSITION, parameters)
        if finished > txn + 1:
            txn = max(txn, self._latest_txn(drafts))
        position = first * POSITIONS_PER_TRANSACTION if txn else first
        recorded_at = to_micros(now)
        events: list[Event] = []
        event_rows: list[Row] = []
        for draft in drafts:
            head = draft.head
            for seq, event in enumerate(draft.events, draft.stored_version + 1):
                row = self._event_row(event, seq, position, recorded_at)
                head = link(head, row)
                event_rows.append((row[0], txn, *row[1:], head))
                position += 1
            events += draft.events
            draft.head = head
        return Recorded(events, event_rows, now), event_rows

    def _event_row(self, event: Event, seq: int, position: int, recorded_at: int) -> Row:
        return (
            self._tenant,
            position,
            event.case_id,
            seq,
            event.type,
            event.schema,
            to_micros(event.at),
            recorded_at,
            event.by,
            event.because,
            event_payload(event),
        )


def _of(draft: CaseDraft) -> Case:
    if draft.case is None:
        message = "a draft without a case cannot be stored"
        raise ValueError(message)
    return draft.case
