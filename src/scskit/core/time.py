"""Instants. The only room that asks what time it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class SystemClock:
    """The machine's clock, in UTC."""

    def now(self) -> datetime:
        """Return the current instant, aware, in UTC."""
        return datetime.now(UTC)


def require_aware(instant: datetime, name: str) -> datetime:
    """Return ``instant`` in UTC.

    Args:
        instant: any aware datetime.
        name: what the instant is, for the error message.

    Returns:
        The same instant with ``tzinfo=UTC``.

    Raises:
        ValueError: the datetime is naive, or does not fit UTC.
    """
    if instant.tzinfo is UTC:
        return instant
    if instant.utcoffset() is None:
        message = f"{name} is naive ({instant.isoformat()}): give it a time zone"
        raise ValueError(message)
    try:
        return instant.astimezone(UTC)
    except OverflowError as error:
        message = f"{name} ({instant.isoformat()}) lies outside the calendar"
        raise ValueError(message) from error


def to_micros(instant: datetime) -> int:
    """Return whole microseconds since 1970-01-01T00:00Z (negative before it)."""
    return (instant - EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """Return the UTC instant of ``micros`` microseconds since 1970-01-01T00:00Z."""
    return EPOCH + timedelta(0, 0, micros)  # by name it takes half as long again
