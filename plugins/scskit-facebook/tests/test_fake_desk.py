"""A desk on the fake network: from what a customer does to the case, and back."""

import json
from datetime import timedelta

import httpx
import pytest
import tomli_w

import scskit_facebook
from scskit import ReplyRefused, open_desk
from scskit.plugins import Outbound
from scskit.testing import FakeClock
from scskit.testing.network import Faults
from scskit_facebook.config import read_config
from scskit_facebook.connector import FacebookConnector, InstagramConnector
from scskit_facebook.fake import FakeFacebook, FakeInstagram

RATES = {"duplicate": 0.3, "reorder": 0.3, "batch": 0.4, "drop_and_redeliver": 0.2}


def made(**given):
    network = FakeFacebook(clock=FakeClock(), **given)
    network.account("acme")
    network.account("acme", "instagram")
    return network


@pytest.fixture
def network():
    return made(seed=3)


def opened(network, folder, **parts):
    settings = network.settings()
    config = folder / "desk.toml"
    config.write_bytes(tomli_w.dumps({"desk": {"tenant": "acme"}, **settings}).encode())
    url = f"sqlite:///{folder}/desk.db"
    parts |= {"plugins": [scskit_facebook], "discover": False, "clock": network.clock}
    desk = open_desk(url, config, **parts)
    network.deliver_to(lambda request: desk.webhook("facebook", request), of="page")
    network.deliver_to(lambda request: desk.webhook("instagram", request), of="instagram")
    return desk


@pytest.fixture
def desk(network, tmp_path):
    with opened(network, tmp_path) as desk:
        yield desk


def test_one_address_takes_what_both_networks_push(network, tmp_path):
    """Meta lets one address be entered for pages and for Instagram; nothing of either is lost."""
    with opened(network, tmp_path) as desk:
        network.deliver_to(lambda request: desk.webhook("facebook", request), of="instagram")
        person, photos = network.customer("ana"), network.names["acme.instagram"]
        person.comments(on=photos.posts("Look!"), text="Where?")
        person.writes("Hello?", to=photos)
        person.writes("Hello?", to=network.names["acme"])
        network.deliveries.drain()
        people = sorted(case.identity_id.split(":")[0] for case in desk.cases.find().cases)
        assert people == ["facebook", "instagram", "instagram"]
        assert desk.intake.quarantined() == []


def life(network):
    """Let people comment, write, edit, be answered; return how much came in, and went out."""
    page, photos = network.names["acme"], network.names["acme.instagram"]
    posts = {page: page.posts("Our new shop is open!"), photos: photos.posts("Look!")}
    for number in range(12):
        place = photos if number % 3 == 0 else page
        person = network.customer(f"person {number % 5}")
        asked = person.comments(on=posts[place], text=f"Question {number}?")
        if place is page and number % 4 == 0:
            asked.edited(f"Question {number}, please?")
        place.answers(on=asked, text=f"Answer {number}")
        letter = person.writes(f"Letter {number}", to=place)
        place.writes(to=person, text=f"Reply {number}")
        person.reacts(on=letter, emoji="\U0001f44d")
        person.reads(to=place)
        network.clock.advance(timedelta(seconds=20))
    review = network.customer("person 1").reviews("Nice", to=page)
    review.edited("Very nice")
    network.customer("person 2").posts("Bad service!", to=page)
    return 12 + 12 + 2, 12 + 12


def test_a_comment_becomes_a_case_and_its_answer_an_echo(network, desk):
    """A customer asks in public, the brand answers by API and by hand, and it is one case."""
    page = network.names["acme"]
    asked = network.customer("Ana Ruiz").comments(on=page.posts("Hello"), text="Where is it?")
    network.deliveries.pump()
    (case,) = [one for one in desk.cases.find().cases if one.inbound_count]
    settings = network.settings()["plugins"]["facebook"]
    connector = FacebookConnector(read_config(settings))
    reply = Outbound(
        id="o1",
        case_id=case.id,
        account="facebook.acme",
        text="On its way!",
        visibility="public",
        created_at=network.clock.now(),
        thread=asked.post.id,
        in_reply_to=asked.id,
    )
    network.driver().run(connector.send(reply))
    page.answers(on=asked, text="It should be there tomorrow.")
    assert all(attempt.accepted for attempt in network.deliveries.drain())
    (case,) = [one for one in desk.cases.find().cases if one.inbound_count]
    assert (case.inbound_count, case.outbound_count) == (1, 2)


@pytest.mark.parametrize("seed", [7, 8])
def test_whatever_goes_wrong_on_the_way_each_message_is_there_once(tmp_path, seed):
    """Duplicates, disorder, loss, batches and wrong clocks change nothing about what is stored."""
    faults = Faults(seed, edit_before_original=0.5, clock_skew=0.1, **RATES)
    network = made(seed=seed, faults=faults)
    with opened(network, tmp_path) as desk:
        inbound, outbound = life(network)
        network.deliveries.drain()
        assert {event.state for event in network.deliveries.events} == {"accepted"}
        assert {fault.kind for fault in faults.history} >= RATES.keys()
        cases = desk.cases.find(limit=500).cases
        assert sum(case.inbound_count for case in cases) == inbound
        assert sum(case.outbound_count for case in cases) == outbound
        assert not desk.intake.quarantined()


