"""Decisions about escalations: offering, accepting, returning, and what follows from silence."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import frozen

from scskit.core import commands as cmd
from scskit.core import escalation_events as ee
from scskit.core import events as ev
from scskit.core.case import Case
from scskit.core.engine import known
from scskit.core.errors import IllegalTransition, NotFound, NotPermitted
from scskit.core.escalation import NEXT, EscalationPolicy, Offer, Owner, Takeover, level_name
from scskit.core.policy import Policy

if TYPE_CHECKING:
    from scskit.core.deciding import Request

Events = tuple[ev.Event, ...]

SYSTEM = "system:escalation"
BY_HAND = "by_hand"
EXPIRED = "expired"
"""What leads to an escalation besides the triggers of rules."""


@frozen(kw_only=True)
class Cause:
    """Why a case should be escalated.

    Attributes:
        trigger: what a rule fires on, ``by_hand`` or ``expired``.
        evidence: what it was found on.
        rule: the rule; empty without one.
        occasion: what the rule fires once for; empty for the case.
        late: whether it was noticed well after it happened.
    """

    trigger: str
    evidence: str
    rule: str = ""
    occasion: str = ""
    late: bool = False


def wanted(case: Case, to: str, policy: EscalationPolicy) -> Owner | None:
    """Return who is meant: a level or an area by name, or with ``next`` the level above.

    Returns:
        None if ``next`` is asked for and the case is at the top.

    Raises:
        NotFound: no such level or area is declared.
    """
    if to == NEXT:
        return policy.above(case.level)
    owner = policy.owner(to)
    if owner is None:
        declared = ", ".join(policy.names) or "none"
        message = f"level or area {to!r} is not declared in the desk file; there is: {declared}"
        raise NotFound(message)
    return owner


def has(case: Case, owner: Owner) -> bool:
    """Tell whether a level or an area has the case."""
    if owner.level is None:
        return case.escalation.area == owner.name
    return case.escalation.area is None and owner.level <= case.level


def offer_to(case: Case, owner: Owner) -> Offer | None:
    """Return an open offer to a level or an area, or to a level above it."""
    return next((offer for offer in case.escalation.offers if _covers(offer, owner)), None)


def _covers(offer: Offer, owner: Owner) -> bool:
    if owner.level is None or offer.level is None:
        return offer.to == owner.name
    return offer.level >= owner.level


def ask(
    case: Case, to: str, cause: Cause, policy: Policy, header: dict[str, Any]
) -> ee.CaseEscalated | ee.EscalationReminded:
    """Offer a case to a level or an area, or remind them if they have it or were asked already.

    Args:
        case: the case as it is.
        to: whom, as ``wanted`` takes it.
        cause: why.
        policy: the policy in force.
        header: what every event says.

    Raises:
        NotFound: no such level or area is declared.
    """
    owner = wanted(case, to, policy.escalation)
    if owner is None:
        return _reminder(case, level_name(case.level), cause, policy, header)
    if offer := offer_to(case, owner):
        return _reminder(case, offer.to, cause, policy, header, offer.number)
    if has(case, owner):
        return _reminder(case, owner.name, cause, policy, header)
    return _offer(case, owner, cause, policy, header)


def _reminder(  # noqa: PLR0913, PLR0917  who, why, when, and about which escalation
    case: Case,
    to: str,
    cause: Cause,
    policy: Policy,
    header: dict[str, Any],
    number: int | None = None,
) -> ee.EscalationReminded:
    accepted = case.escalation.accepted
    if number is None:
        number = accepted[-1].number if accepted else 0
    return ee.EscalationReminded(
        number=number,
        to=to,
        **_why(cause, policy),
        told=_told(to, policy),
        **header,
    )


def _offer(
    case: Case, owner: Owner, cause: Cause, policy: Policy, header: dict[str, Any]
) -> ee.CaseEscalated:
    calendar = policy.calendars.get(owner.calendar) if owner.calendar else None
    return ee.CaseEscalated(
        number=case.escalation.count + 1,
        to=owner.name,
        level=owner.level,
        **_why(cause, policy),
        told=owner.tell,
        due=acknowledge_by(owner, policy, header["at"]),
        calendar=owner.calendar,
        calendar_version=calendar.version if calendar else None,
        **header,
    )


def _why(cause: Cause, policy: Policy) -> dict[str, Any]:
    return {
        "trigger": cause.trigger,
        "rule": cause.rule,
        "occasion": cause.occasion,
        "evidence": cause.evidence,
        "late": cause.late,
        "policy_version": policy.version,
    }


def acknowledge_by(owner: Owner, policy: Policy, since: datetime) -> datetime | None:
    """Return until when an offer stands that is made at ``since``; None for ever."""
    if owner.acknowledge is None:
        return None
    if owner.calendar is None:
        return since + owner.acknowledge
    return policy.calendars[owner.calendar].due(since, owner.acknowledge)


def _told(name: str, policy: Policy) -> tuple[str, ...]:
    owner = policy.escalation.owner(name)
    return owner.tell if owner else ()


# What people ask for.


def escalate(case: Case, command: cmd.Escalate, request: Request) -> Events:
    """Offer a case to somebody else because a person says so.

    Raises:
        IllegalTransition: the case is done, or who is asked has it already.
        NotFound: no such level or area is declared.
    """
    _require_undone(case, "escalate")
    owner = wanted(case, command.to, request.policy.escalation)
    if owner is None:
        message = f"case {case.id} is at {level_name(case.level)}, and no level is above that"
        raise IllegalTransition(message)
    if has(case, owner):
        message = f"case {case.id} is with {owner.name} already"
        raise IllegalTransition(message)
    cause = Cause(trigger=BY_HAND, evidence=request.because)
    return (ask(case, owner.name, cause, request.policy, request.header(case.id)),)


def accept(case: Case, command: cmd.AcceptEscalation, request: Request) -> Events:
    """Take over a case that is offered; it leaves whoever had it.

    Raises:
        IllegalTransition: nothing is offered (to them), or the offer has expired.
        NotFound: the agent is not declared.
        NotPermitted: the agent's level is too low.
    """
    _require_undone(case, "accept_escalation")
    offer = _chosen(case, case.escalation.offers, command.to)
    _require_standing(case, offer, request.at)
    _require_able(command.agent, max(case.level, offer.level or 0), case, request.policy)
    header = request.header(case.id)
    taken = ee.EscalationAccepted(number=offer.number, to=offer.to, level=offer.level, **header)
    owner = request.policy.escalation.owner(offer.to)
    queue = owner.queue if owner else None
    return taken, *_hand_over(case, queue, command.agent, offer.to, request)


def give_back(case: Case, command: cmd.ReturnEscalation, request: Request) -> Events:
    """Decline an offer, or give a case back to whoever had it before.

    Raises:
        IllegalTransition: there is nothing to return, the offer has expired, or no reason is given.
    """
    _require_undone(case, "return_escalation")
    if not request.because:
        message = f"returning case {case.id} needs a reason: what should happen instead"
        raise IllegalTransition(message)
    escalation = case.escalation
    live: tuple[Offer | Takeover, ...] = (*escalation.offers, *escalation.accepted[-1:])
    found = _chosen(case, live, command.to)
    header = request.header(case.id)
    returned = ee.EscalationReturned(number=found.number, to=found.to, **header)
    if isinstance(found, Offer):
        _require_standing(case, found, request.at)
        return (returned,)
    policy = request.policy
    queue = found.queue_before if found.queue_before in policy.queues else None
    agent = found.agent_before
    if policy.agents and agent not in policy.agents:
        agent = None
    return returned, *_hand_over(case, queue, agent, found.to, request)


def _hand_over(
    case: Case, queue: str | None, agent: str | None, to: str, request: Request
) -> Iterable[ev.Event]:
    header = request.header(case.id)
    if queue is not None and queue != case.queue:
        place = known(request.policy.queues, queue, "queue")
        yield ev.CaseRouted(
            queue=place.name,
            team=place.team,
            policy_version=request.policy.version,
            rule=f"escalation to {to}",
            source=request.by,
            **header,
        )
    if agent != case.agent:
        yield ev.CaseAssigned(agent=agent, **header)
    if case.state == "new" and agent is not None:
        yield ev.StateChanged(state="open", **header)


Live = TypeVar("Live", bound=Offer | Takeover)


def _chosen(case: Case, found: tuple[Live, ...], to: str | None) -> Live:
    matching = [one for one in found if to is None or one.to == to]
    if len(matching) == 1:
        return matching[0]
    there = ", ".join(one.to for one in found) or "none"
    which = f" to {to}" if to else ""
    what = "several open escalations, name one" if matching else f"no open escalation{which}"
    message = f"case {case.id} has {what}; there is: {there}"
    raise IllegalTransition(message)


def _require_undone(case: Case, what: str) -> None:
    if case.category == "done":
        message = f"case {case.id} is {case.state}: {what} is not possible"
        raise IllegalTransition(message)


def _require_standing(case: Case, offer: Offer, at: datetime) -> None:
    """Refuse what comes too late, whether somebody has noticed the expiry by then or not."""
    if offer.due is not None and at > offer.due:
        message = f"the offer of case {case.id} to {offer.to} expired at {offer.due.isoformat()}"
        raise IllegalTransition(message)


def _require_able(name: str | None, level: int, case: Case, policy: Policy) -> None:
    if name is None or not policy.agents:
        return
    agent = known(policy.agents, name, "agent")
    if agent.level < level:
        message = (
            f"agent {agent.name} works up to level L{agent.level}; case {case.id} needs L{level}"
        )
        raise NotPermitted(message)


# What follows from silence.


def next_expiry(case: Case) -> datetime | None:
    """Return until when the first of a case's offers stands, if one ends."""
    return min((o.due for o in case.escalation.offers if o.due is not None), default=None)


