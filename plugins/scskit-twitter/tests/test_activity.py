"""The X Activity API: what each event is to a desk. Bodies here are made up; the shapes are X's."""

import json
from datetime import UTC, datetime

import pytest

from scskit.core.errors import PayloadInvalid
from scskit.plugins import Attachment, Author, Deletion, Edit, Message, Receipt, Signal, Unreadable
from scskit_twitter.config import read
from scskit_twitter.parse import parse

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
ANA = {
    "id": "42",
    "username": "ana",
    "name": "Ana Ruiz",
    "public_metrics": {"followers_count": 311, "followers_count_str": "311"},
}
SETTINGS = read({"twitter": {"accounts": {"acme": {"user_id": "100", "handle": "Acme"}}}})


def event(event_type, payload, user_id="100", **given):
    return {
        "event_uuid": "-77",
        "filter": {"user_id": user_id},
        "event_type": event_type,
        "tag": "care",
        "payload": payload,
        "includes": {"users": [ANA]},
        **given,
    }


def post(**given):
    return {
        "id": "1700000000000000001",
        "author_id": "42",
        "text": "@acme where is my parcel?",
        "created_at": "2026-11-02T11:59:00.000Z",
        "conversation_id": "1700000000000000000",
        "edit_history_tweet_ids": ["1700000000000000001"],
        "lang": "en",
        **given,
    }


def parsed(body, settings=SETTINGS):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return parse(content, settings, NOW)


def one(event_type, payload, **given):
    (found,) = parsed({"data": event(event_type, payload, **given)})
    return found


def test_a_mention_is_a_post_of_its_author():
    """Who wrote what, when, in which conversation, and that the brand was called for."""
    assert one("post.mention.create", post()) == Message(
        account="acme",
        external_id="1700000000000000001",
        author=one("post.mention.create", post()).author,
        posted_at=datetime(2026, 11, 2, 11, 59, tzinfo=UTC),
        text="@acme where is my parcel?",
        kind="post",
        thread="1700000000000000000",
        language="en",
        extra={"event": "mention", "summoned": True},
    )
    author = one("post.mention.create", post()).author
    assert (author.external_id, author.handle, author.name, author.followers) == (
        "42",
        "ana",
        "Ana Ruiz",
        311,
    )


def test_a_body_may_hold_several_events():
    """``data`` may be a list; each event is read by itself."""
    body = {"data": [event("post.mention.create", post()), event("post.delete", {"id": "9"})]}
    assert [type(item) for item in parsed(body)] == [Message, Deletion]


def test_one_bad_event_costs_no_other():
    """What cannot be read is kept with its reason, and the rest comes through."""
    broken = event("post.mention.create", {"text": "no id"})
    bad, good = parsed({"data": [broken, event("post.mention.create", post())]})
    assert isinstance(bad, Unreadable)
    assert (bad.reason, bad.payload) == ("found no id_str or id", broken)
    assert isinstance(good, Message)


def test_an_event_of_an_account_that_is_not_configured_is_kept():
    """Once the desk file names the account, the event can be tried again."""
    found = one("post.mention.create", post(), user_id="7")
    assert isinstance(found, Unreadable)
    assert found.reason == "no account has user_id 7"


def test_without_settings_accounts_are_named_by_their_id():
    """People who debug a webhook need no desk file."""
    (found,) = parsed({"data": event("post.mention.create", post())}, read({}))
    assert found.account == "twitter.100"


@pytest.mark.parametrize("key", ["referenced_tweets", "referenced_posts"])
def test_a_reply_names_what_it_answers(key):
    """A reply is known by the post it refers to, under either name of that field."""
    found = one("post.reply.create", post(**{key: [{"type": "replied_to", "id": "5"}]}))
    assert (found.kind, found.parent, found.extra["event"]) == ("reply", "5", "reply")


def test_a_post_that_begins_with_a_handle_is_no_reply():
    """X tells whom it is addressed to, but there is no post that it answers."""
    found = one("post.mention.create", post(in_reply_to_user_id="100"))
    assert (found.kind, found.parent) == ("post", None)


