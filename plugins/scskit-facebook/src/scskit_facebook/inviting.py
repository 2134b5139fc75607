"""How Facebook and Instagram let a brand lead people from public to private.

A comment may be answered privately, once, for seven days (Meta, "Private Replies"). Afterwards, or
a second time, a link remains (Meta, "m.me Links", "Using ig.me Links").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from scskit.core.handoff import PrivateInvitation
from scskit_facebook.config import FacebookSettings, Network
from scskit_facebook.windows import PRIVATE_REPLY_WINDOW

_REPLY: Final = PrivateInvitation(kind="private_reply", within=PRIVATE_REPLY_WINDOW, once=True)

INVITATIONS: Final = (_REPLY,)
"""Of an account whose address nobody told."""


def invitations_of(
    settings: FacebookSettings, network: Network
) -> Mapping[str, tuple[PrivateInvitation, ...]]:
    """Return the ways of each account, the best first."""
    return {
        account: (_REPLY, PrivateInvitation(kind="deep_link", link=link))
        for account, link in _links(settings, network)
    }


def _links(settings: FacebookSettings, network: Network) -> Iterator[tuple[str, str]]:
    if network == "facebook":
        for account, page in settings.accounts.items():
            yield account, f"https://m.me/{page.page_id}"
        return
    for account in settings.instagram_accounts:
        if name := settings.username_of(account):
            yield account, f"https://ig.me/m/{name}"
