"""How much of what may be asked is used up, as Meta's headers tell it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from attrs import define, field

from scskit.testing.network import Allowance, Limits

WINDOW: Final = timedelta(hours=1)
_WHOLE: Final = 100
_WORTH_TELLING: Final = 10
_MINUTE: Final = timedelta(minutes=1)


@define
class Usage:
    """Counts requests of each account in moving hours.

    Attributes:
        limits: the network's counters.
        hourly: how many an hour takes.
    """

    limits: Limits
    hourly: int
    _last: dict[str, Allowance] = field(factory=dict)

    def count(self, owner: str) -> bool:
        """Count a request, and tell whether it is within the limit."""
        found = self.limits.take(("hourly", owner), self.hourly, WINDOW)
        self._last[owner] = found
        return found.allowed

    def headers(self, owner: str, use_case: str, *, blocked: bool) -> Mapping[str, str]:
        """Return the headers of an answer; none where little is used up.

        Args:
            owner: the account that asked.
            use_case: such as ``pages``.
            blocked: the request was refused as too much, for whatever reason.
        """
        share = self._share(owner)
        if share < _WORTH_TELLING and not blocked:
            return {}
        share = max(share, _WHOLE) if blocked else share
        told: dict[str, Any] = {"call_count": share, "total_cputime": share // 2, "total_time": 1}
        wait = self._minutes(owner) if blocked else 0
        business = {**told, "type": use_case, "estimated_time_to_regain_access": wait}
        headers = {
            "x-app-usage": json.dumps(told),
            "x-business-use-case-usage": json.dumps({owner: [business]}),
        }
        return headers | ({"x-page-usage": json.dumps(told)} if use_case == "pages" else {})

    def _share(self, owner: str) -> int:
        found = self._last.get(owner)
        if found is None or found.reset <= self.limits.clock.now():
            return 0
        return (found.limit - found.remaining) * _WHOLE // found.limit

    def _minutes(self, owner: str) -> int:
        """Return the minutes until the account is served again: of its window, or five."""
        found = self._last.get(owner)
        if found is None or found.allowed:
            return 5
        return -(-(found.reset - self.limits.clock.now()) // _MINUTE)
