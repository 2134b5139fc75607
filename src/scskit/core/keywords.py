"""Words that must be found however they are written: whatever their accents, case and disguise."""

from __future__ import annotations

import re
from unicodedata import category, normalize

from attrs import field, frozen

_DROPPED = frozenset({"Mn", "Me", "Cf"})
"""Marks on letters, and characters without a shape: joiners, zero-width spaces, soft hyphens."""

_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters by their category, blank by their looks."""

_PLAIN = str.maketrans(
    {
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
)
"""Letters that Unicode does not take apart, as people write them who lack them."""

_WITHOUT_SPACES = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\uabff\uf900-\ufaff]"
)
"""Writing without spaces between words (Thai, Chinese, Japanese), or in which endings join the word
(Korean, taken apart)."""


def folded(text: str) -> str:
    """Return text as keywords are compared: lower case, without accents, nothing invisible.

    Compatible forms become plain letters (full-width, bold, ligatures), ``ß`` becomes ``ss``, and
    the Turkish letters i, with and without a dot, become one.
    """
    if text.isascii():
        return text.lower()
    # Folding case may bring marks back (İ), and plain forms may have a case: so apart twice.
    apart = normalize("NFKD", normalize("NFKD", text).casefold())
    shown = (c for c in apart if c.isascii() or not (category(c) in _DROPPED or c in _BLANKS))
    return "".join(shown).translate(_PLAIN)


@frozen
class Keywords:
    """Words and phrases to look for, as whole words.

    Attributes:
        phrases: as somebody wrote them.

    Raises:
        ValueError: one of them holds nothing that can be seen.
    """

    phrases: tuple[str, ...] = field(converter=tuple)
    _named: dict[str, str] = field(init=False, eq=False, repr=False)
    _pattern: re.Pattern[str] = field(init=False, eq=False, repr=False)

    @_named.default
    def _name(self) -> dict[str, str]:
        named = {" ".join(folded(phrase).split()): phrase for phrase in self.phrases}
        if "" in named:
            message = f"keyword {named['']!r} holds nothing that can be seen"
            raise ValueError(message)
        return named

    @_pattern.default
    def _compile(self) -> re.Pattern[str]:
        # The longest first: what is told is the most that was found.
        longest = sorted(self._named, key=len, reverse=True)
        return re.compile("|".join(map(_whole, longest)) or r"(?!)")

    def find(self, text: str) -> str | None:
        """Return the first keyword that stands in a text, as it was written in the list.

        Args:
            text: what somebody wrote.
        """
        found = self._pattern.search(folded(text))
        return self._named[" ".join(found.group().split())] if found else None


def _whole(phrase: str) -> str:
    begin = "" if _WITHOUT_SPACES.match(phrase[0]) else r"(?<!\w)"
    end = "" if _WITHOUT_SPACES.match(phrase[-1]) else r"(?!\w)"
    return begin + r"\s+".join(map(re.escape, phrase.split())) + end
