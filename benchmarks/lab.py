"""What every benchmark is given."""

from __future__ import annotations

from attrs import frozen

from benchmarks.bases import Bases

TENANT = "bench"
"""Whose desk it is, in ``desk.toml``."""

SMALL = 10_000
"""How many interactions the small base holds."""


@frozen(kw_only=True)
class Lab:
    """How thoroughly to measure, and on what.

    Attributes:
        bases: the databases to start from.
        repetitions: how often each contender has its turn.
        quick: whether to be content with less.
    """

    bases: Bases
    repetitions: int = 5
    quick: bool = False

    def size(self, thorough: int, quick: int) -> int:
        """Return one of two sizes."""
        return quick if self.quick else thorough

    @property
    def large(self) -> int:
        """How many interactions the large base holds; three cases for ten of them."""
        return self.size(1_000_000, 100_000)
