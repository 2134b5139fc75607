"""The typed matchers: what may stand in a ``when``, and how to say it in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import get_args

import attrs

from scskit.config.durations import format_duration
from scskit.config.places import Place, show
from scskit.config.readers import (
    Fields,
    Reader,
    any_of,
    declared,
    duration,
    forbidden,
    mapping,
    one_of,
    record,
    text,
    whole,
)
from scskit.core.account import Purpose
from scskit.core.match import When
from scskit.core.triage import CONTACT_TYPES, NOISE_KINDS
from scskit.core.vocabulary import PRIORITIES, EngagementKind, InteractionKind, Visibility

MOST_FOLLOWERS = 10**12

# A pattern that none of the choices fits is refused like a misspelt name: it would never hold.
MATCHERS: Fields = {
    "account": any_of(declared("accounts", globs=True)),
    "network": any_of(declared("networks", globs=True)),
    "purpose": any_of(one_of(get_args(Purpose), globs=True)),
    "visibility": any_of(one_of(get_args(Visibility), globs=True)),
    "kind": any_of(one_of(get_args(InteractionKind), globs=True)),
    "language": any_of(text),
    "reason": any_of(declared("reasons", globs=True)),
    "contact_type": any_of(one_of(CONTACT_TYPES, globs=True)),
    "noise": any_of(one_of(NOISE_KINDS, globs=True)),
    "sentiment": any_of(text),
    "tier": any_of(text),
    "engagement": any_of(one_of(get_args(EngagementKind), globs=True)),
    "priority": any_of(one_of(PRIORITIES, globs=True)),
    "words": any_of(text),
    "followers_min": whole(0, MOST_FOLLOWERS),
    "followers_max": whole(0, MOST_FOLLOWERS),
    "age_min": duration(timedelta(seconds=1)),
    "label": mapping(any_of(text), at_least=1),
}


def when(
    *unknown: str, at_least_one: bool = False, why: str = "it is decided after these rules"
) -> Reader[When]:
    """Make a reader of matchers.

    Args:
        unknown: what is not known to these rules: a matcher would see nothing but defaults.
        at_least_one: whether the table may not be empty.
        why: why that is not known.
    """
    read_keys = record(When, {**MATCHERS, **dict.fromkeys(unknown, forbidden(why))})

    def read(value: object, place: Place) -> When | None:
        if at_least_one and value == {}:
            place.wrong(value, "at least one key")
        if isinstance(value, dict):
            _check_followers(value.get("followers_min"), value.get("followers_max"), place)
        return read_keys(value, place)

    return read


def _check_followers(low: object, high: object, place: Place) -> None:
    if type(low) is int and type(high) is int and low > high:
        (place / "followers_max").wrong(high, f"followers_min, which is {show(low)}, or more")


def in_words(when: When) -> Iterator[str]:
    """Yield what must hold, one matcher at a time, in a fixed order."""
    for attribute in attrs.fields(When):
        value = getattr(when, attribute.name)
        if not attribute.init or value is None or value in ((), {}):
            continue
        if isinstance(value, Mapping):
            yield from (f"label.{kind} = {_say(value[kind])}" for kind in sorted(value))
        else:
            yield f"{attribute.name} = {_say(value)}"


def _say(value: object) -> str:
    if isinstance(value, tuple):
        return " or ".join(value)
    return format_duration(value) if isinstance(value, timedelta) else str(value)
