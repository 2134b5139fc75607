"""Commands on one case, and on two: from a request to events."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from attrs import frozen

from scskit.core import commands as cmd
from scskit.core import escalation_commands as escalation
from scskit.core import events as ev
from scskit.core.case import PRIORITIES, Case, CaseState
from scskit.core.engine import known
from scskit.core.errors import IllegalTransition, NotFound, NotPermitted
from scskit.core.ids import CaseId
from scskit.core.lifecycle import require_transition, require_unfinished
from scskit.core.policy import Policy
from scskit.core.skills import strictest


@frozen(kw_only=True)
class Request:
    """Who asks, why, when, and under which policy.

    Attributes:
        by: the actor, such as ``agent:ana``.
        because: the reason given.
        at: when.
        policy: the policy in force.
    """

    by: str
    because: str
    at: datetime
    policy: Policy

    def header(self, case_id: CaseId) -> dict[str, Any]:
        """Return the attributes that every event of this request shares."""
        return {"case_id": case_id, "at": self.at, "by": self.by, "because": self.because}


Events = tuple[ev.Event, ...]


def decide(case: Case, command: cmd.Command, request: Request) -> Events:
    """Decide what a command makes of a case.

    Args:
        case: the case as it is.
        command: what is asked.
        request: who asks, why and when.

    Returns:
        The events; none when the case is already as asked.

    Raises:
        IllegalTransition: the case's state does not allow it.
        NotFound: the command names an agent, queue or reason that is not declared.
        NotPermitted: the agent's level is below the case's.
    """
    return _DECISIONS[type(command)](case, command, request)


def _assign(case: Case, command: cmd.Assign, request: Request) -> Events:
    require_unfinished(case, "assign")
    if command.agent == case.agent:
        return ()
    if command.agent is not None and request.policy.agents:
        agent = known(request.policy.agents, command.agent, "agent")
        if agent.level < case.level:
            message = (
                f"agent {agent.name} works up to level L{agent.level}; "
                f"case {case.id} is at L{case.level}"
            )
            raise NotPermitted(message)
    header = request.header(case.id)
    assigned = ev.CaseAssigned(agent=command.agent, over_capacity=command.over_capacity, **header)
    if case.state == "new" and command.agent is not None:
        return assigned, ev.StateChanged(state="open", **header)
    return (assigned,)


def _route(case: Case, command: cmd.Route, request: Request) -> Events:
    require_unfinished(case, "route")
    queue = known(request.policy.queues, command.queue, "queue")
    if queue.name == case.queue:
        return ()
    header = request.header(case.id)
    routed = ev.CaseRouted(
        queue=queue.name,
        team=queue.team,
        policy_version=request.policy.version,
        rule="by hand",
        source=request.by,
        skills=strictest(queue.skills),
        **header,
    )
    if case.agent is None:
        return (routed,)
    return routed, ev.CaseAssigned(agent=None, **header)


def _set_reason(case: Case, command: cmd.SetReason, request: Request) -> Events:
    require_unfinished(case, "set_reason")
    if command.reason == case.reason:
        return ()
    if command.reason is not None:
        known(request.policy.reasons.nodes, command.reason, "reason")
    return (ev.ReasonSet(reason=command.reason, **request.header(case.id)),)


def _set_priority(case: Case, command: cmd.SetPriority, request: Request) -> Events:
    require_unfinished(case, "set_priority")
    if command.priority not in PRIORITIES:
        message = f"priority {command.priority!r} does not exist; there is {', '.join(PRIORITIES)}"
        raise NotFound(message)
    if command.priority == case.priority:
        return ()
    return (ev.PrioritySet(priority=command.priority, **request.header(case.id)),)


def _add_note(case: Case, command: cmd.AddNote, request: Request) -> Events:
    sla = request.policy.sla
    answers = sla is not None and "note" in sla.answers
    return (
        ev.NoteAdded(
            note_id=command.note_id,
            digest=command.digest,
            answers=answers,
            **request.header(case.id),
        ),
    )


def _move(state: CaseState) -> Callable[[Case, Any, Request], Events]:
    def decision(case: Case, command: object, request: Request) -> Events:
        require_transition(case, state)
        return (
            ev.StateChanged(
                state=state,
                code=getattr(command, "code", None),
                until=getattr(command, "until", None),
                **request.header(case.id),
            ),
        )

    return decision


def _reopen(case: Case, _: cmd.Reopen, request: Request) -> Events:
    if case.state != "solved":
        message = f"case {case.id} is {case.state}: only a solved case can be reopened"
        raise IllegalTransition(message)
    return (ev.StateChanged(state="open", **request.header(case.id)),)


def _resume(case: Case, _: cmd.Resume, request: Request) -> Events:
    if case.category != "waiting":
        message = f"case {case.id} is {case.state}: it is not waiting for anything"
        raise IllegalTransition(message)
    return (ev.StateChanged(state="open", **request.header(case.id)),)


def _dismiss(case: Case, command: cmd.Dismiss, request: Request) -> Events:
    if not command.code:
        message = f"dismissing case {case.id} needs a code that says why nobody answers"
        raise IllegalTransition(message)
    return _move("dismissed")(case, command, request)


def _link(case: Case, command: cmd.Link, request: Request) -> Events:
    if command.other == case.id:
        message = f"case {case.id} cannot be linked to itself"
        raise IllegalTransition(message)
    if any(r.case_id == command.other and r.relation == command.relation for r in case.related):
        return ()
    header = request.header(case.id)
    return (ev.CaseLinked(other=command.other, relation=command.relation, **header),)


def _identify(case: Case, command: cmd.Identify, request: Request) -> Events:
    if command.customer_id == case.customer_id and command.tier == case.tier:
        return ()
    return (
        ev.CustomerIdentified(
            customer_id=command.customer_id,
            tier=command.tier,
            assurance=command.assurance,
            evidence=command.evidence,
            **request.header(case.id),
        ),
    )


_DECISIONS: dict[type[Any], Callable[[Case, Any, Request], Events]] = {
    cmd.Assign: _assign,
    cmd.Route: _route,
    cmd.SetReason: _set_reason,
    cmd.SetPriority: _set_priority,
    cmd.AddNote: _add_note,
    cmd.Solve: _move("solved"),
    cmd.Reopen: _reopen,
    cmd.Close: _move("closed"),
    cmd.Wait: _move("pending"),
    cmd.Hold: _move("on_hold"),
    cmd.Resume: _resume,
    cmd.Snooze: _move("snoozed"),
    cmd.Dismiss: _dismiss,
    cmd.Link: _link,
    cmd.Identify: _identify,
    cmd.Escalate: escalation.escalate,
    cmd.AcceptEscalation: escalation.accept,
    cmd.ReturnEscalation: escalation.give_back,
}
