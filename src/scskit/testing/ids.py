"""Ids that are the same in every run of a test."""

from __future__ import annotations

from datetime import datetime
from threading import Lock

from scskit.core.time import to_micros


class SequentialIds:
    """Ids as ``core.ids`` makes them, 32 hexadecimal digits that sort by time, without chance.

    Give it to ``open_desk(ids=...)``; with a ``FakeClock`` a test then makes the same ids in
    every run. Two desks on one database need sources that differ.
    """

    def __init__(self, source: int = 0) -> None:
        """Begin at 1.

        Args:
            source: tells the ids of one source from those of another, 0 to 65535.

        Raises:
            ValueError: the source is out of range.
        """
        if not 0 <= source < 1 << 16:
            message = f"source: found {source}, expected 0 to 65535"
            raise ValueError(message)
        self._lock = Lock()
        self._source = source
        self._count = 0
        self._latest = 0

    def new(self, now: datetime) -> str:
        """Return the next id: it sorts behind all before it, also when the clock steps back."""
        with self._lock:
            self._count += 1
            self._latest = max(self._latest, to_micros(now) // 1000)
            return f"{self._latest:012x}{self._count:016x}{self._source:04x}"
