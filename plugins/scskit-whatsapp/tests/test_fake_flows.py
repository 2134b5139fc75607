"""What the connector does, on a fake WhatsApp: whatever goes wrong, each message is there once."""

from datetime import timedelta

import httpx
import pytest

from scskit.core.errors import CredentialsRejected, OutcomeUnknown, Rejected, RetryLater
from scskit.http.driver import Driver
from scskit.plugins import Attachment, Outbound, Receipt, WebhookResponse
from scskit_whatsapp.outgoing import buttons, choice_list, template


def outbound(whatsapp, **given):
    return Outbound(
        **{
            "id": "o1",
            "case_id": "c1",
            "account": "whatsapp.acme",
            "text": "On its way!",
            "visibility": "private",
            "created_at": whatsapp.clock.now(),
            **given,
        }
    )


@pytest.fixture
def run(whatsapp):
    """Run a flow on the network."""
    client = httpx.Client(transport=whatsapp.transport())

    def wait(seconds):
        whatsapp.clock.advance(timedelta(seconds=seconds))

    driver = Driver(client, clock=whatsapp.clock, sleep=wait)
    yield lambda flow: driver.run(flow, "whatsapp.acme")
    client.close()


@pytest.fixture
def question(whatsapp):
    """Let a customer write."""
    return whatsapp.customer("ana").writes("Where is my parcel?")


@pytest.fixture
def ana(question):
    """Give who wrote."""
    return question.person


def receipts(whatsapp, connector):
    """Return what the connector makes of everything that is pushed."""
    found = []

    def take(request):
        connector.verify(request)
        found.extend(connector.parse(request))
        return WebhookResponse.text("ok")

    whatsapp.deliveries.drain(take)
    return [one for one in found if isinstance(one, Receipt)]


def test_an_answer_arrives_and_its_receipts_name_our_own_message(whatsapp, run, connector, ana):
    """What is sent is there once; sent, delivered and read come back with the id of our message."""
    receipt = run(connector.send(outbound(whatsapp, thread=ana.wa_id)))
    (sent,) = whatsapp
    assert (sent.id, sent.to, sent.text) == (receipt.external_id, ana.wa_id, "On its way!")
    ana.reads()
    told = receipts(whatsapp, connector)
    assert [one.status for one in told] == ["sent", "delivered", "read"]
    assert {(one.target, one.reference) for one in told} == {(sent.id, "o1")}


@pytest.mark.parametrize(
    ("fault", "stands"),
    [("accept_then_timeout", 1), ("accept_then_error", 1), ("timeout_before_accept", 0)],
)
def test_a_lost_answer_is_told_by_receipts(whatsapp, run, connector, ana, fault, stands):  # noqa: PLR0913, PLR0917  fixtures
    """The API cannot be asked; that it arrived is known by the receipts."""
    whatsapp.faults.plan(fault)
    with pytest.raises((OutcomeUnknown, RetryLater)):
        run(connector.send(outbound(whatsapp, thread=ana.wa_id)))
    assert len(whatsapp.sent) == stands
    told = receipts(whatsapp, connector)
    assert {one.reference for one in told} == ({"o1"} if stands else set())


def test_after_24_hours_only_a_template_arrives(whatsapp, run, connector, ana):
    """What comes too late is taken with HTTP 200, and told as failed afterwards."""
    whatsapp.clock.advance(timedelta(hours=24))
    late = run(connector.send(outbound(whatsapp, thread=ana.wa_id)))
    (failed,) = receipts(whatsapp, connector)
    assert (failed.target, failed.status) == (late.external_id, "failed")
    assert failed.error_class == "window"
    assert list(whatsapp) == []
    extra = {"template": template("hello_world", "en_US")}
    receipt = run(connector.send(outbound(whatsapp, thread=ana.wa_id, text="", extra=extra)))
    assert receipt.detail == "accepted"
    assert [sent.kind for sent in whatsapp] == ["template"]
    ana.writes("Thank you")
    run(connector.send(outbound(whatsapp, thread=ana.wa_id)))
    assert len(list(whatsapp)) == 2


