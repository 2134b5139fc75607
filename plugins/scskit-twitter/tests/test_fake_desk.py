"""A desk on a fake X: from what a customer writes to the answer that stands on the network."""

import json
from datetime import timedelta

import pytest
import tomli_w

import scskit_twitter
from scskit import open_desk
from scskit.plugins import Outbound
from scskit.testing import FakeClock
from scskit.testing.network import Faults


@pytest.fixture
def desk(x, tmp_path):
    """Open a desk whose clock is the network's, and that takes what it pushes."""
    with opened(x, tmp_path) as desk:
        yield desk


def opened(x, folder):
    config = folder / "desk.toml"
    config.write_bytes(tomli_w.dumps({"desk": {"tenant": "acme"}, **x.settings()}).encode())
    url = f"sqlite:///{folder}/desk.db"
    desk = open_desk(url, config, plugins=[scskit_twitter], discover=False, clock=x.clock)
    x.deliver_to(lambda request: desk.webhook("twitter", request))
    return desk


def test_a_mention_becomes_a_case_and_its_answer_an_echo(x, desk, connector):
    """A customer asks, the brand answers by API and in X's own app, and it is one case."""
    asked = x.customer("ana").posts("@acme where is my parcel?")
    x.deliveries.pump()
    (case,) = desk.cases.find().cases
    reply = Outbound(
        id="o1",
        case_id=case.id,
        account="twitter.acme",
        text="On its way!",
        visibility="public",
        created_at=x.clock.now(),
        in_reply_to=asked.id,
    )
    with x.driver() as driver:
        driver.run(connector.send(reply), "twitter.acme")
    x.account("acme").answers(on=asked, text="It should be there tomorrow.")
    attempts = x.deliveries.drain()
    assert all(attempt.accepted for attempt in attempts)
    (case,) = desk.cases.find().cases
    assert (case.inbound_count, case.outbound_count) == (1, 2)


@pytest.mark.parametrize("shape", ["activity", "legacy"])
@pytest.mark.parametrize("names", ["post", "tweet"])
def test_whatever_goes_wrong_on_the_way_each_message_is_there_once(checked, tmp_path, shape, names):
    """Duplicates, disorder, loss, batches and wrong clocks change nothing about what is stored."""
    rates = {"duplicate": 0.3, "reorder": 0.3, "batch": 0.3, "drop_and_redeliver": 0.2}
    faults = Faults(7, edit_before_original=0.5, clock_skew=0.1, **rates)
    x = checked(seed=7, clock=FakeClock(), faults=faults, shape=shape, names=names)
    x.account("acme")
    with opened(x, tmp_path) as desk:
        asked, edited, letters = life(x)
        x.deliveries.drain()
        assert {event.state for event in x.deliveries.events} == {"accepted"}
        kinds = {fault.kind for fault in faults.history}
        assert kinds >= rates.keys() - ({"batch"} if shape == "legacy" else set())
        cases = desk.cases.find(limit=500).cases
        # The older API does not say that a post is another's newer version.
        posts = asked + (edited if shape == "legacy" else 0)
        assert sum(case.inbound_count for case in cases) == posts + letters
        assert sum(case.outbound_count for case in cases) == asked
        assert not desk.intake.quarantined()


def life(x):
    """Let people write, edit, be answered; return how many posts, edits and letters there are."""
    for number in range(15):
        person = x.customer(f"person{number % 4}")
        asked = person.posts(f"@acme question {number}")
        if number % 3 == 0:
            asked.edited(f"@acme question {number}, please")
        x.account("acme").answers(on=asked, text=f"Answer {number}")
        person.writes(f"letter {number}")
        x.clock.advance(timedelta(seconds=20))
    return 15, 5, 15


def test_a_desk_answers_the_check_when_its_address_is_registered(x, desk):
    """X checks an address with a challenge; from then on what was subscribed comes in."""
    address = "https://desk.example/webhooks/twitter"
    x.deliveries.addresses[address] = lambda request: desk.webhook("twitter", request)
    with x.client() as client:
        bearer = {"authorization": f"Bearer {x.app.bearer_token}"}
        made = client.post("https://api.x.com/2/webhooks", json={"url": address}, headers=bearer)
        hook = made.json()["data"]
        assert hook["valid"] is True
        body = {
            "event_type": "post.mention.create",
            "filter": {"user_id": x.account("acme").id},
            "webhook_id": hook["id"],
        }
        client.post("https://api.x.com/2/activity/subscriptions", json=body, headers=bearer)
    x.customer("ana").posts("@acme where is my parcel?")
    x.customer("ana").writes("And a letter, to which nobody subscribed")
    x.deliveries.pump()
    (case,) = desk.cases.find().cases
    assert case.inbound_count == 1
    assert desk.webhooks.counts["twitter"]["handshake"] == 1


def test_who_is_not_x_gets_nothing_in(x, desk):
    """A body that is signed with another secret is refused, and opens no case."""
    x.secret = "somebody-else"
    x.customer("ana").posts("@acme where is my parcel?")
    (attempt,) = x.deliveries.pump()
    assert attempt.status == 401
    assert desk.cases.find().cases == ()
    assert json.loads(attempt.body)["data"]["event_type"] == "post.mention.create"
