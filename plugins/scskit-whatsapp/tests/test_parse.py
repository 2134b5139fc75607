"""Bodies here are made up; only their shapes are Meta's."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scskit.plugins import Deletion, Edit, Message, Receipt, Signal, Unreadable, WebhookRequest
from scskit.testing.payloads import differences, read_bodies
from scskit_whatsapp.config import read_config
from scskit_whatsapp.connector import WhatsAppConnector

SHARED = Path(os.environ.get("SCSKIT_SHARED") or Path(__file__).parents[4] / "shared")
ABSENT = pytest.mark.skip(f"there are no recorded bodies in {SHARED}; set SCSKIT_SHARED")
BODIES = read_bodies(SHARED / "payloads" / "whatsapp")

CONNECTOR = WhatsAppConnector()
NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
ANA = {"wa_id": "34600111222", "user_id": "ES.1234567890", "profile": {"name": "Ana Ruiz"}}


def parse(body):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return CONNECTOR.parse(WebhookRequest(method="POST", received_at=NOW, body=content))


def change(number="1055", field="messages", **value):
    metadata = {"display_phone_number": "34910000000", "phone_number_id": number}
    value = {"messaging_product": "whatsapp", "metadata": metadata, "contacts": [ANA], **value}
    return {"field": field, "value": value}


def body(*changes, **head):
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": "77", **head, "changes": list(changes)}],
    }


def message(type_="text", **given):
    content = {"text": {"text": {"body": "Where is my parcel?"}}}.get(type_, {})
    return (
        {"id": "wamid.A", "from": "34600111222", "timestamp": "1793610000", "type": type_}
        | content
        | given
    )


def one(*messages, **given):
    (found,) = parse(body(change(messages=list(messages), **given)))
    return found


@pytest.mark.parametrize(
    "recorded", BODIES or [pytest.param(None, marks=ABSENT)], ids=lambda b: b and b.name
)
def test_recorded_bodies_are_understood(recorded):
    """What Meta and others really sent is extracted as people extracted it."""
    assert differences(recorded, parse(recorded.content)) == []


def test_a_text_is_a_private_message_of_its_writer():
    """Who wrote, when, what, and in which conversation."""
    found = one(message())
    assert isinstance(found, Message)
    assert (found.account, found.external_id, found.text) == (
        "whatsapp.1055",
        "wamid.A",
        "Where is my parcel?",
    )
    assert (found.author.external_id, found.author.name) == ("34600111222", "Ana Ruiz")
    assert found.posted_at == datetime(2026, 11, 2, 9, tzinfo=UTC)
    assert (found.kind, found.visibility, found.direction, found.thread) == (
        "direct_message",
        "private",
        "inbound",
        "34600111222",
    )
    assert found.extra == {"author_alt_ids": ["ES.1234567890"]}


@pytest.mark.parametrize(
    ("type_", "content", "text", "attachment"),
    [
        (
            "image",
            {"id": "9", "mime_type": "image/jpeg", "caption": "broken"},
            "broken",
            ("image", "9"),
        ),
        ("video", {"id": "9"}, "", ("video", "9")),
        ("audio", {"id": "9", "voice": True}, "", ("audio", "9")),
        ("document", {"id": "9", "filename": "bill.pdf"}, "", ("file", "9")),
        ("sticker", {"id": 9, "animated": False}, "", ("sticker", "9")),
        ("location", {"latitude": 40.4, "longitude": -3.7}, "", ("location", "")),
        ("button", {"text": "Stop", "payload": "STOP"}, "Stop", None),
        (
            "interactive",
            {"type": "button_reply", "button_reply": {"id": "b", "title": "Yes"}},
            "Yes",
            None,
        ),
        (
            "interactive",
            {"type": "list_reply", "list_reply": {"id": "r", "title": "Two"}},
            "Two",
            None,
        ),
        (
            "interactive",
            {
                "type": "nfm_reply",
                "nfm_reply": {"name": "flow", "body": "Sent", "response_json": "{}"},
            },
            "Sent",
            None,
        ),
        (
            "interactive",
            {"type": "call_permission_reply", "call_permission_reply": {"response": "accept"}},
            "",
            None,
        ),
        (
            "order",
            {"catalog_id": "c", "text": "two, please", "product_items": []},
            "two, please",
            None,
        ),
        ("interactive", {"button_reply": {"id": "b", "title": "Yes"}}, "Yes", None),
        ("voice", {"id": "9", "mime_type": "audio/ogg"}, "", ("audio", "9")),
        ("contacts", [{"name": {"formatted_name": "Luis"}}], "", None),
        ("unsupported", {"type": "poll"}, "", None),
        ("something_new", {"any": "thing"}, "", None),
    ],
)
def test_every_kind_of_message_reaches_an_agent(type_, content, text, attachment):
    """Whatever a person sends is a message, also what this version does not know."""
    found = one(message(type_, **{type_: content}))
    assert (type(found), found.text, found.extra["type"]) == (Message, text, type_)
    assert [(a.kind, a.external_id) for a in found.attachments] == (
        [attachment] if attachment else []
    )


@pytest.mark.parametrize(
    "type_", ["text", "image", "interactive", "button", "order", "location", "contacts"]
)
def test_a_message_without_its_content_is_kept_and_not_made_empty(type_):
    """A message whose content is not there is put aside with its reason."""
    given = message(type_)
    given.pop(type_, None)
    assert one(given).reason == f"{type_} is missing or malformed"


@pytest.mark.parametrize("type_", ["text", "image", "interactive"])
def test_a_message_whose_content_whatsapp_lost_reaches_an_agent(type_):
    """Where WhatsApp says that it could not hand it over, it still shows that something came."""
    given = message(type_, errors=[{"code": 131052, "title": "Not downloaded"}])
    given.pop(type_, None)
    found = one(given)
    assert (found.external_id, found.text, found.attachments) == ("wamid.A", "", ())
    assert found.extra["errors"] == given["errors"]


@pytest.mark.parametrize("filled", [{"size": "M"}, '{"size": "M"}'])
def test_a_form_keeps_what_was_filled_in(filled):
    """The answers are JSON text, also where they come as an object."""
    reply = {"type": "nfm_reply", "nfm_reply": {"body": "Sent", "response_json": filled}}
    assert one(message("interactive", interactive=reply)).extra["postback"] == '{"size": "M"}'


def test_a_choice_keeps_what_the_machine_said():
    """The id of the button is beside its title."""
    reply = {"type": "button_reply", "button_reply": {"id": "yes-1", "title": "Yes"}}
    assert one(message("interactive", interactive=reply)).extra["postback"] == "yes-1"


def test_an_answer_names_what_it_answers():
    """A quoted message is the parent."""
    assert one(message(context={"id": "wamid.Q", "from": "34910000000"})).parent == "wamid.Q"
    assert one(message(context={"forwarded": True})).parent is None


def test_a_person_without_a_phone_number_has_a_user_id():
    """Whoever hides the phone number is known by the user id, and answered there."""
    hidden = {"user_id": "ES.1234567890", "profile": {"name": "Ana", "username": "ana.r"}}
    given = {k: v for k, v in message().items() if k != "from"} | {"from_user_id": "ES.1234567890"}
    found = one(given, contacts=[hidden])
    assert (found.author.external_id, found.author.handle) == ("ES.1234567890", "ana.r")
    assert (found.thread, "author_alt_ids" in found.extra) == ("ES.1234567890", False)


def test_contacts_need_not_stand_in_the_order_of_messages():
    """Names go to whom they belong, by id and not by place."""
    luis = {"wa_id": "34600999888", "profile": {"name": "Luis"}}
    messages = [message(), message(id="wamid.B", **{"from": "34600999888"})]
    found = parse(body(change(messages=messages, contacts=[luis, ANA])))
    assert [m.author.name for m in found] == ["Ana Ruiz", "Luis"]


def test_nobody_is_given_the_name_of_somebody_else():
    """The only contact of a body is not the writer where the ids say otherwise."""
    assert one(message(**{"from": "34600999888"})).author.name == ""


def test_what_the_business_sends_to_itself_is_an_echo():
    """A message from our own number is not a customer's."""
    found = one(message(**{"from": "34910000000"}))
    assert (found.direction, found.addressed_to) == ("outbound", "34600111222")
    listed = one(message(**{"from": "34910000000"}), contacts=[{"wa_id": "34910000000"}])
    assert (listed.direction, listed.thread) == ("inbound", "34910000000")


