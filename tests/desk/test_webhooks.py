"""From a network's request to cases, on both databases."""

from __future__ import annotations

import json
import logging
from threading import Thread

import pytest

from scskit.core.errors import PayloadInvalid, StoreError
from scskit.http.signing import check_signature, sign
from scskit.plugins import (
    Author,
    Connector,
    ConnectorSpec,
    Message,
    Signal,
    Unreadable,
    WebhookRequest,
    WebhookResponse,
    hookimpl,
)
from scskit.testing import START

SECRET = "hush-0815"


class Acme(Connector):
    """A network that writes a JSON list of messages; ``pages`` are those that it knows."""

    pages = frozenset({"1"})

    def handshake(self, request):
        """Echo."""
        return WebhookResponse.text(request.query["challenge"])

    def verify(self, request):
        """Check the signature."""
        check_signature(request.body, request.header("x-sign"), [SECRET], header="x-sign")

    def parse(self, request):
        """Read the list."""
        try:
            found = json.loads(request.body)
        except ValueError as error:
            raise PayloadInvalid(f"no JSON: {error}") from error
        return [self.item(one) for one in found]

    def item(self, one):
        """Read one."""
        if "typing" in one:
            return Signal(account="acme", event="typing", at=START)
        if one.get("page", "1") not in self.pages:
            return Unreadable(reason=f"no account has page id {one['page']}", payload=one)
        author = Author(external_id=one.get("author", "u1"))
        return Message(
            account="acme",
            external_id=one["id"],
            author=author,
            posted_at=START,
            text="Hello?",
            thread="t1",
        )


class Plugin:
    """Offers the network under two names, once without webhooks."""

    name = "acme"

    def __init__(self):
        """Make the connector."""
        self.connector = Acme()

    @hookimpl
    def scskit_connectors(self):
        """Offer."""
        yield ConnectorSpec(name="acme", connector=self.connector, capabilities={"webhook"})
        yield ConnectorSpec(name="silent", connector=self.connector, capabilities=())


@pytest.fixture
def plugin():
    """Give the network."""
    return Plugin()


@pytest.fixture
def desk(open_here, plugin):
    """Open a desk on the network."""
    return open_here(plugins=[plugin])


def cases(desk):
    """Return all cases."""
    return desk.cases.find(limit=100).cases


def messages(desk):
    """Return the networks' ids of all messages in all cases."""
    return [m.external_id for case in cases(desk) for m in desk.cases.interactions(case.id)]


def delivery(*items, secret=SECRET, body=None):
    body = json.dumps(items).encode() if body is None else body
    headers = {"X-Sign": sign(body, secret)}
    return WebhookRequest(method="POST", received_at=START, headers=headers, body=body)


def test_a_delivery_becomes_cases(desk):
    """What the network pushes is part of cases when the network hears 200."""
    answer = desk.webhook("acme", delivery({"id": "m1"}, {"id": "m2", "author": "u2"}))
    assert answer.status == 200
    assert sorted(messages(desk)) == ["m1", "m2"]
    assert desk.webhooks.counts == {"acme": {"accepted": 1}}


def test_a_delivery_that_comes_again_changes_nothing(desk):
    """A network that missed our answer sends the same again, and nobody notices."""
    body = delivery({"id": "m1"}, {"id": "m2"})
    for _ in range(3):
        assert desk.webhook("acme", body).status == 200
    assert sorted(messages(desk)) == ["m1", "m2"]
    position = desk.feed.read().cursor
    assert desk.webhook("acme", body).status == 200
    assert desk.feed.read(position).events == ()
    desk.webhook("acme", delivery({"id": "m2"}, {"id": "m3"}))
    assert sorted(messages(desk)) == ["m1", "m2", "m3"]


def test_what_a_stranger_sends_leaves_no_trace(desk):
    """Without the secret nothing is stored, only counted."""
    assert desk.webhook("acme", delivery({"id": "m1"}, secret="guess")).status == 401
    assert cases(desk) == ()
    assert desk.intake.quarantined() == []
    assert desk.webhooks.counts == {"acme": {"signature_refused": 1}}