def test_the_window_is_open_until_its_very_end(whatsapp, run, connector, ana):
    """The last microsecond of the 24 hours still counts."""
    whatsapp.clock.advance(timedelta(hours=24) - timedelta(microseconds=1))
    run(connector.send(outbound(whatsapp, thread=ana.wa_id)))
    assert [one.status for one in receipts(whatsapp, connector)] == ["sent", "delivered"]


def test_another_number_has_a_window_of_its_own(whatsapp, run, connector, acme, ana):
    """Who wrote to one number has not written to the other of the same business."""
    other = whatsapp.account("sales")
    assert other.business is acme.business
    ana.opens_chat(to=other)
    assert not other.may_say_anything(ana)
    ana.writes("And you?", to=other)
    assert other.may_say_anything(ana)


@pytest.mark.parametrize(
    ("why", "error_class"),
    [
        (131026, "permanent"),
        (131049, "policy"),
        (131042, "billing"),
        (130472, "policy"),
        (131000, "retryable"),
        (131053, "permanent"),
        (999_999, "permanent"),
    ],
)
def test_what_fails_afterwards_says_why(whatsapp, run, connector, acme, ana, why, error_class):  # noqa: PLR0913, PLR0917  fixtures
    """A failure after HTTP 200 has Meta's code, and the class that follows from it."""
    acme.will_fail(why, details="as told")
    run(connector.send(outbound(whatsapp, thread=ana.wa_id)))
    (failed,) = receipts(whatsapp, connector)
    assert (failed.error_class, failed.reference) == (error_class, "o1")
    assert failed.detail.endswith("as told")
    run(connector.send(outbound(whatsapp, thread=ana.wa_id)))
    assert [sent.extra["status"] for sent in whatsapp.sent] == ["failed", "delivered"]


@pytest.mark.parametrize(
    ("why", "kind"),
    [
        (131031, Rejected),
        (130429, RetryLater),
        (131056, RetryLater),
        (131005, CredentialsRejected),
        (131016, RetryLater),
    ],
)
def test_what_is_refused_at_once_says_what_to_do(whatsapp, run, connector, acme, ana, why, kind):  # noqa: PLR0913, PLR0917  fixtures
    """A refusal leaves nothing behind, and names its code."""
    acme.will_refuse(why, times=5)
    with pytest.raises(kind) as caught:
        run(connector.send(outbound(whatsapp, thread=ana.wa_id)))
    assert caught.value.code == why
    assert whatsapp.sent == []


def test_one_person_takes_45_messages_and_then_one_in_six_seconds(whatsapp, run, connector, ana):
    """Who is written to too fast is waited for as long as WhatsApp says."""
    for number in range(45):
        run(connector.send(outbound(whatsapp, thread=ana.wa_id, id=f"o{number}")))
    with pytest.raises(RetryLater) as caught:
        run(connector.send(outbound(whatsapp, thread=ana.wa_id, id="o45")))
    assert (caught.value.code, caught.value.retry_after) == (131056, 6)
    whatsapp.clock.advance(timedelta(seconds=6))
    run(connector.send(outbound(whatsapp, thread=ana.wa_id, id="o45")))
    assert len(whatsapp.sent) == 46


@pytest.mark.parametrize(("app", "most"), [(False, 80), (True, 20)])
def test_a_number_has_its_throughput(whatsapp, run, connector, acme, app, most):  # noqa: PLR0913, PLR0917  fixtures
    """80 messages a second, and 20 while the phone's app is used as well."""
    people = [whatsapp.customer(f"p{number}") for number in range(most + 1)]
    for person in people:
        person.writes("Hello?")
    if app:
        acme.writes(to=people[0], text="Hello!")
    for person in people[:most]:
        run(connector.send(outbound(whatsapp, thread=person.wa_id)))
    with pytest.raises(RetryLater) as caught:
        run(connector.send(outbound(whatsapp, thread=people[most].wa_id)))
    assert caught.value.code == 130429
    whatsapp.clock.advance(timedelta(seconds=1))
    run(connector.send(outbound(whatsapp, thread=people[most].wa_id)))


