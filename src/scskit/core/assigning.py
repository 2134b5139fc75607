"""Giving work to agents: from a choice to events, and what may not be."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from scskit.core import events as ev
from scskit.core.case import Case
from scskit.core.deciding import Events, Request
from scskit.core.errors import IllegalTransition, NotPermitted
from scskit.core.lifecycle import require_unfinished
from scskit.core.policy import Policy
from scskit.core.waiting import Waiting
from scskit.core.why import Why
from scskit.core.work_events import CaseOffered, OfferDeclined


def waits(case: Case) -> bool:
    """Tell whether a case waits for an agent: active, and neither owned nor offered."""
    return (
        case.category == "active"
        and case.agent is None
        and case.offered_to is None
        and case.queue is not None
        and case.queued_at is not None
    )


def weight_of(account_id: str, visibility: str, policy: Policy) -> float:
    """Return how much of an agent's capacity a case takes.

    Args:
        account_id: the account it came in by.
        visibility: of its thread.
        policy: the policy in force.
    """
    account = policy.accounts.get(account_id)
    network = account.network if account else account_id.partition(".")[0]
    return policy.work.weight(network, visibility)


def as_waiting(case: Case, due_at: datetime | None, policy: Policy) -> Waiting:
    """Return what the order of work and the choice of an agent depend on.

    Args:
        case: the case; it is in a queue.
        due_at: when the first of its running clocks is due.
        policy: the policy in force.
    """
    return Waiting(
        id=case.id,
        queue=case.queue or policy.default_queue,
        queued_at=case.queued_at or case.opened_at,
        priority=case.priority,
        due_at=due_at,
        level=case.level,
        skills=case.skills,
        weight=weight_of(case.account_id, case.visibility, policy),
        last_agent=case.last_agent,
        last_agent_at=case.last_agent_at,
        refusals=case.refusals,
        accounts=delegable(case.account_id, case.other_threads, policy),
    )


def delegable(account_id: str, other_threads: Iterable[str], policy: Policy) -> tuple[str, ...]:
    """Return the accounts that somebody must be allowed to work on for a case, sorted.

    Args:
        account_id: the account it came in by.
        other_threads: further threads that belong to it.
        policy: the policy in force; nothing unless it limits somebody to some accounts.
    """
    return accounts_of(account_id, other_threads) if policy.delegates else ()


def accounts_of(account_id: str, other_threads: Iterable[str]) -> tuple[str, ...]:
    """Return every account that messages of a case came in by, sorted; see ``delegable``."""
    return tuple(sorted({account_id, *(thread.partition(":")[0] for thread in other_threads)}))


def give(
    case: Case, agent: str, why: Why | None, request: Request, *, over_capacity: bool = False
) -> Events:
    """Make an agent the owner of a case; a new case becomes open.

    Args:
        case: the case.
        agent: who gets it.
        why: how the agent was found.
        request: who asks, why and when.
        over_capacity: whether the agent has no capacity left for it.
    """
    header = request.header(case.id)
    assigned = ev.CaseAssigned(agent=agent, why=why, over_capacity=over_capacity, **header)
    if case.state == "new":
        return assigned, ev.StateChanged(state="open", **header)
    return (assigned,)


def give_back(case: Case, request: Request) -> Events:
    """Let a case wait in its queue again; it keeps its age."""
    require_unfinished(case, "release")
    return (ev.CaseAssigned(agent=None, **request.header(case.id)),) if case.agent else ()


def offer(case: Case, agent: str, until: datetime, why: Why | None, request: Request) -> Events:
    """Offer a case to an agent, who has until ``until`` to accept it.

    Raises:
        IllegalTransition: the case waits for nobody, or is offered already.
    """
    if not waits(case):
        message = f"case {case.id} is {_whereabouts(case)}: it cannot be offered to {agent}"
        raise IllegalTransition(message)
    return (CaseOffered(agent=agent, until=until, why=why, **request.header(case.id)),)


def accept(case: Case, agent: str, request: Request) -> Events:
    """Take what was offered.

    Raises:
        IllegalTransition: it is not offered to this agent, or no longer.
    """
    _require_offer(case, agent, "accept")
    if case.offer_until is not None and request.at >= case.offer_until:
        message = (
            f"case {case.id}: the offer to {agent} ended at {case.offer_until.isoformat()}, "
            "and the case goes to somebody else"
        )
        raise IllegalTransition(message)
    return give(case, agent, Why(rule="accepted"), request)


def decline(case: Case, agent: str, request: Request) -> Events:
    """Refuse what was offered; the case waits on, as old as it is.

    Raises:
        IllegalTransition: it is not offered to this agent.
    """
    _require_offer(case, agent, "decline")
    return (OfferDeclined(agent=agent, **request.header(case.id)),)


def require_absent(case: Case, owner_is_there: bool) -> None:  # noqa: FBT001  the one question
    """Check that a case may be taken from its owner.

    Raises:
        IllegalTransition: nobody has it, or it is finished.
        NotPermitted: the owner is there.
    """
    require_unfinished(case, "take over")
    if case.agent is None:
        message = f"case {case.id} is {_whereabouts(case)}: there is nobody to take it over from"
        raise IllegalTransition(message)
    if owner_is_there:
        message = f"case {case.id} belongs to {case.agent}, who is online and on shift"
        raise NotPermitted(message)


def _require_offer(case: Case, agent: str, what: str) -> None:
    if case.offered_to != agent:
        message = f"case {case.id} is {_whereabouts(case)}: {agent} has nothing to {what}"
        raise IllegalTransition(message)


def _whereabouts(case: Case) -> str:
    if case.offered_to is not None:
        return f"offered to {case.offered_to}"
    if case.agent is not None:
        return f"{case.state} and belongs to {case.agent}"
    return f"{case.state} in queue {case.queue}"