def test_a_handshake(desk):
    """The network finds its address."""
    request = WebhookRequest(method="GET", received_at=START, query={"challenge": "42"})
    assert desk.webhook("acme", request).body == b"42"


@pytest.mark.parametrize("name", ["nobody", "silent", ""])
def test_nobody_there(desk, name):
    """A path of no connector, or of one that takes no webhooks, is not found."""
    assert desk.webhook(name, delivery({"id": "m1"})).status == 404
    assert desk.webhooks.counts == {}


@pytest.mark.parametrize("body", [b"<xml/>", b"\xff\xfe\x00", b""])
def test_a_body_that_cannot_be_read_waits_in_quarantine(desk, plugin, body):
    """It is kept byte for byte, once, and read again when the connector can."""
    for _ in range(2):
        assert desk.webhook("acme", delivery(body=body)).status == 400
    (line,) = desk.intake.quarantined()
    assert line.reason.startswith("no JSON")
    assert desk.intake.redrive().counts["quarantined"] == 1
    assert desk.intake.quarantined()[0].attempts == line.attempts + 1

    plugin.connector.parse = lambda request: [
        plugin.connector.item({"id": request.body.hex() or "none"})
    ]
    assert desk.intake.redrive().counts["applied"] == 1
    assert desk.intake.quarantined() == []
    assert messages(desk) == [body.hex() or "none"]


def test_one_item_that_cannot_be_read_costs_no_other(desk, plugin):
    """An item of an account that is not configured waits until it is; the others go on."""
    body = delivery({"id": "m1"}, {"id": "m2", "page": "2", "author": "u2"}, {"typing": True})
    assert desk.webhook("acme", body).status == 200
    assert messages(desk) == ["m1"]
    (line,) = desk.intake.quarantined()
    assert line.reason == "1 of 3 items cannot be read: no account has page id 2"

    again = desk.intake.redrive()
    assert again.counts == {"applied": 0, "duplicate": 1, "parked": 0, "quarantined": 1}
    assert again.outcomes[-1].quarantine_id == line.id

    plugin.connector.pages = frozenset({"1", "2"})
    report = desk.intake.redrive()
    assert report.counts == {"applied": 1, "duplicate": 1, "parked": 0, "quarantined": 0}
    assert desk.intake.quarantined() == []
    assert sorted(messages(desk)) == ["m1", "m2"]


def test_an_item_that_the_desk_refuses_has_a_line_of_its_own(open_here, plugin, policy):
    """A message of an undeclared account is kept by itself, and its body is acknowledged."""
    desk = open_here(policy, plugins=[plugin])
    assert desk.webhook("acme", delivery({"id": "m1"})).status == 200
    (line,) = desk.intake.quarantined()
    assert "'acme' is not declared" in line.reason
    assert json.loads(line.payload)["external_id"] == "m1"


def test_bodies_and_messages_are_tried_again_together(desk, plugin):
    """Each line of the quarantine gets its own result, whatever it holds."""
    desk.ingest([{"account": "acme", "external_id": "m8"}, {"nonsense": True}])
    desk.webhook("acme", delivery({"id": "m1", "page": "2"}, {"id": "m2", "page": "2"}))
    desk.webhook("acme", delivery(body=b"{"))
    assert len(desk.intake.quarantined()) == 4
    plugin.connector.pages = frozenset({"2"})
    report = desk.intake.redrive()
    assert [outcome.state for outcome in report.outcomes] == [
        "quarantined",
        "quarantined",
        "applied",
        "applied",
        "quarantined",
    ]
    assert len(desk.intake.quarantined()) == 3


def test_a_connector_that_is_gone(open_here, plugin):
    """A body whose connector was removed stays, and says which is missing."""
    open_here(plugins=[plugin]).webhook("acme", delivery(body=b"{"))
    desk = open_here()
    (outcome,) = desk.intake.redrive().outcomes
    assert outcome.reason.startswith("connector: found 'acme', which is not installed")


