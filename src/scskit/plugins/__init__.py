"""What a plugin author imports: the marker, and the values that hooks take and answer.

Everything here loads quickly: no HTTP client, no database, no event loop.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scskit.core.channel import AttachmentRules, Channel, TextRules
    from scskit.core.diagnosis import Finding, finding_of
    from scskit.core.engagement import Engagement
    from scskit.core.identity import Author, CustomerMatch, Identity
    from scskit.core.interaction import (
        Attachment,
        Deletion,
        Edit,
        Inbound,
        Message,
        Parsed,
        Receipt,
        Signal,
        Unreadable,
        seen_by,
    )
    from scskit.core.reply import DeliveryReceipt, Draft, Outbound, Violation
    from scskit.core.routing import Assignment
    from scskit.core.sla import SlaTargets
    from scskit.core.triage import Label, Labels
    from scskit.core.webhook import WebhookRequest, WebhookResponse
    from scskit.plugins.hookspecs import hookimpl
    from scskit.plugins.settings import Secret, read_settings
    from scskit.plugins.specs import (
        CAPABILITIES,
        Capability,
        Connector,
        ConnectorSpec,
        CrmSync,
        CrmSyncSpec,
        Fetched,
        Flow,
        Sharing,
        require,
    )

_HOMES = {
    "Assignment": "core.routing",
    "Attachment": "core.interaction",
    "AttachmentRules": "core.channel",
    "Author": "core.identity",
    "CAPABILITIES": "plugins.specs",
    "Capability": "plugins.specs",
    "Channel": "core.channel",
    "Connector": "plugins.specs",
    "ConnectorSpec": "plugins.specs",
    "CrmSync": "plugins.specs",
    "CrmSyncSpec": "plugins.specs",
    "CustomerMatch": "core.identity",
    "Deletion": "core.interaction",
    "DeliveryReceipt": "core.reply",
    "Draft": "core.reply",
    "Edit": "core.interaction",
    "Engagement": "core.engagement",
    "Fetched": "plugins.specs",
    "Finding": "core.diagnosis",
    "Flow": "plugins.specs",
    "Identity": "core.identity",
    "Inbound": "core.interaction",
    "Label": "core.triage",
    "Labels": "core.triage",
    "Message": "core.interaction",
    "Outbound": "core.reply",
    "Parsed": "core.interaction",
    "Receipt": "core.interaction",
    "Secret": "plugins.settings",
    "Sharing": "plugins.specs",
    "Signal": "core.interaction",
    "SlaTargets": "core.sla",
    "TextRules": "core.channel",
    "Unreadable": "core.interaction",
    "Violation": "core.reply",
    "WebhookRequest": "core.webhook",
    "WebhookResponse": "core.webhook",
    "finding_of": "core.diagnosis",
    "hookimpl": "plugins.hookspecs",
    "read_settings": "plugins.settings",
    "require": "plugins.specs",
    "seen_by": "core.interaction",
}

__all__ = [
    "CAPABILITIES",
    "Assignment",
    "Attachment",
    "AttachmentRules",
    "Author",
    "Capability",
    "Channel",
    "Connector",
    "ConnectorSpec",
    "CrmSync",
    "CrmSyncSpec",
    "CustomerMatch",
    "Deletion",
    "DeliveryReceipt",
    "Draft",
    "Edit",
    "Engagement",
    "Fetched",
    "Finding",
    "Flow",
    "Identity",
    "Inbound",
    "Label",
    "Labels",
    "Message",
    "Outbound",
    "Parsed",
    "Receipt",
    "Secret",
    "Sharing",
    "Signal",
    "SlaTargets",
    "TextRules",
    "Unreadable",
    "Violation",
    "WebhookRequest",
    "WebhookResponse",
    "finding_of",
    "hookimpl",
    "read_settings",
    "require",
    "seen_by",
]


def __getattr__(name: str) -> object:
    """Load a public name when it is first asked for: a desk without plugins needs few of them."""
    home = _HOMES.get(name)
    if home is None:
        message = f"module 'scskit.plugins' has no attribute {name!r}"
        raise AttributeError(message)
    value: object = getattr(import_module(f"scskit.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return __all__
