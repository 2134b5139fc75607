"""The sweep: what is due happens, found through an index, decided in the core, in batches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from attrs import field, frozen

from scskit.core.case import Case
from scskit.core.due import decide_due, timetable
from scskit.core.errors import StoreError
from scskit.core.ports import Transaction
from scskit.core.records import CaseDraft, RecordedEvent, Writes
from scskit.desk.garbage import garbage_left
from scskit.desk.reacting import Reacting
from scskit.desk.services import Services

BATCH = 1000
"""At most this many cases share a transaction."""


@frozen(kw_only=True)
class DueReport:
    """What a sweep did.

    Attributes:
        cases: how many cases something happened to; one that was due twice counts twice.
        counts: how many events of each type were recorded.
        next_due: when to call again; None if nothing will happen by itself.
        taken: how many items were applied that webhooks had left.
    """

    cases: int = 0
    counts: Mapping[str, int] = field(factory=dict)
    next_due: datetime | None = None
    taken: int = 0

    @property
    def events(self) -> int:
        """How many events were recorded."""
        return sum(self.counts.values())


@frozen(kw_only=True)
class _Batch:
    """What one transaction of a sweep did.

    Attributes:
        cases: how many cases something happened to.
        counts: how many events of each type were recorded.
        recorded: these events.
        goes_on: whether more may be due.
    """

    cases: int
    counts: Counter[str]
    recorded: Sequence[RecordedEvent]
    goes_on: bool


class Sweep:
    """Lets happen what is due. Any number of processes may sweep one database at once."""

    def __init__(self, services: Services) -> None:
        """Work for a desk."""
        self._services = services
        self._timetable = timetable(services.policy)

    def run(self, limit: int | None = None) -> DueReport:
        """Let happen what is due by now; see ``Desk.run_due``."""
        now = self._services.clock.now()
        cases = 0
        counts: Counter[str] = Counter()
        goes_on = True
        while goes_on and (limit is None or cases < limit):
            batch = self._batch(now, BATCH if limit is None else min(BATCH, limit - cases))
            cases += batch.cases
            counts += batch.counts
            goes_on = batch.goes_on
            self._services.announce(batch.recorded)
        next_due = self._services.store.next_wake()
        return DueReport(cases=cases, counts=dict(counts), next_due=next_due)

    def _batch(self, now: datetime, size: int) -> _Batch:
        def work(transaction: Transaction) -> _Batch:
            drafts = transaction.due_cases(now, size)
            reacting = Reacting(self._services, transaction, now)
            for draft in drafts:
                self._decide_safely(draft, reacting, now)
            changed = [draft for draft in drafts if draft.events]
            # Others were due under rules that have changed since: they are told anew when.
            others = [draft for draft in drafts if not draft.events]
            counts = Counter([event.type for draft in changed for event in draft.events])
            moved = any(draft.times and _is_later(draft.times[1], now) for draft in others)
            recorded = transaction.write(Writes(drafts=changed, rescheduled=others), now)
            return _Batch(
                cases=len(changed),
                counts=counts,
                recorded=recorded,
                goes_on=bool(changed) or moved,
            )

        with garbage_left():
            return self._services.store.run(work)

    def _decide_safely(self, draft: CaseDraft, reacting: Reacting, now: datetime) -> None:
        try:
            self._decide(draft, reacting, now)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001  whatever it is, the other cases go on
            id_ = draft.case.id if draft.case else ""
            reason = f"{type(error).__name__}: {error}"
            self._services.log.warning("due case left alone", case=id_, reason=reason)

    def _decide(self, draft: CaseDraft, reacting: Reacting, now: datetime) -> None:
        """Let one instant of a case happen after another: each may change what is due after it."""
        case = draft.case
        if case is None:  # pragma: no cover  the store hands out cases
            return
        while events := decide_due(case, self._services.policy, now):
            draft.apply(events)
            reacting.react(draft, case, events, at=now)
            case = draft.case or case
            if self._tell(draft, case, now):
                return
        self._tell(draft, case, now)

    def _tell(self, draft: CaseDraft, case: Case, now: datetime) -> bool:
        """Note when a case is due next, and tell whether that is later."""
        draft.times = self._timetable(case)
        return _is_later(draft.times[1], now)


def _is_later(instant: datetime | None, now: datetime) -> bool:
    return instant is None or instant > now
