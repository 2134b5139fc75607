"""Between cases and their rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from scskit.core.case import Case, RelatedCase
from scskit.core.ids import CaseId, ThreadId
from scskit.core.time import from_micros, to_micros
from scskit.storage import clock_rows, escalation_rows, work_rows
from scskit.storage.rows import Row, instant, micros
from scskit.wire.text import decode, encode

Times = tuple[int | None, int | None]
"""``due_at`` and ``wake_at``, as they are stored at the end of a case's row."""

NO_TIMES: Times = (None, None)

ACTIVITY = (
    "version",
    "head",
    "state",
    "updated_at",
    "opened_at",
    "first_response_at",
    "last_inbound_at",
    "last_outbound_at",
    "inbound_count",
    "outbound_count",
    "detail",
    "waiting_since",
    "answered_at",
    "cycle",
    "answers",
)
"""The columns that a message changes in a case that stays where it is."""


def stored_times(row: Row) -> Times:
    """Return ``due_at`` and ``wake_at`` from a case's row."""
    return row[-2], row[-1]


def activity_row(case: Case, head: bytes) -> Row:
    """Return the values of ``ACTIVITY``, the state apart."""
    return (
        case.version,
        head,
        to_micros(case.updated_at),
        to_micros(case.opened_at),
        micros(case.first_response_at),
        micros(case.last_inbound_at),
        micros(case.last_outbound_at),
        case.inbound_count,
        case.outbound_count,
        detail_text(case),
        waiting_since(case),
        micros(case.answered_at),
        case.cycle,
        case.answers,
    )


def case_row(tenant: str, case: Case, head: bytes, times: Times) -> Row:
    """Return the whole row of a case; ``times`` are its ``due_at`` and ``wake_at``."""
    return (
        tenant,
        case.id,
        case.version,
        head,
        case.state,
        case.account_id,
        case.thread_id,
        case.identity_id,
        case.visibility,
        to_micros(case.opened_at),
        to_micros(case.updated_at),
        case.policy_version,
        case.customer_id,
        case.tier,
        case.priority,
        case.severity,
        case.level,
        case.reason,
        case.contact_type,
        case.language,
        case.sentiment,
        case.engagement,
        case.engagement_code,
        case.queue,
        case.team,
        case.agent,
        micros(case.first_response_at),
        micros(case.last_inbound_at),
        micros(case.last_outbound_at),
        micros(case.solved_at),
        micros(case.closed_at),
        micros(case.snoozed_until),
        case.inbound_count,
        case.outbound_count,
        case.reopened_count,
        case.merged_into,
        detail_text(case),
        micros(case.queued_at),
        case.offered_to,
        micros(case.offer_until),
        case.last_agent,
        micros(case.last_agent_at),
        waiting_since(case),
        micros(case.answered_at),
        case.cycle,
        case.answers,
        micros(case.acknowledged_at),
        micros(case.level_since),
        clock_rows.pauses_text(case.pauses),
        clock_rows.sla_text(case.sla, case.notices),
        *times,
    )


def waiting_since(case: Case) -> int | None:
    """Return the oldest instant of ``unanswered``."""
    return to_micros(case.unanswered[0]) if case.unanswered else None


def detail_text(case: Case) -> str | None:
    """Return what no column holds, and few cases have, as JSON."""
    more = _more_waiting(case)
    raised = {**escalation_rows.plain(case), **work_rows.plain(case)}
    few = case.other_threads or case.related or case.early_answers or case.by_hand
    if more is None and not (few or raised):  # none that follow is to be said as well
        return None
    detail: dict[str, Any] = {
        "other_threads": case.other_threads,
        "related": [(r.case_id, r.relation) for r in case.related],
        "early_answers": [to_micros(a) for a in case.early_answers],
        "by_hand": case.by_hand,
        **raised,
    }
    if more is not None:
        detail["unanswered"] = more
    return encode(detail)


