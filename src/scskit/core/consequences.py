"""What follows from what happened to a case: one place, whoever made it happen.

A message, a command and the sweep all end here. The clocks say first what they had to say before
it; then late evidence takes breaches back, new terms are applied, and escalation rules fire.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from attrs import frozen

from scskit.core import events as ev
from scskit.core.case import CATEGORY, Case
from scskit.core.clocks import breached, notices_until
from scskit.core.escalation import Contact
from scskit.core.escalation_rules import Happening, fire
from scskit.core.lifecycle import evolve
from scskit.core.match import Facts
from scskit.core.policy import Policy
from scskit.core.promising import NO_TERMS, UNOWED, decide_terms
from scskit.core.sla import SlaTargets
from scskit.core.terms import CLOCKS, Notice
from scskit.core.waits import counts

Events = tuple[ev.Event, ...]

RESPONSES = ("first_response", "next_response", "update")
"""The clocks that an answer closes."""

_ABOUT_TERMS = (ev.CaseTriaged, ev.PrioritySet, ev.ReasonSet, ev.CustomerIdentified)


@frozen(kw_only=True)
class Circumstances:
    """What else is known when something happens to a case.

    Attributes:
        policy: the policy in force.
        at: when it happened, for the log.
        now: the present instant, by which a notice is early or late.
        targets: what a plugin answered about the case's targets, if one was asked.
        failures: which plugins failed when they were asked, one line each.
        message: what is known about the message that came, if one did.
        contacts: the person's other cases on the same reason.
    """

    policy: Policy
    at: datetime
    now: datetime
    targets: SlaTargets | None = None
    failures: Sequence[str] = ()
    message: Facts | None = None
    contacts: Sequence[Contact] = ()


def consequences(
    before: Case | None, case: Case, events: Sequence[ev.Event], around: Circumstances
) -> Events:
    """Return what follows from events of one case.

    Args:
        before: the case before them; None if they opened it.
        case: the case after them.
        events: what happened.
        around: what else is known.
    """
    found: list[ev.Event] = []
    if before is not None and before.sla:
        case = _let(case, _said_before(before, case, events, around), found)
        case = _let(case, _taken_back(case, events, around), found)
    if wants_terms(case, events, around.policy):
        case = _let(case, _terms(case, around), found)
    if not around.policy.escalation.rules:
        return tuple(found)
    happening = Happening(
        before=before,
        case=case,
        events=[*events, *found],
        policy=around.policy,
        at=around.at,
        now=around.now,
        message=around.message,
        contacts=around.contacts,
    )
    return (*found, *fire(happening))


def _let(case: Case, events: Events, found: list[ev.Event]) -> Case:
    """Let events happen, and keep them in ``found``."""
    for event in events:
        case = evolve(case, event)
    found.extend(events)
    return case


def wants_terms(case: Case, events: Sequence[ev.Event], policy: Policy) -> bool:
    """Tell whether the terms of a case's clocks have to be decided, for the first time or anew."""
    if policy.sla is None or case.category == "done":
        return False
    if not case.sla:
        return case.engagement not in UNOWED
    if case.sla[-1].policy_version != policy.version:
        return True
    return any(isinstance(event, _ABOUT_TERMS) for event in events)


def _said_before(
    before: Case, case: Case, events: Sequence[ev.Event], around: Circumstances
) -> Events:
    """Return what clocks had said before events closed one, whether anybody was awake or not.

    The others say as well what they had to say by then: so everything is recorded in the order in
    which it happened.
    """
    ends = _endings(before, case, events)
    if not ends:
        return ()
    return notices_until(before, around.policy, min(ends.values()), around.now, ends)


def _endings(before: Case, case: Case, events: Sequence[ev.Event]) -> dict[str, datetime]:
    """Return when each clock was closed, if it was."""
    ends: dict[str, datetime] = {}
    for event in events:
        if (answered := _answered(event)) is not None:
            for clock in RESPONSES:
                ends.setdefault(clock, answered)
        if type(event) is ev.StateChanged and CATEGORY[event.state] == "done":
            for clock in CLOCKS:
                ends.setdefault(clock, event.at)
    if before.acknowledged_at is None and case.acknowledged_at is not None:
        ends.setdefault("acknowledgement", case.acknowledged_at)
    return ends


def _answered(event: ev.Event) -> datetime | None:
    """Return when an event says that the customer was answered."""
    if type(event) is ev.InteractionAdded:
        return event.posted_at if event.direction == "outbound" and counts(event) else None
    return event.at if type(event) is ev.NoteAdded and event.answers else None


def _taken_back(case: Case, events: Sequence[ev.Event], around: Circumstances) -> Events:
    """Take back breaches of clocks that turn out to have been answered in time."""
    over = breached(case)
    if not over:
        return ()
    found: list[ev.Event] = []
    for event in events:
        if type(event) is not ev.InteractionAdded or (at := _answered(event)) is None:
            continue
        for notice in case.notices:
            key = (notice.clock, notice.instance)
            if notice.clock in RESPONSES and key in over and notice.since <= at <= notice.due:
                over.discard(key)
                evidence = f"message {event.interaction_id}, posted at {at.isoformat()}"
                found.append(void(case, notice, evidence, around.at))
    first = case.first_response_at
    for notice in case.notices:
        key = (notice.clock, notice.instance)
        if notice.clock == "first_response" and key in over and first and first <= notice.due:
            # An older question came to light, whose answer was known: that was the first one.
            over.discard(key)
            evidence = f"the first response, posted at {first.isoformat()}"
            found.append(void(case, notice, evidence, around.at))
    return tuple(found)


def void(case: Case, notice: Notice, evidence: str, at: datetime) -> ev.SlaVoided:
    """Return the event that takes a breach back."""
    return ev.SlaVoided(
        case_id=case.id,
        at=at,
        by="system:sla",
        because=f"{notice.clock} was met after all",
        clock=notice.clock,
        instance=notice.instance,
        since=notice.since,
        due=notice.due,
        evidence=evidence,
    )


def _terms(case: Case, around: Circumstances) -> Events:
    decision = decide_terms(case, around.policy, around.targets) or NO_TERMS
    last = case.sla[-1] if case.sla else None
    if last is None and decision is NO_TERMS:
        return ()
    if last and (last.terms, last.policy_version) == (decision.terms, around.policy.version):
        return ()
    rule = "; ".join((decision.rule, *around.failures))
    applied = ev.SlaApplied(
        case_id=case.id,
        at=around.at,
        by="system:sla",
        terms=decision.terms,
        rule=rule,
        source=decision.source,
        policy_version=around.policy.version,
    )
    if last is None or last.terms == decision.terms:
        return (applied,)
    return (*notices_until(case, around.policy, around.at, around.now), applied)
