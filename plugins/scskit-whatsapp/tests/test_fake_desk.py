"""A desk on a fake WhatsApp: from what a customer writes to what became of the answer."""

import json
from datetime import timedelta

import pytest
import tomli_w

import scskit_whatsapp
from scskit import open_desk
from scskit.plugins import Outbound
from scskit.testing import FakeClock
from scskit.testing.network import Faults


def opened(whatsapp, folder, **given):
    """Open a desk whose clock is the network's, and that takes what it pushes."""
    config = folder / "desk.toml"
    told = {"desk": {"tenant": "acme"}, **given, **whatsapp.settings()}
    config.write_bytes(tomli_w.dumps(told).encode())
    url = f"sqlite:///{folder}/desk.db"
    desk = open_desk(url, config, plugins=[scskit_whatsapp], discover=False, clock=whatsapp.clock)
    whatsapp.deliver_to(lambda request: desk.webhook("whatsapp", request))
    return desk


@pytest.fixture
def desk(whatsapp, tmp_path):
    """Open such a desk."""
    with opened(whatsapp, tmp_path) as desk:
        yield desk


def answer(whatsapp, connector, case, thread, number=1):
    reply = Outbound(
        id=f"o{number}",
        case_id=case,
        account="whatsapp.acme",
        text=f"Answer {number}",
        visibility="private",
        created_at=whatsapp.clock.now(),
        thread=thread,
    )
    with whatsapp.driver() as driver:
        return driver.run(connector.send(reply), "whatsapp.acme")


def test_a_message_becomes_a_case_and_the_app_answers_too(whatsapp, desk, acme):
    """A customer writes, and what the phone's app answers is ours and opens no case."""
    asked = whatsapp.customer("ana").writes("Where is my parcel?")
    acme.answers(on=asked, text="It should be there tomorrow.")
    acme.writes(to=asked.person, text="At noon.").edited("At one.")
    assert all(attempt.accepted for attempt in whatsapp.deliveries.drain())
    (case,) = desk.cases.find().cases
    assert (case.inbound_count, case.outbound_count) == (1, 2)
    assert case.identity_id == f"whatsapp::{asked.person.wa_id}"


def test_every_kind_of_message_comes_in(whatsapp, desk, acme):
    """Whatever a person can send is in the case, or is told as a signal; nothing is unreadable."""
    ana = whatsapp.customer("ana")
    first = ana.writes("Hello?", referral={"source_type": "ad", "source_id": "1"})
    ana.writes("Look", forwarded=9)
    ana.writes("And this", on=first)
    for kind in ("image", "video", "audio", "document", "sticker"):
        ana.sends(kind)
    ana.shares_place(37.4, -122.2, name="Here")
    ana.shares_contact("Ben", "+34 600 111 222")
    ana.orders({"sku-1": 2})
    ana.sends_unsupported()
    ana.says_anything("hologram", {"depth": 3})
    contents = len(whatsapp.messages)
    ana.reacts(on=first)
    ana.reacts(on=first, emoji="")
    ana.opens_chat()
    ana.changes_device()
    ana.changes_number()
    ana.adopts("ana.a")
    ana.changes_user_id()
    first.edited("Hello!")
    first.deleted()
    ana.wants_no_offers()
    acme.is_warned()
    acme.is_restricted()
    acme.changes_quality()
    acme.has_template("late", "Later").becomes("PAUSED")
    assert all(attempt.accepted for attempt in whatsapp.deliveries.drain())
    assert sum(case.inbound_count for case in desk.cases.find().cases) == contents
    assert not desk.intake.quarantined()


@pytest.mark.parametrize("seed", [3, 7])
def test_whatever_goes_wrong_on_the_way_each_message_is_there_once(checked, tmp_path, seed):
    """Duplicates, disorder, loss, batches over numbers and wrong clocks change nothing."""
    rates = {"duplicate": 0.3, "reorder": 0.3, "batch": 0.3, "drop_and_redeliver": 0.2}
    faults = Faults(seed, edit_before_original=0.5, clock_skew=0.1, **rates)
    whatsapp = checked(seed=seed, clock=FakeClock(), faults=faults)
    numbers = [whatsapp.account(name) for name in ("acme", "sales")]
    with opened(whatsapp, tmp_path) as desk:
        asked, answered = life(whatsapp, numbers)
        whatsapp.deliveries.drain()
        assert {event.state for event in whatsapp.deliveries.events} == {"accepted"}
        assert {fault.kind for fault in faults.history} >= rates.keys()
        cases = desk.cases.find(limit=500).cases
        assert sum(case.inbound_count for case in cases) == asked
        assert sum(case.outbound_count for case in cases) == answered
        assert not desk.intake.quarantined()
    assert any(several_numbers(attempt) for attempt in whatsapp.deliveries.attempts)


def several_numbers(attempt):
    """Tell whether a body is about more than one number."""
    entries = json.loads(attempt.body)["entry"]
    values = [change["value"] for entry in entries for change in entry["changes"]]
    return len({value["metadata"]["phone_number_id"] for value in values}) > 1


def life(whatsapp, numbers):
    """Let people write, edit, take back and be answered; return how many of each."""
    for turn in range(30):
        person = whatsapp.customer(f"person{turn % 5}", hides_phone=turn % 5 == 0)
        asked = person.writes(f"question {turn}", to=numbers[turn % 2])
        if turn % 3 == 0:
            asked.edited(f"question {turn}, please")
        if turn % 7 == 0:
            asked.deleted()
        person.reacts(on=asked)
        numbers[turn % 2].answers(on=asked, text=f"Answer {turn}")
        whatsapp.clock.advance(timedelta(seconds=20))
    return 30, 30


