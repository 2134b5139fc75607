"""Requests to X: addresses, credentials, bodies. Nothing is sent here."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Literal

import httpx
from attrs import frozen
from oauthlib.oauth1 import Client as OAuth1

from scskit.core.errors import CredentialsRejected, Rejected
from scskit.core.time import SystemClock
from scskit.plugins import Outbound
from scskit_twitter.config import PATH, AccountSettings, TwitterSettings
from scskit_twitter.errors import problem_of, refusal
from scskit_twitter.limits import BACKFILL
from scskit_twitter.reading import Json, load, record

Method = Literal["GET", "POST", "PUT", "DELETE"]
Stamp = Callable[[], tuple[str, str]]
"""Makes a nonce and a timestamp for OAuth 1.0a."""

_MINUTE: Final = timedelta(minutes=1)
UPLOADS: Final = httpx.Timeout(connect=5.0, read=60.0, write=60.0, pool=5.0)


def new_stamp() -> tuple[str, str]:
    """Return a nonce that was never used and the present second, as OAuth 1.0a asks for."""
    return secrets.token_hex(16), str(int(SystemClock().now().timestamp()))


@frozen
class Api:
    """Makes requests for the accounts of a desk.

    Attributes:
        settings: where the API is, and who asks.
        stamp: what makes each OAuth 1.0a signature another one.
    """

    settings: TwitterSettings
    stamp: Stamp = new_stamp

    def account(self, name: str) -> AccountSettings:
        """Return an account.

        Raises:
            CredentialsRejected: the desk file has no such account, or no token for it.
        """
        account = self.settings.accounts.get(name)
        if account is None or account.token is None:
            lacks = "a token" if account else "the account"
            raise CredentialsRejected(
                f"{PATH}.accounts lacks {lacks} of {name!r}", error_class="auth"
            )
        return account

    def get(self, account: str, path: str, query: Mapping[str, str]) -> httpx.Request:
        """Make a request that reads."""
        request = httpx.Request("GET", self._url(path), params=query)
        return self._signed(account, "GET", request)

    def app_get(self, path: str, query: Mapping[str, str]) -> httpx.Request:
        """Make a request that reads what belongs to the app, with the app's own token."""
        token = self.settings.bearer.reveal() if self.settings.bearer else ""
        headers = {"authorization": f"Bearer {token}"}
        return httpx.Request("GET", self._url(path), params=query or None, headers=headers)

    def write(
        self, account: str, method: Method, path: str, body: Mapping[str, Any] | None = None
    ) -> httpx.Request:
        """Make a request that changes something."""
        return self._signed(account, method, httpx.Request(method, self._url(path), json=body))

    def upload(
        self, account: str, path: str, fields: Mapping[str, str], content: bytes
    ) -> httpx.Request:
        """Make a request that brings a file."""
        files = {"media": ("media", content, "application/octet-stream")}
        request = httpx.Request(
            "POST",
            self._url(path),
            data=dict(fields),
            files=files,
            extensions={"timeout": UPLOADS.as_dict()},
        )
        return self._signed(account, "POST", request)

    def _url(self, path: str) -> str:
        return self.settings.base_url + path

    def _signed(self, name: str, method: Method, request: httpx.Request) -> httpx.Request:
        account = self.account(name)
        request.headers["authorization"] = self._authorization(account, method, str(request.url))
        return request

    def _authorization(self, account: AccountSettings, method: Method, url: str) -> str:
        token = account.token.reveal() if account.token else ""
        if account.token_secret is None:
            return f"Bearer {token}"
        nonce, timestamp = self.stamp()
        # Only the address is signed: bodies are JSON or files, which OAuth 1.0a leaves out.
        client = OAuth1(
            self.settings.consumer_key,
            client_secret=self.settings.revealed()[0],
            resource_owner_key=token,
            resource_owner_secret=account.token_secret.reveal(),
            nonce=nonce,
            timestamp=timestamp,
        )
        _, headers, _ = client.sign(url, http_method=method)
        return str(headers["Authorization"])


def stream_request(settings: TwitterSettings, since: datetime | None) -> httpx.Request:
    """Make the request for the stream of all accounts.

    Args:
        settings: of the app, whose own token it takes.
        since: when it was last heard of; X says the last five minutes again at most.

    Raises:
        CredentialsRejected: the settings lack the app's own token.
    """
    if settings.bearer is None:
        raise CredentialsRejected(f"{PATH} lacks bearer: the stream is the app's own")
    query = {}
    if settings.backfill:
        missed = (SystemClock().now() - since) // _MINUTE + 1 if since else BACKFILL
        query["backfill_minutes"] = str(min(max(missed, 1), BACKFILL))
    return httpx.Request(
        "GET",
        f"{settings.base_url}/2/activity/stream",
        params=query,
        headers={"authorization": f"Bearer {settings.bearer.reveal()}"},
    )


def answered(response: httpx.Response, *, writes: bool) -> Json:
    """Return the ``data`` of a success.

    Raises:
        DeliveryError: it is none.
    """
    try:
        body = load(response.content)
    except ValueError:
        body = {}
    data = body.get("data") if isinstance(body, dict) else None
    if not response.is_success or not isinstance(data, dict):
        raise refusal(response, writes=writes)
    return record(data)


def page(response: httpx.Response) -> Json:
    """Return a page that was asked for; one without ``data`` is empty.

    Raises:
        DeliveryError: it is no page.
    """
    try:
        body = load(response.content)
    except ValueError:
        body = None
    if not response.is_success or not isinstance(body, dict):
        raise refusal(response, writes=False)
    if "data" not in body and "meta" not in body and problem_of(response):
        raise refusal(response, writes=False)
    return body


def conversation_path(outbound: Outbound) -> str:
    """Return the address of a private conversation.

    Raises:
        Rejected: it is not said with whom.
    """
    if outbound.recipient:
        return f"/2/dm_conversations/with/{outbound.recipient}"
    if outbound.thread:
        return f"/2/dm_conversations/{outbound.thread}"
    raise Rejected("a direct message takes a recipient or a thread", error_class="permanent")
