"""What happens on a page in public: posts, comments, mentions, reviews, reactions, moderation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from scskit.core.interaction import InteractionKind
from scskit.plugins import Attachment, Author, Deletion, Edit, Message, Parsed
from scskit_facebook import wire
from scskit_facebook.scene import Scene, author_or_unknown
from scskit_meta.reading import Malformed, read

FIELDS = frozenset({"feed", "mention", "ratings"})
"""The fields of a page that are read here."""

_POSTS = frozenset({"post", "status", "photo", "video", "share", "album", "link", "note"})
_REACTIONS = frozenset({"reaction", "like"})
_MODERATION: Mapping[str, str] = {
    verb: f"moderation:{verb}" for verb in ("block", "unblock", "mute", "unmute")
}
_EDITS = frozenset({"edit", "edited", "update"})
_REMOVALS = frozenset({"remove", "delete"})


def read_feed(scene: Scene, change: wire.Change) -> Iterable[Parsed]:
    """Read one change of a page.

    Raises:
        Malformed: it does not say what happened to what.
    """
    item = read(change.value, wire.FeedItem)
    at = scene.at(item.created_time)
    if item.item in _REACTIONS:
        return (_reaction(scene, item, at),)
    if item.verb == "add":
        return (_added(scene, change.field, item, at),)
    target = _target(item)
    if item.verb in _REMOVALS:
        who = _done_by(scene, item)
        return (Deletion(account=scene.account, target=_needed(target), deleted_at=at, **who),)
    text = item.message or item.review_text
    if item.verb in _EDITS and text:
        # The time of an edit is its delivery's: created_time is the comment's own.
        edited_at = scene.at()
        target = _needed(target)
        who = _done_by(scene, item)
        return (Edit(account=scene.account, target=target, edited_at=edited_at, text=text, **who),)
    event = "edit" if item.verb in _EDITS else _MODERATION.get(item.verb, item.verb)
    return (scene.signal(event, scene.at(), target, _author(item), item=item.item),)


def _added(scene: Scene, field: str, item: wire.FeedItem, at: datetime) -> Parsed:
    """Return new content; what only happened on the page is no message of anybody."""
    if item.item not in _POSTS | {"comment", "rating"}:
        return scene.signal("post", at, _target(item), _author(item), item=item.item)
    external_id = _needed(_target(item))
    author, extra = author_or_unknown(_author(item), external_id)
    extra |= {name: value for name, value in _extra(field, item) if value not in (None, "")}
    return Message(
        account=scene.account,
        external_id=external_id,
        author=author,
        posted_at=at,
        text=item.message or item.review_text,
        kind=_kind(item),
        visibility="public",
        direction="outbound" if author.external_id == scene.own_id else "inbound",
        thread=_thread(item),
        parent=_parent(item),
        attachments=tuple(_attachments(item)),
        extra=extra,
    )


def _kind(item: wire.FeedItem) -> InteractionKind:
    kinds: dict[str, InteractionKind] = {"comment": "comment", "rating": "review"}
    return kinds.get(item.item, "post")


def _target(item: wire.FeedItem) -> str:
    """Return the id of what it is about; ids are never taken apart."""
    if item.item == "comment":
        return item.comment_id
    if item.item == "rating":
        return item.open_graph_story_id or item.post_id
    own: str = getattr(item, f"{item.item}_id", "")
    return item.post_id or own


def _needed(target: str) -> str:
    if not target:
        raise Malformed("the id of what it is about is missing")
    return target


def _thread(item: wire.FeedItem) -> str | None:
    """Return the post or review that everything hangs from."""
    if item.item == "rating" or item.open_graph_story_id:
        return item.open_graph_story_id or item.post_id or None
    return item.post_id or None


def _parent(item: wire.FeedItem) -> str | None:
    if item.item != "comment":
        return None
    return item.parent_id or item.post_id or item.open_graph_story_id or None


def _author(item: wire.FeedItem) -> Author | None:
    """Return who did it; None where nobody is named."""
    if item.from_ is not None and item.from_.id:
        return Author(external_id=item.from_.id, name=item.from_.name)
    if item.reviewer_id:
        return Author(external_id=item.reviewer_id, name=item.reviewer_name)
    if item.sender_id:
        return Author(external_id=item.sender_id, name=item.sender_name)
    return Author(external_id=item.user_id) if item.user_id else None


def _done_by(scene: Scene, item: wire.FeedItem) -> dict[str, Any]:
    """Return who changed something, and whether that was the brand."""
    author = _author(item)
    own = author is not None and author.external_id == scene.own_id
    return {"author": author, "direction": "outbound" if own else "inbound"}


def _attachments(item: wire.FeedItem) -> Iterator[Attachment]:
    for url in dict.fromkeys((*item.photos, *((item.photo,) if item.photo else ()))):
        yield Attachment(kind="image", url=url)
    if item.video:
        yield Attachment(kind="video", url=item.video)
    if item.link:
        kind = {"photo": "image", "video": "video"}.get(item.item, "link")
        if item.link not in {*item.photos, item.photo, item.video}:
            yield Attachment(kind=kind, url=item.link)


def _extra(field: str, item: wire.FeedItem) -> Iterator[tuple[str, Any]]:
    yield "event", "mention" if field == "mention" else ""
    yield "item", "" if item.item in {"comment", "post", "rating"} else item.item
    yield "rating", item.rating
    yield "recommendation_type", item.recommendation_type
    yield "post", item.post


def _reaction(scene: Scene, item: wire.FeedItem, at: datetime) -> Parsed:
    event = "unreaction" if item.verb in _REMOVALS else "reaction"
    target = item.comment_id or item.post_id or item.open_graph_story_id
    reaction = item.reaction_type or "like"
    return scene.signal(event, at, target, _author(item), reaction=reaction)
