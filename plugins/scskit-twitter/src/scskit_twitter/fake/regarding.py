"""Operations on what people think of posts and of each other: likes, reposts, mutes, blocks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from scskit.testing.network import Call, Routes, answer
from scskit_twitter.fake import events
from scskit_twitter.fake.lookups import showing
from scskit_twitter.fake.paging import MESSAGES, PAGING, POSTS, Size, page
from scskit_twitter.fake.posting import check_body
from scskit_twitter.fake.problems import check_form, forbidden, missing, not_found
from scskit_twitter.fake.publishing import publish, remove
from scskit_twitter.fake.rights import ANYBODY, USER
from scskit_twitter.fake.showing import show_user
from scskit_twitter.fake.state import Post, User

if TYPE_CHECKING:
    import httpx

    from scskit_twitter.fake.server import FakeX
else:
    FakeX = Any

routes: Routes[FakeX] = Routes()

_MUTED: Final = Size(1, 1000, 100)


def like(network: FakeX, user: User, post: Post) -> None:
    """Let somebody like a post; who likes it already does no more."""
    if (user, post) not in network.likes:
        network.likes.append((user, post))
        events.liked(network, user, post)


# Posts.


@routes.add("GET", "/2/tweets/{id}/liking_users", USER)
def liking(network: FakeX, call: Call) -> httpx.Response:
    """List who likes a post."""
    post = _post(network, call.params["id"])
    found = [user for user, liked in network.likes if liked is post]
    return _users(network, call, found, MESSAGES, absent=_absent("tweet", call, post))


@routes.add("GET", "/2/tweets/{id}/retweeted_by", ANYBODY)
def reposting(network: FakeX, call: Call) -> httpx.Response:
    """List who repeated a post."""
    post = _post(network, call.params["id"])
    found = [one.author for one in network.posts.values() if one.reposted is post and one.current]
    return _users(network, call, found if post else (), MESSAGES, _absent("tweet", call, post))


@routes.add("GET", "/2/users/{id}/liked_tweets", USER)
def liked(network: FakeX, call: Call) -> httpx.Response:
    """List the posts that a user likes, newest first."""
    user, shown = network.users.get(call.params["id"]), showing(network, call, *PAGING)
    found = [post for one, post in network.likes if one is user and post.current]
    posts, meta = page(call, sorted(found, key=_number, reverse=True), POSTS)
    told = [shown.post(post) for post in posts]
    return _listed(told, shown.includes(), meta, _absent("user", call, user))


@routes.add("POST", "/2/users/{id}/likes", USER)
def add_like(network: FakeX, call: Call) -> httpx.Response:
    """Like a post."""
    like(network, _self(network, call), _named(network, call))
    return answer(200, {"data": {"liked": True}})


@routes.add("DELETE", "/2/users/{id}/likes/{tweet_id}", USER)
def end_like(network: FakeX, call: Call) -> httpx.Response:
    """Like a post no longer."""
    ended = (_self(network, call), _post(network, call.params["tweet_id"]))
    network.likes = [one for one in network.likes if one != ended]
    return answer(200, {"data": {"liked": False}})


@routes.add("POST", "/2/users/{id}/retweets", USER)
def repost(network: FakeX, call: Call) -> httpx.Response:
    """Repeat a post."""
    user, post = _self(network, call), _named(network, call)
    if any(one.author is user for one in _reposts(network, post)):
        raise forbidden("You cannot retweet a Tweet that you have already retweeted.")
    made = publish(network, user, "", reposted=post)
    return answer(200, {"data": {"rest_id": made.id, "retweeted": True}})


@routes.add("DELETE", "/2/users/{id}/retweets/{source_tweet_id}", USER)
def end_repost(network: FakeX, call: Call) -> httpx.Response:
    """Repeat a post no longer."""
    user, post = _self(network, call), _post(network, call.params["source_tweet_id"])
    for one in _reposts(network, post):
        if one.author is user:
            remove(network, one)
    return answer(200, {"data": {"retweeted": False}})


# People.


@routes.add("GET", "/2/users/{id}/muting", USER)
def muting(network: FakeX, call: Call) -> httpx.Response:
    """List whom a user has muted."""
    return _users(network, call, network.muted.get(_self(network, call), ()), _MUTED)


@routes.add("POST", "/2/users/{id}/muting", USER)
def mute(network: FakeX, call: Call) -> httpx.Response:
    """Mute somebody."""
    user, body = _self(network, call), call.json()
    check_body(body, frozenset({"target_user_id"}))
    target = _somebody(network, str(body.get("target_user_id", "")), "target_user_id")
    network.muted.setdefault(user, {})[target] = None
    return answer(200, {"data": {"muting": True}})


@routes.add("DELETE", "/2/users/{source_user_id}/muting/{target_user_id}", USER)
def end_mute(network: FakeX, call: Call) -> httpx.Response:
    """Mute somebody no longer."""
    user = _self(network, call, "source_user_id")
    muted, target = network.muted.get(user, {}), call.params["target_user_id"]
    network.muted[user] = {one: None for one in muted if one.id != target}
    return answer(200, {"data": {"muting": False}})


@routes.add("POST", "/2/users/{id}/dm/block", USER)
def block(network: FakeX, call: Call) -> httpx.Response:
    """Take no direct messages from somebody."""
    target = _somebody(network, call.params["id"], "id")
    network.blocked.add((_caller(network, call), target))
    return answer(200, {"data": {"blocked": True}})


@routes.add("POST", "/2/users/{id}/dm/unblock", USER)
def unblock(network: FakeX, call: Call) -> httpx.Response:
    """Take direct messages from somebody again."""
    target = _somebody(network, call.params["id"], "id")
    network.blocked.discard((_caller(network, call), target))
    return answer(200, {"data": {"blocked": False}})


def _users(
    network: FakeX,
    call: Call,
    found: Iterable[User],
    size: Size,
    absent: list[dict[str, Any]] | None = None,
) -> httpx.Response:
    shown = showing(network, call, *PAGING)
    users, meta = page(call, sorted(found, key=_number, reverse=True), size)
    bare = {name: value for name, value in meta.items() if not name.endswith("_id")}
    told = [show_user(user, shown.wanted) for user in users]
    return _listed(told, shown.includes(), bare, absent or [])


def _listed(
    data: list[Any], includes: object, meta: dict[str, Any], errors: list[dict[str, Any]]
) -> httpx.Response:
    if errors:
        return answer(200, {"errors": errors})
    body = {"data": data, "includes": includes}
    return answer(200, {name: value for name, value in body.items() if value} | {"meta": meta})


def _absent(kind: str, call: Call, found: object) -> list[dict[str, Any]]:
    return [] if found else [missing(kind, call.params["id"])]


def _number(one: User | Post) -> int:
    return int(one.id)


def _post(network: FakeX, external_id: str) -> Post | None:
    found = network.posts.get(external_id)
    return None if found is None or found.deleted else found


def _reposts(network: FakeX, post: Post | None) -> list[Post]:
    return [one for one in network.posts.values() if one.current and post and one.reposted is post]


def _named(network: FakeX, call: Call) -> Post:
    """Return the post that a body names.

    Raises:
        Refused: there is none.
    """
    body = call.json()
    check_body(body, frozenset({"tweet_id"}))
    external_id = str(body.get("tweet_id", ""))
    check_form("tweet_id", [external_id])
    found = _post(network, external_id)
    if found is None:
        raise not_found("tweet", external_id, "tweet_id")
    return found


def _somebody(network: FakeX, external_id: str, parameter: str) -> User:
    check_form(parameter, [external_id])
    found = network.users.get(external_id)
    if found is None:
        raise not_found("user", external_id, parameter)
    return found


def _caller(network: FakeX, call: Call) -> User:
    user = network.caller(call).user
    assert user is not None  # noqa: S101  the routes here take users' tokens only
    return user


def _self(network: FakeX, call: Call, name: str = "id") -> User:
    """Return who asks, who is in the path as well.

    Raises:
        Refused: somebody else is.
    """
    user = _caller(network, call)
    if call.params[name] != user.id:
        raise forbidden("You are not permitted to act for another user.")
    return user
