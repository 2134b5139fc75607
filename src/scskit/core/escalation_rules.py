"""Which escalation rules fire, and on what evidence.

A rule fires once for a case and an occasion: for SLA triggers the occasion is an instance of a
clock, for reasons the reason, for all others the case. That it has fired is kept with the case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from attrs import field, frozen

from scskit.core import events as ev
from scskit.core.account import Account
from scskit.core.case import Case
from scskit.core.escalating import SYSTEM, Cause, ask, expire
from scskit.core.escalation import Contact, EscalationRule, Trigger
from scskit.core.lifecycle import evolve
from scskit.core.match import Facts
from scskit.core.policy import Policy

VULNERABLE = "vulnerable"
"""The kind of label that marks a vulnerable person."""

_NOT = frozenset({"no", "false", "0", ""})
"""Values of such a label that say that the person is not."""


@frozen(kw_only=True)
class Happening:
    """What happened to a case, for rules to look at.

    Attributes:
        before: the case before it; None if it was opened.
        case: the case after it.
        events: what happened.
        policy: the policy in force.
        at: when, for the log.
        now: the present instant, where that is another one.
        message: what is known about the message that came, if one did.
        contacts: the person's other cases on the same reason, for rules about repeated contact.
    """

    before: Case | None
    case: Case
    events: Sequence[ev.Event]
    policy: Policy
    at: datetime
    now: datetime | None = None
    message: Facts | None = None
    contacts: Sequence[Contact] = field(default=())


@frozen(kw_only=True)
class Finding:
    """Something that a rule fires on.

    Attributes:
        evidence: what was found.
        occasion: what the rule fires once for; empty for the case.
        at: when it happened; None for when the rules were asked.
        late: whether it was noticed well after it happened.
    """

    evidence: str
    occasion: str = ""
    at: datetime | None = None
    late: bool = False


Findings = Iterator[Finding]


def facts_of(case: Case, policy: Policy) -> Facts:
    """Return what rules may ask about a case where no message has come."""
    # Where no accounts are declared any is welcome; the identity still names the network.
    account = policy.accounts.get(case.account_id) or Account(
        id=case.account_id, network=case.identity_id.partition(":")[0]
    )
    return _as_triaged(
        Facts(
            account=account.id,
            network=account.network,
            purpose=account.purpose,
            visibility=case.visibility,
            kind="",
            tier=case.tier,
        ),
        case,
    )


def _as_triaged(facts: Facts, case: Case) -> Facts:
    """Let facts say what was decided about the case, but keep the message's own sentiment."""
    facts.tier = case.tier
    facts.language = case.language
    facts.reason = case.reason
    facts.contact_type = case.contact_type
    facts.engagement = case.engagement
    facts.priority = case.priority
    if facts.sentiment == "unknown":
        facts.sentiment = case.sentiment
    return facts


def fire(happening: Happening) -> tuple[ev.Event, ...]:
    """Return what the escalation rules make of something that happened.

    Returns:
        The events: by when it happened, at one instant in the order of the rules; nothing for a
        case that is done.
    """
    case, policy = happening.case, happening.policy
    rules = policy.escalation.rules
    if not rules or case.category == "done":
        return ()
    message = happening.message
    facts = _as_triaged(message, case) if message else facts_of(case, policy)
    events: list[ev.Event] = []
    findings = [(rule, found) for rule in rules for found in _TRIGGERS[rule.on](rule, happening)]
    # What clocks said long before, and nobody heard, comes first.
    for rule, found in sorted(findings, key=lambda one: one[1].at or happening.at):
        fired = (rule.name, found.occasion) in case.escalation.fired
        if not fired and rule.when.matches(facts):
            for event in _ask(case, rule, found, happening):
                events.append(event)
                case = evolve(case, event)
    return tuple(events)


def _ask(
    case: Case, rule: EscalationRule, found: Finding, happening: Happening
) -> Iterator[ev.Event]:
    """Ask whom a rule names; offers that had expired by then have expired before that."""
    policy, at = happening.policy, found.at or happening.at
    while expired := expire(case, policy, at, happening.now or at):
        for event in expired:
            yield event
            case = evolve(case, event)
    cause = Cause(
        trigger=rule.on,
        evidence=found.evidence,
        rule=rule.name,
        occasion=found.occasion,
        late=found.late,
    )
    header = {"case_id": case.id, "at": at, "by": SYSTEM, "because": f"rule {rule.name}"}
    yield ask(case, rule.to, cause, policy, header)


