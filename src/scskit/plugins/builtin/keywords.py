"""Finding whole words and phrases, mostly by one set operation per message."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scskit.plugins.builtin.text import CURLY, split

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from scskit.plugins.builtin.text import Text

    Phrase = tuple[str, Callable[[str], re.Match[str] | None], str]
    """The end of a phrase, the search for the whole of it, and the phrase itself."""


NOTHING: frozenset[str] = frozenset()


class Keywords:
    """Words and phrases to be found, whole, whatever their case; as ``#tag`` too, and with ``'s``.

    Most messages hold none of them, and a phrase only where its first word stands: sets tell both
    at a fraction of what a regular expression costs, which decides about phrases alone.
    """

    def __init__(self, phrases: Iterable[str]) -> None:
        """Take words and phrases."""
        self._words: dict[str, str] = {}
        self._phrases: dict[str, list[Phrase]] = {}
        self._signs: list[Phrase] = []
        for phrase in filter(None, map(normal, phrases)):
            self._add(phrase)
        self._firsts = frozenset(self._words) | frozenset(self._phrases)

    def _add(self, phrase: str) -> None:
        tokens = split(phrase)
        if tokens == [phrase]:
            self._words.update(dict.fromkeys(_forms(phrase), phrase))
        elif tokens:
            for form in _forms(tokens[0]):
                self._phrases.setdefault(form, []).append(_prepared(phrase))
        else:
            self._signs.append(_prepared(phrase))

    def find(self, text: Text) -> Collection[str]:
        """Return which of them stand in a text."""
        firsts = self._firsts.intersection(text.tokens)
        if not firsts and not self._signs:
            return NOTHING
        found: set[str] = set()
        for word in firsts:
            if word in self._words:
                found.add(self._words[word])
            if word in self._phrases:
                found.update(_standing(self._phrases[word], text.lower))
        found.update(_standing(self._signs, text.lower))
        return found


def normal(phrase: str) -> str:
    """Return a phrase as it is compared: lower case, single spaces, plain apostrophes."""
    return " ".join(phrase.lower().replace(CURLY, "'").split())


def _forms(word: str) -> tuple[str, ...]:
    return (word, f"{word}'s") if word[0] in "@#" else (word, f"#{word}", f"{word}'s")


def _prepared(phrase: str) -> Phrase:
    escaped = re.escape(phrase).replace("'", f"['{CURLY}]").replace(r"\ ", r"\s+")
    end = re.split(r"[\s']", phrase)[-1]
    return end, re.compile(rf"(?<![\w@]){escaped}(?!\w)").search, phrase


def _standing(phrases: list[Phrase], lower: str) -> Iterator[str]:
    for end, search, phrase in phrases:
        if end in lower and search(lower):
            yield phrase
