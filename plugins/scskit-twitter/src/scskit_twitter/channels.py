"""What may be said through X: posts are weighed, direct messages counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from scskit.plugins import AttachmentRules, Channel, TextRules
from scskit_twitter.config import AccountSettings, TwitterSettings
from scskit_twitter.limits import (
    ALT_TEXT,
    MEDIA_BYTES,
    MESSAGE_LENGTH,
    MESSAGE_MEDIA,
    POST_LENGTH,
    POST_MEDIA,
)

Channels = Mapping[Literal["public", "private"], Channel]


def weigh(text: str) -> int:
    """Measure a post as X does; what that takes is loaded with the first one."""
    from scskit_twitter.weight import weighted_length  # noqa: PLC0415

    return weighted_length(text)


def _channels(longest: int) -> Channels:
    unit = "as X counts (links 23, emoji 2)"
    return {
        "public": Channel(
            text=TextRules(most=longest, measure=weigh, unit=unit, splits=True),
            attachments=AttachmentRules(most=POST_MEDIA, kinds=MEDIA_BYTES, description=ALT_TEXT),
        ),
        "private": Channel(
            text=TextRules(most=MESSAGE_LENGTH, splits=True),
            attachments=AttachmentRules(
                most=MESSAGE_MEDIA, kinds=MEDIA_BYTES, description=ALT_TEXT
            ),
        ),
    }


CHANNELS: Final = _channels(POST_LENGTH)


def channels_of(settings: TwitterSettings) -> Mapping[str, Channels]:
    """Return the channels of accounts that may write more than others."""

    def more(account: AccountSettings) -> bool:
        return account.longest("public") != POST_LENGTH

    return {
        id_: _channels(account.longest("public"))
        for id_, account in settings.accounts.items()
        if more(account)
    }
