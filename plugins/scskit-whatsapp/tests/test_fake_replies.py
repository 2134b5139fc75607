"""A desk answers on a fake WhatsApp: what it says arrives once, and what became of it is known."""

from __future__ import annotations

from datetime import timedelta

import pytest
import tomli_w

import scskit_whatsapp
from scskit import ReplyRefused, open_desk
from scskit.testing import FakeClock
from scskit.testing.network import Faults
from scskit_whatsapp.outgoing import template


@pytest.fixture
def world(checked, tmp_path):
    """Open desks on a fake WhatsApp, whose clock is theirs and whose pushes they take."""
    desks = []

    def opened(faults=None):
        whatsapp = checked(seed=3, clock=FakeClock(), faults=faults or Faults(3))
        whatsapp.account("acme")
        config = tmp_path / "desk.toml"
        config.write_bytes(tomli_w.dumps(dict(whatsapp.settings())).encode())
        desk = open_desk(
            f"sqlite:///{tmp_path}/desk.db",
            config,
            plugins=[scskit_whatsapp],
            discover=False,
            clock=whatsapp.clock,
            client=whatsapp.client(),
            synchronous="NORMAL",
        )
        whatsapp.deliver_to(lambda request: desk.webhook("whatsapp", request))
        desks.append(desk)
        return whatsapp, desk

    yield opened
    for desk in desks:
        desk.close()


def send_all(whatsapp, desk):
    """Send, deliver and wait until nothing is left to do."""
    for _ in range(60):
        report = desk.outbox.run()
        whatsapp.deliveries.drain()
        if report.next_ready is None:
            return
        whatsapp.clock.jump_to(max(report.next_ready, whatsapp.clock.now()))
    pytest.fail("the outbox never came to rest")


@pytest.fixture
def asked(world):
    """Let a customer ask; return the network, the desk, the person and the case."""
    whatsapp, desk = world()
    ana = whatsapp.customer("ana")
    ana.writes("Where is my parcel?")
    whatsapp.deliveries.drain()
    (case,) = desk.cases.find().cases
    return whatsapp, desk, ana, case.id


def test_a_reply_is_followed_until_it_is_read(asked):
    """Sent, delivered and read are told as they happen; the case was answered by a person."""
    whatsapp, desk, ana, case = asked
    reply = desk.replies.send(case, "On its way!", by="agent:bo")
    send_all(whatsapp, desk)
    assert desk.replies.get(reply.id).state == "delivered"
    ana.reads()
    whatsapp.deliveries.drain()
    assert desk.replies.get(reply.id).state == "read"
    found = desk.cases.get(case)
    assert (found.inbound_count, found.outbound_count) == (1, 1)
    assert found.first_response_at is not None


def test_what_fails_after_it_was_taken_is_told_as_failed(asked):
    """HTTP 200 is no promise: the reply is failed once Meta says so, and nothing arrived."""
    whatsapp, desk, _, case = asked
    whatsapp.account("acme").will_fail(131049)
    reply = desk.replies.send(case, "On its way!", by="agent:bo")
    send_all(whatsapp, desk)
    assert desk.replies.get(reply.id).state == "failed"
    assert list(whatsapp) == []


def test_after_the_window_only_a_template_leaves(asked):
    """Too late, a text is stopped before it leaves; a template arrives."""
    whatsapp, desk, _, case = asked
    whatsapp.clock.advance(timedelta(hours=24))
    with pytest.raises(ReplyRefused):
        desk.replies.send(case, "On its way!", by="agent:bo")
    assert whatsapp.sent == []
    extra = {"template": template("hello_world", "en_US")}
    desk.replies.send(case, "", by="agent:bo", extra=extra)
    send_all(whatsapp, desk)
    assert [sent.kind for sent in whatsapp] == ["template"]


def test_who_takes_another_number_goes_on_in_the_same_case(asked):
    """WhatsApp says that a person is the same under another number and user id."""
    whatsapp, desk, ana, case = asked
    ana.changes_number()
    ana.writes("This is my new number.")
    whatsapp.deliveries.drain()
    (only,) = desk.cases.find().cases
    assert (only.id, only.inbound_count) == (case, 2)
    desk.replies.send(case, "Thank you!", by="agent:bo")
    send_all(whatsapp, desk)
    assert [sent.to for sent in whatsapp] == [ana.wa_id]


def test_who_hides_the_number_later_goes_on_in_the_same_case(asked):
    """Whoever adopts a username is known by the user id that came beside the number before."""
    whatsapp, desk, ana, case = asked
    ana.adopts("ana.a")
    ana.writes("It is me.")
    whatsapp.deliveries.drain()
    (only,) = desk.cases.find().cases
    assert (only.id, only.inbound_count) == (case, 2)
    desk.replies.send(case, "Hello, you!", by="agent:bo")
    send_all(whatsapp, desk)
    assert [sent.extra["status"] for sent in whatsapp] == ["delivered"]


@pytest.mark.parametrize("seed", range(4))
def test_whatever_goes_wrong_no_reply_arrives_twice(world, seed):
    """Lost answers, throttling, faster receipts: what arrived is known, the rest is told."""
    rates = {
        "accept_then_timeout": 0.3,
        "accept_then_error": 0.1,
        "timeout_before_accept": 0.1,
        "server_error": 0.1,
        "rate_limited": 0.1,
        "receipt_before_response": 0.3,
        "duplicate": 0.3,
        "reorder": 0.3,
        "batch": 0.2,
        "drop_and_redeliver": 0.2,
    }
    whatsapp, desk = world(Faults(seed, **rates))
    for number in range(6):
        whatsapp.customer(f"p{number}", hides_phone=number % 2 == 0).writes(f"question {number}")
    whatsapp.deliveries.drain()
    cases = desk.cases.find(limit=100).cases
    assert len(cases) == 6
    replies = [
        desk.replies.send(case.id, f"answer {n} for number {number}", by="agent:bo")
        for number, case in enumerate(cases)
        for n in range(2)
    ]
    send_all(whatsapp, desk)
    states = {reply.text: desk.replies.get(reply.id).state for reply in replies}
    assert set(states.values()) <= {"delivered", "unknown"}
    # The API cannot be asked: without a receipt nobody knows, and nothing is sent again.
    delivered = [text for text, state in states.items() if state == "delivered"]
    assert sorted(sent.text for sent in whatsapp) == sorted(delivered)
