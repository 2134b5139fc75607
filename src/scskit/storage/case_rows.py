"""Between cases and their rows."""

from __future__ import annotations

from scskit.core.case import Case, RelatedCase
from scskit.core.ids import CaseId, ThreadId
from scskit.core.time import from_micros, to_micros
from scskit.storage.rows import Row, instant, micros
from scskit.wire.text import decode, encode

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
)
"""The columns that a message changes in a case that stays where it is."""


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
        _detail(case),
    )


def case_row(tenant: str, case: Case, head: bytes) -> Row:
    """Return the whole row of a case."""
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
        _detail(case),
    )


def _detail(case: Case) -> str | None:
    if not (case.other_threads or case.related or case.early_answers or case.by_hand):
        return None
    return encode(
        {
            "other_threads": case.other_threads,
            "related": [(r.case_id, r.relation) for r in case.related],
            "early_answers": [to_micros(a) for a in case.early_answers],
            "by_hand": case.by_hand,
        }
    )


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
    ) = row
    more = decode(detail) if detail else {}
    case = Case(
        id=id_,
        version=version,
        state=state,
        account_id=account_id,
        thread_id=thread_id,
        identity_id=identity_id,
        visibility=visibility,
        opened_at=from_micros(opened_at),
        updated_at=from_micros(updated_at),
        policy_version=policy_version,
        customer_id=customer_id,
        tier=tier,
        priority=priority,
        severity=severity,
        level=level,
        reason=reason,
        contact_type=contact_type,
        language=language,
        sentiment=sentiment,
        engagement=engagement,
        engagement_code=engagement_code,
        queue=queue,
        team=team,
        agent=agent,
        first_response_at=instant(first_response_at),
        last_inbound_at=instant(last_inbound_at),
        last_outbound_at=instant(last_outbound_at),
        solved_at=instant(solved_at),
        closed_at=instant(closed_at),
        snoozed_until=instant(snoozed_until),
        inbound_count=inbound_count,
        outbound_count=outbound_count,
        reopened_count=reopened_count,
        merged_into=merged_into,
        other_threads=tuple(ThreadId(t) for t in more.get("other_threads", ())),
        related=tuple(RelatedCase(CaseId(c), r) for c, r in more.get("related", ())),
        early_answers=tuple(from_micros(a) for a in more.get("early_answers", ())),
        by_hand=tuple(more.get("by_hand", ())),
    )
    return case, bytes(head)
