"""A fake network over real HTTP: what programs in any language see of it."""

import json
import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from scskit.testing.network import FollowingClock

AUTHORIZED = {"authorization": "Bearer house-token"}


@pytest.fixture
def url(network):
    """Serve the network."""
    with network.serve(hold=0) as served:
        yield served.url


@pytest.fixture
def web(url):
    """Give a client of it."""
    with httpx.Client(base_url=url, headers=AUTHORIZED, trust_env=False, timeout=30) as client:
        yield client


def test_it_answers_over_http_as_it_does_in_process(network, web):
    """Whatever reaches it, the rules are the same."""
    network.customer("ana").writes("Hello?")
    answered = web.post("/letters/l1/answers", json={"text": "¡Hola! 👋"})
    assert (answered.status_code, answered.headers["x-left"]) == (201, "2")
    assert [sent.text for sent in network] == ["¡Hola! 👋"]
    assert web.delete("/letters/l1").status_code == 405


def test_a_body_in_chunks_is_read(network, web):
    """Some clients do not say how long a body is."""
    network.customer("ana").writes("Hello?")
    parts = iter([b'{"text":', b' "Hi"}'])
    assert web.post("/letters/l1/answers", content=parts).status_code == 201


def test_who_wants_no_further_answer_is_told_that_none_comes(url):
    """Clients that say ``Connection: close`` and hear nothing of it ask on it again, and fail."""
    with httpx.Client(trust_env=False, headers=AUTHORIZED) as client:
        closing = client.get(f"{url}/letters", headers={"connection": "close"})
        kept = client.get(f"{url}/letters")
    assert closing.headers.get("connection") == "close"
    assert "connection" not in kept.headers


def test_a_lost_answer_drops_the_connection(network, web):
    """What was accepted stands, and its sender hears nothing."""
    network.customer("ana").writes("Hello?")
    network.faults.plan("accept_then_timeout")
    with pytest.raises(httpx.RemoteProtocolError):
        web.post("/letters/l1/answers", json={"text": "Hi"})
    assert len(network.sent) == 1
    assert web.get("/letters/l1").status_code == 200


def test_a_served_network_ends_with_its_context(network):
    """Nothing listens afterwards, also where a client has kept its connection."""
    with network.serve() as served:
        client = httpx.Client(base_url=served.url, trust_env=False)
        client.get("/nothing")
    with pytest.raises(httpx.HTTPError):
        client.get("/nothing")
    client.close()
    with socket.socket() as stranger, pytest.raises(ConnectionRefusedError):
        stranger.connect(("127.0.0.1", served.port))


