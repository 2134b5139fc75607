"""Fetching media from real servers with real certificates, on this machine."""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
import traceback
from collections.abc import Callable
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import trustme
from attrs import define, field

from scskit.core.errors import CredentialsRejected, MediaRefused, Rejected, RetryLater
from scskit.http.media import MediaFetcher
from scskit.http.media_rules import MediaRules
from scskit.testing import FakeClock

HERE = "127.0.0.1"
NAMES = ("media.example", "cdn.example", "a.pics.example", "other.example")


@define
class Site:
    """A server that is all of ``NAMES``."""

    authority: trustme.CA
    pages: dict[str, Callable] = field(factory=dict)
    seen: list = field(factory=list)
    names: list = field(factory=list)
    server: ThreadingHTTPServer = None

    def start(self):
        """Listen."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert(*NAMES[:3]).configure_cert(context)
        context.sni_callback = lambda _, name, __: self.names.append(name)
        self.server = ThreadingHTTPServer((HERE, 0), self._handler())
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, args=(0.05,)).start()

    def _handler(self):
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"  # keeps connections

            def do_GET(self):
                site.seen.append(self)
                try:
                    site.pages[self.path](self)
                except OSError:
                    self.close_connection = True

            def log_message(self, *_):
                """Be silent."""

        return Handler

    @property
    def port(self):
        """Where it listens."""
        return self.server.server_port

    def url(self, path="/a.jpg", host="media.example"):
        """Return the address of a page."""
        return f"https://{host}:{self.port}{path}"


def page(body=b"jpeg", status=200, kind="image/jpeg", **headers):
    """Make a page."""

    def answer(handler):
        handler.send_response(status)
        if kind:
            handler.send_header("content-type", kind)
        length = {} if "transfer_encoding" in headers else {"content_length": str(len(body))}
        given = length | headers
        for name, value in given.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def redirect(target, status=302):
    """Make a page that leads on."""
    return page(b"", status, kind="", location=target)


@pytest.fixture(scope="module")
def authority():
    """Give a certificate authority that only these tests trust."""
    return trustme.CA()


@pytest.fixture
def site(authority):
    """Serve."""
    site = Site(authority)
    site.pages["/a.jpg"] = page()
    site.start()
    yield site
    site.server.shutdown()
    site.server.server_close()


@pytest.fixture
def fetcher(site, authority):
    """Fetch from the site, which is the only thing on this machine that is allowed."""
    made = []

    def make(**given):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        authority.configure_trust(context)
        hosts = {"media.example", "cdn.example", "*.pics.example", "other.example"}
        rules = {"hosts": hosts, "ports": {443, site.port}, **given.pop("rules", {})}
        settings = {"resolver": lambda *_: [HERE], "allow": lambda address: address == HERE}
        made.append(MediaFetcher(MediaRules(**rules), context=context, **settings | given))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture(autouse=True)
def nobody_resolves(monkeypatch):
    """Fail when any name is resolved by anybody but the injected resolver."""
    resolve = socket.getaddrinfo

    def only_addresses(host, *given, **named):
        assert host == HERE, f"{host} was resolved behind the fetcher's back"
        return resolve(host, *given, **named)

    monkeypatch.setattr(socket, "getaddrinfo", only_addresses)


def test_a_medium_is_fetched(site, fetcher):
    """What a message points to comes, with its type, from the host by its name."""
    found = fetcher().fetch(site.url("/a.jpg"), {"authorization": "Bearer t-0815"})
    assert (found.content, found.media_type) == (b"jpeg", "image/jpeg")
    (asked,) = site.seen
    assert asked.headers["host"] == f"media.example:{site.port}"
    assert asked.headers["authorization"] == "Bearer t-0815"
    assert site.names == ["media.example"]


def test_the_certificate_must_be_that_of_the_name(site, fetcher):
    """Connecting to an address does not make any certificate good enough."""
    with pytest.raises(RetryLater, match="CERTIFICATE_VERIFY_FAILED"):
        fetcher().fetch(site.url(host="other.example"))
    assert site.seen == []


def test_each_name_has_a_connection_of_its_own(site, fetcher):
    """Names on one address do not share a connection, nor the certificate it was checked for."""
    one = fetcher()
    one.fetch(site.url())
    one.fetch(site.url(host="cdn.example"))
    assert site.names == ["media.example", "cdn.example"]


@pytest.mark.parametrize(
    ("url", "flaw"),
    [
        ("http://media.example/a.jpg", "its scheme is not https"),
        ("ftp://media.example/a.jpg", "its scheme is not https"),
        ("file:///etc/passwd", "its scheme is not https"),
        ("//media.example/a.jpg", "its scheme is not https"),
        ("https://media.example@evil.example/a.jpg", "user name or password"),
        ("https://evil.example\\@media.example/a.jpg", "user name or password"),
        ("https://media.example:22/a.jpg", "its port is 22"),
        ("https://evil.example/a.jpg", "not among the allowed"),
        ("https://pics.example/a.jpg", "not among the allowed"),
        ("https://media.example.evil.example/a.jpg", "not among the allowed"),
        ("https://2130706433/a.jpg", "no host by its name"),
        ("https://0x7f.1/a.jpg", "no host by its name"),
        ("https://127.1/a.jpg", "no host by its name"),
        ("https://127.0.0.1/a.jpg", "no host by its name"),
        ("https://[::1]/a.jpg", "no host by its name"),
        ("https://[::ffff:127.0.0.1]/a.jpg", "no host by its name"),
        ("https://localhost/a.jpg", "no host by its name"),
        ("https://media.example./a.jpg", "no host by its name"),
        ("https://med%69a.example/a.jpg", "no host by its name"),
        ("https:///a.jpg", "no host by its name"),
        ("https://0177.0.0.1/a.jpg", "this is no URL"),
        ("https://①②⑦.0.0.1/a.jpg", "this is no URL"),
        ("https://media.example\t/a.jpg", "this is no URL"),
        ("https://media.example:x/a.jpg", "this is no URL"),
        ("a.jpg", "its scheme is not https"),
        ("", "its scheme is not https"),
    ],
)
def test_what_is_refused_before_anything_is_resolved(fetcher, url, flaw):
    """Only https, only listed hosts, only by their names, only on their port."""
    asked = []
    with pytest.raises(MediaRefused, match=flaw):
        fetcher(resolver=lambda *given: asked.append(given)).fetch(url)
    assert asked == []


@pytest.mark.parametrize(
    "addresses",
    [
        [HERE],
        ["8.8.8.8", "10.0.0.1"],
        ["::1"],
        ["64:ff9b::7f00:1"],
        ["2002:7f00:1::"],
        ["::ffff:127.0.0.1"],
        ["169.254.169.254"],
        [],
    ],
)
def test_every_address_of_a_name_is_looked_at(site, fetcher, addresses):
    """A listed name that leads, in part or whole, to our own network is not followed."""
    from scskit.http.addresses import is_public

    with pytest.raises(MediaRefused, match="which may not be connected to"):
        fetcher(resolver=lambda *_: addresses, allow=is_public).fetch(site.url())
    assert site.seen == []


def test_a_name_that_changes_its_address_meanwhile(site, fetcher):
    """The connection is made to the address that was looked at, not to the next answer."""
    answers = iter([[HERE], ["127.0.0.2"], ["127.0.0.3"]])
    fetcher(resolver=lambda *_: next(answers)).fetch(site.url())
    assert next(answers) == ["127.0.0.2"]  # it was asked once
    assert len(site.seen) == 1


def test_the_next_address_is_tried(site, fetcher):
    """A name with several addresses is reached while one of them answers."""
    found = fetcher(resolver=lambda *_: [HERE, HERE]).fetch(site.url())
    assert found.content == b"jpeg"
    with socket.create_server((HERE, 0)) as closed:
        gone = closed.getsockname()[1]
    with pytest.raises(RetryLater, match="ConnectError"):
        fetcher(rules={"ports": {gone}}).fetch(f"https://media.example:{gone}/a.jpg")


def test_a_redirect_is_followed(site, fetcher):
    """Media move to delivery hosts; a token stays at home."""
    site.pages["/go"] = redirect("/near")
    site.pages["/near"] = redirect(site.url("/a.jpg", host="a.pics.example"), 307)
    found = fetcher().fetch(site.url("/go"), {"authorization": "Bearer t-0815"})
    assert found.content == b"jpeg"
    sent = [asked.headers["authorization"] for asked in site.seen]
    assert sent == ["Bearer t-0815", "Bearer t-0815", None]


@pytest.mark.parametrize(
    ("target", "flaw"),
    [
        ("https://evil.example/a.jpg", "not among the allowed"),
        ("http://media.example/a.jpg", "its scheme is not https"),
        ("//2130706433/a.jpg", "no host by its name"),
        ("https://cdn.example:8443/a.jpg", "its port is 8443"),
        ("https://media.example:x/", "redirects to what is no URL"),
    ],
)
def test_a_redirect_is_looked_at_like_the_first_address(site, fetcher, target, flaw):
    """No detour leads where the straight way does not."""
    site.pages["/go"] = redirect(target)
    with pytest.raises(MediaRefused, match=flaw):
        fetcher().fetch(site.url("/go"))
    assert len(site.seen) == 1


def test_addresses_are_looked_at_again_after_a_redirect(site, fetcher):
    """The second host may be the one that leads inside."""
    site.pages["/go"] = redirect(site.url("/a.jpg", host="cdn.example"))
    inside = {"media.example": [HERE], "cdn.example": ["10.0.0.1"]}
    with pytest.raises(MediaRefused, match=r"cdn\.example/a\.jpg: resolves to 10\.0\.0\.1"):
        fetcher(resolver=lambda host, _: inside[host]).fetch(site.url("/go"))


def test_redirects_end(site, fetcher):
    """Going round in circles is given up."""
    site.pages["/go"] = redirect("/go")
    with pytest.raises(MediaRefused, match="redirected more than 3 times"):
        fetcher().fetch(site.url("/go"))
    assert len(site.seen) == 4


def test_size(site, fetcher):
    """Exactly as much as agreed is taken, and not a byte more, whatever was announced."""
    small = {"most_bytes": 1000}
    site.pages["/fits"] = page(b"x" * 1000)
    site.pages["/told"] = page(b"x" * 1001)
    site.pages["/untold"] = page(
        b"3e9\r\n%b\r\n0\r\n\r\n" % (b"x" * 1001), transfer_encoding="chunked"
    )
    site.pages["/empty"] = page(b"", content_length="1001", connection="close")
    assert len(fetcher(rules=small).fetch(site.url("/fits")).content) == 1000
    for path in ("/told", "/untold", "/empty"):
        with pytest.raises(MediaRefused, match="longer than 1000 bytes"):
            fetcher(rules=small).fetch(site.url(path))


def test_an_endless_medium(site, fetcher):
    """A server that never stops sending is left."""

    def endless(handler):
        handler.send_response(200)
        handler.send_header("content-type", "video/mp4")
        handler.end_headers()
        while True:
            handler.wfile.write(b"x" * 65536)

    site.pages["/endless"] = endless
    with pytest.raises(MediaRefused, match="longer than"):
        fetcher(rules={"most_bytes": 10**6}).fetch(site.url("/endless"))


def test_a_medium_that_takes_too_long(site, fetcher):
    """A server that drips is left."""

    class Slow(FakeClock):
        def now(self):
            return self.advance(timedelta(seconds=70))

    with pytest.raises(RetryLater, match="took longer than 60 s"):
        fetcher(clock=Slow()).fetch(site.url())


def test_a_medium_that_breaks_off(site, fetcher):
    """Half a picture is none."""
    site.pages["/half"] = page(b"x" * 10, content_length="20", connection="close")
    with pytest.raises(RetryLater, match="RemoteProtocolError"):
        fetcher().fetch(site.url("/half"))


@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml", "", "application/x-sh", "image"])
def test_types(site, fetcher, kind):
    """What a browser would execute is not fetched, nor what has no type."""
    site.pages["/typed"] = page(kind=kind)
    with pytest.raises(MediaRefused, match="its type"):
        fetcher().fetch(site.url("/typed"))


def test_types_are_read_without_parameters(site, fetcher):
    """``Image/JPEG; charset=x`` is a JPEG, and a star stands for a whole kind."""
    site.pages["/typed"] = page(kind="Image/X-Odd; charset=utf-8")
    assert fetcher(rules={"types": {"image/*"}}).fetch(site.url("/typed")).media_type == (
        "image/x-odd"
    )


def test_what_is_compressed_is_refused(site, fetcher):
    """A small answer does not unpack into a large one."""
    bomb = gzip.compress(b"0" * 10**7)
    site.pages["/bomb"] = page(bomb, content_encoding="gzip")
    with pytest.raises(MediaRefused, match="compressed"):
        fetcher().fetch(site.url("/bomb"))
    assert site.seen[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, CredentialsRejected),
        (403, Rejected),
        (404, Rejected),
        (410, Rejected),
        (206, Rejected),
        (304, Rejected),
        (429, RetryLater),
        (500, RetryLater),
        (503, RetryLater),
    ],
)
def test_statuses(site, fetcher, status, kind):
    """Each answer says what to do next."""
    site.pages["/status"] = page(status=status, retry_after="77")
    with pytest.raises(kind, match=rf"media\.example/status: status {status}") as error:
        fetcher().fetch(site.url("/status"))
    if kind is RetryLater:
        assert error.value.retry_after == 77.0


def test_a_name_that_does_not_resolve(fetcher, site):
    """A resolver that fails may answer later."""

    def fail(*_):
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    with pytest.raises(RetryLater, match="Temporary failure"):
        fetcher(resolver=fail).fetch(site.url())


def test_no_secret_is_shown(site, fetcher, caplog):
    """Neither the token nor the signed part of the address is in logs or exceptions."""
    caplog.set_level(0)
    site.pages["/a.jpg?access_token=t-0815&oh=00_sig"] = page(status=403)
    with pytest.raises(Rejected) as error:
        fetcher().fetch(
            site.url("/a.jpg?access_token=t-0815&oh=00_sig"), {"authorization": "Bearer t-4711"}
        )
    shown = caplog.text + "".join(traceback.format_exception(error.value))
    assert not any(secret in shown for secret in ("t-0815", "t-4711"))
    assert "00_sig" not in str(error.value)
