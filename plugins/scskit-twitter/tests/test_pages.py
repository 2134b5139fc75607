"""Pages that polling reads, and answers of the API, for people who look at them."""

import json
from datetime import UTC, datetime

import pytest

from scskit.plugins import Message, Signal, Unreadable
from scskit_twitter.config import read
from scskit_twitter.parse import parse

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)


def parsed(body, *accounts):
    named = {f"a{user_id}": {"user_id": user_id} for user_id in accounts}
    settings = read({"twitter": {"accounts": named}})
    return parse(json.dumps(body).encode(), settings, NOW)


def test_a_page_of_posts():
    """Each post is a message; fields that were not asked for are simply not known."""
    posts = [{"id": "2", "text": "two"}, {"id": "1", "text": "one", "author_id": "42"}]
    found = parsed({"data": posts, "meta": {"result_count": 2}})
    assert [(item.external_id, item.author.external_id) for item in found] == [
        ("2", ""),
        ("1", "42"),
    ]


def test_a_page_of_messages():
    """Messages are private; who joined or left is told."""
    events = [
        {"id": "2", "event_type": "MessageCreate", "text": "Hi", "sender_id": "42"},
        {"id": "1", "event_type": "ParticipantsJoin"},
    ]
    message, joined = parsed({"data": events, "meta": {}})
    assert (message.visibility, message.text) == ("private", "Hi")
    assert joined.event == "other:ParticipantsJoin"


def test_a_group_has_no_single_addressee():
    """A message of one's own to a group is addressed to nobody in particular."""
    own = {"id": "2", "event_type": "MessageCreate", "text": "Hi", "sender_id": "100"}
    group = own | {"dm_conversation_id": "1582103724607971332"}
    pair = own | {"dm_conversation_id": "42-100"}
    found = parsed({"data": [group, pair]}, "100")
    assert [item.addressed_to for item in found] == [None, "42"]


def test_an_empty_page_is_nothing():
    """Where nothing is new there is no data."""
    assert parsed({"meta": {"result_count": 0}}) == ()


def test_a_page_belongs_to_the_only_account():
    """A page does not say who asked; with several accounts it could be anybody's."""
    page = {"data": [{"id": "1", "text": "one", "author_id": "100"}], "meta": {}}
    (own,) = parsed(page, "100")
    assert (own.account, own.direction) == ("a100", "outbound")
    (unknown,) = parsed(page, "100", "200")
    assert isinstance(unknown, Unreadable)


def test_a_single_post_is_read_like_a_page():
    """Looking one post up shows the same."""
    post = {"id": "1", "text": "one", "author_id": "42"}
    (found,) = parsed({"data": post, "includes": {"users": [{"id": "42", "username": "ana"}]}})
    assert isinstance(found, Message)
    assert found.author.handle == "ana"


@pytest.mark.parametrize(
    ("data", "event"),
    [
        ({"id": "9", "text": "Hi", "edit_history_tweet_ids": ["9"]}, "create_post"),
        ({"dm_conversation_id": "1-2", "dm_event_id": "9"}, "create_dm"),
        ({"deleted": True}, "deleted"),
        ({"hidden": True}, "hidden"),
        ({"following": True, "pending_follow": False}, "following"),
        ({"id": "9", "media_key": "3_9", "expires_after_secs": 86400}, "media"),
        ({"subscription_id": "9"}, "subscription"),
        ({"id": "9", "url": "https://acme.example/x", "valid": True}, "webhook"),
        ({"id": "9", "name": "Acme", "username": "acme"}, "user"),
    ],
)
def test_an_answer_of_the_api_is_no_message(data, event):
    """What X answers to a request of ours brings nothing in."""
    (found,) = parsed({"data": data})
    assert isinstance(found, Signal)
    assert found.event == f"response:{event}"


def test_a_list_of_webhooks_or_users_is_no_message():
    """What X lists when it is asked brings nothing in either."""
    webhook = {"id": "9", "url": "https://acme.example/x", "valid": True, "created_at": "x"}
    found = parsed({"data": [webhook, {"id": "42", "username": "ana"}], "meta": {}})
    assert [item.event for item in found] == ["response:webhook", "response:user"]


@pytest.mark.parametrize("body", [{}, {"data": 7}, {"data": {"new": 1}}, {"data": [7]}, {"x": 1}])
def test_what_nobody_documents_is_kept(body):
    """An unknown body is kept with its reason, for when it is known."""
    (found,) = parsed(body)
    assert isinstance(found, Unreadable)
