"""The connector: what scskit calls."""

from __future__ import annotations

from collections.abc import Sequence

from scskit.plugins import (
    Connector,
    DeliveryReceipt,
    Finding,
    Flow,
    Outbound,
    Parsed,
    WebhookRequest,
    WebhookResponse,
)
from scskit_meta import handshake, signature
from scskit_whatsapp.config import WhatsAppSettings
from scskit_whatsapp.flows import Flows
from scskit_whatsapp.parse import parse


class WhatsAppConnector(Connector):
    """WhatsApp's Cloud API.

    Attributes:
        settings: what the desk file says.
        flows: what more can be done than sending: read marks, typing, reactions, media.
    """

    def __init__(self, settings: WhatsAppSettings | None = None) -> None:
        """Take the settings; without any, everything is named by the network's own ids."""
        self.settings = settings or WhatsAppSettings()
        self.flows = Flows(self.settings)

    def handshake(self, request: WebhookRequest) -> WebhookResponse | None:
        """Answer Meta's check of the webhook's address."""
        return handshake.answer(request, self.settings.verify_token)

    def verify(self, request: WebhookRequest) -> None:
        """Check the signature over the raw body."""
        signature.verify(request, self.settings.secrets)

    def parse(self, request: WebhookRequest) -> Sequence[Parsed]:
        """Turn a body into messages, edits, deletions, receipts and signals."""
        return parse(request, self.settings)

    def send(self, outbound: Outbound) -> Flow[DeliveryReceipt]:
        """Send a message."""
        return (yield from self.flows.send(outbound))

    def diagnose(self, account: str) -> Flow[Sequence[Finding]]:
        """Ask for the token, its permissions, the number and its subscriptions."""
        return (yield from self.flows.diagnose(account))

    def accounts(self) -> Sequence[str]:
        """Return the accounts that the settings name."""
        return tuple(self.settings.accounts)
