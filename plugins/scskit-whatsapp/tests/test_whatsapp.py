import json
from datetime import UTC, datetime

import pytest

from scskit import Author, Message, open_desk
from scskit.core.errors import ConfigError
from scskit.plugins import Draft, WebhookRequest
from scskit.plugins.registry import load_registry
from scskit.plugins.specs import unwritten
from scskit_whatsapp import scskit_check_reply, scskit_connectors
from scskit_whatsapp.config import read_config

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