@pytest.mark.parametrize("early", ["echo_before_response", "receipt_before_response"])
def test_what_comes_before_the_answer_is_the_same_message(network, desk, early):
    """The echo or receipt of a message may overtake the answer to who sent it."""
    ana = network.customer("ana")
    place = network.names["acme"]
    ana.writes("Hello?", to=place)
    network.deliveries.pump()
    (case,) = desk.cases.find().cases
    network.faults.plan(early, on="POST *")
    settings = network.settings()["plugins"]["facebook"]
    to = ana.scoped_id(place)
    reply = Outbound(
        id="o1",
        case_id=case.id,
        account="facebook.acme",
        text="Hi!",
        visibility="private",
        created_at=network.clock.now(),
        thread=to,
        recipient=to,
    )
    receipt = network.driver().run(FacebookConnector(read_config(settings)).send(reply))
    assert network.faults.history
    network.deliveries.drain()
    (case,) = desk.cases.find().cases
    assert (case.inbound_count, case.outbound_count) == (1, 1)
    assert receipt.external_id == network.sent[0].id


def test_an_address_is_registered_by_the_api(network, desk):
    """Meta asks for the verify token before it pushes; from then on it pushes there."""
    hook = "https://desk.example/webhooks/facebook"
    network.deliveries.addresses[hook] = lambda request: desk.webhook("facebook", request)
    network.subscriptions.clear()
    told = {
        "object": "page",
        "callback_url": hook,
        "fields": "feed,messages",
        "verify_token": network.verify_token,
        "access_token": network.app_token,
    }
    with network.client() as client:
        at = f"https://graph.facebook.com/v26.0/{network.app_id}/subscriptions"
        assert client.post(at, data=told | {"verify_token": "no"}).status_code == 400
        assert client.post(at, data=told).json() == {"success": True}
    network.customer("ana").writes("Hello?")
    network.deliveries.pump()
    (case,) = desk.cases.find().cases
    assert case.inbound_count == 1
    counts = desk.webhooks.counts["facebook"]
    assert (counts["handshake"], counts["handshake_refused"]) == (1, 1)


def test_who_is_not_meta_gets_nothing_in(network, desk):
    """A body that is signed with another secret is refused, and opens no case."""
    network.secret = "somebody-else"
    network.customer("ana").writes("Hello?")
    (attempt,) = network.deliveries.pump()
    assert attempt.status == 401
    assert desk.cases.find().cases == ()


def test_an_account_is_looked_at(network):
    """What is well is said to be, and what the account lost is named."""
    table = network.settings()["plugins"]["facebook"]
    page = network.names["acme"]
    for connector, key in (
        (FacebookConnector(read_config(table)), "facebook.acme"),
        (InstagramConnector(read_config(table)), "instagram.acme"),
    ):
        found = network.driver().run(connector.diagnose(key))
        assert {one.state for one in found} == {"ok"}
    page.loses("pages_messaging")
    network.subscribed[page.id] = frozenset({"feed"})
    found = network.driver().run(FacebookConnector(read_config(table)).diagnose("facebook.acme"))
    lacking = {one.what for one in found if one.state != "ok"}
    assert "permission pages_messaging" in lacking
    assert any("messages" in one.what for one in found if one.state != "ok")
    page.token_ends()
    (only,) = network.driver().run(FacebookConnector(read_config(table)).diagnose("facebook.acme"))
    assert (only.what, only.state) == ("token", "invalid")


def test_a_harness_plays_a_scenario(tmp_path):
    """Whatever a test in Python does can be said in JSON over HTTP, by name."""
    network = FakeInstagram(seed=2)
    network.account("acme")
    with network.serve(hold=0) as served, httpx.Client(base_url=served.url) as web:
        steps = [
            {"account": "acme pages", "kind": "page"},
            {"customer": "ana", "username": "ana.ruiz"},
            {"who": "acme", "does": "posts", "photo": "https://a.example/1.jpg", "as": "p1"},
            {"who": "ana", "does": "comments", "on": "p1", "text": "Where?", "as": "c1"},
            {"who": "ana", "does": "writes", "to": "acme pages", "text": "Hello?", "as": "m1"},
            {"who": "acme pages", "does": "answers", "on": "m1", "text": "Hi!"},
            {"who": "acme", "does": "hides", "on": "c1"},
            {"who": "m1", "does": "deleted"},
        ]
        played = web.post("/_fake/scenario", json={"steps": steps})
        assert played.status_code == 200, played.text
        names = web.get("/_fake/state").json()["names"]
        assert (names["c1"]["hidden"], names["m1"]["deleted"]) == (True, True)
        web.post("/_fake/webhooks", json={"url": "http://127.0.0.1:9/x", "of": "instagram"})
        assert network.subscriptions == {"instagram": "http://127.0.0.1:9/x"}
        told = web.get("/_fake/settings", params={}).json()
        assert json.dumps(told).count(network.secret) == 1


