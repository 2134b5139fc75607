"""Who can be asked to take a case over, and on what rules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from scskit.config.matchers import when
from scskit.config.places import Place
from scskit.config.readers import (
    Fields,
    Reader,
    declared,
    duration,
    forbidden,
    list_of,
    matching,
    named,
    one_of,
    record,
    scalar,
    text,
    whole,
)
from scskit.config.rules import rules
from scskit.core.escalation import (
    NEXT,
    TRIGGERS,
    EscalationPolicy,
    EscalationRule,
    Owner,
    level_name,
)
from scskit.core.keywords import Keywords, folded
from scskit.core.match import When
from scskit.core.terms import CLOCKS

MOST_TIMES = 1000

OWNER: Fields = {
    "title": text,
    "queue": declared("queues"),
    "tell": list_of(text),
    "acknowledge": duration(timedelta(seconds=1)),
    "calendar": declared("calendars"),
}


_level = record(dict[str, Any], OWNER)


def _refuse_idle_calendar(value: object, place: Place) -> None:
    if isinstance(value, dict) and "calendar" in value and "acknowledge" not in value:
        (place / "calendar").wrong(value["calendar"], "nothing here without acknowledge")


def _levels(value: object, place: Place) -> tuple[Owner, ...] | None:
    if not isinstance(value, list):
        place.wrong(value, "a list of tables, each under [[escalation.levels]]")
        return None
    before = place.count()
    found = [_level(item, place.at(number)) for number, item in enumerate(value, 1)]
    for number, item in enumerate(value, 1):
        _refuse_idle_calendar(item, place.at(number))
    if place.count() > before:
        return None
    return tuple(
        Owner(name=level_name(number), level=number, **(given or {}))
        for number, given in enumerate(found, 1)
    )


area_name = matching(
    rf"(?!(?:L\d+|{NEXT})$)[\w.@+-]+",
    'a name of letters, digits, ".", "_", "-", "@" and "+", other than those of the levels',
)

_named_areas = named(Owner, "name", OWNER, required=("queue",), name=area_name)


def _areas(value: object, place: Place) -> dict[str, Owner] | None:
    for name, item in value.items() if isinstance(value, dict) else ():
        _refuse_idle_calendar(item, place / name)
    return _named_areas(value, place)


keyword = scalar(
    str,
    "text in quotes with something to see in it",
    lambda given: given if folded(given).strip() else None,
)


def _keywords(value: object, place: Place) -> Keywords | None:
    found = list_of(keyword, at_least=1)(value, place)
    return None if found is None else Keywords(found)


_OF_MESSAGES = (
    "kind",
    "noise",
    "words",
    "followers_min",
    "followers_max",
    "age_min",
    "label",
)
_without_message = when(*_OF_MESSAGES, why="there is no message to look at then")


def _with_reason(value: object, place: Place) -> When | None:
    if isinstance(value, dict) and "reason" not in value:
        (place / "reason").wrong(value, "the reasons that somebody else must handle")
    return _without_message(value, place)


_times_and_span: Fields = {"times": whole(2, MOST_TIMES), "within": duration(timedelta(seconds=1))}
_any_clock: Fields = {"clock": one_of(CLOCKS)}

KEYS: Mapping[str, tuple[Fields, Fields]] = {
    "message": ({"when": when(at_least_one=True)}, {}),
    "keywords": ({"keywords": _keywords}, {"when": when()}),
    "sentiment": ({}, {"when": when()}),
    "reason": ({"when": _with_reason}, {}),
    "repeat": (_times_and_span, {"when": _without_message}),
    "reopened": ({"times": whole(1, MOST_TIMES)}, {"when": _without_message}),
    "vulnerable": ({}, {"when": _without_message}),
    "sla_warning": ({}, {"when": _without_message, **_any_clock}),
    "sla_breach": ({}, {"when": _without_message, **_any_clock}),
}
"""What a rule must say, and what it may say besides, by what it fires on."""

RULE: Fields = {"name": text, "on": one_of(TRIGGERS), "to": declared("owners")}
_OTHERS = tuple({key: None for needed, more in KEYS.values() for key in (*needed, *more)})


def _rule(value: object, place: Place) -> EscalationRule | None:
    on = value.get("on") if isinstance(value, dict) else None
    needed, more = KEYS.get(on, ({}, {})) if isinstance(on, str) else ({}, {})
    # Without a trigger nobody can tell what else should stand there.
    other = forbidden(f'on is "{on}"') if needed or more else _whatever
    fields = {**dict.fromkeys(_OTHERS, other), **RULE, **more, **needed}
    return record(partial(EscalationRule, name=""), fields, ("on", "to", *needed))(value, place)


def _whatever(value: object, _: Place) -> object:
    return value


_rules: Reader[tuple[EscalationRule, ...]] = rules("escalation.rules", "escalation rule", _rule)

escalation: Reader[EscalationPolicy] = record(
    EscalationPolicy,
    {
        "levels": _levels,
        "areas": _areas,
        "rules": _rules,
        "vulnerable_tiers": list_of(text),
    },
)


def owners(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Return whom rules may ask, as far as the file can be read."""
    section = document.get("escalation")
    section = section if isinstance(section, dict) else {}
    levels, areas = section.get("levels"), section.get("areas")
    count = len(levels) if isinstance(levels, list) else 0
    above = (NEXT,) if count > 1 else ()
    names = tuple(areas) if isinstance(areas, dict) else ()
    return (*above, *(level_name(number) for number in range(1, count + 1)), *names)
