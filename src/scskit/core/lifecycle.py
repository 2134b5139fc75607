"""Which steps a case may take, and what each event makes of it.

``DRAWING`` is the one place where the transitions are drawn; the code reads it, the tests read
it, and the documentation shows it. A row is the state a case is in, a column the state it may
move to, ``x`` a legal step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, cast

from scskit.core import escalation_facts, handling, waits
from scskit.core import events as ev
from scskit.core.case import CATEGORY, STATES, Case, CaseState, RelatedCase
from scskit.core.errors import IllegalTransition
from scskit.core.ids import CaseId
from scskit.core.reply_events import REPLY_EVENTS, PersonAsked

DRAWING = """
from \\ to  | new | open | pending | on_hold | snoozed | solved | closed | merged | dismissed
new        |  .  |  x   |    x    |    x    |    x    |   x    |   .    |   x    |     x
open       |  .  |  .   |    x    |    x    |    x    |   x    |   .    |   x    |     x
pending    |  .  |  x   |    .    |    x    |    x    |   x    |   .    |   x    |     x
on_hold    |  .  |  x   |    x    |    .    |    x    |   x    |   .    |   x    |     x
snoozed    |  .  |  x   |    x    |    x    |    .    |   x    |   .    |   x    |     x
solved     |  .  |  x   |    .    |    .    |    .    |   .    |   x    |   x    |     .
closed     |  .  |  .   |    .    |    .    |    .    |   .    |   .    |   .    |     .
merged     |  .  |  .   |    .    |    .    |    .    |   .    |   .    |   .    |     .
dismissed  |  .  |  .   |    .    |    .    |    .    |   .    |   .    |   .    |     .
"""


def _read(drawing: str) -> dict[CaseState, frozenset[CaseState]]:
    header, *rows = (
        [cell.strip() for cell in line.split("|")] for line in drawing.strip().splitlines()
    )
    return {
        cast("CaseState", row[0]): frozenset(
            cast("CaseState", state)
            for state, mark in zip(header[1:], row[1:], strict=True)
            if mark == "x"
        )
        for row in rows
    }


TRANSITIONS: dict[CaseState, frozenset[CaseState]] = _read(DRAWING)
"""For each state, the states a case may move to."""

TERMINAL: frozenset[CaseState] = frozenset(state for state in STATES if not TRANSITIONS[state])


def require_transition(case: Case, to: CaseState) -> None:
    """Check that ``case`` may move to ``to``.

    Raises:
        IllegalTransition: the drawing has no such step.
    """
    if to not in TRANSITIONS[case.state]:
        allowed = ", ".join(sorted(TRANSITIONS[case.state])) or "nothing: it is final"
        message = f"case {case.id} is {case.state} and cannot become {to}; allowed: {allowed}"
        raise IllegalTransition(message)


def require_unfinished(case: Case, what: str) -> None:
    """Check that ``case`` still accepts work.

    Args:
        case: the case to change.
        what: the command, for the error message.

    Raises:
        IllegalTransition: the case is closed, merged or dismissed.
    """
    if case.state in TERMINAL:
        message = f"case {case.id} is {case.state}: {what} is no longer possible"
        raise IllegalTransition(message)


def evolve(case: Case | None, event: ev.Event) -> Case:
    """Apply one event.

    Args:
        case: the case before it; None for ``CaseOpened``.
        event: what happened.

    Returns:
        The case after it, one version higher. The argument is unchanged.

    Raises:
        IllegalTransition: the event does not fit the case's state.
    """
    if type(event) is ev.CaseOpened:
        if case is not None:
            message = f"case {case.id} is opened already"
            raise IllegalTransition(message)
        return _opened(event)
    if case is None:
        message = f"case {event.case_id} is not opened yet: {type(event).__name__}"
        raise IllegalTransition(message)
    changes = _CHANGES[type(event)](case, event)
    changes["version"] = case.version + 1
    if event.at > case.updated_at:
        changes["updated_at"] = event.at
    return case.replace(**changes)


def fold(events: Iterable[ev.Event]) -> Case:
    """Replay a whole log.

    Args:
        events: all events of one case, oldest first.

    Raises:
        IllegalTransition: the log is empty or its events do not follow from each other.
    """
    case: Case | None = None
    for event in events:
        case = evolve(case, event)
    if case is None:
        message = "an empty log makes no case"
        raise IllegalTransition(message)
    return case


def _opened(event: ev.CaseOpened) -> Case:
    return Case(
        id=event.case_id,
        version=1,
        state="new",
        account_id=event.account_id,
        thread_id=event.thread_id,
        identity_id=event.identity_id,
        visibility=event.visibility,
        opened_at=event.opened_at,
        updated_at=event.at,
        policy_version=event.policy_version,
        customer_id=event.customer_id,
        tier=event.tier,
        last_agent=event.last_agent,
        last_agent_at=event.last_agent_at,
        related=(RelatedCase(event.follows, "follows"),) if event.follows else (),
    )


def _interaction_added(case: Case, event: ev.InteractionAdded) -> dict[str, Any]:
    changes = _inbound(case, event) if event.direction == "inbound" else _outbound(case, event)
    thread = event.thread_id
    if thread != case.thread_id and thread not in case.other_threads:
        changes["other_threads"] = (*case.other_threads, thread)
    return changes


def _inbound(case: Case, event: ev.InteractionAdded) -> dict[str, Any]:
    posted = event.posted_at
    last = case.last_inbound_at
    changes: dict[str, Any] = {
        "inbound_count": case.inbound_count + 1,
        "last_inbound_at": posted if last is None or posted > last else last,
    }
    if posted < case.opened_at:
        changes["opened_at"] = posted
        answers = [answer for answer in case.early_answers if answer >= posted]
        if answers:
            changes["first_response_at"] = min(answers)
            changes["early_answers"] = tuple(a for a in case.early_answers if a < posted)
            changes["cycle"] = case.cycle + 1  # they waited, and were answered
    changes.update(waits.asked(case, posted))
    if event.labels:
        changes.update(escalation_facts.felt(case, event))
    return changes


def _outbound(case: Case, event: ev.InteractionAdded) -> dict[str, Any]:
    posted = event.posted_at
    last = case.last_outbound_at
    changes: dict[str, Any] = {
        "outbound_count": case.outbound_count + 1,
        "last_outbound_at": posted if last is None or posted > last else last,
    }
    if not waits.counts(event):
        return changes
    changes.update(waits.answered(case, posted))
    first = case.first_response_at
    if posted < case.opened_at:
        changes["early_answers"] = (*case.early_answers, posted)
    elif first is None or posted < first:
        changes["first_response_at"] = posted
    return changes


def _interactions_moved(case: Case, event: ev.InteractionsMoved) -> dict[str, Any]:
    tally = event.tally
    return {
        "inbound_count": tally.inbound_count,
        "outbound_count": tally.outbound_count,
        "opened_at": tally.opened_at or case.opened_at,
        "first_response_at": tally.first_response_at,
        "last_inbound_at": tally.last_inbound_at,
        "last_outbound_at": tally.last_outbound_at,
        "early_answers": tally.early_answers,
        "unanswered": tally.unanswered,
        "answered_at": tally.answered_at,
        "cycle": tally.cycle,
        "answers": tally.answers,
        **handling.joined(case, event),
        "other_threads": tuple(t for t in tally.threads if t != case.thread_id),
        "related": (*case.related, RelatedCase(event.other, event.relation)),
    }


def _state_changed(case: Case, event: ev.StateChanged) -> dict[str, Any]:
    to = event.state
    require_transition(case, to)
    changes = {"state": to, **waits.moved(case, event), **handling.moved(case, to, event.at)}
    if to == "solved":
        changes["solved_at"] = event.at
    elif CATEGORY[to] == "done":
        changes["closed_at"] = event.at
    if case.state == "solved" and to == "open":
        changes["reopened_count"] = case.reopened_count + 1
        changes["solved_at"] = None
    if CATEGORY[to] == "done":
        changes.update(escalation_facts.finished(case))
    if to == "snoozed" or case.snoozed_until is not None:
        changes["snoozed_until"] = event.until
    if to == "merged":
        changes["merged_into"] = event.merged_into
        changes["related"] = (
            *case.related,
            RelatedCase(cast("CaseId", event.merged_into), "merged_into"),
        )
    if to == "dismissed":
        changes["engagement"] = "dismiss"
        changes["engagement_code"] = event.code
    return changes


def _triaged(_: Case, event: ev.CaseTriaged) -> dict[str, Any]:
    return {
        "reason": event.reason,
        "priority": event.priority,
        "severity": event.severity,
        "contact_type": event.contact_type,
        "language": event.language,
        "sentiment": event.sentiment,
        "engagement": event.engagement,
        "engagement_code": event.engagement_code,
        "policy_version": event.policy_version,
    }


def _assigned(case: Case, event: ev.CaseAssigned) -> dict[str, Any]:
    changes: dict[str, Any] = {"agent": event.agent, **handling.assigned(case, event)}
    if event.agent is not None and case.acknowledged_at is None:
        changes["acknowledged_at"] = event.at
    return changes


def _noted(case: Case, event: ev.NoteAdded) -> dict[str, Any]:
    if not event.answers:
        return {}
    changes = waits.answered(case, event.at)
    if case.first_response_at is None:
        changes["first_response_at"] = event.at
    return changes


def _set_by_hand(case: Case, what: str) -> dict[str, Any]:
    return {} if what in case.by_hand else {"by_hand": (*case.by_hand, what)}


_CHANGES: dict[type[ev.Event], Callable[[Case, Any], dict[str, Any]]] = {
    ev.InteractionAdded: _interaction_added,
    ev.InteractionRevised: lambda _case, _event: {},
    ev.ReceiptRecorded: lambda _case, _event: {},
    ev.CaseTriaged: _triaged,
    ev.CaseRouted: lambda c, e: {
        "queue": e.queue,
        "team": e.team,
        "policy_version": e.policy_version,
        **handling.routed(c, e),
        **(_set_by_hand(c, "queue") if e.source == e.by else {}),
    },
    ev.CaseAssigned: _assigned,
    **handling.CHANGES,
    ev.StateChanged: _state_changed,
    ev.ReasonSet: lambda c, e: {"reason": e.reason, **_set_by_hand(c, "reason")},
    ev.PrioritySet: lambda c, e: {"priority": e.priority, **_set_by_hand(c, "priority")},
    ev.NoteAdded: _noted,
    ev.CaseLinked: lambda c, e: {"related": (*c.related, RelatedCase(e.other, e.relation))},
    ev.CustomerIdentified: lambda _, e: {"customer_id": e.customer_id, "tier": e.tier},
    ev.InteractionsMoved: _interactions_moved,
    **escalation_facts.CHANGES,
    ev.SlaApplied: waits.applied,
    ev.SlaRecalculated: waits.recalculated,
    ev.SlaWarned: waits.warned,
    ev.SlaBreached: waits.breached,
    ev.SlaVoided: waits.voided,
    PersonAsked: lambda c, _: _set_by_hand(c, "person"),
    **dict.fromkeys(REPLY_EVENTS, lambda _case, _event: {}),
}
