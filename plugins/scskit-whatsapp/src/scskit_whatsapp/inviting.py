"""How people are led to WhatsApp from other networks: by a link to the number.

Nothing is public on WhatsApp itself. The link is WhatsApp's own ("click to chat"): the number in
international form, digits alone.
"""

from __future__ import annotations

from collections.abc import Mapping

from scskit.core.handoff import PrivateInvitation
from scskit_whatsapp.config import WhatsAppSettings


def invitations_of(settings: WhatsAppSettings) -> Mapping[str, tuple[PrivateInvitation, ...]]:
    """Return the way to each account whose number is told."""
    return {
        id_: (PrivateInvitation(kind="deep_link", link=f"https://wa.me/{account.digits}"),)
        for id_, account in settings.accounts.items()
        if account.digits
    }
