"""Between interactions and their rows."""

from __future__ import annotations

from typing import Any

from scskit.core.interaction import Attachment, Interaction
from scskit.core.time import from_micros, to_micros
from scskit.storage.rows import Row
from scskit.wire.text import decode, encode


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
