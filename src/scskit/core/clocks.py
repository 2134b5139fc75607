"""The clocks of a case: which run, when each is due, and what they have to say by then.

Everything here follows from a case's facts and the calendars that its terms name, whenever somebody
asks. Nothing is remembered but what was said: a notice is given once.

==================  ================================================================================
first_response      from the customer's first message to the first answer
next_response       from the oldest message not answered yet to an answer; every wait is numbered
resolution          from the first message until the case is solved; stands still where the policy
                    says, and while the case is solved
update              from an answer to the next one, unless the case waits for the customer
acknowledgement     from the first message, or a change of level, until an agent takes the case
legal               whole working days until the case is solved, whatever it waits for
==================  ================================================================================
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from scskit.core import events as ev
from scskit.core.calendar import Calendar
from scskit.core.case import CATEGORY, Case
from scskit.core.pauses import Pause
from scskit.core.sla import Change, SlaClock
from scskit.core.terms import Applied, ClockName, Stretch, Terms
from scskit.core.windows import WEEKDAYS

if TYPE_CHECKING:
    from scskit.core.policy import Policy

BREACH = ""
"""The mark of what is no warning."""

_PAUSING = ("resolution", "update")
_WHOLE = 1.0
_KEPT = 4096
_FAR = datetime(9000, 1, 1, tzinfo=UTC)
_SOME = timedelta(1)
EVERY = Terms(
    first_response=_SOME,
    next_response=_SOME,
    resolution=_SOME,
    update=_SOME,
    acknowledgement=_SOME,
    legal_days=1,
)
"""Terms that give every clock a target."""


@frozen
class OpenClock:
    """A clock that runs, or stands still.

    Attributes:
        name: which clock.
        instance: which of that name.
        since: when it began.
    """

    name: ClockName
    instance: int
    since: datetime


@frozen
class Moment:
    """An instant at which a clock has something to say.

    Attributes:
        at: when.
        clock: which one.
        mark: of a warning, which one; ``BREACH`` for the end of the target.
    """

    at: datetime
    clock: OpenClock
    mark: str


@cache
def always_open() -> Calendar:
    """Return the calendar that never closes."""
    return Calendar.of("UTC", dict.fromkeys(WEEKDAYS, ("00:00-24:00",)))


def open_clocks(case: Case, terms: Terms = EVERY) -> list[OpenClock]:
    """Return the clocks of a case that are not closed; none of a case that is done.

    Args:
        case: the case.
        terms: only clocks that these give a target.
    """
    if CATEGORY[case.state] == "done":
        return []
    clocks: list[OpenClock] = []
    if case.unanswered:
        name: ClockName = "first_response" if case.cycle == 1 else "next_response"
        if getattr(terms, name) is not None:
            clocks.append(OpenClock(name, case.cycle, case.unanswered[0]))
    if terms.resolution is not None:
        clocks.append(OpenClock("resolution", 1, case.opened_at))
    if terms.update is not None and case.answered_at is not None:
        clocks.append(OpenClock("update", case.answers, case.answered_at))
    if terms.acknowledgement is not None and case.acknowledged_at is None:
        since = case.level_since or case.opened_at
        clocks.append(OpenClock("acknowledgement", case.level, since))
    if terms.legal_days is not None:
        clocks.append(OpenClock("legal", 1, case.opened_at))
    return clocks


def target_of(terms: Terms, name: ClockName) -> timedelta | int | None:
    """Return the target of a clock: time, working days for ``legal``, or None."""
    if name == "legal":
        return terms.legal_days
    target: timedelta | None = getattr(terms, name)
    return target


def pauses_of(stretches: Sequence[Stretch], terms: Terms, name: ClockName) -> tuple[Pause, ...]:
    """Return when a clock stood still."""
    if name not in _PAUSING or not stretches:
        return ()
    still = (*terms.pauses, "solved")
    return tuple((s.since, s.until) for s in stretches if s.state in still)


def due(
    case: Case,
    clock: OpenClock,
    policy: Policy,
    share: float = _WHOLE,
    until: datetime | None = None,
) -> datetime | None:
    """Return when a share of a clock's target is used up.

    Args:
        case: its case.
        clock: the clock.
        policy: knows the calendars.
        share: of the target.
        until: when the clock was closed: terms that came later do not touch it, unless they were
            applied from its beginning.

    Returns:
        The instant; while the clock is open never before the change that brought the terms it
        follows from. None if there is no target, or it stands still.
    """
    applied = terms_until(case.sla, until)
    if not applied:
        return None
    last = applied[-1]
    target = target_of(last.terms, clock.name)
    if target is None:
        return None
    found = _due(case, clock, policy, applied, target, share)
    if found is None or len(applied) == 1 or until is not None:
        return found
    return max(found, last.since)


def terms_until(sla: Sequence[Applied], until: datetime | None) -> Sequence[Applied]:
    """Return the terms that held for a clock, the first of them from its beginning."""
    if until is None or len(sla) < 2:  # noqa: PLR2004  the first hold from the beginning
        return sla
    return (sla[0], *(a for a in sla[1:] if a.since < until or a.retroactive))


def _due(  # noqa: PLR0913, PLR0917  what a due instant follows from
    case: Case,
    clock: OpenClock,
    policy: Policy,
    applied: Sequence[Applied],
    target: timedelta | int,
    share: float,
) -> datetime | None:
    terms = applied[-1].terms
    if isinstance(target, int):
        calendar = policy.calendar_of(terms) or always_open()
        return calendar.add_working_days(clock.since, target) if share == _WHOLE else None
    pauses = pauses_of(case.pauses, terms, clock.name) if case.pauses else ()
    amount = target if share == _WHOLE else target * share
    if len(applied) == 1:
        hours = policy.calendar_of(terms)
        if hours is None and not pauses and clock.since < _FAR:
            return clock.since + amount
        return (hours or always_open()).due(clock.since, amount, pauses)
    return sla_clock(clock, policy, applied, amount, pauses).due()


def sla_clock(
    clock: OpenClock,
    policy: Policy,
    applied: Sequence[Applied],
    target: timedelta,
    pauses: tuple[Pause, ...],
) -> SlaClock:
    """Return a clock that counts through every calendar that its terms had, one after another."""
    (_, first), *later = calendars_of(clock, policy, applied)
    return SlaClock(
        started_at=clock.since,
        target=target,
        calendar=first,
        pauses=pauses,
        changes=tuple(Change(at=since, calendar=calendar) for since, calendar in later),
    )


def calendars_of(
    clock: OpenClock, policy: Policy, applied: Sequence[Applied]
) -> list[tuple[datetime, Calendar]]:
    """Return the calendars that a clock counts in, each from when on."""
    found: list[tuple[datetime, Calendar]] = []
    for terms in applied:
        calendar = policy.calendar_of(terms.terms) or always_open()
        if not found or terms.retroactive:
            found = [(clock.since, calendar)]
        elif found[-1][1] != calendar:
            found.append((max(terms.since, clock.since), calendar))
    return found


def promised(case: Case) -> list[OpenClock]:
    """Return the open clocks of a case that have a target."""
    return open_clocks(case, case.sla[-1].terms) if case.sla else []


def next_moment(case: Case, policy: Policy) -> datetime | None:
    """Return when the clocks of a case will next have something to say; None if never."""
    instants = [due(case, clock, policy, marks[0][0]) for clock, marks in _unsaid(case) if marks]
    return min((instant for instant in instants if instant is not None), default=None)


def moments(case: Case, policy: Policy, until: datetime) -> Iterator[Moment]:
    """Yield what the clocks of a case have still to say before an instant, in no order.

    A clock that is breached says no more; each warning is given once for each instance.
    """
    for clock, marks in _unsaid(case):
        for share, mark in marks:
            at = due(case, clock, policy, share)
            if at is None or at >= until:
                break
            yield Moment(at, clock, mark)


def _unsaid(case: Case) -> Iterator[tuple[OpenClock, Sequence[tuple[float, str]]]]:
    """Yield each running clock with what it has still to say, the first of it first."""
    clocks = promised(case)
    if not case.notices:
        terms = case.sla[-1].terms if clocks else Terms()
        yield from ((clock, _marks(terms, clock.name)) for clock in clocks)
        return
    said = {(n.clock, n.instance, n.mark) for n in case.notices if n.kind == "warned"}
    over = breached(case)
    for clock in clocks:
        name, instance = clock.name, clock.instance
        if (name, instance) not in over:
            marks = _marks(case.sla[-1].terms, name)
            yield clock, [one for one in marks if (name, instance, one[1]) not in said]


def _as_it_stood(case: Case, moment: Moment, policy: Policy) -> datetime:
    """Return when a clock was to be due, knowing nothing of what came later.

    Who stands still at the moment is taken to go on at once.
    """
    at = moment.at
    before = (pause for pause in case.pauses if pause.since < at)
    known = tuple(
        evolve(pause, until=at) if pause.until is None or pause.until > at else pause
        for pause in before
    )
    return due(case.replace(pauses=known), moment.clock, policy) or at


def breached(case: Case) -> set[tuple[str, int]]:
    """Return the clocks and instances that were breached and stay so."""
    found: set[tuple[str, int]] = set()
    for notice in case.notices:
        if notice.kind == "breached":
            found.add((notice.clock, notice.instance))
        elif notice.kind == "voided":
            found.discard((notice.clock, notice.instance))
    return found


@lru_cache(_KEPT)
def _marks(terms: Terms, name: ClockName) -> tuple[tuple[float, str], ...]:
    """Return at which shares of its target a clock speaks, and what each is called."""
    target = target_of(terms, name)
    found = [(_WHOLE, BREACH)]
    if isinstance(target, timedelta):
        found.extend((share, f"{share:g}") for share in terms.shares)
        found.extend(
            (1 - amount / target, f"-{amount.total_seconds():g}s")
            for amount in terms.before
            if amount < target
        )
    return tuple(sorted(found))


def due_at(case: Case, policy: Policy) -> datetime | None:
    """Return when the first of a case's running clocks is or was due: the order of work."""
    ends = [due(case, clock, policy) for clock in promised(case)]
    return min((end for end in ends if end is not None), default=None)


