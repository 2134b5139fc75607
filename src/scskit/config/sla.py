"""What is promised: targets by rule, in which time they count, what answers and what warns."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from attrs import evolve

from scskit.config.matchers import when
from scskit.config.places import MISSING, Place, show
from scskit.config.readers import (
    Fields,
    any_of,
    choose,
    duration,
    list_of,
    one_of,
    record,
    scalar,
    text,
    whole,
)
from scskit.config.rules import first_wins, rules
from scskit.core.match import When
from scskit.core.presets import PRESETS
from scskit.core.sla import SlaTargets
from scskit.core.sla_policy import ANSWER_KINDS, PAUSES, SlaPolicy, SlaRule
from scskit.core.terms import ALWAYS_OPEN

ALWAYS = "always"
"""Names around the clock, where no calendar of that name is declared."""

MOST_DAYS = 1000
_ABOUT_MESSAGES = ("kind", "noise", "words", "followers_min", "followers_max", "age_min", "label")

_known = choose(lambda place: (*(place.context.names["calendars"] or ()), ALWAYS), globs=False)
_target = duration(timedelta(seconds=1))


def _calendar(value: object, place: Place) -> str | None:
    declared = place.context.names["calendars"] or ()
    return ALWAYS_OPEN if value == ALWAYS and value not in declared else _known(value, place)


TARGETS: Fields = {
    "first_response": _target,
    "next_response": _target,
    "resolution": _target,
    "update": _target,
    "acknowledgement": _target,
    "legal_days": whole(1, MOST_DAYS),
}
RULE: Fields = {
    "name": text,
    "when": when(*_ABOUT_MESSAGES, why="a promise is made for a case, not for a message"),
    "calendar": _calendar,
    **TARGETS,
}

_rule = record(dict[str, Any], RULE)


def _read_rule(value: object, place: Place) -> SlaRule | None:
    given = _rule(value, place)
    if given is None:
        return None
    if not TARGETS.keys() & given.keys():
        place.report("no target", f"at least one of {', '.join(TARGETS)}")
        return None
    name, applies = given.pop("name", ""), given.pop("when", When())
    return SlaRule(name=name, when=applies, targets=SlaTargets(**given))


_targets = first_wins(rules("sla.targets", "target", _read_rule))


def _share(given: float) -> float | None:
    return given if 0 < given < 1 else None


SLA: Fields = {
    "preset": one_of(tuple(PRESETS)),
    "calendar": _calendar,
    "answers": any_of(one_of(ANSWER_KINDS)),
    "pauses": list_of(one_of(PAUSES)),
    "warn_at": list_of(scalar(float, "a share between 0 and 1, such as 0.75", _share)),
    "warn_before": list_of(_target),
    "tolerance": duration(timedelta(0)),
    "targets": _targets,
}
_ATTRIBUTES = {"warn_at": "shares", "warn_before": "before", "targets": "rules"}

_section = record(dict[str, Any], SLA)


def sla(value: object, place: Place) -> SlaPolicy | None:
    """Read what is promised; a preset says what the file leaves out."""
    given = _section(value, place)
    if given is None:
        return None
    preset = given.pop("preset", None)
    if preset is None and "targets" not in given:
        (place / "targets").wrong(
            MISSING, f"[[sla.targets]], or preset = {' or '.join(map(show, PRESETS))}"
        )
        return None
    base = PRESETS[preset] if preset else SlaPolicy()
    return evolve(base, **{_ATTRIBUTES.get(key, key): item for key, item in given.items()})
