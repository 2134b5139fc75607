"""Values out of JSON that several versions of an API wrote, each in its own way.

Ids are opaque text: some senders write them as numbers, and beside many a number its text stands
in ``*_str``. A float has lost digits of an id and is not taken for one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from scskit.plugins import Parsed, Unreadable

Json = Mapping[str, Any]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SNOWFLAKE_EPOCH: Final = 1_288_834_974_657
"""Milliseconds at which X began to put the time into its ids, 22 bits up."""
_FIRST_SNOWFLAKE: Final = 29_700_859_247
_LARGEST_ID: Final = 2**63 - 1
_MONTHS: Final = {
    name: number
    for number, name in enumerate(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), 1
    )
}
_LEGACY_PARTS: Final = 6


class Malformed(ValueError):
    """An item is not built as X documents it; says what is wrong, for people."""


def load(body: bytes) -> Any:  # noqa: ANN401  whatever JSON holds
    """Return what a JSON text says.

    Raises:
        ValueError: it is not JSON, or is nested deeper than any message.
    """
    try:
        return json.loads(body, parse_constant=_no_constant)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def record(value: object) -> Json:
    """Return an object, unwrapped from ``{"data": ...}``; an empty one for anything else."""
    if not isinstance(value, dict):
        return {}
    inner = value.get("data")
    return inner if isinstance(inner, dict) else value


def records(value: object) -> list[Json]:
    """Return the objects of a list, or of an object's values; nothing for anything else."""
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list):
        return []
    return [record(item) for item in value if isinstance(item, dict)]


def first_record(holder: Json, *names: str) -> Json:
    """Return the first object that stands under one of the names; an empty one if none does."""
    return next((record(holder[n]) for n in names if isinstance(holder.get(n), dict)), {})


def first_records(holder: Json, *names: str) -> list[Json]:
    """Return the objects of the first list under one of the names that has some."""
    return next((found for name in names if (found := records(holder.get(name)))), [])


def identifier(holder: Json, *names: str) -> str | None:
    """Return the first id under one of the names; None when there is none."""
    for name in names:
        value = holder.get(name)
        if isinstance(value, str) and value.strip():
            return value.strip()
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
    return None


def required(holder: Json, *names: str) -> str:
    """Return the first id under one of the names.

    Raises:
        Malformed: there is none.
    """
    found = identifier(holder, *names)
    if found is None:
        raise Malformed(f"found no {' or '.join(names)}")
    return found


def words(holder: Json, *names: str) -> str:
    """Return the first text under one of the names; empty when there is none."""
    return next((holder[n] for n in names if isinstance(holder.get(n), str) and holder[n]), "")


def plain(text: str) -> str:
    """Return text as people read it: X escapes these three characters and no others, once."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def whole(holder: Json, name: str) -> int | None:
    """Return a whole number that is not negative; None when there is none."""
    value = holder.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def instant(value: object) -> datetime | None:
    """Return the instant that any of X's notations means; None when it is none of them.

    ISO 8601, the older ``Wed Oct 10 20:19:24 +0000 2018``, and milliseconds since 1970.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return _milliseconds(value)
    if not isinstance(value, str):
        return None
    if value.isascii() and value.isdigit() and len(value) > len("20260101"):
        return _milliseconds(int(value[:20]))
    try:
        return _utc(datetime.fromisoformat(value))
    except (ValueError, OverflowError):
        return _legacy(value)


def snowflake(external_id: str) -> datetime | None:
    """Return the instant that an id bears; None for ids that are older than this scheme."""
    if not (external_id.isascii() and external_id.isdigit()) or len(external_id) > len(
        str(_LARGEST_ID)
    ):
        return None
    number = int(external_id)
    if not _FIRST_SNOWFLAKE <= number <= _LARGEST_ID:
        return None
    return _milliseconds((number >> 22) + _SNOWFLAKE_EPOCH)


def _milliseconds(number: int) -> datetime | None:
    try:
        return _EPOCH + timedelta(milliseconds=number)
    except OverflowError:
        return None


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC)


def _legacy(value: str) -> datetime | None:
    # By hand: strptime knows the names of months in the machine's language only.
    parts = value.split()
    if len(parts) != _LEGACY_PARTS or parts[1] not in _MONTHS:
        return None
    _, month, day, time, zone, year = parts
    try:
        found = datetime.fromisoformat(f"{year}-{_MONTHS[month]:02}-{day:0>2}T{time}{zone}")
        return _utc(found)
    except (ValueError, OverflowError):
        return None


def each(items: Iterable[object], read: Callable[[Json], Iterable[Parsed]]) -> Iterator[Parsed]:
    """Read item by item, so that a bad one costs none of the others."""
    for item in items:
        try:
            yield from tuple(read(_object(item)))
        except Malformed as error:
            yield Unreadable(reason=str(error), payload=item)


def _object(item: object) -> Json:
    if not isinstance(item, dict):
        raise Malformed(f"found {type(item).__name__}, expected an object")
    return item
