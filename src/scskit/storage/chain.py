"""The hash chain: each event of a case vouches for all before it."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from orjson import dumps

HASHED = (
    "tenant",
    "position",
    "case_id",
    "seq",
    "type",
    "schema_version",
    "at",
    "recorded_at",
    "actor",
    "because",
    "payload",
)
"""The columns of an event that its hash covers, in order."""


def link(previous: bytes, values: tuple[Any, ...]) -> bytes:
    """Return the hash of an event.

    Args:
        previous: the hash of the case's event before it; empty for the first.
        values: the event's ``HASHED`` columns.
    """
    return sha256(previous + dumps(values)).digest()
