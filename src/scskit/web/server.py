"""A server of nothing but webhooks: uvicorn, the extra ``serve``."""

from __future__ import annotations

import asyncio
import signal
import socket
from typing import TYPE_CHECKING, Final

from scskit.aio import AsyncDesk
from scskit.core.errors import ConfigError
from scskit.web.asgi import AsgiWebhooks

if TYPE_CHECKING:
    from types import FrameType

    from uvicorn import Server

    from scskit.desk.desk import Desk

PATH: Final = "/webhooks"
"""What stands before the connector's name."""

GRACE: Final = 30
"""Seconds that requests under way have left when the server is asked to stop."""

_BACKLOG = 2048


def listen(host: str, port: int) -> socket.socket:
    """Begin to listen.

    Args:
        host: an address of this machine; a name stands for its first address.
        port: 0 for any that is free.

    Raises:
        ConfigError: it is taken, or no address of this machine.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family, backlog=_BACKLOG)
    except OSError as error:
        message = f"--host {host} --port {port}: cannot listen there: {error.strerror or error}"
        raise ConfigError(message) from error


def address_of(listening: socket.socket) -> str:
    """Return the address at which connectors are answered, without their names."""
    host, port = listening.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}{PATH}/"


def serve(desk: Desk, listening: socket.socket, threads: int) -> None:
    """Answer requests until SIGINT or SIGTERM; then those under way, and no more.

    Call it in the main thread, with uvicorn installed. The desk is closed at the end.

    Args:
        desk: whose connectors answer.
        listening: where.
        threads: how many requests may be stored at once.
    """
    awaited = AsyncDesk(desk, threads)
    server = _server(AsgiWebhooks(awaited, PATH))
    _stop_on_signals(server)
    try:
        server.run(sockets=[listening])
    finally:
        asyncio.run(awaited.close())


def require_uvicorn() -> None:
    """Check that the extra is installed.

    Raises:
        ConfigError: it is not.
    """
    try:
        import uvicorn  # noqa: F401, PLC0415  an extra
    except ImportError as error:
        message = "scskit serve takes uvicorn, which is not installed: pip install 'scskit[serve]'"
        raise ConfigError(message) from error


def _server(app: AsgiWebhooks) -> Server:
    import uvicorn  # noqa: PLC0415  an extra

    config = uvicorn.Config(
        app,
        lifespan="off",
        ws="none",
        log_level="warning",
        access_log=False,  # a handshake's query holds a secret
        server_header=False,
        proxy_headers=False,
        backlog=_BACKLOG,
        timeout_graceful_shutdown=GRACE,
    )
    return uvicorn.Server(config)


def _stop_on_signals(server: Server) -> None:
    """Stop in order, also when the signal comes before uvicorn listens to any.

    uvicorn raises the signal again when it has stopped; with this handler that ends nothing.
    """

    def handle(_: int, __: FrameType | None) -> None:
        server.should_exit = True

    for name in ("SIGINT", "SIGTERM"):
        signal.signal(getattr(signal, name), handle)
