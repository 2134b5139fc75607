"""Clients that others wrote take the fake for WhatsApp, unchanged, over real HTTP."""

from datetime import timedelta

import heyoo
import pytest
import pywa
import pywa.errors
from pywa import types
from pywa.types import templates as t


@pytest.fixture
def ana(whatsapp):
    """Let a customer write."""
    person = whatsapp.customer("ana")
    person.writes("Where is my parcel?")
    return person


# pywa as a client.


def test_pywa_sends_everything(whatsapp, pywa_client, ana):
    """Each kind of message that pywa sends is there, once, as it was meant."""
    question = next(iter(whatsapp.messages.values()))
    send, to = pywa_client, ana.wa_id
    first = send.send_message(to, "Hello!", tracker="our-1", reply_to_message_id=question.id)
    assert first.to == to
    yes_no = [types.Button("Yes", "y"), types.Button("No", "n")]
    rows = [types.Section("Days", [types.SectionRow("Monday", "mon")])]
    send.send_message(to, "Sure?", buttons=yes_no)
    send.send_message(to, "When?", buttons=types.SectionList("Choose", rows))
    send.send_image(to, b"\x89PNG", caption="Look", mime_type="image/png")
    send.send_document(to, "https://acme.example/bill.pdf", filename="bill.pdf")
    send.send_location(to, 37.4, -122.2, name="Here")
    send.send_contact(to, types.Contact(name=types.Contact.Name("Ben", first_name="Ben")))
    send.send_reaction(to, "👍", question.id)
    send.send_template(to, "hello_world", t.TemplateLanguage.ENGLISH_US, [])
    assert [sent.extra["type"] for sent in whatsapp] == [
        *("text", "interactive", "interactive", "image", "document", "location", "contacts"),
        *("reaction", "template"),
    ]
    sent = whatsapp.sent[0]
    assert (sent.id, sent.answers, sent.text) == (first.id, question.id, "Hello!")
    assert sent.extra["biz_opaque_callback_data"] == "our-1"
    assert {sent.extra["status"] for sent in whatsapp} == {"delivered"}


def test_pywa_answers_who_has_no_phone_number(whatsapp, pywa_client):
    """A user id is a recipient as good as a number."""
    ben = whatsapp.customer("ben", hides_phone=True)
    ben.writes("Hello?")
    sent = pywa_client.send_message(ben.user_id, "Hello!")
    assert (sent.to, [one.id for one in whatsapp]) == (ben.user_id, [sent.id])


def test_pywa_marks_messages_as_read(whatsapp, pywa_client, ana):
    """Reading and typing are taken."""
    message = ana.writes("Hello?")
    pywa_client.mark_message_as_read(message.id)
    assert message.seen
    later = ana.writes("Hello??")
    pywa_client.indicate_typing(later.id)
    assert later.seen


def test_pywa_uploads_and_fetches_media(whatsapp, pywa_client, ana, tmp_path):
    """What goes up can be fetched again byte for byte, and deleted."""
    photo = ana.sends("image", content="a photo")
    url = pywa_client.get_media_url(photo.content["id"])
    assert pywa_client.get_media_bytes(url.url) == b"a photo"
    saved = pywa_client.download_media(url=url.url, path=tmp_path, filename="photo.jpg")
    assert saved.read_bytes() == b"a photo"
    up = pywa_client.upload_media(b"%PDF", mime_type="application/pdf", filename="bill.pdf")
    assert pywa_client.get_media_url(up.id).sha256 == whatsapp.media[up.id].hex
    assert pywa_client.delete_media(up.id)
    with pytest.raises(pywa.errors.WhatsAppError):
        pywa_client.get_media_url(up.id)


def test_pywa_reads_and_changes_what_the_business_has(whatsapp, pywa_client, acme, ana):
    """Numbers, profile, templates, blocks and webhooks are administered as pywa does it."""
    whatsapp.account("sales")
    assert pywa_client.get_business_phone_number().id == acme.id
    assert [one.id for one in pywa_client.get_business_phone_numbers()] == list(whatsapp.numbers)
    assert pywa_client.get_business_account().id == acme.business.id
    assert pywa_client.update_business_profile(
        about="We answer.", websites=["https://acme.example"]
    )
    assert pywa_client.get_business_profile().about == "We answer."
    body = t.BodyText("Your parcel {{1}} is here.", "42")
    made = pywa_client.create_template(
        t.Template(
            name="parcel",
            category=t.TemplateCategory.UTILITY,
            language=t.TemplateLanguage.ENGLISH_US,
            components=[body],
            parameter_format=t.ParamFormat.POSITIONAL,
        )
    )
    assert made.status == t.TemplateStatus.PENDING
    whatsapp.clock.advance(timedelta(minutes=1))
    found = {one.name: one.status for one in pywa_client.get_templates()}
    assert found == dict.fromkeys(("hello_world", "parcel"), t.TemplateStatus.APPROVED)
    assert pywa_client.get_template(made.id).name == "parcel"
    pywa_client.send_template(
        ana.wa_id, "parcel", t.TemplateLanguage.ENGLISH_US, [body.params("7")]
    )
    assert whatsapp.sent[-1].text == "Your parcel 7 is here."
    assert pywa_client.delete_template("parcel")
    assert [one.name for one in pywa_client.get_templates()] == ["hello_world"]
    pywa_client.block_users([ana.wa_id])
    assert [one.wa_id for one in pywa_client.get_blocked_users()] == [ana.wa_id]
    pywa_client.unblock_users([ana.wa_id])
    assert acme.blocked == set()