@pytest.mark.parametrize(
    ("changed", "summoned"),
    [
        ({}, False),
        ({"entities": {"mentions": [{"start": 0, "id": "100", "username": "acme"}]}}, False),
        ({"entities": {"mentions": [{"start": 9, "id": "100", "username": "acme"}]}}, True),
        ({"entities": {"mentions": [{"start": 9, "username": "ACME"}]}}, True),
        ({"entities": {"mentions": [{"start": 9, "id": "7", "username": "acme"}]}}, False),
        (
            {
                "display_text_range": [0, 20],
                "entities": {"mentions": [{"start": 0, "id": "100", "username": "acme"}]},
            },
            True,
        ),
    ],
)
def test_handles_that_x_puts_before_a_reply_do_not_summon(changed, summoned):
    """Only who names the brand on purpose may be answered by every app."""
    reply = {"referenced_tweets": [{"type": "replied_to", "id": "5"}]}
    found = one("post.reply.create", post(text="@acme hi @acme", **reply, **changed))
    assert found.extra["summoned"] is summoned


def test_a_quote_names_what_it_quotes():
    """A quote of the brand's post begins its own conversation and calls for the brand."""
    quoted = {"referenced_posts": [{"type": "quoted", "id": "5"}]}
    found = one("post.quote.create", post(**quoted))
    assert (found.kind, found.parent, found.extra) == (
        "post",
        None,
        {"event": "quote", "quotes": "5", "summoned": True},
    )


def test_a_quote_summons_whichever_event_brought_it():
    """Who quotes a post of the brand is known by the post that comes along."""
    quoted = post(referenced_tweets=[{"type": "quoted", "id": "5"}])
    includes = {"users": [ANA], "tweets": [{"id": "5", "author_id": "100"}]}
    assert one("post.create", quoted, includes=includes).extra["summoned"]


def test_own_posts_are_echoes():
    """What the account itself wrote never opens a case."""
    found = one("post.create", post(author_id="100"))
    assert (found.direction, found.author.handle, found.extra) == ("outbound", "Acme", {})


@pytest.mark.parametrize("kind", ["retweeted", "reposted"])
def test_a_repost_is_no_message(kind):
    """Repeating a post says nothing new; it is told, and that is all."""
    found = one("post.create", post(referenced_tweets=[{"type": kind, "id": "5"}]))
    assert isinstance(found, Signal)
    assert (found.event, found.target) == ("repost", "5")


def test_a_repost_is_none_either_where_x_names_no_original():
    """The event itself says what it is."""
    found = one("post.repost.create", post(text="RT @acme: We are back."))
    assert (found.event, found.author.external_id) == ("repost", "42")


@pytest.mark.parametrize("key", ["note_tweet", "note_post"])
def test_a_long_post_is_read_in_full(key):
    """The short text ends in the middle; the note holds all of it."""
    assert (
        one("post.mention.create", post(**{key: {"text": "all &amp; more"}})).text == "all & more"
    )


@pytest.mark.parametrize(
    ("sent", "read_"),
    [
        ("a &lt;b&gt; &amp; c", "a <b> & c"),
        ("&amp;lt;", "&lt;"),
        ("&copy; &quot; &eacute", "&copy; &quot; &eacute"),
    ],
)
def test_text_is_unescaped_once(sent, read_):
    """X escapes three characters; whoever wrote an entity sees it again as it was written."""
    assert one("post.mention.create", post(text=sent)).text == read_


def test_media_come_with_their_addresses():
    """Pictures and videos are found by their keys; of a video the best file is taken."""
    media = [
        {"media_key": "3_1", "type": "photo", "url": "https://pbs/1.jpg", "alt_text": "A parcel"},
        {
            "media_key": "7_2",
            "type": "video",
            "preview_image_url": "https://pbs/2.jpg",
            "variants": [
                {"content_type": "application/x-mpegURL", "url": "https://v/2.m3u8"},
                {"content_type": "video/mp4", "bit_rate": 256000, "url": "https://v/2low.mp4"},
                {"content_type": "video/mp4", "bit_rate": 832000, "url": "https://v/2.mp4"},
            ],
        },
    ]
    includes = {"media": media}
    given = post(attachments={"media_keys": ["3_1", "7_2", "9_9"]})
    assert one("post.mention.create", given, includes=includes).attachments == (
        Attachment(kind="image", url="https://pbs/1.jpg", external_id="3_1", title="A parcel"),
        Attachment(kind="video", url="https://v/2.mp4", external_id="7_2", media_type="video/mp4"),
        Attachment(kind="file", external_id="9_9"),
    )


