"""Opening windows: a time of the day by the wall clock, and what several open on a date."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import chain

from attrs import field, frozen
from attrs.validators import and_, ge, le

HOUR = 60
MIDNIGHT = 24 * HOUR
"""The last minute of a day that a window can end with, ``24:00``."""

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

ALLOWED = 'a window such as "09:00-14:00", "00:00-24:00" or, overnight, "22:00-06:00"'

_THURSDAY = 3
_EPOCH = date(1970, 1, 1).toordinal()

_PATTERN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)", re.ASCII)


@frozen(order=True)
class Window:
    """A time of the day, half-open: its start belongs to it, its end does not.

    Attributes:
        start: in minutes after midnight, 0 to 1439.
        end: likewise, 0 to 1440, which is the end of the day. An end before the start is on the
            next day; an end that equals the start leaves nothing.
    """

    start: int = field(validator=and_(ge(0), le(MIDNIGHT - 1)))
    end: int = field(validator=and_(ge(0), le(MIDNIGHT)))

    @classmethod
    def parse(cls, text: str) -> Window:
        """Read a window.

        Args:
            text: such as ``09:00-14:00``; ``24:00`` and, after a later start, ``00:00`` are the
                end of the day.

        Raises:
            ValueError: the text is anything else.
        """
        found = _PATTERN.fullmatch(text)
        if found is None:
            message = f"{text!r} is not {ALLOWED}"
            raise ValueError(message)
        start, end = _minutes(*found.group(1, 2)), _minutes(*found.group(3, 4))
        return cls(start, MIDNIGHT if end == 0 < start else end)

    @property
    def length(self) -> int:
        """Minutes by the wall clock."""
        return (self.end - self.start) % MIDNIGHT or self.end - self.start

    def __str__(self) -> str:
        """Write the window so that ``parse`` reads it back."""
        return f"{_text(self.start)}-{_text(self.end)}"


def _minutes(hours: str | None, minutes: str | None) -> int:
    return MIDNIGHT if hours is None or minutes is None else int(hours) * HOUR + int(minutes)


def _text(minute: int) -> str:
    return "{:02}:{:02}".format(*divmod(minute, HOUR))


Windows = tuple[Window, ...]
Pieces = tuple[tuple[int, int], ...]
"""What is open on one date, in minutes after midnight: apart from each other and in order."""


def day_number(on: date) -> int:
    """Return the number of days since 1970-01-01."""
    return on.toordinal() - _EPOCH


def date_of(day: int) -> date:
    """Return the date of a number of days since 1970-01-01."""
    return date.fromordinal(day + _EPOCH)


def weekday(day: int) -> int:
    """Return the day of the week, 0 for Monday, of a number of days since 1970-01-01."""
    return (day + _THURSDAY) % len(WEEKDAYS)


def before_midnight(windows: Iterable[Window]) -> Iterator[tuple[int, int]]:
    """Yield what the windows of a date open on that date."""
    return ((one.start, min(one.start + one.length, MIDNIGHT)) for one in windows)


def after_midnight(windows: Iterable[Window]) -> Iterator[tuple[int, int]]:
    """Yield what the windows of a date open on the next one."""
    return ((0, one.start + one.length - MIDNIGHT) for one in windows)


def union(pieces: Iterable[tuple[int, int]]) -> Pieces:
    """Bring pieces in order and join those that touch, so that every minute counts once."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(piece for piece in pieces if piece[0] < piece[1]):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


def pieces_of_week(weekly: Sequence[Windows]) -> tuple[Pieces, ...]:
    """Return what is open on each day of a week, from Monday."""
    return tuple(
        union(chain(before_midnight(weekly[day]), after_midnight(weekly[day - 1])))
        for day in range(len(weekly))
    )


def pieces_of_dates(
    weekly: Sequence[Pieces], closed: Iterable[date], overrides: Mapping[date, Windows]
) -> dict[int, Pieces]:
    """Return what is open on each date that differs from its day of the week.

    A date that is closed or has windows of its own says all of what is open on it: no night of the
    day before goes on in it. Its own nights go on in the next date, unless that one says all too.

    Args:
        weekly: from ``pieces_of_week``.
        closed: dates with nothing open, unless they have windows.
        overrides: windows by date.

    Returns:
        By the number of days since 1970-01-01.
    """
    dates: dict[int, Pieces] = {day_number(on): () for on in closed}
    dates |= {day_number(on): union(before_midnight(them)) for on, them in overrides.items()}
    nights = {day_number(on) + 1: union(after_midnight(them)) for on, them in overrides.items()}
    for day, night in nights.items():
        if night and day not in dates:
            dates[day] = union(chain(weekly[weekday(day)], night))
    return dates
