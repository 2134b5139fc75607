"""The length X takes a text to be."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scskit_twitter.weight import weighted_length


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("Hello", 5),
        ("mañana", 6),
        ("man\u0303ana", 6),
        ("Привет", 6),
        ("日本語", 6),
        ("한국", 4),
        ("“quoted” — …", 13),
        ("€20", 4),
    ],
)
def test_characters_weigh_one_or_two(text, length):
    """Common scripts weigh 1; what stands beyond them 2, once it is composed."""
    assert weighted_length(text) == length


@pytest.mark.parametrize(
    "emoji",
    [
        "😀",
        "👍🏽",
        "👨‍👩‍👧‍👦",
        "🏳️‍🌈",
        "🇪🇸",
        "❤️",
        "1️⃣",
        "#️⃣",
        "🏴󠁧󠁢󠁷󠁬󠁳󠁿",
        "🤝🏽",
        "👩🏾‍🚀",
        "🧑‍🧑‍🧒",
        "🫩",
        "☺",
        "©️",
    ],
)
def test_an_emoji_weighs_two_however_it_is_made(emoji):
    """One picture counts 2, also where it is a family, a flag, a key or has a skin colour."""
    assert weighted_length(emoji) == 2
    assert weighted_length(f"a{emoji}b{emoji}") == 6


@pytest.mark.parametrize("plain", ["1", "#", "*", "©", "®"])
def test_what_can_become_an_emoji_is_a_character_until_it_does(plain):
    """Digits and signs weigh 1 by themselves."""
    assert weighted_length(plain) == 1


@pytest.mark.parametrize(
    "link",
    [
        "https://acme.example.com",
        "http://acme.com/a/very/long/path/that/goes/on?with=a&query=too#and-more",
        "https://acme.com:8080/a_(b)",
        "acme.com",
        "www.acme.co.uk/help",
        "ACME.COM",
        "https://t.co/aBcDeF1234",
        "http://日本語.jp/x",
        "x.io",
    ],
)
def test_a_link_weighs_23(link):
    """However long or short, and with or without https, a link counts 23."""
    assert weighted_length(link) == 23
    assert weighted_length(f"See {link}, please ({link}).") == 4 + 23 + 10 + 23 + 2


@pytest.mark.parametrize(
    "text",
    [
        "3.14",
        "e.g. this",
        "end.Then",
        "ana@acme.com",
        "http://localhost/x",
        "a.notatld",
        "-acme.com",
        "foo_bar.com",
        "...",
        ".com",
    ],
)
def test_what_is_no_link_weighs_what_it_says(text):
    """A full stop alone makes no link, nor does an address for mail."""
    assert weighted_length(text) == len(text)


def test_the_boundary_is_exact():
    """280 fit, with emoji and links as X counts them; one more does not."""
    text = "👨‍👩‍👧 https://acme.example.com/help " + "x" * (280 - 2 - 1 - 23 - 1)
    assert weighted_length(text) == 280
    assert weighted_length(text + "x") == 281


@given(st.text(max_size=80))
def test_how_a_character_is_encoded_does_not_count(text):
    """The same text weighs the same, composed or decomposed."""
    assert weighted_length(unicodedata.normalize("NFD", text)) == weighted_length(text)


@given(st.text(alphabet="abcdefgh 日本😀", max_size=80), st.text(alphabet="ijkl 語👍", max_size=80))
def test_lengths_add_up(one, other):
    """What is written after a space adds what it weighs."""
    assert weighted_length(f"{one} {other}") == weighted_length(one) + 1 + weighted_length(other)
