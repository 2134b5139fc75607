from datetime import UTC, datetime

import pytest

from scskit.plugins import Deletion, Edit, Message, Signal, Unreadable

ANA = {"id": "7001", "name": "Ana Ruiz"}
COMMENT = {
    "item": "comment",
    "verb": "add",
    "from": ANA,
    "post_id": "100_1",
    "comment_id": "1_5",
    "parent_id": "100_1",
    "message": "Where is my parcel?",
    "created_time": 1793606400,
}


@pytest.fixture
def feed(parse):
    """Read one change of a page's feed."""

    def make(field="feed", **value):
        (found,) = parse("page", changes=[{"field": field, "value": value}])
        return found

    return make


def test_a_comment_is_a_public_message_under_its_post(feed):
    """Who wrote, when, what, and under which post."""
    found = feed(**COMMENT)
    assert (type(found), found.account, found.external_id) == (Message, "facebook.100", "1_5")
    assert (found.author.external_id, found.author.name) == ("7001", "Ana Ruiz")
    assert (found.kind, found.visibility, found.direction) == ("comment", "public", "inbound")
    assert (found.thread, found.parent, found.text) == ("100_1", "100_1", "Where is my parcel?")
    assert found.posted_at == datetime(2026, 11, 2, 8, tzinfo=UTC)


def test_an_answer_hangs_from_the_comment(feed):
    """A reply to a comment names the comment, and stays in the post's thread."""
    found = feed(**COMMENT | {"comment_id": "1_6", "parent_id": "1_5"})
    assert (found.thread, found.parent) == ("100_1", "1_5")


@pytest.mark.parametrize(
    "author", [{"from": {"id": 100, "name": "Acme"}}, {"from": None, "sender_id": 100}]
)
def test_the_pages_own_words_are_echoes(feed, author):
    """What the page itself wrote never opens a case, however the id is written."""
    assert feed(**COMMENT | author).direction == "outbound"


def test_an_author_who_is_not_told_is_nobody_we_know(feed):
    """Without the permission Meta names nobody: each such message has an author of its own."""
    first = feed(**COMMENT | {"from": None})
    second = feed(**COMMENT | {"from": {}, "comment_id": "1_6"})
    assert first.author != second.author
    assert first.extra["author_unknown"] is True
    assert first.direction == "inbound"


@pytest.mark.parametrize("item", ["post", "status", "photo", "video", "share", "album", "note"])
def test_what_visitors_post_is_a_message(feed, item):
    """Whatever a visitor puts on the page is theirs, with its media."""
    found = feed(
        item=item, verb="add", **{"from": ANA}, post_id="100_9", link="https://a.example/1"
    )
    assert (found.kind, found.external_id, found.thread) == ("post", "100_9", "100_9")
    assert len(found.attachments) == 1


def test_photos_are_attached_once(feed):
    """Several photos are several attachments, and the link to one of them is no further one."""
    photos = ["https://a.example/1.jpg", "https://a.example/2.jpg"]
    found = feed(
        item="photo", verb="add", **{"from": ANA}, photo_id=5, photos=photos, link=photos[0]
    )
    assert found.external_id == "5"
    assert [(a.kind, a.url) for a in found.attachments] == [("image", url) for url in photos]


@pytest.mark.parametrize("verb", ["edit", "edited"])
def test_an_edit_brings_the_new_text(feed, verb):
    """A changed comment is the same comment, changed when Meta told it."""
    found = feed(**COMMENT | {"verb": verb, "message": "Mended"})
    assert (type(found), found.target, found.text) == (Edit, "1_5", "Mended")
    assert found.edited_at == datetime(2026, 11, 2, 9, tzinfo=UTC)
    assert (found.author.external_id, found.direction) == (COMMENT["from"]["id"], "inbound")
    assert found.visibility == "public"


def test_an_edit_without_a_text_empties_nothing(feed):
    """A body that does not say the new text leaves the old one."""
    found = feed(**COMMENT | {"verb": "edited", "message": None})
    assert (type(found), found.event, found.target) == (Signal, "edit", "1_5")


def test_a_removed_comment_is_taken_away(feed):
    """A removal is about the comment it removes."""
    found = feed(**COMMENT | {"verb": "remove", "message": None})
    assert (type(found), found.target) == (Deletion, "1_5")
    assert (found.author.external_id, found.visibility) == (COMMENT["from"]["id"], "public")


