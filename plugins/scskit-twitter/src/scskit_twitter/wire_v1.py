"""How API version 1.1 writes them: the Account Activity API, and direct messages to this day."""

from __future__ import annotations

from scskit.plugins import Attachment
from scskit_twitter.reading import (
    Json,
    first_record,
    first_records,
    identifier,
    instant,
    plain,
    required,
    snowflake,
    words,
)
from scskit_twitter.wire import (
    DirectMessage,
    Post,
    conversation_of,
    read_display_start,
    read_medium,
    read_mentions,
)


def read_legacy_post(raw: Json) -> Post:
    """Read a post of API version 1.1, as the Account Activity API sends it.

    Raises:
        Malformed: it has no id.
    """
    external_id = required(raw, "id_str", "id")
    longer = first_record(raw, "extended_tweet")
    return Post(
        id=external_id,
        text=plain(words(longer, "full_text") or words(raw, "full_text", "text")),
        author_id=identifier(first_record(raw, "user"), "id_str", "id"),
        created_at=instant(raw.get("created_at"))
        or instant(raw.get("timestamp_ms"))
        or snowflake(external_id),
        replied_to=identifier(raw, "in_reply_to_status_id_str", "in_reply_to_status_id"),
        replied_to_user=identifier(raw, "in_reply_to_user_id_str", "in_reply_to_user_id"),
        quoted=identifier(raw, "quoted_status_id_str", "quoted_status_id"),
        reposted=identifier(first_record(raw, "retweeted_status"), "id_str", "id"),
        language=words(raw, "lang"),
        mentions=read_mentions(longer) or read_mentions(raw),
        display_start=read_display_start(longer or raw),
        media=_legacy_media(longer) or _legacy_media(raw),
    )


def _legacy_media(raw: Json) -> tuple[Attachment, ...]:
    # extended_entities hold all media, entities only the first.
    for name in ("extended_entities", "entities"):
        found = first_records(first_record(raw, name), "media")
        if found:
            return tuple(map(read_medium, found))
    return ()


def read_legacy_message(raw: Json) -> DirectMessage:
    """Read a message of the Account Activity API, which the X Activity API sends as well.

    Raises:
        Malformed: it has no id or no sender.
    """
    external_id = required(raw, "id_str", "id")
    created = first_record(raw, "message_create")
    data = first_record(created, "message_data")
    attachment = first_record(data, "attachment")
    medium = first_record(attachment, "media")
    sender = required(created, "sender_id")
    recipient = identifier(first_record(created, "target"), "recipient_id")
    return DirectMessage(
        id=external_id,
        text=plain(words(data, "text")),
        sender=sender,
        recipient=recipient,
        conversation=conversation_of(sender, recipient) if recipient else None,
        sent_at=instant(raw.get("created_timestamp")) or snowflake(external_id),
        media=(read_medium(medium),) if medium else _shared_place(attachment),
        postback=words(first_record(data, "quick_reply_response"), "metadata"),
    )


def _shared_place(attachment: Json) -> tuple[Attachment, ...]:
    """Read where somebody says to be: a point, or a place that X knows by name."""
    location = first_record(attachment, "location")
    point = first_record(first_record(location, "shared_coordinate"), "coordinates")
    where = point.get("coordinates")
    if isinstance(where, list) and len(where) == 2:  # noqa: PLR2004  longitude first (GeoJSON)
        return (Attachment(kind="location", url=f"geo:{where[1]},{where[0]}"),)  # RFC 5870
    place = first_record(first_record(location, "shared_place"), "place")
    if not place:
        return ()
    title = words(place, "full_name", "name")
    return (Attachment(kind="location", title=title, external_id=identifier(place, "id") or ""),)
