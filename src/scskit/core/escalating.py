"""Offering a case to somebody else, and what follows when nobody acts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from attrs import frozen

from scskit.core import escalation_events as ee
from scskit.core import events as ev
from scskit.core.case import Case
from scskit.core.errors import NotFound
from scskit.core.escalation import NEXT, EscalationPolicy, Offer, Owner, level_name
from scskit.core.policy import Policy

Events = tuple[ev.Event, ...]

SYSTEM = "system:escalation"
BY_HAND = "by_hand"
EXPIRED = "expired"
MERGED = "merged"
"""What leads to an escalation besides the triggers of rules."""


TOLERANCE = timedelta(minutes=1)
"""An expiry that is noticed later than this is late, where the policy has nothing to say on it."""


@frozen(kw_only=True)
class Cause:
    """Why a case should be escalated.

    Attributes:
        trigger: what a rule fires on, ``by_hand`` or ``expired``.
        evidence: what it was found on.
        rule: the rule; empty without one.
        occasion: what the rule fires once for; empty for the case.
        late: whether it was noticed well after it happened.
    """

    trigger: str
    evidence: str
    rule: str = ""
    occasion: str = ""
    late: bool = False


def wanted(case: Case, to: str, policy: EscalationPolicy) -> Owner | None:
    """Return who is meant: a level or an area by name, or with ``next`` the level above.

    Returns:
        None if ``next`` is asked for and the case is at the top.

    Raises:
        NotFound: no such level or area is declared.
    """
    if to == NEXT:
        return policy.above(case.level)
    owner = policy.owner(to)
    if owner is None:
        declared = ", ".join(policy.names) or "none"
        message = f"level or area {to!r} is not declared in the desk file; there is: {declared}"
        raise NotFound(message)
    return owner


def has(case: Case, owner: Owner) -> bool:
    """Tell whether a level or an area has the case."""
    if owner.level is None:
        return case.escalation.area == owner.name
    return case.escalation.area is None and owner.level <= case.level


def offer_to(case: Case, owner: Owner) -> Offer | None:
    """Return an open offer to a level or an area, or to a level above it."""
    return next((offer for offer in case.escalation.offers if _covers(offer, owner)), None)


def _covers(offer: Offer, owner: Owner) -> bool:
    if owner.level is None or offer.level is None:
        return offer.to == owner.name
    return offer.level >= owner.level


def ask(
    case: Case, to: str, cause: Cause, policy: Policy, header: dict[str, Any]
) -> ee.CaseEscalated | ee.EscalationReminded:
    """Offer a case to a level or an area, or remind them if they have it or were asked already.

    Args:
        case: the case as it is.
        to: whom, as ``wanted`` takes it.
        cause: why.
        policy: the policy in force.
        header: what every event says.

    Raises:
        NotFound: no such level or area is declared.
    """
    owner = wanted(case, to, policy.escalation)
    if owner is None:
        return _reminder(case, level_name(case.level), cause, policy, header)
    if offer := offer_to(case, owner):
        return _reminder(case, offer.to, cause, policy, header, offer.number)
    if has(case, owner):
        return _reminder(case, owner.name, cause, policy, header)
    return offer_anew(case, owner, cause, policy, header)


def _reminder(  # noqa: PLR0913, PLR0917  who, why, when, and about which escalation
    case: Case,
    to: str,
    cause: Cause,
    policy: Policy,
    header: dict[str, Any],
    number: int | None = None,
) -> ee.EscalationReminded:
    accepted = case.escalation.accepted
    if number is None:
        number = accepted[-1].number if accepted else 0
    return ee.EscalationReminded(
        number=number,
        to=to,
        **_why(cause, policy),
        told=_told(to, policy),
        **header,
    )


def offer_anew(
    case: Case, owner: Owner, cause: Cause, policy: Policy, header: dict[str, Any]
) -> ee.CaseEscalated:
    """Offer a case to a level or an area, whoever was asked before."""
    calendar = policy.calendars.get(owner.calendar) if owner.calendar else None
    return ee.CaseEscalated(
        number=case.escalation.count + 1,
        to=owner.name,
        level=owner.level,
        **_why(cause, policy),
        told=owner.tell,
        due=acknowledge_by(owner, policy, header["at"]),
        calendar=owner.calendar,
        calendar_version=calendar.version if calendar else None,
        **header,
    )


def _why(cause: Cause, policy: Policy) -> dict[str, Any]:
    return {
        "trigger": cause.trigger,
        "rule": cause.rule,
        "occasion": cause.occasion,
        "evidence": cause.evidence,
        "late": cause.late,
        "policy_version": policy.version,
    }


def acknowledge_by(owner: Owner, policy: Policy, since: datetime) -> datetime | None:
    """Return until when an offer stands that is made at ``since``; None for ever."""
    if owner.acknowledge is None:
        return None
    if owner.calendar is None:
        return since + owner.acknowledge
    return policy.calendars[owner.calendar].due(since, owner.acknowledge)


def _told(name: str, policy: Policy) -> tuple[str, ...]:
    owner = policy.escalation.owner(name)
    return owner.tell if owner else ()


def next_expiry(case: Case) -> datetime | None:
    """Return until when the first of a case's offers stands, if one ends."""
    return min((o.due for o in case.escalation.offers if o.due is not None), default=None)


def expire(case: Case, policy: Policy, until: datetime, now: datetime) -> Events:
    """Let the first offer expire whose time has passed, and ask the next level instead.

    Args:
        case: the case as it is.
        policy: the policy in force.
        until: what is due before this instant has expired.
        now: the present instant, by which that is noticed early or late.

    Returns:
        The events, at the instant of the expiry; nothing if no offer has expired.
    """
    ending = [(o.due, o.number, o) for o in case.escalation.offers if o.due is not None]
    due, _, offer = min(ending, default=(None, 0, None))
    if due is None or offer is None or due >= until:
        return ()
    late = now - due > (policy.sla.tolerance if policy.sla else TOLERANCE)
    header: dict[str, Any] = {"case_id": case.id, "at": due, "by": SYSTEM}
    above = policy.escalation.above(max(case.level, offer.level or 0))
    asked = offer_to(case, above) if above else None
    then = asked.to if asked else above.name if above else None
    expired = ee.EscalationExpired(
        number=offer.number,
        to=offer.to,
        then=then,
        told=() if above else _everybody(case, offer, policy),
        late=late,
        **header,
    )
    if above is None or asked:
        return (expired,)
    evidence = f"{offer.to} did not acknowledge by {due.isoformat()}"
    cause = Cause(trigger=EXPIRED, evidence=evidence, rule=offer.rule, late=late)
    return expired, offer_anew(case, above, cause, policy, header)


def _everybody(case: Case, offer: Offer, policy: Policy) -> tuple[str, ...]:
    """Return whom to tell when nobody is left to ask: all who were, once each."""
    levels = [o.name for o in policy.escalation.levels if (o.level or 0) >= case.level]
    asked = (name for owner in (*levels, offer.to) for name in _told(owner, policy))
    return tuple(dict.fromkeys(asked))