def test_who_hides_the_phone_number_is_answered_by_user_id(whatsapp, run, connector):
    """A person known by nothing but a user id gets the answer, and its receipts tell of it."""
    ben = whatsapp.customer("ben", username="ben.b", hides_phone=True)
    ben.writes("Hello?")
    receipt = run(connector.send(outbound(whatsapp, thread=ben.user_id)))
    (sent,) = whatsapp
    assert (sent.id, sent.to) == (receipt.external_id, ben.user_id)
    assert [one.status for one in receipts(whatsapp, connector)] == ["sent", "delivered"]


def test_another_number_of_the_same_person_is_told(whatsapp, run, connector):
    """A Brazilian number is answered as dialled; WhatsApp tells the one it has."""
    bia = whatsapp.customer("bia", country="BR", phone="5511998765432", wa_id="551198765432")
    bia.writes("Oi?")
    receipt = run(connector.send(outbound(whatsapp, thread=bia.phone)))
    assert receipt.recipient == bia.wa_id


def test_buttons_lists_and_quick_replies_are_chosen(whatsapp, run, connector, acme, ana):
    """What was offered can be chosen, and comes back with what it was offered as."""
    acme.has_template("sure", "Are you sure, {{1}}?", buttons=["Yes", "No"])
    offers = {
        "b": {"interactive": buttons("Sure?", {"y": "Yes", "n": "No"})},
        "l": {"interactive": choice_list("Which?", "Choose", [("1", "One", ""), ("2", "Two", "")])},
        "t": {"template": template("sure", "en_US", ["Ana"])},
    }
    ids = {
        name: run(connector.send(outbound(whatsapp, thread=ana.wa_id, text="", extra=extra)))
        for name, extra in offers.items()
    }
    chosen = [
        ana.chooses(on=whatsapp.messages[ids[name].external_id], choice=choice)
        for name, choice in (("b", "Yes"), ("l", "2"), ("t", "No"))
    ]
    assert [one.type for one in chosen] == ["interactive", "interactive", "button"]
    assert whatsapp.sent[-1].text == "Are you sure, Ana?"
    with pytest.raises(ValueError, match="'Perhaps'"):
        ana.chooses(on=whatsapp.messages[ids["b"].external_id], choice="Perhaps")


@pytest.mark.parametrize(
    ("extra", "code"),
    [
        (template("none", "en_US"), 132001),
        (template("hello_world", "es"), 132001),
        (template("hello_world", "en_US", ["too many"]), 132000),
        (template("greet", "en_US"), 132000),
        (template("paused", "en_US"), 132015),
    ],
)
def test_a_template_filled_in_wrongly_is_refused(whatsapp, run, connector, ana, extra, code):  # noqa: PLR0913, PLR0917  fixtures
    """Templates must exist in the language, be approved, and get what their places take."""
    acme = whatsapp.account("acme")
    acme.has_template("greet", "Hello {{1}}!")
    acme.has_template("paused", "Hello!").becomes("PAUSED")
    given = outbound(whatsapp, thread=ana.wa_id, text="", extra={"template": extra})
    with pytest.raises(Rejected) as caught:
        run(connector.send(given))
    assert caught.value.code == code


def test_media_go_up_and_come_down(whatsapp, run, connector, ana):
    """A photo is sent by its id, and what a customer sent can be fetched for five minutes."""
    up = run(connector.flows.upload("whatsapp.acme", b"png", "image/png", "a.png"))
    medium = Attachment(kind="image", external_id=up)
    run(connector.send(outbound(whatsapp, thread=ana.wa_id, attachments=(medium,))))
    assert whatsapp.sent[-1].extra["content"]["id"] == up
    sent = ana.sends("document", caption="The bill", filename="bill.pdf", content="%PDF")
    address = run(connector.flows.media("whatsapp.acme", sent.content["id"]))
    assert (address.mime_type, address.file_size) == ("application/pdf", "4")
    token = {"authorization": f"Bearer {whatsapp.account('acme').token.value}"}
    with whatsapp.client() as client:
        assert client.get(address.url, headers=token).content == b"%PDF"
        assert client.get(address.url).status_code == 401
        whatsapp.clock.advance(timedelta(minutes=5))
        assert client.get(address.url, headers=token).status_code == 404
    unknown = Attachment(kind="image", external_id="1")
    with pytest.raises(Rejected, match="media attachment ID"):
        run(connector.send(outbound(whatsapp, thread=ana.wa_id, attachments=(unknown,))))
    whatsapp.clock.advance(timedelta(days=30))
    with pytest.raises(Rejected):
        run(connector.flows.media("whatsapp.acme", sent.content["id"]))


