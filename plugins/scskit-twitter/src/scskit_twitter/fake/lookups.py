"""Operations that look up posts and users by id or name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final, TypeVar

from scskit.testing.network import Call, Routes, answer
from scskit_twitter.fake.problems import check_form, invalid, missing
from scskit_twitter.fake.rights import ANYBODY, USER
from scskit_twitter.fake.showing import Shown, show_user
from scskit_twitter.fake.state import Post, User
from scskit_twitter.fake.wanted import FIELDS, check_parameters, read

if TYPE_CHECKING:
    import httpx

    from scskit_twitter.fake.server import FakeX
else:
    FakeX = Any

T = TypeVar("T")
routes: Routes[FakeX] = Routes()

_MOST: Final = 100


def showing(network: FakeX, call: Call, *more: str) -> Shown:
    """Return what writes as a request wants it.

    Args:
        network: whose posts and users.
        call: the request.
        more: parameters that it may have beside those of fields.

    Raises:
        Refused: it wants what X does not have.
    """
    check_parameters(call.query, FIELDS | frozenset(more))
    return Shown(read(call.query), network.find, network.posts.get)


def told(data: object, shown: Shown, errors: list[dict[str, Any]]) -> httpx.Response:
    """Answer with what was found, what stands beside it, and what was not found."""
    body: dict[str, Any] = {"data": data} if data else {}
    includes = shown.includes()
    body |= {"includes": includes} if includes else {}
    return answer(200, body | ({"errors": errors} if errors else {}))


@routes.add("GET", "/2/tweets/{id}", ANYBODY)
def post(network: FakeX, call: Call) -> httpx.Response:
    """Return a post."""
    shown = showing(network, call)
    found = network.posts.get(call.params["id"])
    if found is None or found.deleted:
        return told(None, shown, [missing("tweet", call.params["id"])])
    return told(shown.post(found), shown, [])


@routes.add("GET", "/2/tweets", ANYBODY)
def posts(network: FakeX, call: Call) -> httpx.Response:
    """Return posts."""

    def find(external_id: str) -> Post | None:
        found = network.posts.get(external_id)
        return None if found is None or found.deleted else found

    shown = showing(network, call, "ids")
    return _several(call, "ids", find, "tweet", shown, shown.post)


@routes.add("GET", "/2/users/me", USER)
def me(network: FakeX, call: Call) -> httpx.Response:
    """Return who asks."""
    shown, user = showing(network, call), network.caller(call).user
    return told(_user(shown, user), shown, [])


@routes.add("GET", "/2/users/by/username/{username}", ANYBODY)
def by_username(network: FakeX, call: Call) -> httpx.Response:
    """Return who has a handle."""
    shown, handle = showing(network, call), call.params["username"]
    user = network.find(handle)
    errors = [] if user else [missing("user", handle, "username")]
    return told(_user(shown, user), shown, errors)


@routes.add("GET", "/2/users/{id}", ANYBODY)
def by_id(network: FakeX, call: Call) -> httpx.Response:
    """Return a user."""
    shown, external_id = showing(network, call), call.params["id"]
    user = network.users.get(external_id)
    errors = [] if user else [missing("user", external_id)]
    return told(_user(shown, user), shown, errors)


@routes.add("GET", "/2/users", ANYBODY)
def by_ids(network: FakeX, call: Call) -> httpx.Response:
    """Return users."""
    shown = showing(network, call, "ids")
    return _several(call, "ids", network.users.get, "user", shown, lambda u: _user(shown, u))


@routes.add("GET", "/2/users/by", ANYBODY)
def by_usernames(network: FakeX, call: Call) -> httpx.Response:
    """Return who have these handles."""
    shown = showing(network, call, "usernames")
    return _several(call, "usernames", network.find, "user", shown, lambda u: _user(shown, u))


def _user(shown: Shown, user: User | None) -> dict[str, Any] | None:
    return None if user is None else show_user(user, shown.wanted)


def _several(  # noqa: PLR0913, PLR0917  one operation for posts and users, by id and by name
    call: Call,
    parameter: str,
    find: Callable[[str], T | None],
    kind: str,
    shown: Shown,
    write: Callable[[T], object],
) -> httpx.Response:
    asked = _asked(call, parameter)
    pairs = [(one, find(one)) for one in asked]
    data = [write(found) for _, found in pairs if found is not None]
    absent: Iterable[str] = (one for one, found in pairs if found is None)
    return told(data, shown, [missing(kind, one, parameter) for one in absent])


def _asked(call: Call, parameter: str) -> list[str]:
    asked = [one for one in call.query.get(parameter, "").split(",") if one]
    if not 1 <= len(asked) <= _MOST:
        raise invalid(f"The `{parameter}` query parameter must have 1 to 100 values", parameter)
    check_form(parameter, asked)
    return asked
