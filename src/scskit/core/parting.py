"""Two cases into one, and one into two: who waits, and what was answered, goes along."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from attrs import evolve

from scskit.core import escalation_commands as escalation
from scskit.core import events as ev
from scskit.core.case import Case
from scskit.core.deciding import Events, Request
from scskit.core.errors import IllegalTransition
from scskit.core.ids import CaseId
from scskit.core.interaction import Interaction
from scskit.core.lifecycle import require_transition, require_unfinished
from scskit.core.policy import Policy
from scskit.core.sla_policy import HUMAN
from scskit.core.waits import waiting


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
