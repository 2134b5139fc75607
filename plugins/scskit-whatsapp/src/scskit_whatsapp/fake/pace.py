"""How fast a number may send: to all, and to one person."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import datetime, timedelta
from typing import Final

from attrs import define, field, frozen


@frozen
class Pace:
    """So many at once, and then one in each so much time.

    Attributes:
        burst: how many at once.
        every: the time in which one more comes free.
    """

    burst: int
    every: timedelta


TO_ONE_PERSON: Final = Pace(45, timedelta(seconds=6))
THROUGHPUT: Final = 80
THROUGHPUT_IN_COEXISTENCE: Final = 20
"""Messages a second of one number."""


def throughput(a_second: int) -> Pace:
    """Return the pace of so many messages a second."""
    return Pace(a_second, timedelta(seconds=1) / a_second)


@define
class Buckets:
    """Counts what was sent, by whatever names it: each bucket leaks one in its ``every``."""

    _full_until: dict[Hashable, datetime] = field(factory=dict)

    def room(self, key: Hashable, pace: Pace, now: datetime) -> bool:
        """Tell whether one more fits; nothing is counted."""
        level = self._full_until.get(key, now) - now
        return level <= pace.every * (pace.burst - 1)

    def put(self, key: Hashable, pace: Pace, now: datetime) -> None:
        """Count one."""
        self._full_until[key] = max(self._full_until.get(key, now), now) + pace.every
