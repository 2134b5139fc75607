"""Renewing OAuth 2.0 tokens: an access token lives two hours, a refresh token works once.

New tokens are on disk before the first request is made with them. When the answer to a renewal is
lost, X may have used up the refresh token without our learning the next one: then the account has
to authorise the app again, and its new refresh token goes into the desk file, where it counts for
more than what was kept of the one before.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final

import httpx
from attrs import evolve, frozen

from scskit.core.errors import OutcomeUnknown, RetryLater
from scskit.core.ports import Clock
from scskit.http.usage import received_at
from scskit.http.vault import Busy, Vault
from scskit.plugins import Flow, Secret
from scskit_twitter.calls import Api
from scskit_twitter.config import AccountSettings, TwitterSettings
from scskit_twitter.errors import refusal
from scskit_twitter.reading import load, whole, words

EARLY: Final = timedelta(minutes=5)
"""Before a token expires, so that no flow loses it on the way."""

FRESH: Final = timedelta(minutes=1)
"""A token that was refused so soon after it came is not refused for its age."""

_LIFETIME: Final = 7_200
_SOON: Final = 5.0
_MARK: Final = 16


@frozen
class Tokens:
    """What X gave.

    Attributes:
        access: goes with requests.
        refresh: is changed for the next ones, once.
        renewed_at: when they came.
        expires_at: when ``access`` stops.
        given: a mark of the refresh token in the desk file that they go back to.
    """

    access: str
    refresh: str
    renewed_at: datetime
    expires_at: datetime
    given: str

    def kept(self) -> dict[str, str]:
        """Return them as they are written down."""
        return {
            "access": self.access,
            "refresh": self.refresh,
            "renewed_at": self.renewed_at.isoformat(),
            "expires_at": self.expires_at.isoformat(),
            "given": self.given,
        }


def ready(settings: TwitterSettings, name: str, clock: Clock) -> Flow[Api]:
    """Return what makes requests for an account, with a token that is still good for a while.

    Raises:
        CredentialsRejected: X no longer takes the refresh token.
        RetryLater: somebody else is renewing it, or X does not answer.
    """
    own = settings.accounts.get(name)
    if own is None or own.refresh_token is None:
        return Api(settings)
    vault = Vault(Path(settings.token_file))
    tokens = _tokens(vault.read(name), own)
    if tokens is None or clock.now() >= tokens.expires_at - EARLY:
        tokens = yield from _renewed(settings, name, own, vault, clock)
    return Api(_with_token(settings, name, tokens.access))


def _renewed(
    settings: TwitterSettings, name: str, own: AccountSettings, vault: Vault, clock: Clock
) -> Flow[Tokens]:
    try:
        with vault.renewing(name) as renewal:
            tokens = _tokens(renewal.content, own)
            if tokens is None or clock.now() >= tokens.expires_at - EARLY:
                tokens = yield from _asked(settings, own, tokens, clock)
                renewal.keep(tokens.kept())
    except Busy:
        tokens = _tokens(vault.read(name), own)
        if tokens is None or clock.now() >= tokens.expires_at:
            raise
    return tokens


def _asked(
    settings: TwitterSettings, own: AccountSettings, tokens: Tokens | None, clock: Clock
) -> Flow[Tokens]:
    """Change a refresh token for new tokens."""
    given = own.refresh_token.reveal() if own.refresh_token else ""
    try:
        response = yield _request(settings, tokens.refresh if tokens else given)
    except OutcomeUnknown as error:
        # Nothing of what was to be done has been done; but X may know the next token already.
        raise RetryLater(
            f"the answer to the renewal of a token is lost: {error}", _SOON, error_class="retryable"
        ) from error
    body = _body(response)
    access, refresh = words(body, "access_token"), words(body, "refresh_token")
    if not (response.is_success and access and refresh):
        raise refusal(response, writes=False)
    now = received_at(response) or clock.now()
    lifetime = timedelta(seconds=whole(body, "expires_in") or _LIFETIME)
    return Tokens(access, refresh, now, now + lifetime, _mark(given))


def _request(settings: TwitterSettings, refresh: str) -> httpx.Request:
    form = {"grant_type": "refresh_token", "refresh_token": refresh}
    headers = {}
    if settings.client_secret is None:
        form["client_id"] = settings.client_id
    else:
        pair = f"{settings.client_id}:{settings.client_secret.reveal()}"
        headers["authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
    return httpx.Request("POST", f"{settings.base_url}/2/oauth2/token", data=form, headers=headers)


def _body(response: httpx.Response) -> Mapping[str, object]:
    try:
        found = load(response.content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _tokens(kept: Mapping[str, str], own: AccountSettings) -> Tokens | None:
    """Read what was kept; None where there is nothing, or the desk file has another beginning."""
    given = own.refresh_token.reveal() if own.refresh_token else ""
    if kept.get("given") != _mark(given):
        return None
    renewed, expires = (
        datetime.fromisoformat(kept[name]).astimezone(UTC) for name in ("renewed_at", "expires_at")
    )
    return Tokens(kept["access"], kept["refresh"], renewed, expires, kept["given"])


def _mark(token: str) -> str:
    return sha256(token.encode()).hexdigest()[:_MARK]


def _with_token(settings: TwitterSettings, name: str, access: str) -> TwitterSettings:
    own = evolve(settings.accounts[name], token=Secret(access), refresh_token=None)
    return evolve(settings, accounts={**settings.accounts, name: own})


def doubted(settings: TwitterSettings, name: str, clock: Clock) -> bool:
    """Take a token that X refused for expired, so that the next flow renews it.

    Returns:
        Whether it makes sense to try once more: it can be renewed, and is not brand-new.
    """
    own = settings.accounts.get(name)
    if own is None or own.refresh_token is None:
        return False
    with Vault(Path(settings.token_file)).renewing(name) as renewal:
        tokens = _tokens(renewal.content, own)
        if tokens is None or clock.now() < tokens.renewed_at + FRESH:
            return False
        renewal.keep(evolve(tokens, expires_at=tokens.renewed_at).kept())
    return True