def wants_contacts(before: Case | None, case: Case, policy: Policy) -> timedelta | None:
    """Tell how far back a rule wants to look for a person's other cases; None if none does.

    Ask before ``fire``: looking costs a question to the database.

    Args:
        before: the case before what happened; None if it was opened.
        case: the case after it.
        policy: the policy in force.
    """
    if case.category == "done" or not _reason_is_news(before, case):
        return None
    fired = dict(case.escalation.fired)
    spans = (
        rule.within
        for rule in policy.escalation.rules
        if rule.on == "repeat" and rule.name not in fired
    )
    return max(spans, default=None)


# The triggers: what each finds.


def _written(happening: Happening) -> ev.InteractionAdded | None:
    """Return the customer's message that has just come, if one has."""
    if happening.message is None:
        return None
    return next(
        (
            event
            for event in happening.events
            if type(event) is ev.InteractionAdded and event.direction == "inbound"
        ),
        None,
    )


def _message(_: EscalationRule, happening: Happening) -> Findings:
    if happening.message and (written := _written(happening)):
        reach = happening.message.followers
        seen = "" if reach is None else f", by an author with {reach} followers"
        yield Finding(evidence=f"message {written.interaction_id}{seen}")


def _keywords(rule: EscalationRule, happening: Happening) -> Findings:
    if rule.keywords and happening.message and (written := _written(happening)):
        found = rule.keywords.find(happening.message.text)
        if found is not None:
            yield Finding(evidence=f'"{found}" in message {written.interaction_id}')


# What follows is so or not, whatever happened last: the rule fires once its ``when`` holds as well.


def _sentiment(_: EscalationRule, happening: Happening) -> Findings:
    calm, upset = happening.case.calm_at, happening.case.upset_at
    if calm is not None and upset is not None and calm < upset:
        yield Finding(evidence=f"negative at {upset.isoformat()}, but not at {calm.isoformat()}")


def _reason(_: EscalationRule, happening: Happening) -> Findings:
    if reason := happening.case.reason:
        yield Finding(evidence=f"reason {reason}", occasion=reason)


def _reopened(rule: EscalationRule, happening: Happening) -> Findings:
    count = happening.case.reopened_count
    if count >= rule.times:
        yield Finding(evidence=f"reopened {count} times")


def _vulnerable(_: EscalationRule, happening: Happening) -> Findings:
    case, message = happening.case, happening.message
    label = message.labels.get(VULNERABLE, "") if message else ""
    if label.lower() not in _NOT:
        yield Finding(evidence=f"label {VULNERABLE}: {label}")
    elif case.tier in happening.policy.escalation.vulnerable_tiers:
        yield Finding(evidence=f"customer tier {case.tier}")


# Counting what a person wrote before, and clocks.


def _reason_is_news(before: Case | None, case: Case) -> bool:
    return case.reason is not None and (before is None or before.reason != case.reason)


def _repeat(rule: EscalationRule, happening: Happening) -> Findings:
    case = happening.case
    if not _reason_is_news(happening.before, case):
        return
    since = case.opened_at - rule.within
    others = [c for c in happening.contacts if since <= c.opened_at <= case.opened_at]
    if len(others) + 1 >= rule.times:
        named = ", ".join(contact.case_id for contact in others)
        evidence = f"{len(others) + 1} cases on {case.reason} since {since.isoformat()}: {named}"
        yield Finding(evidence=evidence)


def _clock(
    kind: type[ev.SlaWarned | ev.SlaBreached], word: str
) -> Callable[[EscalationRule, Happening], Findings]:
    def found(rule: EscalationRule, happening: Happening) -> Findings:
        for event in happening.events:
            if type(event) is kind and rule.clock in {None, event.clock}:
                name = f"{event.clock} {event.instance}"
                evidence = f"{name} {word}, due at {event.due.isoformat()}"
                yield Finding(evidence=evidence, occasion=name, at=event.at, late=event.late)

    return found


_TRIGGERS: dict[Trigger, Callable[[EscalationRule, Happening], Findings]] = {
    "message": _message,
    "keywords": _keywords,
    "sentiment": _sentiment,
    "reason": _reason,
    "repeat": _repeat,
    "reopened": _reopened,
    "vulnerable": _vulnerable,
    "sla_warning": _clock(ev.SlaWarned, "near its end"),
    "sla_breach": _clock(ev.SlaBreached, "missed"),
}