def test_a_group_is_one_conversation():
    """What several people write in a group is one thread."""
    assert one(message(group_id="grp-1")).thread == "grp-1"


def test_several_numbers_in_one_body_are_several_accounts():
    """One webhook serves all numbers of the business."""
    found = parse(body(change("1", messages=[message()]), change("2", messages=[message()])))
    assert [m.account for m in found] == ["whatsapp.1", "whatsapp.2"]


def test_one_bad_message_of_a_batch_loses_none_of_the_others():
    """In a batch of a thousand, the broken one is kept for later and the others go on."""
    batch = [message(id=f"wamid.{number}") for number in range(999)]
    batch.insert(500, {"id": "wamid.X", "timestamp": "1793610000"})
    found = parse(body(change(messages=batch)))
    assert [type(item) for item in found].count(Message) == 999
    (lost,) = [item for item in found if isinstance(item, Unreadable)]
    assert lost.reason == "type is missing"
    assert lost.payload["entry"][0]["changes"][0]["value"]["messages"] == [batch[500]]


def test_a_message_that_was_put_aside_can_be_handed_in_again():
    """Once the number is configured, what was kept is read as if it came now."""
    strict = WhatsAppConnector(read_config({"accounts": {"care": {"phone_number_id": "2"}}}))
    request = WebhookRequest(
        method="POST", received_at=NOW, body=json.dumps(body(change(messages=[message()]))).encode()
    )
    (lost,) = strict.parse(request)
    assert lost.reason == "no account has phone_number_id 1055"
    assert [item.text for item in parse(lost.payload)] == ["Where is my parcel?"]


