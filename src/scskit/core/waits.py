"""Who waits since when: what messages, states and clocks leave behind on a case.

These are facts: they follow from the log alone. ``unanswered`` and ``answered_at`` do not depend on
the order in which messages arrive; what a calendar makes of them is told by ``core.clocks``.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from scskit.core.case import CATEGORY, Case
from scskit.core.terms import Applied, Notice, Stretch

if TYPE_CHECKING:
    from scskit.core import events as ev


MOST_UNANSWERED = 100
"""So many instants are kept of messages that nobody has answered.

Where somebody wrote more and an answer comes to light that was given in between, the next wait
begins with the oldest of them that was kept.
"""


def counts(event: ev.InteractionAdded) -> bool:
    """Tell whether a message of the brand answers the customer.

    What the policy of that time said stands in the event where it differs from the rule that
    every human message does.
    """
    return not event.automated if event.answers is None else event.answers


def asked(case: Case, posted: datetime) -> dict[str, Any]:
    """Return what changes when the customer wrote at ``posted``."""
    if case.answered_at is not None and posted <= case.answered_at:
        return {}
    if not case.unanswered:
        return {"unanswered": (posted,), "cycle": case.cycle + 1}
    if posted in case.unanswered:
        return {}
    waiting = list(case.unanswered)
    insort(waiting, posted)
    return {"unanswered": _bounded(waiting)}


def _bounded(waiting: Sequence[datetime]) -> tuple[datetime, ...]:
    """Keep the first, which tells since when, and the latest."""
    if len(waiting) <= MOST_UNANSWERED:
        return tuple(waiting)
    return (waiting[0], *waiting[1 - MOST_UNANSWERED :])


def answered(case: Case, posted: datetime) -> dict[str, Any]:
    """Return what changes when the brand answered at ``posted``.

    Whoever wrote later still waits: for the next answer, in a cycle of their own.
    """
    if case.answered_at is not None and posted <= case.answered_at:
        return {}
    changes: dict[str, Any] = {"answered_at": posted, "answers": case.answers + 1}
    if case.unanswered and case.unanswered[0] <= posted:
        left = tuple(instant for instant in case.unanswered if instant > posted)
        changes["unanswered"] = left
        if left:
            changes["cycle"] = case.cycle + 1
    return changes


def moved(case: Case, event: ev.StateChanged) -> dict[str, Any]:
    """Return what changes when a case moves to another state.

    Nobody waits for an answer in a case that is done: that ends a wait, without fulfilling it.
    """
    to, at = event.state, event.at
    changes: dict[str, Any] = {}
    pauses = case.pauses
    if pauses and pauses[-1].until is None:
        pauses = (*pauses[:-1], evolve(pauses[-1], until=at))
    if CATEGORY[to] == "waiting" or to == "solved":
        pauses = (*pauses, Stretch(to, at))
    if pauses is not case.pauses:
        changes["pauses"] = pauses
    if CATEGORY[to] == "done" and case.unanswered:
        changes["unanswered"] = ()
    return changes


@frozen(kw_only=True)
class Waiting:
    """What a set of messages says about waiting (see ``Case``)."""

    unanswered: tuple[datetime, ...]
    answered_at: datetime | None
    cycle: int
    answers: int


def waiting(inbound: Iterable[datetime], answers: Iterable[datetime]) -> Waiting:
    """Tell who waits, from messages in any order.

    Args:
        inbound: when the customer wrote.
        answers: when the brand answered.
    """
    came = sorted({*((at, False) for at in inbound), *((at, True) for at in answers)})
    left: list[datetime] = []
    answered_at: datetime | None = None
    cycle = count = 0
    for at, is_answer in came:
        if is_answer:
            left, answered_at, count = [], at, count + 1
        elif answered_at is None or at > answered_at:
            cycle += not left
            left.append(at)
    return Waiting(unanswered=_bounded(left), answered_at=answered_at, cycle=cycle, answers=count)


def applied(case: Case, event: ev.SlaApplied) -> dict[str, Any]:
    """Return what changes when terms are applied to a case's clocks."""
    sla = case.sla
    if sla and sla[-1].terms == event.terms:  # another policy says the same: nothing begins anew
        return {"sla": (*sla[:-1], evolve(sla[-1], policy_version=event.policy_version))}
    return {"sla": (*sla, _applied(event, retroactive=False))}


def recalculated(case: Case, event: ev.SlaRecalculated) -> dict[str, Any]:
    """Return what changes when a case's clocks are counted anew from their beginning."""
    return {"sla": (*case.sla, _applied(event, retroactive=True))}


def _applied(event: ev.SlaApplied | ev.SlaRecalculated, *, retroactive: bool) -> Applied:
    return Applied(
        since=event.at,
        terms=event.terms,
        policy_version=event.policy_version,
        rule=event.rule,
        source=event.source,
        retroactive=retroactive,
    )


def warned(case: Case, event: ev.SlaWarned) -> dict[str, Any]:
    """Return what changes when a clock warned."""
    said = Notice("warned", event.clock, event.instance, event.since, event.due, event.mark)
    return {"notices": (*case.notices, said)}


def breached(case: Case, event: ev.SlaBreached) -> dict[str, Any]:
    """Return what changes when a clock ran out."""
    said = Notice("breached", event.clock, event.instance, event.since, event.due)
    return {"notices": (*case.notices, said)}


def voided(case: Case, event: ev.SlaVoided) -> dict[str, Any]:
    """Return what changes when late evidence takes a breach back."""
    said = Notice("voided", event.clock, event.instance, event.since, event.due)
    return {"notices": (*case.notices, said)}
