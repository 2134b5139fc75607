"""Whatever a client sends, the fake X answers as X does: it never breaks."""

import json
import re

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st

from scskit.testing import FakeClock
from scskit_twitter.fake import FakeX

WORDS = [
    "text",
    "reply",
    "in_reply_to_tweet_id",
    "exclude_reply_user_ids",
    "media",
    "media_ids",
    "quote_tweet_id",
    "edit_options",
    "previous_post_id",
    "hidden",
    "attachments",
    "media_id",
    "participant_ids",
    "message",
    "url",
    "conversation_type",
    "webhook_id",
    "from_date",
    "to_date",
    "event_type",
    "filter",
    "user_id",
    "keyword",
    "tag",
    "media_category",
    "total_bytes",
    "segment_index",
    "id",
    "metadata",
    "alt_text",
]
PARAMETERS = [
    "max_results",
    "pagination_token",
    "next_token",
    "since_id",
    "until_id",
    "start_time",
    "end_time",
    "tweet.fields",
    "post.fields",
    "expansions",
    "user.fields",
    "query",
    "ids",
    "usernames",
    "media_id",
    "event_types",
    "exclude",
    "dm_event.fields",
]
KNOWN = st.sampled_from(["POST", "OWN", "LETTER", "ANA", "ACME", "TALK", "ana", "dm.received"])
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=12), KNOWN
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(WORDS), inner, max_size=4)
    ),
    max_leaves=8,
)
BODIES = st.one_of(
    st.binary(max_size=20), st.dictionaries(st.sampled_from(WORDS), VALUES, max_size=5)
)
ROUTES = [route for route in FakeX.routes if not route.pattern.endswith("/stream")]
KINDS = ["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]


def world():
    """Make a network on which a little has happened; return it with what its ids stand for."""
    x = FakeX(seed=1, clock=FakeClock())
    acme, ana = x.account("acme"), x.customer("ana")
    asked, own, letter = ana.posts("@acme hi"), acme.posts("own"), ana.writes("a letter")
    ids = {
        "POST": asked.id,
        "OWN": own.id,
        "LETTER": letter.id,
        "ANA": ana.id,
        "ACME": acme.id,
        "TALK": letter.message.conversation,
    }
    return x, ids


@settings(deadline=None)
@given(
    st.sampled_from(ROUTES),
    KNOWN,
    st.dictionaries(st.sampled_from(PARAMETERS), st.one_of(KNOWN, st.text(max_size=9)), max_size=3),
    BODIES,
    st.sampled_from(KINDS),
    st.booleans(),
)
def test_nothing_that_is_sent_breaks_it(route, place, query, body, kind, by_app):  # noqa: PLR0913, PLR0917  all that a request is made of
    """Every request gets an answer of its network, and never one that says it failed."""
    x, ids = world()
    token = x.app.bearer_token if by_app else x.account("acme").grant.access
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    for name, external_id in ids.items():
        content = content.replace(f'"{name}"'.encode(), f'"{external_id}"'.encode())
    path = re.sub(r"\{\w+(?::[^}]*)?\}", ids.get(place, place), route.pattern)
    request = httpx.Request(
        route.method,
        f"https://api.x.com{path}",
        params={name: ids.get(value, value) for name, value in query.items()} or None,
        headers={"authorization": f"Bearer {token}", "content-type": kind},
        content=content,
    )
    response = x.handle(request)
    assert 200 <= response.status_code < 500
    assert isinstance(response.json(), dict)
