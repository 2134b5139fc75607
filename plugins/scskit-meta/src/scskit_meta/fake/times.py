"""Times, in the three ways that Meta writes them."""

from __future__ import annotations

from datetime import datetime


def time_text(at: datetime) -> str:
    """Write a time as the Graph API does."""
    return at.strftime("%Y-%m-%dT%H:%M:%S+0000")


def seconds(at: datetime) -> int:
    """Write a time as webhooks of pages do."""
    return int(at.timestamp())


def milliseconds(at: datetime) -> int:
    """Write a time as webhooks of conversations do."""
    return round(at.timestamp() * 1000)
