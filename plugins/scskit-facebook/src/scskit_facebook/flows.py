"""What can be done with the accounts of a desk, by the account's name."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from scskit.plugins import DeliveryReceipt, Fetched, Finding, Flow, Outbound
from scskit_facebook import diagnosing, fetching, finding, moderating, sending
from scskit_facebook.config import FacebookSettings, Network
from scskit_facebook.places import Place, place_of


@frozen
class Flows:
    """Every flow of one network.

    Attributes:
        settings: the accounts and their tokens.
        network: ``facebook`` or ``instagram``.
    """

    settings: FacebookSettings
    network: Network

    def send(self, outbound: Outbound) -> Flow[DeliveryReceipt]:
        """Answer a comment or post in public, or a person in private."""
        return sending.send(self._place(outbound.account), outbound)

    def find_sent(self, outbound: Outbound) -> Flow[DeliveryReceipt | None]:
        """Look for a message whose outcome is unknown."""
        return finding.find_sent(self._place(outbound.account), outbound)

    def diagnose(self, account: str) -> Flow[Sequence[Finding]]:
        """Ask what an account lacks."""
        return diagnosing.diagnose(self.settings, self.network, account)

    def fetch(self, account: str, cursor: str | None) -> Flow[Fetched]:
        """Read what came in for an account since ``cursor``."""
        return fetching.fetch(self._place(account), self.settings, cursor)

    def hide(self, account: str, target: str, *, hidden: bool = True) -> Flow[None]:
        """Hide a comment, or show it again."""
        return moderating.hide(self._place(account), target, hidden=hidden)

    def delete(self, account: str, target: str) -> Flow[None]:
        """Remove a comment or post."""
        return moderating.delete(self._place(account), target)

    def edit(self, account: str, target: str, text: str) -> Flow[None]:
        """Change a comment of one's own."""
        return moderating.edit(self._place(account), target, text)

    def like(self, account: str, target: str, *, liked: bool = True) -> Flow[None]:
        """Like a post or comment, or take it back."""
        return moderating.like(self._place(account), target, liked=liked)

    def typing(self, account: str, recipient: str, *, on: bool = True) -> Flow[None]:
        """Show that an answer is written."""
        return moderating.typing(self._place(account), recipient, on=on)

    def seen(self, account: str, recipient: str) -> Flow[None]:
        """Show that messages were read."""
        return moderating.seen(self._place(account), recipient)

    def _place(self, account: str) -> Place:
        return place_of(self.settings, self.network, account)
