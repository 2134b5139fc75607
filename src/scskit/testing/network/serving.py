"""A fake network behind an address: real HTTP on loopback, for programs in any language."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Final

import httpx
from attrs import frozen

from scskit.core.errors import ConfigError

if TYPE_CHECKING:
    from scskit.testing.network.base import FakeNetwork

_LOG: Final = logging.getLogger("scskit.fake")
_LONGEST: Final = 64 * 2**20
_HOP: Final = frozenset({"connection", "content-length", "keep-alive", "transfer-encoding"})


@frozen
class Served:
    """Where a fake network is.

    Attributes:
        url: without a slash at the end.
        port: of it.
    """

    url: str
    port: int


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a connection that is kept open would keep us from ending
    request_queue_size = 128

    def __init__(self, network: FakeNetwork, address: tuple[str, int], hold: float) -> None:
        self.network, self.hold = network, hold
        self.ending = Event()
        self._open: set[socket.socket] = set()
        self._guard = Lock()
        super().__init__(address, _Handler)

    def opened(self, connection: socket.socket) -> None:
        with self._guard:
            self._open.add(connection)

    def closed(self, connection: socket.socket) -> None:
        with self._guard:
            self._open.discard(connection)

    def hang_up(self) -> None:
        self.ending.set()
        with self._guard:
            connections = list(self._open)
        for connection in connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.opened(self.connection)

    def finish(self) -> None:
        self.server.closed(self.connection)
        with suppress(OSError):
            super().finish()

    def handle(self) -> None:
        with suppress(ConnectionError):  # a client that goes away is no news
            super().handle()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's name
        _LOG.debug(format, *args)

    def _answer(self) -> None:
        body = self._body()
        if body is None:
            self.send_error(413)
            return
        host = self.headers.get("host") or "localhost"
        headers = [(name, value) for name, value in self.headers.items()]
        request = httpx.Request(
            self.command, f"http://{host}{self.path}", headers=headers, content=body
        )
        try:
            response = self.server.network.handle(request)
        except httpx.TimeoutException:
            self.server.ending.wait(self.server.hold)
            self.close_connection = True
            return
        self._write(response)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _answer  # noqa: N815  the base class's names

    def _body(self) -> bytes | None:
        if "chunked" in self.headers.get("transfer-encoding", "").lower():
            return self._chunks()
        length = int(self.headers.get("content-length") or 0)
        return self.rfile.read(length) if length <= _LONGEST else None

    def _chunks(self) -> bytes | None:
        parts, total = [], 0
        while length := int(self.rfile.readline().partition(b";")[0], 16):
            total += length
            if total > _LONGEST:
                return None
            parts.append(self.rfile.read(length))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _write(self, response: httpx.Response) -> None:
        self.send_response_only(response.status_code)
        if self.close_connection:
            self.send_header("connection", "close")  # else the client asks once more on it
        for name, value in response.headers.multi_items():
            if name not in _HOP:
                self.send_header(name, value)
        if isinstance(response.stream, httpx.ByteStream):
            self.send_header("content-length", str(len(response.content)))
            self.end_headers()
            self.wfile.write(response.content)
        else:
            self._stream(response)

    def _stream(self, response: httpx.Response) -> None:
        """Write an answer that goes on: piece by piece, until either side has enough."""
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        try:
            for part in response.iter_raw():
                if self.server.ending.is_set():
                    break
                if part:  # an empty one would end it
                    self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part))
            self.wfile.write(b"0\r\n\r\n")
        finally:
            response.close()


@contextmanager
def serving(network: FakeNetwork, host: str, port: int, hold: float) -> Iterator[Served]:
    """Serve a network; see ``FakeNetwork.serve``.

    Raises:
        ConfigError: the port is taken, or the host is no address of this machine.
    """
    try:
        server = _Server(network, (host, port), hold)
    except OSError as error:
        message = f"--host {host} --port {port}: cannot listen there: {error.strerror or error}"
        raise ConfigError(message) from error
    thread = Thread(target=server.serve_forever, args=(0.05,), name="fake-network", daemon=True)
    thread.start()
    try:
        bound = int(server.server_address[1])
        yield Served(f"http://{f'[{host}]' if ':' in host else host}:{bound}", bound)
    finally:
        server.shutdown()
        server.hang_up()
        server.server_close()
        thread.join()


@contextmanager
def delivering(network: FakeNetwork, every: float) -> Iterator[None]:
    """Push what is due by itself; see ``FakeNetwork.delivering``."""
    ending = Event()

    def push() -> None:
        while not ending.wait(every):
            network.deliveries.pump()

    thread = Thread(target=push, name="fake-deliveries", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()
        network.deliveries.close()
