"""Requests to the Graph API, and its answers."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from attrs import evolve, field, frozen

from scskit.core.errors import DeliveryError
from scskit.plugins import Flow, Secret
from scskit_meta.errors import (
    CODES,
    Codes,
    Fault,
    classify,
    delivery_error,
    describe,
    read_fault,
    read_json,
    unknown_outcome,
)

if TYPE_CHECKING:
    import httpx

Path = tuple[str, ...]

_SERVER, _FAILED = 500, 400
_ANYTHING = frozenset({None, 1, 2})
"""Codes that say nothing but that Meta itself failed."""


@frozen(kw_only=True)
class Graph:
    """One account's way to the Graph API.

    Attributes:
        base_url: the host, without a slash at the end.
        version: such as ``v23.0``.
        token: the account's access token; it travels in a header, never in an address.
        app_secret: proves with every request that the token was not stolen, where the app asks
            for it (``appsecret_proof``).
        codes: what the network's own error codes mean.
        waits: seconds to wait after an error code, where the response does not say.
    """

    base_url: str
    version: str
    token: Secret
    app_secret: Secret | None = None
    codes: Codes = CODES
    waits: Mapping[int, float] = field(factory=dict)

    def get(self, path: Path, **query: str) -> Flow[dict[str, Any]]:
        """Ask for something; sent again without harm."""
        return (yield from self.call("GET", path, query=query))

    def post(self, path: Path, body: Mapping[str, Any]) -> Flow[dict[str, Any]]:
        """Have something done; an answer that does not say what became of it is unknown."""
        return (yield from self.call("POST", path, body=body))

    def delete(self, path: Path) -> Flow[dict[str, Any]]:
        """Have something removed."""
        return (yield from self.call("DELETE", path))

    def call(
        self,
        method: str,
        path: Path,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Flow[dict[str, Any]]:
        """Yield one request and return the answer's object.

        Raises:
            DeliveryError: the answer is an error, or says nothing.
        """
        response = yield self.request(method, path, query=query, body=body)
        return self.answer(response, changes=method == "POST")

    def request(
        self,
        method: str,
        path: Path,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> httpx.Request:
        """Make a request.

        Args:
            method: ``GET``, ``POST`` or ``DELETE``.
            path: ids and names, each one part of the address whatever it holds.
            query: what stands behind the question mark.
            body: what is sent as JSON.
        """
        import httpx  # noqa: PLC0415  only who sends needs it

        headers = {"authorization": f"Bearer {self.token.reveal()}"}
        content = None
        if body is not None:
            headers["content-type"] = "application/json"
            content = json.dumps(body, separators=(",", ":")).encode()
        return httpx.Request(
            method,
            f"{self.base_url}/{self.version}/{_joined(path)}",
            params={**(query or {}), **self._proof()} or None,
            headers=headers,
            content=content,
        )

    def _proof(self) -> dict[str, str]:
        if self.app_secret is None:
            return {}
        key, token = self.app_secret.reveal().encode(), self.token.reveal().encode()
        return {"appsecret_proof": hmac.digest(key, token, "sha256").hex()}

    def answer(self, response: httpx.Response, *, changes: bool) -> dict[str, Any]:
        """Return the object that a response holds.

        Args:
            response: what came back.
            changes: whether the request changes something, so that it matters what became of it.

        Raises:
            DeliveryError: of the kind that says what to do next.
        """
        body = read_json(response.content)
        fault = read_fault(response.status_code, body, response.headers)
        if fault is None and response.status_code < _FAILED and isinstance(body, dict):
            return body
        if fault is None and not _FAILED <= response.status_code < _SERVER:
            raise _says_nothing(response.status_code, changes=changes)
        told = self._hidden(fault or Fault(status=response.status_code))
        if changes and _broke_down(told):
            raise unknown_outcome(response.status_code, describe(told), told)
        seconds = _wait(response) or self.waits.get(told.code or 0, 0.0)
        raise delivery_error(told, classify(told, self.codes), seconds)

    def _hidden(self, fault: Fault) -> Fault:
        """Take the token out of the message: Meta quotes one that it cannot read."""
        return evolve(fault, message=fault.message.replace(self.token.reveal(), "…"))


def _broke_down(fault: Fault) -> bool:
    """Tell whether Meta failed in the middle, so that what was asked may have been done."""
    return (
        (fault.status or 0) >= _SERVER and fault.code in _ANYTHING and fault.transient is not False
    )


def _wait(response: httpx.Response) -> float:
    """Return for how many seconds Meta lets nothing through, as its usage headers have it."""
    from scskit.http.usage import load, wait_told  # noqa: PLC0415  it loads httpx

    return wait_told(response) or load(response.headers).blocked_for.total_seconds()


def _joined(path: Path) -> str:
    return "/".join(quote(part, safe="") for part in path)


def _says_nothing(status: int, *, changes: bool) -> DeliveryError:
    if changes:
        return unknown_outcome(status, f"HTTP {status}, which does not say what was done")
    return delivery_error(Fault(message="the answer holds nothing", status=status), "retryable")
