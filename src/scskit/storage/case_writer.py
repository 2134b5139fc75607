"""Writing cases: their new events, chained, and their rows as the events leave them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from scskit.core.case import Case
from scskit.core.events import (
    Event,
    InteractionAdded,
    InteractionRevised,
    NoteAdded,
    ReceiptRecorded,
    SlaBreached,
    SlaVoided,
)
from scskit.core.records import CaseDraft, RecordedEvent, Timetable, never
from scskit.core.time import to_micros
from scskit.storage import case_rows
from scskit.storage.chain import link
from scskit.storage.drivers import Driver, Replacements, Row, Rows, insert_into, update_in
from scskit.storage.events import Recorded
from scskit.storage.rows import micros
from scskit.storage.statements import (
    AGAIN_BREACH,
    CHANGED_CASE,
    LATEST_TXN,
    NEW_BREACH,
    NEW_CASE,
    NEW_EVENT,
    NEXT_POSITION,
    POSITIONS_PER_TRANSACTION,
    QUIET_CASE,
    TIMED_CASE,
    VOIDED_BREACH,
)
from scskit.wire.events import event_payload
from scskit.wire.text import encode

_QUIET = frozenset({InteractionAdded, InteractionRevised, ReceiptRecorded, NoteAdded})
"""Events after which a case still stands in the same queue, with the same agent and state."""


class CaseWriter:
    """Writes a tenant's cases on one connection."""

    def __init__(self, driver: Driver, tenant: str, timetable: Timetable = never) -> None:
        """Write on an open connection; the timetable says when each case wants to be looked at."""
        self._driver = driver
        self._tenant = tenant
        self._timetable = timetable

    def ask_position(self, drafts: Sequence[CaseDraft]) -> tuple[Rows, Rows]:
        """Ask where the new events go; part of the statements before them.

        The second answer is the highest transaction number that the cases' events bear so far.
        A transaction that got its number early and a case late, after one with a higher number,
        still comes behind that one in the feed: it bears its number too. No reader is past that
        number as long as this transaction is under way.
        """
        if self._driver.name == "sqlite":
            return self._driver.ask(NEXT_POSITION, (self._tenant,)), list
        last = [(of(draft).id, draft.stored_version) for draft in drafts if draft.stored_version]
        return (
            self._driver.ask(NEXT_POSITION),
            self._driver.ask(LATEST_TXN, (encode(last), self._tenant)),
        )

    def write(
        self, drafts: Sequence[CaseDraft], position: tuple[Rows, Rows], now: datetime
    ) -> Sequence[RecordedEvent]:
        """Store the new events of cases, and the cases as they are after them.

        Args:
            drafts: cases with new events.
            position: what ``ask_position`` asked.
            now: when they are recorded.

        Raises:
            Conflict: a case changed since it was read.
        """
        recorded, event_rows = self._record(drafts, position, now)
        new, quiet, changed = self._case_rows(drafts)
        replaced = Replacements(self._driver)
        with self._driver.pipeline():
            self._driver.insert(NEW_EVENT, event_rows)
            self._write_breaches(drafts, to_micros(now))
            insert_into(self._driver, NEW_CASE, new)
            replaced.add(QUIET_CASE, quiet)
            replaced.add(CHANGED_CASE, changed)
        replaced.check()
        return recorded

    def reschedule(self, drafts: Iterable[CaseDraft], replaced: Replacements) -> None:
        """Tell anew when cases without new events are due; part of the statements before."""
        rows = [(*self._times(d), self._tenant, of(d).id, d.stored_version) for d in drafts]
        replaced.add(TIMED_CASE, rows)

    def _times(self, draft: CaseDraft) -> case_rows.Times:
        due_at, wake_at = draft.times or self._timetable(of(draft))
        return micros(due_at), micros(wake_at)

    def _write_breaches(self, drafts: Iterable[CaseDraft], now: int) -> None:
        new: list[Row] = []
        again: list[Row] = []
        voided: list[Row] = []
        for draft in drafts:
            for event in draft.events:
                if isinstance(event, (SlaBreached, SlaVoided)):
                    key = (self._tenant, event.case_id, event.clock, event.instance)
                    if isinstance(event, SlaVoided):
                        voided.append((now, *key))
                    else:
                        rows = again if _was_voided(draft, event) else new
                        rows.append((*key, to_micros(event.due), now, None))
        insert_into(self._driver, NEW_BREACH, new)
        insert_into(self._driver, AGAIN_BREACH, again)
        update_in(self._driver, VOIDED_BREACH, voided)

    def _case_rows(self, drafts: Iterable[CaseDraft]) -> tuple[list[Row], list[Row], list[Row]]:
        tenant = self._tenant
        new: list[Row] = []
        quiet: list[Row] = []
        changed: list[Row] = []
        for draft in drafts:
            case, version = of(draft), draft.stored_version
            times = self._times(draft)
            if not version:
                new.append(case_rows.case_row(tenant, case, draft.head, times))
            elif times == draft.stored_times and all(type(e) in _QUIET for e in draft.events):
                key = (tenant, case.id, version)
                quiet.append((*case_rows.activity_row(case, draft.head), *key))
            else:
                key = (tenant, case.id, version)
                changed.append((*case_rows.case_row(tenant, case, draft.head, times)[2:], *key))
            draft.stored_version, draft.stored_times = case.version, times
        return new, quiet, changed

    def _record(
        self, drafts: Sequence[CaseDraft], asked: tuple[Rows, Rows], now: datetime
    ) -> tuple[Recorded, list[Row]]:
        ((txn, first),) = asked[0]()
        txn = max(txn, *(latest for (latest,) in asked[1]()), 0)
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


def _was_voided(draft: CaseDraft, breach: SlaBreached) -> bool:
    """Tell whether the breach was there before and taken back: recalculation may bring it back."""
    return any(
        notice.kind == "voided"
        and (notice.clock, notice.instance) == (breach.clock, breach.instance)
        for notice in of(draft).notices
    )


def of(draft: CaseDraft) -> Case:
    """Return the case of a draft that has one."""
    if draft.case is None:
        message = "a draft without a case cannot be stored"
        raise ValueError(message)
    return draft.case
