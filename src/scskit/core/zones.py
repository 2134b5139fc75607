"""Time zones of the ``tzdata`` package: the same on every machine.

Python prefers the machine's own database, which may be years behind. One such machine is enough for
two workers of a desk to disagree about a deadline: Morocco stays with UTC from September 2026 on,
which no database of 2025 knows.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, cast

from scskit.core.time import EPOCH

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable
    from zoneinfo import ZoneInfo

DAY = 86_400
"""Seconds of a day without a change of the clocks."""

# A local time must fit into a datetime as well. No clock changes on the first and the last day.
_FIRST = datetime.min.replace(tzinfo=UTC) + timedelta(days=1)
_LAST = datetime.max.replace(tzinfo=UTC) - timedelta(days=1)
_SECOND = timedelta(seconds=1)

_STEP = 2 * DAY
"""How far apart offsets are looked up. The clocks of no zone have ever gone there and back within
less than six days, which is tested for every zone."""


@cache
def zone_names() -> tuple[str, ...]:
    """Return the IANA names of the package."""
    return tuple((_files() / "zones").read_text(encoding="utf-8").split())


@cache
def zone(name: str) -> ZoneInfo:
    """Return a time zone.

    Args:
        name: an IANA name.

    Raises:
        ValueError: the package has no zone of this name.
    """
    from zoneinfo import ZoneInfo  # noqa: PLC0415  importing core stays light

    if name not in zone_names():
        message = f"{name!r} is no time zone of tzdata {database_version()}"
        raise ValueError(message)
    with _files().joinpath("zoneinfo", *name.split("/")).open("rb") as content:
        return ZoneInfo.from_file(content, key=name)


@cache
def database_version() -> str:
    """Return IANA's name of the database, such as ``2026f``."""
    return str(import_module("tzdata").IANA_VERSION)


def _files() -> Traversable:
    from importlib.resources import files  # noqa: PLC0415  importing core stays light

    return files("tzdata")


def offset(zone: tzinfo, second: int) -> int:
    """Return how far the clocks of a zone are ahead of UTC.

    Args:
        zone: where.
        second: when, in seconds since 1970-01-01T00:00Z; may lie beyond what a datetime holds.

    Returns:
        Seconds, negative west of Greenwich.
    """
    try:
        instant = min(max(EPOCH + timedelta(seconds=second), _FIRST), _LAST)
    except OverflowError:
        instant = _FIRST if second < 0 else _LAST
    return cast("timedelta", instant.astimezone(zone).utcoffset()) // _SECOND


def stretches(zone: tzinfo, since: int, until: int) -> Iterator[tuple[int, int, int]]:
    """Divide a time into stretches in which the clocks run undisturbed.

    Args:
        zone: whose clocks.
        since: the beginning, in seconds since 1970-01-01T00:00Z.
        until: the end, likewise.

    Yields:
        For each stretch its beginning, its end and the offset of the clocks, in seconds.
    """
    begin, ahead = since, offset(zone, since)
    for low in range(since, until, _STEP):
        high = min(low + _STEP, until)
        if offset(zone, high) != ahead:
            change = _change(zone, low, high)
            yield begin, change, ahead
            begin, ahead = change, offset(zone, high)
    if begin < until:
        yield begin, until, ahead


def _change(zone: tzinfo, low: int, high: int) -> int:
    """Return the first second at which the offset is that of ``high``, by bisection."""
    after = offset(zone, high)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if offset(zone, middle) == after else (middle, high)
    return high


def date_at(zone: tzinfo, second: int) -> int:
    """Return the date that the clocks show, in days since 1970-01-01.

    Args:
        zone: where.
        second: when, in seconds since 1970-01-01T00:00Z.
    """
    return (second + offset(zone, second)) // DAY


def end_of_date(zone: tzinfo, day: int) -> int:
    """Return the instant from which on the clocks never again show a date, or one before it.

    Args:
        zone: where.
        day: the date, in days since 1970-01-01.

    Returns:
        Seconds since 1970-01-01T00:00Z. A date that the clocks skipped ends when the one before it
        does; one whose last hour came twice ends after the second time.
    """
    midnight = (day + 1) * DAY
    around = stretches(zone, midnight - 2 * DAY, midnight + 2 * DAY)
    return max(
        min(until, midnight - ahead) for since, until, ahead in around if since + ahead < midnight
    )
