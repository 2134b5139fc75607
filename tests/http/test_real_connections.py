"""What goes wrong on real connections, and what it is taken for."""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import contextmanager

import httpx
import pytest
from attrs import define, field

from scskit.core.errors import OutcomeUnknown, RetryLater
from scskit.http.driver import AsyncDriver, Driver
from scskit.http.retry import Patience

QUICK = Patience(first_wait=0.01, attempts=2)
TIMEOUT = httpx.Timeout(0.3)
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


@define
class Server:
    """A server that does as it is told with each request, on a port of its own."""

    answer: bytes | None
    listening: socket.socket = field(factory=lambda: socket.create_server(("127.0.0.1", 0)))
    requests: list[bytes] = field(factory=list)
    connections: int = 0

    @property
    def url(self):
        """Where it listens."""
        return f"http://127.0.0.1:{self.listening.getsockname()[1]}/posts"

    def serve(self):
        """Answer one connection after the other."""
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            self.connections += 1
            with connection:
                self._talk(connection)

    def _talk(self, connection):
        connection.settimeout(1.0)
        try:
            while request := _read(connection):
                self.requests.append(request)
                if self.answer is None:
                    return  # hangs up without a word
                connection.sendall(self.answer)
        except OSError:
            return


def _read(connection):
    """Read one request; nothing when the client has hung up, or says nothing sensible."""
    request = b""
    while not request.endswith(b"\r\n\r\nhello"):
        part = connection.recv(65536)
        if not part:
            return b""
        request += part
    return request


@contextmanager
def serving(answer):
    """Serve in a thread."""
    server = Server(answer)
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        yield server
    finally:
        server.listening.shutdown(socket.SHUT_RDWR)
        server.listening.close()
        thread.join()


@pytest.fixture(params=["threads", "loop"])
def run(request):
    """Run a flow over real sockets, with each kind of driver."""

    def in_thread(flow):
        with httpx.Client(timeout=TIMEOUT) as client, Driver(client, patience=QUICK) as driver:
            return driver.run(flow)

    async def in_loop(flow):
        async with httpx.AsyncClient(timeout=TIMEOUT) as client:
            return await AsyncDriver(client, patience=QUICK).run(flow)

    return in_thread if request.param == "threads" else lambda flow: asyncio.run(in_loop(flow))


def ask(method, url, times=1):
    """Ask the same some times, and return the last answer's text."""
    text = ""
    for _ in range(times):
        response = yield httpx.Request(method, url, content=b"hello")
        text = response.text
    return text


def test_one_connection_serves_several_steps(run):
    """A connection is made once and kept."""
    with serving(OK) as server:
        assert run(ask("POST", server.url, times=5)) == "ok"
    assert (len(server.requests), server.connections) == (5, 1)


def test_a_port_where_nobody_listens(run):
    """Nothing was sent, so it can be sent later."""
    with serving(OK) as server:
        gone = server.url
    with pytest.raises(RetryLater, match="nothing was sent"):
        run(ask("POST", gone))


def test_a_server_that_never_answers(run):
    """The request left and no answer came: a post is of unknown outcome, a question is repeated."""
    with serving(b"") as server:
        with pytest.raises(OutcomeUnknown, match="ReadTimeout"):
            run(ask("POST", server.url))
        assert len(server.requests) == 1
        with pytest.raises(RetryLater, match="ReadTimeout"):
            run(ask("GET", server.url))
        assert len(server.requests) == 3


def test_a_server_that_hangs_up(run):
    """A connection that is lost after the request left says nothing about what was done."""
    with serving(None) as server:
        with pytest.raises(OutcomeUnknown):
            run(ask("POST", server.url))
        assert len(server.requests) == 1


def test_an_answer_that_breaks_off(run):
    """Half an answer to a post is none."""
    with serving(OK.replace(b"length: 2", b"length: 9")) as server, pytest.raises(OutcomeUnknown):
        run(ask("POST", server.url))


def test_an_answer_that_is_no_http(run):
    """Whatever a server sends instead of an answer, the outcome stays unknown."""
    with serving(b"220 mail.example ESMTP\r\n") as server, pytest.raises(OutcomeUnknown):
        run(ask("POST", server.url))


def test_a_server_that_speaks_no_tls(run):
    """Without a handshake nothing was sent."""
    with serving(OK) as server, pytest.raises(RetryLater, match="nothing was sent"):
        run(ask("POST", server.url.replace("http:", "https:")))
