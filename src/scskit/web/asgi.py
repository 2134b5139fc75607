"""Webhooks as an ASGI application: FastAPI, Starlette, Django, or a server by itself.

What an ASGI application is: https://asgi.readthedocs.io/en/latest/specs/www.html
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from scskit.aio import AsyncDesk
from scskit.core.webhook import WebhookRequest, WebhookResponse
from scskit.desk.desk import Desk
from scskit.web.requests import connector_at, enough, parameters

Scope = MutableMapping[str, Any]
Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class AsgiWebhooks:
    """Answers what networks ask and send, at the connector's name."""

    def __init__(
        self, desk: AsyncDesk | Desk, path: str = "", *, otherwise: App | None = None
    ) -> None:
        """Answer for a desk.

        Args:
            desk: whose connectors.
            path: what stands before the connector's name, where nothing is mounted: ``/webhooks``
                answers at ``/webhooks/twitter``.
            otherwise: the application that answers everything else; 404 without one.
        """
        self._desk = AsyncDesk(desk) if isinstance(desk, Desk) else desk
        self._path = path
        self._otherwise = otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        http = scope["type"] == "http"
        connector = connector_at(_path(scope), self._path) if http else None
        if connector is not None:
            await self._answer(connector, scope, receive, send)
        elif self._otherwise is not None:
            await self._otherwise(scope, receive, send)
        elif http:
            await _send(WebhookResponse.text("not found", 404), send)

    async def _answer(self, connector: str, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _read(receive, enough(self._desk.policy))
        if body is None:
            return  # whoever asked has gone
        request = WebhookRequest(
            method=scope["method"],
            received_at=self._desk.clock.now(),
            headers={name.decode("latin-1"): v.decode("latin-1") for name, v in scope["headers"]},
            query=parameters(scope["query_string"].decode("latin-1")),
            body=body,
        )
        await _send(await self._desk.webhook(connector, request), send)


def _path(scope: Scope) -> str:
    """Return the path below where the application is mounted."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


async def _read(receive: Receive, most: int) -> bytes | None:
    """Read a body, or as much of it as tells that it is too long; None if it breaks off."""
    parts: list[bytes] = []
    size = 0
    while size < most:
        event = await receive()
        if event["type"] != "http.request":
            return None
        parts.append(event.get("body", b""))
        size += len(parts[-1])
        if not event.get("more_body", False):
            break
    return b"".join(parts)


async def _send(answer: WebhookResponse, send: Send) -> None:
    headers = {**answer.headers, "content-length": str(len(answer.body))}
    pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": pairs})
    await send({"type": "http.response.body", "body": answer.body})
