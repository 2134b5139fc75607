import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scskit.plugins import Deletion, Edit, Message, Receipt, Signal, WebhookRequest
from scskit.plugins.registry import load_registry
from scskit.testing.payloads import differences, read_bodies

SHARED = Path(os.environ.get("SCSKIT_SHARED") or Path(__file__).parents[4] / "shared")
ABSENT = pytest.mark.skip(f"there are no recorded bodies in {SHARED}; set SCSKIT_SHARED")
RECORDED = [
    pytest.param(network, body, id=body.name)
    for network in ("facebook", "instagram")
    for body in read_bodies(SHARED / "payloads" / network)
]
NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(("network", "body"), RECORDED or [pytest.param("", None, marks=ABSENT)])
def test_recorded_bodies_are_understood(network, body):
    """What Meta and others really sent is extracted as people extracted it."""
    connector = load_registry(strict=True).connectors[network].connector
    request = WebhookRequest(method="POST", received_at=NOW, body=body.content)
    assert differences(body, connector.parse(request)) == []


@pytest.fixture(params=["page", "instagram"])
def told(request, parse):
    """Read one event of a conversation, on both networks."""

    def make(list_name="messaging", **event):
        ends = {"sender": {"id": "7001"}, "recipient": {"id": "100"}, "timestamp": 1793606400000}
        (found,) = parse(request.param, **{list_name: [ends | event]})
        return found

    return make


def test_a_message_is_private_and_of_its_sender(told):
    """Who wrote, when, what; the conversation is named by the person's id."""
    found = told(message={"mid": "m_1", "text": "Hello?"})
    assert (type(found), found.external_id, found.text) == (Message, "m_1", "Hello?")
    assert (found.kind, found.visibility, found.direction) == (
        "direct_message",
        "private",
        "inbound",
    )
    assert (found.author.external_id, found.thread, found.addressed_to) == ("7001", "7001", None)
    assert found.posted_at == datetime(2026, 11, 2, 8, tzinfo=UTC)


def test_our_own_messages_come_back_as_echoes(told):
    """An echo is known by Meta's word, or by who sent it where that is missing.

    It goes to the customer, and keeps what we sent along.
    """
    echo = {"mid": "m_2", "text": "Hi", "is_echo": True, "app_id": 5, "metadata": "out-1"}
    found = told(sender={"id": "100"}, recipient={"id": "7001"}, message=echo)
    assert (found.direction, found.addressed_to, found.thread) == ("outbound", "7001", "7001")
    assert found.extra == {"app_id": "5", "metadata": "out-1"}
    bare = told(sender={"id": "100"}, recipient={"id": "7001"}, message={"mid": "m_3"})
    assert (bare.direction, bare.addressed_to, bare.thread) == ("outbound", "7001", "7001")
    pressed = {"mid": "m_5", "title": "Go", "payload": "GO"}
    trying = told(sender={"id": "100"}, recipient={"id": "7001"}, postback=pressed, is_self=True)
    assert (trying.direction, trying.thread) == ("outbound", "7001")
    to_itself = told(sender={"id": "100"}, recipient={"id": "100"}, message={"mid": "m_4"})
    assert to_itself.direction == "inbound"


def test_what_another_app_answers_is_stored(told):
    """In standby the message is kept, and marked as not ours to answer."""
    assert told("standby", message={"mid": "m_1", "text": "Hi"}).extra == {"standby": True}


@pytest.mark.parametrize(
    ("attachment", "kind", "url"),
    [
        (
            {"type": "image", "payload": {"url": "https://a.example/1"}},
            "image",
            "https://a.example/1",
        ),
        ({"type": "image", "payload": {"url": "u", "sticker_id": 369239263222822}}, "sticker", "u"),
        (
            {"type": "fallback", "url": "https://b.example", "payload": "BLOB"},
            "link",
            "https://b.example",
        ),
        (
            {"type": "fallback", "url": "https://b.example", "payload": None},
            "link",
            "https://b.example",
        ),
        (
            {"type": "location", "payload": {"coordinates": {"lat": 1, "long": 2}}},
            "location",
            "geo:1,2",
        ),
        ({"type": "ig_reel", "payload": {"url": "u"}}, "video", "u"),
        ({"type": "story_mention", "payload": {"url": "u"}}, "story_mention", "u"),
        ({"type": "template", "payload": {"template_type": "button"}}, "template", ""),
        ({}, "file", ""),
    ],
)
def test_every_attachment_is_kept(told, attachment, kind, url):
    """Media, links, places and templates stand with their message, whatever their shape."""
    (found,) = told(message={"mid": "m_1", "attachments": [attachment]}).attachments
    assert (found.kind, found.url) == (kind, url)


def test_answers_name_what_they_answer(told):
    """A reply to a message names it; one to a story keeps the story."""
    assert told(message={"mid": "m_2", "text": "Yes", "reply_to": {"mid": "m_1"}}).parent == "m_1"
    story = told(message={"mid": "m_2", "text": "Yes", "reply_to": {"story": {"id": 9}}})
    assert (story.parent, story.extra["story"]) == (None, "9")


