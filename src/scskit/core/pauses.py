"""Instants of clocks, and their pauses: times that do not count, whatever the calendar says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from operator import itemgetter
from typing import TYPE_CHECKING

from scskit.core.time import EPOCH, require_aware, to_micros

if TYPE_CHECKING:
    from attrs import Attribute

Pause = tuple[datetime, datetime | None]
"""From an instant until another one, which is outside; None for a pause that has not ended."""


def aware(_: object, attribute: Attribute[datetime], value: datetime) -> None:
    """Refuse a naive datetime, as a validator of attrs."""
    require_aware(value, attribute.name)


def micros(instant: datetime, name: str) -> int:
    """Return microseconds since 1970-01-01T00:00Z.

    Args:
        instant: any aware datetime.
        name: what the instant is, for the error message.

    Raises:
        ValueError: the datetime is naive.
    """
    return to_micros(require_aware(instant, name))


def instant(found: int | None) -> datetime | None:
    """Return the UTC instant of microseconds since 1970-01-01T00:00Z.

    Args:
        found: as ``micros`` returns them; None for no instant.

    Returns:
        The instant; None without one, or after the year 9999.
    """
    try:
        return None if found is None else EPOCH + timedelta(0, 0, found)
    except OverflowError:
        return None


def running(start: int, pauses: Iterable[Pause]) -> Iterator[tuple[int, int | None]]:
    """Divide the time from a start on into the stretches that are not paused.

    Args:
        start: in microseconds since 1970-01-01T00:00Z.
        pauses: in any order; where they overlap they count once, and one that does not end after
            its begin counts nothing.

    Yields:
        Begin and end of each stretch, likewise; None for an end that is open.
    """
    low = start
    for begin, end in sorted(map(_pause, pauses), key=itemgetter(0)):
        if end is not None and end <= max(begin, low):
            continue
        if low < begin:
            yield low, begin
        if end is None:
            return
        low = end
    yield low, None


def _pause(pause: Pause) -> tuple[int, int | None]:
    begin, end = pause
    return micros(begin, "pause"), None if end is None else micros(end, "pause")
