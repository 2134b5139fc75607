"""Bodies of the Account Activity API, whose parts the X Activity API sends for messages too."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Final

from scskit.plugins import Deletion, Parsed, Signal, Unreadable
from scskit_twitter.direct import legacy_message, read_mark, typing
from scskit_twitter.posts import Place, post_items
from scskit_twitter.reading import Json, each, first_record, identifier, instant, required, words
from scskit_twitter.wire import Included, Post, read_user
from scskit_twitter.wire_v1 import read_legacy_post

Reader = Callable[[Json, Place, Included], Iterator[Parsed]]


def _created(raw: Json, place: Place, included: Included) -> Iterator[Parsed]:
    post = read_legacy_post(raw)
    author = read_user(first_record(raw, "user"))
    known = Included({**included.users, author.external_id: author}, {}, included.authors)
    quoted = first_record(raw, "quoted_status")
    writer = identifier(first_record(quoted, "user"), "id_str", "id")
    if post.quoted and writer:
        known = Included(known.users, {}, {**known.authors, post.quoted: writer})
    yield from post_items(post, place, known, "mention" if _mentions(post, place) else "")


def _mentions(post: Post, place: Place) -> bool:
    """Tell whether somebody calls the account; what answers or quotes a post is more than that."""
    if place.wrote(post.author_id) or post.replied_to or post.quoted or post.reposted:
        return False
    return place.wrote(post.replied_to_user) or any(map(place.names, post.mentions))


def deleted(raw: Json, place: Place, included: Included) -> Iterator[Parsed]:
    """Read that a post was taken away; who wrote it has done so."""
    status = first_record(raw, "status") or raw
    writer = identifier(status, "author_id", "user_id")
    yield Deletion(
        account=place.account,
        target=required(status, "id_str", "id"),
        deleted_at=instant(raw.get("timestamp_ms")) or place.received_at,
        author=included.author(writer) if writer else None,
        direction="outbound" if place.wrote(writer) else "inbound",
        visibility="public",
    )


def _liked(raw: Json, place: Place, _: Included) -> Iterator[Parsed]:
    author = read_user(first_record(raw, "user"))
    yield Signal(
        account=place.account,
        event="reaction",
        at=instant(raw.get("timestamp_ms")) or instant(raw.get("created_at")) or place.received_at,
        target=required(first_record(raw, "favorited_status"), "id_str", "id"),
        author=author,
        detail={"type": "like", "is_echo": place.wrote(author.external_id)},
        visibility="public",
    )


def relation(raw: Json, place: Place, _: Included, *, event: str) -> Iterator[Parsed]:
    """Read who followed, muted or blocked whom, or no longer does."""
    sides = {side: read_user(first_record(raw, side)).external_id for side in ("source", "target")}
    yield Signal(
        account=place.account,
        event=event,
        at=instant(raw.get("created_timestamp")) or place.received_at,
        detail={"type": words(raw, "type") or event, **sides},
    )


def revoked(raw: Json, place: Place) -> Signal:
    """Read that a user took an app's permission away."""
    return Signal(
        account=place.account,
        event="revoke",
        at=instant(raw.get("date_time")) or place.received_at,
        detail={"user_id": place.user_id},
    )


READERS: Final[Mapping[str, Reader]] = {
    "tweet_create_events": _created,
    "tweet_delete_events": deleted,
    "favorite_events": _liked,
    "direct_message_events": legacy_message,
    "direct_message_indicate_typing_events": typing,
    "direct_message_mark_read_events": read_mark,
    "follow_events": partial(relation, event="follow"),
    "unfollow_events": partial(relation, event="follow"),
    "mute_events": partial(relation, event="mute"),
    "unmute_events": partial(relation, event="mute"),
    "block_events": partial(relation, event="block"),
    "unblock_events": partial(relation, event="block"),
}
"""What a body may hold, by the key it stands under."""

_SUFFIX: Final = "_events"


def activities(body: Json, place: Place, included: Included) -> Iterator[Parsed]:
    """Read all that one body of the Account Activity API, or one payload like it, tells."""
    for key, value in body.items():
        if key in READERS:
            yield from _elements(key, value, place, included)
        elif key.endswith(_SUFFIX):
            event = f"other:{key.removesuffix(_SUFFIX)}"
            yield Signal(account=place.account, event=event, at=place.received_at)


def _elements(key: str, value: object, place: Place, included: Included) -> Iterator[Parsed]:
    reader = READERS[key]
    if isinstance(value, dict):
        value = [value]
    if isinstance(value, list):
        yield from each(value, lambda raw: reader(raw, place, included))
    else:
        reason = f"{key}: found {type(value).__name__}, expected a list"
        yield Unreadable(reason=reason, payload={key: value})


def has_activities(body: Json) -> bool:
    """Tell whether a body or a payload holds anything of this kind."""
    return any(key.endswith(_SUFFIX) for key in body)
