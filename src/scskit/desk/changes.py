"""What happens to messages later: edits, deletions, receipts."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from attrs import evolve, frozen

from scskit.core import events as ev
from scskit.core.interaction import DELIVERY_RANK, Deletion, Edit, Interaction, Receipt
from scskit.core.outbound import PART_MOVES
from scskit.core.records import CaseDraft, LedgerEntry, Writes
from scskit.core.reply_events import ReplyFailed
from scskit.desk.admission import DELETED_REVISION
from scskit.desk.echoes import Echoes, part_of
from scskit.desk.incoming import Incoming
from scskit.desk.surroundings import Surroundings


def digest(text: str) -> str:
    """Return the SHA-256 of a text in hexadecimal."""
    return sha256(text.encode()).hexdigest()


@frozen
class Ground:
    """What a change stands on.

    Attributes:
        around: what the batch stands in.
        writes: what the batch writes.
        now: the present instant.
        echoes: the parts of our own replies that receipts are about.
    """

    around: Surroundings
    writes: Writes
    now: datetime
    echoes: Echoes

    def when(self, one: Incoming, happened: datetime) -> datetime:
        """Return when something happened, for the log."""
        return happened if one.history else self.now


def apply_change(one: Incoming, target: LedgerEntry, ground: Ground) -> None:
    """Apply an edit, deletion or receipt to the message that it speaks of.

    Args:
        one: the item.
        target: the ledger line of the message.
        ground: what the change stands on.
    """
    if target.interaction_id is None:  # pragma: no cover  an applied message has an interaction
        message = f"ledger line {target.key} names no interaction"
        raise ValueError(message)
    first = ground.around.revisions[target.interaction_id][0]
    draft = ground.around.drafts.get(first.case_id) if first.case_id else None
    item = one.item
    if isinstance(item, Receipt):
        if _receive(one, item, first, draft, ground):
            _tell_reply(one, item, first, draft, ground)
    elif isinstance(item, Deletion):
        revised = evolve(
            first, text="", revision=DELETED_REVISION, deleted=True, attachments=(), extra={}
        )
        _revise(one, revised, item.deleted_at, draft, ground)
    elif isinstance(item, Edit):
        revised = evolve(first, text=item.text, revision=item.revision or 1)
        _revise(one, revised, item.edited_at, draft, ground)


def _revise(
    one: Incoming,
    revised: Interaction,
    happened: datetime,
    draft: CaseDraft | None,
    ground: Ground,
) -> None:
    revised = evolve(
        revised,
        received_at=one.received_at,
        applied_at=ground.now,
        original_text=one.original_text,
    )
    ground.writes.interactions.append(revised)
    if draft and draft.case:
        event = ev.InteractionRevised(
            case_id=draft.case.id,
            at=ground.when(one, happened),
            by="customer" if revised.direction == "inbound" else "brand",
            interaction_id=revised.id,
            revision=revised.revision,
            deleted=revised.deleted,
            digest=digest(revised.text),
        )
        draft.apply((event,))


def _receive(
    one: Incoming, item: Receipt, first: Interaction, draft: CaseDraft | None, ground: Ground
) -> bool:
    """Keep how far a message came, and tell whether it came further."""
    before = ground.writes.deliveries.get(first.id, first.delivery)
    forward = before is None or DELIVERY_RANK[item.status] > DELIVERY_RANK[before]
    if first.direction == "inbound" or not forward:
        return False
    ground.writes.deliveries[first.id] = item.status
    if draft and draft.case:
        event = ev.ReceiptRecorded(
            case_id=draft.case.id,
            at=ground.when(one, item.at),
            by="network",
            interaction_id=first.id,
            status=item.status,
            detail=item.detail,
        )
        draft.apply((event,))
    return True


def _tell_reply(
    one: Incoming, item: Receipt, first: Interaction, draft: CaseDraft | None, ground: Ground
) -> None:
    """Let the part of our own reply know how far it came."""
    part_id = part_of(first)
    if part_id is None:
        return
    parts = ground.writes.parts
    part = parts.get(part_id) or ground.echoes.known(part_id)
    if part is None or item.status not in PART_MOVES[part.state]:
        return
    failed = item.status == "failed"
    error = item.error_class or ""
    parts[part.id] = evolve(
        part,
        state=item.status,
        ready_at=None,
        code=error if failed else "",
        error_class=item.error_class if failed else None,
        detail=item.detail if failed else "",
    )
    if failed and draft and draft.case:
        event = ReplyFailed(
            case_id=draft.case.id,
            at=ground.when(one, item.at),
            by="network",
            reply_id=part.reply_id,
            part_id=part.id,
            code=error or "failed",
            error_class=item.error_class,
            detail=item.detail,
        )
        draft.apply((event,))
