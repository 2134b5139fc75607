"""Between values and rows: one function each way per table."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from scskit.core.account import Account
from scskit.core.case import Case, Note, RelatedCase
from scskit.core.identity import Customer, CustomerLink, Identity
from scskit.core.ids import CaseId, InteractionId, ThreadId
from scskit.core.interaction import Attachment, Interaction, Thread
from scskit.core.ports import LedgerEntry, Quarantined
from scskit.core.time import from_micros, to_micros
from scskit.wire.text import decode, encode

Row = tuple[Any, ...]


def micros(instant: datetime | None) -> int | None:
    """Return the instant as microseconds, or None."""
    return None if instant is None else to_micros(instant)


def instant(value: int | None) -> datetime | None:
    """Return microseconds as an instant, or None."""
    return None if value is None else from_micros(value)


def account_row(tenant: str, account: Account) -> Row:
    """Return the row of an account."""
    return (
        tenant,
        account.id,
        account.network,
        account.handle,
        account.purpose,
        account.identity_scope,
    )


def read_account(row: Row) -> Account:
    """Build an account from its row."""
    _, id_, network, handle, purpose, scope = row
    return Account(
        id=id_, network=network, handle=handle, purpose=purpose, identity_scope=scope
    )


def identity_row(tenant: str, identity: Identity) -> Row:
    """Return the row of an identity."""
    return (
        tenant,
        identity.id,
        identity.network,
        identity.scope,
        identity.external_id,
        identity.handle,
        identity.name,
        identity.followers,
        identity.language,
        to_micros(identity.first_seen_at),
        identity.customer_id,
    )


def read_identity(row: Row) -> Identity:
    """Build an identity from its row and, behind it, its customer's tier."""
    _, id_, network, scope, external, handle, name, followers, language, seen, customer, tier = row
    return Identity(
        id=id_,
        network=network,
        scope=scope,
        external_id=external,
        handle=handle,
        name=name,
        followers=followers,
        language=language,
        first_seen_at=from_micros(seen),
        customer_id=customer,
        tier=tier,
    )


def thread_row(tenant: str, thread: Thread) -> Row:
    """Return the row of a thread."""
    return tenant, thread.id, thread.account_id, thread.key, thread.visibility, thread.language


