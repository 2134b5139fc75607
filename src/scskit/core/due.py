"""One timetable for each case: when something will happen to it, and what that is.

Whatever happens by itself is one of the ``SOURCES``: a source tells when it will next do something
to a case, and what that is once the time has come. Both are asked of the case as it is, so that it
does not matter who asks, how often, or how late.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from attrs import frozen

from scskit.core import events as ev
from scskit.core.case import Case
from scskit.core.clocks import due_at, next_moment, notices_until
from scskit.core.escalating import expire, next_expiry
from scskit.core.offers import expire_offer, offer_ends
from scskit.core.policy import Policy
from scskit.core.records import Timetable

INSTANT = timedelta(microseconds=1)
Events = tuple[ev.Event, ...]


@frozen
class Source:
    """Something that happens to cases by itself.

    Attributes:
        wakes: tells when it will next do something to a case; None for never.
        decide: returns what it does before an instant, given the present one as well.
    """

    wakes: Callable[[Case, Policy], datetime | None]
    decide: Callable[[Case, Policy, datetime, datetime], Events]


def _snooze_ends(case: Case, _: Policy) -> datetime | None:
    return case.snoozed_until if case.state == "snoozed" else None


def _wake(case: Case, _: Policy, until: datetime, __: datetime) -> Events:
    ends = case.snoozed_until
    if case.state != "snoozed" or ends is None or ends >= until:
        return ()
    because = "the snooze ended"
    return (
        ev.StateChanged(
            case_id=case.id, at=ends, by="system:lifecycle", because=because, state="open"
        ),
    )


ENDS: tuple[Source, ...] = (
    Source(_snooze_ends, _wake),
    Source(lambda case, _: offer_ends(case), lambda case, _, __, now: expire_offer(case, now)),
)
"""What ends at its time, whatever comes to light later."""

SOURCES: tuple[Source, ...] = (
    Source(next_moment, notices_until),
    *ENDS,
    Source(lambda case, _: next_expiry(case), expire),
)
"""Everything that happens by itself."""


def wake_at(case: Case, policy: Policy) -> datetime | None:
    """Return when something will next happen to a case; None if nothing will."""
    instants = [source.wakes(case, policy) for source in SOURCES]
    return min((instant for instant in instants if instant is not None), default=None)


def decide_due(
    case: Case, policy: Policy, now: datetime, sources: Sequence[Source] = SOURCES
) -> Events:
    """Return what happens to a case first, of all that is due by now.

    What follows from that may change what happens later: let it happen, then ask again, until
    nothing is due. So a sweep that slept records the same as one that was awake.

    Args:
        case: the case as it is.
        policy: the policy in force.
        now: the present instant; what is due at it has happened.
        sources: what is asked.

    Returns:
        The events of one instant; none if nothing is due.
    """
    until = now + INSTANT
    found = [e for source in sources for e in source.decide(case, policy, until, now)]
    first = min((event.at for event in found), default=now)
    return tuple(event for event in found if event.at == first)


def timetable(policy: Policy) -> Timetable:
    """Return what tells when a case is due, and when something will happen to it next."""

    def tell(case: Case) -> tuple[datetime | None, datetime | None]:
        if not (case.sla or case.snoozed_until or case.offer_until or case.escalation.offers):
            return None, None
        return due_at(case, policy), wake_at(case, policy)

    return tell