@pytest.mark.parametrize("key", ["edit_history_tweet_ids", "edit_history_post_ids"])
def test_an_edited_post_is_the_message_and_its_edit(key):
    """A new version has a new id; the case keeps the first one, and sees what was changed.

    Whoever never saw the first version gets the message; whoever did gets the edit.
    """
    versions = ["1700000000000000001", "1700000000500000002", "1700000001000000003"]
    given = post(id=versions[2], text="where is my PARCEL?")
    del given["edit_history_tweet_ids"]
    message, edit = parsed({"data": event("post.mention.create", given | {key: versions})})
    assert (message.external_id, message.text) == (versions[0], "where is my PARCEL?")
    assert isinstance(edit, Edit)
    assert (edit.target, edit.text, edit.revision) == (versions[0], "where is my PARCEL?", 2)
    assert message.posted_at < edit.edited_at
    assert (edit.author, edit.direction, edit.visibility) == (message.author, "inbound", "public")


@pytest.mark.parametrize("ids", [[], [""], ["1700000000000000001"], "no list", [7, None]])
def test_a_post_that_was_not_edited_is_one_message(ids):
    """A history of one, or none that makes sense, is no edit."""
    assert isinstance(one("post.mention.create", post(edit_history_tweet_ids=ids)), Message)


def test_an_event_that_names_no_account_is_for_the_only_one():
    """What a keyword found is for the account, and for nobody where there are several."""
    two = {name: {"user_id": id_} for name, id_ in (("acme", "100"), ("other", "200"))}
    found = {"data": event("post.create", post(), filter={"keyword": "parcel"})}
    (item,) = parsed(found)
    assert (item.account, item.author.external_id) == ("acme", "42")
    (lost,) = parsed(found, read({"twitter": {"accounts": two}}))
    assert lost.reason == "it does not say for which account it is"


def test_a_deleted_post_is_taken_away():
    """X tells the id and not the time; who wrote a post is who deletes it."""
    found = one("post.delete", {"id": "1700000000000000001", "author_id": "42"})
    assert found == Deletion(
        account="acme",
        target="1700000000000000001",
        deleted_at=NOW,
        author=Author(external_id="42", handle="ana", name="Ana Ruiz", followers=311),
        visibility="public",
    )
    own = one("post.delete", {"id": "1700000000000000001", "author_id": "100"})
    assert (own.author.external_id, own.direction) == ("100", "outbound")
    assert one("post.delete", {"id": "1700000000000000001"}).author is None


@pytest.mark.parametrize(
    ("whose", "own", "author"), [("42", True, "100"), ("100", False, None), (None, False, None)]
)
def test_a_like_is_the_accounts_own_where_the_post_is_somebody_elses(whose, own, author):
    """X names whose post was liked and not who did; it tells only what concerns the account."""
    found = one("like.create", {"liked_tweet_id": "7", "liked_tweet_author_id": whose})
    assert (found.event, found.target, found.visibility) == ("reaction", "7", "public")
    assert found.detail["is_echo"] is own
    assert (found.author.external_id if found.author else None) == author


@pytest.mark.parametrize(
    ("event_type", "payload", "expected"),
    [
        ("dm.indicate_typing", {"sender_id": "42"}, "typing"),
        ("dm.read", {"sender_id": "42", "last_read_event_id": "9"}, "read"),
    ],
)
def test_a_private_event_without_its_list_is_read_as_well(event_type, payload, expected):
    """X documents two of these payloads by name only; either form says who did what."""
    found = one(event_type, payload)
    assert (found.event, found.author.external_id, found.visibility) == (expected, "42", "private")