@pytest.mark.parametrize("fault", ["", "receipt_before_response"])
def test_receipts_are_taken_whenever_they_come(whatsapp, desk, connector, acme, fault):
    """A receipt may come before the answer to who sent; each is taken, and opens no case."""
    ana = whatsapp.customer("ana")
    ana.writes("Where is my parcel?")
    whatsapp.deliveries.pump()
    (case,) = desk.cases.find().cases
    if fault:
        whatsapp.faults.plan(fault)
    answer(whatsapp, connector, case.id, ana.wa_id)
    early = len([one for one in whatsapp.deliveries.attempts if one.accepted])
    assert early == (3 if fault else 1)
    ana.reads()
    acme.will_fail(131049)
    answer(whatsapp, connector, case.id, ana.wa_id, number=2)
    assert all(attempt.accepted for attempt in whatsapp.deliveries.drain())
    assert len(desk.cases.find().cases) == 1


def test_a_desk_answers_the_check_when_its_address_is_registered(whatsapp, desk):
    """Meta asks an address before it pushes there; businesses may have one of their own."""
    hook, own = "https://desk.example/webhooks/whatsapp", "https://desk.example/own"
    came = []

    def take(address):
        return lambda request: (came.append(address), desk.webhook("whatsapp", request))[1]

    whatsapp.deliveries.addresses.update({hook: take(hook), own: take(own)})
    acme, ana = whatsapp.account("acme"), whatsapp.customer("ana")
    graph = "https://graph.facebook.com/v23.0"
    app = {"authorization": f"Bearer {whatsapp.app_token}"}
    user = {"authorization": f"Bearer {acme.token.value}"}
    right = {"verify_token": whatsapp.verify_token}
    with whatsapp.client() as client:
        where = {"object": "whatsapp_business_account", "callback_url": hook, "fields": "messages"}
        apps = f"{graph}/{acme.business.id}/subscribed_apps"
        wrong = {"verify_token": "wrong", "callback_url": hook}
        made = client.post(
            f"{graph}/{whatsapp.app_id}/subscriptions", json={**where, **wrong}, headers=app
        )
        assert made.status_code == 400
        made = client.post(
            f"{graph}/{whatsapp.app_id}/subscriptions", json={**where, **right}, headers=app
        )
        assert made.json() == {"success": True}
        ana.writes("Hello?")
        whatsapp.deliveries.pump()
        client.post(apps, json={"override_callback_uri": own, **right}, headers=user)
        ana.writes("Anybody?")
        whatsapp.deliveries.pump()
        assert came == [hook, hook, hook, own, own]
        assert "override_callback_uri" in client.get(apps, headers=user).json()["data"][0]
        client.delete(apps, headers=user)
    ana.writes("Nobody?")
    assert whatsapp.deliveries.pump() == []
    (case,) = desk.cases.find().cases
    assert case.inbound_count == 2


def test_who_is_not_meta_gets_nothing_in(whatsapp, desk):
    """A body that is signed with another secret is refused, and opens no case."""
    whatsapp.secret = "somebody-else"
    whatsapp.customer("ana").writes("Hello?")
    (attempt,) = whatsapp.deliveries.pump()
    assert attempt.status == 401
    assert desk.cases.find().cases == ()


def test_a_body_may_hold_much_and_names_each_person_once(whatsapp, connector, acme):
    """What happened on one number shares a change; contacts say nothing of the messages' order."""
    ana, ben = whatsapp.customer("ana"), whatsapp.customer("ben", hides_phone=True)
    for person in (ana, ben, ana):
        person.writes("Hello?")
    answer(whatsapp, connector, "c1", ben.user_id)
    ana.writes("Hello?", to=whatsapp.account("sales"))
    body, _ = whatsapp.compose(whatsapp.deliveries.queued)
    (entry,) = json.loads(body)["entry"]
    messages, statuses, others = [change["value"] for change in entry["changes"]]
    assert [one["from_user_id"] for one in messages["messages"]] == [
        person.user_id for person in (ana, ben, ana)
    ]
    assert messages["contacts"] == [ana.contact(), ben.contact()]
    assert [one.get("recipient_id") for one in statuses["statuses"]] == [None, None]
    assert {one["recipient_user_id"] for one in statuses["statuses"]} == {ben.user_id}
    assert others["metadata"]["phone_number_id"] == whatsapp.account("sales").id != acme.id


@pytest.mark.parametrize("apply", ["at_once", "by_worker"])
@pytest.mark.parametrize(
    "change",
    [
        lambda person: person.adopts("ana.r"),
        lambda person: person.changes_number(),
        lambda person: person.changes_user_id(),
        lambda person: (person.adopts("ana.r"), person.changes_user_id()),
        lambda person: (person.changes_number(), person.adopts("ana.r")),
    ],
    ids=["username", "number", "user id", "username and user id", "number and username"],
)
def test_a_person_who_changes_is_still_the_same(whatsapp, tmp_path, change, apply):
    """Under any number and id one customer and one open case, and answers arrive."""
    with opened(whatsapp, tmp_path, intake={"apply": apply}) as desk:
        ana = whatsapp.customer("ana")
        ana.writes("Where is my parcel?")
        whatsapp.deliveries.drain()
        desk.run_due()
        change(ana)
        ana.writes("Hello?")
        whatsapp.deliveries.drain()
        desk.run_due()
        (case,) = desk.cases.find().cases
        messages = desk.cases.interactions(case.id)
        assert [message.text for message in messages] == ["Where is my parcel?", "Hello?"]
        people = {desk.customers.identity(message.identity_id) for message in messages}
        assert len({person.customer_id for person in people}) == 1
        assert desk.intake.quarantined() == []
        reply = desk.replies.draft(case.id, "On its way!", by="agent:ana")
        assert reply.recipient == messages[-1].thread_id.partition(":")[2]
