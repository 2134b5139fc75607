"""Webhooks as a WSGI application: Flask, Django, Pyramid, or a server by itself.

What a WSGI application is: https://peps.python.org/pep-3333/
"""

from __future__ import annotations

from collections.abc import Iterable
from http.client import responses
from typing import TYPE_CHECKING

from scskit.core.webhook import WebhookRequest, WebhookResponse
from scskit.web.requests import connector_at, enough, parameters

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from scskit.desk.desk import Desk


class WsgiWebhooks:
    """Answers what networks ask and send, at the connector's name."""

    def __init__(
        self, desk: Desk, path: str = "", *, otherwise: WSGIApplication | None = None
    ) -> None:
        """Answer for a desk.

        Args:
            desk: whose connectors.
            path: what stands before the connector's name, where nothing is mounted: ``/webhooks``
                answers at ``/webhooks/twitter``.
            otherwise: the application that answers everything else; 404 without one.
        """
        self._desk = desk
        self._path = path
        self._otherwise = otherwise

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        connector = connector_at(environ.get("PATH_INFO", ""), self._path)
        if connector is None and self._otherwise is not None:
            return self._otherwise(environ, start_response)
        if connector is None:
            answer = WebhookResponse.text("not found", 404)
        elif _is_unmeasured(environ):
            answer = WebhookResponse.text("length required", 411)
        else:
            answer = self._desk.webhook(connector, self._request(environ))
        headers = {**answer.headers, "content-length": str(len(answer.body))}
        reason = responses.get(answer.status, "-")
        start_response(f"{answer.status} {reason}", list(headers.items()))
        return [answer.body]

    def _request(self, environ: WSGIEnvironment) -> WebhookRequest:
        return WebhookRequest(
            method=environ["REQUEST_METHOD"],
            received_at=self._desk.clock.now(),
            headers=_headers(environ),
            query=parameters(environ.get("QUERY_STRING", "")),
            body=_read(environ, enough(self._desk.policy)),
        )


def _headers(environ: WSGIEnvironment) -> dict[str, str]:
    named = {
        name.removeprefix("HTTP_").replace("_", "-"): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    return {"content-type": environ.get("CONTENT_TYPE", ""), **named}


def _is_unmeasured(environ: WSGIEnvironment) -> bool:
    """Tell whether there is a body of which the server tells neither length nor end."""
    measured = environ.get("CONTENT_LENGTH") or environ.get("wsgi.input_terminated")
    return "HTTP_TRANSFER_ENCODING" in environ and not measured


def _read(environ: WSGIEnvironment, most: int) -> bytes:
    """Read a body, or as much of it as tells that it is too long.

    Without a length only a server that ends the input itself can be read from: others would wait
    for ever.
    """
    given = environ.get("CONTENT_LENGTH") or ""
    if environ.get("wsgi.input_terminated"):
        left = most
    else:
        left = min(int(given), most) if given.isdecimal() else 0
    parts: list[bytes] = []
    while left and (part := environ["wsgi.input"].read(left)):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)
