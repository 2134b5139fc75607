"""What can be wrong with a calendar."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from attrs import frozen

from scskit.core.errors import ConfigError
from scskit.core.windows import MIDNIGHT, WEEKDAYS, Window, Windows


@frozen
class Flaw:
    """Something that is wrong with a calendar.

    Attributes:
        code: for programs, such as ``empty_window``.
        where: the keys that lead there, such as ``("weekly", "mon")``.
        found: what stands there.
        allowed: what may stand there.
    """

    code: str
    where: tuple[str, ...]
    found: str
    allowed: str

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{'.'.join(self.where)}: found {self.found}; allowed: {self.allowed}"


class CalendarInvalid(ConfigError):
    """A calendar's definition is wrong.

    Args:
        found: every flaw.
    """

    def __init__(self, found: Sequence[Flaw]) -> None:
        """Keep the flaws; the message has one line for each."""
        self.flaws = tuple(found)
        super().__init__([str(flaw) for flaw in found])


def flaws(weekly: Sequence[Windows], overrides: Mapping[date, Windows]) -> Iterator[Flaw]:
    """Find windows that are empty, and those that share a minute with another one."""
    for day, windows in zip(WEEKDAYS, weekly, strict=True):
        yield from _empty(windows, ("weekly", day))
    for on, windows in overrides.items():
        yield from _empty(windows, ("overrides", on.isoformat()))
    yield from _overlaps_in_week(weekly)
    for on, windows in overrides.items():
        for _, pair in _overlaps((0, window) for window in windows):
            yield _overlap(pair, ("overrides", on.isoformat()))


def _empty(windows: Windows, where: tuple[str, ...]) -> Iterator[Flaw]:
    allowed = "a window that does not end when it starts; the whole day is 00:00-24:00"
    for window in windows:
        if window.length == 0:
            yield Flaw("empty_window", where, f"{window}, which is empty", allowed)


def _overlaps_in_week(weekly: Sequence[Windows]) -> Iterator[Flaw]:
    days = [*enumerate(weekly), (-1, weekly[-1])]  # Sunday's night goes on in Monday's
    shifts = ((day * MIDNIGHT, window) for day, windows in days for window in windows)
    for midnight, pair in _overlaps(shifts):
        if midnight >= 0:
            yield _overlap(pair, ("weekly", WEEKDAYS[midnight // MIDNIGHT]))


def _overlap(pair: tuple[Window, Window], where: tuple[str, ...]) -> Flaw:
    found = "{} and {}, which overlap".format(*pair)
    return Flaw("overlapping_windows", where, found, "windows that share no minute")


def _overlaps(
    shifts: Iterable[tuple[int, Window]],
) -> Iterator[tuple[int, tuple[Window, Window]]]:
    """Yield the windows that begin before an earlier one has ended, and that one."""
    latest: tuple[int, Window] | None = None
    for midnight, window in sorted(shift for shift in shifts if shift[1].length):
        if latest and midnight + window.start < latest[0]:
            yield midnight, (latest[1], window)
        end = midnight + window.start + window.length
        if latest is None or end > latest[0]:
            latest = end, window
