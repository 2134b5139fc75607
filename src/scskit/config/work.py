"""Who works, and how waiting work is given out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, get_args

from scskit.config.actors import ROLE_FIELDS, checked
from scskit.config.calendars import day
from scskit.config.durations import EXAMPLES
from scskit.config.places import Place
from scskit.config.readers import (
    Fields,
    Reader,
    declared,
    duration,
    flag,
    list_of,
    mapping,
    named,
    plain_name,
    record,
    text,
    whole,
)
from scskit.core.agent import Agent
from scskit.core.vocabulary import Visibility
from scskit.core.work_policy import WorkPolicy

HEAVIEST = 1000
_NEVER = timedelta.max  # readers say None for what is wrong

AGENT: Fields = {
    "title": text,
    "teams": list_of(declared("teams")),
    "skills": list_of(text),
    "certified_until": mapping(day, text),
    "level": whole(1, 99),
    "capacity": whole(0, 100_000),
    "calendar": declared("calendars"),
    "trainee": flag,
    **ROLE_FIELDS,
}


_named_agents = checked(named(Agent, "name", AGENT, name=plain_name), all_need_roles=False)


def agents(value: object, place: Place) -> dict[str, Agent] | None:
    """Read agents; only what an agent can do can be certified."""
    before, found = place.count(), _named_agents(value, place)
    for name, given in value.items() if isinstance(value, dict) else ():
        if isinstance(given, dict):
            _check_certified(given, place / name / "certified_until")
    return found if place.count() == before else None


def _check_certified(given: Mapping[str, object], place: Place) -> None:
    """Check what was written: other mistakes do not hide these."""
    certified, skills = given.get("certified_until", {}), given.get("skills", [])
    if isinstance(certified, dict) and isinstance(skills, list):
        known = [skill for skill in skills if isinstance(skill, str)]
        for skill in certified:
            if skill not in known:
                (place / skill).not_among(f'skill "{skill}"', skill, known)


def _or_never(value: object, place: Place) -> timedelta | None:
    if value == "never":
        return _NEVER
    if not isinstance(value, str):
        place.wrong(value, f'{EXAMPLES}, above zero and at most "520w", or "never"')
        return None
    return duration(timedelta(seconds=1))(value, place)


def _weight(value: object, place: Place) -> float | None:
    if type(value) in {int, float} and 0 <= (number := float(value)) <= HEAVIEST:  # type: ignore[arg-type]  # a number
        return number
    place.wrong(value, f"a number from 0 to {HEAVIEST}")
    return None


def _channel(value: object, place: Place) -> str | None:
    """Read what a weight stands beside: a network, a visibility, or ``network/visibility``."""
    known = place.context.names["networks"]
    given = str(value)
    network, slash, visibility = given.rpartition("/")
    sees = visibility in get_args(Visibility)
    if slash and sees and (known is None or network in known):
        return given
    if not slash and (sees or known is None or given in known):
        return given
    place.not_among(f'weight of "{given}"', given, (*get_args(Visibility), *(known or ())))
    return None


WORK: Fields = {
    "aging": _or_never,
    "promote_after": _or_never,
    "sticky_for": duration(timedelta(0)),
    "sticky_within": duration(timedelta(0)),
    "refused_for": duration(timedelta(0)),
    "takeover_after": _or_never,
    "weights": mapping(_weight, _channel),
}


def _make(**given: Any) -> WorkPolicy:  # noqa: ANN401  each key has its own type
    amounts: dict[str, Any] = {k: None if v == _NEVER else v for k, v in given.items()}
    return WorkPolicy(**amounts)


work: Reader[WorkPolicy] = record(_make, WORK)