def test_a_message_in_the_form_that_polling_gives_is_read_as_well():
    """Should X send the newer form by webhook, no message is lost."""
    payload = {"event_type": "MessageCreate", "id": "9", "text": "Hi", "sender_id": "42"}
    found = one("dm.received", payload)
    assert (found.external_id, found.text, found.visibility) == ("9", "Hi", "private")


def test_an_id_as_a_number_is_the_same_id():
    """Ids are text for us, however they are sent."""
    assert one("post.mention.create", post(id=1700000000000000001)).external_id == (
        "1700000000000000001"
    )


@pytest.mark.parametrize(
    ("given", "posted_at"),
    [
        ({"created_at": "2026-11-02T13:00:00+02:00"}, datetime(2026, 11, 2, 11, tzinfo=UTC)),
        ({"created_at": None}, datetime(2023, 9, 8, 4, 15, 59, 129000, tzinfo=UTC)),
        ({"created_at": "yesterday", "id": "77"}, NOW),
    ],
)
def test_a_post_has_its_time_from_where_it_is_told(given, posted_at):
    """Its own, else the one its id bears, else when it came."""
    found = one("post.mention.create", post(edit_history_tweet_ids=[], **given))
    assert found.posted_at == posted_at


@pytest.mark.parametrize(("code", "language"), [("es", "es"), ("und", None), ("in", "id")])
def test_languages_are_told_by_their_codes(code, language):
    """X has codes of its own for unknown ones, and old ones for others."""
    assert one("post.mention.create", post(lang=code)).language == language


def direct(sender="42", recipient="100", **data):
    created = {
        "target": {"recipient_id": recipient},
        "sender_id": sender,
        "message_data": {"text": "hello &amp; thanks", **data},
    }
    return {
        "direct_message_events": [
            {
                "type": "message_create",
                "id": "1700000000000000009",
                "created_timestamp": "1793620740000",
                "message_create": created,
            }
        ],
        "users": {"42": {"data": ANA}},
    }


def test_a_direct_message_stands_in_the_conversation_of_two():
    """Its key is made of both ids, the smaller first, as the rest of X's API has it."""
    found = one("dm.received", direct())
    assert (found.kind, found.visibility, found.direction, found.thread, found.text) == (
        "direct_message",
        "private",
        "inbound",
        "42-100",
        "hello & thanks",
    )
    assert found.author.handle == "ana"
    assert found.posted_at == datetime(2026, 11, 2, 11, 59, tzinfo=UTC)


def test_an_own_direct_message_says_to_whom_it_went():
    """Written elsewhere, it comes back as an echo that finds its conversation."""
    found = one("dm.sent", direct("100", "42"))
    assert (found.direction, found.addressed_to, found.thread) == ("outbound", "42", "42-100")


def test_a_direct_message_brings_its_medium_and_its_button():
    """A picture is told with its exact id; a pressed quick reply with what it stands for."""
    medium = {
        "id": 9.3e17,
        "id_str": "930000000000000001",
        "type": "photo",
        "media_url_https": "https://ton.x.com/1.jpg",
    }
    found = one(
        "dm.received",
        direct(
            attachment={"type": "media", "media": medium},
            quick_reply_response={"type": "options", "metadata": "order-7"},
        ),
    )
    (attachment,) = found.attachments
    assert (attachment.kind, attachment.external_id) == ("image", "930000000000000001")
    assert found.extra == {"postback": "order-7"}


def test_a_read_message_is_a_receipt():
    """The customer read up to here; what the account itself read is merely told."""
    mark = {"sender_id": "42", "last_read_event_id": "9", "created_timestamp": "1793620740000"}
    found = one("dm.read", {"direct_message_mark_read_events": [mark]})
    assert isinstance(found, Receipt)
    assert (found.target, found.status) == ("9", "read")
    own = one("dm.read", {"direct_message_mark_read_events": [mark | {"sender_id": "100"}]})
    assert (own.event, own.target) == ("read", "9")


