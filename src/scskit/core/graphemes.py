"""What people see as one character, and which of them are emoji.

The rules are those of Unicode's text segmentation (UAX 29, extended grapheme clusters), read from
the standard library's character data. Where that does not tell, characters are kept together: a cut
too few costs nothing, a cut through a family emoji or a Thai syllable shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from unicodedata import category, combining

ZWJ = "\u200d"
_EXTENDING = re.compile(
    "[\u200c\u200d\u0e33\u0eb3\uff9e\uff9f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]"
)
"""Beside marks: joiners, two vowels of Thai and Lao, Japanese voice marks, skin tones, tags."""
_PREPENDED = re.compile(
    "[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u0d4e\U000110bd\U000110cd\U000111c2\U000111c3"
    "\U0001193f\U00011941\U00011a3a\U00011a84-\U00011a89\U00011d46\U00011f02]"
)
_REGIONAL = re.compile("[\U0001f1e6-\U0001f1ff]")
_MARKS = frozenset({"Mn", "Me", "Mc"})
_CONTROLS = frozenset({"Cc", "Cf", "Zl", "Zp", "Cs"})
_VIRAMA = 9

_PICTURES = (
    "\U0001f004\U0001f0cf\U0001f170\U0001f171\U0001f17e\U0001f17f\U0001f18e\U0001f191-\U0001f19a"
    "\U0001f201\U0001f202\U0001f21a\U0001f22f\U0001f232-\U0001f23a\U0001f250\U0001f251"
    "\U0001f300-\U0001f64f\U0001f680-\U0001f6ff\U0001f7e0-\U0001f7eb\U0001f7f0"
    "\U0001f90c-\U0001f9ff\U0001fa70-\U0001faff"
    "\u231a\u231b\u23e9-\u23ec\u23f0\u23f3\u25fd\u25fe\u2600-\u2604\u260e\u2611\u2614\u2615\u2618"
    "\u261d\u2620\u2622\u2623\u2626\u262a\u262e\u262f\u2638-\u263a\u2648-\u2653\u265f\u2660\u2663"
    "\u2665\u2666\u2668\u267b\u267e\u267f\u2692-\u2697\u2699\u269b\u269c\u26a0\u26a1\u26a7\u26aa"
    "\u26ab\u26b0\u26b1\u26bd\u26be\u26c4\u26c5\u26c8\u26ce\u26cf\u26d1\u26d3\u26d4\u26e9\u26ea"
    "\u26f0-\u26f5\u26f7-\u26fa\u26fd\u2702\u2705\u2708-\u270d\u270f\u2712\u2714\u2716\u271d\u2721"
    "\u2728\u2733\u2734\u2744\u2747\u274c\u274e\u2753-\u2755\u2757\u2763\u2764\u2795-\u2797\u27a1"
    "\u27b0\u27bf\u2b1b\u2b1c\u2b50\u2b55"
)
_EMOJI = re.compile(
    rf"[{_PICTURES}](?!\ufe0e)|.\ufe0f|[0-9#*]\ufe0f?\u20e3|[\U0001f1e6-\U0001f1ff]{{2}}", re.DOTALL
)
"""What is shown as a picture: by itself, because it asks for it, a key, a flag."""
_STYLES = re.compile("[\ufe0f\ufe0e\U0001f3fb-\U0001f3ff]")


def boundaries(text: str) -> Iterator[int]:
    """Yield where graphemes begin, and the end of the text; an empty text has none."""
    if text.isascii() and "\r" not in text:
        yield from range(len(text) + 1 if text else 0)
        return
    flags, linked = 0, False
    for at, after in enumerate(text):
        before = text[at - 1] if at else ""
        flags = flags + 1 if _REGIONAL.match(after) else 0
        if not at or not _together(before, after, flags=flags, linked=linked):
            yield at
            flags = min(flags, 1)
        linked = combining(after) == _VIRAMA or (linked and _extends(after))
    yield len(text)


def graphemes(text: str) -> Iterator[tuple[int, int]]:
    """Yield each grapheme: from, to."""
    begin = None
    for at in boundaries(text):
        if begin is not None:
            yield begin, at
        begin = at


def _together(before: str, after: str, *, flags: int, linked: bool) -> bool:
    """Tell whether there is no boundary between two characters.

    Args:
        before: the first.
        after: the second.
        flags: how many regional indicators end with the second.
        linked: whether a virama stands before the second, which joins consonants.
    """
    if before.isascii() and after.isascii():
        return before == "\r" and after == "\n"
    if _controls(before):
        return False
    if _extends(after) or (_PREPENDED.match(before) and not _controls(after)):
        return True
    if before == ZWJ or linked:
        return category(after)[0] in "LNS"
    return flags == len("AB") or _syllable(before, after)


def _controls(character: str) -> bool:
    return (
        category(character) in _CONTROLS
        and not _EXTENDING.match(character)
        and not _PREPENDED.match(character)
    )


def _extends(character: str) -> bool:
    return category(character) in _MARKS or bool(_EXTENDING.match(character))


def _syllable(before: str, after: str) -> bool:
    """Tell whether two letters stand in one Korean syllable."""
    first, second = _hangul(before), _hangul(after)
    return (
        (first == "L" and second in ("L", "V", "LV", "LVT"))
        or (first in ("V", "LV") and second in ("V", "T"))
        or (first in ("T", "LVT") and second == "T")
    )


def _hangul(character: str) -> str:
    if "\uac00" <= character <= "\ud7a3":
        return "LVT" if (ord(character) - 0xAC00) % 28 else "LV"
    if "\u1100" <= character <= "\u115f" or "\ua960" <= character <= "\ua97c":
        return "L"
    if "\u1160" <= character <= "\u11a7" or "\ud7b0" <= character <= "\ud7c6":
        return "V"
    if "\u11a8" <= character <= "\u11ff" or "\ud7cb" <= character <= "\ud7fb":
        return "T"
    return ""


def emoji(text: str) -> Iterator[tuple[int, int]]:
    """Yield each emoji, however many characters it is made of: from, to."""
    if text.isascii():
        return
    for start, end in graphemes(text):
        if _EMOJI.match(text, start, end):
            yield start, end


def same_emoji(one: str) -> str:
    """Return an emoji without its style and skin tones, to compare it with others."""
    return _STYLES.sub("", one)
