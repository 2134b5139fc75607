"""Whatever comes in, the connectors answer items or refuse the body as a whole."""

import json
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scskit.core.errors import PayloadInvalid
from scskit.plugins import Deletion, Edit, Message, Receipt, Signal, Unreadable, WebhookRequest
from scskit.testing.fuzzing import ANY_BODIES, every_exchange, exchanged
from scskit.testing.payloads import read_bodies
from scskit_facebook.connector import FacebookConnector, InstagramConnector

SHARED = Path(os.environ.get("SCSKIT_SHARED") or Path(__file__).parents[4] / "shared")
NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
ENDS = {"sender": {"id": "7"}, "recipient": {"id": "1"}, "timestamp": 1793606400000}
SAID = {"mid": "m", "text": "Hi", "reply_to": {"mid": "k"}, "quick_reply": {"payload": "x"}}
PLACE = {"type": "location", "payload": {"coordinates": {"lat": 1, "long": 2}, "sticker_id": 5}}
EVENTS = [
    ENDS | {"message": SAID | {"attachments": [PLACE], "referral": {}}},
    ENDS | {"message": SAID | {"is_echo": True, "app_id": 1}},
    ENDS | {"postback": {"title": "Go", "payload": "G"}},
    ENDS | {"message_edit": {"mid": "m", "text": "x", "num_edit": 1}},
    ENDS | {"delivery": {"mids": ["m"], "watermark": 1}},
    ENDS | {"reaction": {"mid": "m", "action": "react"}},
]
COMMENT = {"item": "comment", "verb": "add", "comment_id": "5", "post_id": "4", "from": {"id": "7"}}
CHANGES = [
    {"field": "feed", "value": COMMENT | {"photos": ["https://a.example"], "message": "x"}},
    {"field": "feed", "value": COMMENT | {"verb": "edited", "message": "x"}},
    {"field": "ratings", "value": {"item": "rating", "verb": "add", "open_graph_story_id": 8}},
    {"field": "comments", "value": {"id": "1", "from": {"id": "2"}, "media": {"id": "3"}}},
    {"field": "mentions", "value": {"media_id": "3"}},
    {"field": "messages", "value": EVENTS[0]},
]


def body(kind, **lists):
    return {"object": kind, "entry": [{"id": "1", "time": 1793610000, **lists}]}


def samples(kind, network):
    whole = body(kind, changes=CHANGES, messaging=EVENTS, standby=EVENTS)
    return [whole, *(found.payload for found in read_bodies(SHARED / "payloads" / network))]


NETWORKS = [
    (FacebookConnector(), samples("page", "facebook")),
    (InstagramConnector(), samples("instagram", "instagram")),
]
OWN = [
    (connector, body(kind, **lists))
    for connector, kind in ((FacebookConnector(), "page"), (InstagramConnector(), "instagram"))
    for lists in (
        *({"changes": [change]} for change in CHANGES),
        *({"messaging": [event]} for event in EVENTS),
    )
]
KINDS = Message | Edit | Deletion | Receipt | Signal | Unreadable


def parse(connector, content):
    return connector.parse(WebhookRequest(method="POST", received_at=NOW, body=content))


def check(connector, mutated):
    try:
        found = parse(connector, json.dumps(mutated).encode())
    except PayloadInvalid:
        assert not isinstance(mutated, dict)
    else:
        assert all(isinstance(item, KINDS) for item in found)


@pytest.mark.parametrize(("connector", "sample"), OWN)
def test_every_part_may_be_of_the_wrong_kind(connector, sample):
    """Each part of a real body in turn is of a wrong kind, and the connector answers items."""
    for mutated in every_exchange(sample):
        check(connector, mutated)


@pytest.mark.parametrize(("connector", "samples"), NETWORKS, ids=["facebook", "instagram"])
@given(data=st.data())
def test_any_part_may_be_anything(connector, samples, data):
    """Whatever stands in place of a part of a real body, the connector answers items."""
    check(connector, data.draw(exchanged(samples)))


@pytest.mark.parametrize("connector", [c for c, _ in NETWORKS], ids=["facebook", "instagram"])
@given(content=ANY_BODIES)
def test_any_bytes_are_parsed_or_refused(connector, content):
    """No bytes make the connector fail in any other way than by refusing them."""
    with suppress(PayloadInvalid):
        parse(connector, content)
