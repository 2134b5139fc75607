"""What a channel takes, known before anything is sent."""

from __future__ import annotations

import pytest

from scskit import Attachment, ReplyRefused
from scskit.core.channel import AttachmentRules, Channel, TextRules, in_bytes
from scskit.plugins import Connector, ConnectorSpec

RULES = AttachmentRules(most=2, kinds={"image": 100, "video": None}, description=5)


def codes(channel, text="", *attachments):
    return [one.code for one in channel.check(text, attachments)]


def test_a_text_is_measured_as_the_network_does():
    """Bytes are bytes: five letters may be ten long."""
    channel = Channel(text=TextRules(most=10, measure=in_bytes, unit="bytes"))
    assert codes(channel, "é" * 5) == []
    (found,) = channel.check("é" * 6)
    assert found.message == "12 bytes, at most 10 are taken: shorten it by 2."


def test_media_leave_less_room():
    """A caption is shorter than a message, and in some places there is none."""
    caption = Channel(text=TextRules(most=10, beside_media=3), attachments=RULES)
    assert codes(caption, "four", Attachment(kind="image")) == ["channel.length"]
    assert codes(caption, "four") == []
    none = Channel(text=TextRules(most=10, beside_media=0))
    assert codes(none, "a", Attachment(kind="image")) == ["channel.caption"]
    assert codes(none, "", Attachment(kind="image")) == []


@pytest.mark.parametrize(
    ("attachments", "found"),
    [
        ([Attachment(kind="image", size=100, title="a cat"), Attachment(kind="video")], []),
        ([Attachment(kind="image", size=101)], ["channel.size"]),
        ([Attachment(kind="image", title="a kitten")], ["channel.description"]),
        ([Attachment(kind="video", title="a kitten", size=10**9)], []),
        ([Attachment(kind="file")], ["channel.kind"]),
        ([Attachment(kind="video")] * 3, ["channel.attachments"]),
    ],
)
def test_media_are_checked_against_the_channel(attachments, found):
    """Kind, size, description and number are known to be wrong before the network says so."""
    assert codes(Channel(attachments=RULES), "", *attachments) == found


def test_a_channel_without_media_takes_none():
    """Where nothing is known, nothing is held against a medium."""
    assert codes(Channel(attachments=AttachmentRules()), "", Attachment(kind="image")) == [
        "channel.attachments"
    ]
    assert codes(Channel(), "a" * 10**6, *[Attachment(kind="image")] * 9) == []


def test_a_long_text_is_cut_only_where_that_is_done():
    """A comment is one comment; a conversation may have several messages."""
    text, ending = "one two three", " ^AB"
    found = TextRules(most=13, splits=True).parts(text, ending=ending)
    assert [part.text for part in found] == ["one two", "three ^AB"]
    with pytest.raises(ReplyRefused, match="17 characters, at most 13"):
        TextRules(most=13).parts(text, ending=ending)
    assert [part.text for part in TextRules().parts(text, ending=ending)] == ["one two three ^AB"]
    assert [part.text for part in TextRules(most=17).parts(text, ending=ending)] == [
        "one two three ^AB"
    ]


def test_an_account_may_have_its_own_channel():
    """What one account may write is not what all may; what nobody said is not known."""
    long, short = Channel(text=TextRules(most=9)), Channel(text=TextRules(most=3))
    spec = ConnectorSpec(
        name="acme",
        connector=Connector.__new__(type("Acme", (Connector,), {})),
        capabilities=(),
        channels={"public": short},
        channels_of={"premium": {"public": long}},
    )
    assert spec.channel("premium", "public") is long
    assert spec.channel("other", "public") is short
    assert spec.channel("premium", "private") == Channel()