@pytest.mark.parametrize(
    ("event_type", "payload", "event_", "target"),
    [
        (
            "dm.indicate_typing",
            {"direct_message_indicate_typing_events": [{"sender_id": "42"}]},
            "typing",
            None,
        ),
        ("like.create", {"id": "ab", "liked_tweet_id": "5"}, "reaction", "5"),
        ("like.create", {"id": "ab", "liked_post_id": "5"}, "reaction", "5"),
        ("follow.follow", {"source": {"data": ANA}, "target": {}}, "follow", None),
        ("mute.unmute", {"source": ANA, "target": {}}, "mute", None),
        ("block.block", {"source": ANA, "target": {}}, "block", None),
        ("profile.update.handle", {"before": "acme", "after": "acme_es"}, "profile", None),
        ("chat.received", {"encoded_event": "CwAB", "sender_id": "42"}, "encrypted", None),
        ("news.new", {"id": "1"}, "other:news.new", None),
        ("spaces.start", {"user": ANA}, "other:spaces.start", None),
        ("something.new", {}, "other:something.new", None),
    ],
)
def test_what_is_no_message_is_told(event_type, payload, event_, target):
    """Everything else that happens is a signal, and opens no case."""
    found = one(event_type, payload)
    assert isinstance(found, Signal)
    assert (found.account, found.event, found.target) == ("acme", event_, target)


def test_a_renamed_account_tells_both_names():
    """A host that keeps handles learns the new one."""
    found = one("profile.update.handle", {"before": "acme", "after": "acme_es"})
    assert (found.detail["before"], found.detail["after"]) == ("acme", "acme_es")


def test_a_revoked_permission_names_the_account():
    """The event has no filter; the user id stands in it."""
    payload = {"date_time": "2026-11-02T11:00:00+00:00", "user_id": "100", "app_id": "1"}
    found = one("oauth.revoke", payload, filter={})
    assert (found.account, found.event) == ("acme", "revoke")
    assert found.at == datetime(2026, 11, 2, 11, tzinfo=UTC)


def test_a_piece_of_the_stream_is_read_line_by_line():
    """The stream sends one event per line, and empty lines while nothing happens."""
    lines = [json.dumps({"data": event("post.mention.create", post())}).encode()] * 2
    assert len(parsed(b"\r\n".join([b"", *lines, b"", b""]))) == 2
    assert parsed(b"\r\n\r\n") == ()


def test_a_broken_line_of_the_stream_costs_no_other():
    """A line that was cut off is kept, the ones around it are read."""
    line = json.dumps({"data": event("post.mention.create", post())}).encode()
    good, bad = parsed(line + b"\r\n" + line[:50] + b"\r\n")
    assert isinstance(good, Message)
    assert isinstance(bad, Unreadable)


def test_a_stream_that_is_closed_says_why():
    """X says before it closes a stream; that is told, not kept as a mistake."""
    body = {"errors": [{"title": "operational-disconnect", "detail": "restart", "type": "x"}]}
    (found,) = parsed(body)
    assert (found.event, found.detail["title"]) == ("error", "operational-disconnect")


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"7", b'"text"', b"null", b"NaN", b"\xff", b"[" * 99999]
)
def test_what_is_no_object_is_refused(body):
    """A body that is nothing X sends is refused as a whole."""
    with pytest.raises(PayloadInvalid):
        parsed(body)


@pytest.mark.parametrize("word", ["post", "tweet"])
def test_an_answer_to_an_edited_post_answers_its_first_version(word):
    """Who answers a newer version answers the message that the case has, under its first id."""
    answered = {
        "id": "1700000000000000003",
        "text": "@acme where is it, please?",
        f"edit_history_{word}_ids": ["1700000000000000001", "1700000000000000003"],
    }
    reply = {
        f"referenced_{word}s": [{"type": "replied_to", "id": "1700000000000000003"}],
        "id": "1700000000000000004",
        f"edit_history_{word}_ids": ["1700000000000000004"],
    }
    found = one("post.reply.create", post(**reply), includes={f"{word}s": [answered]})
    assert found.parent == "1700000000000000001"
    assert one("post.reply.create", post(**reply), includes={}).parent == "1700000000000000003"
