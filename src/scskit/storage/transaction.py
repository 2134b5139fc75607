"""One tenant's rows on one connection."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import TYPE_CHECKING

from scskit.core.case import Case, Note
from scskit.core.escalation import Contact
from scskit.core.identity import Customer, CustomerLink, Identity
from scskit.core.ids import CaseId, CustomerId, IdentityId, InteractionId, ThreadId
from scskit.core.interaction import Interaction, Thread
from scskit.core.records import (
    CaseDraft,
    Conversation,
    LedgerEntry,
    LedgerKey,
    Locks,
    Pair,
    Quarantined,
    RecordedEvent,
    Timetable,
    Writes,
    never,
)
from scskit.core.time import to_micros
from scskit.storage import case_rows, interaction_rows, rows
from scskit.storage.case_writer import CaseWriter
from scskit.storage.drivers import Driver, Replacements, Row, insert_into, update_in
from scskit.storage.events import read_recorded
from scskit.storage.queries import read_contacts
from scskit.storage.sql import Lookup
from scskit.storage.statements import (
    ANY_PARKED,
    CASE,
    CASE_AS_IT_IS,
    CASE_WIDTH,
    CHANGED_PAIR,
    CONVERSATION,
    CUSTOMER,
    CUSTOMER_BY_CRM,
    DELIVERED,
    DUE_CASES,
    IDENTITY,
    INTERACTION,
    LEDGER,
    LINKED_IDENTITY,
    LINKS,
    LOCK,
    LOG,
    MOVED_INTERACTION,
    MOVED_LEDGER,
    NEW_INTERACTION,
    NEW_LEDGER,
    NEW_NOTE,
    NEW_PAIR,
    NOTES,
    PAIR,
    PARKED,
    PUT_CUSTOMER,
    PUT_IDENTITY,
    PUT_LINK,
    PUT_QUARANTINE,
    PUT_THREAD,
    QUARANTINED,
    SETTLED,
    TAKEN_IN,
    THREAD,
    THREAD_CASES,
    THREAD_END,
)
from scskit.wire.text import encode

if TYPE_CHECKING:
    from scskit.storage.challenge_rows import ChallengeRows
    from scskit.storage.offer_rows import OfferRows
    from scskit.storage.reply_rows import ReplyRows
    from scskit.storage.saying_rows import AnnouncementRows, IncidentRows
    from scskit.storage.work_queries import WorkRows

LOCK_SLOTS = 256
"""Messages share this many locks, so that a large batch does not exhaust the server's."""

_LOCK_BASE = {
    "message": 0x5C5_0001_0000,
    "agent": 0x5C5_0002_0000,
}


