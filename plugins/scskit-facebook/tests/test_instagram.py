import json
from datetime import UTC, datetime

import pytest

from scskit.plugins import Message, WebhookRequest
from scskit_facebook.config import read_config
from scskit_facebook.connector import InstagramConnector

COMMENT = {
    "id": "c1",
    "text": "How much?",
    "from": {"id": "7001", "username": "ana.r"},
    "media": {"id": "p1", "media_product_type": "FEED"},
}


@pytest.fixture
def told(parse):
    """Read one change of an Instagram account."""

    def make(field="comments", **value):
        (found,) = parse("instagram", changes=[{"field": field, "value": value}])
        return found

    return make


def test_a_comment_is_a_public_message_under_its_medium(told):
    """Who wrote, what, and under which medium; its time is the delivery's."""
    found = told(**COMMENT)
    assert (type(found), found.account, found.external_id) == (Message, "instagram.100", "c1")
    assert (found.author.external_id, found.author.handle) == ("7001", "ana.r")
    assert (found.thread, found.parent, found.kind, found.visibility) == (
        "p1",
        "p1",
        "comment",
        "public",
    )
    assert found.posted_at == datetime(2026, 11, 2, 9, tzinfo=UTC)
    assert told(**COMMENT | {"id": "c2", "parent_id": "c1"}).parent == "c1"
    assert told("live_comments", **COMMENT).extra["live"] is True


@pytest.mark.parametrize(
    "author", [{"id": "100"}, {"id": "9", "self_ig_scoped_id": "9"}, {"self_ig_scoped_id": "9"}]
)
def test_own_comments_are_echoes(told, author):
    """What the account itself wrote never opens a case: by its id, or by Meta's word for it."""
    assert told(**COMMENT | {"from": author}).direction == "outbound"


def test_own_comments_are_known_by_name():
    """Where no id tells, the configured name does."""
    accounts = {"photos": {"instagram_id": "100", "username": "@Acme"}}
    connector = InstagramConnector(read_config({"instagram_accounts": accounts}))
    value = COMMENT | {"from": {"id": "9", "username": "acme"}}
    body = {"object": "instagram", "entry": [{"id": "100"}]}
    body["entry"][0]["changes"] = [{"field": "comments", "value": value}]
    request = WebhookRequest(
        method="POST", received_at=datetime.now(UTC), body=json.dumps(body).encode()
    )
    assert [m.direction for m in connector.parse(request)] == ["outbound"]


def test_a_mention_has_nothing_but_ids(told):
    """A mention reaches an agent all the same: as the comment, or as the medium itself."""
    comment = told("mentions", comment_id="c9", media_id="p9")
    assert (comment.external_id, comment.thread, comment.kind) == ("c9", "p9", "comment")
    assert comment.extra == {"author_unknown": True, "event": "mention"}
    post = told("mentions", media_id="p9")
    assert (post.external_id, post.thread, post.parent, post.kind) == ("p9", "p9", None, "post")
    assert told("mentions").reason == "id is missing"


def test_other_news_is_told(told):
    """Insights and the like open no case."""
    assert told("story_insights", media_id="p1", reach=5).event == "other:story_insights"
