"""Counting words of several kinds in one sum: the innermost loop of the word lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

BITS = 12
"""Room for each kind: weights add up to 4095 before they would spill into the next kind."""
ROOM = (1 << BITS) - 1

Key = TypeVar("Key")


class Tally(Generic[Key]):
    """Weights of words per kind, packed into one number per word."""

    def __init__(self, weights: Iterable[tuple[Key, str, int]], kinds: tuple[str, ...]) -> None:
        """Take weights; the heaviest of one word and kind stays.

        Args:
            weights: word, kind and weight.
            kinds: at most five, so that a sum stays a machine word.
        """
        self._shift = {kind: BITS * place for place, kind in enumerate(kinds)}
        heaviest: dict[tuple[Key, str], int] = {}
        for key, kind, weight in weights:
            heaviest[key, kind] = max(weight, heaviest.get((key, kind), 0))
        self._packed: dict[Key, int] = {}
        for (key, kind), weight in heaviest.items():
            self._packed[key] = self._packed.get(key, 0) + (weight << self._shift[kind])
        self.keys = frozenset(self._packed)

    def count(self, found: Iterable[Key]) -> int:
        """Add the weights of words up; each must be one of ``keys``."""
        return sum(map(self._packed.__getitem__, found))

    def place(self, kind: str) -> int:
        """Return how far a sum is shifted to read a kind, for loops that cannot afford ``of``."""
        return self._shift[kind]

    def of(self, count: int, kind: str) -> int:
        """Return one kind's part of a sum."""
        return count >> self._shift[kind] & ROOM

    def speaks_for(self, key: Key, kind: str) -> bool:
        """Tell whether a word has weight for a kind."""
        return bool(self.of(self._packed[key], kind))
