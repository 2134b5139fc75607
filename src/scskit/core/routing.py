"""Which queue a case waits in."""

from __future__ import annotations

from attrs import frozen

from scskit.core.match import Facts
from scskit.core.policy import Policy
from scskit.core.skills import SkillNeed


@frozen(kw_only=True)
class Assignment:
    """Where a case goes.

    Attributes:
        queue: the name of a declared queue.
        rule: the rule that decided.
        source: the plugin that decided.
        skills: what an agent needs for the case, beside what the queue says.
    """

    queue: str
    rule: str = ""
    source: str = ""
    skills: tuple[SkillNeed, ...] = ()


def choose_queue(policy: Policy, facts: Facts) -> Assignment | None:
    """Return what the first matching rule says; None when no rule matches."""
    for rule in policy.routing:
        if rule.when.matches(facts):
            return Assignment(queue=rule.queue, rule=rule.name, source="rules", skills=rule.skills)
    return None
