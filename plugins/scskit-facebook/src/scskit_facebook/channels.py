"""What may be said through Facebook, Messenger and Instagram, in the desk's own values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from scskit.plugins import AttachmentRules, Channel, TextRules
from scskit_facebook.config import Network
from scskit_facebook.limits import ATTACHMENT_BYTES, ATTACHMENTS, LENGTHS

Visibility = Literal["public", "private"]
_KINDS: Mapping[str, int | None] = {
    kind: ATTACHMENT_BYTES.get(kind, ATTACHMENT_BYTES["file"])
    for kind in ("image", "video", "audio", "file")
}


def _channel(network: Network, visibility: Visibility) -> Channel:
    """Return one channel: in a conversation, a text and a medium are two messages."""
    length, private = LENGTHS[network, visibility], visibility == "private"
    text = TextRules(
        most=length.most,
        measure=length.of,
        unit=length.unit,
        beside_media=0 if private else None,
        splits=private,
    )
    media = 0 if (network, visibility) == ("instagram", "public") else ATTACHMENTS
    return Channel(text=text, attachments=AttachmentRules(most=media, kinds=_KINDS))


def channels(network: Network) -> Mapping[Visibility, Channel]:
    """Return what may be said on a network, in public and in private."""
    return {
        "public": _channel(network, "public"),
        "private": _channel(network, "private"),
    }
