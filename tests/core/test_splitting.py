"""Long texts in parts: nothing lost, nothing broken, nothing too long."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scskit import ReplyRefused
from scskit.core.graphemes import boundaries
from scskit.core.splitting import split


def in_bytes(text):
    return len(text.encode("utf-8", "surrogatepass"))


def heavy(text):
    """Count as X does, roughly: a link is 23, a letter beyond the common ones 2."""
    plain = re.sub(r"https?://\S+", "x" * 23, text)
    return sum(1 if ord(c) < 4352 else 2 for c in plain)


URL = "https://acme.example/a/long/way?to=go"
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
BLANKS = (" ", "  ", "\n\n", "\r\n", "a\n", ". ", "?! ", "\u3002", "\u00a0", " \u0301")
WORDS = ("word", "palabra", "\u4f60\u597d", FAMILY, "e\u0301", "x" * 30)
WHOLES = (URL, "https://a.example", "@acme_help", "#help", "1.234,56", "ana@acme.example")
PIECES = st.sampled_from([*BLANKS, *WORDS, *WHOLES, "+34 600 000 000"])
TEXTS = st.lists(PIECES | st.text(max_size=6), max_size=60).map("".join)
MEASURES = st.sampled_from([len, in_bytes, heavy])


@given(TEXTS, st.integers(60, 200), MEASURES, st.booleans(), st.sampled_from(["", "…"]))
def test_nothing_is_lost_or_too_long(text, most, measure, numbered, mark):
    """The parts are the text, in order: between them there is white space and nothing else."""
    ending = " ^AB"
    try:
        parts = split(text, most, measure, numbered=numbered, mark=mark, ending=ending)
    except ReplyRefused:
        assert longest_word(text, measure) > most - 20
        return
    at = 0
    for number, part in enumerate(parts, 1):
        assert text[at : part.start].strip() == ""
        assert text[part.start : part.end] in part.text
        assert measure(part.text) <= most
        assert part.text.endswith(ending) is (number == len(parts))
        if len(parts) > 1 and numbered:
            assert f" ({number}/{len(parts)})" in part.text
        if mark and number < len(parts):
            assert mark in part.text
        at = part.end
    assert text[at:].strip() == ""


def longest_word(text, measure):
    return max(map(measure, text.split()), default=0)


@given(TEXTS, st.integers(60, 120))
def test_nothing_is_cut_that_belongs_together(text, most):
    """No part ends within a link, a mention, a number, or what people see as one character."""
    try:
        parts = split(text, most)
    except ReplyRefused:
        return
    cuts = {one.end for one in parts[:-1]} | {one.start for one in parts[1:]}
    assert cuts <= set(boundaries(text))
    for whole in WHOLES:
        for found in re.finditer(rf"(?<!\S){re.escape(whole)}(?!\S)", text):
            assert not [at for at in cuts if found.start() < at < found.end()]


def texts(*arguments, **given):
    return [part.text for part in split(*arguments, **given)]


def test_what_fits_is_not_cut():
    """A short answer is one message, with its sign-off and without a number."""
    assert texts(" Hello! ", 20, numbered=True, mark="…", ending=" ^AB") == ["Hello! ^AB"]
    assert texts("", 20, ending=" ^AB") == [" ^AB"]


def test_paragraphs_go_before_sentences_before_words():
    """A text is cut where a reader would take a breath."""
    assert texts("One two three.\n\nFour five. Six seven eight.", 30) == [
        "One two three.",
        "Four five. Six seven eight.",
    ]
    assert texts("One two three. Four five six seven eight", 30) == [
        "One two three.",
        "Four five six seven eight",
    ]
    assert texts("one two three four five six seven", 14) == [
        "one two three",
        "four five six",
        "seven",
    ]


def test_numbers_and_marks_count():
    """What is added to a part is inside the limit; the sign-off stands on the last alone."""
    found = texts("one two three four five six", 20, numbered=True, mark="…", ending=" ^AB")
    assert found == ["one two three… (1/3)", "four five… (2/3)", "six (3/3) ^AB"]
    many = texts("word " * 40, 20, numbered=True)
    assert many[0] == "word word (1/20)"
    assert max(map(len, many)) <= 20


def test_a_sign_off_is_never_alone():
    """The last part says something beside who wrote it."""
    assert texts("one two three", 13, ending=" ^AB") == ["one two", "three ^AB"]


def test_links_count_as_the_network_counts_them():
    """A link that X counts as 23 may be longer than the part it is in."""
    long = "https://acme.example/" + "a" * 300
    assert texts(f"See {long} please", 40, heavy) == [f"See {long} please"]
    assert texts(f"{long} {long}", 40, heavy, mark="…") == [f"{long} …", long]


def test_a_number_in_groups_stays_on_one_line():
    """Nobody has to put a telephone number together from two messages."""
    assert texts("Please call us: +34 600 000 000", 20) == ["Please call us:", "+34 600 000 000"]
    assert texts("1 " * 20, 11) == ["1 1 1 1 1 1", "1 1 1 1 1 1", "1 1 1 1 1 1", "1 1"]


def test_writing_without_blanks_is_cut_at_its_sentences():
    """Chinese and Japanese have no blanks, and are no single word."""
    sentence = "\u4f60\u597d" * 4 + "\u3002"
    assert texts(sentence * 3, 20) == [sentence * 2, sentence]
    assert texts("\u4f60" * 25, 10) == ["\u4f60" * 10, "\u4f60" * 10, "\u4f60" * 5]
    assert texts("\u89c1https://a.example/b\uff0c" + "\u597d" * 30, 40)[0].endswith("\u597d")


def test_emoji_are_not_taken_apart():
    """A family does not become three people."""
    assert texts(FAMILY * 5, 12) == [FAMILY * 2, FAMILY * 2, FAMILY]


def test_a_blank_that_bears_a_mark_is_not_lost():
    """White space goes at a cut, but not under an accent, where it is seen."""
    parts = split("aaaa  \u0301bbbb", 8)
    assert [part.text for part in parts] == ["aaaa", " \u0301bbbb"]


def test_a_mention_without_a_blank_before_it_stays_whole():
    """A mention that is cut notifies somebody else."""
    wide = "\u4f60" * 6
    assert texts(f"{wide}@acme_help", 12) == [wide, "@acme_help"]


def test_a_hard_blank_is_no_place_to_cut():
    """What is written with a no-break space stays together."""
    assert texts("it costs 12\u00a0EUR", 13) == ["it costs", "12\u00a0EUR"]


def test_what_cannot_be_cut_is_refused_with_its_place():
    """A link that does not fit is not sent in pieces that lead nowhere."""
    text = "See https://acme.example/" + "a" * 100
    with pytest.raises(ReplyRefused, match="cannot be sent in parts") as caught:
        split(text, 50)
    (violation,) = caught.value.violations
    assert (violation.code, text[violation.start : violation.end]) == ("unsplittable", text[4:])


def test_a_long_text_takes_no_long_time():
    """The work grows with the text: 100,000 characters are measured a few thousand times."""
    asked = []

    def counting(text):
        asked.append(text)
        return len(text)

    assert len(split("lorem ipsum dolor " * 5_000, 280, counting)) > 300
    assert len(asked) < 8_000
