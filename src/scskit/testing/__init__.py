"""What tests of a desk or of a plugin need; nothing outside tests imports it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
    from scskit.testing.contract import ConnectorContract
    from scskit.testing.ids import SequentialIds
    from scskit.testing.instant import InstantNetwork
    from scskit.testing.postgres import PostgresUnavailable, local_postgres

_HOMES = {
    "ACCOUNT": "builders",
    "ConnectorContract": "contract",
    "FakeClock": "clock",
    "InstantNetwork": "instant",
    "PostgresUnavailable": "postgres",
    "START": "clock",
    "SequentialIds": "ids",
    "brand_reply": "builders",
    "deletion": "builders",
    "direct_message": "builders",
    "edit": "builders",
    "local_postgres": "postgres",
    "message": "builders",
    "receipt": "builders",
}
"""Loaded when first asked for: pytest imports this package in every project beside scskit."""

__all__ = [
    "ACCOUNT",
    "START",
    "ConnectorContract",
    "FakeClock",
    "InstantNetwork",
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


def __getattr__(name: str) -> object:
    """Load a name from where it stands."""
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    found: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """List the names that are meant for others."""
    return __all__
