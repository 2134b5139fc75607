"""How much an account may still ask of its network, learned from what the network answers.

Nothing is known at first and nothing is held back; each response teaches. A request that would be
refused anyway is not sent: it would only make the wait longer.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Final

from attrs import define, field

from scskit.core.ports import Clock
from scskit.http.usage import Load, Window, load, windows

if TYPE_CHECKING:
    import httpx

SLOW_FROM: Final = 0.8
"""From this share of a moving allowance on, requests are spread out (Meta advises 80 %)."""

LONGEST_INTERVAL = timedelta(seconds=30)
"""Between two requests when all but nothing is left."""

FULL_WAIT = timedelta(minutes=5)
"""Between two requests when more than everything is used and no time is named."""

FORGOTTEN_AFTER = timedelta(hours=1)
"""A moving allowance counts an hour; what was learned before says nothing any more."""

_ID = re.compile(r"(?=[^/]*\d{4})[^/]+")
_NOTHING = timedelta(0)


def route(request: httpx.Request) -> str:
    """Return what a network counts by: the method and the path, without ids."""
    path = "/".join("*" if _ID.fullmatch(part) else part for part in request.url.path.split("/"))
    return f"{request.method} {request.url.host}{path}"


@define
class _Tokens:
    """A bucket that is filled anew at an instant."""

    left: int
    resets_at: datetime

    def wait(self, now: datetime) -> timedelta:
        return _NOTHING if self.left > 0 else max(self.resets_at - now, _NOTHING)

    def learn(self, window: Window) -> None:
        if window.resets_at > self.resets_at:
            self.left, self.resets_at = window.remaining, window.resets_at
        elif window.resets_at == self.resets_at:
            # Requests under way are counted here already, and answers overtake one another.
            self.left = min(self.left, window.remaining)


@define
class _Pace:
    """A bucket that drips: the fuller the allowance, the slower."""

    interval: timedelta
    next_at: datetime
    learned_at: datetime


@define
class _Known:
    """All that is known of one account."""

    tokens: dict[tuple[str, str], _Tokens] = field(factory=dict)
    pace: _Pace | None = None


class Budget:
    """What each account may still send. May be used from several threads at once."""

    def __init__(self, clock: Clock) -> None:
        """Know nothing yet; ``clock`` tells the time."""
        self._clock = clock
        self._lock = Lock()
        self._accounts: dict[str, _Known] = {}

    def take(self, account: str, request: httpx.Request) -> float:
        """Count a request that is about to be sent, if it may be.

        Returns:
            0.0 when it may be sent now, and is counted; otherwise the seconds until it may.
        """
        now = self._clock.now()
        with self._lock:
            known = self._accounts.get(account)
            if known is None:
                return 0.0
            _forget(known, now)
            wait = _wait(known, request, now)
            if wait > _NOTHING:
                return wait.total_seconds()
            _count(known, request, now)
            return 0.0

    def learn(self, account: str, response: httpx.Response) -> None:
        """Take to heart what a response tells."""
        now = self._clock.now()
        found, used = windows(response, now), load(response.headers)
        if not found and used == Load():
            return
        with self._lock:
            known = self._accounts.setdefault(account, _Known())
            for window in found:
                key = (route(response.request), window.name)
                fresh = _Tokens(window.remaining, window.resets_at)
                known.tokens.setdefault(key, fresh).learn(window)
            if used != Load():
                known.pace = _pace(used, now)


def _wait(known: _Known, request: httpx.Request, now: datetime) -> timedelta:
    asked = route(request)
    waits = [tokens.wait(now) for (at, _), tokens in known.tokens.items() if at == asked]
    if known.pace is not None:
        waits.append(known.pace.next_at - now)
    return max(waits, default=_NOTHING)


def _count(known: _Known, request: httpx.Request, now: datetime) -> None:
    asked = route(request)
    for (at, _), tokens in known.tokens.items():
        if at == asked:
            tokens.left -= 1
    if known.pace is not None:
        known.pace.next_at = now + known.pace.interval


def _forget(known: _Known, now: datetime) -> None:
    over = [key for key, tokens in known.tokens.items() if tokens.resets_at <= now]
    for key in over:
        del known.tokens[key]
    pace = known.pace
    if pace is not None and max(pace.learned_at + FORGOTTEN_AFTER, pace.next_at) <= now:
        known.pace = None


def _pace(used: Load, now: datetime) -> _Pace:
    """Return how fast requests may follow one another from here on."""
    fullness = min(max(used.share - SLOW_FROM, 0.0) / (1 - SLOW_FROM), 1.0)
    interval = FULL_WAIT if used.share > 1 else LONGEST_INTERVAL * fullness
    return _Pace(interval, now + max(used.blocked_for, interval), now)
