"""What people see as one character stays one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scskit.core.graphemes import boundaries, emoji, graphemes, same_emoji

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
ONES = [
    "a",
    "\r\n",
    "e\u0301\u0323",
    FAMILY,
    "\U0001f44d\U0001f3fd",
    "\U0001f1ea\U0001f1f8",
    "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    "\u2764\ufe0f\u200d\U0001f525",
    "1\ufe0f\u20e3",
    "\u0e01\u0e33",
    "\u0915\u094d\u0937\u093f",
    "\u1112\u1161\u11ab",
    "\ud55c\u11ab",
    "\u0600\u0661",
]
TEXTS = st.lists(
    st.sampled_from([*ONES, " ", "\n", "\u200d", "\u094d", "\U0001f1ea", "\u0301", "\u200b"])
    | st.characters(exclude_categories=["Cn", "Cs", "Co"]),
    max_size=12,
).map("".join)


@pytest.mark.parametrize("one", ONES, ids=ascii)
def test_what_is_seen_as_one_is_one(one):
    """Accents, families, flags, syllables of Hindi, Thai and Korean are not taken apart."""
    assert list(graphemes(f"x{one}y")) == [(0, 1), (1, len(one) + 1), (len(one) + 1, len(one) + 2)]


def test_flags_come_in_pairs():
    """Three flags in a row are three, not one and a half."""
    spain, france, single = "\U0001f1ea\U0001f1f8", "\U0001f1eb\U0001f1f7", "\U0001f1ea"
    text = spain + france + spain + single
    assert [text[a:b] for a, b in graphemes(text)] == [spain, france, spain, single]


@given(TEXTS)
def test_graphemes_are_the_text(text):
    """Nothing is lost or seen twice."""
    assert "".join(text[a:b] for a, b in graphemes(text)) == text


@given(TEXTS)
def test_nothing_is_cut_that_unicode_keeps_together(text):
    """Every boundary of ours is one of Unicode's own."""
    regex = pytest.importorskip("regex", reason="knows the rules of Unicode")
    theirs = {0, *(found.end() for found in regex.finditer(r"\X", text))} if text else set()
    assert set(boundaries(text)) <= theirs


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("no emoji: 1 2 3 # * (c) \u00a9 \u2122 \u2192 \u2713", []),
        (f"hi {FAMILY}!", [FAMILY]),
        ("\u2764\u2764\ufe0f\u2764\ufe0e", ["\u2764", "\u2764\ufe0f"]),
        ("1\ufe0f\u20e3 \u00a9\ufe0f", ["1\ufe0f\u20e3", "\u00a9\ufe0f"]),
        ("\U0001f1ea\U0001f1f8\U0001f1ea", ["\U0001f1ea\U0001f1f8"]),
        ("\U0001f44d\U0001f3fd\U0001f44d", ["\U0001f44d\U0001f3fd", "\U0001f44d"]),
    ],
)
def test_emoji_are_counted_as_people_count_them(text, found):
    """A family is one emoji, a digit and a trade mark are none."""
    assert [text[a:b] for a, b in emoji(text)] == found


@given(st.characters(exclude_categories=["Cn", "Cs", "Co"]))
def test_every_picture_is_known(character):
    """What Unicode shows as a picture by itself is counted."""
    regex = pytest.importorskip("regex", reason="knows the rules of Unicode")
    if regex.match(r"\p{Emoji_Presentation}", character) and not regex.match(r"\p{RI}", character):
        assert list(emoji(character)) == [(0, 1)]
    elif not regex.match(r"\p{Extended_Pictographic}|\p{Emoji}", character):
        assert list(emoji(character)) == []


def test_emoji_are_compared_without_their_skin():
    """Who allows a thumb allows every thumb."""
    assert same_emoji("\U0001f44d\U0001f3fd") == same_emoji("\U0001f44d")
    assert same_emoji("\u2764\ufe0f") == same_emoji("\u2764")