def test_what_the_api_does_not_hand_over_still_reaches_an_agent(told):
    """An unsupported message is a message."""
    found = told(message={"mid": "m_1", "is_unsupported": True})
    assert (found.text, found.extra) == ("", {"unsupported": True})


def test_a_choice_keeps_what_the_machine_said(told):
    """The payload of a quick reply or button stands beside what people read."""
    quick = told(message={"mid": "m_1", "text": "Yes", "quick_reply": {"payload": "Y1"}})
    assert (quick.text, quick.extra["postback"]) == ("Yes", "Y1")
    button = told(postback={"title": "Start", "payload": "GO", "mid": "m_3"})
    assert (button.external_id, button.text, button.extra["postback"]) == ("m_3", "Start", "GO")


def test_a_button_without_an_id_is_the_same_when_it_comes_again(told):
    """Older postbacks have no id: one is made from what they are."""
    first, again, other = (told(postback={"payload": p}) for p in ("A", "A", "B"))
    assert first.external_id == again.external_id != other.external_id


def test_people_without_an_id_are_known_by_their_reference(told):
    """The chat plugin names people by a reference before they have an id."""
    found = told(sender={"user_ref": "ref-1"}, message={"mid": "m_1", "text": "Hi"})
    assert (found.author.external_id, found.thread) == ("ref-1", "ref-1")


def test_edits_and_taken_back_messages_are_about_their_message(told):
    """A changed text is a revision with Meta's own number; an unsent message is taken away."""
    edit = told(message_edit={"mid": "m_1", "text": "Mended", "num_edit": 2})
    assert (type(edit), edit.target, edit.text, edit.revision) == (Edit, "m_1", "Mended", 2)
    assert told(message_edit={"mid": "m_1"}).event == "edit"
    gone = told(message={"mid": "m_1", "is_deleted": True})
    assert (type(gone), gone.target) == (Deletion, "m_1")


def test_reactions_are_told_about_their_message(told):
    """Reacting and taking it back are no messages."""
    found = told(reaction={"mid": "m_1", "action": "react", "emoji": "❤", "reaction": "love"})
    assert (found.event, found.target) == ("reaction", "m_1")
    assert found.detail == {"emoji": "❤", "reaction": "love"}
    assert told(reaction={"mid": "m_1", "action": "unreact"}).event == "unreaction"


def test_deliveries_and_reads_are_receipts_where_they_name_messages(told):
    """Named messages have receipts; a mere watermark is told as it is."""
    found = told(delivery={"mids": ["m_1"], "watermark": 1793606400001})
    assert (type(found), found.target, found.status) == (Receipt, "m_1", "delivered")
    assert found.author.external_id == told(read={"mid": "m_1"}).author.external_id == "7001"
    assert (told(read={"mid": "m_1"}).status, told(read={"mid": "m_1"}).event) == ("read", "read")
    for key, event in (("delivery", "delivery"), ("read", "read")):
        found = told(**{key: {"watermark": 1793606400001}})
        assert (type(found), found.event, found.detail["watermark"]) == (
            Signal,
            event,
            1793606400001,
        )


@pytest.mark.parametrize(
    ("key", "event"),
    [
        ("pass_thread_control", "handover:pass"),
        ("take_thread_control", "handover:take"),
        ("request_thread_control", "handover:request"),
        ("app_roles", "handover:roles"),
        ("optin", "optin"),
        ("referral", "referral"),
        ("account_linking", "account_linking"),
        ("policy-enforcement", "policy_enforcement"),
        ("something_new", "something_new"),
    ],
)
def test_everything_else_is_told(told, key, event):
    """What is neither a message nor about one opens no case, also what is new."""
    found = told(**{key: {"any": "thing"}})
    assert (type(found), found.event, found.detail["content"]) == (Signal, event, {"any": "thing"})


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ({}, "nothing says what happened"),
        ({"message": None}, "nothing says what happened"),
        ({"message": "broken"}, "message is malformed"),
        ({"reaction": {}}, "reaction is malformed"),
        ({"message": {"mid": "m", "text": "x"}, "sender": None}, "sender or recipient has no id"),
        (
            {"message": {"mid": "m", "is_echo": True}, "recipient": {}},
            "sender or recipient has no id",
        ),
        ({"message": {"is_deleted": True}}, "message.mid is missing"),
    ],
)
def test_what_cannot_be_understood_is_put_aside(told, event, reason):
    """An event without its parts is kept with its reason."""
    assert told(**event).reason == reason


def test_the_dashboards_test_is_read(parse):
    """Meta's test button sends a conversation as a change, with ids that nobody has."""
    value = {"sender": {"id": "12334"}, "recipient": {"id": "23245"}, "timestamp": "1527459824"}
    value["message"] = {"mid": "random_mid", "text": "random_text"}
    (found,) = parse("instagram", "0", changes=[{"field": "messages", "value": value}])
    assert (found.account, found.text, found.posted_at.year) == ("instagram.0", "random_text", 2018)
