"""What WhatsApp lets a business say when, and how much of it: asked before anything leaves.

Pure: the time is handed in. Of what is refused here, Meta would refuse most only after HTTP 200.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from scskit.plugins import Attachment, Violation
from scskit_whatsapp.limits import LIMITS
from scskit_whatsapp.outgoing import CAPTIONED

SERVICE_WINDOW = timedelta(hours=24)
"""For so long after a person's latest message anything may be said, later only a template."""
NAME = "whatsapp"


def is_open(last_heard_at: datetime | None, now: datetime) -> bool:
    """Tell whether the service window is open: up to the end of the 24 hours, and not at it.

    Args:
        last_heard_at: when the person last wrote; None when they never did.
        now: the time to ask for.
    """
    return last_heard_at is not None and now < last_heard_at + SERVICE_WINDOW


def before_sending(
    *,
    text: str,
    now: datetime,
    last_heard_at: datetime | None,
    attachments: Sequence[Attachment] = (),
    extra: Mapping[str, Any] | None = None,
) -> Iterator[Violation]:
    """Yield every reason why a message would be refused.

    Args:
        text: what it says.
        now: when it would leave.
        last_heard_at: when the person last wrote.
        attachments: media that go with it.
        extra: ``template``, ``interactive`` or ``reaction``.
    """
    special = [name for name in ("template", "interactive", "reaction") if (extra or {}).get(name)]
    if "template" not in special and not is_open(last_heard_at, now):
        yield _violation("window", _closed(last_heard_at))
    if special:
        return
    if not text and not attachments:
        yield _violation("empty", "A message needs a text, a medium or a template.")
    allowed = LIMITS.caption if attachments else LIMITS.text
    if len(text) > allowed:
        yield _violation("length", f"{len(text)} characters; WhatsApp takes {allowed} here.")
    yield from _media(text, attachments)


def _media(text: str, attachments: Sequence[Attachment]) -> Iterator[Violation]:
    if len(attachments) > LIMITS.attachments:
        yield _violation("attachments", "WhatsApp takes one medium with a message.")
    for medium in attachments[:1]:
        if text and medium.kind not in CAPTIONED:
            yield _violation("caption", f"A text cannot go with {medium.kind}; send it by itself.")


def _closed(last_heard_at: datetime | None) -> str:
    if last_heard_at is None:
        return "The person has not written yet; only a template may be sent."
    end = last_heard_at + SERVICE_WINDOW
    return f"The 24 hours ended at {end.isoformat()}; only a template may be sent."


def _violation(code: str, message: str) -> Violation:
    return Violation(code, message, NAME)
