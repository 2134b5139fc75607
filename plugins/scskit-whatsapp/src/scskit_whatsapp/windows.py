"""What WhatsApp lets a business say when, and how much of it: asked before anything leaves.

Pure: the time is handed in. Of what is refused here, Meta would refuse most only after HTTP 200.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from attrs import evolve

from scskit.plugins import Attachment, Violation
from scskit_whatsapp.form import in_form, special, violation

SERVICE_WINDOW = timedelta(hours=24)
"""For so long after a person's latest message anything may be said, later only a template."""


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
    told = extra or {}
    if special(told) != "template" and not is_open(last_heard_at, now):
        yield evolve(violation("window", _closed(last_heard_at)), remedy="template")
    yield from in_form(text, attachments, told)


def _closed(last_heard_at: datetime | None) -> str:
    if last_heard_at is None:
        return "The person has not written yet; only a template may be sent."
    end = last_heard_at + SERVICE_WINDOW
    return f"The 24 hours ended at {end.isoformat()}; only a template may be sent."
