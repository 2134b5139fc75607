"""Text as personal data is looked for in it: disguises taken off, every character's place known."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final
from unicodedata import category, digit, normalize
from urllib.parse import unquote

from attrs import frozen

_INVISIBLE: Final = frozenset({"Mn", "Me", "Cf"})
_BLANK_LETTERS: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters by their category, blank by their looks."""

_CONTROLS: Final = re.compile(r"[\x00-\x08\x0e-\x1b\x7f]")
"""Characters that nobody sees, in ASCII."""

_DASHES: Final = frozenset("\u2212\u02d7\u2796\u30fc")
"""Dashes that Unicode does not call so."""

_DOTS: Final = frozenset("\u00b7\u2022\u2219\u22c5\u30fb\u3002\uff61")

_WORD: Final = re.compile(r"\S+")
_OF_A_LINK: Final = re.compile(r"[/?=]")
"""A word with one of these may be a link, in which escapes stand for other characters."""

_ESCAPED: Final = re.compile(r"%[0-7][0-9a-f]|(?:%[89a-f][0-9a-f])+", re.IGNORECASE)
"""A character, or several that are none of ASCII's, as links write them (RFC 3986, 2.1)."""

_LOOK_ALIKES: Final = str.maketrans(
    # Cyrillic and Greek letters that nobody can tell from Latin ones.
    "авсԁеһіјӏкмнопрԛѕтухуԝᴢ" + "αβεζηικμνορτυχ",
    "abcdehijlkmhonpqstyxywz" + "abezhikmvoptux",
)


@frozen
class Plain:
    """A text without disguises.

    Attributes:
        text: in lower case, digits as 0 to 9, nothing invisible; line ends stay.
        original: what somebody wrote.
        places: for each character of ``text``, where it stands in ``original``.
        escaped: whether a link in it has escapes.
    """

    text: str
    original: str
    places: Sequence[int]
    escaped: bool = False

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where a stretch of ``text`` stands in the original.

        Marks on its last character, such as the box of a keycap, belong to it.
        """
        first, last = self.places[start], self.places[end - 1] + 1
        if self.escaped and (escape := _ESCAPED.match(self.original, last - 1)):
            last = escape.end()
        while last < len(self.original) and category(self.original[last]) in {"Mn", "Me"}:
            last += 1
        return first, last

    def written(self, at: int) -> str:
        """Return the character that somebody wrote at a place of ``text``."""
        return self.original[self.places[at]]


def plain(text: str) -> Plain:
    """Take the disguises off a text: full-width digits, zero-width characters, look-alikes.

    What links write in escapes is read as well.
    """
    escapes = _escapes(text) if "%" in text else {}
    if text.isascii() and not escapes and not _CONTROLS.search(text):
        return Plain(text.lower(), text, range(len(text)))
    shown: list[str] = []
    places: list[int] = []
    behind = 0
    for place, character in enumerate(text):
        if place < behind:
            continue
        told, behind = escapes.get(place, (character, place + 1))
        for folded in map(_folded, told):
            shown.extend(folded)
            places.extend([place] * len(folded))
    return Plain("".join(shown), text, places, bool(escapes))


def _escapes(text: str) -> dict[int, tuple[str, int]]:
    """Return what stands for other characters in links: by its place, these and where it ends."""
    return {
        escape.start(): (unquote(escape[0]), escape.end())
        for word in _WORD.finditer(text)
        if (begun := _OF_A_LINK.search(text, *word.span()))
        for escape in _ESCAPED.finditer(text, begun.end(), word.end())
    }


@lru_cache(maxsize=4096)
def _folded(character: str) -> str:
    kind = category(character)
    if character in _BLANK_LETTERS or kind in _INVISIBLE or _CONTROLS.match(character):
        return ""
    sign = _sign(character, kind)
    if sign:
        return sign
    apart = normalize("NFKD", normalize("NFKD", character).casefold())
    seen = "".join(one for one in apart if category(one) not in _INVISIBLE)
    return seen.translate(_LOOK_ALIKES)


def _sign(character: str, kind: str) -> str:
    """Return the digit, dash, dot or blank that a character is another form of."""
    if (value := digit(character, None)) is not None:
        return str(value)
    if kind == "Pd" or character in _DASHES:
        return "-"
    if character in _DOTS:
        return "."
    if character in "\n\r\u2028\u2029":
        return "\n"
    return " " if kind.startswith("Z") or character.isspace() else ""
