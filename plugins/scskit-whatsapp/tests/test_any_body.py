"""Whatever comes in, the connector answers items or refuses the body as a whole."""

import json
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given

from scskit.core.errors import PayloadInvalid
from scskit.plugins import Deletion, Edit, Message, Receipt, Signal, Unreadable, WebhookRequest
from scskit.testing.fuzzing import ANY_BODIES, exchanged
from scskit.testing.payloads import read_bodies
from scskit_whatsapp.connector import WhatsAppConnector

SHARED = Path(os.environ.get("SCSKIT_SHARED") or Path(__file__).parents[4] / "shared")
NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
KINDS = Message | Edit | Deletion | Receipt | Signal | Unreadable


def parse(content):
    request = WebhookRequest(method="POST", received_at=NOW, body=content)
    return WhatsAppConnector().parse(request)


TEXT = {"id": "wamid.1", "from": "34600111222", "type": "text", "text": {"body": "Hi"}}
FAILED = {"id": "wamid.2", "status": "failed", "errors": [{"code": 131047, "title": "No"}]}
PICKED = {"type": "list_reply", "list_reply": {"id": "1", "title": "One"}}
ITEMS = [
    TEXT,
    TEXT | {"type": "image", "image": {"id": "9", "caption": "broken"}},
    TEXT | {"type": "system", "system": {"type": "user_changed_number", "wa_id": "1"}},
    TEXT | {"type": "edit", "edit": {"original_message_id": "1", "message": TEXT}},
    TEXT | {"type": "interactive", "interactive": PICKED},
    TEXT | {"to": "1", "context": {"id": "wamid.0"}},
]


def body(field, **value):
    value = {"metadata": {"phone_number_id": "1"}, "contacts": [{"wa_id": "34600111222"}], **value}
    entry = {"id": "7", "time": 1793610000, "changes": [{"field": field, "value": value}]}
    return {"object": "whatsapp_business_account", "entry": [entry]}


SAMPLES = [
    body("messages", messages=ITEMS, statuses=[FAILED]),
    body("smb_message_echoes", message_echoes=ITEMS),
    body("calls", errors=[{"code": 1}]),
    *(recorded.payload for recorded in read_bodies(SHARED / "payloads" / "whatsapp")),
]


@given(exchanged(SAMPLES))
def test_a_body_with_any_part_exchanged_is_parsed(mutated):
    """Whatever stands in place of a part of a real body, the connector answers items."""
    try:
        found = parse(json.dumps(mutated).encode())
    except PayloadInvalid:
        assert not isinstance(mutated, dict)
    else:
        assert all(isinstance(item, KINDS) for item in found)


@given(ANY_BODIES)
def test_any_bytes_are_parsed_or_refused(content):
    """No bytes make the connector fail in any other way than by refusing them."""
    with suppress(PayloadInvalid):
        parse(content)