def test_pywa_sets_up_a_number(whatsapp, pywa_client, acme):
    """The shop, what people are offered at first, and the number itself."""
    assert pywa_client.get_commerce_settings().is_cart_enabled is True
    assert pywa_client.update_commerce_settings(is_catalog_visible=True, is_cart_enabled=False)
    settings = pywa_client.get_commerce_settings()
    assert (settings.is_catalog_visible, settings.is_cart_enabled) == (True, False)
    commands = [pywa.types.Command(name="status", description="Where is my parcel?")]
    assert pywa_client.update_conversational_automation(["Where is it?"], commands)
    told = pywa_client.get_business_phone_number().conversational_automation
    assert [one.name for one in told.commands] == ["status"]
    with pytest.raises(pywa.errors.WhatsAppError, match="80 characters"):
        pywa_client.update_conversational_automation(["x" * 81])
    with pytest.raises(pywa.errors.WhatsAppError, match="a name and a description"):
        pywa_client.update_conversational_automation(
            [], [pywa.types.Command(name="a b", description="x")]
        )
    assert pywa_client.deregister_phone_number()
    with pytest.raises(pywa.errors.WhatsAppError, match="six digits"):
        pywa_client.register_phone_number("12")
    assert not acme.registered
    assert pywa_client.register_phone_number("123456")


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (130429, pywa.errors.RateLimitHit),
        (131056, pywa.errors.TooManyMessages),
        (131031, pywa.errors.AccountLocked),
        (131030, pywa.errors.RecipientNotInAllowedList),
        (190, pywa.errors.ExpiredAccessToken),
    ],
)
def test_pywa_knows_the_errors(whatsapp, pywa_client, acme, ana, code, error):  # noqa: PLR0913, PLR0917  fixtures
    """A refusal is the one that pywa has a name for."""
    acme.will_refuse(code)
    with pytest.raises(error) as caught:
        pywa_client.send_message(ana.wa_id, "Hello!")
    assert caught.value.fbtrace_id
    assert whatsapp.sent == []


def test_pywa_is_refused_what_has_no_form(pywa_client, ana):
    """Too many buttons, too long a text and an unknown template are told at once."""
    four = [types.Button(str(number), str(number)) for number in range(4)]
    with pytest.raises(pywa.errors.InvalidParameter, match="Max allowed buttons: 3"):
        pywa_client.send_message(ana.wa_id, "?", buttons=four)
    with pytest.raises(pywa.errors.WhatsAppError, match="4096"):
        pywa_client.send_message(ana.wa_id, "x" * 4097)
    with pytest.raises(pywa.errors.TemplateNotExists):
        pywa_client.send_template(ana.wa_id, "nothing", t.TemplateLanguage.SPANISH, [])


# heyoo.


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # it closes no file
def test_heyoo_sends_reads_and_fetches(whatsapp, acme, ana, url, tmp_path):
    """An older client, which knows nothing of user ids, works as well."""
    client = heyoo.WhatsApp(acme.token.value, acme.id)
    client.base_url, client.v15_base_url = f"{url}/v14.0", f"{url}/v15.0"
    client.url = f"{client.base_url}/{acme.id}/messages"
    question = ana.writes("Hello?")
    answered = client.reply_to_message(question.id, ana.wa_id, "Hello!")
    assert answered["messages"][0]["id"] == whatsapp.sent[0].id
    client.send_template("hello_world", ana.wa_id, components=[])
    client.send_location("37.4", "-122.2", "Here", "Street 1", ana.wa_id)
    client.send_image("https://acme.example/a.jpg", ana.wa_id, caption="Look")
    button = {"header": "Days", "body": "When?", "footer": "f"}
    rows = {"button": "Choose", "sections": [{"title": "D", "rows": [{"id": "1", "title": "Mon"}]}]}
    client.send_button({**button, "action": rows}, ana.wa_id)
    assert [sent.extra["status"] for sent in whatsapp] == ["delivered"] * 5
    assert client.mark_as_read(question.id) == {"success": True}
    assert question.seen
    up = tmp_path / "a.png"
    up.write_bytes(b"\x89PNG")
    id_ = client.upload_media(str(up))["id"]
    assert client.query_media_url(id_).startswith(url)
    assert client.delete_media(id_)
