"""Instagram accounts, their media and comments as objects of the graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scskit.testing.network import Call
from scskit_facebook.fake import talk_nodes
from scskit_facebook.fake.content import Comment, Content, Post
from scskit_meta.fake import Field, Node, edge, shown, time_text

if TYPE_CHECKING:
    from scskit_facebook.fake.accounts import Account
    from scskit_facebook.fake.server import FakeFacebook


def account(network: FakeFacebook, call: Call, one: Account) -> Node:
    """Return an Instagram account."""
    media = [each for each in reversed(one.content) if not each.removed]
    path = f"/{one.id}/media"

    def listed(asked: Field) -> Any:  # noqa: ANN401  any JSON value
        kept = [content(network, call, each) for each in media]
        return edge(network, call, path, kept, asked)

    values = {
        "id": one.id,
        "user_id": one.id,
        "ig_id": one.id,
        "username": one.username,
        "name": one.name,
        "account_type": "BUSINESS",
        "profile_picture_url": talk_nodes.picture_url(one.id),
        "followers_count": 0,
        "follows_count": 0,
        "media_count": len(media),
        "media": listed,
        "tags": lambda asked: edge(network, call, f"/{one.id}/tags", [], asked),
        "mentioned_comment": lambda asked: _mentioned(network, call, one, asked, "comment_id"),
        "mentioned_media": lambda asked: _mentioned(network, call, one, asked, "media_id"),
        "conversations": lambda asked: talk_nodes.conversations(network, call, one, asked),
    }
    return Node(values)


def _mentioned(
    network: FakeFacebook, call: Call, one: Account, asked: Field, name: str
) -> dict[str, Any]:
    """Return what names the account, by the id that a webhook told."""
    id_ = asked.modifiers.get(name, "")
    for each in one.mentioned:
        medium = each.post if isinstance(each, Comment) else each
        found = each if name == "comment_id" else medium
        if found.id == id_ and not found.removed:
            return shown(content(network, call, found), asked.fields)
    raise network.missing(id_)


def content(network: FakeFacebook, call: Call, one: Content) -> Node:
    """Return a medium or comment."""
    values: dict[str, Any] = {
        "id": one.id,
        "timestamp": time_text(one.at),
        "username": one.author.username,
        "like_count": len(one.reactions),
    }
    if isinstance(one, Comment):
        return Node(values | _comment(network, call, one), ("timestamp", "text", "id"))
    post: Any = one
    return Node(values | _medium(network, call, post))


def _comment(network: FakeFacebook, call: Call, one: Comment) -> dict[str, Any]:
    who: dict[str, Any] = {"id": one.author_id, "username": one.author.username}
    return {
        "text": one.text,
        "from": who,
        "user": {"id": one.author_id} if one.own else None,
        "hidden": one.hidden,
        "media": content(network, call, one.post),
        "parent_id": one.parent.id if one.parent else None,
        "replies": lambda asked: _beneath(network, call, one, asked, "replies"),
    }


def _medium(network: FakeFacebook, call: Call, one: Post) -> dict[str, Any]:
    return {
        "caption": one.text or None,
        "media_type": "IMAGE",
        "media_product_type": "FEED",
        "media_url": one.media[0]["url"] if one.media else None,
        "permalink": f"https://www.instagram.com/p/{one.id}/",
        "owner": {"id": one.author_id},
        "comments_count": sum(1 for _ in one.beneath()),
        "is_comment_enabled": True,
        "comments": lambda asked: _beneath(network, call, one, asked, "comments"),
    }


def _beneath(
    network: FakeFacebook, call: Call, on: Content, asked: Field, name: str
) -> dict[str, Any]:
    """Return the comments of the next level: of a medium the newest first, answers the oldest."""
    network.need(call, "instagram_manage_comments", "instagram_business_manage_comments", code=10)
    above = on if isinstance(on, Comment) else None
    found = [one for one in on.beneath() if one.parent is above]
    if above is None:
        found.reverse()
    kept = [content(network, call, one) for one in found]
    return edge(network, call, f"/{on.id}/{name}", kept, asked)
