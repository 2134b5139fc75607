"""The times in a file: with their zone or in a given one, in ISO 8601, as numbers, or otherwise."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

from scskit.config.places import Place
from scskit.config.readers import text
from scskit.core.time import EPOCH, require_aware
from scskit.core.zones import zone

EPOCHS = {"epoch": 1_000_000, "epoch_ms": 1_000}
"""How many microseconds one is, by the name of the format."""

FORMATS = '"iso", "epoch", "epoch_ms", or a format of strptime such as "%d/%m/%Y %H:%M"'

ReadTime = Callable[[str], datetime]


def time_format(value: object, place: Place) -> str | None:
    """Read a time format that can read times."""
    given: str | None = text(value, place)
    if given is None or given == "iso" or given in EPOCHS:
        return given
    flaw = _flaw(given)
    if flaw:
        place.report(f'"{given}" ({flaw})', FORMATS)
        return None
    return given


def _flaw(given: str) -> str:
    if "%Y" not in given and "%y" not in given and "%c" not in given:
        return "it has no year"
    try:
        datetime.strptime("", given)  # noqa: DTZ007  only to have the format read
    except ValueError as error:
        return str(error) if "does not match format" not in str(error) else ""
    return ""


def time_reader(format_: str, zone_name: str | None) -> ReadTime:
    """Make a function that reads times.

    Args:
        format_: see ``time_format``.
        zone_name: the zone of times that do not tell theirs. A time that the clocks showed twice
            is the earlier one; a time that they skipped is read as if they had not moved yet.

    Returns:
        A function from text to an instant in UTC; it raises ``ValueError`` with a reason that
        begins with what was expected.
    """
    if format_ in EPOCHS:
        return _epoch_reader(format_, EPOCHS[format_])
    local = zone(zone_name) if zone_name else None
    parse = datetime.fromisoformat if format_ == "iso" else _strptime(format_)
    expected = "a time in ISO 8601" if format_ == "iso" else f'a time in the format "{format_}"'

    def read(given: str) -> datetime:
        try:
            instant = parse(given.strip())
            if instant.tzinfo is None and local:
                instant = instant.replace(tzinfo=local)
        except (ValueError, OverflowError) as error:
            raise ValueError(expected) from error
        if instant.tzinfo is None:
            message = f"{expected} with its zone: the map has no time_zone for times without one"
            raise ValueError(message)
        return require_aware(instant, "time")

    return read


def _strptime(format_: str) -> ReadTime:
    return lambda given: datetime.strptime(given, format_)  # noqa: DTZ007  the zone is seen to


def _epoch_reader(format_: str, unit: int) -> ReadTime:
    name = "seconds" if format_ == "epoch" else "milliseconds"

    def read(given: str) -> datetime:
        try:
            micros = int(Decimal(given.strip()) * unit)
            return (EPOCH + timedelta(microseconds=micros)).astimezone(UTC)
        except (InvalidOperation, ValueError, OverflowError) as error:
            message = f"a number of {name} since 1970"
            raise ValueError(message) from error

    return read
