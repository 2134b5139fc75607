"""Operations that list posts: of a user, about a user, of a search, about a post."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from scskit.testing.network import Call, Routes, answer
from scskit_twitter.fake.lookups import showing
from scskit_twitter.fake.paging import PAGING, POSTS, SEARCHED, SPAN, Size, page, within
from scskit_twitter.fake.problems import invalid, missing
from scskit_twitter.fake.rights import ANYBODY
from scskit_twitter.fake.state import Post, User, moment_of
from scskit_twitter.limits import SEARCH_WINDOW

if TYPE_CHECKING:
    import httpx

    from scskit_twitter.fake.server import FakeX
else:
    FakeX = Any

routes: Routes[FakeX] = Routes()

_QUOTED_WORDS: Final = re.compile(r'(-?)(?:(\w+):)?("[^"]*"|\S+)')


@routes.add("GET", "/2/users/{id}/mentions", ANYBODY)
def mentions(network: FakeX, call: Call) -> httpx.Response:
    """List posts that name a user, handles that X put before them included."""
    user = network.users.get(call.params["id"])

    def names(post: Post) -> bool:
        return post.author is not user and user in (*post.leading, *post.mentions)

    found = [post for post in _newest(network) if names(post)]
    return _listed(network, call, user, within(call, found))


@routes.add("GET", "/2/users/{id}/tweets", ANYBODY)
def own(network: FakeX, call: Call) -> httpx.Response:
    """List a user's own posts."""
    user = network.users.get(call.params["id"])
    left_out = set(call.query.get("exclude", "").split(","))
    found = [
        post
        for post in _newest(network)
        if post.author is user
        and not ("replies" in left_out and post.replied_to)
        and not ("retweets" in left_out and post.reposted)
    ]
    return _listed(network, call, user, within(call, found))


def _newest(network: FakeX) -> list[Post]:
    """Return the present version of everything, newest first."""
    return sorted(
        (post for post in network.posts.values() if post.current),
        key=lambda post: int(post.id),
        reverse=True,
    )


def _listed(network: FakeX, call: Call, user: User | None, found: Sequence[Post]) -> httpx.Response:
    if user is None:
        return answer(200, {"errors": [missing("user", call.params["id"])]})
    return _page(network, call, found, POSTS, "exclude", *SPAN)


def _page(
    network: FakeX, call: Call, found: Sequence[Post], size: Size, *parameters: str
) -> httpx.Response:
    shown = showing(network, call, *PAGING, *parameters)
    posts, meta = page(call, found, size)
    data = [shown.post(post) for post in posts]
    includes = shown.includes()
    body: dict[str, Any] = {"data": data} if data else {}
    return answer(200, body | ({"includes": includes} if includes else {}) | {"meta": meta})


@routes.add("GET", "/2/tweets/{id}/quote_tweets", ANYBODY)
def quotes(network: FakeX, call: Call) -> httpx.Response:
    """List posts that quote a post."""
    external_id = call.params["id"]
    found = [post for post in _newest(network) if post.quoted and post.quoted.id == external_id]
    return _page(network, call, found, SEARCHED, "exclude")


@routes.add("GET", "/2/tweets/search/recent", ANYBODY)
def search(network: FakeX, call: Call) -> httpx.Response:
    """List posts of the last seven days that a query finds."""
    query = call.query.get("query", "")
    if not query:
        raise invalid("The `query` query parameter can not be empty", "query")
    oldest = network.clock.now() - SEARCH_WINDOW
    _check_since(call, oldest)
    found = [
        post for post in _newest(network) if post.created_at >= oldest and _matches(post, query)
    ]
    more = ("query", "next_token", "sort_order")
    return _page(network, call, within(call, found), SEARCHED, *more, *SPAN)


def _check_since(call: Call, oldest: Any) -> None:  # noqa: ANN401  an instant
    since = call.query.get("since_id", "")
    if since.isdecimal() and moment_of(since) < oldest:
        message = (
            f"'since_id' must be a tweet id created after [{oldest:%Y-%m-%dT%H:%MZ}]. Please use a "
            f"'since_id' that is larger than {since}"
        )
        raise invalid(message, "since_id", since)


def _matches(post: Post, query: str) -> bool:
    return any(_matches_all(post, part) for part in re.split(r"\s+OR\s+", query))


def _matches_all(post: Post, query: str) -> bool:
    for minus, operator, word in _QUOTED_WORDS.findall(query.replace("(", " ").replace(")", " ")):
        if _fits(post, operator, word.strip('"').casefold()) == bool(minus):
            return False
    return True


def _fits(post: Post, operator: str, word: str) -> bool:
    handles = {user.username.casefold() for user in (*post.leading, *post.mentions)}
    if operator == "from":
        return word in {post.author.username.casefold(), post.author.id}
    if operator == "to":
        answered = post.replied_to.author if post.replied_to else None
        return answered is not None and word in {answered.username.casefold(), answered.id}
    if operator == "conversation_id":
        return post.conversation == word
    if operator == "is":
        kinds = {"reply": post.replied_to, "quote": post.quoted, "retweet": post.reposted}
        return kinds.get(word) is not None
    if word.startswith("@"):
        return word[1:] in handles
    return word in post.typed.casefold()
