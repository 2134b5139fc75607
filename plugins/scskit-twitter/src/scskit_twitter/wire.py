"""What X sends, as values: posts of both API versions, direct messages, who and what they name.

X renamed fields in 2026 (``tweet`` became ``post``) and sends either; every reader here takes both.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from attrs import evolve, field, frozen

from scskit.plugins import Attachment, Author
from scskit_twitter.reading import (
    Json,
    first_record,
    first_records,
    identifier,
    record,
    records,
    whole,
    words,
)

_KINDS: Final = {"photo": "image", "video": "video", "animated_gif": "video", "audio": "audio"}


@frozen(kw_only=True)
class Mention:
    """Somebody named in a post.

    Attributes:
        user_id: who, when told.
        username: the handle without ``@``.
        start: where in the text, when told.
    """

    user_id: str | None
    username: str
    start: int | None


@frozen(kw_only=True)
class Post:
    """One version of a post.

    Attributes:
        id: of this version.
        text: plain, in full length.
        author_id: who wrote it, when told.
        created_at: when, when told or borne by the id.
        conversation: the id of the post that began the conversation, when told.
        replied_to: the id of the post it answers.
        replied_to_user: whom it answers; also set for a post that merely begins with a handle.
        quoted: the id of the post it quotes.
        reposted: the id of the post it merely repeats.
        history: the ids of all versions, oldest first.
        language: X's code for it.
        mentions: who is named.
        display_start: where the text begins that the author wrote; the handles before it were
            put there by X.
        media: what came with it.
    """

    id: str
    text: str = ""
    author_id: str | None = None
    created_at: datetime | None = None
    conversation: str | None = None
    replied_to: str | None = None
    replied_to_user: str | None = None
    quoted: str | None = None
    reposted: str | None = None
    history: tuple[str, ...] = ()
    language: str = ""
    mentions: tuple[Mention, ...] = ()
    display_start: int | None = None
    media: tuple[Attachment, ...] = ()


@frozen(kw_only=True)
class DirectMessage:
    """One private message.

    Attributes:
        id: of the message.
        text: plain.
        sender: who wrote it, when told.
        recipient: to whom, when told; a group has none.
        conversation: the network's key of the conversation, when there is one.
        sent_at: when, when told or borne by the id.
        media: what came with it.
        postback: what a pressed quick reply stands for.
    """

    id: str
    text: str = ""
    sender: str | None = None
    recipient: str | None = None
    conversation: str | None = None
    sent_at: datetime | None = None
    media: tuple[Attachment, ...] = ()
    postback: str = ""


@frozen
class Included:
    """What stands beside posts and messages, by id.

    Attributes:
        users: people.
        media: by media key.
        authors: who wrote the posts that others refer to.
        firsts: the first version of each edited post that others refer to.
    """

    users: Mapping[str, Author] = field(factory=dict)
    media: Mapping[str, Attachment] = field(factory=dict)
    authors: Mapping[str, str] = field(factory=dict)
    firsts: Mapping[str, str] = field(factory=dict)

    def joined(self, other: Included) -> Included:
        """Return both together; what the other knows counts for more."""
        return Included(
            {**self.users, **other.users},
            {**self.media, **other.media},
            {**self.authors, **other.authors},
            {**self.firsts, **other.firsts},
        )

    def author(self, user_id: str | None) -> Author:
        """Return a person, as much as is known; one without id when nobody is named."""
        return self.users.get(user_id or "") or Author(external_id=user_id or "")


def read_included(*holders: Json) -> Included:
    """Read all ``includes`` that stand around an item."""
    found = Included()
    for holder in holders:
        posts = first_records(holder, "posts", "tweets")
        users, media = _users(holder.get("users")), _media_by_key(holder.get("media"))
        found = found.joined(Included(users, media, _authors(posts), _firsts(posts)))
    return found


def _users(value: object) -> dict[str, Author]:
    # In a map the key is the id: some senders repeat one user under several keys.
    if isinstance(value, dict):
        keyed = ((str(key), record(user)) for key, user in value.items())
        return {key: evolve(read_user(user), external_id=key) for key, user in keyed}
    read = (read_user(user) for user in records(value))
    return {user.external_id: user for user in read if user.external_id}


def read_user(raw: Json) -> Author:
    """Read a user of either API version."""
    return Author(
        external_id=identifier(raw, "id_str", "id") or "",
        handle=words(raw, "username", "screen_name"),
        name=words(raw, "name"),
        followers=whole(first_record(raw, "public_metrics") or raw, "followers_count"),
    )


def _media_by_key(value: object) -> dict[str, Attachment]:
    return {
        key: read_medium(medium)
        for medium in records(value)
        if (key := identifier(medium, "media_key")) is not None
    }


def _authors(posts: list[Json]) -> dict[str, str]:
    pairs = ((identifier(post, "id_str", "id"), identifier(post, "author_id")) for post in posts)
    return {post: author for post, author in pairs if post and author}


def _firsts(posts: list[Json]) -> dict[str, str]:
    known = ((identifier(post, "id_str", "id"), read_history(post)) for post in posts)
    return {post: history[0] for post, history in known if post and post in history[1:]}


def read_history(raw: Json) -> tuple[str, ...]:
    """Read the ids of all versions of a post, oldest first; empty when they are not told."""
    for name in ("edit_history_post_ids", "edit_history_tweet_ids"):
        ids = raw.get(name)
        if isinstance(ids, list) and ids:
            found = (identifier({"id": value}, "id") for value in ids)
            return tuple(value for value in found if value)
    return ()


def read_medium(raw: Json) -> Attachment:
    """Read a medium of either API version; of a video, the file of the best quality."""
    variants = first_records(raw, "variants") or first_records(
        first_record(raw, "video_info"), "variants"
    )
    best = max(variants, key=_bit_rate, default={})
    return Attachment(
        kind=_KINDS.get(words(raw, "type"), "file"),
        url=words(best, "url")
        or words(raw, "media_url_https", "media_url", "url", "preview_image_url"),
        external_id=identifier(raw, "media_key", "id_str", "id") or "",
        title=words(raw, "alt_text", "ext_alt_text"),
        media_type=words(best, "content_type"),
    )


def _bit_rate(variant: Json) -> int:
    rate = whole(variant, "bit_rate")
    return (whole(variant, "bitrate") or 0) if rate is None else rate


def read_mentions(raw: Json) -> tuple[Mention, ...]:
    """Read who is named in a post of either API version."""
    entities = first_record(raw, "entities")
    return tuple(
        Mention(
            user_id=identifier(mention, "id_str", "id"),
            username=words(mention, "username", "screen_name"),
            start=_start(mention),
        )
        for mention in first_records(entities, "mentions", "user_mentions")
    )


def _start(mention: Json) -> int | None:
    indices = mention.get("indices")
    if isinstance(indices, list) and indices:
        return whole({"start": indices[0]}, "start")
    return whole(mention, "start")


def read_display_start(raw: Json) -> int | None:
    """Read where the text begins that the author wrote."""
    given = raw.get("display_text_range")
    if isinstance(given, list) and given:
        return whole({"start": given[0]}, "start")
    return whole(record(given), "start")


def conversation_of(one: str, other: str) -> str:
    """Return X's key of the conversation of two people: their ids, the smaller first."""
    return "-".join(sorted((one, other), key=lambda person: (len(person), person)))
