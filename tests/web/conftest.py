"""Real servers on loopback, with real frameworks, on a desk that knows one network."""

from __future__ import annotations

import asyncio
import json
from contextlib import contextmanager
from threading import Thread
from time import monotonic, sleep
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
import uvicorn

from scskit import open_desk
from scskit.core.errors import PayloadInvalid
from scskit.http.signing import check_signature, sign
from scskit.plugins import (
    Author,
    Connector,
    ConnectorSpec,
    Message,
    WebhookResponse,
    hookimpl,
)
from scskit.testing import START, FakeClock

SECRET = "hush-0815"
HEADER = "X-Acme-Signature-256"


class Acme(Connector):
    """A network that writes a JSON list of messages, and signs it."""

    def __init__(self):
        """Have seen nothing."""
        self.requests = []

    def handshake(self, request):
        """Echo."""
        if "challenge" not in request.query:
            return None
        return WebhookResponse.text(request.query["challenge"])

    def verify(self, request):
        """Check the signature."""
        check_signature(request.body, request.header(HEADER), [SECRET], header=HEADER)

    def parse(self, request):
        """Read the list."""
        self.requests.append(request)
        try:
            found = json.loads(request.body)
        except ValueError as error:
            raise PayloadInvalid(f"no JSON: {error}") from error
        author = Author(external_id="u1")
        return [
            Message(
                account="acme", external_id=i, author=author, posted_at=START, text="?", thread="t1"
            )
            for i in found
        ]


class Plugin:
    """Offers the network."""

    name = "acme"

    def __init__(self):
        """Make the connector."""
        self.connector = Acme()

    @hookimpl
    def scskit_connectors(self):
        """Offer."""
        yield ConnectorSpec(name="acme", connector=self.connector, capabilities={"webhook"})


@pytest.fixture
def acme():
    """Give the network."""
    return Plugin()


@pytest.fixture
def desk(tmp_path, acme):
    """Open a desk on the network."""
    clock = FakeClock(START)
    with open_desk(tmp_path / "desk.db", plugins=[acme], discover=False, clock=clock) as desk:
        yield desk


@pytest.fixture
def delivery():
    """Sign what the network sends: the body, and its headers."""

    def signed(*ids, body=None, secret=SECRET):
        body = json.dumps(ids, indent=3).encode() if body is None else body
        return {
            "content": body,
            "headers": {HEADER: sign(body, secret), "Content-Type": "application/json"},
        }

    return signed


@contextmanager
def serve_asgi(app):
    """Serve an ASGI application in a thread; give its address."""
    config = uvicorn.Config(app, port=0, log_level="error", loop="asyncio", timeout_keep_alive=1)
    server = uvicorn.Server(config)
    thread = Thread(target=lambda: asyncio.run(server.serve()))
    thread.start()
    end = monotonic() + 20
    while not server.started:
        assert thread.is_alive()
        assert monotonic() < end
        sleep(0.005)
    host, port = server.servers[0].sockets[0].getsockname()
    yield f"http://{host}:{port}"
    server.should_exit = True
    thread.join()


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        """Say nothing."""


@contextmanager
def serve_wsgi(app):
    """Serve a WSGI application in a thread; give its address."""
    server = make_server("127.0.0.1", 0, app, handler_class=_Quiet)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def fastapi_host(desk):
    """Mount in FastAPI."""
    from fastapi import FastAPI

    from scskit.web import AsgiWebhooks

    app = FastAPI()
    app.mount("/webhooks", AsgiWebhooks(desk))

    @app.get("/own")
    def own():
        return "our own"

    return serve_asgi(app)


def starlette_host(desk):
    """Mount in Starlette, with a desk that is awaited."""
    from starlette.applications import Starlette
    from starlette.responses import PlainTextResponse
    from starlette.routing import Mount, Route

    from scskit import AsyncDesk
    from scskit.web import AsgiWebhooks

    async def own(_):
        return PlainTextResponse("our own")

    webhooks = Mount("/webhooks", AsgiWebhooks(AsyncDesk(desk)))
    return serve_asgi(Starlette(routes=[webhooks, Route("/own", own)]))


def flask_app(desk):
    """Put before Flask."""
    from flask import Flask

    from scskit.web import WsgiWebhooks

    app = Flask("host")
    app.wsgi_app = WsgiWebhooks(desk, "/webhooks", otherwise=app.wsgi_app)

    @app.get("/own")
    def own():
        return "our own"

    return app


def flask_host(desk):
    """Serve Flask as ``flask run`` does."""

    @contextmanager
    def served():
        from werkzeug.serving import make_server as make

        server = make("127.0.0.1", 0, flask_app(desk), threaded=True)
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
        server.server_close()

    return served()


def flask_mount_host(desk):
    """Mount beside Flask by werkzeug's own dispatcher."""
    from flask import Flask
    from werkzeug.middleware.dispatcher import DispatcherMiddleware

    from scskit.web import WsgiWebhooks

    app = Flask("host")
    app.add_url_rule("/own", view_func=lambda: "our own", endpoint="own")
    return serve_wsgi(DispatcherMiddleware(app.wsgi_app, {"/webhooks": WsgiWebhooks(desk)}))


def django_site():
    """Make a Django site of one page, with the settings that most sites have."""
    import django
    from django.conf import settings
    from django.http import HttpResponse
    from django.urls import clear_url_caches, path

    site = {
        "ALLOWED_HOSTS": ["127.0.0.1"],
        "SECRET_KEY": "made up",
        "ROOT_URLCONF": (path("own", lambda _: HttpResponse("our own")),),
        "MIDDLEWARE": [
            "django.middleware.security.SecurityMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
        ],
        "LOGGING_CONFIG": None,
    }
    if not settings.configured:
        settings.configure(**site)
        django.setup()
    for name, value in site.items():  # a process has one Django, and other tests set theirs up
        setattr(settings, name, value)
    clear_url_caches()


def django_wsgi_host(desk):
    """Put before Django's WSGI application."""
    django_site()
    from django.core.wsgi import get_wsgi_application

    from scskit.web import WsgiWebhooks

    return serve_wsgi(WsgiWebhooks(desk, "/webhooks", otherwise=get_wsgi_application()))


def django_asgi_host(desk):
    """Put before Django's ASGI application."""
    django_site()
    from django.core.asgi import get_asgi_application

    from scskit.web import AsgiWebhooks

    return serve_asgi(AsgiWebhooks(desk, "/webhooks", otherwise=get_asgi_application()))


HOSTS = (
    fastapi_host,
    starlette_host,
    flask_host,
    flask_mount_host,
    django_wsgi_host,
    django_asgi_host,
)


@pytest.fixture(params=HOSTS, ids=lambda host: host.__name__.removesuffix("_host"))
def address(request, desk):
    """Give the address of a host that serves the desk's webhooks at ``/webhooks``."""
    with request.param(desk) as found:
        yield found
