"""One item on its way in, from the call to the ledger."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from attrs import define

from scskit.core.ids import CaseId
from scskit.core.interaction import Inbound, Message
from scskit.core.records import LedgerEntry, LedgerKey
from scskit.core.triage import Labels

if TYPE_CHECKING:
    from scskit.core.outbound import Part  # noqa: TC004  most messages are none


@define(eq=False)
class Incoming:
    """One item. What is known of it grows on the way.

    Attributes:
        raw: what was handed over.
        index: its place in the batch.
        history: record it at its true time instead of now.
        parked: the ledger line that held it until now, if one did.
        released: apply it although the message that it answers never came.
        received_at: when it was acknowledged.
        item: the item as it will be stored, once admitted.
        key: what makes it unique, once admitted.
        original_text: the text exactly as it came, if it had to be repaired.
        labels: what the classifiers say, once classified.
        part: the part of our own reply that it is, where it is one.
        codes: what in it may answer a challenge, taken out of its text; None where nothing can.
    """

    raw: object
    index: int
    received_at: datetime
    history: bool = False
    parked: LedgerEntry | None = None
    released: bool = False
    item: Inbound | None = None
    key: LedgerKey = ("", "", "", 0)
    original_text: str | None = None
    labels: Labels = ()
    part: Part | None = None
    codes: tuple[str, ...] | None = None

    def admit(self, item: Inbound, key: LedgerKey, original_text: str | None = None) -> None:
        """Let the item in as it will be stored."""
        self.item = item
        self.key = key
        self.original_text = original_text

    @property
    def relates_to(self) -> LedgerKey | None:
        """The key of the message that the item answers or changes."""
        item = self.item
        if isinstance(item, Message):
            return message_key(item.account, item.parent) if item.parent else None
        return message_key(item.account, item.target) if item else None

    @property
    def of_case(self) -> CaseId | None:
        """The case that a part of our own reply was written for; a post of ours has none."""
        case = self.part.outbound.case_id if self.part else ""
        return CaseId(case) if case else None


def message_key(account: str, external_id: str) -> LedgerKey:
    """Return the ledger key of a message."""
    return account, "message", external_id, 0
