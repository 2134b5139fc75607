"""Who has a case, who had it and since when it waits: what events leave behind on it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from scskit.core import work_events as we
from scskit.core.case import CATEGORY, Case, CaseState
from scskit.core.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from scskit.core import events as ev
    from scskit.core.event import Event


def routed(case: Case, event: ev.CaseRouted) -> dict[str, Any]:
    """Return what changes when a case comes into a queue: what it waited before counts.

    A case that is only watched waits for nobody.
    """
    since = None if case.engagement == "monitor" else case.queued_at or event.at
    return {"skills": event.skills, "queued_at": since, **_no_offer(case)}


def joined(case: Case, event: ev.InteractionsMoved) -> dict[str, Any]:
    """Return what changes when messages come from another case: the oldest wait counts."""
    waits = event.tally.unanswered
    if event.relation == "split_into" or not waits:
        return {}
    if case.queued_at is None:
        return {"queued_at": waits[0]} if event.relation == "split_from" else {}
    return {"queued_at": min(case.queued_at, waits[0])}


def remembered(follows: Case | None) -> dict[str, Any]:
    """Return the last agent of the case that a new one follows, as attributes of its opening."""
    agent = follows and (follows.agent or follows.last_agent)
    if follows is None or agent is None:
        return {}
    left = follows.solved_at or follows.closed_at or follows.last_agent_at
    return {"last_agent": agent, "last_agent_at": left}


def assigned(case: Case, event: ev.CaseAssigned) -> dict[str, Any]:
    """Return what changes when a case gets an agent, or (None) goes back to its queue."""
    if event.agent is None:
        return {"last_agent_at": event.at, "queued_at": _waits_since(case, event.at)}
    return {"last_agent": event.agent, "last_agent_at": event.at, **_no_offer(case)}


def _waits_since(case: Case, at: datetime) -> datetime:
    """Return since when a case waits that its agent lets go at ``at``.

    Where nobody has answered the customer since the case came into the queue, it keeps its place.
    """
    since = case.queued_at
    if since is None or not case.unanswered:
        return at
    if case.answered_at is not None and case.answered_at > since:
        return min(case.unanswered[0], at)
    return since


def moved(case: Case, to: CaseState, at: datetime) -> dict[str, Any]:
    """Return what changes when a case moves to another state: who begins to wait waits anew."""
    if CATEGORY[to] != "active":
        return _no_offer(case)
    if case.category != "active" and case.queued_at is not None:
        return {"queued_at": at}
    return {}


def offered(_: Case, event: we.CaseOffered) -> dict[str, Any]:
    """Return what changes when a case is offered to an agent."""
    return {"offered_to": event.agent, "offer_until": event.until}


def refused(case: Case, event: we.OfferDeclined | we.OfferExpired) -> dict[str, Any]:
    """Return what changes when an agent does not take a case."""
    others = tuple(r for r in case.refusals if r.agent != event.agent)
    changes: dict[str, Any] = {
        "offered_to": None,
        "offer_until": None,
        "refusals": (*others, Refusal(event.agent, event.at)),
    }
    if case.last_agent == event.agent:
        changes["last_agent"] = changes["last_agent_at"] = None
    return changes


def _no_offer(case: Case) -> dict[str, Any]:
    if case.offered_to is None and not case.refusals:
        return {}
    return {"offered_to": None, "offer_until": None, "refusals": ()}


CHANGES: dict[type[Event], Callable[[Case, Any], dict[str, Any]]] = {
    we.CaseOffered: offered,
    we.OfferDeclined: refused,
    we.OfferExpired: refused,
}