def _more_waiting(case: Case) -> list[int] | None:
    """Return what follows the first of ``unanswered``; None where two columns say it all."""
    later = case.unanswered[1:]
    if case.unanswered and case.unanswered[-1] == case.last_inbound_at and len(later) < 2:  # noqa: PLR2004
        return None
    return [to_micros(instant) for instant in later] if case.unanswered else None


def _unanswered(
    since: int | None, last_inbound_at: int | None, more: list[int] | None
) -> tuple[datetime, ...]:
    if since is None:
        return ()
    if more is None:
        more = [] if since == last_inbound_at else [cast("int", last_inbound_at)]
    return (from_micros(since), *map(from_micros, more))


def _read_detail(detail: dict[str, Any]) -> dict[str, Any]:
    """Return the attributes of a case that no column of their own holds."""
    return {
        "other_threads": tuple(ThreadId(t) for t in detail.get("other_threads", ())),
        "related": tuple(RelatedCase(CaseId(c), r) for c, r in detail.get("related", ())),
        "early_answers": tuple(from_micros(a) for a in detail.get("early_answers", ())),
        "by_hand": tuple(detail.get("by_hand", ())),
        **escalation_rows.read(detail),
        **work_rows.read(detail),
    }


_PLAIN = _read_detail({})
"""What holds for most cases."""


def read_case(row: Row) -> tuple[Case, bytes]:
    """Build a case from its row, and return the hash of its last event beside it."""
    (
        _,
        id_,
        version,
        head,
        state,
        account_id,
        thread_id,
        identity_id,
        visibility,
        opened_at,
        updated_at,
        policy_version,
        customer_id,
        tier,
        priority,
        severity,
        level,
        reason,
        contact_type,
        language,
        sentiment,
        engagement,
        engagement_code,
        queue,
        team,
        agent,
        first_response_at,
        last_inbound_at,
        last_outbound_at,
        solved_at,
        closed_at,
        snoozed_until,
        inbound_count,
        outbound_count,
        reopened_count,
        merged_into,
        detail,
        queued_at,
        offered_to,
        offer_until,
        last_agent,
        last_agent_at,
        since,
        answered_at,
        cycle,
        answers,
        acknowledged_at,
        level_since,
        pauses,
        sla,
        *_,
    ) = row
    applied, notices = clock_rows.read_sla(sla) if sla else ((), ())
    more = decode(detail) if detail else {}
    case = Case.of(
        {
            "id": id_,
            "version": version,
            "state": state,
            "account_id": account_id,
            "thread_id": thread_id,
            "identity_id": identity_id,
            "visibility": visibility,
            "opened_at": from_micros(opened_at),
            "updated_at": from_micros(updated_at),
            "policy_version": policy_version,
            "customer_id": customer_id,
            "tier": tier,
            "priority": priority,
            "severity": severity,
            "level": level,
            "reason": reason,
            "contact_type": contact_type,
            "language": language,
            "sentiment": sentiment,
            "engagement": engagement,
            "engagement_code": engagement_code,
            "queue": queue,
            "team": team,
            "agent": agent,
            "first_response_at": instant(first_response_at),
            "last_inbound_at": instant(last_inbound_at),
            "last_outbound_at": instant(last_outbound_at),
            "solved_at": instant(solved_at),
            "closed_at": instant(closed_at),
            "snoozed_until": instant(snoozed_until),
            "inbound_count": inbound_count,
            "outbound_count": outbound_count,
            "reopened_count": reopened_count,
            "merged_into": merged_into,
            **(_read_detail(more) if more else _PLAIN),
            "queued_at": instant(queued_at),
            "offered_to": offered_to,
            "offer_until": instant(offer_until),
            "last_agent": last_agent,
            "last_agent_at": instant(last_agent_at),
            "unanswered": _unanswered(since, last_inbound_at, more.get("unanswered")),
            "answered_at": instant(answered_at),
            "cycle": cycle,
            "answers": answers,
            "acknowledged_at": instant(acknowledged_at),
            "level_since": instant(level_since),
            "pauses": clock_rows.read_pauses(pauses) if pauses else (),
            "sla": applied,
            "notices": notices,
        }
    )
    return case, bytes(head)
