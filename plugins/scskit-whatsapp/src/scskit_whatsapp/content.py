"""What a message says: its text, its media and what else is worth keeping."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from scskit.plugins import Attachment
from scskit_meta.reading import Malformed
from scskit_whatsapp import wire

MEDIA: Mapping[str, str] = {
    "image": "image",
    "video": "video",
    "audio": "audio",
    "voice": "audio",
    "document": "file",
    "sticker": "sticker",
}
"""The kind of attachment that each type of medium is."""

_NEEDED = frozenset({*MEDIA, "text", "location", "contacts", "interactive", "button", "order"})


def check(message: wire.Message) -> None:
    """Refuse a message whose content is not where its type says.

    Where WhatsApp says itself that it could not hand the content over, the message still shows
    that something came.

    Raises:
        Malformed: it is missing, or is not what the type takes.
    """
    if message.errors:
        return
    if message.type in _NEEDED and getattr(message, message.type) is None:
        raise Malformed(f"{message.type} is missing or malformed")


def text_of(message: wire.Message) -> str:
    """Return what people read: the text, the caption, or the title of what was chosen."""
    if message.text is not None:
        return message.text.body
    if message.button is not None:
        return message.button.text
    if message.interactive is not None:
        return _chosen(message.interactive)
    if isinstance(message.order, dict):
        said = message.order.get("text")
        return said if isinstance(said, str) else ""
    medium = _medium(message)
    return medium.caption if medium else ""


def _chosen(interactive: wire.Interactive) -> str:
    choice = interactive.button_reply or interactive.list_reply
    if choice is not None:
        return choice.title
    return interactive.nfm_reply.body if interactive.nfm_reply else ""


def attachments_of(message: wire.Message) -> tuple[Attachment, ...]:
    """Return media and places."""
    medium = _medium(message)
    if medium is not None:
        return (
            Attachment(
                kind=MEDIA[message.type],
                external_id=medium.id,
                url=medium.url,
                title=medium.filename,
                media_type=medium.mime_type,
            ),
        )
    return (_place(message.location),) if message.location is not None else ()


def _medium(message: wire.Message) -> wire.Media | None:
    medium: wire.Media | None = getattr(message, message.type) if message.type in MEDIA else None
    return medium


def _place(location: wire.Location) -> Attachment:
    point = f"geo:{location.latitude},{location.longitude}"  # RFC 5870
    title = ", ".join(part for part in (location.name, location.address) if part)
    return Attachment(kind="location", title=title, url=location.url or point)


def extra_of(message: wire.Message) -> dict[str, Any]:
    """Return what has no place of its own: the machine's side of a choice, where it came from."""
    return {name: value for name, value in _extra(message) if value not in (None, "", False)}


def _extra(message: wire.Message) -> Iterator[tuple[str, Any]]:
    yield "type", "" if message.type == "text" else message.type
    yield "postback", _postback(message)
    yield "referral", message.referral
    yield "contacts", message.contacts
    yield "order", message.order
    yield "errors", message.errors
    yield "unsupported", message.unsupported.type if message.unsupported else ""
    if message.interactive is not None:
        yield "call_permission", message.interactive.call_permission_reply
    if message.context is not None:
        yield "forwarded", message.context.forwarded or message.context.frequently_forwarded
        yield "frequently_forwarded", message.context.frequently_forwarded
        yield "referred_product", message.context.referred_product
    medium = _medium(message)
    if medium is not None:
        yield "sha256", medium.sha256
        yield "voice", medium.voice
    if message.location is not None:
        yield "coordinates", [message.location.latitude, message.location.longitude]


def _postback(message: wire.Message) -> str:
    """Return what the business gave the button or row that was chosen, or the filled-in form."""
    if message.button is not None:
        return message.button.payload
    if message.interactive is None:
        return ""
    choice = message.interactive.button_reply or message.interactive.list_reply
    if choice is not None:
        return choice.id
    form = message.interactive.nfm_reply
    filled = form.response_json if form else None
    return filled if isinstance(filled, str) else json.dumps(filled) if filled else ""
