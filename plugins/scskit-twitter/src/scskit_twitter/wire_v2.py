"""How API version 2 writes posts and direct messages."""

from __future__ import annotations

from typing import Any

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
    Included,
    Post,
    read_display_start,
    read_history,
    read_mentions,
)


def read_post(raw: Json, included: Included) -> Post:
    """Read a post of API version 2.

    Raises:
        Malformed: it has no id.
    """
    external_id = required(raw, "id_str", "id")
    note = first_record(raw, "note_post", "note_tweet")
    referred = _references(raw)
    return Post(
        id=external_id,
        text=plain(words(note, "text") or words(raw, "text")),
        author_id=identifier(raw, "author_id"),
        created_at=instant(raw.get("created_at")) or snowflake(external_id),
        conversation=identifier(raw, "conversation_id"),
        replied_to=referred.get("replied_to")
        or identifier(raw, "in_reply_to_post_id", "in_reply_to_tweet_id"),
        replied_to_user=identifier(raw, "in_reply_to_user_id"),
        quoted=referred.get("quoted"),
        reposted=referred.get("retweeted") or referred.get("reposted"),
        history=read_history(raw),
        language=words(raw, "lang"),
        mentions=read_mentions(note) + read_mentions(raw),
        display_start=read_display_start(raw),
        media=_attached(raw, included),
    )


def _references(raw: Json) -> dict[str, str]:
    found = first_records(raw, "referenced_posts", "referenced_tweets")
    pairs = ((words(reference, "type"), identifier(reference, "id")) for reference in found)
    return {kind: target for kind, target in pairs if target}


def _attached(raw: Json, included: Included) -> tuple[Attachment, ...]:
    keys = first_record(raw, "attachments").get("media_keys")
    named = [key for key in keys if isinstance(key, str)] if isinstance(keys, list) else []
    return tuple(
        included.media.get(key) or Attachment(kind="file", external_id=key) for key in named
    )


def read_direct_message(raw: Json, included: Included) -> DirectMessage:
    """Read a message of API version 2.

    Raises:
        Malformed: it has no id.
    """
    external_id = required(raw, "id")
    sender = identifier(raw, "sender_id")
    conversation = identifier(raw, "dm_conversation_id")
    return DirectMessage(
        id=external_id,
        text=plain(words(raw, "text")),
        sender=sender,
        recipient=_other(raw, conversation, sender),
        conversation=conversation,
        sent_at=instant(raw.get("created_at")) or snowflake(external_id),
        media=_attached(raw, included),
    )


def _other(raw: Json, conversation: str | None, sender: str | None) -> str | None:
    """Return to whom a message of two people went; None for a group's."""
    given: Any = raw.get("participant_ids")
    pair = given if isinstance(given, list) else (conversation or "").split("-")
    others = [str(person) for person in pair if str(person) != sender]
    return others[0] if sender and len(pair) == 2 and len(others) == 1 else None  # noqa: PLR2004
