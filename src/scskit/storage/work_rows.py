"""Between what routing keeps of a case and the JSON in its row's detail."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from scskit.core.case import Case
from scskit.core.refusal import Refusal
from scskit.core.skills import SkillNeed
from scskit.core.time import from_micros, to_micros

_MICROSECOND = timedelta(microseconds=1)


def plain(case: Case) -> dict[str, Any]:
    """Return what a case's detail holds of skills and refusals; mostly nothing."""
    found: dict[str, Any] = {}
    if case.skills:
        found["skills"] = [_need(need) for need in case.skills]
    if case.refusals:
        found["refusals"] = [(r.agent, to_micros(r.at)) for r in case.refusals]
    return found


def _need(need: SkillNeed) -> tuple[str, int | None]:
    after = need.relax_after
    return need.skill, None if after is None else after // _MICROSECOND


def read(detail: dict[str, Any]) -> dict[str, Any]:
    """Return the attributes of a case that ``plain`` was made from."""
    return {
        "skills": tuple(_read_need(*need) for need in detail.get("skills", ())),
        "refusals": tuple(
            Refusal(agent, from_micros(at)) for agent, at in detail.get("refusals", ())
        ),
    }


def _read_need(skill: str, after: int | None) -> SkillNeed:
    return SkillNeed(skill, None if after is None else timedelta(microseconds=after))
