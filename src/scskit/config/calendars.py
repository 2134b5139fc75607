"""The calendars of a desk: when it is open, in whose time, and on which dates it is not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from scskit.config.holidays import holidays_of
from scskit.config.places import Place
from scskit.config.readers import Fields, list_of, mapping, plain_name, record, scalar
from scskit.config.time_zones import time_zone
from scskit.core.calendar import Calendar
from scskit.core.flaws import Flaw, flaws
from scskit.core.windows import ALLOWED, WEEKDAYS, Window, Windows
from scskit.core.windows_text import parse_date

_DATE = "a date such as 2026-12-24"


def _window(given: str) -> Window | None:
    try:
        return Window.parse(given)
    except ValueError:
        return None


def _written(given: str) -> str | None:
    try:
        return str(parse_date(given))
    except ValueError:
        return None


windows = list_of(scalar(str, ALLOWED, _window))
written_date = scalar(str, _DATE, _written)


def day(value: object, place: Place) -> date | None:
    """Read a date, with quotes or without: TOML has dates of its own."""
    if type(value) is date:
        return value
    given = written_date(value, place)
    return None if given is None else parse_date(given)


def _week(**days: Windows) -> tuple[Windows, ...]:
    return tuple(days.get(day, ()) for day in WEEKDAYS)


_read_week = record(_week, dict.fromkeys(WEEKDAYS, windows))
_read_overrides = mapping(windows, written_date)


def _weekly(value: object, place: Place) -> tuple[Windows, ...] | None:
    found = _read_week(value, place)
    readable = _readable(value) if found is None else {}
    week = found or _week(**{day: readable[day] for day in WEEKDAYS if day in readable})
    return None if _flawed(flaws(week, {}), place) else found


def _overrides(value: object, place: Place) -> dict[date, Windows] | None:
    given = _read_overrides(value, place)
    readable = _readable(value) if given is None else given
    found = {parse_date(on): them for on, them in readable.items() if _written(on)}
    return None if _flawed(flaws(_week(), found), place) or given is None else found


def _readable(value: object) -> dict[str, Windows]:
    """Return the windows that can be read: others that cannot do not hide what is wrong there."""
    lists = value.items() if isinstance(value, dict) else ()
    return {
        key: tuple(found for one in them if isinstance(one, str) and (found := _window(one)))
        for key, them in lists
        if isinstance(them, list)
    }


def _flawed(found: Iterable[Flaw], place: Place) -> bool:
    """Note flaws of the table that stands here; tell whether there are any."""
    before = place.count()
    for flaw in found:
        (place / flaw.where[-1]).report(flaw.found, flaw.allowed)
    return place.count() > before


CALENDAR: Fields = {
    "time_zone": time_zone,
    "weekly": _weekly,
    "closed": list_of(day),
    "overrides": _overrides,
    "holidays": holidays_of,
}


def calendar(value: object, place: Place) -> Calendar | None:
    """Read a calendar; without a time zone of its own it has the desk's."""
    before = place.count()
    given: dict[str, Any] | None = record(dict, CALENDAR, required=("weekly",))(value, place)
    if isinstance(value, dict):
        _refuse_both(value, place)
    if given is None or place.count() > before:
        return None
    closed, overrides = given.get("closed", ()), given.get("overrides", {})
    return Calendar(
        time_zone=given.get("time_zone", place.context.time_zone),
        weekly=given["weekly"],
        closed=dict.fromkeys(closed, "") | given.get("holidays", {}),
        overrides=overrides,
    )


def _refuse_both(given: Mapping[str, object], place: Place) -> None:
    """Note dates that are said to be closed and to have windows; holidays may have some."""
    closed, overrides = given.get("closed"), given.get("overrides")
    if not isinstance(closed, list) or not isinstance(overrides, dict):
        return
    open_ = {_written(on) for on in overrides} - {None}
    for number, on in enumerate(closed, 1):
        written = str(on) if type(on) is date else isinstance(on, str) and _written(on)
        if written in open_:
            (place / "closed").at(number).report(
                f"{written}, which is in overrides as well", "a date that is in one of them"
            )


calendars = mapping(calendar, plain_name)
