"""What happens to messages later: edits, deletions, receipts."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from attrs import evolve

from scskit.core import events as ev
from scskit.core.interaction import DELIVERY_RANK, Deletion, Edit, Interaction, Receipt
from scskit.core.records import CaseDraft, LedgerEntry, Writes
from scskit.desk.admission import DELETED_REVISION
from scskit.desk.incoming import Incoming
from scskit.desk.surroundings import Surroundings


def digest(text: str) -> str:
    """Return the SHA-256 of a text in hexadecimal."""
    return sha256(text.encode()).hexdigest()


def apply_change(
    one: Incoming, target: LedgerEntry, around: Surroundings, writes: Writes, now: datetime
) -> None:
    """Apply an edit, deletion or receipt to the message that it speaks of.

    Args:
        one: the item.
        target: the ledger line of the message.
        around: what the batch stands in.
        writes: what the batch writes.
        now: the present instant.
    """
    if target.interaction_id is None:  # pragma: no cover  an applied message has an interaction
        message = f"ledger line {target.key} names no interaction"
        raise ValueError(message)
    first = around.revisions[target.interaction_id][0]
    draft = around.drafts.get(first.case_id) if first.case_id else None
    item = one.item
    if isinstance(item, Receipt):
        _receive(one, item, first, draft, writes, now)
    elif isinstance(item, Deletion):
        revised = evolve(
            first, text="", revision=DELETED_REVISION, deleted=True, attachments=(), extra={}
        )
        _revise(one, revised, item.deleted_at, draft, writes, now)
    elif isinstance(item, Edit):
        revised = evolve(first, text=item.text, revision=item.revision or 1)
        _revise(one, revised, item.edited_at, draft, writes, now)


def _revise(  # noqa: PLR0913, PLR0917  what a change is made of
    one: Incoming,
    revised: Interaction,
    happened: datetime,
    draft: CaseDraft | None,
    writes: Writes,
    now: datetime,
) -> None:
    revised = evolve(
        revised,
        received_at=one.received_at,
        applied_at=now,
        original_text=one.original_text,
    )
    writes.interactions.append(revised)
    if draft and draft.case:
        event = ev.InteractionRevised(
            case_id=draft.case.id,
            at=happened if one.history else now,
            by="customer" if revised.direction == "inbound" else "brand",
            interaction_id=revised.id,
            revision=revised.revision,
            deleted=revised.deleted,
            digest=digest(revised.text),
        )
        draft.apply((event,))


def _receive(  # noqa: PLR0913, PLR0917  what a change is made of
    one: Incoming,
    item: Receipt,
    first: Interaction,
    draft: CaseDraft | None,
    writes: Writes,
    now: datetime,
) -> None:
    before = writes.deliveries.get(first.id, first.delivery)
    forward = before is None or DELIVERY_RANK[item.status] > DELIVERY_RANK[before]
    if first.direction == "inbound" or not forward:
        return
    writes.deliveries[first.id] = item.status
    if draft and draft.case:
        event = ev.ReceiptRecorded(
            case_id=draft.case.id,
            at=item.at if one.history else now,
            by="network",
            interaction_id=first.id,
            status=item.status,
            detail=item.detail,
        )
        draft.apply((event,))
