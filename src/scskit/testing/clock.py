"""A clock that moves when a test says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Lock

from scskit.core.time import require_aware

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
"""Where a fake clock stands unless told otherwise: a Monday at noon."""


class FakeClock:
    """Tells the time that a test has set; give it to ``open_desk(clock=...)``.

    It may be read and moved from several threads.
    """

    def __init__(self, start: datetime = START) -> None:
        """Stand at ``start``, any aware instant.

        Raises:
            ValueError: the start is naive.
        """
        self._lock = Lock()
        self._now = require_aware(start, "start")

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        return self._now

    def advance(self, by: timedelta) -> datetime:
        """Let time pass, and return the instant it is then.

        Raises:
            ValueError: time would run backwards; ``jump_to`` can do that.
        """
        if by < timedelta(0):
            message = f"advance: found {by}, expected no less than nothing; jump_to can go back"
            raise ValueError(message)
        with self._lock:
            self._now += by
            return self._now

    def jump_to(self, instant: datetime) -> datetime:
        """Set the clock to any aware instant, also an earlier one, and return it in UTC.

        Raises:
            ValueError: the instant is naive.
        """
        with self._lock:
            self._now = require_aware(instant, "instant")
            return self._now
