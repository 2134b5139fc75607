"""Which queue a case waits in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from attrs import field, frozen

from scskit.core.skills import SkillNeed

if TYPE_CHECKING:
    from scskit.core.match import Facts
    from scskit.core.policy import Policy


def _needs(given: Iterable[object]) -> tuple[SkillNeed, ...]:
    """Read skills as a plugin may write them: a name insists."""
    if isinstance(given, str):
        message = f"skills: found {given!r}, expected a list of skills"
        raise TypeError(message)
    return tuple(map(_need, given))


def _need(given: object) -> SkillNeed:
    if isinstance(given, SkillNeed):
        return given
    if isinstance(given, str) and given:
        return SkillNeed(given)
    message = f"skills: found {given!r}, expected a name or a SkillNeed"
    raise TypeError(message)


@frozen(kw_only=True)
class Assignment:
    """Where a case goes.

    Attributes:
        queue: the name of a declared queue.
        rule: the rule that decided.
        source: the plugin that decided.
        skills: what an agent needs for the case, beside what the queue says; a mere name insists
            on it.
    """

    queue: str
    rule: str = ""
    source: str = ""
    skills: tuple[SkillNeed, ...] = field(default=(), converter=_needs)


def choose_queue(policy: Policy, facts: Facts) -> Assignment | None:
    """Return what the first matching rule says; None when no rule matches."""
    for rule in policy.routing:
        if rule.when.matches(facts):
            return Assignment(queue=rule.queue, rule=rule.name, source="rules", skills=rule.skills)
    return None
