"""When an offer that nobody answered ends: a source of what is due."""

from __future__ import annotations

from datetime import datetime

from scskit.core.case import Case
from scskit.core.event import Event
from scskit.core.work_events import OfferExpired


def offer_ends(case: Case) -> datetime | None:
    """Return when the offer of a case ends; None if it is not offered."""
    return case.offer_until if case.offered_to is not None else None


def expire_offer(case: Case, now: datetime) -> tuple[Event, ...]:
    """Return the event of an offer that has ended, with the instant at which it did."""
    ends = offer_ends(case)
    if ends is None or ends > now or case.offered_to is None:
        return ()
    return (
        OfferExpired(
            case_id=case.id,
            at=ends,
            by="system:work",
            because="nobody accepted it in time",
            agent=case.offered_to,
        ),
    )
