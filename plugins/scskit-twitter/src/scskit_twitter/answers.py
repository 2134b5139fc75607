"""What the API answers requests of ours: known by its keys, and never a message."""

from __future__ import annotations

from typing import Final

from scskit_twitter.reading import Json

_ANSWERS: Final = (
    ({"id", "text"}, "create_post"),
    ({"dm_event_id"}, "create_dm"),
    ({"expires_after_secs"}, "media"),
    ({"media_key"}, "media"),
    ({"processing_info"}, "media"),
    ({"subscription_id"}, "subscription"),
    ({"subscription"}, "subscription"),
    ({"valid"}, "webhook"),
    ({"username"}, "user"),
)
"""By the keys that tell it; the first that fits."""


def answer_name(data: Json) -> str:
    """Return what X answers by this; empty when it is no answer that is known."""
    if data and all(isinstance(value, bool) for value in data.values()):
        return next(iter(data))
    return next((name for keys, name in _ANSWERS if keys <= data.keys()), "")