def test_an_edit_brings_the_new_text_and_a_revocation_takes_it_away():
    """Changes are about the message they change, not new content."""
    edit = {
        "original_message_id": "wamid.O",
        "message": {"type": "text", "text": {"body": "Mended"}},
    }
    found = one(message("edit", id="wamid.E", edit=edit))
    assert (type(found), found.target, found.text) == (Edit, "wamid.O", "Mended")
    gone = one(message("revoke", revoke={"original_message_id": "wamid.O"}))
    assert (type(gone), gone.target) == (Deletion, "wamid.O")
    assert {found.visibility, gone.visibility} == {"private"}
    assert {found.direction, gone.direction} == {"inbound"}
    assert found.author == gone.author is not None


def test_a_reaction_is_no_message():
    """An emoji, and its removal, are told about the message they stand on."""
    found = one(message("reaction", reaction={"message_id": "wamid.O", "emoji": "👍"}))
    assert (found.event, found.target, found.detail) == ("reaction", "wamid.O", {"emoji": "👍"})
    for empty in ({"message_id": "wamid.O"}, {"message_id": "wamid.O", "emoji": ""}):
        assert one(message("reaction", reaction=empty)).event == "unreaction"


@pytest.mark.parametrize(
    ("system", "new"),
    [
        ({"type": "user_changed_number", "wa_id": "34600777666"}, "34600777666"),
        ({"type": "user_changed_number", "new_wa_id": "34600777666"}, "34600777666"),
        ({"type": "user_changed_user_id", "user_id": "ES.99"}, "ES.99"),
        ({"type": "customer_identity_changed"}, None),
    ],
)
def test_a_changed_identity_is_told_and_opens_no_case(system, new):
    """A new number or id is the connector's word on who somebody is now."""
    found = one(message("system", system=system))
    assert (type(found), found.event) == (Signal, f"system:{system['type']}")
    assert found.author.external_id == "34600111222"
    assert found.detail.get("new_author_id") == new


def test_opening_a_chat_is_no_message():
    """Somebody who wrote nothing yet has no case."""
    welcome = {"from": "34600111222", "timestamp": "1793610000", "type": "request_welcome"}
    assert one(welcome).event == "request_welcome"


@pytest.mark.parametrize("field", ["smb_message_echoes", "message_echoes"])
def test_what_the_phone_app_sends_is_our_own(field):
    """In coexistence, answers from the phone come back as echoes to whom they went."""
    echo = {"id": "wamid.P", "from": "34910000001", "to": "34600111222", "timestamp": "1793610000"}
    echo |= {"type": "text", "text": {"body": "On its way"}}
    (found,) = parse(body(change(field=field, message_echoes=[echo])))
    assert (found.direction, found.addressed_to, found.thread) == (
        "outbound",
        "34600111222",
        "34600111222",
    )
    assert found.author.external_id == "34910000001"
    echo |= {"type": "reaction", "reaction": {"message_id": "wamid.O", "emoji": "👍"}}
    (found,) = parse(body(change(field=field, message_echoes=[echo])))
    assert (found.author.external_id, found.detail["is_echo"]) == ("34910000001", True)