@contextmanager
def receiving(house):
    """Put a receiver behind an address; give that, and the names of the headers that come."""
    names = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            from datetime import UTC, datetime

            from scskit.plugins import WebhookRequest

            body = self.rfile.read(int(self.headers["content-length"]))
            names.extend(self.headers.keys())
            answered = house(
                WebhookRequest(
                    method="POST",
                    received_at=datetime.now(UTC),
                    headers=dict(self.headers.items()),  # as many receivers look at them
                    body=body,
                )
            )
            self.send_response(answered.status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/hook", names
    finally:
        server.shutdown()
        server.server_close()


def test_a_harness_in_any_language_plays_a_scenario(network, house, web):
    """All that a test in Python does can be done by JSON over HTTP."""
    with receiving(house) as (hook, names):
        assert web.post("/_fake/webhooks", json={"url": hook}).status_code == 200
        steps = [
            {"customer": "ana"},
            {"who": "ana", "does": "writes", "text": "Hello?", "as": "first"},
            {"who": "first", "does": "edited", "text": "Hello!"},
            {"who": "ana", "does": "writes", "on": "first", "text": "Well?"},
        ]
        made = web.post("/_fake/scenario", json={"steps": steps}).json()["made"]
        assert [thing and thing["id"] for thing in made] == ["ana", "l1", None, "l2"]
        house.statuses = [500]
        pushed = web.post("/_fake/deliver", json={}).json()
        assert (len(pushed["attempts"]), pushed["queued"]) == (3, 1)
        assert web.post("/_fake/deliver", json={"drain": True}).json()["queued"] == 0
    assert house.got == ["edit:l1", "letter:l2", "letter:l1"]
    assert all(name == name.title() for name in names), "receivers look for X-Hub-Signature-256"
    web.post("/letters/l1/answers", json={"text": "Hi"})
    state = web.get("/_fake/state").json()
    assert [sent["text"] for sent in state["sent"]] == ["Hi"]
    assert state["requests"] == {"POST /letters/{id}/answers": 1}
    assert state["names"]["first"] == {"is": "letter", "id": "l1", "by": "ana", "text": "Hello!"}
    assert (state["delivered"], len(state["queued"])) == (3, 2)
    assert "house-token" not in web.get("/_fake/requests").text
    assert len(web.get("/_fake/deliveries").json()["deliveries"]) == 4
    assert web.delete("/_fake/state").json()["sent"] == []


def test_a_harness_rules_time_and_faults(network, web):
    """The network's time goes as a harness says, and so does what goes wrong."""
    began = network.clock.now()
    web.post("/_fake/clock", json={"advance": 3600})
    assert (network.clock.now() - began).total_seconds() == 3600
    web.post("/_fake/clock", json={"to": "2027-01-01T00:00:00Z"})
    assert web.get("/_fake/state").json()["now"] == "2027-01-01T00:00:00Z"
    web.put("/_fake/faults", json={"seed": 9, "rates": {"server_error": 1}})
    assert web.get("/letters/l1").status_code == 503
    web.put("/_fake/faults", json={"rates": {}})
    web.post("/_fake/faults", json={"kind": "rate_limited", "on": "GET *"})
    assert web.get("/letters/l1").status_code == 429
    history = web.get("/_fake/faults").json()["history"]
    assert history == [{"kind": "rate_limited", "on": "GET /letters/{id}"}]
    settings = web.post("/_fake/settings", json={"url": "http://x"}).json()
    assert settings["plugins"]["letters"]["base_url"] == "http://x"


@pytest.mark.parametrize(
    ("what", "said", "told"),
    [
        ("scenario", {"who": "nobody", "does": "writes"}, "there is no 'nobody'"),
        ("scenario", {"who": "ana", "does": "sings"}, "allowed: writes"),
        ("scenario", {"who": "ana", "does": "writes"}, "missing a required argument: 'text'"),
        ("scenario", {"who": "ana", "does": "writes", "text": "x", "on": "y"}, "there is no 'y'"),
        ("scenario", {"who": "ana", "does": "writes", "text": 5}, "text: found int; allowed: str"),
        ("scenario", {}, "customer, account, or who"),
        ("scenario", {"steps": 1}, "expected a list"),
        ("scenario", {"steps": ["x"]}, "a step is an object"),
        ("clock", {"to": "2027-01-01T00:00:00"}, "naive"),
        ("clock", {"advance": -1}, "backwards|no less than nothing"),
        ("faults", {"kind": "nonsense"}, "there is no fault 'nonsense'"),
        ("faults", {}, "kind"),
        ("clock", {"advance": 1e300}, "Overflow"),
        ("clock", {"advance": []}, "float"),
        ("webhooks", {}, "url"),
        ("nothing", {}, "there is: "),
    ],
)
def test_a_harness_is_told_what_it_said_wrong(network, web, what, said, told):
    """A mistake in a scenario names what is wrong and what could stand there."""
    import re

    network.customer("ana")
    refused = web.post(f"/_fake/{what}", content=json.dumps(said))
    assert refused.status_code in {400, 404}
    assert re.search(told, refused.json()["error"])


def test_deliveries_can_go_by_themselves(network, house):
    """A served network pushes what is due without being asked."""
    done = threading.Event()
    network.deliver_to(lambda request: (house(request), done.set())[0])
    with network.delivering(every=0.001):
        network.customer("ana").writes("Hello?")
        assert done.wait(30)
    assert house.got == ["letter:l1"]


def test_many_at_once(network, web, url):
    """Threads that ask at the same time are each answered, and nothing is counted twice."""
    network.customer("ana").writes("Hello?")
    network.limit = lambda _: None
    with httpx.Client(base_url=url, headers=AUTHORIZED, trust_env=False, timeout=30) as client:

        def ask():
            for _ in range(10):
                assert client.post("/letters/l1/answers", json={"text": "x"}).status_code == 201

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [sent.id for sent in network] == [f"a{number}" for number in range(1, 41)]


def test_a_clock_that_follows_the_machine_can_jump():
    """A served network lives in the machine's time, and a week still passes at once."""
    from datetime import timedelta

    from scskit.core.time import SystemClock

    clock = FollowingClock()
    before = SystemClock().now()
    assert before <= clock.now()
    clock.advance(timedelta(days=7))
    assert clock.now() >= before + timedelta(days=7)
    clock.jump_to(before)
    assert before <= clock.now() <= before + timedelta(days=1)
    with pytest.raises(ValueError, match="no less than nothing"):
        clock.advance(timedelta(seconds=-1))
