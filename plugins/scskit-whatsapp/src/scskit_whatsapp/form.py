"""Whether a message has a form on WhatsApp: not too long, one medium, a text only where it goes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scskit.plugins import Attachment, Violation
from scskit_whatsapp.limits import LIMITS

NAME = "whatsapp"
SPECIAL = ("template", "interactive", "reaction")
"""What stands in ``extra`` instead of a text or medium."""
CAPTIONED = frozenset({"image", "video", "file"})
"""The kinds of media that take a text."""


def special(extra: Mapping[str, Any]) -> str:
    """Return which of ``SPECIAL`` a message is; the empty string when it is none."""
    return next((name for name in SPECIAL if extra.get(name)), "")


def in_form(
    text: str, attachments: Sequence[Attachment], extra: Mapping[str, Any]
) -> Iterator[Violation]:
    """Yield why a message cannot be sent as it is.

    Args:
        text: what it says.
        attachments: media that go with it.
        extra: ``template``, ``interactive`` or ``reaction``, which stand for themselves.
    """
    if special(extra):
        return
    if not text and not attachments:
        yield violation("empty", "A message needs a text, a medium or a template.")
    allowed = LIMITS.caption if attachments else LIMITS.text
    if len(text) > allowed:
        yield violation("length", f"{len(text)} characters; WhatsApp takes {allowed} here.")
    if len(attachments) > LIMITS.attachments:
        yield violation("attachments", "WhatsApp takes one medium with a message.")
    for medium in attachments[:1]:
        if text and medium.kind not in CAPTIONED:
            yield violation("caption", f"A text cannot go with {medium.kind}; send it by itself.")


def violation(code: str, message: str) -> Violation:
    """Return a reason against a message, in this connector's name."""
    return Violation(code, message, NAME)
