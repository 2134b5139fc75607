"""From a webhook request to its answer."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime

import pytest
from attrs import define, evolve, field
from hypothesis import given
from hypothesis import strategies as st

from scskit.core.errors import PayloadInvalid, SignatureInvalid, StoreError, TimestampStale
from scskit.http.signing import check_signature, sign
from scskit.http.webhook import MOST_BYTES, receive
from scskit.plugins import (
    Author,
    Connector,
    Message,
    Signal,
    Unreadable,
    WebhookRequest,
    WebhookResponse,
)

SECRET = "new"
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


class Network(Connector):
    """A network that signs, shakes hands, and writes items as a JSON list."""

    def handshake(self, request):
        """Echo the challenge of whoever knows the token."""
        if "challenge" not in request.query:
            return None
        if request.query.get("token") != "verify-me":
            return WebhookResponse(status=403)
        return WebhookResponse.text(request.query["challenge"])

    def verify(self, request):
        """Take what one of two secrets signed."""
        if request.header("x-age") == "old":
            raise TimestampStale("signed yesterday")
        check_signature(
            request.body, request.header("x-signature"), ["new", "old"], header="x-signature"
        )

    def parse(self, request):
        """Read the list."""
        try:
            found = json.loads(request.body)
        except ValueError as error:
            raise PayloadInvalid(f"no JSON: {error}") from error
        return [item(one) for one in found]


def item(one):
    if one == "typing":
        return Signal(account="acme", event="typing", at=NOW)
    if not one:
        return Unreadable(reason="empty", payload=one)
    return Message(
        account="acme", external_id=one, author=Author(external_id="u1"), posted_at=NOW, text=one
    )


@define
class Store:
    """An inbox that keeps in memory; broken, it keeps nothing."""

    broken: bool = False
    accepted: list = field(factory=list)
    raw: list = field(factory=list)
    counts: Counter = field(factory=Counter)

    def accept(self, _, items):
        """Keep items."""
        if self.broken:
            raise StoreError("disk full")
        self.accepted += items

    def quarantine(self, request, reason):
        """Keep a body."""
        if self.broken:
            raise StoreError("disk full")
        self.raw.append((request.body, reason))

    def count(self, what):
        """Count."""
        self.counts[what] += 1


@pytest.fixture
def store():
    """Give an inbox."""
    return Store()


def post(body=b'["m1"]', secret=SECRET, **given):
    headers = {"X-Signature": sign(body, secret)}
    request = WebhookRequest(method="POST", received_at=NOW, headers=headers, body=body)
    return evolve(request, **given)


def get(**query):
    return WebhookRequest(method="GET", received_at=NOW, query=query)


@pytest.mark.parametrize("secret", ["new", "old"])
def test_a_signed_body_is_stored_and_acknowledged(store, secret):
    """What the network sends is kept before it hears 200, also while its secret changes."""
    response = receive(Network(), store, post(b'["m1", "m2"]', secret))
    assert response.status == 200
    assert [found.external_id for found in store.accepted] == ["m1", "m2"]
    assert store.counts == {"accepted": 1}


def test_one_bad_item_loses_none(store):
    """An item that cannot be read goes the same way as the others."""
    assert receive(Network(), store, post(b'["m1", "", "typing", "m2"]')).status == 200
    assert [type(found).__name__ for found in store.accepted] == [
        "Message",
        "Unreadable",
        "Signal",
        "Message",
    ]


@pytest.mark.parametrize(
    "request_",
    [
        post(secret="stranger"),
        post(headers={}),
        post(headers={"x-signature": "sha256="}),
        post(body=b'["m1"] ', headers={"x-signature": sign(b'["m1"]', "new")}),
        post(headers={"x-signature": sign(b'["m1"]', "new"), "x-age": "old"}),
    ],
)
def test_what_the_network_did_not_sign_is_refused(store, request_):
    """A stranger's body is neither read nor kept, only counted."""
    response = receive(Network(), store, request_)
    assert (response.status, response.body) == (401, b"unauthorized")
    assert (store.accepted, store.raw) == ([], [])
    assert store.counts == {"signature_refused": 1}


def test_nothing_is_read_before_its_signature_is_good(store):
    """A parser is never reached by whoever has no secret."""

    class Careful(Network):
        def parse(self, _):
            pytest.fail("was parsed")

    assert receive(Careful(), store, post(secret="stranger")).status == 401


