"""Clients and receivers that others wrote take the fake for WhatsApp, over real HTTP."""

import json
import logging
import threading
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import heyoo
import httpx
import pytest
import pywa
import pywa.errors
from pywa import handlers, types
from pywa.types import templates as t

from scskit.plugins import WebhookResponse


@pytest.fixture
def url(whatsapp):
    """Serve the network."""
    with whatsapp.serve() as served:
        yield served.url


@pytest.fixture
def pywa_client(whatsapp, acme, url):
    """Give pywa, of which nothing but the address is another."""
    with httpx.Client(trust_env=False, timeout=30) as session:
        client = pywa.WhatsApp(
            phone_id=acme.id,
            token=acme.token.value,
            session=session,
            waba_id=acme.business.id,
            server=None,
            verify_token=whatsapp.verify_token,
            app_secret=whatsapp.secret,
            continue_handling=True,
        )
        session.base_url = f"{url}/v25.0"
        yield client


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


# pywa as a receiver.


@contextmanager
def receiving(client):
    """Put pywa's own handlers behind an address, as its documentation says."""

    class Receiver(BaseHTTPRequestHandler):
        def do_GET(self):
            query = {
                name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()
            }
            token, challenge = query.get("hub.verify_token"), query.get("hub.challenge")
            self._answer(*client.webhook_challenge_handler(token, challenge))

        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            refused = client.webhook_update_validator(body, self.headers["x-hub-signature-256"])
            self._answer(*(refused or client.webhook_update_handler(body)))

        def _answer(self, text, status):
            self.send_response(status)
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def got(whatsapp, pywa_client, acme):
    """Let pywa take what is pushed, and return what it made of it."""
    found = []
    for handler in handlers.Handler.__subclasses__():
        for kind in handler.__subclasses__() or [handler]:
            pywa_client.add_handlers(kind(lambda _, update: found.append(update)))
    with receiving(pywa_client) as hook:
        done = pywa_client.api.set_waba_alternate_callback_url(
            acme.business.id, hook, whatsapp.verify_token
        )
        assert done == {"success": True}
        yield found


def kinds(got):
    return Counter(type(one).__name__ for one in got if not isinstance(one, types.RawUpdate))


def test_pywa_refuses_a_handshake_with_another_token(whatsapp, pywa_client, acme):
    """A receiver that expects another token is not pushed to."""
    with receiving(pywa_client) as hook, pytest.raises(pywa.errors.WhatsAppError):
        pywa_client.api.set_waba_alternate_callback_url(acme.business.id, hook, "wrong")
    assert acme.business.override == ""


def test_pywa_refuses_another_signature(whatsapp, got, ana):
    """What was signed with another secret is not taken, and comes again until it is."""
    right, whatsapp.secret = whatsapp.secret, "somebody-else"
    (attempt,) = whatsapp.deliveries.pump()
    assert (attempt.status, got) == (403, [])
    whatsapp.secret = right
    assert [one.accepted for one in whatsapp.deliveries.drain()] == [True]
    assert kinds(got) == {"Message": 1}


def test_pywa_reads_all_that_people_send(whatsapp, pywa_client, got, caplog):
    """Every inbound type that pywa has a name for is parsed by it, and means what was done."""
    caplog.set_level(logging.WARNING, "pywa")
    ana = whatsapp.customer("ana", username="ana.a")
    first = ana.writes("Hello?", referral={"source_type": "ad", "source_id": "1"})
    ana.writes("Look", forwarded=9)
    ana.writes("And this", on=first)
    for kind in ("image", "video", "audio", "document", "sticker"):
        ana.sends(kind, filename="f.pdf" if kind == "document" else "")
    ana.shares_place(37.4, -122.2, name="Here")
    ana.shares_contact("Ben", "+34 600 111 222")
    ana.orders({"sku-1": 2})
    ana.sends_unsupported("poll")
    ana.reacts(on=first)
    ana.reacts(on=first, emoji="")
    buttons = [types.Button("Yes", "y"), types.Button("No", "n")]
    offered = pywa_client.send_message(ana.wa_id, "Sure?", buttons=buttons)
    ana.chooses(on=whatsapp.messages[offered.id], choice="No")
    rows = types.SectionList("Choose", [types.Section("Days", [types.SectionRow("Mon", "m")])])
    listed = pywa_client.send_message(ana.wa_id, "When?", buttons=rows)
    ana.chooses(on=whatsapp.messages[listed.id], choice="m")
    ana.fills_in(on=whatsapp.messages[listed.id], answers={"size": "L"})
    ana.answers_call_request(on=whatsapp.messages[listed.id])
    first.edited("Hello!")
    first.deleted()
    ana.wants_no_offers()
    ana.changes_device()
    ana.changes_number()
    ana.changes_user_id()
    assert all(attempt.accepted for attempt in whatsapp.deliveries.drain())
    assert caplog.records == []
    assert kinds(got) == {
        "Message": 14,
        "CallbackButton": 1,
        "CallbackSelection": 1,
        "FlowCompletion": 1,
        "CallPermissionUpdate": 1,
        "EditedMessage": 1,
        "DeletedMessage": 1,
        "UserMarketingPreferences": 1,
        "IdentityChange": 1,
        "PhoneNumberChange": 2,
        "MessageStatus": 4,
    }
    messages = [one for one in got if isinstance(one, types.Message)]
    assert (messages[0].text, messages[0].from_user.username) == ("Hello?", "ana.a")
    assert messages[1].forwarded_many_times
    assert messages[2].reply_to_message.id == first.id
    (edited,) = [one for one in got if isinstance(one, types.EditedMessage)]
    assert (edited.original_message_id, edited.message.text) == (first.id, "Hello!")
    (chosen,) = [one for one in got if isinstance(one, types.CallbackButton)]
    assert (chosen.title, chosen.data) == ("No", "n")


