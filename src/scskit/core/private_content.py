"""What was said in private stays there: a public note shares no words and no numbers with it.

Words count from five in a row, as people read them: case, width and accents of another kind make no
difference. Numbers and codes count one by one, however they are spaced or punctuated.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from unicodedata import category, digit, normalize

from scskit.core.reply import Violation

IN_A_ROW = 5
"""From so many words in a row on, a text repeats another."""

_WORD = re.compile(r"[^\W_]+")
_GROUP = re.compile(r"[^\W_]+(?:[-\u2013\u2014_./,:#·][^\W_]+)*")
_SPACED = re.compile(r"\d+(?:[\s.,\-\u2013\u2014·/()]{1,3}\d+)+")
_SHORTEST = 2
"""A single digit says nothing: ``2 days``."""

Span = tuple[int, int]


def shared(text: str, private: Iterable[str]) -> Iterator[Violation]:
    """Yield what a public text has in common with private ones, with where it stands.

    Args:
        text: what is to be said in public.
        private: what was said in private.
    """
    phrases: set[tuple[str, ...]] = set()
    numbers: set[str] = set()
    for one in private:
        words = [word for word, _ in _words(one)]
        phrases.update(zip(*(words[n:] for n in range(IN_A_ROW)), strict=False))
        numbers.update(number for number, _ in _numbers(one))
    for start, end in _runs(text, phrases):
        yield _violation("repeats words of", start, end)
    told = {span for number, span in _numbers(text) if number in numbers}
    for start, end in _outer(told):
        yield _violation("has a number or code of", start, end)


def _violation(what: str, start: int, end: int) -> Violation:
    message = f"This {what} the private conversation; nothing of it is said in public."
    return Violation("private_content", message, "desk", start, end)


def _runs(text: str, phrases: set[tuple[str, ...]]) -> Iterator[Span]:
    """Return the stretches of a text that stand in the phrases, each as long as it goes."""
    words = _words(text)
    found: list[Span] = []
    for first in range(len(words) - IN_A_ROW + 1):
        window = words[first : first + IN_A_ROW]
        if tuple(word for word, _ in window) in phrases:
            found.append((window[0][1][0], window[-1][1][1]))
    yield from _merged(found)


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


def _outer(spans: set[Span]) -> list[Span]:
    """Leave out what stands within another span."""
    return [
        span
        for span in sorted(spans)
        if not any(o != span and o[0] <= span[0] and span[1] <= o[1] for o in spans)
    ]


def _words(text: str) -> list[tuple[str, Span]]:
    plain, places = _plain(text)
    return [
        (found.group(), (places[found.start()], places[found.end() - 1] + 1))
        for found in _WORD.finditer(plain)
    ]


def _numbers(text: str) -> list[tuple[str, Span]]:
    """Return numbers and codes, without what only parts them, and where they stand."""
    plain, places = _plain(text)
    found = [*_WORD.finditer(plain), *_GROUP.finditer(plain), *_SPACED.finditer(plain)]
    return [
        (bare, (places[one.start()], places[one.end() - 1] + 1))
        for one in found
        if len(bare := "".join(filter(str.isalnum, one.group()))) >= _SHORTEST
        and any(map(str.isdigit, bare))
    ]


def _plain(text: str) -> tuple[str, list[int]]:
    """Return a text as it is compared, and for each of its characters where it came from."""
    signs: list[str] = []
    places: list[int] = []
    for place, sign in enumerate(text):
        if category(sign) in {"Cf", "Mn"}:  # invisible, or an accent that stands apart
            continue
        value = digit(sign, None)  # of whatever script
        for one in normalize("NFKD", sign).casefold() if value is None else str(value):
            if category(one) != "Mn":
                signs.append(one)
                places.append(place)
    return "".join(signs), places