def test_a_connector_that_breaks(desk):
    """A bug in a connector keeps the body, is not acknowledged, and is retried without harm."""
    with pytest.raises(TypeError, match="int"):
        desk.webhook("acme", delivery(body=b"[7]"))
    (outcome,) = desk.intake.redrive().outcomes
    assert outcome.state == "quarantined"
    assert outcome.reason.startswith("the connector failed: TypeError")


def test_a_database_that_refuses(desk, monkeypatch):
    """What could not be stored is not acknowledged."""

    def refuse(*_, **__):
        raise StoreError("disk full")

    monkeypatch.setattr("scskit.storage.store.SqlStore.session", refuse)
    assert desk.webhook("acme", delivery({"id": "m1"})).status == 503
    assert desk.webhooks.counts == {"acme": {"not_stored": 1}}


def test_signals_are_logged(desk, caplog):
    """Somebody typing makes no case, but whoever follows closely sees it."""
    with caplog.at_level(logging.INFO, "scskit"):
        assert desk.webhook("acme", delivery({"typing": True})).status == 200
    assert any("signal='typing'" in line for line in caplog.messages)
    assert desk.webhooks.counts == {"acme": {"ignored": 1}}


def test_no_secret_is_kept(desk, caplog):
    """Neither quarantine nor logs hold the headers of a request, nor what is signed with."""
    with caplog.at_level(logging.DEBUG, "scskit"):
        desk.webhook("acme", delivery(body=b"{"))
        desk.webhook("acme", delivery({"id": "m1"}, secret="guess"))
    (line,) = desk.intake.quarantined()
    shown = line.payload + line.reason + caplog.text
    assert SECRET not in shown
    assert sign(b"{", SECRET) not in shown


def test_deliveries_from_many_threads(desk):
    """A server's threads may deliver at once, the same bodies too; each message is there once."""
    answers = []

    def deliver(first):
        for number in range(first, first + 20):
            request = delivery({"id": f"m{number}", "author": f"u{number}"})
            answers.append(desk.webhook("acme", request).status)

    threads = [Thread(target=deliver, args=(first,)) for first in (0, 10, 20, 20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 80
    assert sorted(messages(desk)) == sorted(f"m{number}" for number in range(40))
    assert desk.webhooks.counts == {"acme": {"accepted": 80}}


def test_a_body_of_more_items_than_a_transaction(desk):
    """A body of a thousand updates and more is taken whole."""
    items = [{"id": f"m{number}"} for number in range(1200)]
    assert desk.webhook("acme", delivery(*items)).status == 200
    assert desk.webhook("acme", delivery(*items)).status == 200
    assert len(messages(desk)) == 1200


def test_a_body_in_which_nothing_concerns_us_any_more(desk, plugin):
    """A body that was quarantined by a mistake of the connector leaves quietly."""
    desk.webhook("acme", delivery(body=b"{"))
    plugin.connector.parse = lambda _: []
    assert desk.intake.redrive().outcomes == []
    assert desk.intake.quarantined() == []


def test_a_body_whose_message_is_refused_later(open_here, plugin, policy):
    """Once a body can be read it has done its part; what the desk refuses waits by itself."""
    desk = open_here(policy, plugins=[plugin])
    desk.webhook("acme", delivery({"id": "m1", "page": "2"}))
    plugin.connector.pages = frozenset({"2"})
    assert desk.intake.redrive().counts["quarantined"] == 1
    (line,) = desk.intake.quarantined()
    assert json.loads(line.payload)["external_id"] == "m1"


@pytest.mark.parametrize("history", [True, False])
def test_a_body_may_be_history(desk, plugin, history, clock):
    """A body that waited long is recorded now, or at its true time, as the caller wants."""
    desk.webhook("acme", delivery({"id": "m1", "page": "2"}))
    plugin.connector.pages = frozenset({"2"})
    desk.intake.redrive(history=history)
    happened = {recorded.event.at for recorded in desk.feed.read().events}
    assert happened == {START if history else clock.now()}
