"""Counting a case's clocks anew from their beginning: asked for, audited, never by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from scskit.core import events as ev
from scskit.core.clocks import notices_until
from scskit.core.consequences import void
from scskit.core.errors import IllegalTransition
from scskit.core.explaining import Life, judge, notices_of, replay, standing_breach
from scskit.core.lifecycle import evolve
from scskit.core.promising import NO_TERMS, decide_terms

if TYPE_CHECKING:
    from scskit.core.case import Case
    from scskit.core.deciding import Events, Request
    from scskit.core.sla import SlaTargets


def recalculate(
    log: Iterable[ev.Event], request: Request, asked: SlaTargets | None = None
) -> Events:
    """Apply what is promised today to a case from its beginning, closed clocks included.

    Args:
        log: all events of the case.
        request: who asks, why and when.
        asked: what a plugin answered about the targets.

    Returns:
        The new terms, then what they take back and what they make late.

    Raises:
        IllegalTransition: nothing is promised for this case, now or before.
    """
    case, lives = replay(log)
    decision = decide_terms(case, request.policy, asked) or NO_TERMS
    if decision is NO_TERMS and not case.sla:
        message = f"case {case.id} has no clocks: nothing is promised for it"
        raise IllegalTransition(message)
    anew = ev.SlaRecalculated(
        terms=decision.terms,
        rule=decision.rule,
        source=decision.source,
        policy_version=request.policy.version,
        **request.header(case.id),
    )
    case = evolve(case, anew)
    changes = [event for life in lives for event in _changes(case, life, request)]
    for event in changes:
        case = evolve(case, event)
    return (anew, *changes, *notices_until(case, request.policy, request.at, request.at))


def _changes(case: Case, life: Life, request: Request) -> Iterator[ev.Event]:
    """Yield what a clock says otherwise now: a breach that is none, or one that was not."""
    unsaid = case.replace(notices=())
    found = judge(unsaid, life, request.policy, request.at)
    late = found is not None and found.state == "breached"
    stands = standing_breach(notices_of(case, life.clock))
    if stands and not late:
        yield void(case, stands, f"recalculated by {request.by}", request.at)
    elif late and not stands and life.ended_at is not None and found and found.due:
        yield ev.SlaBreached(
            clock=life.clock.name,
            instance=life.clock.instance,
            since=life.clock.since,
            due=found.due,
            late=True,
            **{**request.header(case.id), "at": found.due},
        )
