"""Webhooks whose bodies are stored first and applied by the worker, on both databases."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from attrs import evolve
from sqlalchemy import create_engine

from scskit import Policy
from scskit.config import parse_desk_file
from scskit.core.errors import ConfigError, NotFound, PayloadInvalid
from scskit.core.policy import IntakePolicy
from scskit.http.signing import check_signature, sign
from scskit.plugins import (
    Author,
    Connector,
    ConnectorSpec,
    Message,
    Signal,
    Unreadable,
    WebhookRequest,
    hookimpl,
)
from scskit.storage.database import parse_url
from scskit.testing import START

SECRET = "hush-0815"
LATER = Policy(intake=IntakePolicy(apply="by_worker"))


class Acme(Connector):
    """A network that writes a JSON list of messages; ``pages`` are those that it knows."""

    pages = frozenset({"1"})

    def verify(self, request):
        """Check the signature."""
        check_signature(request.body, request.header("x-sign"), [SECRET], header="x-sign")

    def parse(self, request):
        """Read the list."""
        try:
            return [self.item(one) for one in json.loads(request.body)]
        except ValueError as error:
            raise PayloadInvalid("no JSON") from error

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
            text=one.get("text", "Hello?"),
            thread=one.get("thread", "t1"),
        )


class Plugin:
    """Offers the network."""

    def __init__(self):
        """Make the connector."""
        self.connector = Acme()

    @hookimpl
    def scskit_connectors(self):
        """Offer."""
        yield ConnectorSpec(name="acme", connector=self.connector, capabilities={"webhook"})


@pytest.fixture
def plugin():
    """Give the network."""
    return Plugin()


@pytest.fixture
def desk(open_here, plugin):
    """Open a desk that leaves what comes in to the worker."""
    return open_here(LATER, plugins=[plugin])


def delivery(*items):
    body = json.dumps(items).encode()
    headers = {"X-Sign": sign(body, SECRET)}
    return WebhookRequest(method="POST", received_at=START, headers=headers, body=body)


def push(desk, *items):
    assert desk.webhook("acme", delivery(*items)).status == 200


def messages(desk):
    """Return the networks' ids of all messages in all cases, in the order of the cases' logs."""
    cases = desk.cases.find(limit=100, newest_first=False).cases
    return [m.external_id for case in cases for m in desk.cases.interactions(case.id)]


def test_a_body_is_stored_before_the_network_hears_200_and_applied_by_the_worker(desk, clock):
    """The network is answered at once; the message keeps the time at which it was acknowledged."""
    push(desk, {"id": "m1"}, {"id": "m2", "author": "u2"})
    assert messages(desk) == []
    assert [line.state for line in desk.intake.received()] == ["received"]
    assert desk.intake.quarantined() == []
    acknowledged = clock.now()
    assert desk.next_due() == acknowledged
    clock.advance(timedelta(minutes=3))
    assert desk.run_due().taken == 2
    assert messages(desk) == ["m1", "m2"]
    assert desk.intake.received() == []
    case = desk.cases.find().cases[0]
    (message,) = desk.cases.interactions(case.id)
    assert (message.received_at, message.applied_at) == (acknowledged, clock.now())
    assert desk.run_due().taken == 0
    assert desk.next_due() is None


def test_what_comes_again_changes_nothing(desk):
    """A network repeats itself before and after the worker, and nobody notices."""
    for _ in range(3):
        push(desk, {"id": "m1"})
    assert len(desk.intake.received()) == 1
    desk.run_due()
    position = desk.feed.read().cursor
    push(desk, {"id": "m1"})
    report = desk.intake.apply_received()
    assert report.counts == {"applied": 0, "duplicate": 1, "parked": 0, "quarantined": 0}
    assert desk.feed.read(position).events == ()
    assert messages(desk) == ["m1"]


def test_another_process_finds_what_waits(desk, open_here, plugin):
    """What one process acknowledged another one applies, whatever its own desk file says."""
    push(desk, {"id": "m1"})
    desk.close()
    other = open_here(plugins=[plugin])
    assert other.policy.intake.apply == "at_once"
    assert other.run_due().taken == 1
    assert messages(other) == ["m1"]


def test_bodies_are_applied_in_the_order_in_which_they_came(desk):
    """A conversation reads as it was written, over many bodies and pages of them."""
    ids = [f"m{n:03}" for n in range(130)]
    for id_ in ids:
        push(desk, {"id": id_})
    assert len(desk.intake.received(limit=1000)) == len(ids)
    desk.run_due()
    (case,) = desk.cases.find().cases
    added = [e.event for e in desk.cases.log(case.id) if e.event.type == "interaction_added"]
    order = {m.id: m.external_id for m in desk.cases.interactions(case.id)}
    assert [order[event.interaction_id] for event in added] == ids


def test_several_workers_apply_everything_once(desk, open_here, plugin):
    """Workers that come at the same moment do not repeat each other's work, nor mix it up."""
    ids = [f"m{n:03}" for n in range(120)]
    for id_ in ids:
        push(desk, {"id": id_})
    desks = [open_here(LATER, plugins=[plugin]) for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        reports = list(pool.map(lambda one: one.intake.apply_received(), desks))
    assert sum(report.counts["applied"] for report in reports) == len(ids)
    (case,) = desk.cases.find().cases
    added = [e.event for e in desk.cases.log(case.id) if e.event.type == "interaction_added"]
    order = {m.id: m.external_id for m in desk.cases.interactions(case.id)}
    assert [order[event.interaction_id] for event in added] == ids
    assert desk.intake.received() == []


def test_many_requests_at_once(desk):
    """Each of many deliveries that come together is kept, and the same one is kept once."""
    bodies = [{"id": f"m{n % 30}", "thread": f"t{n % 30}"} for n in range(60)]
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda one: push(desk, one), bodies))
    assert len(desk.intake.received()) == 30
    desk.run_due()
    assert sorted(messages(desk)) == sorted({one["id"] for one in bodies})


