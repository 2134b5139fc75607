"""What is read of an account when nothing is pushed, and how it is written as if it had been."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from attrs import frozen

from scskit_facebook.places import Place
from scskit_meta.reading import items

Node = Mapping[str, Any]

_COMMENT = "id,from,message,created_time,parent{id},attachment"
_ANSWER = "id,from,username,text,timestamp,parent_id"
_MESSAGE = "id,created_time,from,to,message,attachments"


@frozen(kw_only=True, eq=False)
class Source:
    """A list of objects, and the list that hangs from each of them.

    Attributes:
        name: in the cursor.
        path: of the list.
        query: what is asked of it.
        edge: the list that hangs from each.
        edge_query: what is asked of that.
        own: writes an object of the list itself; None where it is no message.
        hanging: writes what hangs from the object with an id.
        below: the list that hangs from what hangs, where there is another level; such lists are
            read to their end, because what is new can stand under what is old.
        by_change: whether the list is ordered by the latest change.
    """

    name: str
    path: tuple[str, ...]
    query: Mapping[str, str]
    edge: str
    edge_query: Mapping[str, str]
    own: Callable[[Node], Mapping[str, Any] | None]
    hanging: Callable[[str, Node], Mapping[str, Any]]
    below: str = ""
    by_change: bool = False


def sources_of(place: Place) -> tuple[Source, ...]:
    """Return what is read of an account."""
    public = _feed(place) if place.network == "facebook" else _media(place)
    return public, _conversations(place)


def _feed(place: Place) -> Source:
    comments = {"filter": "stream", "order": "reverse_chronological", "limit": "50"}
    within = "".join(f".{name}({value})" for name, value in comments.items())
    fields = f"id,from,message,created_time,attachments,comments{within}{{{_COMMENT}}}"
    return Source(
        name="feed",
        path=(place.own_id, "feed"),
        query={"fields": fields, "limit": "25"},
        edge="comments",
        edge_query={"fields": _COMMENT, **comments},
        own=lambda node: _post(place, node),
        hanging=_comment,
    )


def _post(place: Place, node: Node) -> Mapping[str, Any]:
    who = _object(node, "from")
    value = {
        "item": "status" if who.get("id") == place.own_id else "post",
        "verb": "add",
        "from": who or None,
        "post_id": node.get("id"),
        "message": node.get("message"),
        "created_time": node.get("created_time"),
        "photos": [url for url in map(_picture, items(_list(node, "attachments"))) if url],
    }
    return {"field": "feed", "value": value}


def _comment(post: str, node: Node) -> Mapping[str, Any]:
    value = {
        "item": "comment",
        "verb": "add",
        "from": _object(node, "from") or None,
        "post_id": post,
        "comment_id": node.get("id"),
        "parent_id": _object(node, "parent").get("id") or post,
        "message": node.get("message"),
        "created_time": node.get("created_time"),
        "photo": _picture(node.get("attachment")),
    }
    return {"field": "feed", "value": value}


def _picture(attachment: object) -> str:
    """Return the address of a picture or video."""
    found = attachment if isinstance(attachment, dict) else {}
    image = _object(_object(found, "media"), "image")
    return str(image.get("src") or "")


def _media(place: Place) -> Source:
    fields = f"{_ANSWER},replies.limit(50){{{_ANSWER}}}"
    return Source(
        name="media",
        path=(place.own_id, "media"),
        query={"fields": f"id,timestamp,comments.limit(50){{{fields}}}", "limit": "25"},
        edge="comments",
        edge_query={"fields": fields, "limit": "50"},
        own=lambda _: None,  # Instagram does not push what the account posts
        hanging=_instagram_comment,
        below="replies",
    )


def _instagram_comment(medium: str, node: Node) -> Mapping[str, Any]:
    who = _object(node, "from") or {"username": node.get("username")}
    value = {
        "id": node.get("id"),
        "text": node.get("text"),
        "from": who,
        "media": {"id": medium},
        "parent_id": node.get("parent_id"),
        "timestamp": node.get("timestamp"),
    }
    return {"field": "comments", "value": value}


def _conversations(place: Place) -> Source:
    platform = "messenger" if place.network == "facebook" else "instagram"
    fields = f"id,updated_time,messages.limit(20){{{_MESSAGE}}}"
    return Source(
        name="conversations",
        path=(place.sender, "conversations"),
        query={"platform": platform, "fields": fields, "limit": "20"},
        edge="messages",
        edge_query={"fields": _MESSAGE, "limit": "20"},
        own=lambda _: None,
        hanging=lambda _, node: _message(place, node),
        by_change=True,
    )


def _message(place: Place, node: Node) -> Mapping[str, Any]:
    sender = _object(node, "from").get("id")
    to = next((one for one in items(_list(node, "to")) if isinstance(one, dict)), {})
    attachments = list(map(_attachment, items(_list(node, "attachments"))))
    message = {
        "mid": node.get("id"),
        "text": node.get("message"),
        "attachments": attachments,
        "is_echo": sender in {place.own_id, place.sender},
    }
    ends = {"sender": {"id": sender}, "recipient": {"id": to.get("id")}}
    return {**ends, "timestamp": node.get("created_time"), "message": message}


def _attachment(node: object) -> Mapping[str, Any]:
    found = node if isinstance(node, dict) else {}
    for name, kind in (("image_data", "image"), ("video_data", "video")):
        if url := _object(found, name).get("url"):
            return {"type": kind, "payload": {"url": url}}
    payload = {"url": found.get("file_url"), "title": found.get("name")}
    return {"type": "file", "payload": payload}


def _object(node: Node, name: str) -> Mapping[str, Any]:
    found = node.get(name)
    return found if isinstance(found, dict) else {}


def _list(node: Node, name: str) -> object:
    return _object(node, name).get("data")
