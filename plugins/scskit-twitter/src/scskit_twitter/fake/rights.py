"""Who asks: OAuth 1.0a, whose signature is checked, OAuth 2.0, or the app by itself."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import parse_qsl, urlsplit

from attrs import frozen
from oauthlib.oauth1.rfc5849 import signature as oauth1

from scskit.testing.network import Call, Refused
from scskit_twitter.fake.problems import unauthorized, unsupported
from scskit_twitter.fake.state import User

if TYPE_CHECKING:
    from scskit_twitter.fake.server import FakeX

Kind = Literal["oauth1", "oauth2", "app"]

USER: Final = "oauth1 oauth2"
ANYBODY: Final = "oauth1 oauth2 app"
APP: Final = "app"
NOBODY: Final = ""

_TITLES: Final[dict[str, str]] = {
    "oauth1": "OAuth 1.0a User Context",
    "oauth2": "OAuth 2.0 User Context",
    "app": "OAuth 2.0 Application-Only",
}
_HOSTS: Final = ("https://api.x.com", "https://api.twitter.com")


@frozen
class App:
    """The app through which a brand uses the API.

    Attributes:
        consumer_key: for OAuth 1.0a.
        consumer_secret: for it, and for signatures of what is pushed.
        bearer_token: of the app by itself.
        client_id: for OAuth 2.0.
        client_secret: for it.
    """

    consumer_key: str
    consumer_secret: str
    bearer_token: str
    client_id: str
    client_secret: str

    @classmethod
    def made(cls, seed: int, secret: str) -> App:
        """Make one; the same for the same seed."""
        chance = Random(f"{seed}/app")  # noqa: S311  not the app of anybody
        words = [f"{chance.getrandbits(128):032x}" for _ in range(4)]
        return cls(words[0], secret, f"AAAA{words[1]}", words[2], words[3])


@frozen
class Caller:
    """Who asks.

    Attributes:
        kind: by which token.
        user: in whose name; None for the app by itself.
    """

    kind: Kind
    user: User | None = None


def authorize(network: FakeX, call: Call, auth: str) -> Caller:
    """Return who asks.

    Args:
        network: whose tokens count.
        call: what is asked.
        auth: the kinds of tokens that the operation takes; empty when it takes none.

    Raises:
        Refused: the token is wrong or expired, or of a kind that is not taken here.
    """
    if not auth:
        return Caller("app")
    found = _found(network, call)
    if found is None:
        raise Refused(unauthorized())
    if found.kind not in auth.split():
        raise unsupported(_TITLES[found.kind], ", ".join(_TITLES[kind] for kind in auth.split()))
    return found


def _found(network: FakeX, call: Call) -> Caller | None:
    if call.header("authorization").lower().startswith("oauth "):
        return _signed(network, call)
    if call.bearer == network.app.bearer_token:
        return Caller("app")
    now = network.clock.now()
    for grant in network.grants:
        if grant.access == call.bearer and now < grant.expires_at and not grant.revoked:
            return Caller("oauth2", grant.user)
    return None


def _signed(network: FakeX, call: Call) -> Caller | None:
    header = call.header("authorization")
    given = dict(
        oauth1.collect_parameters(headers={"Authorization": header}, exclude_oauth_signature=False)
    )
    token = given.get("oauth_token", "")
    account = next((one for one in network.accounts() if one.token == token), None)
    if account is None or given.get("oauth_consumer_key") != network.app.consumer_key:
        return None
    if account.revoked:
        return None
    secrets = (network.secret, account.token_secret)
    signed = any(
        oauth1.sign_hmac_sha1_with_client(base, _Secrets(*secrets)) == given.get("oauth_signature")
        for base in _bases(call, header)
    )
    return Caller("oauth1", account.user) if signed else None


@frozen
class _Secrets:
    """What the library asks of a client."""

    client_secret: str
    resource_owner_secret: str


def _bases(call: Call, header: str) -> Iterator[str]:
    """Yield what may have been signed: clients that are led here signed X's own address."""
    url = str(call.request.url)
    parts = urlsplit(url)
    form = call.content_type == "application/x-www-form-urlencoded"
    body = call.request.content.decode("utf-8", "replace") if form else ""
    parameters = oauth1.collect_parameters(
        uri_query=parts.query,
        body=parse_qsl(body, keep_blank_values=True) if form else [],
        headers={"Authorization": header},
        exclude_oauth_signature=True,
    )
    normal = oauth1.normalize_parameters(parameters)  # type: ignore[arg-type]  # the stubs err
    for host in (f"{parts.scheme}://{parts.netloc}", *_HOSTS):
        uri = oauth1.base_string_uri(f"{host}{parts.path}")
        yield oauth1.signature_base_string(call.method, uri, normal)  # type: ignore[arg-type]  # as above
