"""What the Cloud API takes: versions, sizes, paces. Data, because it changes often.

Lengths, sizes and paces are from Meta's documentation of 2026; media sizes were read in the code of
other clients and are not confirmed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from attrs import frozen

API_VERSION = "v23.0"

MEGABYTE = 1 << 20

PERMISSIONS = ("whatsapp_business_management", "whatsapp_business_messaging")
"""What a token has to be allowed."""


@frozen(kw_only=True)
class Limits:
    """How long and how many, in characters and pieces."""

    text: int = 4096
    caption: int = 1024
    interactive_body: int = 1024
    buttons: int = 3
    button_title: int = 20
    rows: int = 10
    row_title: int = 24
    row_description: int = 72
    reference: int = 512
    attachments: int = 1


@frozen(kw_only=True)
class Pace:
    """How fast: ``count`` in ``seconds``, after ``burst`` at once."""

    count: int
    seconds: float
    burst: int = 1

    def wait(self, sent: Iterable[datetime], now: datetime) -> float:
        """Return the seconds until one more may be sent.

        A bucket that holds ``burst`` and is filled by ``count`` in ``seconds``: to know what is
        left in it, the messages of the last ``burst * seconds / count`` seconds are enough.

        Args:
            sent: when messages were sent, oldest first.
            now: the time to ask for.
        """
        each, full_at = timedelta(seconds=self.seconds / self.count), None
        for at in sent:
            full_at = max(full_at or at, at) + each
        if full_at is None:
            return 0.0
        return max((full_at - now - (self.burst - 1) * each).total_seconds(), 0.0)


LIMITS = Limits()
MEDIA_BYTES: Mapping[str, int] = {
    "image": 5 * MEGABYTE,
    "audio": 16 * MEGABYTE,
    "video": 16 * MEGABYTE,
    "file": 100 * MEGABYTE,
    "sticker": 500 * 1024,  # 100 kB when it does not move
}
PER_NUMBER = Pace(count=80, seconds=1.0, burst=80)
"""Messages of one number; Meta raises it to 1,000 for some."""
PER_NUMBER_IN_COEXISTENCE = Pace(count=20, seconds=1.0, burst=20)
"""The same, while the number is used in the phone's app as well."""
PER_PERSON = Pace(count=1, seconds=6.0, burst=45)
"""Messages of one number to one person."""
TYPING_SECONDS = 25
MEDIA_URL_SECONDS = 300
MEDIA_DAYS = 30
NEW_PEOPLE_PER_DAY = (250, 2_000, 10_000, 100_000, None)
"""The tiers of how many people a business may write to first in 24 hours; None: any number."""