def test_a_body_that_is_no_payload_is_kept_as_it_came(store):
    """A body that cannot be read is refused, and can be looked at and tried again."""
    response = receive(Network(), store, post(b"<xml/>"))
    assert (response.status, response.body) == (400, b"bad request")
    ((body, reason),) = store.raw
    assert body == b"<xml/>"
    assert reason.startswith("no JSON")
    assert store.counts == {"unreadable": 1}


def test_a_connector_that_breaks_loses_nothing(store):
    """A bug in a connector is loud, the body waits for its repair, and nothing is acknowledged."""
    with pytest.raises(TypeError):
        receive(Network(), store, post(b"7"))
    ((body, reason),) = store.raw
    assert body == b"7"
    assert reason.startswith("the connector failed: TypeError")
    assert store.counts == {"failed": 1}


def test_a_connector_that_breaks_halfway(store):
    """What a connector yields one by one is stored all together, or the body is kept."""

    class Lazy(Network):
        def parse(self, _):
            yield item("m1")
            raise KeyError("second")

    with pytest.raises(KeyError):
        receive(Lazy(), store, post())
    assert (store.accepted, len(store.raw)) == ([], 1)


def test_a_connector_that_breaks_while_verifying(store):
    """What could not be verified is not accepted."""

    class Broken(Network):
        def verify(self, _):
            raise KeyError("x-signature")

    with pytest.raises(KeyError):
        receive(Broken(), store, post())
    assert (store.accepted, store.raw) == ([], [])


@pytest.mark.parametrize("body", [b'["m1"]', b"<xml/>"])
def test_nothing_is_acknowledged_that_is_not_stored(store, body):
    """When the database refuses, the network is asked to send it again."""
    store.broken = True
    response = receive(Network(), store, post(body))
    assert response.status == 503
    assert response.headers["retry-after"] == "30"
    assert store.counts == {"not_stored": 1}


@pytest.mark.parametrize("body", [b"[]", b'["typing"]'])
def test_what_does_not_concern_us_is_acknowledged(store, body):
    """A network that sends more than we want does not send it for ever."""
    assert receive(Network(), store, post(body)).status == 200
    assert store.counts == {"ignored": 1}


def test_a_body_over_the_limit(store):
    """A body of exactly the limit is read; one byte more is not even verified."""
    body = b'["m1"]'
    assert receive(Network(), store, post(body), most_bytes=len(body)).status == 200
    assert receive(Network(), store, post(body), most_bytes=len(body) - 1).status == 413
    assert receive(Network(), store, post(b" " * (MOST_BYTES + 1))).status == 413
    assert store.counts == {"accepted": 1, "too_large": 2}


def test_handshakes(store):
    """A network finds its address; nobody else is told anything."""
    shaken = receive(Network(), store, get(challenge="<b>42", token="verify-me"))
    assert (shaken.status, shaken.body) == (200, b"<b>42")
    assert shaken.headers["content-type"].startswith("text/plain")
    assert shaken.headers["x-content-type-options"] == "nosniff"
    assert receive(Network(), store, get(challenge="42", token="guess")).status == 403
    assert receive(Network(), store, get()).status == 400

    class Silent(Connector):
        """A network that shakes no hands."""

    assert receive(Silent(), store, get(challenge="42")).status == 400

    class Strict(Network):
        def handshake(self, _):
            raise SignatureInvalid("no token")

    assert receive(Strict(), store, get()).status == 403
    assert store.counts == {"handshake": 1, "handshake_refused": 4}


@pytest.mark.parametrize("method", ["PUT", "DELETE", "HEAD", "OPTIONS", "get", ""])
def test_other_methods(store, method):
    """Networks ask with GET and POST."""
    response = receive(Network(), store, post(method=method))
    assert (response.status, response.headers["allow"]) == (405, "GET, POST")


@given(st.binary(), st.sampled_from(["GET", "POST", "PUT"]), st.booleans())
def test_every_request_is_answered(body, method, signed):
    """Whatever comes in, it gets an answer or shows a bug in a connector; it is never lost."""
    store = Store()
    secret = "new" if signed else "stranger"
    try:
        response = receive(Network(), store, post(body, secret, method=method))
    except TypeError:  # JSON that is no list: this network's connector breaks
        assert store.raw
        return
    assert response.status in {200, 400, 401, 405}
    kept = store.accepted or store.raw
    assert (response.status in {401, 405}) <= (not kept)
