"""Operations that change posts: writing, deleting, hiding."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from scskit.testing.network import Call, Routes, Sent, answer
from scskit_twitter.fake.problems import (
    DUPLICATE,
    GONE,
    NOT_ENGAGED,
    TOO_LONG,
    forbidden,
    invalid,
    not_found,
)
from scskit_twitter.fake.publishing import publish, remove, revise, said
from scskit_twitter.fake.rights import USER
from scskit_twitter.fake.showing import Shown
from scskit_twitter.fake.state import Medium, Post, User
from scskit_twitter.fake.wanted import Wanted
from scskit_twitter.limits import POST_LENGTH, POST_MEDIA, PREMIUM_LENGTH
from scskit_twitter.weight import weighted_length

if TYPE_CHECKING:
    import httpx

    from scskit_twitter.fake.server import FakeX
else:
    FakeX = Any

routes: Routes[FakeX] = Routes()

_BODY: Final = frozenset(
    {
        "card_uri",
        "community_id",
        "direct_message_deep_link",
        "edit_options",
        "for_super_followers_only",
        "geo",
        "made_with_ai",
        "media",
        "nullcast",
        "paid_partnership",
        "poll",
        "quote_tweet_id",
        "reply",
        "reply_settings",
        "share_with_followers",
        "text",
    }
)
_DUPLICATE_FOR: Final = timedelta(days=1)
"""How long the same words are a duplicate; X does not say."""

_EDITABLE_FOR: Final = timedelta(hours=1)
_MOST_EDITS: Final = 5


@routes.add("POST", "/2/tweets", USER)
def create(network: FakeX, call: Call) -> httpx.Response:
    """Write a post, an answer, a quote, or a new version of a post."""
    author, body = _user(network, call), call.json()
    check_body(body, _BODY)
    typed = _text(body)
    media = _media(network, author, body)
    if not typed and not media:
        raise invalid("$: Either text or media is required.", "text")
    if weighted_length(typed) > (PREMIUM_LENGTH if author.premium else POST_LENGTH):
        raise invalid(TOO_LONG)
    if "edit_options" in body:
        post = revise(network, _editable(network, author, body["edit_options"]), typed)
    else:
        post = _new(network, author, typed, body, media)
    _note(network, post, call)
    shown = Shown(Wanted(), network.find, network.posts.get).post(post)
    return answer(201, {"data": shown})


def _new(
    network: FakeX, author: User, typed: str, body: Mapping[str, Any], media: tuple[Medium, ...]
) -> Post:
    reply = _object(body, "reply")
    answered = _answered(network, author, reply)
    quoted = _quoted(network, body)
    if _is_duplicate(network, author, typed, answered, quoted):
        raise forbidden(DUPLICATE)
    without = _excluded(reply)
    return publish(
        network, author, typed, replied_to=answered, quoted=quoted, media=media, without=without
    )


def _excluded(reply: Mapping[str, Any]) -> tuple[str, ...]:
    where = "$.reply.exclude_reply_user_ids"
    ids = reply.get("exclude_reply_user_ids", [])
    if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
        raise invalid(f"{where}: array of strings expected", where, ids)
    return tuple(ids)


def _note(network: FakeX, post: Post, call: Call) -> None:
    answered = post.replied_to
    network.sent.append(
        Sent(
            id=post.id,
            kind="reply" if answered else "post",
            account=post.author.id,
            text=post.typed,
            at=call.at,
            answers=answered.id if answered else "",
            to=answered.author.id if answered else "",
            extra={"quotes": post.quoted.id} if post.quoted else {},
        )
    )


def check_body(body: Mapping[str, Any], allowed: frozenset[str]) -> None:
    """Refuse what an operation does not have.

    Raises:
        Refused: there is something.
    """
    for name in sorted(body.keys() - allowed):
        message = (
            f"$.{name}: is not defined in the schema and the schema does not allow additional "
            "properties"
        )
        raise invalid(message, f"$.{name}", body[name])


def _text(body: Mapping[str, Any]) -> str:
    text = body.get("text", "")
    if not isinstance(text, str):
        raise invalid(f"$.text: {type(text).__name__} found, string expected", "$.text", text)
    return text


def _object(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = body.get(name, {})
    if not isinstance(found, dict):
        raise invalid(f"$.{name}: {type(found).__name__} found, object expected", f"$.{name}")
    return found


def _media(network: FakeX, author: User, body: Mapping[str, Any]) -> tuple[Medium, ...]:
    ids = _object(body, "media").get("media_ids", [])
    if not isinstance(ids, list):
        where = "$.media.media_ids"
        raise invalid(f"{where}: {type(ids).__name__} found, array expected", where, ids)
    found = tuple(usable(network, author, one, "tweet") for one in ids)
    if len(found) > POST_MEDIA:
        where = "$.media.media_ids"
        raise invalid(f"{where}: there must be a maximum of 4 items in the array", where)
    return found


def usable(network: FakeX, owner: User, media_id: object, where: str) -> Medium:
    """Return a medium that its owner can send.

    Raises:
        Refused: it is not there, not theirs, not ready, or meant for elsewhere.
    """
    medium = network.media.get(media_id) if isinstance(media_id, str) else None
    ready = medium is not None and medium.ready_at is not None
    if (
        medium is None
        or not ready
        or medium.owner is not owner
        or not medium.category.startswith(where)
        or network.clock.now() < (medium.ready_at or network.clock.now())
    ):
        raise invalid("Your media IDs are invalid.", "media.media_ids", media_id)
    return medium


def _answered(network: FakeX, author: User, reply: Mapping[str, Any]) -> Post | None:
    if not reply:
        return None
    external_id = reply.get("in_reply_to_tweet_id")
    if not isinstance(external_id, str):
        where = "$.reply.in_reply_to_tweet_id"
        raise invalid(f"{where}: is missing but it is required", where)
    found = network.posts.get(external_id)
    if found is None or found.deleted:
        raise forbidden(GONE)
    if network.replies == "summoned" and not _engaged(author, found):
        raise forbidden(NOT_ENGAGED)
    return found


def _engaged(user: User, post: Post) -> bool:
    """Tell whether the author of a post called for a user: by name, or by quoting."""
    quoted = post.quoted is not None and post.quoted.author is user
    return post.author is user or user in post.mentions or quoted


def _quoted(network: FakeX, body: Mapping[str, Any]) -> Post | None:
    external_id = body.get("quote_tweet_id")
    if external_id is None:
        return None
    found = network.posts.get(str(external_id))
    if found is None or found.deleted:
        raise invalid("quote_tweet_id: the post cannot be quoted", "quote_tweet_id", external_id)
    return found


def _is_duplicate(
    network: FakeX, author: User, typed: str, answered: Post | None, quoted: Post | None
) -> bool:
    since = network.clock.now() - _DUPLICATE_FOR
    same = network.said.get(said(author, typed, answered, quoted), ()) if typed else ()
    return any(post.current and post.created_at > since for post in same)


def _editable(network: FakeX, author: User, options: object) -> Post:
    given = options.get("previous_post_id") if isinstance(options, dict) else None
    post = network.posts.get(str(given))
    if post is None or post.author is not author or not post.current:
        raise not_found("tweet", str(given), "previous_post_id")
    first = network.posts[post.history[0]]
    late = network.clock.now() > first.created_at + _EDITABLE_FOR
    if late or len(post.history) > _MOST_EDITS or not author.premium:
        raise forbidden("You are not allowed to edit this Tweet.")
    return post


@routes.add("DELETE", "/2/tweets/{id}", USER)
def delete(network: FakeX, call: Call) -> httpx.Response:
    """Take an own post away."""
    author, external_id = _user(network, call), call.params["id"]
    post = network.posts.get(external_id)
    if post is None or post.deleted:
        raise not_found("tweet", external_id)
    if post.author is not author:
        raise forbidden("You are not authorized to delete this Tweet.")
    remove(network, post)
    return answer(200, {"data": {"deleted": True}})


@routes.add("PUT", "/2/tweets/{tweet_id}/hidden", USER)
def hide(network: FakeX, call: Call) -> httpx.Response:
    """Hide an answer in an own conversation, or show it again."""
    user, body = _user(network, call), call.json()
    check_body(body, frozenset({"hidden"}))
    hidden = body.get("hidden")
    if not isinstance(hidden, bool):
        raise invalid("$.hidden: is missing but it is required", "$.hidden")
    post = network.posts.get(call.params["tweet_id"])
    if post is None or post.deleted:
        raise not_found("tweet", call.params["tweet_id"], "tweet_id")
    first = network.posts.get(post.conversation)
    if post.replied_to is None or first is None or first.author is not user:
        raise forbidden()
    post.hidden = hidden
    return answer(200, {"data": {"hidden": hidden}})


def _user(network: FakeX, call: Call) -> User:
    user = network.caller(call).user
    assert user is not None  # noqa: S101  the routes here take users' tokens only
    return user
