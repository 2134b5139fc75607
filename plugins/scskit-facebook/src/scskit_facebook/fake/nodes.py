"""Pages, their posts and comments as objects of the graph."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from scskit.testing.network import Call
from scskit_facebook.fake import talk_nodes
from scskit_facebook.fake.content import Comment, Content, Post, Review
from scskit_facebook.fake.telling import READING
from scskit_facebook.windows import PRIVATE_REPLY_WINDOW
from scskit_meta.fake import Field, Node, edge, time_text

if TYPE_CHECKING:
    from scskit_facebook.fake.accounts import Account
    from scskit_facebook.fake.server import FakeFacebook

Edge = Callable[[Field], Any]


def page(network: FakeFacebook, call: Call, account: Account) -> Node:
    """Return a page, with what hangs from it."""
    posts = [one for one in reversed(account.content) if not one.removed and one.published]
    own = [one for one in posts if one.own]
    visitors = [one for one in posts if not one.own and not isinstance(one, Review)]
    named = [one for one in reversed(account.mentioned) if not one.removed]
    reviews = [one for one in posts if isinstance(one, Review)]
    instagram = getattr(account, "instagram", None)

    def listing(name: str, found: Iterable[Content]) -> Edge:
        return lambda asked: _posts(network, call, f"/{account.id}/{name}", found, asked)

    values: dict[str, Any] = {
        "id": account.id,
        "name": account.name,
        "username": account.username,
        "category": "Brand",
        "category_list": [{"id": "2213", "name": "Brand"}],
        "tasks": ["ANALYZE", "ADVERTISE", "MESSAGING", "MODERATE", "CREATE_CONTENT", "MANAGE"],
        "link": f"https://www.facebook.com/{account.username}",
        "access_token": account.token.value,
        "fan_count": 0,
        "followers_count": 0,
        "is_published": True,
        "verification_status": "not_verified",
        "instagram_business_account": {"id": instagram.id} if instagram else None,
        "connected_instagram_account": {"id": instagram.id} if instagram else None,
        "picture": talk_nodes.picture(account.id),
        "feed": listing("feed", (one for one in posts if not isinstance(one, Review))),
        "posts": listing("posts", own),
        "published_posts": listing("published_posts", own),
        "visitor_posts": listing("visitor_posts", visitors),
        "tagged": listing("tagged", (one for one in named if isinstance(one, Post))),
        "ratings": lambda asked: _ratings(network, call, account, reviews, asked),
        "conversations": lambda asked: talk_nodes.conversations(network, call, account, asked),
    }
    unasked = ("access_token", "category", "category_list", "name", "id", "tasks")
    return Node(values, unasked if call.caller.kind == "user" else ("name", "id"))


def _posts(
    network: FakeFacebook, call: Call, path: str, found: Iterable[Content], asked: Field
) -> dict[str, Any]:
    network.need(call, "pages_read_engagement", READING, code=10)
    kept = [content(network, call, one) for one in found if _in_time(one.at, asked)]
    return edge(network, call, path, kept, asked)


def _in_time(at: datetime, asked: Field) -> bool:
    since, until = asked.modifiers.get("since", ""), asked.modifiers.get("until", "")
    return at.timestamp() >= _moment(since, 0.0) and at.timestamp() <= _moment(until, 1e12)


def _moment(given: str, otherwise: float) -> float:
    if given.isdecimal():
        return float(given[:12])
    try:
        return datetime.fromisoformat(given).timestamp()
    except ValueError:
        return otherwise


def _ratings(
    network: FakeFacebook, call: Call, account: Account, found: list[Review], asked: Field
) -> dict[str, Any]:
    network.need(call, READING, code=10)
    nodes = [
        Node(
            {
                "id": one.id,
                "created_time": time_text(one.at),
                "has_rating": one.rating is not None,
                "has_review": bool(one.text),
                "rating": one.rating,
                "recommendation_type": _recommends(one),
                "review_text": one.text or None,
                "reviewer": {"name": one.author.name, "id": one.author_id},
                "open_graph_story": {"id": one.id, "message": one.text},
            },
            ("created_time", "recommendation_type", "rating", "review_text", "reviewer"),
        )
        for one in found
    ]
    return edge(network, call, f"/{account.id}/ratings", nodes, asked)


def _recommends(review: Review) -> str | None:
    if review.recommends is None:
        return None
    return "positive" if review.recommends else "negative"


def content(network: FakeFacebook, call: Call, one: Content) -> Node:
    """Return a post or comment."""
    values: dict[str, Any] = {
        "id": one.id,
        "message": one.text or None,
        "created_time": time_text(one.at),
        "updated_time": time_text(one.changed_at or one.at),
        "from": _author(call, one),
        "permalink_url": f"https://www.facebook.com/{one.id}",
        "is_hidden": one.hidden,
        "likes": lambda asked: _reactions(network, call, one, asked, likes=True),
        "reactions": lambda asked: _reactions(network, call, one, asked, likes=False),
        "comments": lambda asked: _comments(network, call, one, asked),
        "private_reply_conversation": None,
    }
    if isinstance(one, Comment):
        return Node(values | _comment(network, call, one), _COMMENT)
    post: Any = one
    return Node(values | _post(post), _POST)


_COMMENT = ("created_time", "from", "message", "id")
_POST = ("created_time", "message", "id")


def _author(call: Call, one: Content) -> dict[str, str] | None:
    if not one.own and READING not in call.caller.scopes:
        return None
    return {"name": one.author.name, "id": one.author_id}


def _post(one: Post) -> dict[str, Any]:
    media = [
        {"media": {"image": {"src": each["url"]}}, "type": each["kind"], "url": each["url"]}
        for each in one.media
    ]
    return {
        "is_published": one.published,
        "status_type": "added_photos" if one.media else "mobile_status_update",
        "type": one.item,
        "link": one.link or None,
        "full_picture": one.media[0]["url"] if one.media else None,
        "attachments": {"data": media} if media else None,
        "to": None if one.own else {"data": [{"name": one.account.name, "id": one.account.id}]},
        "parent_id": None,
        "shares": None,
    }


def _comment(network: FakeFacebook, call: Call, one: Comment) -> dict[str, Any]:
    age = network.clock.now() - one.at
    answerable = not (one.own or one.answered_privately or age >= PRIVATE_REPLY_WINDOW)
    image = _image(one.media[0]["url"]) if one.media else None
    who = call.caller.owner
    return {
        "attachment": image,
        "can_comment": True,
        "can_hide": not one.own,
        "can_like": True,
        "can_remove": True,
        "can_reply_privately": answerable,
        "comment_count": sum(1 for _ in one.beneath()),
        "is_private": False,
        "like_count": sum(choice == "like" for _, choice in one.reactions.values()),
        "user_likes": who in one.reactions,
        "message_tags": None,
        "object": {"id": one.post.id, "message": one.post.text},
        "parent": _parent(network, call, one),
    }


def _image(url: str) -> dict[str, Any]:
    return {"type": "photo", "url": url, "media": {"image": {"src": url}}}


def _parent(network: FakeFacebook, call: Call, one: Comment) -> Node | None:
    return content(network, call, one.parent) if one.parent else None


def _comments(network: FakeFacebook, call: Call, on: Content, asked: Field) -> dict[str, Any]:
    """Return the comments beneath: of the first level, or with ``filter=stream`` all of them."""
    network.need(call, "pages_read_engagement", READING, code=10)
    every = list(on.beneath())
    found = every
    if asked.modifiers.get("filter") != "stream":
        found = [one for one in every if one.parent is (on if isinstance(on, Comment) else None)]
    found = [one for one in found if _in_time(one.at, asked)]
    if asked.modifiers.get("order") == "reverse_chronological":
        found.reverse()
    kept = [content(network, call, one) for one in found]
    listed = edge(network, call, f"/{on.id}/comments", kept, asked)
    if asked.modifiers.get("summary") in {"1", "true", "total_count"}:
        order = asked.modifiers.get("order", "chronological")
        listed["summary"] = {"order": order, "total_count": len(found), "can_comment": True}
    return listed


def _reactions(
    network: FakeFacebook, call: Call, on: Content, asked: Field, *, likes: bool
) -> dict[str, Any]:
    found = [
        Node({"id": id_, "name": name, "type": choice.upper()}, ("id", "name"))
        for id_, (name, choice) in on.reactions.items()
        if not likes or choice == "like"
    ]
    name = "likes" if likes else "reactions"
    listed = edge(network, call, f"/{on.id}/{name}", found, asked)
    if "summary" in asked.modifiers:
        mine = call.caller.owner in on.reactions
        listed["summary"] = {"total_count": len(found), "can_like": True, "has_liked": mine}
    return listed