def test_pywa_reads_who_hides_the_phone_number(whatsapp, got, caplog):
    """A person without a phone number is known by the user id alone."""
    caplog.set_level(logging.WARNING, "pywa")
    ben = whatsapp.customer("ben")
    ben.writes("Hello?")
    ben.adopts("ben.b")
    ben.writes("It is me")
    whatsapp.deliveries.drain()
    before, after = [one.from_user for one in got if isinstance(one, types.Message)]
    assert (before.wa_id, after.wa_id) == (ben.wa_id, None)
    assert before.bsuid == after.bsuid == ben.user_id
    assert caplog.records == []


def test_pywa_reads_statuses_and_why_a_message_failed(whatsapp, pywa_client, acme, got, ana):
    """Each status comes with what was given along, and a failure with its code."""
    sent = pywa_client.send_message(ana.wa_id, "Hello!", tracker="our-1")
    ana.reads()
    voice = pywa_client.send_audio(ana.wa_id, "https://acme.example/voice.ogg")
    ana.plays(on=whatsapp.messages[voice.id])
    acme.will_fail(131049)
    pywa_client.send_message(ana.wa_id, "Buy!")
    pywa_client.send_message("34600000000", "Is anybody there?")
    whatsapp.clock.advance(timedelta(hours=24))
    pywa_client.send_message(ana.wa_id, "Too late")
    whatsapp.deliveries.drain()
    statuses = [one for one in got if isinstance(one, types.MessageStatus)]
    assert [one.status for one in statuses if one.id == sent.id] == ["sent", "delivered", "read"]
    assert {one.tracker for one in statuses if one.id == sent.id} == {"our-1"}
    assert [one.status for one in statuses if one.id == voice.id][-1] == "played"
    assert [type(one.error) for one in statuses if one.status == "failed"] == [
        pywa.errors.WhatsAppError if code is None else code
        for code in (
            pywa.errors.WhatsAppError._get_exception(131049),  # noqa: SLF001  whatever pywa calls it
            pywa.errors.MessageUndeliverable,
            pywa.errors.ReEngagementMessage,
        )
    ]


def test_pywa_reads_what_the_phones_app_sends(whatsapp, acme, ana, got, caplog):
    """Echoes, their edits and deletions are the business's own."""
    caplog.set_level(logging.WARNING, "pywa")
    echo = acme.writes(to=ana, text="It is on its way.")
    echo.edited("It is here.")
    echo.deleted()
    acme.is_restricted()
    template = acme.has_template("late", "Later")
    template.becomes("PAUSED", reason="NONE")
    whatsapp.deliveries.drain()
    assert caplog.records == []
    found = kinds(got)
    assert (found["OutgoingMessage"], found["OutgoingEditedMessage"]) == (1, 1)
    assert (found["OutgoingDeletedMessage"], found["AccountUpdate"]) == (1, 1)
    assert found["TemplateStatusUpdate"] == 1
    (out,) = [one for one in got if type(one) is types.OutgoingMessage]
    assert (out.text, out.to_user.wa_id) == ("It is on its way.", ana.wa_id)


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


def test_heyoo_reads_what_is_pushed(whatsapp, ana):
    """Its helpers find what they look for in the bodies of the fake."""
    bodies = []

    def take(request):
        bodies.append(json.loads(request.body))
        return WebhookResponse.text("ok")

    ana.shares_place(37.4, -122.2)
    whatsapp.deliveries.drain(take)
    client = heyoo.WhatsApp("token", "1")
    assert client.get_message(bodies[0]) == "Where is my parcel?"
    assert (client.get_mobile(bodies[0]), client.get_name(bodies[0])) == (ana.wa_id, "ana")
    assert client.get_location(bodies[1]) == {"latitude": 37.4, "longitude": -122.2}
    assert client.changed_field(bodies[0]) == "messages"
