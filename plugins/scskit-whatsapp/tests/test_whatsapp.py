import json
from datetime import UTC, datetime

import pytest

from scskit import Author, Message, open_desk
from scskit.core.errors import ConfigError
from scskit.plugins import Draft, WebhookRequest
from scskit.plugins.registry import load_registry
from scskit.plugins.specs import unwritten
from scskit.testing import FakeClock
from scskit_whatsapp import scskit_check_reply, scskit_connectors
from scskit_whatsapp.config import read_config
from scskit_whatsapp.connector import WhatsAppConnector

NOW = datetime.now(UTC)


def test_one_person_is_one_identity_on_all_numbers(tmp_path):
    """Somebody who writes to two numbers of the business is one identity, in two cases."""
    with open_desk(tmp_path / "desk.db") as desk:
        messages = [
            Message(
                account=account,
                external_id="wamid.1",
                author=Author(external_id="34600000000"),
                posted_at=NOW,
                kind="direct_message",
                visibility="private",
                text="Hello?",
            )
            for account in ("whatsapp.sales", "whatsapp.care")
        ]
        cases = [desk.cases.get(case) for case in desk.ingest(messages).cases]
    assert [case.identity_id for case in cases] == ["whatsapp::34600000000"] * len(cases)


def test_it_is_found_and_keeps_what_it_promises():
    """The installed package is loaded by its entry point and has all that it declares."""
    registry = load_registry(strict=True)
    spec = registry.connectors["whatsapp"]
    assert {"webhook", "reply_private", "receipts"} <= spec.capabilities
    assert unwritten(spec) == ()
    assert "scskit-whatsapp" in {plugin.distribution for plugin in registry.plugins}


def test_two_accounts_never_share_a_number():
    """A number that two accounts claim is refused at opening, by its path."""
    accounts = {name: {"phone_number_id": "1"} for name in ("a", "b")}
    with pytest.raises(ConfigError, match=r'accounts\."b"\.phone_number_id: found "1"'):
        read_config({"accounts": accounts})


def test_the_desk_file_names_the_accounts():
    """Messages come in on the account that the desk file gives the number to."""
    table = {"whatsapp": {"accounts": {"care": {"phone_number_id": "11"}}}}
    (spec,) = scskit_connectors(table)
    body = {
        "object": "whatsapp_business_account",
        "entry": [{"id": "1", "changes": [change("11"), change("12")]}],
    }
    request = WebhookRequest(method="POST", received_at=NOW, body=json.dumps(body).encode())
    message, unknown = spec.connector.parse(request)
    assert message.account == "care"
    assert unknown.reason == "no account has phone_number_id 12"


def change(number):
    message = {"id": "wamid.1", "from": "34600000000", "type": "text", "text": {"body": "Hi"}}
    value = {"metadata": {"phone_number_id": number}, "messages": [message]}
    return {"field": "messages", "value": value}


def test_a_reply_after_the_window_is_stopped_before_it_leaves(tmp_path):
    """An agent is told that the 24 hours are over, before Meta would say so after HTTP 200."""
    with open_desk(tmp_path / "desk.db") as desk:
        message = Message(
            account="whatsapp.care",
            external_id="wamid.1",
            author=Author(external_id="34600000000"),
            posted_at=datetime(2026, 3, 2, 9, tzinfo=UTC),
            kind="direct_message",
            visibility="private",
        )
        case = desk.cases.get(desk.ingest([message]).cases[0])
    draft = Draft(case_id=case.id, text="Sorry for the wait!")
    late = datetime(2026, 3, 3, 9, tzinfo=UTC)
    assert [v.code for v in scskit_check_reply(draft, case, late)] == ["window"]
    assert scskit_check_reply(draft, case, datetime(2026, 3, 3, 8, 59, tzinfo=UTC)) == ()
    template = Draft(case_id=case.id, text="", extra={"template": {"name": "sorry"}})
    assert scskit_check_reply(template, case, late) == ()


def test_a_delivery_that_comes_again_changes_nothing(tmp_path):
    """Messages, changes and receipts of a body that is sent twice are taken in once."""
    text = {
        "from": "34600000000",
        "timestamp": "1793600000",
        "type": "text",
        "text": {"body": "Hi"},
    }
    edit = {"original_message_id": "wamid.1", "message": {"type": "text", "text": {"body": "Oh"}}}
    changed = {**text, "id": "wamid.2", "type": "edit", "edit": edit}
    echo = {**text, "id": "wamid.3", "from": "1", "to": "34600000000", "text": {"body": "Hello!"}}
    status = {"id": "wamid.3", "status": "read", "timestamp": "1793600100"}
    head = {"metadata": {"phone_number_id": "11"}}
    values = [
        head | {"messages": [{**text, "id": "wamid.1"}, changed]},
        head | {"message_echoes": [echo]},
        head | {"statuses": [status]},
    ]
    changes = [{"value": value} for value in values]
    body = {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": changes}]}
    request = WebhookRequest(
        method="POST",
        received_at=datetime.fromtimestamp(1793600200, UTC),
        body=json.dumps(body).encode(),
    )
    items = WhatsAppConnector().parse(request)
    with open_desk(tmp_path / "desk.db", clock=FakeClock(request.received_at)) as desk:
        first, second = desk.ingest(items), desk.ingest(items)
        (case,) = (desk.cases.get(id_) for id_ in first.cases)
    assert [first.counts["applied"], second.counts["duplicate"]] == [4, 4]
    assert (case.inbound_count, case.outbound_count) == (1, 1)


def test_people_of_other_networks_are_led_to_the_number():
    """The link is made of the number's digits; a number that is none is refused with its path."""

    def offer(**more):
        account = {"phone_number_id": "1065", **more}
        return scskit_connectors({"whatsapp": {"accounts": {"whatsapp.acme": account}}})[0]

    (way,) = offer(number="+34 600-123 456").invites("whatsapp.acme")
    assert (way.kind, way.link) == ("deep_link", "https://wa.me/34600123456")
    assert offer().invites("whatsapp.acme") == ()
    with pytest.raises(ConfigError, match=r"number.*\+34"):
        offer(number="600123456")
