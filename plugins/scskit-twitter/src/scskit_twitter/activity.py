"""Events of the X Activity API, as webhooks and the stream deliver them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final

from scskit.plugins import Parsed, Signal
from scskit_twitter.direct import event_item
from scskit_twitter.legacy import activities, deleted, has_activities, relation, revoked
from scskit_twitter.posts import Place, post_items
from scskit_twitter.reading import Json, identifier, instant, required, words
from scskit_twitter.wire import Included
from scskit_twitter.wire_v2 import read_post

Reader = Callable[[Json, Place, Included], Iterator[Parsed]]


def _posted(raw: Json, place: Place, included: Included, event: str) -> Iterator[Parsed]:
    yield from post_items(read_post(raw, included), place, included, event)


def _direct(raw: Json, place: Place, included: Included, key: str) -> Iterator[Parsed]:
    # Two of these payloads X documents by name only: one event without its list is taken as well.
    if "event_type" in raw:
        yield from event_item(raw, place, included)
    else:
        held = raw if has_activities(raw) else {key: [raw]}
        yield from activities(held, place, included)


def _liked(raw: Json, place: Place, included: Included) -> Iterator[Parsed]:
    # It comes where the account likes or is liked, and names only whose post it was.
    whose = identifier(raw, "liked_post_author_id", "liked_tweet_author_id")
    own = whose is not None and not place.wrote(whose)
    yield Signal(
        account=place.account,
        event="reaction",
        at=instant(raw.get("timestamp_ms")) or place.received_at,
        target=required(raw, "liked_post_id", "liked_tweet_id"),
        author=included.author(place.user_id) if own else None,
        detail={"type": "like", "is_echo": own},
        visibility="public",
    )


def _revoked(raw: Json, place: Place, _: Included) -> Iterator[Parsed]:
    yield revoked(raw, place)


READERS: Final[Mapping[str, Reader]] = {
    "post.create": partial(_posted, event=""),
    "post.mention.create": partial(_posted, event="mention"),
    "post.reply.create": partial(_posted, event="reply"),
    "post.quote.create": partial(_posted, event="quote"),
    "post.repost.create": partial(_posted, event="repost"),
    "post.delete": deleted,
    "dm.received": partial(_direct, key="direct_message_events"),
    "dm.sent": partial(_direct, key="direct_message_events"),
    "dm.read": partial(_direct, key="direct_message_mark_read_events"),
    "dm.indicate_typing": partial(_direct, key="direct_message_indicate_typing_events"),
    "like.create": _liked,
    "follow.follow": partial(relation, event="follow"),
    "follow.unfollow": partial(relation, event="follow"),
    "mute.mute": partial(relation, event="mute"),
    "mute.unmute": partial(relation, event="mute"),
    "block.block": partial(relation, event="block"),
    "block.unblock": partial(relation, event="block"),
    "oauth.revoke": _revoked,
}
"""By event type; what is not here is told and nothing more."""

_ENCRYPTED: Final = "chat."
_PROFILE: Final = "profile.update."


def subscriber(event: Json, payload: Json) -> str | None:
    """Return the user id of the account that an event is for; None where it names none."""
    given = event.get("filter")
    named = identifier(given, "user_id") if isinstance(given, dict) else None
    return named or identifier(payload, "for_user_id", "user_id")


def event_items(
    event_type: str, payload: Json, place: Place, included: Included
) -> Iterator[Parsed]:
    """Read the payload of one event.

    Raises:
        Malformed: it is not built as X documents it.
    """
    reader = READERS.get(event_type)
    if reader is not None:
        yield from reader(payload, place, included)
    else:
        yield _told(event_type, payload, place)


def _told(event_type: str, payload: Json, place: Place) -> Signal:
    detail: dict[str, Any] = {"event_type": event_type}
    event = f"other:{event_type}"
    if event_type.startswith(_PROFILE):
        event = "profile"
        detail |= {name: words(payload, name) for name in ("before", "after")}
    elif event_type.startswith(_ENCRYPTED):
        event = "encrypted"  # ends are encrypted: neither text nor author can be read
    at = instant(payload.get("created_at_msec")) or place.received_at
    return Signal(account=place.account, event=event, at=at, detail=detail)
