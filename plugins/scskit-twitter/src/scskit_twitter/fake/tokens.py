"""``POST /2/oauth2/token``: access tokens that expire, and refresh tokens that work once."""

from __future__ import annotations

from base64 import b64decode
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from scskit.testing.network import Call, Refused, Routes, answer
from scskit_twitter.fake.rights import NOBODY
from scskit_twitter.fake.state import Grant, User

if TYPE_CHECKING:
    import httpx

    from scskit_twitter.fake.server import FakeX
else:
    FakeX = Any

routes: Routes[FakeX] = Routes()

LIFETIME: Final = timedelta(hours=2)
SCOPE: Final = (
    "tweet.read tweet.write tweet.moderate.write users.read dm.read dm.write media.write "
    "offline.access"
)


def granted(network: FakeX, user: User) -> Grant:
    """Let the app act for a user."""
    with network.lock:
        access, refresh = _words(network)
        expires = network.clock.now() + LIFETIME
        grant = Grant(user=user, access=access, refresh=refresh, expires_at=expires)
        network.grants.append(grant)
        return grant


def _words(network: FakeX) -> tuple[str, str]:
    chance = network.chance(f"grant/{network.new_id()}")
    return f"{chance.getrandbits(256):064x}", f"{chance.getrandbits(256):064x}"


@routes.add("POST", "/2/oauth2/token", NOBODY)
def token(network: FakeX, call: Call) -> httpx.Response:
    """Give tokens for a code, or new ones for a refresh token."""
    form = call.form()
    _check_client(network, call, form)
    kind = form.get("grant_type")
    if kind == "refresh_token":
        grant = _refreshed(network, form.get("refresh_token", ""))
    elif kind == "authorization_code":
        user = network.codes.pop(form.get("code", ""), None)
        if user is None:
            raise _refused(
                "invalid_request", "Value passed for the authorization code was invalid."
            )
        grant = granted(network, user)
    else:
        raise _refused("unsupported_grant_type", "The grant type is not supported.")
    return answer(
        200,
        {
            "token_type": "bearer",
            "expires_in": int(LIFETIME.total_seconds()),
            "access_token": grant.access,
            "refresh_token": grant.refresh,
            "scope": SCOPE,
        },
    )


def _check_client(network: FakeX, call: Call, form: dict[str, str]) -> None:
    scheme, _, given = call.header("authorization").partition(" ")
    if scheme.lower() == "basic":
        try:
            client, _, secret = b64decode(given).decode().partition(":")
        except ValueError:
            client, secret = "", ""
        known = (client, secret) == (network.app.client_id, network.app.client_secret)
    else:
        known = form.get("client_id") == network.app.client_id
    if not known:
        raise _refused("unauthorized_client", "Missing valid authorization header", status=401)


def _refreshed(network: FakeX, refresh: str) -> Grant:
    for grant in network.grants:
        if grant.refresh == refresh and not grant.revoked:
            grant.access, grant.refresh = _words(network)
            grant.expires_at = network.clock.now() + LIFETIME
            return grant
    raise _refused("invalid_request", "Value passed for the token was invalid.")


def _refused(error: str, description: str, status: int = 400) -> Refused:
    return Refused(answer(status, {"error": error, "error_description": description}))
