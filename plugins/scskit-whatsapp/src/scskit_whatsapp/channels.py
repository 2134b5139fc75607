"""What may be said through WhatsApp, in the desk's own values: private messages alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from scskit.plugins import AttachmentRules, Channel, TextRules
from scskit_whatsapp.limits import LIMITS, MEDIA_BYTES

CHANNELS: Final[Mapping[Literal["public", "private"], Channel]] = {
    "private": Channel(
        text=TextRules(most=LIMITS.text, beside_media=LIMITS.caption, splits=True),
        attachments=AttachmentRules(most=LIMITS.attachments, kinds=MEDIA_BYTES),
    )
}
