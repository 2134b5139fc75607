"""How API version 1.1 writes posts and messages: the Account Activity API, and messages today."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from scskit_twitter.fake.showing import show_user
from scskit_twitter.fake.state import DirectMessage, Post, User
from scskit_twitter.fake.texts import write
from scskit_twitter.fake.wanted import everything

Json = dict[str, Any]
Find = Callable[[str], User | None]

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = (
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
)
_SHORT: Final = 140
APP_ID: Final = "268278"


def milliseconds(moment: datetime) -> str:
    """Write an instant as text of milliseconds since 1970."""
    return str(int(moment.timestamp() * 1000))


def legacy_moment(moment: datetime) -> str:
    """Write an instant as version 1.1 does."""
    utc = moment.astimezone(UTC)
    day, month = _DAYS[utc.weekday()], _MONTHS[utc.month - 1]
    return f"{day} {month} {utc.day:02} {utc:%H:%M:%S} +0000 {utc.year}"


def legacy_user(user: User) -> Json:
    """Write a user."""
    return {
        "id": int(user.id),
        "id_str": user.id,
        "name": user.name,
        "screen_name": user.username,
        "followers_count": user.followers,
        "friends_count": 0,
        "protected": user.protected,
        "verified": user.premium,
        "created_at": legacy_moment(user.created_at),
    }


def legacy_post(post: Post, find: Find, *, quotes: bool = True) -> Json:
    """Write a post.

    Args:
        post: the version to write.
        find: returns who has a handle.
        quotes: whether the post that it quotes or repeats goes with it.
    """
    text = write(post.typed, find, leading=post.leading, media=post.media)
    long = len(text.text) > _SHORT
    short = write(post.typed[: _SHORT - 10], find, leading=post.leading) if long else text
    shown: Json = {
        "created_at": legacy_moment(post.created_at),
        "id": int(post.id),
        "id_str": post.id,
        "text": f"{short.text}…" if long else text.text,
        "truncated": long,
        "user": legacy_user(post.author),
        "entities": short.legacy_entities(),
        "is_quote_status": post.quoted is not None,
        "lang": "en" if post.typed.isascii() else "und",
        "timestamp_ms": milliseconds(post.created_at),
        **_answered(post),
    }
    if long:
        shown["extended_tweet"] = {
            "full_text": text.text,
            "display_text_range": [text.own_from, len(text.text)],
            "entities": text.legacy_entities(),
        }
    if quotes and post.quoted:
        shown["quoted_status_id"] = int(post.quoted.id)
        shown["quoted_status_id_str"] = post.quoted.id
        shown["quoted_status"] = legacy_post(post.quoted, find, quotes=False)
    if quotes and post.reposted:
        shown["retweeted_status"] = legacy_post(post.reposted, find, quotes=False)
    return shown


def _answered(post: Post) -> Json:
    answered = post.replied_to
    return {
        "in_reply_to_status_id": int(answered.id) if answered else None,
        "in_reply_to_status_id_str": answered.id if answered else None,
        "in_reply_to_user_id": int(answered.author.id) if answered else None,
        "in_reply_to_user_id_str": answered.author.id if answered else None,
        "in_reply_to_screen_name": answered.author.username if answered else None,
    }


def legacy_message(message: DirectMessage, find: Find, *, by_app: bool) -> Json:
    """Write a direct message, which today's pushes still write so."""
    text = write(message.typed, find, media=message.media)
    data: Json = {"text": text.text, "entities": text.legacy_entities()}
    if message.media:
        medium = message.media[0]
        address = f"https://ton.twitter.com/1.1/ton/data/dm/{message.id}/{medium.id}"
        media = {
            "id": int(medium.id),
            "id_str": medium.id,
            "type": medium.kind,
            "media_url_https": address,
        }
        data["attachment"] = {"type": "media", "media": media}
    if message.postback:
        data["quick_reply_response"] = {"type": "options", "metadata": message.postback}
    others = [person for person in message.people if person is not message.sender]
    created: Json = {"sender_id": message.sender.id, "message_data": data}
    if len(others) == 1:
        created["target"] = {"recipient_id": others[0].id}
    if by_app:
        created["source_app_id"] = APP_ID
    return {
        "type": "message_create",
        "id": message.id,
        "created_timestamp": milliseconds(message.created_at),
        "message_create": created,
    }


def users_of(message: DirectMessage, *, legacy: bool) -> Json:
    """Write who takes part in a conversation, by id."""
    if legacy:
        return {person.id: legacy_user(person) for person in message.people}
    wanted = everything("tweet")
    return {person.id: {"data": show_user(person, wanted)} for person in message.people}
