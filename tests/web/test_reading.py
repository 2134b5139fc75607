"""How much of a body is read, and when."""

from __future__ import annotations

import asyncio

import pytest

from scskit.http.webhook import MOST_BYTES
from scskit.web import AsgiWebhooks, WsgiWebhooks

CHUNK = bytes(64 * 1024)


def asgi(app, events, *, kind="http", path="/acme", headers=()):
    """Ask an ASGI application; return what it sent and how many events it took."""
    sent, taken = [], 0

    async def receive():
        nonlocal taken
        taken += 1
        return next(events)

    async def send(event):
        sent.append(event)

    scope = {"type": kind, "method": "POST", "path": path, "query_string": b"", "headers": headers}
    asyncio.run(app(scope, receive, send))
    return sent, taken


class Input:
    """A body without end, which is read in parts."""

    def __init__(self):
        """Have given nothing."""
        self.read_bytes = 0

    def read(self, size):
        """Give a part."""
        assert size >= 0, "that would read until the end, which may never come"
        given = min(size, len(CHUNK))
        self.read_bytes += given
        return bytes(given)


def wsgi(app, **environ):
    """Ask a WSGI application; return its status."""
    told = []
    asked = {"REQUEST_METHOD": "POST", "PATH_INFO": "/acme", **environ}
    app(asked, lambda status, _: told.append(status))
    return told[0]


def test_asgi_reads_no_more_than_it_may(desk):
    """A body that never ends is cut off at the limit, however small its parts."""

    def endless():
        while True:
            yield {"type": "http.request", "body": CHUNK, "more_body": True}

    sent, taken = asgi(AsgiWebhooks(desk), endless())
    assert sent[0]["status"] == 413
    assert taken == MOST_BYTES // len(CHUNK) + 1


def test_asgi_answers_nobody_who_has_gone(desk, delivery):
    """Half a body is not taken for a whole one."""
    half = {"type": "http.request", "body": b"[", "more_body": True}
    sent, _ = asgi(AsgiWebhooks(desk), iter([half, {"type": "http.disconnect"}]))
    assert sent == []
    assert desk.webhooks.counts == {}


def test_asgi_puts_the_parts_together(desk, delivery):
    """A body that comes in several parts is signed as one."""
    whole = delivery("m1")
    events = [
        {"type": "http.request", "body": bytes([byte]), "more_body": True}
        for byte in whole["content"]
    ]
    headers = [(n.lower().encode(), value.encode()) for n, value in whole["headers"].items()]
    last = {"type": "http.request", "body": b"", "more_body": False}
    sent, _ = asgi(AsgiWebhooks(desk), iter([*events, last]), headers=headers)
    assert sent[0]["status"] == 200


@pytest.mark.parametrize("kind", ["lifespan", "websocket"])
def test_asgi_leaves_other_protocols_alone(desk, kind):
    """What is no request goes to the host's application, if there is one."""
    seen = []

    async def host(scope, *_):
        seen.append(scope["type"])

    assert asgi(AsgiWebhooks(desk, otherwise=host), iter([]), kind=kind) == ([], 0)
    assert asgi(AsgiWebhooks(desk), iter([]), kind=kind) == ([], 0)
    assert seen == [kind]


def test_wsgi_reads_no_more_than_it_may(desk):
    """Neither a length that lies nor a body without a length fills the memory."""
    app = WsgiWebhooks(desk)
    for told in ({"CONTENT_LENGTH": str(10**12)}, {"wsgi.input_terminated": True}):
        body = Input()
        assert wsgi(app, **told, **{"wsgi.input": body}) == "413 Request Entity Too Large"
        assert body.read_bytes == MOST_BYTES + 1


@pytest.mark.parametrize("length", ["", "-1", "ten", "0"])
def test_wsgi_does_not_wait_for_a_body_of_no_length(desk, length):
    """A server whose connection stays open is not read from without knowing how far."""
    body = Input()
    answer = wsgi(WsgiWebhooks(desk), **{"CONTENT_LENGTH": length, "wsgi.input": body})
    assert answer == "401 Unauthorized"
    assert body.read_bytes == 0


def test_wsgi_asks_for_the_length_that_its_server_does_not_tell(desk):
    """A body in pieces that the server does not put together is not taken for a bad signature."""
    app, body = WsgiWebhooks(desk), Input()
    told = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": body}
    assert wsgi(app, **told) == "411 Length Required"
    assert body.read_bytes == 0
    assert wsgi(app, **told, CONTENT_LENGTH="3") == "401 Unauthorized"
    ended = told | {"wsgi.input_terminated": True}
    assert wsgi(app, **ended) == "413 Request Entity Too Large"


@pytest.mark.parametrize("path", ["/hooks/acme", "hooks", "/hooks/"])
def test_the_path_may_be_written_with_any_slashes(desk, path):
    """Only what stands below the path is answered, whichever way that is written."""
    app = WsgiWebhooks(desk, path.removesuffix("/acme"))
    assert wsgi(app, PATH_INFO="/hooks/acme") == "401 Unauthorized"
    assert wsgi(app, PATH_INFO="/hooks/acme/") == "401 Unauthorized"
    assert wsgi(app, PATH_INFO="/acme") == "404 Not Found"
