"""Between values and rows: one function each way per table."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from scskit.core.case import Note
from scskit.core.identity import Customer, CustomerLink, Identity
from scskit.core.ids import CaseId, InteractionId, ThreadId
from scskit.core.interaction import Thread
from scskit.core.records import LedgerEntry, Quarantined
from scskit.core.time import from_micros, to_micros

Row = tuple[Any, ...]


def micros(instant: datetime | None) -> int | None:
    """Return the instant as microseconds, or None."""
    return None if instant is None else to_micros(instant)


def instant(value: int | None) -> datetime | None:
    """Return microseconds as an instant, or None."""
    return None if value is None else from_micros(value)


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
