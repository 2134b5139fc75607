"""Keywords are found however people write them, and however they try to hide them."""
# ruff: noqa: RUF001  letters that look alike are what is tested

from __future__ import annotations

from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scskit.core.keywords import Keywords, folded

ZWSP, ZWJ, ZWNJ, SOFT_HYPHEN, WORD_JOINER = "\u200b", "\u200d", "\u200c", "\u00ad", "\u2060"
INVISIBLE = st.sampled_from(
    [ZWSP, ZWJ, ZWNJ, SOFT_HYPHEN, WORD_JOINER, "\ufeff", "\u202e", "\ufe0f"]
)
WORDS = ("lawyer", "abogado", "kündigung", "straße", "ısparta", "şikâyet", "ombudsman")


@pytest.mark.parametrize(
    ("keyword", "text"),
    [
        ("abogado", "Mi ABOGADO le escribirá"),
        ("denuncia pública", "haré una DENUNCIA  PUBLICA"),
        ("cafe", "CAFE\u0301"),
        ("straße", "In der STRASSE"),
        ("strasse", "in der Straße"),
        ("kündigung", "KUNDIGUNG!"),
        ("istanbul", "\u0130STANBUL"),
        ("\u0130stanbul", "istanbul"),
        ("ısparta", "ISPARTA"),
        ("diyarbakır", "DİYARBAKIR"),
        ("łódź", "Lodz"),
        ("lawyer", f"my l{ZWSP}a{ZWJ}w{SOFT_HYPHEN}yer"),
        ("lawyer", "my ｌａｗｙｅｒ"),
        ("lawyer", "my 𝐥𝐚𝐰𝐲𝐞𝐫"),
        ("ﬁne", "a fine"),
        ("弁護士", "弁護士に相談します"),
        ("弁護士", "ご相談は弁護士へ"),
        ("변호사", "변호사를 불렀어요"),
        ("i will sue", "And I\nwill sue you"),
        ("#scam", "this is a #SCAM"),
    ],
)
def test_a_keyword_is_found_however_it_is_written(keyword, text):
    """Accents, case, bold and wide letters, line breaks and invisible characters hide nothing."""
    assert Keywords((keyword,)).find(text) == keyword


@pytest.mark.parametrize(
    ("keyword", "text"),
    [
        ("sue", "what an issue"),
        ("sue", "suede"),
        ("i will sue", "I will not sue"),
        ("i will sue", "I will suede shoes clean"),
        ("a", ""),
    ],
)
def test_a_keyword_is_a_whole_word(keyword, text):
    """Part of another word is not it."""
    assert Keywords((keyword,)).find(text) is None


def test_no_keywords_find_nothing():
    """An empty list matches no text, not even an empty one."""
    assert Keywords(()).find("") is None


def test_a_keyword_that_nobody_can_see_is_refused():
    """A slip that would never be found, or everywhere, is told at once."""
    with pytest.raises(ValueError, match="holds nothing that can be seen"):
        Keywords(("ok", f"{ZWSP}{ZWJ}"))


@given(word=st.sampled_from(WORDS), data=st.data())
def test_disguises_do_not_help(word, data):
    """Any mixture of cases, invisible characters and written-out accents is still the word."""
    form = data.draw(st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
    letters = [
        (letter.upper() if data.draw(st.booleans()) else letter)
        + data.draw(st.just("") | INVISIBLE)
        for letter in normalize(form, word)
    ]
    assert Keywords((word,)).find(f"and then: {''.join(letters)}!") == word


@given(st.text())
def test_folding_twice_is_folding_once(text):
    """What is compared has one form."""
    once = folded(text)
    assert folded(once) == once


@given(st.text(), st.lists(INVISIBLE, max_size=4), st.sampled_from(WORDS), st.text())
def test_where_a_keyword_stands_is_told_in_the_texts_own_characters(before, hidden, word, after):
    """Who is told what is wrong sees it marked, disguise and all."""
    disguised = normalize("NFD", word[:2]).upper() + "".join(hidden) + word[2:]
    text = f"{before} {disguised} {after}"
    keywords = Keywords(WORDS)
    spans = list(keywords.spans(text))
    assert all(keywords.find(text[start:end]) for start, end in spans)
    begin = len(before) + 1
    assert any(start <= begin + 1 and end >= begin + len(disguised) - 1 for start, end in spans)


def test_every_place_of_a_keyword_is_told():
    """One look finds them all; without keywords nothing is found."""
    assert list(Keywords(("scam", "scam artist")).spans("Scam! A SCAM  artist.")) == [
        (0, 4),
        (8, 20),
    ]
    assert list(Keywords(()).spans("anything")) == []
