"""What a direct message and what goes with it are to a desk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from attrs import evolve

from scskit.plugins import Message, Parsed, Receipt, Signal
from scskit_twitter.posts import Place
from scskit_twitter.reading import Json, identifier, instant, required, words
from scskit_twitter.wire import DirectMessage, Included
from scskit_twitter.wire_v1 import read_legacy_message
from scskit_twitter.wire_v2 import read_direct_message


def message_item(message: DirectMessage, place: Place, included: Included) -> Message:
    """Return what a direct message means."""
    own = place.wrote(message.sender)
    author = included.author(message.sender)
    extra: dict[str, Any] = {"postback": message.postback} if message.postback else {}
    return Message(
        account=place.account,
        external_id=message.id,
        author=evolve(author, handle=author.handle or place.handle) if own else author,
        posted_at=message.sent_at or place.received_at,
        text=message.text,
        kind="direct_message",
        visibility="private",
        direction="outbound" if own else "inbound",
        thread=message.conversation,
        addressed_to=message.recipient if own else None,
        attachments=message.media,
        extra=extra,
    )


def legacy_message(raw: Json, place: Place, included: Included) -> Iterator[Parsed]:
    """Read an element of ``direct_message_events``."""
    if words(raw, "type") not in {"", "message_create"}:
        yield Signal(
            account=place.account,
            event=f"other:{words(raw, 'type')}",
            at=instant(raw.get("created_timestamp")) or place.received_at,
            target=identifier(raw, "id"),
            visibility="private",
        )
    else:
        yield message_item(read_legacy_message(raw), place, included)


def event_item(raw: Json, place: Place, included: Included) -> Iterator[Parsed]:
    """Read an element of a page of ``/2/dm_events``: a message, or who joined and left."""
    kind = words(raw, "event_type")
    if kind in {"", "MessageCreate"}:
        yield message_item(read_direct_message(raw, included), place, included)
    else:
        yield Signal(
            account=place.account,
            event=f"other:{kind}",
            at=instant(raw.get("created_at")) or place.received_at,
            target=identifier(raw, "id"),
            visibility="private",
        )


def typing(raw: Json, place: Place, included: Included) -> Iterator[Parsed]:
    """Read an element of ``direct_message_indicate_typing_events``."""
    sender = required(raw, "sender_id")
    yield Signal(
        account=place.account,
        event="typing",
        at=instant(raw.get("created_timestamp")) or place.received_at,
        author=included.author(sender),
        detail={"is_echo": place.wrote(sender)},
        visibility="private",
    )


def read_mark(raw: Json, place: Place, included: Included) -> Iterator[Parsed]:
    """Read an element of ``direct_message_mark_read_events``.

    What the other side read is a receipt; what the account itself read is not news to a customer.
    """
    sender = required(raw, "sender_id")
    last = required(raw, "last_read_event_id")
    told: dict[str, Any] = {
        "account": place.account,
        "target": last,
        "at": instant(raw.get("created_timestamp")) or place.received_at,
        "author": included.author(sender),
        "visibility": "private",
    }
    if place.wrote(sender):
        yield Signal(event="read", detail={"is_echo": True}, **told)
    else:
        yield Receipt(status="read", event="read", **told)
