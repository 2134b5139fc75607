"""What people do about escalations: ask for one, take a case over, give it back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from attrs import evolve

from scskit.core import commands as cmd
from scskit.core import escalation_events as ee
from scskit.core import events as ev
from scskit.core.case import Case
from scskit.core.engine import known
from scskit.core.errors import IllegalTransition, NotPermitted
from scskit.core.escalating import (
    BY_HAND,
    MERGED,
    Cause,
    Events,
    ask,
    has,
    offer_anew,
    offer_to,
    wanted,
)
from scskit.core.escalation import Offer, Takeover, level_name
from scskit.core.policy import Policy

if TYPE_CHECKING:
    from scskit.core.deciding import Request


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


def take_along(source: Case, target: Case, request: Request) -> Events:
    """Let offers that nobody has accepted yet go along with a case that is merged.

    Each stands as long as it would have. The case that goes on keeps its owner.

    Args:
        source: the case that ends.
        target: the case that goes on.
        request: who merges them, why and when.
    """
    policy = request.policy
    events: list[ev.Event] = []
    for offer in source.escalation.offers:
        owner = policy.escalation.owner(offer.to)
        if owner is None or has(target, owner) or offer_to(target, owner):
            continue
        evidence = f"offered for case {source.id}, which was merged into this one"
        cause = Cause(trigger=MERGED, evidence=evidence, rule=offer.rule)
        again = offer_anew(target, owner, cause, policy, request.header(target.id))
        events.append(evolve(again, number=again.number + len(events), due=offer.due))
    return tuple(events)
