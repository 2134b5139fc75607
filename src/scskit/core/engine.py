"""Decisions: from values, the time and the policy to events. Nothing here touches the world."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from difflib import get_close_matches
from typing import TypeVar

from attrs import evolve, frozen

from scskit.core import events as ev
from scskit.core import handling
from scskit.core.account import Account
from scskit.core.case import Case, CaseState
from scskit.core.engagement import Engagement
from scskit.core.errors import NotFound
from scskit.core.gathering import gather_facts
from scskit.core.identity import Identity
from scskit.core.ids import CaseId, InteractionId
from scskit.core.interaction import Message, Thread
from scskit.core.policy import Policy
from scskit.core.priority import decide_priority
from scskit.core.routing import Assignment
from scskit.core.skills import strictest
from scskit.core.sla_policy import answers_otherwise
from scskit.core.triage import Labels, best
from scskit.core.vocabulary import PROACTIVE


@frozen(kw_only=True, slots=False)
class Arrival:
    """One message with everything that is known about its surroundings.

    Attributes:
        message: what arrived.
        interaction_id: its new id.
        thread: the thread it stands in.
        account: the account it came in by.
        identity: who wrote it (for a brand's message: to whom it belongs is the case's matter).
        labels: what the classifiers say.
        digest: the SHA-256 of its text in hexadecimal.
        at: when it happened, for the event log: now, or the true time of imported history.
        now: the present instant.
        by: who wrote a message of the brand, where that is known.
        part_id: the part of our own reply that it is.
        purpose: what that reply is for.
    """

    message: Message
    interaction_id: InteractionId
    thread: Thread
    account: Account
    identity: Identity | None
    labels: Labels
    digest: str
    at: datetime
    now: datetime
    by: str = ""
    part_id: str | None = None
    purpose: str = "reply"


def detect_language(arrival: Arrival) -> str | None:
    """Return the message's language: its own, else the customer's, else the thread's."""
    label = best(arrival.labels, "language")
    if label:
        return label.value
    if arrival.message.language:
        return arrival.message.language
    if arrival.identity and arrival.identity.language:
        return arrival.identity.language
    return arrival.thread.language


def triage(
    arrival: Arrival, engagement: Engagement, policy: Policy, case_id: CaseId, tier: str | None
) -> ev.CaseTriaged:
    """Decide what a case is about and how much it matters.

    Args:
        arrival: the message that tells.
        engagement: what the brand does about it.
        policy: the policy in force.
        case_id: the case.
        tier: the customer's tier, if known.

    Returns:
        The event, with one line of explanation per step.
    """
    facts = gather_facts(
        arrival.message, arrival.labels, arrival.account, policy, tier=tier, now=arrival.now
    )
    facts.engagement = engagement.kind
    why: list[str] = []
    if facts.reason and (label := best(arrival.labels, "reason", policy.reasons.nodes)):
        why.append(f"reason {label.value} by {label.source}: {label.rule}")
    why.append(f"engagement {engagement.kind} by {engagement.source}: {engagement.rule}")
    priority, steps = decide_priority(policy, facts)
    return ev.CaseTriaged(
        case_id=case_id,
        at=arrival.at,
        by="system:triage",
        reason=facts.reason,
        priority=priority,
        severity=policy.reasons.nearest(facts.reason, "severity")[0] or "S3",
        contact_type=facts.contact_type,
        language=detect_language(arrival),
        sentiment=facts.sentiment,
        engagement=engagement.kind,
        engagement_code=engagement.code,
        policy_version=policy.version,
        why=(*why, *steps),
    )


def _added(
    arrival: Arrival, case_id: CaseId, *, answers: bool | None = None
) -> ev.InteractionAdded:
    message = arrival.message
    inbound = message.direction == "inbound"
    return ev.InteractionAdded(
        case_id=case_id,
        at=arrival.at,
        by="customer" if inbound else arrival.by or "brand",
        interaction_id=arrival.interaction_id,
        thread_id=arrival.thread.id,
        direction=message.direction,
        posted_at=message.posted_at,
        digest=arrival.digest,
        automated=message.automated,
        labels=arrival.labels,
        visibility=None if inbound else message.visibility,
        answers=answers,
        part_id=arrival.part_id,
    )


def open_case(
    arrival: Arrival,
    engagement: Engagement,
    policy: Policy,
    case_id: CaseId,
    follows: Case | None = None,
) -> tuple[ev.Event, ...]:
    """Open a case for a customer's message.

    Args:
        arrival: the message; its identity is known.
        engagement: what the brand does about it.
        policy: the policy in force.
        case_id: the id of the new case.
        follows: the finished case of the same person in the same thread, if there is one.

    Returns:
        The events of the new case; routing comes after them (``route``).
    """
    identity = arrival.identity
    if identity is None:  # pragma: no cover  guarded by the intake
        message = "a case needs the identity it serves"
        raise ValueError(message)
    opened = ev.CaseOpened(
        case_id=case_id,
        at=arrival.at,
        by="customer",
        account_id=arrival.account.id,
        thread_id=arrival.thread.id,
        identity_id=identity.id,
        visibility=arrival.message.visibility,
        opened_at=arrival.message.posted_at,
        policy_version=policy.version,
        customer_id=identity.customer_id,
        tier=identity.tier,
        follows=follows.id if follows else None,
        **handling.remembered(follows),
    )
    triaged = triage(arrival, engagement, policy, case_id, identity.tier)
    events: tuple[ev.Event, ...] = (opened, _added(arrival, case_id), triaged)
    if engagement.kind == "dismiss":
        dismissed = ev.StateChanged(
            case_id=case_id,
            at=arrival.at,
            by="system:engagement",
            because=engagement.rule,
            state="dismissed",
            code=engagement.code,
        )
        return (*events, dismissed)
    return events


