"""Words that must be found however they are written: whatever their accents, case and disguise."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache, lru_cache
from unicodedata import category, normalize

from attrs import field, frozen

_DROPPED = frozenset({"Mn", "Me", "Cf"})
"""Marks on letters, and characters without a shape: joiners, zero-width spaces, soft hyphens."""

_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters by their category, blank by their looks."""

_PLAIN = {
    "\u0131": "i",  # the Turkish i without a dot
    "ł": "l",
    "ø": "o",
    "đ": "d",
    "ħ": "h",
    "æ": "ae",
    "œ": "oe",
    "ð": "d",
    "þ": "th",
}
"""Letters that Unicode does not take apart, as people write them who lack them."""

_WITHOUT_SPACES = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\uabff\uf900-\ufaff]"
)
"""Writing without spaces between words (Thai, Chinese, Japanese), or in which endings join the word
(Korean, taken apart)."""


_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_WORDS = re.compile(r"\w+")


def folded(text: str) -> str:
    """Return text as keywords are compared: lower case, without accents, nothing invisible.

    Compatible forms become plain letters (full-width, bold, ligatures), ``ß`` becomes ``ss``, and
    the Turkish letters i, with and without a dot, become one.
    """
    if text.isascii():
        return text.lower()
    # Folding case may bring marks back (İ), and plain forms may have a case: so apart twice.
    apart = normalize("NFKD", normalize("NFKD", text).casefold())
    return _NOT_ASCII.sub(lambda found: _plain(found[0]), apart)


def folded_with_places(text: str) -> tuple[str, list[int]]:
    """Return text as ``folded`` does, and for each of its characters where it comes from."""
    if text.isascii():
        return text.lower(), list(range(len(text)))
    pieces = [folded(character) for character in text]
    places = [at for at, piece in enumerate(pieces) for _ in piece]
    return "".join(pieces), places


@cache
def _plain(character: str) -> str:
    if category(character) in _DROPPED or character in _BLANKS:
        return ""
    return _PLAIN.get(character, character)


@lru_cache(maxsize=1)  # several rules look at one message
def _read(text: str) -> tuple[str, frozenset[str]]:
    plain = folded(text)
    return plain, frozenset(_WORDS.findall(plain))


def _several(phrases: Iterable[str]) -> tuple[str, ...]:
    return tuple(phrases)  # tuple itself, as a converter, loses the type of what is in it


@frozen
class Keywords:
    """Words and phrases to look for, as whole words.

    Attributes:
        phrases: as somebody wrote them.

    Raises:
        ValueError: one of them holds nothing that can be seen.
    """

    phrases: tuple[str, ...] = field(converter=_several)
    _words: dict[str, str] = field(init=False, eq=False, repr=False)
    _others: tuple[tuple[str, Callable[[str], object], str], ...] = field(
        init=False, eq=False, repr=False
    )
    _anywhere: list[re.Pattern[str]] = field(init=False, factory=list, eq=False, repr=False)

    @_words.default
    def _single(self) -> dict[str, str]:
        plain = {phrase: " ".join(folded(phrase).split()) for phrase in self.phrases}
        if unseen := [phrase for phrase in plain if not plain[phrase]]:
            message = f"keyword {unseen[0]!r} holds nothing that can be seen"
            raise ValueError(message)
        return {word: phrase for phrase, word in plain.items() if _is_word(word)}

    @_others.default
    def _several(self) -> tuple[tuple[str, Callable[[str], object], str], ...]:
        plain = ((" ".join(folded(phrase).split()), phrase) for phrase in self.phrases)
        return tuple(
            (words.split()[0], re.compile(_whole(words)).search, phrase)
            for words, phrase in plain
            if not _is_word(words)
        )

    def find(self, text: str) -> str | None:
        """Return a keyword that stands in a text, as it was written in the list.

        Args:
            text: what somebody wrote.

        Returns:
            The first in the list of those that stand there; None without any.
        """
        plain, words = _read(text)
        found = {self._words[word] for word in self._words.keys() & words}
        # Mostly not even the beginning stands there, which is found out much sooner.
        found.update(
            phrase for begin, search, phrase in self._others if begin in plain and search(plain)
        )
        return next((phrase for phrase in self.phrases if phrase in found), None)

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where keywords stand in a text, in its own characters: from, to.

        Args:
            text: what somebody wrote.
        """
        if not self.phrases:
            return
        if not self._anywhere:  # made when it is first asked for: triage never does
            words = sorted((" ".join(folded(one).split()) for one in self.phrases), key=len)
            self._anywhere.append(re.compile("|".join(map(_whole, reversed(words)))))
        plain, places = folded_with_places(text)
        for found in self._anywhere[0].finditer(plain):
            yield places[found.start()], places[found.end() - 1] + 1


def _is_word(phrase: str) -> bool:
    """Tell whether a keyword is a single word in writing that has spaces between words."""
    return bool(_WORDS.fullmatch(phrase)) and not (
        _WITHOUT_SPACES.match(phrase[0]) or _WITHOUT_SPACES.match(phrase[-1])
    )


def _whole(phrase: str) -> str:
    begin = "" if _WITHOUT_SPACES.match(phrase[0]) else r"(?<!\w)"
    end = "" if _WITHOUT_SPACES.match(phrase[-1]) else r"(?!\w)"
    return begin + r"\s+".join(map(re.escape, phrase.split())) + end
