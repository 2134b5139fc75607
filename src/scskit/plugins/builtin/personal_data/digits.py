"""Digits in groups, and the sums by which numbers are checked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from attrs import frozen

_GROUP: Final = re.compile(r"\d+")
_GAP: Final = re.compile(r"[\W_]{1,3}")
"""What people write between the groups of one number: anything, but little of it."""

_EVEN_DOUBLED: Final = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


@frozen
class Group:
    """Digits without anything between them.

    Attributes:
        text: the digits.
        start: where they begin.
        end: where they end.
        glued: whether a letter stands right before or behind them.
    """

    text: str
    start: int
    end: int
    glued: bool


def chains(text: str) -> Iterator[list[Group]]:
    """Yield groups of digits that may belong together: next to each other, with little between."""
    chain: list[Group] = []
    for found in _GROUP.finditer(text):
        if chain and not _GAP.fullmatch(text, chain[-1].end, found.start()):
            yield chain
            chain = []
        chain.append(_group(text, found))
    if chain:
        yield chain


def _group(text: str, found: re.Match[str]) -> Group:
    start, end = found.span()
    around = text[start - 1 : start] if start else ""
    around += text[end : end + 1]
    return Group(found[0], start, end, any(letter.isalpha() for letter in around))


def luhn(digits: str) -> bool:
    """Tell whether the last digit is the check digit of ISO/IEC 7812-1, appendix B."""
    values = [ord(digit) - 48 for digit in reversed(digits)]
    return (sum(values[::2]) + sum(_EVEN_DOUBLED[value] for value in values[1::2])) % 10 == 0


def weighted(digits: str, weights: Sequence[int]) -> int:
    """Return the sum of digits times weights; the shorter of both ends it."""
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))


def mod_97(code: str) -> int:
    """Return letters (``a`` = 10) and digits, written after one another, modulo 97 (ISO 7064)."""
    return int("".join(str(int(sign, 36)) for sign in code)) % 97
