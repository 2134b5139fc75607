"""People whose number or id changes, from Meta's bodies to cases. All bodies are made up."""

import json
from datetime import UTC, datetime

import pytest

from scskit import open_desk
from scskit.http.signing import sign
from scskit.plugins import ConnectorSpec, WebhookRequest, hookimpl
from scskit_whatsapp.config import read_config
from scskit_whatsapp.connector import WhatsAppConnector
from scskit_whatsapp.numbers import spellings

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
SECRET = "app-secret"


class Plugin:
    """Offers the connector."""

    name = "ours"

    @hookimpl
    def scskit_connectors(self):
        """Offer."""
        connector = WhatsAppConnector(read_config({"secrets": [SECRET]}))
        yield ConnectorSpec(
            name="whatsapp",
            connector=connector,
            capabilities={"webhook"},
            identity_scope="network",
        )


@pytest.fixture
def desk(tmp_path):
    """Open a desk on WhatsApp alone."""
    with open_desk(tmp_path / "desk.db", plugins=[Plugin()], discover=False) as opened:
        yield opened


def request(**value):
    metadata = {"display_phone_number": "34910000000", "phone_number_id": "1055"}
    fields = {"message_echoes": "smb_message_echoes", "user_id_update": "user_id_update"}
    field = next((fields[name] for name in value if name in fields), "messages")
    change = {"field": field, "value": {"metadata": metadata, **value}}
    body = {"object": "whatsapp_business_account", "entry": [{"id": "77", "changes": [change]}]}
    content = json.dumps(body).encode()
    headers = {"x-hub-signature-256": sign(content, SECRET)}
    return WebhookRequest(method="POST", received_at=NOW, headers=headers, body=content)


def push(desk, **value):
    assert desk.webhook("whatsapp", request(**value)).status == 200
    assert desk.intake.quarantined() == []


def text(id_, at, **given):
    stamp = str(int(NOW.timestamp()) - 600 + at)
    return {"id": id_, "timestamp": stamp, "type": "text", "text": {"body": id_}, **given}


def contact(**ids):
    return {"profile": {"name": "Ana"}, **ids}


def conversations(desk):
    cases = desk.cases.find(newest_first=False).cases
    return [[m.text for m in desk.cases.interactions(case.id)] for case in cases]


def threads(desk):
    (case,) = desk.cases.find().cases
    return [m.thread_id.partition(":")[2] for m in desk.cases.interactions(case.id)]


def test_a_person_hides_the_phone_number(desk):
    """With both ids first, by the user id alone then: one case, and answers go to either."""
    both = contact(wa_id="34600111222", user_id="ES.42")
    push(desk, contacts=[both], messages=[text("one", 0, **{"from": "34600111222"})])
    push(desk, contacts=[contact(user_id="ES.42")], messages=[text("two", 9, from_user_id="ES.42")])
    assert conversations(desk) == [["one", "two"]]
    assert threads(desk) == ["34600111222", "ES.42"]


def test_a_person_changes_the_number(desk):
    """WhatsApp says so by itself, before anything is written from the new one."""
    push(desk, messages=[text("one", 0, **{"from": "16505551234"})])
    system = {
        "type": "user_changed_number",
        "body": "User Ana changed from 16505551234 to 12195555358",
        "wa_id": "12195555358",
    }
    push(desk, messages=[text("s", 5, type="system", system=system, **{"from": "16505551234"})])
    push(desk, messages=[text("two", 9, **{"from": "12195555358"})])
    assert conversations(desk) == [["one", "two"]]


def test_a_person_gets_another_user_id(desk):
    """The former id stands in the sentence alone."""
    push(desk, messages=[text("one", 0, from_user_id="US.1")])
    system = {
        "type": "user_changed_user_id",
        "body": "User Ana changed from US.1 to US.2",
        "user_id": "US.2",
    }
    push(desk, messages=[text("s", 5, type="system", system=system)])
    push(desk, messages=[text("two", 9, from_user_id="US.2")])
    assert conversations(desk) == [["one", "two"]]


