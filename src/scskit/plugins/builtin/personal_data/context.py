"""Words beside a number, which say what it is."""

from __future__ import annotations

import re

BEFORE, BEHIND = 40, 30
"""How many characters before a number, and behind it, count as beside it."""


def near(words: re.Pattern[str], text: str, start: int, end: int) -> bool:
    """Tell whether one of the words stands beside a stretch of text."""
    before = text[max(0, start - BEFORE) : start]
    return bool(words.search(before) or words.search(text[end : end + BEHIND]))


def right_before(words: re.Pattern[str], text: str, start: int) -> bool:
    """Tell whether one of the words stands shortly before a place, nothing but signs between."""
    return bool(words.search(text[max(0, start - BEFORE) : start]))
