"""Receivers that others wrote take what the fake pushes for WhatsApp's, over real HTTP."""

import json
import logging
import threading
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import heyoo
import pytest
import pywa
import pywa.errors
from pywa import handlers, types

from scskit.plugins import WebhookResponse


@pytest.fixture
def ana(whatsapp):
    """Let a customer write."""
    person = whatsapp.customer("ana")
    person.writes("Where is my parcel?")
    return person


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
