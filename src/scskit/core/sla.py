"""How long a case may take, and the clocks that tell.

A clock counts open time that is not paused. Under a change of its terms it keeps what has elapsed.
It is pure: what became of it follows from instants, whenever somebody looks.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Literal

from attrs import Attribute, field, frozen

from scskit.core.calendar import Calendar
from scskit.core.pauses import Pause, aware


def _positive(_: object, attribute: Attribute[timedelta | None], value: timedelta | None) -> None:
    if value is not None and value <= timedelta(0):
        message = f"the {attribute.name} target must be longer than nothing, not {value}"
        raise ValueError(message)


def _counted(_: object, attribute: Attribute[int | None], value: int | None) -> None:
    if value is not None and value < 1:
        message = f"{attribute.name} are counted from 1, not {value}"
        raise ValueError(message)


@frozen(kw_only=True)
class SlaTargets:
    """The targets of one case, in time that counts (inside open hours, not paused).

    Attributes:
        first_response: until the first human answer; None for no such target.
        next_response: until a human answer to the oldest customer message not answered yet.
        resolution: until the case is solved.
        update: from one answer to the next, while the brand owes something.
        acknowledgement: until an agent takes the case.
        legal_days: working days until the case is solved, whatever it waits for.
        calendar: the name of the calendar in which time counts; None for the policy's.
        rule: the rule that decided.
        source: the plugin that decided.

    Raises:
        ValueError: a target is zero or negative.
    """

    first_response: timedelta | None = field(default=None, validator=_positive)
    next_response: timedelta | None = field(default=None, validator=_positive)
    resolution: timedelta | None = field(default=None, validator=_positive)
    update: timedelta | None = field(default=None, validator=_positive)
    acknowledgement: timedelta | None = field(default=None, validator=_positive)
    legal_days: int | None = field(default=None, validator=_counted)
    calendar: str | None = None
    rule: str = ""
    source: str = ""


@frozen(kw_only=True)
class Change:
    """Other terms for a running clock.

    Attributes:
        at: from when on.
        target: the new target; None leaves it.
        calendar: the new calendar; None leaves it.
        retroactive: whether the new calendar counts from the start of the clock; otherwise what
            has elapsed under the old one stays.
    """

    at: datetime = field(validator=aware)
    target: timedelta | None = None
    calendar: Calendar | None = None
    retroactive: bool = False


@frozen
class _Terms:
    """What holds from an instant on: a target, and the calendars one after the other."""

    since: datetime
    target: timedelta
    calendars: tuple[tuple[datetime, Calendar], ...]

    def changed(self, change: Change, start: datetime) -> _Terms:
        since = max(change.at, start)
        target = self.target if change.target is None else change.target
        if change.calendar is None:
            return _Terms(since, target, self.calendars)
        if change.retroactive:
            return _Terms(since, target, ((start, change.calendar),))
        return _Terms(since, target, (*self.calendars, (since, change.calendar)))

    def stretches(self) -> Iterator[tuple[Calendar, datetime, datetime | None]]:
        following = [since for since, _ in self.calendars[1:]]
        for (since, calendar), until in zip(self.calendars, [*following, None], strict=True):
            yield calendar, since, until


@frozen(kw_only=True)
class SlaClock:
    """A clock of a case.

    Attributes:
        started_at: when it was started; aware.
        target: how much time may elapse.
        calendar: which time counts.
        pauses: when it stood still, in any order.
        changes: other terms, in any order.
    """

    started_at: datetime = field(validator=aware)
    target: timedelta
    calendar: Calendar
    pauses: tuple[Pause, ...] = ()
    changes: tuple[Change, ...] = ()

    def due(self, share: float = 1.0) -> datetime | None:
        """Return when the target is used up, under the terms that hold in the end.

        The instant may lie before the change that brought these terms: see ``fires_at``.

        Args:
            share: of the target, such as 0.75 for a warning.

        Returns:
            An instant in UTC; None if never.
        """
        return self._due(self._terms()[-1], share)

    def fires_at(self) -> datetime | None:
        """Return when the clock falls due, under the terms that hold by then.

        A change that leaves nothing of the target fires at the change. One that comes too late
        undoes nothing: what was due before it has fired.

        Returns:
            An instant in UTC; None if never.
        """
        terms = self._terms()
        ends = [*(later.since for later in terms[1:]), None]
        for held, until in zip(terms, ends, strict=True):
            due = self._due(held)
            fires = None if due is None else max(due, held.since)
            if fires is not None and (until is None or fires < until):
                return fires
        return None

    def elapsed(self, until: datetime) -> timedelta:
        """Return how much of the target is used up at an instant, under the terms of then.

        Args:
            until: when; aware.
        """
        held = [terms for terms in self._terms() if terms.since <= until] or self._terms()[:1]
        return sum(
            (
                calendar.elapsed(since, until if end is None else min(end, until), self.pauses)
                for calendar, since, end in held[-1].stretches()
            ),
            start=timedelta(0),
        )

    def _terms(self) -> list[_Terms]:
        calendars = ((self.started_at, self.calendar),)
        found = [_Terms(self.started_at, self.target, calendars)]
        for change in sorted(self.changes, key=attrgetter("at")):
            found.append(found[-1].changed(change, self.started_at))
        return found

    def _due(self, terms: _Terms, share: float = 1.0) -> datetime | None:
        left = terms.target if share == 1 else terms.target * share
        for calendar, since, until in terms.stretches():
            due = calendar.due(since, left, self.pauses)
            if until is None or (due is not None and due <= until):
                return due
            left -= calendar.elapsed(since, until, self.pauses)
        return None


Outcome = Literal["running", "met", "breached"]


def outcome(due: datetime | None, fulfilled_at: datetime | None, now: datetime | None) -> Outcome:
    """Tell what became of a clock.

    Args:
        due: when it falls due; None if never.
        fulfilled_at: when what it waits for came; None if it has not.
        now: the instant that asks; None asks about facts alone.

    Returns:
        ``met`` if fulfilled when due or before; ``breached`` if not, and that is certain by now.
    """
    end = fulfilled_at or now
    if due is not None and end is not None and end > due:
        return "breached"
    return "met" if fulfilled_at else "running"
