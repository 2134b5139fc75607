"""Whatever comes in, the connector answers items or refuses the body as a whole."""

import json
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given

from scskit.core.errors import PayloadInvalid
from scskit.plugins import Deletion, Edit, Message, Receipt, Signal, Unreadable, WebhookRequest
from scskit.testing.fuzzing import ANY_BODIES, every_exchange, exchanged
from scskit.testing.payloads import read_bodies
from scskit_whatsapp.connector import WhatsAppConnector

SHARED = Path(os.environ.get("SCSKIT_SHARED") or Path(__file__).parents[4] / "shared")
NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
KINDS = Message | Edit | Deletion | Receipt | Signal | Unreadable


def parse(content):
    request = WebhookRequest(method="POST", received_at=NOW, body=content)
    return WhatsAppConnector().parse(request)


BARE = {"id": "wamid.1", "from": "34600111222"}
TEXT = BARE | {"type": "text", "text": {"body": "Hi"}}
FAILED = {
    "id": "wamid.2",
    "status": "failed",
    "errors": [{"code": 131047, "error_data": {"details": "No"}}],
}
PICKED = {"type": "list_reply", "list_reply": {"id": "1", "title": "One"}}
ITEMS = [
    TEXT,
    BARE | {"type": "image", "image": {"id": "9", "caption": "broken"}},
    BARE | {"type": "system", "system": {"type": "user_changed_number", "wa_id": "1"}},
    BARE | {"type": "edit", "edit": {"original_message_id": "1", "message": TEXT}},
    BARE | {"type": "interactive", "interactive": PICKED},
    BARE | {"type": "order", "order": {"text": "two", "product_items": []}},
    BARE | {"type": "button", "button": {"text": "Stop", "payload": "S"}},
    TEXT | {"to": "1", "context": {"id": "wamid.0"}},
]


def body(field, **value):
    value = {"metadata": {"phone_number_id": "1"}, "contacts": [{"wa_id": "34600111222"}], **value}
    entry = {"id": "7", "time": 1793610000, "changes": [{"field": field, "value": value}]}
    return {"object": "whatsapp_business_account", "entry": [entry]}


OWN = [
    *(body("messages", messages=[item]) for item in ITEMS),
    *(body("smb_message_echoes", message_echoes=[item]) for item in ITEMS[-2:]),
    body("messages", statuses=[FAILED]),
    body("calls", errors=[{"code": 1}]),
]
SAMPLES = [
    body("messages", messages=ITEMS, statuses=[FAILED]),
    *(recorded.payload for recorded in read_bodies(SHARED / "payloads" / "whatsapp")),
]


def check(mutated):
    try:
        found = parse(json.dumps(mutated).encode())
    except PayloadInvalid:
        assert not isinstance(mutated, dict)
    else:
        assert all(isinstance(item, KINDS) for item in found)


@pytest.mark.parametrize("sample", OWN)
def test_every_part_may_be_of_the_wrong_kind(sample):
    """Each part of a real body in turn is of a wrong kind, and the connector answers items."""
    for mutated in every_exchange(sample):
        check(mutated)


@given(exchanged(SAMPLES))
def test_any_part_may_be_anything(mutated):
    """Whatever stands in place of a part of a real body, the connector answers items."""
    check(mutated)


@given(ANY_BODIES)
def test_any_bytes_are_parsed_or_refused(content):
    """No bytes make the connector fail in any other way than by refusing them."""
    with suppress(PayloadInvalid):
        parse(content)
