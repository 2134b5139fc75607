"""Where work waits: queues, the teams that work them, and the skills that they ask for."""

from __future__ import annotations

from datetime import timedelta

from scskit.config.places import Place
from scskit.config.readers import (
    Fields,
    Reader,
    declared,
    duration,
    list_of,
    named,
    one_of,
    plain_name,
    record,
    text,
)
from scskit.core.agent import WORK_MODES, Queue, Team
from scskit.core.skills import SkillNeed

_skill_table: Reader[SkillNeed] = record(
    SkillNeed, {"skill": text, "relax_after": duration(timedelta(0))}, required=("skill",)
)


def _skill(value: object, place: Place) -> SkillNeed | None:
    if isinstance(value, dict):
        return _skill_table(value, place)
    given = text(value, place)
    return None if given is None else SkillNeed(given)


skills = list_of(_skill)

QUEUE: Fields = {
    "title": text,
    "team": declared("teams"),
    "work": one_of(WORK_MODES),
    "offer_for": duration(timedelta(seconds=1)),
    "skills": skills,
}

TEAM: Fields = {"title": text, "calendar": declared("calendars")}


_named_queues = named(Queue, "name", QUEUE, name=plain_name)
teams = named(Team, "name", TEAM, name=plain_name)


def queues(value: object, place: Place) -> dict[str, Queue] | None:
    """Read queues; an offer ends only where work is offered."""
    found = _named_queues(value, place)
    idle = [q for q in (found or {}).values() if q.offer_for is not None and q.work == "pull"]
    for queue in idle:
        wrong = place / queue.name / "offer_for"
        wrong.report("a time to accept work", 'nothing here unless work is "push"')
    return None if idle else found
