"""How often a fake network lets itself be asked: so many in a window of its own time."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import datetime, timedelta

from attrs import define, field, frozen

from scskit.testing.clock import FakeClock


@frozen
class Allowance:
    """What is left of a limit after a request.

    Attributes:
        limit: how many a window takes.
        remaining: how many are left.
        reset: when the window ends.
        allowed: whether the request was within it.
    """

    limit: int
    remaining: int
    reset: datetime
    allowed: bool


@define
class Limits:
    """Counts requests in fixed windows, each of which begins with its first request.

    Attributes:
        clock: the network's.
    """

    clock: FakeClock
    _windows: dict[Hashable, tuple[datetime, int]] = field(factory=dict)

    def take(self, key: Hashable, limit: int, window: timedelta) -> Allowance:
        """Count a request.

        Args:
            key: whose it is, and of what.
            limit: how many a window takes.
            window: how long one is.
        """
        now = self.clock.now()
        began, used = self._windows.get(key, (now, 0))
        if not began <= now < began + window:
            began, used = now, 0
        allowed = used < limit
        self._windows[key] = (began, used + allowed)
        return Allowance(limit, limit - used - allowed, began + window, allowed)

    def exhaust(self, key: Hashable, limit: int, window: timedelta) -> Allowance:
        """Use up what is left of a window."""
        now = self.clock.now()
        began, _ = self._windows.get(key, (now, 0))
        began = began if began <= now < began + window else now
        self._windows[key] = (began, limit)
        return Allowance(limit, 0, began + window, allowed=False)
