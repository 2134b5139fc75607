"""What is kept of a case's escalations: each function says what an event changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import evolve

from scskit.core import escalation_events as ee
from scskit.core.escalation import Escalation, Offer, Takeover
from scskit.core.triage import best

if TYPE_CHECKING:
    from collections.abc import Callable

    from scskit.core.case import Case
    from scskit.core.event import Event
    from scskit.core.events import InteractionAdded

NEGATIVE = "negative"
"""The sentiment that a case falls to."""

Changes = dict[str, Any]


def felt(case: Case, event: InteractionAdded) -> Changes:
    """Keep when the customer was first calm and last upset, in whatever order messages come."""
    label = best(event.labels, "sentiment")
    if label is None or label.value == "unknown":
        return {}
    posted = event.posted_at
    if label.value == NEGATIVE:
        return {"upset_at": posted if case.upset_at is None else max(posted, case.upset_at)}
    return {"calm_at": posted if case.calm_at is None else min(posted, case.calm_at)}


def offered(case: Case, event: ee.CaseEscalated) -> Changes:
    """Keep an offer, and that its rule has fired."""
    offer = Offer(
        number=event.number,
        to=event.to,
        level=event.level,
        rule=event.rule,
        since=event.at,
        due=event.due,
    )
    known = case.escalation
    after = evolve(
        known, count=event.number, offers=(*known.offers, offer), fired=_fired(known, event)
    )
    return {"escalation": after}


def reminded(case: Case, event: ee.EscalationReminded) -> Changes:
    """Keep that a rule has fired for what was asked already."""
    return {"escalation": evolve(case.escalation, fired=_fired(case.escalation, event))}


def accepted(case: Case, event: ee.EscalationAccepted) -> Changes:
    """Let somebody else have the case; offers to levels no higher than it is now are settled."""
    known, level = case.escalation, event.level
    takeover = Takeover(
        number=event.number,
        to=event.to,
        level=level,
        since=event.at,
        level_before=case.level,
        queue_before=case.queue,
        agent_before=case.agent,
    )
    still = _without(known, event.number)
    if level is not None:
        still = tuple(o for o in still if o.level is None or o.level > level)
    after = evolve(known, offers=still, accepted=(*known.accepted, takeover))
    return {"escalation": after, **_at_level(case, level or case.level, event)}


def returned(case: Case, event: ee.EscalationReturned) -> Changes:
    """Take an offer back, or undo the last takeover."""
    known = case.escalation
    last = known.accepted[-1] if known.accepted else None
    if last is None or last.number != event.number:
        return {"escalation": evolve(known, offers=_without(known, event.number))}
    after = evolve(known, accepted=known.accepted[:-1])
    return {"escalation": after, **_at_level(case, last.level_before, event)}


def expired(case: Case, event: ee.EscalationExpired) -> Changes:
    """End an offer; at the top of the ladder it stands, but is due no more."""
    known = case.escalation
    if event.then is not None:
        return {"escalation": evolve(known, offers=_without(known, event.number))}
    stays = tuple(evolve(o, due=None) if o.number == event.number else o for o in known.offers)
    return {"escalation": evolve(known, offers=stays)}


def finished(case: Case) -> Changes:
    """Withdraw every offer: nobody needs to take over what is done."""
    known = case.escalation
    return {"escalation": evolve(known, offers=())} if known.offers else {}


def _fired(
    known: Escalation, event: ee.CaseEscalated | ee.EscalationReminded
) -> tuple[tuple[str, str], ...]:
    if not event.rule or event.trigger == "expired":  # nobody asked anew: an older offer goes on
        return known.fired
    return (*known.fired, (event.rule, event.occasion))


def _without(known: Escalation, number: int) -> tuple[Offer, ...]:
    return tuple(offer for offer in known.offers if offer.number != number)


def _at_level(
    case: Case, level: int, event: ee.EscalationAccepted | ee.EscalationReturned
) -> Changes:
    """Move a case to a level, where nobody has acknowledged it yet, and away from its agents."""
    changes: Changes = {} if case.offered_to is None else {"offered_to": None, "offer_until": None}
    if level == case.level:
        return changes
    return {**changes, "level": level, "level_since": event.at, "acknowledged_at": None}


CHANGES: dict[type[Event], Callable[[Case, Any], Changes]] = {
    ee.CaseEscalated: offered,
    ee.EscalationReminded: reminded,
    ee.EscalationAccepted: accepted,
    ee.EscalationReturned: returned,
    ee.EscalationExpired: expired,
}