def notices_until(
    case: Case,
    policy: Policy,
    until: datetime,
    now: datetime,
    ends: Mapping[str, datetime] | None = None,
) -> tuple[ev.Event, ...]:
    """Return what the clocks of a case said before an instant, in the order in which they did.

    Args:
        case: the case as it was until then.
        policy: knows the calendars and what is late.
        until: the instant; what falls on it exactly is not said yet.
        now: the present instant, by which a notice is early or late.
        ends: other instants for some clocks.
    """
    others = ends or {}
    latest = max(until, *others.values()) if others else until
    said = moments(case, policy, latest)
    found = [moment for moment in said if moment.at < others.get(moment.clock.name, until)]
    return tuple(_say(case, moment, policy, now) for moment in sorted(found, key=in_order))


def in_order(moment: Moment) -> tuple[datetime, bool, str, str]:
    """Sort moments by time; of one instant, warnings before breaches."""
    return moment.at, moment.mark == BREACH, moment.clock.name, moment.mark


def _say(case: Case, moment: Moment, policy: Policy, now: datetime) -> ev.Event:
    tolerance = policy.sla.tolerance if policy.sla else timedelta(0)
    clock = moment.clock
    about: dict[str, Any] = {
        "case_id": case.id,
        "at": moment.at,
        "by": "system:sla",
        "clock": clock.name,
        "instance": clock.instance,
        "since": clock.since,
        "due": moment.at if moment.mark == BREACH else _as_it_stood(case, moment, policy),
        "late": now - moment.at > tolerance,
    }
    if moment.mark == BREACH:
        return ev.SlaBreached(because=f"{clock.name} was not met", **about)
    return ev.SlaWarned(because=f"{clock.name} is near its end", mark=moment.mark, **about)
