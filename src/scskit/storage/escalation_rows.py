"""Between a case's escalations and the JSON that its row keeps of them."""

from __future__ import annotations

from typing import Any

from scskit.core.case import Case
from scskit.core.escalation import NO_ESCALATION, Escalation, Offer, Takeover
from scskit.core.time import from_micros, to_micros
from scskit.storage.rows import instant, micros


def plain(case: Case) -> dict[str, Any]:
    """Return what a case's detail holds of escalations and moods; mostly nothing."""
    found: dict[str, Any] = {}
    # Identity is asked first: it settles nearly all of them, at a fraction of the price.
    if case.escalation is not NO_ESCALATION and case.escalation != NO_ESCALATION:
        found["escalation"] = _plain(case.escalation)
    if case.calm_at is not None or case.upset_at is not None:
        found["moods"] = (micros(case.calm_at), micros(case.upset_at))
    return found


def read(detail: dict[str, Any]) -> dict[str, Any]:
    """Return the attributes of a case that ``plain`` was made from."""
    calm, upset = detail.get("moods", (None, None))
    given = detail.get("escalation")
    return {
        "escalation": _read(given) if given else NO_ESCALATION,
        "calm_at": instant(calm),
        "upset_at": instant(upset),
    }


def _plain(escalation: Escalation) -> dict[str, Any]:
    return {
        "count": escalation.count,
        "offers": [
            (o.number, o.to, o.level, o.rule, to_micros(o.since), micros(o.due))
            for o in escalation.offers
        ],
        "accepted": [
            (t.number, t.to, t.level, to_micros(t.since), *_before(t)) for t in escalation.accepted
        ],
        "fired": escalation.fired,
    }


def _before(takeover: Takeover) -> tuple[int, str | None, str | None]:
    return takeover.level_before, takeover.queue_before, takeover.agent_before


def _read(given: dict[str, Any]) -> Escalation:
    return Escalation(
        count=given["count"],
        offers=tuple(map(_offer, given["offers"])),
        accepted=tuple(map(_takeover, given["accepted"])),
        fired=tuple((rule, occasion) for rule, occasion in given["fired"]),
    )


def _offer(given: list[Any]) -> Offer:
    number, to, level, rule, since, due = given
    return Offer(
        number=number, to=to, level=level, rule=rule, since=from_micros(since), due=instant(due)
    )


def _takeover(given: list[Any]) -> Takeover:
    number, to, level, since, level_before, queue_before, agent_before = given
    return Takeover(
        number=number,
        to=to,
        level=level,
        since=from_micros(since),
        level_before=level_before,
        queue_before=queue_before,
        agent_before=agent_before,
    )