def test_an_item_that_cannot_be_read_keeps_its_body(desk, plugin):
    """The others go on; the body can be tried again, by hand or because it comes once more."""
    items = ({"id": "m1"}, {"id": "m2", "page": "2"})
    push(desk, *items)
    desk.run_due()
    assert messages(desk) == ["m1"]
    (line,) = desk.intake.quarantined()
    assert line.reason == "1 of 2 items cannot be read: no account has page id 2"
    push(desk, *items)
    assert desk.intake.quarantined() == []
    assert [one.id for one in desk.intake.received()] == [line.id]
    plugin.connector.pages = {"1", "2"}
    desk.run_due()
    assert messages(desk) == ["m1", "m2"]
    assert (desk.intake.received(), desk.intake.quarantined()) == ([], [])


def test_an_item_that_cannot_be_applied_costs_no_other(desk):
    """It is quarantined by itself, and its body is done with."""
    push(desk, {"id": "m1"}, {"id": "m2", "text": 7}, {"id": "m3"})
    desk.run_due()
    assert messages(desk) == ["m1", "m3"]
    (line,) = desk.intake.quarantined()
    assert "text" in line.reason
    assert desk.intake.received() == []


def test_what_is_no_payload_and_what_concerns_nobody_are_answered_as_ever(desk):
    """The network hears the same, whoever applies: 400 for no payload, and nothing is left."""
    request = delivery()
    broken = evolve(request, body=b"<xml/>", headers={"x-sign": sign(b"<xml/>", SECRET)})
    assert desk.webhook("acme", broken).status == 400
    push(desk, {"typing": True})
    assert desk.webhook("acme", evolve(request, headers={})).status == 401
    assert desk.intake.received() == []
    assert len(desk.intake.quarantined()) == 1
    assert desk.webhooks.counts["acme"] == {"unreadable": 1, "ignored": 1, "signature_refused": 1}


def test_what_waits_is_not_quarantined(desk):
    """What is only waiting for the worker can neither be tried by hand nor thrown away."""
    push(desk, {"id": "m1"})
    (line,) = desk.intake.received()
    for command in (lambda: desk.intake.redrive([line.id]), lambda: desk.intake.discard(line.id)):
        with pytest.raises(NotFound):
            command()
    assert desk.intake.redrive().outcomes == []
    assert len(desk.intake.received()) == 1


def test_the_transaction_of_a_host_takes_it_along(desk, database_url):
    """What a host rolls back was never received."""
    engine = create_engine(parse_url(database_url))
    with engine.connect() as connection:
        push(desk.within(connection), {"id": "m1"})
        connection.rollback()
        assert desk.intake.received() == []
        push(desk.within(connection), {"id": "m2"})
        connection.commit()
    engine.dispose()
    desk.run_due()
    assert messages(desk) == ["m2"]


def test_other_tenants_bodies_are_theirs(desk, open_here, plugin):
    """A worker applies what its own tenant received."""
    push(desk, {"id": "m1"})
    other = open_here(LATER, tenant="somebody-else", plugins=[plugin])
    assert other.run_due().taken == 0
    assert desk.run_due().taken == 1


def test_the_longest_body_is_said_in_the_desk_file(open_here, plugin):
    """A longer body is refused, and one that fits exactly is taken."""
    fits = delivery({"id": "m1", "text": "x" * 2000})
    text = f'[intake]\napply = "by_worker"\nmax_body = {len(fits.body)}'
    desk = open_here(parse_desk_file(text).policy, plugins=[plugin])
    assert desk.webhook("acme", fits).status == 200
    assert desk.webhook("acme", delivery({"id": "m2", "text": "x" * 2001})).status == 413
    assert desk.run_due().taken == 1


def test_how_bodies_are_taken_in_is_no_policy():
    """Who turns to the worker decides nothing otherwise: the policy's version stays."""
    assert LATER.version == Policy().version
    assert Policy() != LATER


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('apply = "later"', 'intake.apply: found "later"; allowed: at_once, by_worker'),
        ("max_body = 1023", "intake.max_body: found 1023; allowed: a whole number from 1024 to"),
        ('body = "1"', 'intake: found unknown key "body"'),
    ],
)
def test_a_mistake_in_the_desk_file_is_named(text, problem):
    """Whoever mistypes a setting hears what is allowed."""
    with pytest.raises(ConfigError, match="intake") as caught:
        parse_desk_file(f"[intake]\n{text}")
    assert problem in str(caught.value)