def test_a_medium_sent_as_another_fails_afterwards(whatsapp, run, connector, ana):
    """What is no video does not become one by its name."""
    up = run(connector.flows.upload("whatsapp.acme", b"png", "image/png", "a.png"))
    medium = Attachment(kind="video", external_id=up)
    run(connector.send(outbound(whatsapp, thread=ana.wa_id, attachments=(medium,))))
    (failed,) = receipts(whatsapp, connector)
    assert "Media upload error" in failed.detail


def test_read_marks_typing_and_reactions(whatsapp, run, connector, question, ana):
    """A customer sees that a message was read and gets an emoji on it."""
    run(connector.flows.mark_read("whatsapp.acme", question.id, typing=True))
    assert question.seen
    run(connector.flows.react("whatsapp.acme", ana.wa_id, question.id, "👍"))
    (sent,) = whatsapp
    assert (sent.kind, sent.answers, sent.text) == ("reaction", question.id, "👍")
    with pytest.raises(Rejected):
        run(connector.flows.mark_read("whatsapp.acme", "wamid.none"))
    with pytest.raises(Rejected):
        run(connector.flows.react("whatsapp.acme", ana.wa_id, "wamid.none", "👍"))


@pytest.mark.parametrize(
    ("what", "kind", "subcode"),
    [("lost", CredentialsRejected, 463), ("planned", CredentialsRejected, 463)],
)
def test_a_dead_token_needs_a_person(whatsapp, run, connector, acme, ana, what, kind, subcode):  # noqa: PLR0913, PLR0917  fixtures
    """An expired token is told as such, and changes nothing; a fresh one works."""
    if what == "lost":
        acme.loses_token()
    else:
        whatsapp.faults.plan("expired_token", times=9)
    with pytest.raises(kind) as caught:
        run(connector.send(outbound(whatsapp, thread=ana.wa_id)))
    assert (caught.value.code, caught.value.subcode) == (190, subcode)
    assert whatsapp.sent == []


def test_who_does_not_get_it_is_told_by_no_receipt(whatsapp, run, connector, acme, ana):
    """A phone that is off has one tick until it is on; a block stays at one; who left has none."""
    ana.goes_offline()
    run(connector.send(outbound(whatsapp, thread=ana.wa_id)))
    assert [one.status for one in receipts(whatsapp, connector)] == ["sent"]
    ana.comes_online()
    assert [one.status for one in receipts(whatsapp, connector)] == ["delivered"]
    ana.blocks(acme)
    run(connector.send(outbound(whatsapp, thread=ana.wa_id)))
    assert [one.status for one in receipts(whatsapp, connector)] == ["sent"]
    ana.leaves()
    run(connector.send(outbound(whatsapp, thread=ana.wa_id)))
    run(connector.send(outbound(whatsapp, thread="34600000000")))
    told = receipts(whatsapp, connector)
    assert [(one.status, one.error_class) for one in told] == [("failed", "permanent")] * 2


def test_who_opted_out_gets_no_marketing(whatsapp, run, connector, acme, ana):
    """Marketing fails for who wants none; what was asked for arrives."""
    acme.has_template("offer", "Buy!", category="MARKETING")
    ana.wants_no_offers()
    assert receipts(whatsapp, connector) == []
    extra = {"template": template("offer", "en_US")}
    run(connector.send(outbound(whatsapp, thread=ana.wa_id, text="", extra=extra)))
    (failed,) = receipts(whatsapp, connector)
    assert failed.error_class == "policy"
    run(connector.send(outbound(whatsapp, thread=ana.wa_id)))
    assert len(list(whatsapp)) == 1
