"""One batch inside one transaction: load what it touches, decide item by item, write once."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence

from attrs import evolve, frozen

from scskit.core.errors import ScsError, StoreError
from scskit.core.event import Event
from scskit.core.ids import CaseId
from scskit.core.interaction import Edit, Message, Receipt
from scskit.core.records import LedgerEntry, RecordedEvent
from scskit.desk.admission import readmit
from scskit.desk.brand_messages import BrandMessages
from scskit.desk.changes import Ground, apply_change
from scskit.desk.customer_messages import CustomerMessages
from scskit.desk.echoes import arrived
from scskit.desk.entering import duplicate
from scskit.desk.incoming import Incoming, message_key
from scskit.desk.report import Outcome
from scskit.wire.inbound import read_inbound


class Poison(ScsError):
    """Some items of a batch cannot be applied; they are quarantined and the batch is run again.

    Attributes:
        reasons: why, by the item's place in the call.
    """

    def __init__(self, reasons: Mapping[int, str]) -> None:
        """Name the items and the reasons."""
        self.reasons = dict(reasons)
        super().__init__(f"{len(reasons)} items cannot be applied")


@frozen(kw_only=True)
class BatchResult:
    """What a batch did.

    Attributes:
        outcomes: one per item, in order.
        events: what was recorded.
    """

    outcomes: list[Outcome]
    events: Sequence[RecordedEvent]


class Batch(CustomerMessages, BrandMessages):
    """Applies the items of one batch; used once."""

    def run(
        self,
        batch: Sequence[Incoming],
        *,
        again: bool,
        beside: Mapping[CaseId, Sequence[Event]] | None = None,
    ) -> BatchResult:
        """Apply every item and write everything.

        Args:
            batch: the items, admitted and classified.
            again: the batch lost a race before.
            beside: what happens to cases beside what the items bring.

        Raises:
            Poison: an item cannot be applied; nothing is written.
        """
        self._around.load(batch, again=again)
        self._echoes.load(batch, self._around)
        self._rejoining.load(batch)
        outcomes = [outcome for one in batch if (outcome := self._apply_safely(one))]
        if self._poisoned:
            raise Poison(self._poisoned)
        for case_id, happened in (beside or {}).items():
            if (draft := self._around.case(case_id)) and draft.case:
                draft.apply([evolve(event, case_id=draft.case.id) for event in happened])
        self._writes.drafts = [d for _, d in sorted(self._around.drafts.items()) if d.events]
        events = self._transaction.write(self._writes, self._now)
        return BatchResult(outcomes=outcomes, events=events)

    def _apply_safely(self, one: Incoming) -> Outcome | None:
        try:
            return self._apply(one)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001  whatever it is, the others go on
            self._poisoned[one.index] = f"{type(error).__name__}: {error}"
            return None

    def _apply(self, one: Incoming) -> Outcome:
        """Apply an item, then what waited for it, then what waited for that."""
        outcome = self._apply_alone(one)
        if outcome.state != "applied":
            return outcome
        waiting = deque(self._around.waiting.pop(one.key, ()))
        if isinstance(one.item, Receipt) and (told := one.relates_to):
            waiting.extend(self._around.waiting.pop(told, ()))  # it may have brought that in
        settled = 0
        while waiting:
            late = self._late(waiting.popleft(), one)
            if self._apply_alone(late).state == "applied":
                settled += 1
                waiting.extend(self._around.waiting.pop(late.key, ()))
        return evolve(outcome, settled=settled) if settled else outcome

    def _apply_alone(self, one: Incoming) -> Outcome:
        known = self._around.ledger.get(one.key)
        if known is not None and not (one.parked and known.state == "parked"):
            return duplicate(known)
        item = one.item
        if isinstance(item, Message):
            return self._message(one, item)
        key = one.relates_to
        target = self._around.ledger.get(key) if key else None
        if target is None and isinstance(item, Receipt):
            target = self._told_by(one, item)
        if key and (target is None or target.state != "applied"):
            return self._park(one, key[2])
        if target is None:  # pragma: no cover  everything but a message relates to one
            message = f"a {type(item).__name__} speaks of no message"
            raise ValueError(message)
        if isinstance(item, Edit):
            one.item = evolve(item, text=self._without_codes(one, item, target))
        apply_change(one, target, Ground(self._around, self._writes, self._now, self._echoes))
        return self._enter(one, target.interaction_id, target.case_id, target.thread_id)

    def _without_codes(self, one: Incoming, item: Edit, target: LedgerEntry) -> str:
        first = self._around.revisions[target.interaction_id][0] if target.interaction_id else None
        return self._codes.hide_edit(one, item.text, first.identity_id if first else None)

    def _message(self, one: Incoming, message: Message) -> Outcome:
        if message.direction == "inbound":
            return self._inbound(one, message)
        if one.part is None and (part := self._echoes.of(message)):
            # Only here: a batch that is run again has to find it again, and write it down.
            sent = self._writes.parts[part.id] = arrived(part, message.external_id)
            one = evolve(one, part=sent)
            message = evolve(message, automated=part.outbound.automated)
        if one.part is None and self._must_wait(one, message):
            return self._park(one, message.parent or "")
        return self._outbound(one, message)

    def _late(self, entry: LedgerEntry, cause: Incoming) -> Incoming:
        """Return an item that waited for the message just applied."""
        item, original_text = readmit(read_inbound(entry.payload or ""))
        waiting = Incoming(
            raw=item,
            index=cause.index,
            received_at=entry.received_at,
            history=cause.history,
            parked=entry,
        )
        waiting.admit(item, entry.key, original_text)
        if isinstance(item, Message):
            self._around.find_thread(waiting, item)
        elif interaction := self._around.ledger[
            message_key(item.account, item.target)
        ].interaction_id:
            self._around.load_revisions(interaction)
        return waiting
