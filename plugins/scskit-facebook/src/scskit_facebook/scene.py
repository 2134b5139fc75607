"""What holds for an item wherever it stands: whose it is, when it came, who can be named."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from attrs import frozen

from scskit.plugins import Author, Signal
from scskit_facebook.config import Network
from scskit_meta.envelope import Part, unknown_author
from scskit_meta.reading import first_instant


@frozen(kw_only=True)
class Scene:
    """Where an item stood.

    Attributes:
        network: ``facebook`` or ``instagram``.
        account: the account that it is about.
        username: the account's own name on Instagram, if it is told.
        part: the item and its entry.
        received_at: when the body came in.
    """

    network: Network
    account: str
    username: str
    part: Part
    received_at: datetime

    @property
    def own_id(self) -> str:
        """Meta's id of the page or Instagram account."""
        return self.part.entry_id

    def at(self, *stamps: object) -> datetime:
        """Return the first time that can be read; the entry's or our own where none can."""
        return first_instant(*stamps, self.part.entry.get("time")) or self.received_at

    def signal(
        self,
        event: str,
        at: datetime,
        target: str = "",
        author: Author | None = None,
        **detail: Any,  # noqa: ANN401  any JSON value
    ) -> Signal:
        """Tell what is no message; details that are empty are left out."""
        told = {name: value for name, value in detail.items() if value not in (None, "")}
        if author is not None and author.external_id == self.own_id:
            told["is_echo"] = True
        return Signal(
            account=self.account,
            event=event,
            at=at,
            target=target or None,
            author=author,
            detail=told,
        )


def author_or_unknown(author: Author | None, message_id: str) -> tuple[Author, dict[str, Any]]:
    """Return who wrote a message, and what to note of it where nobody says who."""
    if author is not None:
        return author, {}
    return unknown_author(message_id), {"author_unknown": True}