def test_who_comments_and_answers_in_private_is_one_person(network, tmp_path):
    """Meta names another id in Messenger; it says so in the answer to a private reply alone."""
    with opened(network, tmp_path, client=network.client()) as desk:
        page, ana = network.names["acme"], network.customer("ana")
        post = page.posts("Our new shop is open!")
        ana.comments(on=post, text="Where is my parcel?")
        network.deliveries.drain()
        (case,) = desk.cases.find().cases
        by = {"by": "agent:ana"}
        desk.replies.send(case.id, "Tell us its number, please", visibility="private", **by)
        assert desk.outbox.run().states == {"sent": 1}
        ana.writes("4711", to=page)
        network.deliveries.drain()
        (case,) = desk.cases.find().cases
        messages = desk.cases.interactions(case.id)
        said = [message for message in messages if message.direction == "inbound"]
        assert [message.text for message in said] == ["Where is my parcel?", "4711"]
        public, private = (desk.customers.identity(message.identity_id) for message in said)
        assert public.id != private.id
        assert public.customer_id == private.customer_id is not None
        assert desk.customers.links(private.id)[-1].linked_by == "system:network"


@pytest.mark.parametrize("place", ["acme", "acme.instagram"])
def test_who_is_answered_privately_goes_on_in_the_same_case(network, tmp_path, place):
    """Acknowledged below the comment and invited privately, what they answer is the same case."""
    with opened(network, tmp_path, client=network.client()) as desk:
        page, ana = network.names[place], network.customer("Ana Ruiz")
        ana.comments(on=page.posts("Hello"), text="My order did not arrive!")
        network.deliveries.drain()
        (case,) = [one for one in desk.cases.find().cases if one.inbound_count]
        made = desk.replies.handoff(case.id, by="agent:bo")
        assert made.how == "private_reply"
        desk.outbox.run()
        desk.outbox.run()
        assert {desk.replies.get(r.id).state for r in (made.acknowledgement, made.invitation)} <= {
            "sent",
            "delivered",
            "read",
        }
        network.deliveries.drain()
        network.clock.advance(timedelta(minutes=5))
        ana.writes("It is number 77", to=page)
        network.deliveries.drain()
        assert desk.cases.get(case.id).inbound_count == 2
        joined = [r.event for r in desk.cases.log(case.id) if r.event.type == "handoff_joined"]
        assert [event.evidence for event in joined] == ["same_thread"]


@pytest.mark.parametrize("sent_meanwhile", [True, False])
def test_a_comment_is_answered_privately_once(network, tmp_path, sent_meanwhile):
    """A second private answer to a comment is refused before it leaves, one to the next is not."""
    with opened(network, tmp_path, client=network.client()) as desk:
        page, ana = network.names["acme"], network.customer("ana")
        ana.comments(on=page.posts("Our new shop is open!"), text="Where is my parcel?")
        network.deliveries.drain()
        (case,) = desk.cases.find().cases
        given = {"visibility": "private", "by": "agent:ana"}
        desk.replies.send(case.id, "Tell us its number, please", **given)
        if sent_meanwhile:
            desk.outbox.run()
            network.deliveries.drain()
        with pytest.raises(ReplyRefused) as refused:
            desk.replies.send(case.id, "And your name, please", **given)
        assert [violation.code for violation in refused.value.violations] == ["once"]
        desk.outbox.run()
        ana.comments(on=page.content[0], text="Hello?")
        network.deliveries.drain()
        desk.replies.send(case.id, "We wrote to you", **given)
        assert desk.outbox.run().states == {"sent": 1}


@pytest.mark.parametrize("place", ["acme", "acme.instagram"])
def test_a_private_answer_to_a_comment_is_one_message_or_none(network, tmp_path, place):
    """What would need two messages, of which only the first may leave, does not leave at all."""
    with opened(network, tmp_path, client=network.client()) as desk:
        page, ana = network.names[place], network.customer("ana")
        ana.comments(on=page.posts("Our new shop is open!"), text="Where is my parcel?")
        network.deliveries.drain()
        (case,) = [one for one in desk.cases.find().cases if one.inbound_count]
        long, given = "It is on its way. " * 200, {"by": "agent:ana"}
        with pytest.raises(ReplyRefused) as refused:
            desk.replies.send(case.id, long, visibility="private", **given)
        assert [violation.code for violation in refused.value.violations] == ["channel.once"]
        network.clock.advance(timedelta(minutes=5))
        ana.writes("Hello?", to=page)
        network.deliveries.drain()
        (private,) = [one for one in desk.cases.find().cases if one.visibility == "private"]
        assert desk.replies.send(private.id, long, **given).state == "queued"