@pytest.mark.parametrize(
    ("status", "delivery"),
    [("sent", "sent"), ("delivered", "delivered"), ("read", "read"), ("played", "read")],
)
def test_statuses_are_receipts(status, delivery):
    """How far a message came, and what we gave Meta along with it."""
    given = {
        "id": "wamid.O",
        "status": status,
        "timestamp": "1793610000",
        "biz_opaque_callback_data": "out-1",
    }
    (found,) = parse(body(change(statuses=[given])))
    assert (type(found), found.target, found.status) == (Receipt, "wamid.O", delivery)
    assert (found.reference, found.event) == ("out-1", f"status:{status}")


@pytest.mark.parametrize(
    ("code", "error_class"),
    [
        (131047, "window"),
        (131056, "rate_limit"),
        (131049, "policy"),
        (131042, "billing"),
        (131026, "permanent"),
        (7, "permanent"),
    ],
)
def test_a_failure_after_success_says_why(code, error_class):
    """Most failures come by webhook: classified like those that come at once."""
    errors = [{"code": code, "title": "No", "error_data": {"details": "Too late."}}]
    given = {"id": "wamid.O", "status": "failed", "timestamp": "1793610000", "errors": errors}
    (found,) = parse(body(change(statuses=[given])))
    assert (found.status, found.error_class) == ("failed", error_class)
    assert found.detail == f"No ({code}): Too late."


def test_a_failure_without_a_reason_is_a_failure():
    """A status that says no more than failed is not lost."""
    (found,) = parse(body(change(statuses=[{"id": "wamid.O", "status": "failed"}])))
    assert (found.status, found.error_class) == ("failed", "permanent")


@pytest.mark.parametrize("status", ["deleted", "warning", "whatever"])
def test_other_statuses_are_no_receipts(status):
    """Values that are no step of a delivery are told and change nothing."""
    (found,) = parse(body(change(statuses=[{"id": "wamid.O", "status": status}])))
    assert (found.event, found.target) == (f"status:{status}", "wamid.O")


@pytest.mark.parametrize(
    "field", ["account_update", "message_template_status_update", "history", "calls"]
)
def test_news_about_the_account_is_told(field):
    """What is about the account and not about a message opens no case."""
    (found,) = parse(body({"field": field, "value": {"event": "X"}}))
    assert (type(found), found.event, found.account) == (Signal, f"account:{field}", "whatsapp.77")
    assert found.visibility == ("private" if field == "calls" else None)


def test_new_user_ids_are_told_one_by_one():
    """A notice may name several people; what is not built as it should costs the others nothing."""
    updates = [
        {"user_id": {"previous": "ES.1", "current": "ES.2"}, "timestamp": "1793610000"},
        "broken",
        {"user_id": {"previous": "ES.3", "current": "ES.4"}, "wa_id": "34600999888"},
        {"user_id": {"current": "ES.5"}},
    ]
    found = parse(body(change(field="user_id_update", user_id_update=updates)))
    assert {one.event for one in found} == {"account:user_id_update"}
    assert [one.same_person for one in found] == [
        ("ES.1", "ES.2"),
        ("ES.3", "34600999888", "ES.4"),
        (),
    ]


def test_a_message_without_a_time_has_its_entrys_or_ours():
    """Where Meta tells no time, the delivery's own is taken."""
    given = message()
    given.pop("timestamp")
    (told,) = parse(body(change(messages=[given]), time=1793600000))
    assert told.posted_at == datetime.fromtimestamp(1793600000, UTC)
    (ours,) = parse(body(change(messages=[given])))
    assert ours.posted_at == NOW


def test_a_message_without_an_id_is_the_same_when_it_comes_again():
    """An id is made from the content, so that a redelivery is a duplicate."""
    given = message()
    given.pop("id")
    assert (
        one(given).external_id == one(given).external_id != one(given | {"from": "1"}).external_id
    )
