"""What Facebook, Messenger and Instagram take: versions, lengths, sizes. Data: it changes often.

Lengths marked unconfirmed are from other clients' code, not from Meta's documentation.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from attrs import frozen

API_VERSION = "v26.0"
MEGABYTE = 1 << 20


@frozen(kw_only=True)
class Length:
    """How long a text may be.

    Attributes:
        most: how many of the unit.
        unit: ``characters``, or ``bytes`` of UTF-8.
    """

    most: int
    unit: str = "characters"

    def of(self, text: str) -> int:
        """Return how long a text is, in the unit."""
        return len(text.encode("utf-8", "replace")) if self.unit == "bytes" else len(text)


LENGTHS: Mapping[tuple[str, str], Length] = {
    ("facebook", "private"): Length(most=2000),
    ("facebook", "public"): Length(most=8000),  # unconfirmed
    ("instagram", "private"): Length(most=1000, unit="bytes"),
    ("instagram", "public"): Length(most=2200),  # unconfirmed
}
"""By network and visibility."""

DEPTH = timedelta(days=30)
"""How old a post may be for new comments on it to be found without webhooks."""

ATTACHMENTS = 1
ATTACHMENT_BYTES: Mapping[str, int] = {"image": 8 * MEGABYTE, "file": 25 * MEGABYTE}  # unconfirmed
METADATA = 1000  # characters, unconfirmed
QUICK_REPLIES = 13  # unconfirmed
TYPING_SECONDS = 20  # unconfirmed

_PAGE = ("pages_manage_metadata", "pages_messaging", "pages_read_engagement")
PERMISSIONS: Mapping[str, tuple[str, ...]] = {
    "facebook": (*_PAGE, "pages_manage_engagement", "pages_read_user_content"),
    "instagram_by_page": (
        *_PAGE,
        "instagram_basic",
        "instagram_manage_comments",
        "instagram_manage_messages",
    ),
    "instagram": (
        "instagram_business_basic",
        "instagram_business_manage_comments",
        "instagram_business_manage_messages",
    ),
}
"""What a token has to be allowed; those of Instagram are unconfirmed."""

SUBSCRIPTIONS: Mapping[str, tuple[str, ...]] = {
    "facebook": ("feed", "messages", "message_echoes", "message_deliveries", "message_reads"),
    "instagram_by_page": (),  # its fields are the app's; the page only has to have the app
    "instagram": ("comments", "messages"),
}
"""What an account has to subscribe its app to, for messages and what becomes of them."""
