"""The Account Activity API, which some apps still have. Bodies are made up; the shapes are X's."""

import json
from datetime import UTC, datetime

import pytest

from scskit.plugins import Attachment, Author, Deletion, Message, Signal, Unreadable
from scskit_twitter.config import read
from scskit_twitter.parse import parse

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
ANA = {"id": 42, "id_str": "42", "screen_name": "ana", "name": "Ana Ruiz", "followers_count": 311}
ACME = {"id_str": "100", "screen_name": "acme"}


def parsed(**body):
    return parse(json.dumps(body).encode(), read({}), NOW)


def created(**given):
    tweet = {
        "id": 1700000000000000001,
        "id_str": "1700000000000000001",
        "created_at": "Mon Nov 02 11:59:00 +0000 2026",
        "text": "@acme where is my parcel? &lt;3",
        "user": ANA,
        "lang": "en",
        "entities": {"user_mentions": [{"id_str": "100", "indices": [0, 5]}]},
        **given,
    }
    (found,) = parsed(for_user_id="100", tweet_create_events=[tweet])
    return found


def test_a_mention_is_a_post_of_its_author():
    """The older shape says the same in other words."""
    found = created()
    assert (found.account, found.external_id, found.text, found.kind) == (
        "twitter.100",
        "1700000000000000001",
        "@acme where is my parcel? <3",
        "post",
    )
    assert (found.author.external_id, found.author.handle, found.author.followers) == (
        "42",
        "ana",
        311,
    )
    assert found.posted_at == datetime(2026, 11, 2, 11, 59, tzinfo=UTC)
    assert found.extra == {"event": "mention", "summoned": True}
    bare = created(entities={}, in_reply_to_user_id_str="100")
    assert (bare.kind, bare.extra["event"]) == ("post", "mention")
    assert "event" not in created(entities={}).extra
    assert "event" not in created(user=ACME).extra


def test_a_reply_names_what_it_answers():
    """The number has lost digits in some languages; the text has not."""
    found = created(in_reply_to_status_id=1.7e18, in_reply_to_status_id_str="1700000000000000000")
    assert (found.kind, found.parent, found.extra["summoned"]) == (
        "reply",
        "1700000000000000000",
        False,
    )


def test_a_long_post_is_read_in_full_with_all_its_media():
    """What does not fit stands in ``extended_tweet``."""
    media = [
        {"id_str": "1", "type": "photo", "media_url_https": "https://pbs/1.jpg"},
        {
            "id_str": "2",
            "type": "video",
            "media_url_https": "https://pbs/2.jpg",
            "video_info": {"variants": [{"bitrate": 1, "url": "https://v/2.mp4"}]},
        },
    ]
    longer = {"full_text": "all of it", "extended_entities": {"media": media}}
    found = created(truncated=True, extended_tweet=longer)
    assert found.text == "all of it"
    assert found.attachments == (
        Attachment(kind="image", url="https://pbs/1.jpg", external_id="1"),
        Attachment(kind="video", url="https://v/2.mp4", external_id="2"),
    )


def test_a_quote_of_the_brand_summons_it():
    """The quoted post comes along with its author."""
    found = created(quoted_status_id_str="5", quoted_status={"id_str": "5", "user": ACME})
    assert found.extra == {"event": "quote", "quotes": "5", "summoned": True}


def test_own_posts_are_echoes_and_retweets_are_none():
    """Neither opens a case."""
    assert created(user=ACME).direction == "outbound"
    repost = created(retweeted_status={"id_str": "5"})
    assert (repost.event, repost.target) == ("repost", "5")


