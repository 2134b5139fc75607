"""Webhooks' bodies that are stored first and applied later, by ``run_due``.

::

    request ──► a line of the quarantine's table, ``received`` ──► 2xx
    run_due ──► read it again, oldest first ──► cases, one commit ──► the line goes

A process that dies after the first commit left the line for the next one, and one that dies after
the second finds everything in the ledger already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from itertools import chain, islice

from attrs import evolve

from scskit.core.ports import Transaction
from scskit.core.records import Quarantined, Writes
from scskit.core.webhook import WebhookRequest
from scskit.desk.admission import repair
from scskit.desk.grouping import GroupCommit
from scskit.desk.incoming import Incoming
from scskit.desk.quarantine import as_json
from scskit.desk.report import IntakeReport, Outcome
from scskit.desk.services import Services
from scskit.desk.webhooks import Reopened, closed, reopened, take_word
from scskit.wire.text import decode

PAGE = 50
"""Bodies that are read at a time; each may be as long as ``IntakePolicy.max_body``."""

_SHARED = 200
"""At most this many bodies share a transaction."""

Submit = Callable[[Iterable[Incoming]], IntakeReport]


class Received:
    """Bodies on their way."""

    def __init__(self, services: Services, submit: Submit) -> None:
        """Work for a desk; ``submit`` applies items before it returns."""
        self._services = services
        self._submit = submit
        self._group: GroupCommit[str, None] | None = None
        if services.store.single_writer and not services.bound:
            self._group = GroupCommit(self._store, _SHARED)

    def keep(self, connector: str, request: WebhookRequest) -> None:
        """Store a body; one that waits already is not stored again."""
        payload = [as_json(closed(connector, request))]
        if self._group:
            self._group.submit(payload)
        else:
            self._store(payload)

    def find(self, after: str, limit: int) -> list[Quarantined]:
        """Return bodies that wait, in the order in which they came."""
        return self._services.store.quarantine(after, limit, "received")

    def apply(self) -> IntakeReport:
        """Apply everything that waits, in the order in which it came."""
        report, after = IntakeReport(), ""
        while lines := self.find(after, PAGE):
            after = lines[-1].id
            report.outcomes += self._apply(lines)
        return report

    def _apply(self, lines: Sequence[Quarantined]) -> Sequence[Outcome]:
        opened = [self._open(line) for line in lines]
        report = self._submit_in_order(opened)
        rest = iter(report.outcomes)
        writes = Writes()
        for line, one in zip(lines, opened, strict=True):
            outcome = one.outcome(line, list(islice(rest, len(one.incoming))))
            if outcome.state == "quarantined":
                left = evolve(line, state="quarantined", reason=repair(outcome.reason))
                writes.quarantined.append(left)
            else:
                writes.taken_in.append(line.id)
        now = self._services.clock.now()
        self._services.store.run(lambda transaction: transaction.write(writes, now))
        return report.outcomes

    def _submit_in_order(self, opened: Sequence[Reopened]) -> IntakeReport:
        """Apply bodies; what one says of people is known when the next is applied."""
        report, together = IntakeReport(), list[Reopened]()
        for one in opened:
            together.append(one)
            if any(signal.same_person for signal in one.signals) or one is opened[-1]:
                incoming = chain.from_iterable(body.incoming for body in together)
                report.outcomes += self._submit(incoming).outcomes
                take_word(self._services, one.signals)
                together = []
        return report

    def _open(self, line: Quarantined) -> Reopened:
        registry = self._services.registry
        return reopened(decode(line.payload), line.received_at, registry, history=False)

    def _store(self, payloads: Sequence[str]) -> list[None]:
        """Store bodies; those that could not be read when they came first wait again."""
        digests = {sha256(payload.encode()).hexdigest(): payload for payload in payloads}
        now = self._services.clock.now()

        def work(transaction: Transaction) -> None:
            known = transaction.quarantined(digests)
            again = [
                evolve(one, state="received") for one in known.values() if one.state != "received"
            ]
            new = [
                Quarantined(
                    id=self._services.ids.new(now),
                    state="received",
                    reason="",
                    payload=payload,
                    digest=digest,
                    received_at=now,
                )
                for digest, payload in digests.items()
                if digest not in known
            ]
            transaction.write(Writes(quarantined=[*again, *new]), now)

        self._services.store.run(work)
        return [None] * len(payloads)
