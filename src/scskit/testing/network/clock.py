"""A clock for fake networks that serve real programs: it goes with the machine's, and can jump."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from scskit.core.time import SystemClock, require_aware
from scskit.testing.clock import FakeClock

_MACHINE: Final = SystemClock()


class FollowingClock(FakeClock):
    """The machine's time, put forward or back as told; a week passes in one call."""

    def __init__(self) -> None:
        """Begin at the machine's own time."""
        super().__init__(_MACHINE.now())
        self._ahead = timedelta(0)
        self._moving = Lock()

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        return _MACHINE.now() + self._ahead

    def advance(self, by: timedelta) -> datetime:
        """Put the clock forward, and return the instant it is then.

        Raises:
            ValueError: time would run backwards; ``jump_to`` can do that.
        """
        if by < timedelta(0):
            message = f"advance: found {by}, expected no less than nothing; jump_to can go back"
            raise ValueError(message)
        with self._moving:
            self._ahead += by
            return self.now()

    def jump_to(self, instant: datetime) -> datetime:
        """Set the clock to any aware instant, from which it goes on.

        Raises:
            ValueError: the instant is naive.
        """
        with self._moving:
            self._ahead = require_aware(instant, "instant") - _MACHINE.now()
            return self.now()
