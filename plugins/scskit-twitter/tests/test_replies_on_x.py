"""What the desk makes of replies, held against X's own idea of links, mentions and lengths."""
# ruff: noqa: RUF001  letters that look alike are what is tested

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from scskit import ReplyRefused
from scskit.core.slots import Slot
from scskit.core.templates import Template, render
from scskit_twitter.channels import CHANNELS, channels_of
from scskit_twitter.config import AccountSettings, TwitterSettings
from scskit_twitter.weight import links, weighted_length

MENTION = re.compile(r"[@＠][A-Za-z0-9_]")
HASHTAG = re.compile(r"[#＃]\w")
PIECES = st.sampled_from(
    ["acme", ".", "com", ".com", "．com", "co", "uk", "https://", "www.", "/a?b=c", "@", "＠", "#"]
) | st.sampled_from(["\u4f60\u597d", "\u3002", " ", " ", "\n\n", ". ", "word", "!", "\u200b", "-"])
TEXTS = st.lists(PIECES | st.text(max_size=3), max_size=12).map("".join)
LONG = st.lists(
    st.sampled_from(
        [
            "acme.com",
            "https://acme.example.com/a/long/way?x=1",
            "see acme.co.uk/x, ",
            "@acme",
            "#hi",
        ]
    )
    | PIECES,
    max_size=150,
).map(" ".join)
FREE = Template(
    name="t",
    texts={"default": "Hi {a}{b}"},
    slots={"a": Slot(name="a"), "b": Slot(name="b")},
)


@given(TEXTS, TEXTS)
def test_nothing_that_fills_a_slot_is_alive_on_x(a, b):
    """X makes no link, no mention and no tag of what a customer's data brought into a reply."""
    try:
        found = render(FREE, "twitter", "", {"a": a, "b": b}, "public", "anonymous").text
    except ReplyRefused:
        return
    assert [found[start:end] for start, end in links(found)] == []
    assert not MENTION.search(found)
    assert not HASHTAG.search(found)


@given(LONG)
def test_the_posts_of_a_long_reply_are_short_enough_and_whole(text):
    """Each weighs what X allows, and every link is in one of them as it was."""
    try:
        parts = CHANNELS["public"].text.parts(text, numbered=True, mark="…", ending=" ^AB")
    except ReplyRefused:
        return
    assert all(weighted_length(part.text) <= 280 for part in parts)
    for start, end in links(text):
        assert any(one.start <= start and end <= one.end for one in parts), text[start:end]


def test_who_may_write_more_is_given_more_room():
    """Long posts are for accounts that X lets write them."""
    accounts = {
        "small": AccountSettings(user_id="1"),
        "large": AccountSettings(user_id="2", premium=True),
    }
    found = channels_of(TwitterSettings(accounts=accounts))
    assert {name: one["public"].text.most for name, one in found.items()} == {"large": 25_000}
