"""Commands on one case, and on two: from a request to events."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from attrs import evolve, frozen

from scskit.core import commands as cmd
from scskit.core import escalation_commands as escalation
from scskit.core import events as ev
from scskit.core.case import PRIORITIES, Case, CaseState
from scskit.core.engine import known
from scskit.core.errors import IllegalTransition, NotFound, NotPermitted
from scskit.core.ids import CaseId
from scskit.core.interaction import Interaction
from scskit.core.lifecycle import require_transition, require_unfinished
from scskit.core.policy import Policy
from scskit.core.skills import strictest
from scskit.core.sla_policy import HUMAN
from scskit.core.waits import waiting


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


def merge(
    source: Case, target: Case, interactions: Sequence[Interaction], request: Request
) -> Events:
    """Merge ``source`` into ``target``, which wakes if somebody should act on ``source``.

    Args:
        source: the case that ends; it keeps its log.
        target: the case that goes on.
        interactions: the interactions of both, which all belong to ``target`` afterwards.
        request: who asks, why and when.

    Returns:
        The events of both cases.

    Raises:
        IllegalTransition: they are the same case, or one of them is finished.
    """
    if source.id == target.id:
        message = f"case {source.id} cannot be merged into itself"
        raise IllegalTransition(message)
    require_unfinished(target, "merge")
    require_transition(source, "merged")
    moved = tuple(i.id for i in interactions if i.case_id == source.id)
    wakes = source.category == "active" and target.category != "active"
    woken = (ev.StateChanged(state="open", **request.header(target.id)),) if wakes else ()
    return (
        ev.StateChanged(state="merged", merged_into=target.id, **request.header(source.id)),
        ev.InteractionsMoved(
            other=source.id,
            relation="merged_from",
            interactions=moved,
            tally=_both_waits(source, target, tally(interactions, _answers(request.policy))),
            **request.header(target.id),
        ),
        *woken,
        *escalation.take_along(source, target, request),
    )


def _both_waits(source: Case, target: Case, counted: ev.Tally) -> ev.Tally:
    """Let everybody go on waiting who waits: an answer in one case was none to the other."""
    waits = tuple(sorted({*source.unanswered, *target.unanswered}))
    answers = [a for a in (source.answered_at, target.answered_at) if a is not None]
    opened = min(source.opened_at, target.opened_at)
    early = sorted((*source.early_answers, *target.early_answers))
    firsts = [f for f in (source.first_response_at, target.first_response_at) if f is not None]
    firsts.extend(answer for answer in early if answer >= opened)
    goes_on = bool(target.unanswered) or not waits
    cycle = target.cycle if goes_on else target.cycle + 1
    if waits and answers:
        cycle = max(cycle, 2)  # somebody was answered: the first response is over
    return evolve(
        counted,
        unanswered=waits,
        answered_at=max(answers, default=None),
        first_response_at=min(firsts, default=None),
        early_answers=tuple(answer for answer in early if answer < opened),
        cycle=cycle,
        answers=source.answers + target.answers,
    )


def split(
    case: Case,
    staying: Sequence[Interaction],
    leaving: Sequence[Interaction],
    new_id: CaseId,
    request: Request,
) -> Events:
    """Split some interactions off into a case of their own.

    Args:
        case: the case to split.
        staying: the interactions that stay.
        leaving: the interactions that leave.
        new_id: the id of the new case.
        request: who asks, why and when.

    Returns:
        The events of the new case, and the one of the old case at the end.

    Raises:
        IllegalTransition: the case is finished, or one of the two parts would have no customer
            message.
    """
    require_unfinished(case, "split")
    first = min(
        (i for i in leaving if i.direction == "inbound"), key=lambda i: i.posted_at, default=None
    )
    if (
        first is None
        or first.identity_id is None
        or not any(i.direction == "inbound" for i in staying)
    ):
        message = f"splitting case {case.id}: both parts need at least one customer message"
        raise IllegalTransition(message)
    moved = tuple(i.id for i in leaving)
    header = request.header(new_id)
    opened = ev.CaseOpened(
        account_id=case.account_id,
        thread_id=first.thread_id,
        identity_id=first.identity_id,
        visibility=first.visibility,
        opened_at=first.posted_at,
        policy_version=request.policy.version,
        customer_id=case.customer_id if first.identity_id == case.identity_id else None,
        tier=case.tier if first.identity_id == case.identity_id else None,
        **header,
    )
    return (
        opened,
        ev.InteractionsMoved(
            other=case.id,
            relation="split_from",
            interactions=moved,
            tally=tally(leaving, _answers(request.policy)),
            **header,
        ),
        *_inherited(case, header, request),
        ev.InteractionsMoved(
            other=new_id,
            relation="split_into",
            interactions=moved,
            tally=tally(staying, _answers(request.policy)),
            **request.header(case.id),
        ),
    )


def _inherited(case: Case, header: dict[str, Any], request: Request) -> Events:
    triaged = ev.CaseTriaged(
        reason=case.reason,
        priority=case.priority,
        severity=case.severity,
        contact_type=case.contact_type,
        language=case.language,
        sentiment=case.sentiment,
        engagement=case.engagement,
        engagement_code=case.engagement_code,
        policy_version=request.policy.version,
        why=(f"taken over from case {case.id}",),
        **header,
    )
    if case.queue is None:
        return (triaged,)
    routed = ev.CaseRouted(
        queue=case.queue,
        team=case.team,
        policy_version=request.policy.version,
        rule=f"taken over from case {case.id}",
        source="split",
        skills=case.skills,
        **header,
    )
    return triaged, routed


def _answers(policy: Policy) -> Collection[str]:
    return policy.sla.answers if policy.sla else HUMAN


def tally(interactions: Iterable[Interaction], answers: Collection[str] = HUMAN) -> ev.Tally:
    """Count messages and find the times that follow from them (see ``Case``).

    Args:
        interactions: the messages, in any order.
        answers: which messages of the brand answer a customer (``AnswerKind``).
    """
    known_ones = list(interactions)
    inbound = [i.posted_at for i in known_ones if i.direction == "inbound"]
    outbound = [i.posted_at for i in known_ones if i.direction == "outbound"]
    human = [
        i.posted_at
        for i in known_ones
        if i.direction == "outbound" and ("bot" if i.automated else i.visibility) in answers
    ]
    opened = min(inbound, default=None)
    waits = waiting(inbound, human)
    return ev.Tally(
        inbound_count=len(inbound),
        outbound_count=len(outbound),
        opened_at=opened,
        first_response_at=min((t for t in human if opened and t >= opened), default=None),
        last_inbound_at=max(inbound, default=None),
        last_outbound_at=max(outbound, default=None),
        early_answers=tuple(t for t in human if opened is None or t < opened),
        threads=tuple(dict.fromkeys(i.thread_id for i in known_ones)),
        unanswered=waits.unanswered,
        answered_at=waits.answered_at,
        cycle=waits.cycle,
        answers=waits.answers,
    )
