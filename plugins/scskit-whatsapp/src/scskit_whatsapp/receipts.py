"""What became of our messages. Most failures come here, long after HTTP 200."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from scskit.core.interaction import Delivery
from scskit.plugins import Parsed, Receipt, Signal
from scskit_meta.errors import classify, describe, read_fault
from scskit_whatsapp import wire
from scskit_whatsapp.errors import CODES

STATUSES: Mapping[str, Delivery] = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "played": "read",  # a voice message was listened to
    "failed": "failed",
}
"""How far each status is; they come in any order, and the core moves forward only, by rank."""


def read_status(account: str, status: wire.Status, at: datetime) -> Iterator[Parsed]:
    """Turn a status into a receipt; one that is no step on the way becomes a signal."""
    known = STATUSES.get(status.status)
    if known is None:
        yield Signal(account=account, event=f"status:{status.status}", at=at, target=status.id)
        return
    failure = _failure(status) if known == "failed" else {}
    yield Receipt(
        account=account,
        target=status.id,
        status=known,
        at=at,
        reference=status.biz_opaque_callback_data or None,
        event=f"status:{status.status}",
        **failure,
    )


def _failure(status: wire.Status) -> dict[str, Any]:
    """Return why: the class by code, and Meta's words with the details it gives."""
    error = status.errors[0] if status.errors else None
    fault = read_fault(None, {"error": error})
    if fault is None:
        return {"error_class": "permanent", "detail": "failed, and nothing says why"}
    detail = describe(fault)
    more = error.get("error_data") if isinstance(error, dict) else None
    if isinstance(more, dict) and isinstance(more.get("details"), str):
        detail = f"{detail}: {more['details']}"
    return {"error_class": classify(fault, CODES), "detail": detail}
