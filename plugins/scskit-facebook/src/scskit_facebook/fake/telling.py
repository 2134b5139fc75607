"""What is pushed of public content: changes of a page's feed, and comments on Instagram."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from scskit.testing.network import EventKind
from scskit_meta.fake import Pushed, seconds

if TYPE_CHECKING:
    from scskit_facebook.fake.accounts import Account
    from scskit_facebook.fake.content import Comment, Content, Post
    from scskit_facebook.fake.people import Customer

READING = "pages_read_user_content"
"""Without this permission nobody is named."""


def of_content(
    content: Content, verb: str, kind: EventKind, *, by: Account | Customer | None = None
) -> None:
    """Tell of content that was added, changed, hidden or removed.

    Args:
        content: the post, review or comment.
        verb: Meta's word for what happened.
        kind: the kit's word.
        by: who did it; the author where nobody else is given.
    """
    account = content.account
    at = account.network.stamp(kind)
    if account.object == "instagram":
        if verb == "add" and content.item == "comment":
            _push(account, kind, "comments", instagram_comment(content), at, content.id)
        return
    value = {**feed_item(content, verb), **named(account, by or content.author)}
    if verb == "add":
        value["created_time"] = seconds(at)
    else:
        value["created_time"] = seconds(content.at)
    field = "ratings" if content.item == "rating" else "feed"
    if field == "ratings":
        value.pop("from", None)
    _push(account, kind, field, value, at, content.id)


def feed_item(content: Content, verb: str) -> dict[str, Any]:
    """Return what a change says of a post, review or comment."""
    says = {} if verb == "remove" else {"message": content.text}
    if content.item == "rating":
        return _rating(content, verb)
    value: dict[str, Any] = {"item": content.item, "verb": verb, **says}
    value |= _comment(content) if content.item == "comment" else _post(content)
    if verb != "remove":
        value |= _media(content)
    return value


def _comment(content: Any) -> dict[str, Any]:  # noqa: ANN401  a comment; typed where it is made
    comment: Comment = content
    post = comment.post
    return {
        "comment_id": comment.id,
        "post_id": post.id,
        "parent_id": comment.parent.id if comment.parent else post.id,
        "post": {
            "status_type": "added_photos" if post.media else "mobile_status_update",
            "is_published": post.published,
            "updated_time": f"{post.changed_at or post.at:%Y-%m-%dT%H:%M:%S+0000}",
            "permalink_url": f"https://www.facebook.com/{post.id}",
            "promotion_status": "inactive" if post.published else "active",
            "id": post.id,
        },
    }


def _post(content: Any) -> dict[str, Any]:  # noqa: ANN401  a post; typed where it is made
    post: Post = content
    found: dict[str, Any] = {"post_id": post.id, "published": int(post.published)}
    if post.link:
        found["link"] = post.link
    return found


def _media(content: Content) -> dict[str, Any]:
    photos = [one["url"] for one in content.media if one.get("kind", "photo") == "photo"]
    videos = [one["url"] for one in content.media if one.get("kind") == "video"]
    found: dict[str, Any] = {}
    if content.item == "comment" and photos:
        found["photo"] = photos[0]
    elif len(photos) > 1:
        found["photos"] = photos
    elif photos:
        found["link"] = photos[0]
    if videos:
        found["video" if content.item == "comment" else "link"] = videos[0]
    return found


def _rating(content: Any, verb: str) -> dict[str, Any]:  # noqa: ANN401  a review; as above
    value = {
        "item": "rating",
        "verb": verb,
        "open_graph_story_id": content.id,
        "reviewer_id": content.author_id,
        "reviewer_name": content.author.name,
    }
    if verb == "remove":
        return value
    if content.recommends is None:
        value["rating"] = content.rating
    else:
        value["recommendation_type"] = "POSITIVE" if content.recommends else "NEGATIVE"
    return value | {"review_text": content.text}


def named(account: Account, who: Account | Customer) -> dict[str, Any]:
    """Return ``from``: who did something, where the app may know."""
    if READING not in account.token.scopes and who is not account:
        return {}
    return {"from": {"id": who.public_id(account), "name": who.name}}


def instagram_comment(content: Any) -> dict[str, Any]:  # noqa: ANN401  a comment; as above
    """Return what Instagram says of a comment."""
    comment: Comment = content
    who: dict[str, Any] = {"id": comment.author_id, "username": comment.author.username}
    if comment.own:
        who["self_ig_scoped_id"] = getattr(comment.account, "self_scoped", "")
    value = {
        "id": comment.id,
        "text": comment.text,
        "from": who,
        "media": {"id": comment.post.id, "media_product_type": "FEED"},
    }
    return value | ({"parent_id": comment.parent.id} if comment.parent else {})


def of_reaction(content: Content, who: Account | Customer, verb: str, choice: str) -> None:
    """Tell of a reaction; Instagram tells of none in public."""
    account = content.account
    if account.object == "instagram":
        return
    at = account.network.stamp("other")
    value: dict[str, Any] = {
        "item": "reaction",
        "verb": verb,
        "reaction_type": choice,
        "created_time": seconds(at),
        **named(account, who),
    }
    if content.item == "comment":
        value |= {name: _comment(content)[name] for name in ("comment_id", "post_id", "parent_id")}
    else:
        value["post_id"] = value["parent_id"] = content.id
    _push(account, "other", "feed", value, at, content.id)


def of_mention(account: Account, content: Content) -> None:
    """Tell an account that it was named somewhere else."""
    at = account.network.stamp("message")
    if account.object == "instagram":
        own: Any = content
        value = {"media_id": own.post.id, "comment_id": own.id}
        if content.item != "comment":
            value = {"media_id": content.id}
        _push(account, "message", "mentions", value, at, content.id)
        return
    told = feed_item(content, "add")
    keep = ("item", "verb", "message", "post_id", "comment_id")
    value = {name: told[name] for name in keep if name in told}
    value |= {"created_time": seconds(at), **named(account, content.author)}
    _push(account, "message", "mention", value, at, content.id)


def _push(  # noqa: PLR0913, PLR0917  what a change is made of
    account: Account,
    kind: EventKind,
    field: str,
    value: Mapping[str, Any],
    at: datetime,
    subject: str,
) -> None:
    pushed = Pushed(
        object=account.object,
        entry_id=account.id,
        time=seconds(at),
        where="changes",
        item={"field": field, "value": dict(value)},
    )
    account.network.push(kind, pushed, field=field, subject=subject)
