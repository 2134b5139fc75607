"""The connectors: what scskit calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from scskit.plugins import (
    Connector,
    DeliveryReceipt,
    Fetched,
    Finding,
    Flow,
    Outbound,
    Parsed,
    WebhookRequest,
    WebhookResponse,
)
from scskit_facebook.config import FacebookSettings, Network
from scskit_facebook.flows import Flows
from scskit_facebook.parse import parse
from scskit_meta import handshake, signature


class _MetaConnector(Connector):
    """What both networks have in common.

    Attributes:
        settings: what the desk file says.
        flows: what more can be done than sending: delete, edit, like, typing, read marks.
    """

    network: ClassVar[Network]

    def __init__(self, settings: FacebookSettings | None = None) -> None:
        """Take the settings; without any, everything is named by the network's own ids."""
        self.settings = settings or FacebookSettings()
        self.flows = Flows(self.settings, self.network)

    def handshake(self, request: WebhookRequest) -> WebhookResponse | None:
        """Answer Meta's check of the webhook's address."""
        return handshake.answer(request, self.settings.verify_token)

    def verify(self, request: WebhookRequest) -> None:
        """Check the signature over the raw body."""
        signature.verify(request, self.settings.secrets)

    def parse(self, request: WebhookRequest) -> Sequence[Parsed]:
        """Turn a body into messages, edits, deletions, receipts and signals."""
        return parse(request, self.network, self.settings)

    def send(self, outbound: Outbound) -> Flow[DeliveryReceipt]:
        """Answer a comment or post in public, or a person in private."""
        return (yield from self.flows.send(outbound))

    def fetch(self, account: str, cursor: str | None) -> Flow[Fetched]:
        """Read what Meta keeps: posts and comments, conversations."""
        return (yield from self.flows.fetch(account, cursor))

    def find_sent(self, outbound: Outbound) -> Flow[DeliveryReceipt | None]:
        """Look for a message whose outcome is unknown."""
        return (yield from self.flows.find_sent(outbound))

    def hide(self, account: str, target: str, *, hidden: bool = True) -> Flow[None]:
        """Hide a comment from everybody but its author and their friends, or show it again."""
        yield from self.flows.hide(account, target, hidden=hidden)

    def diagnose(self, account: str) -> Flow[Sequence[Finding]]:
        """Ask for the token, its permissions, the account and its subscriptions."""
        return (yield from self.flows.diagnose(account))

    def accounts(self) -> Sequence[str]:
        """Return the accounts that the settings name."""
        return tuple(name for name, _ in self.settings.ids(self.network))


class FacebookConnector(_MetaConnector):
    """Facebook pages and Messenger."""

    network = "facebook"


class InstagramConnector(_MetaConnector):
    """Instagram's direct messages and comments."""

    network = "instagram"
