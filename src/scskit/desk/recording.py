"""What attempts brought, written down: parts, journal, messages and events in one commit."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import evolve

from scskit.core.event import Event
from scskit.core.ids import CaseId
from scskit.core.outbound import ARRIVED, Part
from scskit.core.ports import Transaction
from scskit.core.records import LedgerKey, RecordedEvent, Writes
from scskit.core.reply_events import MessageHidden, ReplyFailed, ReplyResolved, ReplyUnknown
from scskit.desk.admission import CLOCK_SKEW, Unacceptable, admit, repair
from scskit.desk.batch import Batch, Poison
from scskit.desk.delivering import Result
from scskit.desk.echoes import message_of
from scskit.desk.incoming import Incoming, message_key
from scskit.desk.looking import is_another
from scskit.desk.services import Services

Recorded = tuple[list[RecordedEvent], Counter[str]]


class Recording:
    """Writes down what came of some attempts."""

    def __init__(self, services: Services, results: Sequence[Result]) -> None:
        """Record these results."""
        self._services = services
        self._results = results

    def run(self) -> Recorded:
        """Record everything in one transaction.

        Returns:
            The events, and how many parts stand in which state now.
        """
        unfit: set[int] = set()
        while True:
            try:
                return self._services.store.run(lambda tx: self._write(tx, unfit))
            except Poison as poison:
                # It was sent, whether or not it can be shown: that is what counts most.
                unfit.update(poison.reasons)
                self._services.log.warning("sent but not shown", reasons=poison.reasons)

    def settle(
        self, transaction: Transaction, part: Part, events: Sequence[Event]
    ) -> list[RecordedEvent]:
        """Write down what a person found out about a part."""
        now = self._services.clock.now()
        writes = Writes(parts={part.id: part})
        items: list[Incoming] = []
        if part.state == "sent" and part.kind == "message":
            items = self._items({0: part}, {0: part.external_id or f"part:{part.id}"}, now)
        batch = Batch(self._services, transaction, {}, now, writes)
        return list(batch.run(items, again=True, beside=_by_case(events)).events)

    def _write(self, transaction: Transaction, unfit: set[int]) -> Recorded:
        now = self._services.clock.now()
        stored = transaction.replies.as_they_stand(result.job.part for result in self._results)
        taken = self._taken(transaction)
        writes = Writes()
        arrived: dict[int, Part] = {}
        ids: dict[int, str] = {}
        events: list[Event] = []
        states: Counter[str] = Counter()
        for index, result in enumerate(self._results):
            before = stored[result.part.id]
            if result.part.id in taken:
                part = self._looks_again(before, now)
            else:
                part = _where_it_stands(before, result)
            writes.attempts.append(result.attempt)
            writes.parts[part.id] = part
            states[part.state] += 1
            events.extend(_events(before, part, result, now))
            new = part.state in ARRIVED and before.state not in ARRIVED
            if new and part.kind == "message" and index not in unfit:
                arrived[index], ids[index] = part, part.external_id or f"part:{part.id}"
        batch = Batch(self._services, transaction, {}, now, writes)
        items = self._items(arrived, ids, now)
        recorded = batch.run(items, again=True, beside=_by_case(events)).events
        return list(recorded), states

    def _items(
        self, parts: Mapping[int, Part], ids: Mapping[int, str], now: datetime
    ) -> list[Incoming]:
        """Return the messages that parts have become."""
        items: list[Incoming] = []
        for index, part in parts.items():
            receipt = self._results[index].receipt if self._results else None
            at = receipt.at if receipt and receipt.at else now
            message = message_of(part, ids[index], min(at, now + CLOCK_SKEW), receipt)
            one = Incoming(raw=message, index=index, received_at=now)
            one.part = part
            try:
                admit(one, now)
            except Unacceptable as error:
                self._services.log.warning("sent but not shown", part=part.id, reason=str(error))
            else:
                items.append(one)
        return items

    def _taken(self, transaction: Transaction) -> set[str]:
        """Return the parts for which a message was found that is another, or one for two."""
        taken: set[str] = set()
        given: set[LedgerKey] = set()
        for result in self._results:
            if not result.job.look or result.receipt is None:
                continue
            part, external_id = result.part, result.receipt.external_id
            key = message_key(part.outbound.account, external_id)
            if key in given or is_another(transaction, part, external_id):
                taken.add(part.id)
            given.add(key)
        return taken

    def _looks_again(self, before: Part, now: datetime) -> Part:
        """Let somebody look again for what another message was found for; in the end, a person."""
        if before.state != "unknown":
            return before
        policy = self._services.policy.reply_policy
        looks = before.looks + 1
        return evolve(
            before,
            ready_at=now + policy.look_after if looks < policy.most_attempts else None,
            forgiven=before.forgiven + 1,
            looks=looks,
            detail="what was found is another message",
        )


def _where_it_stands(before: Part, result: Result) -> Part:
    """Return where a part stands, whoever else had a hand in it meanwhile."""
    after = result.part
    if after.state in ARRIVED:
        if before.state in ARRIVED:  # its echo or receipt was faster
            return before
        return after
    if before.state != result.job.part.state or before.attempts != result.job.part.attempts:
        return before  # an echo came, or its lease was over and somebody else has it
    return after


def _events(before: Part, part: Part, result: Result, now: datetime) -> list[Event]:
    """Return what the log says of a part that moved; its message says that it was sent."""
    if part is before or not part.outbound.case_id:
        return []
    head: dict[str, Any] = {
        "case_id": CaseId(part.outbound.case_id),
        "at": now,
        "by": "system:outbox",
    }
    if part.state == "failed":
        codes = tuple(v.code for v in result.refused.violations) if result.refused else ()
        return [
            ReplyFailed(
                **head,
                reply_id=part.reply_id,
                part_id=part.id,
                code=repair(part.code),
                error_class=part.error_class,
                detail=repair(part.detail),
                violations=codes,
            )
        ]
    if part.state == "unknown" and part.ready_at is None:
        detail = repair(part.detail)
        return [ReplyUnknown(**head, reply_id=part.reply_id, part_id=part.id, detail=detail)]
    if part.kind != "message" and part.state == "sent":
        return [
            MessageHidden(
                **{**head, "by": part.by},
                external_id=part.outbound.in_reply_to or "",
                hidden=part.kind == "hide",
                part_id=part.id,
            )
        ]
    if result.job.look and part.state in {"sent", "queued"}:
        outcome = "sent" if part.state == "sent" else "not_sent"
        return [
            ReplyResolved(
                **head,
                reply_id=part.reply_id,
                part_id=part.id,
                outcome=outcome,
                found_by="find_sent",
            )
        ]
    return []


def _by_case(events: Sequence[Event]) -> dict[CaseId, list[Event]]:
    found: defaultdict[CaseId, list[Event]] = defaultdict(list)
    for event in events:
        found[event.case_id].append(event)
    return found
