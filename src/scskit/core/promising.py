"""Which terms a case's clocks run under."""

from __future__ import annotations

from datetime import timedelta

from attrs import frozen

from scskit.core.case import Case
from scskit.core.escalation_rules import facts_of
from scskit.core.policy import Policy
from scskit.core.sla import SlaTargets
from scskit.core.sla_policy import SlaPolicy, SlaRule
from scskit.core.terms import Terms, interned

UNOWED = ("monitor", "dismiss")
"""What the brand decided not to answer: there is nothing to be late with."""


@frozen(kw_only=True)
class Decision:
    """Terms for a case, and where they come from.

    Attributes:
        terms: the terms.
        rule: the rule that gave the targets.
        source: ``policy``, or the plugin that decided.
    """

    terms: Terms
    rule: str
    source: str


NO_TERMS = Decision(terms=Terms(), rule="no rule applies", source="policy")
"""What holds for a case whose clocks should run no longer."""


def decide_terms(case: Case, policy: Policy, asked: SlaTargets | None = None) -> Decision | None:
    """Decide what a case's clocks run under.

    Args:
        case: the case after triage.
        policy: the policy in force.
        asked: what a plugin answered, which goes before the policy's rules.

    Returns:
        The terms; None for a case without clocks: no rule applies, or nobody is to be answered.
    """
    sla = policy.sla
    if sla is None or case.engagement in UNOWED:
        return None
    ruled = None if asked else _by_rule(case, policy, sla)
    targets = ruled.targets if ruled else asked
    if targets is None:
        return None
    rule = ruled.name if ruled else targets.rule
    calendar = sla.calendar if targets.calendar is None else targets.calendar
    if calendar and calendar not in policy.calendars:
        rule, calendar = f"{rule} (calendar {calendar!r} is not declared)", sla.calendar
    resolution, rule = _resolution(case, policy, targets, rule)
    terms = Terms(
        first_response=targets.first_response,
        next_response=targets.next_response,
        resolution=resolution,
        update=targets.update,
        acknowledgement=targets.acknowledgement,
        legal_days=targets.legal_days,
        calendar=calendar,
        calendar_version=policy.calendars[calendar].version if calendar else "",
        pauses=sla.pauses,
        shares=sla.shares,
        before=sla.before,
    )
    return Decision(terms=interned(terms), rule=rule, source=targets.source if asked else "policy")


def _by_rule(case: Case, policy: Policy, sla: SlaPolicy) -> SlaRule | None:
    facts = facts_of(case, policy)
    return next((rule for rule in sla.rules if rule.when.matches(facts)), None)


def _resolution(
    case: Case, policy: Policy, targets: SlaTargets, rule: str
) -> tuple[timedelta | None, str]:
    """Return the target, which the contact reason's longest time limits."""
    longest, owner = policy.reasons.nearest(case.reason, "max_resolution")
    if longest is None or (targets.resolution is not None and targets.resolution <= longest):
        return targets.resolution, rule
    return longest, f"{rule}; resolution as reason {owner} says"