def read_thread(row: Row) -> Thread:
    """Build a thread from its row."""
    _, id_, account, key, visibility, language = row
    return Thread(id=id_, account_id=account, key=key, visibility=visibility, language=language)


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
    if not (case.other_threads or case.related or case.early_answers):
        return None
    return encode(
        {
            "other_threads": case.other_threads,
            "related": [(r.case_id, r.relation) for r in case.related],
            "early_answers": [to_micros(a) for a in case.early_answers],
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
    )
    return case, bytes(head)


def interaction_row(tenant: str, interaction: Interaction) -> Row:
    """Return the row of one revision of an interaction."""
    return (
        tenant,
        interaction.id,
        interaction.revision,
        interaction.external_id,
        interaction.account_id,
        interaction.thread_id,
        interaction.identity_id,
        interaction.case_id,
        interaction.kind,
        interaction.visibility,
        interaction.direction,
        interaction.text,
        interaction.language,
        to_micros(interaction.posted_at),
        to_micros(interaction.received_at),
        to_micros(interaction.applied_at),
        interaction.parent,
        interaction.deleted,
        interaction.delivery,
        interaction.automated,
        _extra(interaction),
    )


def _extra(interaction: Interaction) -> str | None:
    more: dict[str, Any] = {}
    if interaction.attachments:
        more["attachments"] = [
            (a.kind, a.url, a.external_id, a.title, a.media_type) for a in interaction.attachments
        ]
    if interaction.original_text is not None:
        more["original_text"] = interaction.original_text
    if interaction.extra:
        more["extra"] = interaction.extra
    return encode(more) if more else None


def read_interaction(row: Row) -> Interaction:
    """Build one revision of an interaction from its row."""
    (
        _,
        id_,
        revision,
        external_id,
        account_id,
        thread_id,
        identity_id,
        case_id,
        kind,
        visibility,
        direction,
        text,
        language,
        posted_at,
        received_at,
        applied_at,
        parent,
        deleted,
        delivery,
        automated,
        extra,
    ) = row
    more = decode(extra) if extra else {}
    return Interaction(
        id=id_,
        revision=revision,
        external_id=external_id,
        account_id=account_id,
        thread_id=thread_id,
        identity_id=identity_id,
        case_id=case_id,
        kind=kind,
        visibility=visibility,
        direction=direction,
        text=text,
        language=language,
        posted_at=from_micros(posted_at),
        received_at=from_micros(received_at),
        applied_at=from_micros(applied_at),
        parent=parent,
        deleted=bool(deleted),
        delivery=delivery,
        automated=bool(automated),
        attachments=tuple(
            Attachment(kind=k, url=u, external_id=e, title=t, media_type=m)
            for k, u, e, t, m in more.get("attachments", ())
        ),
        original_text=more.get("original_text"),
        extra=more.get("extra", {}),
    )


def ledger_row(tenant: str, entry: LedgerEntry) -> Row:
    """Return the row of a ledger line."""
    return (
        tenant,
        *entry.key,
        entry.state,
        to_micros(entry.received_at),
        entry.interaction_id,
        entry.case_id,
        entry.thread_id,
        entry.awaits,
        entry.payload,
    )


def read_ledger(row: Row) -> LedgerEntry:
    """Build a ledger line from its row."""
    _, account, kind, external, revision, state, received, interaction, case, thread, awaits, p = (
        row
    )
    return LedgerEntry(
        key=(account, kind, external, revision),
        state=state,
        received_at=from_micros(received),
        interaction_id=cast("InteractionId | None", interaction),
        case_id=cast("CaseId | None", case),
        thread_id=cast("ThreadId | None", thread),
        awaits=awaits,
        payload=p,
    )


def note_row(tenant: str, note: Note) -> Row:
    """Return the row of a note."""
    return tenant, note.id, note.case_id, note.written_by, to_micros(note.written_at), note.text


def read_note(row: Row) -> Note:
    """Build a note from its row."""
    _, id_, case_id, by, at, text = row
    return Note(id=id_, case_id=case_id, written_by=by, written_at=from_micros(at), text=text)


def quarantine_row(tenant: str, item: Quarantined) -> Row:
    """Return the row of a quarantined message."""
    return (
        tenant,
        item.id,
        item.state,
        item.reason,
        item.payload,
        item.digest,
        to_micros(item.received_at),
        item.attempts,
    )


def read_quarantine(row: Row) -> Quarantined:
    """Build a quarantined message from its row."""
    _, id_, state, reason, payload, digest, received_at, attempts = row
    return Quarantined(
        id=id_,
        state=state,
        reason=reason,
        payload=payload,
        digest=digest,
        received_at=from_micros(received_at),
        attempts=attempts,
    )


def customer_row(tenant: str, customer: Customer) -> Row:
    """Return the row of a customer."""
    return (
        tenant,
        customer.id,
        customer.crm_id,
        customer.tier,
        customer.name,
        customer.merged_into,
    )


def read_customer(row: Row) -> Customer:
    """Build a customer from its row."""
    _, id_, crm_id, tier, name, merged_into = row
    return Customer(id=id_, crm_id=crm_id, tier=tier, name=name, merged_into=merged_into)


def link_row(tenant: str, link: CustomerLink) -> Row:
    """Return the row of a customer link."""
    return (
        tenant,
        link.id,
        link.source,
        link.customer_id,
        link.assurance,
        link.evidence,
        link.linked_by,
        to_micros(link.linked_at),
        link.unlinked_by,
        micros(link.unlinked_at),
    )


def read_link(row: Row) -> CustomerLink:
    """Build a customer link from its row."""
    _, id_, source, customer_id, assurance, evidence, by, at, unlinked_by, unlinked_at = row
    return CustomerLink(
        id=id_,
        source=source,
        customer_id=customer_id,
        assurance=assurance,
        evidence=evidence,
        linked_by=by,
        linked_at=from_micros(at),
        unlinked_by=unlinked_by,
        unlinked_at=instant(unlinked_at),
    )