@pytest.mark.parametrize(
    ("verb", "event"), [("hide", "hide"), ("unhide", "unhide"), ("block", "moderation:block")]
)
def test_moderation_is_told_and_no_message(feed, verb, event):
    """Hiding takes nothing away: it is told, with who did it."""
    found = feed(**COMMENT | {"verb": verb, "from": {"id": "100"}})
    assert (found.event, found.target, found.detail["is_echo"]) == (event, "1_5", True)


@pytest.mark.parametrize(
    ("value", "event", "target", "reaction"),
    [
        ({"item": "reaction", "verb": "add", "reaction_type": "love"}, "reaction", "100_1", "love"),
        ({"item": "reaction", "verb": "edit", "reaction_type": "wow"}, "reaction", "100_1", "wow"),
        ({"item": "like", "verb": "add", "comment_id": "1_5"}, "reaction", "1_5", "like"),
        ({"item": "like", "verb": "remove"}, "unreaction", "100_1", "like"),
    ],
)
def test_reactions_are_told_about_what_they_stand_on(feed, value, event, target, reaction):
    """A reaction to a comment or a post is no message."""
    found = feed(**{"from": ANA, "post_id": "100_1"} | value)
    assert (found.event, found.target, found.detail["reaction"]) == (event, target, reaction)


def test_what_only_happened_on_the_page_is_nobodys_message(feed):
    """An event that the page announces opens no case."""
    found = feed(item="event", verb="add", post_id="100_9", event_id="9")
    assert (type(found), found.event, found.target) == (Signal, "post", "100_9")


def test_a_mention_is_a_message_about_the_page(feed):
    """A mention elsewhere comes with its text, and often without its author."""
    found = feed("mention", item="comment", verb="add", comment_id="5_6", message="@Acme?")
    assert (found.external_id, found.text, found.kind) == ("5_6", "@Acme?", "comment")
    assert found.extra == {"author_unknown": True, "event": "mention"}


def test_a_review_is_written_changed_and_removed(feed):
    """A review has its text, its author and its verdict; comments on it hang from it."""
    review = {
        "item": "rating",
        "open_graph_story_id": 88,
        "reviewer_id": 7001,
        "reviewer_name": "Ana",
    }
    found = feed(
        "ratings", **review, verb="add", review_text="Slow", recommendation_type="negative"
    )
    assert (found.kind, found.external_id, found.thread, found.text) == (
        "review",
        "88",
        "88",
        "Slow",
    )
    assert found.extra == {"recommendation_type": "negative"}
    edit = feed("ratings", **review, verb="edit", review_text="Slow, but kind")
    assert (type(edit), edit.target, edit.text) == (Edit, "88", "Slow, but kind")
    assert feed("ratings", **review, verb="remove").target == "88"
    bare = feed("ratings", item="rating", verb="add", post_id="7001_88", reviewer_id=7001)
    assert (bare.external_id, bare.thread) == ("7001_88", "7001_88")
    comment = feed("ratings", **COMMENT | {"open_graph_story_id": "88"})
    assert (comment.kind, comment.thread) == ("comment", "88")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"item": "comment", "verb": "add"}, "the id of what it is about is missing"),
        ({"item": "comment"}, "verb is missing"),
        ({"verb": "add"}, "item is missing"),
        ({"item": "post", "verb": "remove"}, "the id of what it is about is missing"),
    ],
)
def test_what_cannot_be_understood_is_put_aside(feed, value, reason):
    """A change that does not say what happened to what is kept with its reason."""
    assert feed(**value) == Unreadable(reason=reason, payload=feed(**value).payload)


def test_other_news_is_told(parse):
    """Fields that nobody reads are named and open no case, also without a value."""
    (found,) = parse("page", changes=[{"field": "leadgen"}])
    assert (found.event, found.account) == ("other:leadgen", "facebook.100")


def test_one_bad_change_loses_none_of_the_others(parse):
    """Of several changes in one body, those that can be read are."""
    changes = [{"field": "feed", "value": value} for value in (COMMENT, "broken", COMMENT)]
    found = parse("page", changes=[*changes, 7])
    assert [type(item) for item in found] == [Message, Unreadable, Message, Unreadable]
    assert found[1].payload["entry"][0]["changes"] == [changes[1]]
