"""A desk answers on a fake X: what it says stands there once, and leads back to its case."""

from __future__ import annotations

import pytest
import tomli_w

import scskit_twitter
from scskit import ReplyRefused, open_desk
from scskit.testing import FakeClock
from scskit.testing.network import Faults
from scskit_twitter.fake import FakeX


@pytest.fixture
def world(tmp_path):
    """Open desks on a fake X, whose clock is theirs and whose pushes they take."""
    desks = []

    def opened(faults=None, **given):
        x = FakeX(seed=3, clock=FakeClock(), faults=faults or Faults(3), **given)
        x.account("acme")
        config = tmp_path / "desk.toml"
        config.write_bytes(tomli_w.dumps(x.settings()).encode())  # what it says is enough
        desk = open_desk(
            f"sqlite:///{tmp_path}/desk.db",
            config,
            plugins=[scskit_twitter],
            discover=False,
            clock=x.clock,
            client=x.client(),
            synchronous="NORMAL",
        )
        x.deliver_to(lambda request: desk.webhook("twitter", request))
        desks.append(desk)
        return x, desk

    yield opened
    for desk in desks:
        desk.close()


def send_all(x, desk):
    """Send, deliver and wait until nothing is left to do."""
    for _ in range(60):
        report = desk.outbox.run()
        x.deliveries.drain()
        if report.next_ready is None:
            return
        x.clock.jump_to(max(report.next_ready, x.clock.now()))
    pytest.fail("the outbox never came to rest")


def said(x):
    """Return the texts that the brand has said on the network."""
    return [sent.text for sent in x]


def test_a_reply_and_its_echo_are_one_message(world):
    """X tells of our post by webhook too: the case has it once, and was answered by a person."""
    x, desk = world()
    x.customer("ana").posts("@acme where is my parcel?")
    x.deliveries.drain()
    (case,) = desk.cases.find().cases
    reply = desk.replies.send(case.id, "On its way!", by="agent:bo")
    send_all(x, desk)
    case = desk.cases.get(case.id)
    assert (case.inbound_count, case.outbound_count) == (1, 1)
    assert case.first_response_at is not None
    assert desk.replies.get(reply.id).state == "sent"


def test_what_was_said_in_public_goes_on_in_private_in_the_same_case(world):
    """A direct message answers the post; what the person writes there belongs to the case."""
    x, desk = world()
    ana = x.customer("ana")
    ana.posts("@acme my card does not work")
    x.deliveries.drain()
    (case,) = desk.cases.find().cases
    desk.replies.send(case.id, "Please tell us here.", by="agent:bo", visibility="private")
    send_all(x, desk)
    ana.writes("It is the blue one.")
    x.deliveries.drain()
    (only,) = desk.cases.find().cases
    assert (only.id, only.inbound_count, only.outbound_count) == (case.id, 2, 1)
    desk.replies.send(case.id, "Thank you!", by="agent:bo")
    send_all(x, desk)
    last = desk.cases.interactions(case.id)[-1]
    assert (last.text, last.visibility) == ("Thank you!", "private")


def test_who_did_not_ask_us_is_offered_a_direct_message(world):
    """X lets apps answer only who called for them: that is said before anything is sent."""
    x, desk = world()
    bo = x.customer("bo")
    post = x.customer("ana").posts("@acme hello")
    x.deliveries.drain()
    own = x.account("acme").answers(on=post, text="Hello!")
    bo.comments(on=own, text="I have the same")
    x.deliveries.drain()
    cases = desk.cases.find().cases
    (case,) = [c for c in cases if c.identity_id.endswith(f":{bo.told()['id']}")]
    draft = desk.replies.draft(case.id, "Tell us", by="agent:bo")
    found = desk.replies.check(draft.id)
    if found.allowed:
        pytest.skip("the comment names the account, which calls for it")
    assert found.verdict == "needs_private"
    with pytest.raises(ReplyRefused):
        desk.replies.submit(draft.id, by="agent:bo")


@pytest.mark.parametrize("seed", range(4))
def test_whatever_goes_wrong_each_reply_stands_there_once(world, seed):
    """Lost answers, refusals, throttling, echoes that are faster: once each, in order."""
    rates = {
        "accept_then_timeout": 0.25,
        "timeout_before_accept": 0.15,
        "server_error": 0.15,
        "rate_limited": 0.1,
        "echo_before_response": 0.3,
        "duplicate": 0.3,
        "reorder": 0.3,
    }
    x, desk = world(Faults(seed, **rates))
    for number in range(6):
        x.customer(f"p{number}").posts(f"@acme question {number}")
    x.deliveries.drain()
    cases = desk.cases.find(limit=100).cases
    assert len(cases) == 6
    replies = [
        desk.replies.send(case.id, f"answer {n} for number {number}", by="agent:bo")
        for number, case in enumerate(cases)
        for n in range(2)
    ]
    send_all(x, desk)
    states = {desk.replies.get(reply.id).state for reply in replies}
    texts = said(x)
    assert states == {"sent"}
    assert sorted(texts) == sorted(reply.text for reply in replies)
    for number, case in enumerate(cases):
        ours = [text for text in texts if text.endswith(f" {number}")]
        assert ours == sorted(ours)
        assert desk.cases.get(case.id).outbound_count == 2


def test_who_follows_the_link_into_private_goes_on_in_the_same_case(world):
    """Invited by a link in public, they write first, are asked for a code, and it is one case."""
    x, desk = world()
    ana = x.customer("ana")
    ana.posts("@acme my card does not work")
    x.deliveries.drain()
    (case,) = desk.cases.find().cases
    made = desk.replies.handoff(case.id, by="agent:bo")
    send_all(x, desk)
    assert made.how == "deep_link"
    own = x.account("acme").told()["id"]
    assert said(x)[1].endswith(f"https://twitter.com/messages/compose?recipient_id={own}")
    ana.writes("It is the blue one.")
    x.customer("eva").writes("Mine too!")
    x.deliveries.drain()
    cases = {c.id: c.inbound_count for c in desk.cases.find().cases}
    assert cases[case.id] == 2
    assert sorted(cases.values()) == [1, 2]
    desk.replies.send(case.id, "Thank you, it is unlocked.", by="agent:bo")
    desk.cases.solve(case.id, by="agent:bo", because="unlocked")
    desk.replies.close_publicly(case.id, by="agent:bo")
    send_all(x, desk)
    assert "This has been resolved in private. Thank you for waiting." in said(x)