def expire(case: Case, policy: Policy, until: datetime, tolerance: timedelta) -> Events:
    """Let the first offer expire whose time has passed, and ask the next level instead.

    Args:
        case: the case as it is.
        policy: the policy in force.
        until: what is due before this instant has expired.
        tolerance: how long after its instant an expiry is still noticed in time.

    Returns:
        The events, at the instant of the expiry; nothing if no offer has expired.
    """
    ending = [(o.due, o.number, o) for o in case.escalation.offers if o.due is not None]
    due, _, offer = min(ending, default=(None, 0, None))
    if due is None or offer is None or due >= until:
        return ()
    late = until - due > tolerance
    header: dict[str, Any] = {"case_id": case.id, "at": due, "by": SYSTEM}
    above = policy.escalation.above(max(case.level, offer.level or 0))
    expired = ee.EscalationExpired(
        number=offer.number,
        to=offer.to,
        then=above.name if above else None,
        told=() if above else _everybody(case, offer, policy),
        late=late,
        **header,
    )
    if above is None or offer_to(case, above):
        return (expired,)
    evidence = f"{offer.to} did not acknowledge by {due.isoformat()}"
    cause = Cause(trigger=EXPIRED, evidence=evidence, rule=offer.rule, late=late)
    return expired, _offer(case, above, cause, policy, header)


def _everybody(case: Case, offer: Offer, policy: Policy) -> tuple[str, ...]:
    """Return whom to tell when nobody is left to ask: all who were, once each."""
    levels = [o.name for o in policy.escalation.levels if (o.level or 0) >= case.level]
    asked = (name for owner in (*levels, offer.to) for name in _told(owner, policy))
    return tuple(dict.fromkeys(asked))
