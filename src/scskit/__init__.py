"""scskit: the case engine for customer service on social networks, to put inside your CRM.

``open_desk`` opens a desk, ``open_async_desk`` one that is awaited; ``Message``, ``Edit``,
``Deletion`` and ``Receipt`` are what goes in.
Importing this package loads neither the database stack nor an HTTP client.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scskit.aio import AsyncDesk, open_async_desk
    from scskit.core.account import Account
    from scskit.core.case import Case
    from scskit.core.errors import (
        CaseError,
        ConfigError,
        DeliveryError,
        IdempotencyConflict,
        IllegalTransition,
        NotFound,
        NotPermitted,
        PluginError,
        ReplyRefused,
        ScsError,
        StaleCase,
        StoreError,
        WebhookError,
    )
    from scskit.core.identity import Author, Customer, CustomerMatch, Identity
    from scskit.core.interaction import (
        Attachment,
        Deletion,
        Edit,
        Interaction,
        Message,
        Receipt,
    )
    from scskit.core.policy import Policy
    from scskit.core.triage import Label
    from scskit.desk.desk import Desk
    from scskit.desk.report import IntakeReport, Outcome
    from scskit.opening import open_desk
    from scskit.plugins import hookimpl

_HOMES = {
    "Account": "core.account",
    "AsyncDesk": "aio",
    "Attachment": "core.interaction",
    "Author": "core.identity",
    "Case": "core.case",
    "CaseError": "core.errors",
    "ConfigError": "core.errors",
    "Customer": "core.identity",
    "CustomerMatch": "core.identity",
    "Deletion": "core.interaction",
    "DeliveryError": "core.errors",
    "Desk": "desk.desk",
    "Edit": "core.interaction",
    "IdempotencyConflict": "core.errors",
    "Identity": "core.identity",
    "IllegalTransition": "core.errors",
    "IntakeReport": "desk.report",
    "Interaction": "core.interaction",
    "Label": "core.triage",
    "Message": "core.interaction",
    "NotFound": "core.errors",
    "NotPermitted": "core.errors",
    "Outcome": "desk.report",
    "PluginError": "core.errors",
    "Policy": "core.policy",
    "Receipt": "core.interaction",
    "ReplyRefused": "core.errors",
    "ScsError": "core.errors",
    "StaleCase": "core.errors",
    "StoreError": "core.errors",
    "WebhookError": "core.errors",
    "hookimpl": "plugins",
    "open_async_desk": "aio",
    "open_desk": "opening",
}

__version__ = "0.1.0"

__all__ = [
    "Account",
    "AsyncDesk",
    "Attachment",
    "Author",
    "Case",
    "CaseError",
    "ConfigError",
    "Customer",
    "CustomerMatch",
    "Deletion",
    "DeliveryError",
    "Desk",
    "Edit",
    "IdempotencyConflict",
    "Identity",
    "IllegalTransition",
    "IntakeReport",
    "Interaction",
    "Label",
    "Message",
    "NotFound",
    "NotPermitted",
    "Outcome",
    "PluginError",
    "Policy",
    "Receipt",
    "ReplyRefused",
    "ScsError",
    "StaleCase",
    "StoreError",
    "WebhookError",
    "__version__",
    "hookimpl",
    "open_async_desk",
    "open_desk",
]


def __getattr__(name: str) -> object:
    """Load a public name when it is first asked for."""
    home = _HOMES.get(name)
    if home is None:
        message = f"module 'scskit' has no attribute {name!r}"
        raise AttributeError(message)
    value: object = getattr(import_module(f"scskit.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return __all__
