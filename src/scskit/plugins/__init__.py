"""What a plugin author imports: the marker, and the values that hooks take and answer.

Everything here loads quickly: no HTTP client, no database, no event loop.
"""

from __future__ import annotations

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
    require,
)

__all__ = [
    "CAPABILITIES",
    "Assignment",
    "Attachment",
    "Author",
    "Capability",
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
    "Signal",
    "SlaTargets",
    "Unreadable",
    "Violation",
    "WebhookRequest",
    "WebhookResponse",
    "hookimpl",
    "read_settings",
    "require",
]
