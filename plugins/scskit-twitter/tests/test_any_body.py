"""Whatever comes in, the connector answers items or refuses the body as a whole."""

import json
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scskit.core.errors import PayloadInvalid
from scskit.plugins import Deletion, Edit, Message, Receipt, Signal, Unreadable
from scskit.testing.payloads import differences, read_bodies
from scskit_twitter.config import read
from scskit_twitter.parse import parse

SHARED = Path(os.environ.get("SCSKIT_SHARED") or Path(__file__).parents[4] / "shared")
ABSENT = pytest.mark.skip(f"there are no recorded bodies in {SHARED}; set SCSKIT_SHARED")
BODIES = read_bodies(SHARED / "payloads" / "twitter")
NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
ITEMS = Message | Edit | Deletion | Receipt | Signal | Unreadable

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)
USER = {"id": "42", "username": "ana", "public_metrics": {"followers_count": 1}}
POST = {
    "id": "1700000000000000001",
    "author_id": "42",
    "text": "Hi",
    "created_at": "2026-11-02T11:59:00.000Z",
    "edit_history_tweet_ids": ["1700000000000000000", "1700000000000000001"],
    "referenced_posts": [{"type": "replied_to", "id": "5"}],
    "entities": {"mentions": [{"start": 0, "id": "100", "username": "acme"}]},
    "display_text_range": [0, 2],
    "note_post": {"text": "Hi!", "entities": {}},
    "attachments": {"media_keys": ["3_1"]},
}
INCLUDES = {
    "users": [USER],
    "media": [{"media_key": "3_1", "variants": [{"bit_rate": 1, "url": "u"}]}],
    "tweets": [{"id": "5", "author_id": "100"}],
}
DIRECT = {
    "direct_message_events": [
        {
            "id": "9",
            "type": "message_create",
            "created_timestamp": "1793620740000",
            "message_create": {
                "sender_id": "42",
                "target": {"recipient_id": "100"},
                "message_data": {
                    "text": "Hi",
                    "attachment": {"media": {"id_str": "1", "video_info": {"variants": []}}},
                    "quick_reply_response": {"metadata": "7"},
                },
            },
        }
    ],
    "direct_message_mark_read_events": [{"sender_id": "42", "last_read_event_id": "9"}],
    "direct_message_indicate_typing_events": [{"sender_id": "42"}],
    "users": {"42": {"data": USER}},
}
LEGACY = {
    "id_str": "6",
    "created_at": "Mon Nov 02 11:59:00 +0000 2026",
    "user": {"id_str": "42"},
    "extended_tweet": {"full_text": "Hi", "extended_entities": {"media": [{"id_str": "1"}]}},
    "quoted_status": {"user": {"id_str": "100"}},
    "quoted_status_id_str": "5",
}


def event(event_type, payload):
    return {
        "event_uuid": "-1",
        "filter": {"user_id": "100"},
        "event_type": event_type,
        "payload": payload,
        "includes": INCLUDES,
    }


SAMPLES = [
    {"data": event("post.mention.create", POST)},
    {"data": [event("dm.received", DIRECT), event("follow.follow", {"source": {"data": USER}})]},
    {"data": [POST, {"id": "1", "event_type": "MessageCreate", "dm_conversation_id": "1-2"}]},
    {
        "for_user_id": "100",
        "tweet_create_events": [LEGACY],
        "tweet_delete_events": [{"status": {"id": "5"}, "timestamp_ms": "1793620740000"}],
        "favorite_events": [{"favorited_status": {"id_str": "5"}, "user": {"id_str": "42"}}],
        **DIRECT,
    },
    *(recorded.payload for recorded in BODIES),
]


def parsed(content):
    return parse(content, read({}), NOW)


@pytest.mark.parametrize(
    "recorded", BODIES or [pytest.param(None, marks=ABSENT)], ids=lambda b: b and b.name
)
def test_recorded_bodies_are_understood(recorded):
    """What X and others really sent is extracted as people extracted it."""
    assert differences(recorded, parsed(recorded.content)) == []


def places(value, path=()):
    yield path
    pairs = value.items() if isinstance(value, dict) else ()
    pairs = enumerate(value) if isinstance(value, list) else pairs
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
    with suppress(PayloadInvalid):
        found = parsed(json.dumps(mutated).encode())
        assert all(isinstance(item, ITEMS) for item in found)


@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_parsed_or_refused(content):
    """No bytes make the connector fail in any other way than by refusing them."""
    with suppress(PayloadInvalid):
        assert all(isinstance(item, ITEMS) for item in parsed(content))


@given(st.sampled_from(SAMPLES), st.data())
def test_the_same_body_always_says_the_same(sample, data):
    """Parsing is pure: a body that is delivered again brings nothing that differs."""
    content = json.dumps(sample).encode()
    assert parsed(content) == parsed(content)
