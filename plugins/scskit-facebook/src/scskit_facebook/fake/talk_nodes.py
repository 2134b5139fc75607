"""Conversations, messages and people as objects of the graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from scskit.testing.network import Call
from scskit_facebook.fake.messages import Conversation, Message
from scskit_facebook.windows import STANDARD_WINDOW
from scskit_meta.fake import Field, Node, edge, time_text

if TYPE_CHECKING:
    from scskit_facebook.fake.accounts import Account
    from scskit_facebook.fake.server import FakeFacebook

_PLATFORMS: Final = {"messenger": "page", "instagram": "instagram"}


def picture_url(id_: str) -> str:
    """Return where a picture is."""
    return f"https://scontent.fakecdn.example/{id_}/picture.jpg"


def picture(id_: str) -> Callable[[Field], Any]:
    """Return what ``picture`` leads to."""
    told = {"height": 50, "width": 50, "is_silhouette": False, "url": picture_url(id_)}
    return lambda _: {"data": told}


def person(network: FakeFacebook, call: Call, id_: str) -> Node:
    """Return somebody by their id in conversations, who let the account know them."""
    found, account = network.scoped[id_]
    if not network.may_see(call, account):
        raise network.missing(id_)
    first, _, last = found.name.partition(" ")
    values: dict[str, Any] = {
        "id": id_,
        "name": found.name,
        "first_name": first,
        "last_name": last or None,
        "profile_pic": picture_url(id_),
        "picture": picture(id_),
    }
    if account.object == "instagram":
        values |= {
            "username": found.username,
            "follower_count": 0,
            "is_verified_user": False,
            "is_user_follow_business": False,
            "is_business_follow_user": False,
        }
        return Node(values, ("name", "username", "id"))
    return Node(values, ("first_name", "last_name", "profile_pic", "id"))


def conversations(
    network: FakeFacebook, call: Call, account: Account, asked: Field
) -> dict[str, Any]:
    """List the conversations of an account, the latest first.

    ``platform=instagram`` of a page means those of the Instagram account connected to it.
    """
    own = "instagram" if account.object == "instagram" else "messenger"
    platform = asked.modifiers.get("platform") or own
    if platform.lower() not in _PLATFORMS:
        raise network.invalid("Param platform must be one of messenger, instagram.")
    source: Account | None = account
    if _PLATFORMS[platform.lower()] != account.object:
        source = getattr(account, "instagram", None)
    _may_read(network, call, source or account)
    found = list(source.conversations.values()) if source else []
    if user := asked.modifiers.get("user_id"):
        found = [one for one in found if one.scoped_id == user]
    found = [one for one in found if one.changed_at is not None]
    found.sort(key=lambda one: one.messages[-1].at, reverse=True)
    kept = [conversation(network, call, one) for one in found]
    return edge(network, call, f"/{account.id}/conversations", kept, asked)


def _may_read(network: FakeFacebook, call: Call, account: Account) -> None:
    if account.object == "page":
        network.need(call, "pages_messaging", code=10)
    else:
        scopes = ("instagram_manage_messages", "instagram_business_manage_messages")
        network.need(call, *scopes, code=10)


def conversation(network: FakeFacebook, call: Call, one: Conversation) -> Node:
    """Return a conversation, with its messages, the latest first."""
    _may_read(network, call, one.account)
    there = [each for each in reversed(one.messages) if not each.removed]
    unread = [
        each for each in there if not each.own and not (one.seen_at and each.at <= one.seen_at)
    ]

    def listed(asked: Field) -> Any:  # noqa: ANN401  any JSON value
        kept = [message(each) for each in there]
        return edge(network, call, f"/{one.id}/messages", kept, asked)

    ends = [_end(one, own=False), _end(one, own=True)]
    values = {
        "id": one.id,
        "link": f"/{one.account.id}/inbox/{one.id}/",
        "updated_time": time_text(one.changed_at) if one.changed_at else None,
        "snippet": there[0].text if there else None,
        "message_count": len(there),
        "unread_count": len(unread),
        "can_reply": one.open_for(STANDARD_WINDOW),
        "is_subscribed": True,
        "participants": {"data": ends},
        "senders": {"data": ends},
        "scoped_thread_key": one.id,
        "messages": listed,
    }
    return Node(values, ("id", "updated_time"))


def _end(one: Conversation, *, own: bool) -> dict[str, str]:
    """Return one end of a conversation, as messages name it."""
    id_ = one.account.id if own else one.scoped_id
    who: Any = one.account if own else one.person
    if one.account.object == "instagram":
        return {"username": who.username, "id": id_}
    return {"name": who.name, "email": f"{id_}@facebook.com", "id": id_}


def message(one: Message) -> Node:
    """Return a message."""
    media = [_medium(one, n, each) for n, each in enumerate(one.attachments)]
    reply_to = one.extra.get("reply_to")
    to = {"data": [_end(one.conversation, own=not one.own)]}
    values = {
        "id": one.id,
        "created_time": time_text(one.at),
        "from": _end(one.conversation, own=one.own),
        "to": to,
        "message": one.text,
        "attachments": {"data": media} if media else None,
        "reply_to": reply_to,
        "tags": None,
        "sticker": None,
        "is_unsupported": one.extra.get("is_unsupported"),
        "reactions": {"data": [{"reaction": one.emoji}]} if one.emoji else None,
    }
    return Node(values, ("id", "created_time"))


def _medium(one: Message, number: int, attachment: dict[str, Any]) -> dict[str, Any]:
    payload = attachment.get("payload") or {}
    url = str(payload.get("url") or attachment.get("url") or "")
    kind = attachment.get("type")
    found: dict[str, Any] = {"id": f"{one.id}-{number}", "name": url.rpartition("/")[2]}
    if kind == "image":
        return {**found, "mime_type": "image/jpeg", "image_data": {"url": url, "preview_url": url}}
    if kind == "video":
        return {**found, "mime_type": "video/mp4", "video_data": {"url": url}}
    return {**found, "mime_type": "application/octet-stream", "file_url": url}