def test_the_former_user_id_is_named_in_any_language(desk):
    """A notice may name the former id by itself, whatever its sentence says."""
    push(desk, messages=[text("one", 0, from_user_id="US.1")])
    system = {"type": "user_changed_user_id", "user_id": "US.2", "previous_user_id": "US.1"}
    push(desk, messages=[text("s", 5, type="system", system=system)])
    push(desk, messages=[text("two", 9, from_user_id="US.2")])
    assert conversations(desk) == [["one", "two"]]


def test_a_new_user_id_is_told_by_itself(desk):
    """Meta tells of exchanged ids in a field of its own, beside the messages."""
    push(desk, messages=[text("one", 0, from_user_id="US.1")])
    update = {"user_id": {"previous": "US.1", "current": "US.2"}, "timestamp": "1793610000"}
    push(desk, user_id_update=[update])
    push(desk, messages=[text("two", 9, from_user_id="US.2")])
    assert conversations(desk) == [["one", "two"]]


@pytest.mark.parametrize(
    "body", ["", "User identity changed", "changed from A", "changed from US.1 to US.9"]
)
def test_a_sentence_that_names_nobody_links_nobody(desk, body):
    """What is not said is not guessed."""
    push(desk, messages=[text("one", 0, from_user_id="US.1")])
    system = {"type": "user_changed_user_id", "body": body, "user_id": "US.2"}
    push(desk, messages=[text("s", 5, type="system", system=system)])
    push(desk, messages=[text("two", 9, from_user_id="US.2")])
    assert conversations(desk) == [["one"], ["two"]]


@pytest.mark.parametrize("first", [0, 1])
def test_the_brazilian_ninth_digit(desk, first):
    """The same person, whichever way the number is written; an echo finds the case, too."""
    numbers = ("553187654321", "5531987654321")
    one, other = numbers[first], numbers[1 - first]
    push(desk, messages=[text("one", 0, **{"from": one})])
    push(desk, messages=[text("two", 9, **{"from": other})])
    push(desk, message_echoes=[text("three", 20, to=other, **{"from": "34910000000"})])
    assert conversations(desk) == [["one", "two", "three"]]
    assert threads(desk) == [one, other, other]


def test_the_contact_is_written_in_the_other_way(desk):
    """The name stands beside the number without the digit, and belongs to the writer."""
    push(
        desk,
        contacts=[contact(wa_id="553187654321"), contact(wa_id="34600111222")],
        messages=[text("one", 0, **{"from": "5531987654321"})],
    )
    assert desk.customers.identity("whatsapp::5531987654321").name == "Ana"
    links = desk.customers.links("whatsapp::553187654321")
    assert [link.linked_by for link in links] == ["system:network"]


@pytest.mark.parametrize(
    ("number", "others"),
    [
        ("553187654321", ("5531987654321",)),
        ("5531987654321", ("553187654321",)),
        ("553132654321", ()),  # a landline
        ("5213312345678", ("523312345678",)),
        ("523312345678", ("5213312345678",)),
        ("5491112345678", ("541112345678",)),
        ("541112345678", ("5491112345678",)),
        ("34600111222", ()),
        ("ES.553187654321", ()),
        ("", ()),
    ],
)
def test_numbers_that_are_written_in_two_ways(number, others):
    """Brazil, Mexico and Argentina; nobody else's number is another's."""
    assert spellings(number) == others
    for other in others:
        assert spellings(other) == (number,)


def test_a_notice_names_number_and_user_id(desk):
    """Whichever of the new ids the person writes under, they are known by it."""
    push(desk, messages=[text("one", 0, **{"from": "111"})])
    system = {"type": "user_changed_number", "body": "", "wa_id": "222", "user_id": "ES.9"}
    push(desk, messages=[text("s", 5, type="system", system=system, **{"from": "111"})])
    push(desk, messages=[text("two", 9, **{"from": "222"})])
    push(desk, messages=[text("three", 12, from_user_id="ES.9")])
    assert conversations(desk) == [["one", "two", "three"]]
