"""Business calendars: when the brand is there, and how time counts while it is.

A calendar is open at an instant if the wall clock of its zone shows a time inside a window. That
one sentence decides everything else: an hour that the clocks skip is never open, one that they show
twice is open twice, and open time is real time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import partial
from itertools import islice
from types import MappingProxyType
from typing import Any

from attrs import field, frozen

from scskit.core.flaws import CalendarInvalid, Flaw, flaws
from scskit.core.opening_hours import SECOND, OpeningHours
from scskit.core.pauses import Pause, instant, micros, running
from scskit.core.time import from_micros
from scskit.core.windows import (
    WEEKDAYS,
    Windows,
    date_of,
    day_number,
    pieces_of_dates,
    pieces_of_week,
)
from scskit.core.windows_text import Dated, Reading, texts
from scskit.core.zones import database_version, date_at, end_of_date, zone

_MICROSECOND = timedelta(microseconds=1)
_WEEK_WITHOUT_WINDOWS: tuple[Windows, ...] = ((),) * len(WEEKDAYS)


def _closed(given: Mapping[date, str]) -> Mapping[date, str]:
    return MappingProxyType(dict(sorted(given.items())))


def _week(given: Iterable[Windows]) -> tuple[Windows, ...]:
    week = tuple(tuple(sorted(windows)) for windows in given)
    if len(week) != len(WEEKDAYS):
        message = f"a week has seven days, not {len(week)}"
        raise ValueError(message)
    return week


def _overrides(given: Mapping[date, Windows]) -> Mapping[date, Windows]:
    return MappingProxyType({on: tuple(sorted(them)) for on, them in sorted(given.items())})


def version_of(plain: Mapping[str, Any]) -> str:
    """Return the version of a calendar from its plain values, as ``Calendar.plain`` gives them."""
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@frozen(kw_only=True)
class Calendar:
    """Opening hours in one time zone; immutable.

    Instants are aware datetimes; results are in UTC.

    Attributes:
        time_zone: IANA name.
        weekly: the windows of each day of the week, from Monday.
        closed: dates with nothing open, and what they are called.
        overrides: dates with other windows than the week's; they go before ``closed``.
        strict: whether windows that are empty or overlap are refused. Otherwise an empty one opens
            nothing, and a minute in two of them counts once.
        tzdata: the version of the time-zone database, such as ``2026f``; set by itself.
        version: a hash of all of the above but ``strict``; set by itself.

    Raises:
        CalendarInvalid: the zone does not exist, or windows are empty or overlap.
    """

    time_zone: str
    weekly: tuple[Windows, ...] = field(default=_WEEK_WITHOUT_WINDOWS, converter=_week)
    closed: Mapping[date, str] = field(factory=dict, converter=_closed)
    overrides: Mapping[date, Windows] = field(factory=dict, converter=_overrides)
    strict: bool = field(default=True, eq=False, repr=False)
    tzdata: str = field(init=False, factory=database_version)
    version: str = field(init=False, eq=False)
    _hours: OpeningHours = field(init=False, eq=False, repr=False)

    @version.default
    def _hash(self) -> str:
        return version_of(self.plain())

    @_hours.default
    def _index(self) -> OpeningHours:
        found = list(flaws(self.weekly, self.overrides)) if self.strict else []
        try:
            clocks = zone(self.time_zone)
        except ValueError as error:
            flaw = Flaw("unknown_time_zone", ("time_zone",), str(error), "an IANA name")
            raise CalendarInvalid([flaw, *found]) from error
        if found:
            raise CalendarInvalid(found)
        weekly = pieces_of_week(self.weekly)
        dates = pieces_of_dates(weekly, self.closed, self.overrides)
        return OpeningHours(clocks, weekly, dates)

    @classmethod
    def of(
        cls,
        time_zone: str,
        weekly: Mapping[str, Iterable[str]] | None = None,
        *,
        closed: Dated[str] | Iterable[str] | Iterable[date] = (),
        overrides: Dated[Iterable[str]] | None = None,
        strict: bool = True,
    ) -> Calendar:
        """Read a calendar from text.

        Args:
            time_zone: IANA name.
            weekly: windows such as ``09:00-14:00`` by ``mon`` to ``sun``; days may be left out.
            closed: dates such as ``2026-12-25``, or these with what they are called.
            overrides: windows by date.
            strict: see ``Calendar``.

        Raises:
            CalendarInvalid: a window, a day or a date cannot be read, or see ``Calendar``.
        """
        reading = Reading()
        week = reading.weekly(weekly or {})
        days = reading.closed(closed)
        others = reading.overrides(overrides or {})
        if reading.flaws:
            raise CalendarInvalid(reading.flaws)
        return cls(time_zone=time_zone, weekly=week, closed=days, overrides=others, strict=strict)

    def plain(self) -> dict[str, Any]:
        """Return the definition as plain values: equal calendars, equal values."""
        return {
            "time_zone": self.time_zone,
            "weekly": texts(zip(WEEKDAYS, self.weekly, strict=True)),
            "closed": {on.isoformat(): name for on, name in self.closed.items()},
            "overrides": texts((on.isoformat(), them) for on, them in self.overrides.items()),
            "tzdata": self.tzdata,
        }

    def __hash__(self) -> int:
        """Hash by content."""
        return hash(self.version)

    def __reduce__(self) -> tuple[Callable[[], Calendar], tuple[()]]:
        """Pickle and copy what was put in; the index is made anew where it is needed."""
        made = partial(
            Calendar,
            time_zone=self.time_zone,
            weekly=self.weekly,
            closed=dict(self.closed),
            overrides=dict(self.overrides),
            strict=self.strict,
        )
        return made, ()

    def open(self, at: datetime) -> bool:
        """Tell whether it is open.

        Args:
            at: when; a window's first instant is open, its last is not.

        Raises:
            ValueError: ``at`` is naive.
        """
        return self._hours.is_open(micros(at, "at"))

    def next_open(self, at: datetime) -> datetime | None:
        """Return the first open instant, ``at`` itself or later; None without one.

        Args:
            at: from when on.

        Raises:
            ValueError: ``at`` is naive.
        """
        return instant(self._hours.next_open(micros(at, "at")))

    def elapsed(self, start: datetime, until: datetime, pauses: Iterable[Pause] = ()) -> timedelta:
        """Return how much time counts between two instants: open and not paused, in real time.

        Args:
            start: from when on.
            until: until when; nothing elapses until an instant before the start.
            pauses: in any order; where they overlap they count once.

        Raises:
            ValueError: a time is naive.
        """
        since, end = micros(start, "start"), micros(until, "until")
        if not pauses:
            return timedelta(microseconds=self._hours.elapsed(since, max(since, end)))
        amount = sum(
            self._hours.elapsed(low, end if high is None else min(high, end))
            for low, high in running(since, pauses)
            if low < end
        )
        return timedelta(microseconds=amount)

    def due(
        self, start: datetime, target: timedelta, pauses: Iterable[Pause] = ()
    ) -> datetime | None:
        """Return the first instant at which ``target`` has elapsed.

        A target that is used up when a window closes is due then, not when the next one opens.

        Args:
            start: from when on.
            target: how much time may elapse; none is due at the start.
            pauses: in any order; where they overlap they count once.

        Returns:
            The instant; None if so much time never elapses, or not before the year 10000.

        Raises:
            ValueError: a time is naive, or the target is negative.
        """
        amount = target // _MICROSECOND
        if amount < 0:
            message = f"a target cannot be negative: {target}"
            raise ValueError(message)
        begin = micros(start, "start")
        if not pauses:
            return instant(self._hours.due(begin, amount))
        for low, high in running(begin, pauses) if amount else [(begin, None)]:
            found = self._hours.due(low, amount)
            if high is None or (found is not None and found <= high):
                return instant(found)
            amount -= self._hours.elapsed(low, high)
        return None

    def intervals(
        self, start: datetime, until: datetime, pauses: Iterable[Pause] = ()
    ) -> Iterator[tuple[datetime, datetime]]:
        """Yield the stretches that ``elapsed`` counts, each from an instant to one that is outside.

        Args:
            start: from when on.
            until: until when.
            pauses: in any order.

        Raises:
            ValueError: a time is naive.
        """
        end = micros(until, "until")
        last: tuple[int, int] | None = None
        for low, high in running(micros(start, "start"), pauses):
            for opens, closes in self._hours.intervals(
                low, end if high is None else min(high, end)
            ):
                if last is not None and last[1] == opens:
                    last = last[0], closes
                    continue
                if last is not None:
                    yield from_micros(last[0]), from_micros(last[1])
                last = opens, closes
        if last is not None:
            yield from_micros(last[0]), from_micros(last[1])

    def works_on(self, on: date) -> bool:
        """Tell whether a date is a working day: one on which a window begins.

        Args:
            on: a date of the calendar's time zone.
        """
        week = () if on in self.closed else self.weekly[on.weekday()]
        return any(window.length for window in self.overrides.get(on, week))

    def add_working_days(self, start: datetime, days: int) -> datetime | None:
        """Return the end of a working day.

        Args:
            start: the first day is the next working day after the date of this instant.
            days: which working day, from 1.

        Returns:
            The midnight with which it ends; None if there are not so many, or not before the year
            10000.

        Raises:
            ValueError: ``start`` is naive, or ``days`` is less than 1.
        """
        if days < 1:
            message = f"working days are counted from 1, not {days}"
            raise ValueError(message)
        today = date_at(self._hours.zone, micros(start, "start") // SECOND)
        end = next(islice(self._ends_of_working_days(today), days - 1, None), None)
        return None if end is None else instant(end * SECOND)

    def _ends_of_working_days(self, today: int) -> Iterator[int]:
        last = date.max if any(self.weekly) else max(self.overrides, default=date.min)
        ended = end_of_date(self._hours.zone, today)
        for day in range(today + 1, day_number(last) + 1):
            before, ended = ended, end_of_date(self._hours.zone, day)
            if before < ended and self.works_on(date_of(day)):  # the clocks may skip a date
                yield ended
