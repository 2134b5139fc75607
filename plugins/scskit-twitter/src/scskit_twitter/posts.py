"""What a post is to a desk: a message, a newer version of one, or merely a repetition."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

from attrs import evolve, frozen

from scskit.plugins import Author, Edit, Message, Parsed, Signal
from scskit_twitter.reading import snowflake
from scskit_twitter.wire import Included, Mention, Post

_LEADING_HANDLES: Final = re.compile(r"(?:@\w+\s+)*")
_NO_LANGUAGE: Final = frozenset(
    {"", "und", "zxx", "art", "qam", "qct", "qht", "qme", "qst"}  # X: unknown, links, emoji only
)
_OLD_CODES: Final = {"in": "id", "iw": "he", "ji": "yi"}


@frozen(kw_only=True)
class Place:
    """Whose item it is, and when it came.

    Attributes:
        account: the account's id.
        user_id: the account's own id on X; None when nobody says.
        handle: its name, when known.
        received_at: the time of items that bear none.
    """

    account: str
    user_id: str | None
    handle: str
    received_at: datetime

    def wrote(self, user_id: str | None) -> bool:
        """Tell whether the account itself is meant."""
        return user_id is not None and user_id == self.user_id

    def names(self, mention: Mention) -> bool:
        """Tell whether a mention means the account."""
        if mention.user_id is not None and self.user_id is not None:
            return mention.user_id == self.user_id
        return bool(self.handle) and mention.username.casefold() == self.handle.casefold()


def post_items(post: Post, place: Place, included: Included, event: str = "") -> tuple[Parsed, ...]:
    """Return what a post means.

    A post that was edited is a new post, with the ids of all its versions. It becomes the message
    under its first id and the edit of it: the first version may never have been seen, and where it
    was, the message is a duplicate and the edit counts. A mere repost is no message.

    Args:
        post: one version of a post.
        place: whose item it is.
        included: what stood beside it.
        event: ``mention``, ``quote``, ``reply`` or ``repost`` where X told why it sent it.
    """
    author = included.author(post.author_id)
    if post.reposted is not None or event == "repost":
        return (_repost(post, place, author),)
    message = _message(post, place, author, included, event)
    if post.id == message.external_id:
        return (message,)
    edit = Edit(
        account=place.account,
        target=message.external_id,
        edited_at=snowflake(post.id) or post.created_at or place.received_at,
        text=post.text,
        revision=post.history.index(post.id),
        author=message.author,
        direction=message.direction,
        visibility="public",
    )
    return (message, edit)


def _repost(post: Post, place: Place, author: Author) -> Signal:
    return Signal(
        account=place.account,
        event="repost",
        at=post.created_at or place.received_at,
        target=post.reposted,
        author=author,
        detail={"is_echo": place.wrote(post.author_id)},
        visibility="public",
    )


def _message(post: Post, place: Place, author: Author, included: Included, event: str) -> Message:
    first = post.history[0] if post.id in post.history else post.id
    began = snowflake(first) if first != post.id else None
    return Message(
        account=place.account,
        external_id=first,
        author=_named(author, place),
        posted_at=began or post.created_at or place.received_at,
        text=post.text,
        kind="reply" if post.replied_to else "post",
        direction="outbound" if place.wrote(post.author_id) else "inbound",
        thread=post.conversation,
        parent=included.firsts.get(post.replied_to or "", post.replied_to),
        language=_language(post.language),
        attachments=post.media,
        extra=_extra(post, place, included, event),
    )


def _named(author: Author, place: Place) -> Author:
    if place.wrote(author.external_id) and not author.handle:
        return evolve(author, handle=place.handle)
    return author


def _extra(post: Post, place: Place, included: Included, event: str) -> dict[str, Any]:
    extra: dict[str, Any] = {}
    if event or (post.quoted and not post.replied_to):
        extra["event"] = event or "quote"
    if post.quoted:
        extra["quotes"] = post.quoted
    if not place.wrote(post.author_id):
        extra["summoned"] = _summoned(post, place, included, event)
    return extra


def _summoned(post: Post, place: Place, included: Included, event: str) -> bool:
    """Tell whether the author mentioned or quoted the account, on purpose.

    Handles that X itself puts before a reply are no mention (changelog of 2026-02-23).
    """
    if event in {"mention", "quote"}:
        return True
    if post.quoted and place.wrote(included.authors.get(post.quoted)):
        return True
    return any(place.names(mention) and not _put_there(post, mention) for mention in post.mentions)


def _put_there(post: Post, mention: Mention) -> bool:
    if post.replied_to is None or mention.start is None:
        return False
    own = post.display_start
    if own is None:
        match = _LEADING_HANDLES.match(post.text)
        own = match.end() if match else 0
    return mention.start < own


def _language(code: str) -> str | None:
    return None if code in _NO_LANGUAGE else _OLD_CODES.get(code, code)
