"""Whatever comes in, the connector answers items or refuses the body as a whole."""

import json
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from scskit.core.errors import PayloadInvalid
from scskit.plugins import Deletion, Edit, Message, Receipt, Signal, Unreadable, WebhookRequest
from scskit.testing.payloads import read_bodies
from scskit_whatsapp.connector import WhatsAppConnector

SHARED = Path(os.environ.get("SCSKIT_SHARED") or Path(__file__).parents[4] / "shared")
NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)


def parse(content):
    request = WebhookRequest(method="POST", received_at=NOW, body=content)
    return WhatsAppConnector().parse(request)


WORDS = st.text(st.characters())  # with lone surrogates, which JSON can hold
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=10,
)
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


def places(value, path=()):
    yield path
    pairs = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, inner in pairs:
        yield from places(inner, (*path, key))


def replaced(value, path, new):
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(value[path[0]], path[1:], new)
    return copy


@given(st.data())
def test_a_body_with_any_part_exchanged_is_parsed(data):
    """Whatever stands in place of a part of a real body, the connector answers items."""
    sample = data.draw(st.sampled_from(SAMPLES))
    path = data.draw(st.sampled_from(list(places(sample))))
    mutated = replaced(sample, path, data.draw(JSON))
    try:
        found = parse(json.dumps(mutated).encode())
    except PayloadInvalid:
        assert not isinstance(mutated, dict)
    else:
        assert all(
            isinstance(item, Message | Edit | Deletion | Receipt | Signal | Unreadable)
            for item in found
        )


@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_parsed_or_refused(content):
    """No bytes make the connector fail in any other way than by refusing them."""
    with suppress(PayloadInvalid):
        parse(content)