class StoreTransaction:
    """Reads and writes of one tenant; commit and rollback belong to the caller."""

    def __init__(
        self, driver: Driver, tenant: str, timetable: Timetable = never, *, writing: bool = True
    ) -> None:
        """Work on an open connection; only who is ``writing`` locks the cases that it reads."""
        self._timetable = timetable
        self.driver = driver
        self._tenant = tenant
        self._writing = writing
        self._case = CASE if writing else CASE_AS_IT_IS

    def survey(
        self, batch: Locks, keys: Iterable[LedgerKey], pairs: Iterable[Pair]
    ) -> tuple[dict[LedgerKey, LedgerEntry], set[str], dict[Pair, Conversation]]:
        """Lock, and ask everything at once that can be asked so early."""
        driver, tenant = self.driver, self._tenant
        accounts = sorted(batch.accounts)
        with driver.pipeline():
            self._lock(batch)
            lines = driver.send(LEDGER, tenant, keys)
            parking = driver.ask(ANY_PARKED, (encode(accounts), tenant))
            found = driver.send(CONVERSATION, tenant, pairs)
        entries = map(rows.read_ledger, lines())
        return (
            {entry.key: entry for entry in entries},
            {account for (account,) in parking()},
            dict(map(_read_conversation, found())),
        )

    def _lock(self, batch: Locks) -> None:
        """Let whoever is about to wait for one of the messages wait for this batch first.

        Batches do not exclude each other: what two of them write is kept apart by the rows of
        their cases, which are locked as they are read, and by the keys of what they add.
        """
        if self.driver.name == "sqlite":
            return  # it has one writer
        shared = sorted({self._slot("message", _name(key)) for key in batch.messages})
        self.driver.ask(LOCK, (encode([]), encode(shared)))

    def lock_awaited(self, messages: Iterable[LedgerKey]) -> None:
        """Wait until nobody is bringing these messages in any more, and keep it so."""
        if self.driver.name == "sqlite":
            return
        alone = sorted({self._slot("message", _name(key)) for key in messages})
        self.driver.query(LOCK, (encode(alone), encode([])))

    def lock_agents(self, agents: Iterable[str]) -> None:
        """Wait until nobody else gives work to these agents, and keep it so."""
        if self.driver.name == "sqlite":
            return
        alone = sorted({self._slot("agent", name) for name in agents})
        self.driver.query(LOCK, (encode(alone), encode([])))

    @property
    def work(self) -> WorkRows:
        """Reads and writes for the choice of agents."""
        from scskit.storage.work_queries import WorkRows  # noqa: PLC0415  messages need none

        return WorkRows(self.driver, self._tenant)

    @property
    def replies(self) -> ReplyRows:
        """Reads and writes for replies and the outbox."""
        from scskit.storage.reply_rows import ReplyRows  # noqa: PLC0415  messages need none

        return ReplyRows(self.driver, self._tenant, writing=self._writing)

    @property
    def challenges(self) -> ChallengeRows:
        """Reads and writes for challenges."""
        from scskit.storage.challenge_rows import ChallengeRows  # noqa: PLC0415  few need them

        return ChallengeRows(self.driver, self._tenant, writing=self._writing)

    @property
    def offers(self) -> OfferRows:
        """Reads and writes for offers to go on in private."""
        from scskit.storage.offer_rows import OfferRows  # noqa: PLC0415  few messages need them

        return OfferRows(self.driver, self._tenant)

    @property
    def announcements(self) -> AnnouncementRows:
        """Reads and writes for announcements."""
        from scskit.storage.saying_rows import AnnouncementRows  # noqa: PLC0415  few desks need them

        return AnnouncementRows(self.driver, self._tenant, writing=self._writing)

    @property
    def incidents(self) -> IncidentRows:
        """Reads and writes for incidents."""
        from scskit.storage.saying_rows import IncidentRows  # noqa: PLC0415  few desks need them

        return IncidentRows(self.driver, self._tenant, writing=self._writing)

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
        return list(map(rows.read_ledger, self.driver.fetch(PARKED, self._tenant, targets)))

    def strangers(
        self, threads: Iterable[ThreadId], people: Iterable[IdentityId]
    ) -> tuple[dict[ThreadId, Thread], dict[IdentityId, Identity]]:
        """Return threads and identities, asked for at once."""
        driver, tenant = self.driver, self._tenant
        with driver.pipeline():
            places = driver.send(THREAD, tenant, [(id_,) for id_ in threads])
            persons = driver.send(IDENTITY, tenant, [(id_,) for id_ in people])
        return (
            {thread.id: thread for thread in map(rows.read_thread, places())},
            {identity.id: identity for identity in map(rows.read_identity, persons())},
        )

    def identities(self, ids: Iterable[IdentityId]) -> dict[IdentityId, Identity]:
        """Return identities with their customers and tiers."""
        found = map(rows.read_identity, self._by_id(IDENTITY, ids))
        return {identity.id: identity for identity in found}

    def threads(self, ids: Iterable[ThreadId]) -> dict[ThreadId, Thread]:
        """Return threads."""
        return {thread.id: thread for thread in map(rows.read_thread, self._by_id(THREAD, ids))}

    def conversations(self, pairs: Iterable[Pair]) -> dict[Pair, Conversation]:
        """Return each person's case in a thread with all that belongs to it, locked."""
        return dict(map(_read_conversation, self.driver.fetch(CONVERSATION, self._tenant, pairs)))

    def current_cases(self, pairs: Iterable[Pair]) -> dict[Pair, CaseId]:
        """Return the case that a person's messages in a thread belong to."""
        found = self.driver.fetch(PAIR, self._tenant, pairs)
        return {(thread, identity): case for _, thread, identity, case in found}

    def cases_of_threads(self, ids: Iterable[ThreadId]) -> dict[ThreadId, dict[IdentityId, CaseId]]:
        """Return the current cases of threads, by whose they are there."""
        cases: dict[ThreadId, dict[IdentityId, CaseId]] = defaultdict(dict)
        for _, thread, person, case in self._by_id(THREAD_CASES, ids):
            cases[thread][person] = case
        return cases

    def cases(self, ids: Iterable[CaseId]) -> dict[CaseId, CaseDraft]:
        """Return cases as drafts without events, locked where the database locks rows."""
        drafts: dict[CaseId, CaseDraft] = {}
        for row in self._by_id(self._case, sorted(ids)):
            case, head = case_rows.read_case(row)
            times = case_rows.stored_times(row)
            drafts[case.id] = CaseDraft(case, head, [], case.version, times)
        return drafts

    def due_cases(self, now: datetime, limit: int) -> list[CaseDraft]:
        """Return cases that something happens to by now; see ``core.ports.Transaction``."""
        drafts: list[CaseDraft] = []
        for row in self.driver.query(DUE_CASES, (self._tenant, to_micros(now), limit)):
            case, head = case_rows.read_case(row)
            times = case_rows.stored_times(row)
            drafts.append(CaseDraft(case, head, [], case.version, times))
        return drafts

    def interactions(self, ids: Iterable[InteractionId]) -> dict[InteractionId, list[Interaction]]:
        """Return interactions, each with all its revisions, oldest first."""
        revisions: dict[InteractionId, list[Interaction]] = defaultdict(list)
        for row in self._by_id(INTERACTION, ids):
            interaction = interaction_rows.read_interaction(row)
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

    def contacts(self, case: Case, since: datetime) -> list[Contact]:
        """Return the person's other cases on the same reason; see ``core.ports.Transaction``."""
        return read_contacts(self.driver, self._tenant, case, since)

    def quarantined(self, digests: Iterable[str]) -> dict[str, Quarantined]:
        """Return quarantine lines by the digest of their payload."""
        found = self.driver.fetch(QUARANTINED, self._tenant, [(digest,) for digest in digests])
        return {item.digest: item for item in map(rows.read_quarantine, found)}

    def _by_id(self, lookup: Lookup, ids: Iterable[str]) -> list[Row]:
        return self.driver.fetch(lookup, self._tenant, [(id_,) for id_ in ids])

    def write(self, writes: Writes, now: datetime) -> Sequence[RecordedEvent]:
        """Store everything; see ``core.ports.Transaction.write``."""
        writer = CaseWriter(self.driver, self._tenant, self._timetable)
        replaced = Replacements(self.driver)
        drafts = [draft for draft in writes.drafts if draft.events]
        with self.driver.pipeline():
            self._write_people(writes)
            self._write_places(writes, replaced)
            self._write_messages(writes, replaced)
            self._write_rarities(writes)
            position = writer.ask_position(drafts) if drafts else None
            writer.reschedule(writes.rescheduled, replaced)
        replaced.check()
        recorded = writer.write(drafts, position, now) if position else ()
        for draft in drafts:
            draft.events.clear()
        return recorded

    # Most messages bring little: what there is none of costs one question.

    def _write_people(self, writes: Writes) -> None:
        insert, update, tenant = self.driver.insert, self.driver.update, self._tenant
        if new := writes.customers:
            insert(PUT_CUSTOMER, [rows.customer_row(tenant, c) for _, c in sorted(new.items())])
        if links := writes.customer_links:
            insert(PUT_LINK, [rows.link_row(tenant, one) for one in links])
        if people := writes.identities:
            insert(PUT_IDENTITY, [rows.identity_row(tenant, i) for _, i in sorted(people.items())])
        if linked := writes.linked:
            update(LINKED_IDENTITY, [(c, tenant, id_) for id_, c in sorted(linked.items())])

    def _write_places(self, writes: Writes, replaced: Replacements) -> None:
        tenant = self._tenant
        if places := writes.threads:
            new = [rows.thread_row(tenant, thread) for _, thread in sorted(places.items())]
            self.driver.insert(PUT_THREAD, new)
        if writes.pairs:
            pairs = sorted(writes.pairs.items())
            first = [(tenant, *pair, case) for pair, (case, old) in pairs if old is None]
            insert_into(self.driver, NEW_PAIR, first)
            moved = [(case, tenant, *pair, old) for pair, (case, old) in pairs if old is not None]
            replaced.add(CHANGED_PAIR, moved)

    def _write_messages(self, writes: Writes, replaced: Replacements) -> None:
        insert, tenant = self.driver.insert, self._tenant
        if lines := writes.ledger:
            insert(NEW_LEDGER, [rows.ledger_row(tenant, entry) for entry in lines])
        if interactions := writes.interactions:
            new = [interaction_rows.interaction_row(tenant, one) for one in interactions]
            insert(NEW_INTERACTION, new)
        if settled := writes.settled:
            # Unless somebody else has applied one meanwhile.
            applied = [
                (e.state, e.interaction_id, e.case_id, e.thread_id, e.payload, tenant, *e.key)
                for e in settled
            ]
            replaced.add(SETTLED, [(*line, "parked") for line in applied])

    def _write_rarities(self, writes: Writes) -> None:
        insert, update, tenant = self.driver.insert, self.driver.update, self._tenant
        if parts := writes.parts:
            self.replies.put_parts(list(parts.values()))
        if attempts := writes.attempts:
            self.replies.put_attempts(attempts)
        if notes := writes.notes:
            insert(NEW_NOTE, [rows.note_row(tenant, note) for note in notes])
        if poison := writes.quarantined:
            insert(PUT_QUARANTINE, [rows.quarantine_row(tenant, one) for one in poison])
        if bodies := writes.taken_in:
            self.driver.query(TAKEN_IN, (tenant, encode(bodies)))
        if deliveries := writes.deliveries:
            update(DELIVERED, [(how, tenant, id_) for id_, how in sorted(deliveries.items())])
        if moves := writes.moves:
            update(MOVED_INTERACTION, [(i.case_id, tenant, i.id, i.revision) for i in moves])
            lines = [
                (i.case_id, tenant, i.account_id, "message", i.external_id, 0)
                for i in moves
                if i.revision == 0
            ]
            update_in(self.driver, MOVED_LEDGER, lines)


def _name(key: LedgerKey) -> str:
    return f"{key[0]}:{key[2]}"


def _read_conversation(row: Row) -> tuple[Pair, Conversation]:
    case, head = case_rows.read_case(row[:CASE_WIDTH])
    thread = rows.read_thread(row[CASE_WIDTH:THREAD_END])
    identity = rows.read_identity(row[THREAD_END:])
    times = case_rows.stored_times(row[:CASE_WIDTH])
    draft = CaseDraft(case, head, [], case.version, times)
    return (thread.id, identity.id), Conversation(case.id, draft, thread, identity)