def test_a_deleted_post_is_taken_away_at_its_time():
    """The older shape tells when."""
    deleted = {"status": {"id": "5", "user_id": "42"}, "timestamp_ms": "1793620740000"}
    (found,) = parsed(for_user_id="100", tweet_delete_events=[deleted])
    at = datetime(2026, 11, 2, 11, 59, tzinfo=UTC)
    assert found == Deletion(
        account="twitter.100",
        target="5",
        deleted_at=at,
        author=Author(external_id="42"),
        visibility="public",
    )
    own = {"status": {"id": "5", "user_id": "100"}}
    (found,) = parsed(for_user_id="100", tweet_delete_events=[own])
    assert found.direction == "outbound"


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        (
            {"shared_coordinate": {"coordinates": {"coordinates": [-3.7, 40.4]}}},
            (Attachment(kind="location", url="geo:40.4,-3.7"),),
        ),
        (
            {"shared_place": {"place": {"id": "a1", "name": "Retiro"}}},
            (Attachment(kind="location", title="Retiro", external_id="a1"),),
        ),
        ({"shared_coordinate": {"coordinates": {"coordinates": [1]}}}, ()),
    ],
)
def test_a_place_that_somebody_shares_comes_along(location, expected):
    """Whoever says where the parcel should go by sending a place is understood."""
    attachment = {"type": "location", "location": location}
    create = {"sender_id": "42", "message_data": {"text": "Here", "attachment": attachment}}
    (found,) = parsed(
        for_user_id="100", direct_message_events=[{"id": "9", "message_create": create}]
    )
    assert (found.text, found.attachments) == ("Here", expected)


def test_what_the_older_api_keeps_is_read_by_itself():
    """A post or a page of messages that an older client stored is understood without an event."""
    (post,) = parsed(id_str="7", text="Hi", user=ANA)
    assert (post.external_id, post.author.external_id) == ("7", "42")
    create = {"sender_id": "42", "message_data": {"text": "Hello"}}
    (message,) = parsed(events=[{"id": "9", "message_create": create}], next_cursor="x")
    assert (message.external_id, message.text) == ("9", "Hello")


@pytest.mark.parametrize(
    "body", [{"error": "invalid_request"}, {"error": "No.", "request": "/1.1/x"}]
)
def test_a_refusal_in_one_word_is_an_error_and_no_riddle(body):
    """Whoever looks into a stored answer sees that it refuses."""
    (found,) = parsed(**body)
    assert (found.event, found.detail["error"]) == ("error", body["error"])


def test_a_message_without_a_time_has_the_one_it_came_at():
    """Small ids bear no time either; and the key of a user says more than what stands in it."""
    message = {
        "type": "message_create",
        "id": "123",
        "message_create": {
            "target": {"recipient_id": "100"},
            "sender_id": "42",
            "message_data": {"text": "Hi"},
        },
    }
    users = {"42": {"id": "100", "name": "Ana Ruiz"}}
    (found,) = parsed(for_user_id="100", direct_message_events=[message], users=users)
    assert (found.posted_at, found.author.external_id, found.author.name) == (
        NOW,
        "42",
        "Ana Ruiz",
    )


@pytest.mark.parametrize(
    ("key", "item", "event"),
    [
        ("favorite_events", {"favorited_status": {"id_str": "5"}, "user": ANA}, "reaction"),
        ("follow_events", {"type": "unfollow", "source": ANA, "target": ACME}, "follow"),
        ("mute_events", {"type": "unmute", "source": ACME, "target": ANA}, "mute"),
        ("block_events", {"type": "block", "source": ACME, "target": ANA}, "block"),
        ("direct_message_indicate_typing_events", {"sender_id": "42"}, "typing"),
        ("brand_new_events", {}, "other:brand_new"),
    ],
)
def test_what_is_no_message_is_told(key, item, event):
    """Everything else that happens is a signal, and opens no case."""
    (found,) = parsed(for_user_id="100", **{key: [item]})
    assert isinstance(found, Signal)
    assert found.event == event


def test_a_revoked_permission_names_the_account():
    """This body has no ``for_user_id``; who revoked stands within."""
    revoke = {"date_time": "2026-11-02T11:00:00+00:00", "source": {"user_id": "100"}}
    (found,) = parsed(user_event={"revoke": revoke})
    assert (found.account, found.event) == ("twitter.100", "revoke")


def test_the_end_of_a_replay_is_told():
    """After events were sent again, X says that it was all."""
    (found,) = parsed(replay_job_status={"job_state": "Complete", "job_id": "7"})
    assert (found.event, found.detail) == ("replay", {"state": "Complete", "job": "7"})


def test_one_bad_item_costs_no_other():
    """Each item of each list is read by itself."""
    bad = {"text": "no id"}
    good = {"id_str": "5", "user": ANA, "text": "Hi"}
    found = parsed(for_user_id="100", tweet_create_events=[bad, good, 7], follow_events="no")
    assert [type(item) for item in found] == [Unreadable, Message, Unreadable, Unreadable]
