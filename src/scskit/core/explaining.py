"""Why a clock stands where it stands: every instance of every clock of a case, from its log.

Nothing here is remembered: the log is played again, so that the explanation is about what was
decided, under the terms and the calendars of that time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Literal, get_args

from attrs import evolve, field, frozen

from scskit.core import events as ev
from scskit.core import lifecycle
from scskit.core.case import CATEGORY, Case
from scskit.core.clocks import (
    OpenClock,
    calendars_of,
    due,
    open_clocks,
    pauses_of,
    sla_clock,
    target_of,
    terms_until,
)
from scskit.core.errors import IllegalTransition
from scskit.core.pauses import Pause
from scskit.core.policy import Policy
from scskit.core.sla import outcome
from scskit.core.terms import Applied, Notice
from scskit.core.waits import counts

ClockState = Literal["running", "paused", "met", "breached", "cancelled"]
PromiseName = Literal["first_response", "resolution"]
"""What a case has one clock of at most."""

PROMISES: tuple[PromiseName, ...] = get_args(PromiseName)
Interval = tuple[datetime, datetime]


@frozen(kw_only=True)
class ClockReport:
    """One instance of a clock, explained.

    Attributes:
        clock: which clock.
        instance: which of that name.
        state: running, paused, met, breached, or cancelled: closed without being met or missed.
        since: when it began.
        due: when it is, was or would have been due; None while it stands still.
        ended_at: when it was closed.
        ended_by: what closed it.
        target: how long it may run: time that counts, or working days.
        elapsed: how much of that is used up; None for working days.
        calendar: the name of the calendar, empty for around the clock, and its version.
        counted: the stretches that count, until now, the end, or the due instant.
        pauses: when it stood still, and in which state of the case.
        applied: the terms that it ran under, one after the other.
        notices: what it said.
    """

    clock: str
    instance: int
    state: ClockState
    since: datetime
    due: datetime | None
    ended_at: datetime | None
    ended_by: str
    target: timedelta | int
    elapsed: timedelta | None
    calendar: tuple[str, str]
    counted: tuple[Interval, ...] = field(repr=False)
    pauses: tuple[tuple[str, datetime, datetime | None], ...]
    applied: tuple[Applied, ...] = field(repr=False)
    notices: tuple[Notice, ...]


@frozen
class Life:
    """An instance of a clock, and how it ended.

    Attributes:
        clock: the clock.
        ended_at: when it was closed; None while it is open.
        ended_by: what closed it.
        met: whether that is what it waited for.
    """

    clock: OpenClock
    ended_at: datetime | None = None
    ended_by: str = ""
    met: bool = False


def explain(log: Iterable[ev.Event], policy: Policy, now: datetime) -> tuple[ClockReport, ...]:
    """Explain every clock that a case has had.

    Args:
        log: all events of the case, oldest first.
        policy: knows the calendars.
        now: the present instant.

    Returns:
        One report for each instance that had a target, in the order in which they began.
    """
    case, lives = replay(log)
    reports = [_report(case, life, policy, now) for life in lives]
    found = [report for report in reports if report is not None]
    return tuple(sorted(found, key=lambda report: (report.since, report.clock, report.instance)))


def replay(log: Iterable[ev.Event]) -> tuple[Case, tuple[Life, ...]]:
    """Return a case, and every instance of a clock that it has had.

    Args:
        log: all its events, oldest first.

    Raises:
        IllegalTransition: the log is empty or its events do not follow from each other.
    """
    case: Case | None = None
    lives: dict[tuple[str, int], Life] = {}
    for event in log:
        before, case = case, lifecycle.evolve(case, event)
        _follow(lives, before, case, event)
    if case is None:
        message = "an empty log makes no case"
        raise IllegalTransition(message)
    key, answered = ("first_response", 1), case.first_response_at
    if answered and key in lives and (end := lives[key].ended_at) and answered < end:
        # Messages came late and in another order: in the end the case knows when it was answered.
        lives[key] = evolve(_only(case, "first_response"), ended_by="an answer that came to light")
    return case, tuple(lives.values())


def _follow(
    lives: dict[tuple[str, int], Life], before: Case | None, case: Case, event: ev.Event
) -> None:
    """Note which clocks an event opens and closes."""
    now_open: dict[tuple[str, int], OpenClock] = {
        (clock.name, clock.instance): clock for clock in open_clocks(case)
    }
    for key, clock in now_open.items():
        lives[key] = Life(clock)  # also one that is opened again, or turns out to be older
    for gone in _open_keys(before) - now_open.keys():
        lives[gone] = _ended(lives[gone], event)


def _open_keys(case: Case | None) -> set[tuple[str, int]]:
    return {(clock.name, clock.instance) for clock in open_clocks(case)} if case else set()


def _ended(life: Life, event: ev.Event) -> Life:
    name = life.clock.name
    if isinstance(event, ev.InteractionAdded) and counts(event):
        by = f"the answer {event.interaction_id}"
        return evolve(life, ended_at=event.posted_at, ended_by=by, met=True)
    if isinstance(event, ev.NoteAdded):
        return evolve(life, ended_at=event.at, ended_by=f"the note {event.note_id}", met=True)
    if isinstance(event, ev.StateChanged) and CATEGORY[event.state] == "done":
        met = event.state in {"solved", "closed"} and name in {"resolution", "legal"}
        return evolve(life, ended_at=event.at, ended_by=f"the case was {event.state}", met=met)
    if name == "acknowledgement":
        return evolve(life, ended_at=event.at, ended_by=f"{event.by} took the case", met=True)
    return evolve(life, ended_at=event.at, ended_by=event.type.replace("_", " "))


@frozen(kw_only=True)
class Verdict:
    """What an instance of a clock comes to.

    Attributes:
        life: the instance, which ended as well when it was promised no longer.
        applied: the terms that it ran under.
        target: the last of its targets.
        pauses: when it stood still.
        notices: what it said.
        due: when it is or was due; None while it stands still.
        state: what became of it.
    """

    life: Life
    applied: tuple[Applied, ...]
    target: timedelta | int
    pauses: tuple[Pause, ...]
    notices: tuple[Notice, ...]
    due: datetime | None
    state: ClockState


def judge(case: Case, life: Life, policy: Policy, now: datetime) -> Verdict | None:
    """Judge an instance of a clock; None if it had no target."""
    applied = tuple(terms_until(case.sla, life.ended_at))
    life, applied = _promised(life, applied)
    clock, end = life.clock, life.ended_at
    target = target_of(applied[-1].terms, clock.name) if applied else None
    if target is None:
        return None
    then = as_of(case, end).replace(sla=applied)
    due_at = due(then, clock, policy, until=end)
    said = notices_of(case, clock)
    broken = standing_breach(said)
    pauses = pauses_of(then.pauses, applied[-1].terms, clock.name)
    return Verdict(
        life=life,
        applied=applied,
        target=target,
        pauses=pauses,
        notices=said,
        due=broken.due if broken else due_at,
        state=_state(life, due_at, said, pauses, now),
    )


def _report(case: Case, life: Life, policy: Policy, now: datetime) -> ClockReport | None:
    found = judge(case, life, policy, now)
    if found is None:
        return None
    life, terms = found.life, found.applied[-1].terms
    clock, end = life.clock, life.ended_at
    until = min(instant for instant in (now, end, found.due) if instant is not None)
    return ClockReport(
        clock=clock.name,
        instance=clock.instance,
        state=found.state,
        since=clock.since,
        due=found.due,
        ended_at=end,
        ended_by=life.ended_by,
        target=found.target,
        elapsed=_elapsed(clock, policy, found, end or now),
        calendar=(terms.calendar, terms.calendar_version),
        counted=tuple(_counted(clock, policy, found, until)),
        pauses=tuple(
            (stretch.state, stretch.since, stretch.until)
            for stretch in as_of(case, end).pauses
            if (stretch.since, stretch.until) in found.pauses
        ),
        applied=found.applied,
        notices=found.notices,
    )


def _promised(life: Life, applied: tuple[Applied, ...]) -> tuple[Life, tuple[Applied, ...]]:
    """Leave out the last terms if they promise nothing any more: they ended the clock."""
    kept = applied
    while kept and target_of(kept[-1].terms, life.clock.name) is None:
        kept = kept[:-1]
    if len(kept) == len(applied):
        return life, applied
    end = applied[len(kept)].since
    return Life(life.clock, end, "other terms, which do not promise it"), kept


def as_of(case: Case, end: datetime | None) -> Case:
    """Return a case without the pauses that began when a clock was closed, or later."""
    if end is None:
        return case
    return case.replace(pauses=tuple(p for p in case.pauses if p.since < end))


def notices_of(case: Case, clock: OpenClock) -> tuple[Notice, ...]:
    """Return what an instance of a clock said."""
    key = (clock.name, clock.instance)
    return tuple(notice for notice in case.notices if (notice.clock, notice.instance) == key)


def standing_breach(said: Sequence[Notice]) -> Notice | None:
    """Return the breach among what an instance of a clock said, if it stands."""
    found = [notice for notice in said if notice.kind != "warned"]
    return found[-1] if found and found[-1].kind == "breached" else None


def _state(
    life: Life,
    due_at: datetime | None,
    said: Sequence[Notice],
    pauses: Sequence[Pause],
    now: datetime,
) -> ClockState:
    end = life.ended_at
    if standing_breach(said):
        return "breached"
    if end is not None and not life.met:
        return "cancelled"
    if outcome(due_at, end, now) == "breached":
        return "breached"
    if end is not None:
        return "met"
    return "paused" if any(until is None for _, until in pauses) else "running"


def _elapsed(clock: OpenClock, policy: Policy, found: Verdict, until: datetime) -> timedelta | None:
    if isinstance(found.target, int):
        return None
    return sla_clock(clock, policy, found.applied, found.target, found.pauses).elapsed(until)


def _counted(
    clock: OpenClock, policy: Policy, found: Verdict, until: datetime
) -> Iterator[Interval]:
    calendars = calendars_of(clock, policy, found.applied)
    ends = [*(since for since, _ in calendars[1:]), until]
    for (since, calendar), end in zip(calendars, ends, strict=True):
        yield from calendar.intervals(since, min(end, until), found.pauses)


@frozen(kw_only=True)
class Promise:
    """How a case stands to one promise.

    Attributes:
        due: when it is, was or would have been due; None without a promise, or while paused.
        outcome: running, met, breached or cancelled; None without a promise.
    """

    due: datetime | None = None
    outcome: str | None = None


def _only(case: Case, name: PromiseName) -> Life:
    """Return the only instance of a clock, from the case alone."""
    clock = OpenClock(name, 1, case.opened_at)
    if name == "resolution":
        end = case.solved_at or case.closed_at
        return Life(clock, end, met=case.solved_at is not None)
    answered = case.first_response_at
    solved = next((pause.since for pause in case.pauses if pause.state == "solved"), None)
    if answered is not None and (solved is None or answered <= solved):
        return Life(clock, answered, met=True)
    waits = case.cycle == 1 and case.unanswered
    return Life(clock, None if waits else solved or case.closed_at or case.updated_at)


def promise_of(case: Case, name: PromiseName, policy: Policy, now: datetime) -> Promise:
    """Tell how a case stands to a promise, from its row alone.

    Args:
        case: the case.
        name: the promise; each case has at most one of these.
        policy: knows the calendars.
        now: the present instant.
    """
    if not case.sla:
        return Promise()
    found = judge(case, _only(case, name), policy, now)
    return Promise(due=found.due, outcome=found.state) if found else Promise()
