"""Words that have a fixed set of values: what rules may ask for and rows may hold.

They stand apart from the nouns that use them, so that reading a desk file loads no nouns.
"""

from __future__ import annotations

from typing import Literal, get_args

Direction = Literal["inbound", "outbound"]
Visibility = Literal["public", "private"]
InteractionKind = Literal["post", "comment", "reply", "direct_message", "review"]
Delivery = Literal["sent", "delivered", "read", "failed"]
IntakeKind = Literal["message", "edit", "deletion", "receipt"]
IntakeState = Literal["received", "applied", "duplicate", "parked", "quarantined", "dead"]

DELIVERY_RANK: dict[Delivery, int] = {"sent": 1, "failed": 2, "delivered": 3, "read": 4}
"""Receipts only move forward by rank: a late ``sent`` never hides a ``read``."""

PROACTIVE = frozenset({"notice", "announcement"})
"""Purposes of what nobody asked for: it answers no customer, and contact hours hold for it."""

CaseState = Literal[
    "new", "open", "pending", "on_hold", "snoozed", "solved", "closed", "merged", "dismissed"
]
Category = Literal["active", "waiting", "done"]
Priority = Literal["P1", "P2", "P3", "P4"]
Severity = Literal["S1", "S2", "S3", "S4"]
EngagementKind = Literal["answer", "monitor", "forward", "dismiss"]

STATES: tuple[CaseState, ...] = get_args(CaseState)
PRIORITIES: tuple[Priority, ...] = get_args(Priority)

CATEGORY: dict[CaseState, Category] = {
    "new": "active",
    "open": "active",
    "pending": "waiting",
    "on_hold": "waiting",
    "snoozed": "waiting",
    "solved": "done",
    "closed": "done",
    "merged": "done",
    "dismissed": "done",
}
"""Logic asks for the category of a state, never for the state itself."""
