"""What a response tells about when to come back: how long to wait, and how much is left.

Header names and what they mean differ by network; they are tables here. Pure.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

import httpx
from attrs import frozen

RECEIVED_AT: Final = "scskit_received_at"
"""The extension of a response under which a driver notes when it came."""

WINDOWS: Mapping[str, str] = {
    "x-rate-limit": "X, each endpoint",
    "x-user-limit-24hour": "X, what a user may write in a day",
    "x-app-limit-24hour": "X, what an app may write in a day",
    "x-ratelimit": "Mastodon and many others",
    "ratelimit": "the IETF draft, and Bluesky",
}
"""Prefixes of ``-limit``, ``-remaining`` and ``-reset``: so many requests until then."""

PERCENTAGES = ("x-app-usage", "x-page-usage", "x-ad-account-usage")
"""Meta: how much of a moving hour is used up, in percent, by several measures."""

BY_BUSINESS = "x-business-use-case-usage"
"""Meta: the same for each business, with the minutes until it is served again."""

LONGEST = timedelta(days=31)
"""Whatever is told beyond this is a mistake; no network counts in more than months."""

_EPOCH_FROM = 1e9  # smaller numbers are seconds from now, larger ones an instant
_MILLISECONDS_FROM = 1e12


@frozen(kw_only=True)
class Window:
    """So many requests until an instant.

    Attributes:
        name: the prefix of its headers.
        remaining: how many more may be sent.
        resets_at: when the count begins anew.
    """

    name: str
    remaining: int
    resets_at: datetime


@frozen(kw_only=True)
class Load:
    """How much of a moving allowance is used up.

    Attributes:
        share: 1.0 is all of it; it may be more.
        blocked_for: how long nothing is served; zero when it is.
    """

    share: float = 0.0
    blocked_for: timedelta = timedelta(0)


def wait_told(response: httpx.Response) -> float | None:
    """Return how long the network asks to wait, for ``RetryLater(retry_after=...)``.

    Of all that it tells, the longest: ``Retry-After`` in seconds or as a date (RFC 9110), the
    reset of every window that is used up, the minutes until a business is served again.

    Returns:
        Seconds, never negative; None when nothing is told.
    """
    now = received_at(response)
    if now is None:
        after = _number(response.headers.get("retry-after"))
        return None if after is None else _bounded(after)
    told = [_retry_after(response.headers, now)]
    told += [
        (window.resets_at - now).total_seconds()
        for window in windows(response, now)
        if window.remaining <= 0
    ]
    blocked = load(response.headers).blocked_for.total_seconds()
    told += [blocked or None]
    known = [_bounded(seconds) for seconds in told if seconds is not None]
    return max(known, default=None)


def received_at(response: httpx.Response) -> datetime | None:
    """Return when a response came: by the driver's clock, or else by the server's own."""
    noted = response.extensions.get(RECEIVED_AT)
    if isinstance(noted, datetime):
        return noted
    return _http_date(response.headers.get("date"))


def windows(response: httpx.Response, now: datetime) -> tuple[Window, ...]:
    """Return the windows that a response tells of; a 429 that names no rest has used it up."""
    return tuple(_windows(response, now))


def _windows(response: httpx.Response, now: datetime) -> Iterator[Window]:
    for name in WINDOWS:
        resets_at = _reset(response.headers.get(f"{name}-reset"), now)
        remaining = _number(response.headers.get(f"{name}-remaining"))
        if remaining is None and response.status_code == httpx.codes.TOO_MANY_REQUESTS:
            remaining = 0
        if resets_at is not None and remaining is not None:
            yield Window(name=name, remaining=int(remaining), resets_at=resets_at)


def load(headers: Mapping[str, str]) -> Load:
    """Return how much of a moving allowance is used up; nothing when nothing is told."""
    found = [*_percentages(headers), *_by_business(headers)]
    return Load(
        share=max((one.share for one in found), default=0.0),
        blocked_for=max((one.blocked_for for one in found), default=timedelta(0)),
    )


def _percentages(headers: Mapping[str, str]) -> Iterator[Load]:
    for name in PERCENTAGES:
        found = _json(headers.get(name))
        if isinstance(found, dict):
            yield _measures(found)


def _by_business(headers: Mapping[str, str]) -> Iterator[Load]:
    found = _json(headers.get(BY_BUSINESS))
    for entries in found.values() if isinstance(found, dict) else ():
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict):
                yield _measures(entry)


def _measures(found: dict[str, Any]) -> Load:
    percent = [_plain(found.get(key)) for key in ("call_count", "total_cputime", "total_time")]
    minutes = _plain(found.get("estimated_time_to_regain_access"))
    return Load(
        share=max(percent) / 100,
        blocked_for=timedelta(seconds=_bounded(minutes * 60)),
    )


def _plain(value: object) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and math.isfinite(value) else 0.0  # type: ignore[arg-type]


def _json(text: str | None) -> object:
    try:
        found: object = json.loads(text or "")
    except (ValueError, RecursionError):
        return None
    return found


def _retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    given = headers.get("retry-after")
    seconds = _number(given)
    if seconds is not None:
        return seconds
    date = _http_date(given)
    return None if date is None else (date - now).total_seconds()


def _reset(given: str | None, now: datetime) -> datetime | None:
    """Read an instant: seconds or milliseconds of the epoch, seconds from now, or a date."""
    number = _number(given)
    if number is None:
        return _iso_date(given) or _http_date(given)
    seconds = number / 1000 if number >= _MILLISECONDS_FROM else number
    if seconds >= _EPOCH_FROM:
        seconds -= now.timestamp()
    return now + timedelta(seconds=_bounded(seconds))


def _number(given: str | None) -> float | None:
    try:
        number = float(given or "")
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _http_date(given: str | None) -> datetime | None:
    try:
        date = parsedate_to_datetime(given or "")
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date


def _iso_date(given: str | None) -> datetime | None:
    try:
        date = datetime.fromisoformat(given or "")
    except ValueError:
        return None
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date


def _bounded(seconds: float) -> float:
    return min(max(seconds, 0.0), LONGEST.total_seconds())
