"""Whether a message of unknown outcome arrived: seen, or not seen, never guessed."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scskit.plugins import Outbound
from scskit_twitter.finding import essence, find

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def outbound(**changed):
    return Outbound(
        **{
            "id": "o1",
            "case_id": "c1",
            "account": "acme",
            "text": "See https://acme.example/help, Ana",
            "visibility": "public",
            "created_at": NOON,
            "in_reply_to": "77",
            **changed,
        }
    )


def post(**changed):
    return {
        "id": "9001",
        "text": "@ana See https://t.co/abc, Ana",
        "author_id": "100",
        "created_at": "2026-11-02T12:00:03.000Z",
        "referenced_posts": [{"type": "replied_to", "id": "77"}],
        **changed,
    }


def message(**changed):
    return {
        "id": "9002",
        "event_type": "MessageCreate",
        "text": "See https://t.co/abc, Ana",
        "sender_id": "100",
        "dm_conversation_id": "42-100",
        "created_at": "2026-11-02T12:00:03.000Z",
        **changed,
    }


def test_a_reply_is_known_by_its_text_and_whom_it_answers(api, run, answer):
    """X replaces links and puts handles before a reply; it is the same reply nevertheless."""
    found, (asked,) = run(find(api, outbound()), answer(200, {"data": [post()], "meta": {}}))
    assert found.external_id == "9001"
    assert asked.url.path == "/2/users/100/tweets"


@pytest.mark.parametrize(
    "other",
    [
        post(text="@ana Something else"),
        post(referenced_posts=[{"type": "replied_to", "id": "78"}]),
        post(referenced_posts=[]),
        post(created_at="2026-11-02T11:54:00.000Z"),
    ],
)
def test_another_post_is_not_mistaken_for_it(api, run, answer, other):
    """The same words to somebody else, or earlier, are another message."""
    found, _ = run(find(api, outbound()), answer(200, {"data": [other], "meta": {}}))
    assert found is None


@pytest.mark.parametrize("visibility", ["public", "private"])
def test_a_clock_that_is_minutes_behind_hides_nothing(api, run, answer, visibility):
    """X's time need not be ours; what is known to be another message is passed over by its id."""
    item = post if visibility == "public" else message
    data = [item(created_at="2026-11-02T11:57:00.000Z", id=id_) for id_ in ("1", "2")]
    given = outbound(visibility=visibility, recipient="42", others=("1",))
    found, _ = run(find(api, given), answer(200, {"data": data, "meta": {}}))
    assert found.external_id == "2"


def test_all_pages_are_looked_through(api, run, answer):
    """A busy account's own posts fill more than one page."""
    busy = {"data": [post(id="1", text="Hi")], "meta": {"next_token": "t1"}}
    found, asked = run(
        find(api, outbound()), answer(200, busy), answer(200, {"data": [post()], "meta": {}})
    )
    assert found.external_id == "9001"
    assert asked[1].url.params["pagination_token"] == "t1"


def test_a_direct_message_is_found_in_its_conversation(api, run, answer):
    """A private message is known by its text, its sender and its time."""
    theirs = message(id="1", sender_id="42")
    given = outbound(visibility="private", recipient="42")
    found, (asked,) = run(find(api, given), answer(200, {"data": [theirs, message()], "meta": {}}))
    assert found.external_id == "9002"
    assert asked.url.path == "/2/dm_conversations/with/42/dm_events"


def test_the_search_ends_where_it_cannot_be_any_more(api, run, answer):
    """Messages from before it was written are not looked through, though X names more pages."""
    old = message(text="Hello", created_at="2026-11-01T12:00:00.000Z")
    given = outbound(visibility="private", recipient="42")
    body = {"data": [old], "meta": {"next_token": "0123456789abcdef"}}
    found, asked = run(find(api, given), answer(200, body))
    assert (found, len(asked)) == (None, 1)


@given(st.text(max_size=60))
def test_what_x_adds_makes_no_difference(text):
    """Handles before a reply and a link to its media after it change nothing."""
    assert essence(f"@ana @ben_2 {text} https://t.co/aBc1") == essence(f"@ana {text}")
