"""How X lets a brand lead people from public to private.

A link is the better way: X refuses direct messages to those who take none from strangers, and says
so only when they are sent. The link opens a conversation with the brand, for whoever follows it
(X, "Direct Message button").
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from scskit.core.handoff import PrivateInvitation
from scskit_twitter.config import TwitterSettings

_COMPOSE: Final = "https://twitter.com/messages/compose?recipient_id="
_MESSAGE: Final = PrivateInvitation(kind="direct_message")

INVITATIONS: Final = (_MESSAGE,)
"""Of an account whose own id nobody told."""


def invitations_of(settings: TwitterSettings) -> Mapping[str, tuple[PrivateInvitation, ...]]:
    """Return the ways of each account, the best first."""
    return {
        id_: (PrivateInvitation(kind="deep_link", link=f"{_COMPOSE}{account.user_id}"), _MESSAGE)
        for id_, account in settings.accounts.items()
    }
