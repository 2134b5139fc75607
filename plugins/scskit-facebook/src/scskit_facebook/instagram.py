"""Comments and mentions on Instagram."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from scskit.plugins import Author, Message, Parsed
from scskit_facebook import wire
from scskit_facebook.scene import Scene, author_or_unknown
from scskit_meta.reading import Malformed, read

FIELDS = frozenset({"comments", "live_comments", "mentions"})
"""The fields of an Instagram account that are read here."""


def read_comment(scene: Scene, change: wire.Change) -> Iterable[Parsed]:
    """Read a comment, or a mention, which names nothing but ids.

    Instagram tells neither edits nor deletions of comments.

    Raises:
        Malformed: it has no id.
    """
    comment = read(change.value, wire.InstagramComment)
    medium = comment.media.id or comment.media_id
    external_id = comment.id or comment.comment_id or medium
    if not external_id:
        raise Malformed("id is missing")
    author, extra = author_or_unknown(_author(comment), external_id)
    if change.field == "mentions":
        extra["event"] = "mention"
    return (
        Message(
            account=scene.account,
            external_id=external_id,
            author=author,
            posted_at=scene.at(comment.timestamp),
            text=comment.text,
            kind="comment" if external_id != medium else "post",
            visibility="public",
            direction="outbound" if _is_own(scene, comment.from_) else "inbound",
            thread=medium or None,
            parent=_parent(comment, medium, external_id),
            extra=extra | _extra(change.field, comment.media),
        ),
    )


def _author(comment: wire.InstagramComment) -> Author | None:
    who = comment.from_
    id_ = who.id or who.self_ig_scoped_id
    return Author(external_id=id_, handle=who.username, name=who.name) if id_ else None


def _is_own(scene: Scene, who: wire.Person) -> bool:
    """Tell whether the account itself wrote: by its id, Meta's word for it, or its name."""
    named = bool(scene.username) and who.username.lower() == scene.username
    return (bool(who.id) and who.id == scene.own_id) or bool(who.self_ig_scoped_id) or named


def _parent(comment: wire.InstagramComment, medium: str, external_id: str) -> str | None:
    parent = comment.parent_id or medium
    return parent if parent and parent != external_id else None


def _extra(field: str, medium: wire.Medium) -> dict[str, Any]:
    told = {
        "live": field == "live_comments",
        "media_product_type": medium.media_product_type,
        "ad_id": medium.ad_id,
    }
    return {name: value for name, value in told.items() if value}
