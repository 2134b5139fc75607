"""Priority: the reason's own, else impact by urgency, then transparent additions."""

from __future__ import annotations

from scskit.core.case import PRIORITIES, Priority
from scskit.core.match import Facts
from scskit.core.policy import Policy


def base_priority(policy: Policy, reason: str | None) -> tuple[Priority, str]:
    """Return the priority before additions, and where it comes from.

    Args:
        policy: the policy in force.
        reason: the contact reason, if known.
    """
    reasons = policy.reasons
    own, owner = reasons.nearest(reason, "priority")
    if own is not None:
        return own, f"{own} set by reason {owner}"
    impact, _ = reasons.nearest(reason, "impact")
    urgency, _ = reasons.nearest(reason, "urgency")
    if impact and urgency:
        priority = policy.priority.matrix[f"{impact}/{urgency}"]
        return priority, f"{priority} from impact {impact} and urgency {urgency} of {reason}"
    return policy.priority.default, f"{policy.priority.default} by default"


def decide_priority(policy: Policy, facts: Facts) -> tuple[Priority, tuple[str, ...]]:
    """Decide a case's priority.

    Args:
        policy: the policy in force.
        facts: what is known; ``facts.reason`` is the contact reason.

    Returns:
        The priority and one line per step that led to it.
    """
    priority, line = base_priority(policy, facts.reason)
    why = [f"priority {line}"]
    for addition in policy.priority.additions:
        if addition.when.matches(facts):
            position = PRIORITIES.index(priority) - addition.steps
            priority = PRIORITIES[min(max(position, 0), len(PRIORITIES) - 1)]
            why.append(f"priority {addition.steps:+d} step for {addition.name}: now {priority}")
    return priority, tuple(why)
