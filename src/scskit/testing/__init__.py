"""What tests of a desk or of a plugin need; nothing outside tests imports it."""

from __future__ import annotations

from scskit.testing.builders import (
    ACCOUNT,
    brand_reply,
    deletion,
    direct_message,
    edit,
    message,
    receipt,
)
from scskit.testing.clock import START, FakeClock
from scskit.testing.ids import SequentialIds
from scskit.testing.postgres import PostgresUnavailable, local_postgres

__all__ = [
    "ACCOUNT",
    "START",
    "FakeClock",
    "PostgresUnavailable",
    "SequentialIds",
    "brand_reply",
    "deletion",
    "direct_message",
    "edit",
    "local_postgres",
    "message",
    "receipt",
]