def engagement_of(case: Case) -> Engagement:
    """Return what was decided about a case when it was opened."""
    return Engagement(
        kind=case.engagement,
        code=case.engagement_code,
        queue=case.queue,
        rule="as decided when the case was opened",
        source="engine",
    )


def triage_late(case: Case, arrival: Arrival, policy: Policy) -> tuple[ev.Event, ...]:
    """Decide what a case is about once a message tells; what a person has set stays.

    Args:
        case: the case, with the message added.
        arrival: the message.
        policy: the policy in force.

    Returns:
        The event; nothing where the reason is known, was set by hand, or is not told now either.
    """
    if case.reason is not None or "reason" in case.by_hand:
        return ()
    if not best(arrival.labels, "reason", policy.reasons.nodes):
        return ()
    triaged = triage(arrival, engagement_of(case), policy, case.id, case.tier)
    if "priority" in case.by_hand:
        why = (*triaged.why, f"priority {case.priority} kept: set by hand")
        triaged = evolve(triaged, priority=case.priority, why=why)
    return (triaged,)


def continues(case: Case, arrival: Arrival, policy: Policy) -> bool:
    """Tell whether a customer's message belongs to ``case`` or opens a new one.

    A solved case takes messages for ``policy.lifecycle.reopen_window``; a closed or dismissed
    one takes none.
    """
    if case.state == "solved" and case.solved_at is not None:
        return arrival.message.posted_at - case.solved_at <= policy.lifecycle.reopen_window
    return case.category != "done"


def lapse(case: Case, arrival: Arrival) -> tuple[ev.Event, ...]:
    """Close a solved case whose reopen window has passed when the next message comes."""
    if case.state != "solved":
        return ()
    return (
        ev.StateChanged(
            case_id=case.id,
            at=arrival.at,
            by="system:lifecycle",
            because="the reopen window had passed",
            state="closed",
        ),
    )


def add_inbound(case: Case, arrival: Arrival, policy: Policy) -> tuple[ev.Event, ...]:
    """Add a customer's message to the case it continues, and wake the case if it waits."""
    added = _added(arrival, case.id)
    thanks = best(arrival.labels, "courtesy") is not None and not policy.lifecycle.thanks_reopens
    wakes = case.category == "waiting" or (case.state == "solved" and not thanks)
    if not wakes:
        return (added,)
    because = "the customer wrote again" if case.category == "waiting" else "reopened by customer"
    state = ev.StateChanged(
        case_id=case.id, at=arrival.at, by="system:lifecycle", because=because, state="open"
    )
    return added, state


def add_outbound(case: Case, arrival: Arrival, policy: Policy) -> tuple[ev.Event, ...]:
    """Add the brand's message to the case it answers; a human answer moves the case on."""
    added = _added(arrival, case.id, answers=_answers(arrival, policy))
    to: CaseState = policy.lifecycle.after_reply
    answered = (
        not arrival.message.automated
        and arrival.purpose not in PROACTIVE
        and case.category == "active"
        and case.state != to
        and _is_latest(case, arrival)
    )
    if not answered:
        return (added,)
    state = ev.StateChanged(
        case_id=case.id,
        at=arrival.at,
        by="system:lifecycle",
        because="the brand answered",
        state=to,
    )
    return added, state


def _answers(arrival: Arrival, policy: Policy) -> bool | None:
    """Tell whether a message of the brand answers the customer, where that is not as usual.

    That a message came, said by a machine, is no answer, and what nobody asked for is none either:
    whatever else the policy counts as one.
    """
    if arrival.purpose in PROACTIVE:
        return None if arrival.message.automated else False
    if arrival.purpose == "acknowledgement" and arrival.message.automated:
        return None
    return answers_otherwise(arrival.message, policy)


def _is_latest(case: Case, arrival: Arrival) -> bool:
    return case.last_inbound_at is None or arrival.message.posted_at >= case.last_inbound_at


def route(
    case: Case,
    assignment: Assignment,
    engagement: Engagement | None,
    policy: Policy,
    at: datetime,
) -> tuple[ev.Event, ...]:
    """Put a case into its queue.

    Args:
        case: the case after triage.
        assignment: where it goes.
        engagement: a forward names its own queue.
        policy: the policy in force.
        at: when.

    Returns:
        The routing event; nothing when the case is there already.

    Raises:
        NotFound: the queue is not declared.
    """
    if engagement is not None and engagement.kind == "forward" and engagement.queue:
        assignment = Assignment(
            queue=engagement.queue, rule=engagement.rule, source=engagement.source
        )
    queue = known(policy.queues, assignment.queue, "queue")
    if case.queue == queue.name:
        return ()
    return (
        ev.CaseRouted(
            case_id=case.id,
            at=at,
            by="system:routing",
            queue=queue.name,
            team=queue.team,
            policy_version=policy.version,
            rule=assignment.rule,
            source=assignment.source,
            skills=strictest((*assignment.skills, *queue.skills)),
        ),
    )


T = TypeVar("T")


def known(declared: Mapping[str, T], name: str, what: str) -> T:
    """Look something up that the desk file declares.

    Raises:
        NotFound: it is not declared; the message names the nearest spellings.
    """
    found = declared.get(name)
    if found is None:
        near = ", ".join(get_close_matches(name, declared)) or ", ".join(sorted(declared)[:5])
        message = f"{what} {name!r} is not declared in the desk file; there is: {near or 'none'}"
        raise NotFound(message)
    return found
