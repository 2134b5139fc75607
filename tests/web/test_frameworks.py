"""The webhooks of a desk in the frameworks that people have, over real HTTP."""

from __future__ import annotations

import httpx
import pytest

from scskit.http.webhook import MOST_BYTES


@pytest.fixture
def client(address):
    """Talk to the host."""
    with httpx.Client(base_url=address, trust_env=False, timeout=30) as client:
        yield client


def messages(desk):
    """Return the networks' ids of all messages."""
    cases = desk.cases.find(limit=100).cases
    return [m.external_id for case in cases for m in desk.cases.interactions(case.id)]


def test_a_delivery_becomes_cases(client, desk, acme, delivery):
    """What the network pushes is there when it hears 200; bytes and headers come as sent."""
    sent = delivery("m1", "m2")
    answer = client.post("/webhooks/acme?for=1&for=2&empty=", **sent)
    assert (answer.status_code, answer.text) == (200, "ok")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert sorted(messages(desk)) == ["m1", "m2"]
    (request,) = acme.connector.requests
    assert request.body == sent["content"]
    assert request.query == {"for": "2", "empty": ""}
    assert request.header("content-type") == "application/json"
    assert request.received_at == desk.clock.now()


def test_what_is_not_signed_is_refused(client, desk, delivery):
    """The framework lets nothing by: no signature, no message."""
    assert client.post("/webhooks/acme", **delivery("m1", secret="guess")).status_code == 401
    assert client.post("/webhooks/acme", content=b'["m1"]').status_code == 401
    assert messages(desk) == []
    assert desk.webhooks.counts == {"acme": {"signature_refused": 2}}


def test_a_handshake_is_answered(client):
    """The network checks the address with a GET, and hears what it wants to."""
    answer = client.get("/webhooks/acme", params={"challenge": "a b&c"})
    assert (answer.status_code, answer.text) == (200, "a b&c")
    assert client.get("/webhooks/acme").status_code == 400


def test_a_body_that_is_too_long_is_refused(client, desk, delivery):
    """Nobody fills the host's memory, whether or not the length is told before."""
    assert client.post("/webhooks/acme", **delivery(body=bytes(MOST_BYTES + 1))).status_code == 413
    assert desk.webhooks.counts == {"acme": {"too_large": 1}}


@pytest.mark.parametrize("path", ["/webhooks/nobody", "/webhooks/acme/more", "/webhooks"])
def test_other_addresses_are_not_found(client, path):
    """What is at no connector's name is nobody's."""
    assert client.post(path, content=b"[]", follow_redirects=True).status_code == 404


def test_the_host_s_own_pages_stay(client):
    """What stands beside the webhooks is the host's as before."""
    answer = client.get("/own")
    assert (answer.status_code, answer.text.strip('"')) == (200, "our own")


def test_other_methods_are_refused(client):
    """Networks get and post, nobody else has anything to do here."""
    assert client.put("/webhooks/acme", content=b"[]").status_code == 405
