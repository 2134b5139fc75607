"""A fake network without a socket: a transport for httpx."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from scskit.testing.network.base import FakeNetwork


class NetworkTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Hands requests to a fake network, and nothing to any other."""

    def __init__(self, network: FakeNetwork) -> None:
        """Stand for a network."""
        self._network = network

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request.

        Raises:
            httpx.ConnectError: it is for a host that the network does not stand for.
            httpx.ReadTimeout: the network was made not to answer.
        """
        request.read()
        return self._answered(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request; see ``handle_request``."""
        await request.aread()
        return self._answered(request)

    def _answered(self, request: httpx.Request) -> httpx.Response:
        if request.url.host not in self._network.hosts:
            hosts = ", ".join(sorted(self._network.hosts))
            message = f"{request.url.host} is not on this fake network, which has {hosts}"
            raise httpx.ConnectError(message, request=request)
        return self._network.handle(request)
