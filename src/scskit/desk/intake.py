"""Intake: messages in, each with exactly one of four ends, none lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from attrs import evolve, frozen

from scskit.core.errors import Refused
from scskit.core.identity import CustomerMatch, Identity
from scskit.core.ids import IdentityId
from scskit.core.interaction import Inbound, Message
from scskit.core.ports import LedgerEntry, Quarantined, Transaction
from scskit.core.triage import Label, Labels
from scskit.desk.admission import Admitted, Unacceptable, admit
from scskit.desk.batch import Batch, BatchResult, Poison, Prepared
from scskit.desk.grouping import GroupCommit
from scskit.desk.quarantine import Quarantine, Rejected
from scskit.desk.report import IntakeReport, Outcome
from scskit.desk.services import Services, undeclared_account
from scskit.wire.inbound import read_inbound

BATCH = 1000
"""At most this many items share a transaction."""

PATIENCE = timedelta(hours=1)
"""How long a brand's reply waits for the message that it answers."""


@frozen(kw_only=True)
class Call:
    """One item on its way in.

    Attributes:
        item: what was handed over.
        history: record it at its true time instead of now.
        parked: the ledger line that holds it, when it is released.
    """

    item: object
    history: bool = False
    parked: LedgerEntry | None = None


class Intake:
    """Takes in what networks and files deliver."""

    def __init__(self, services: Services) -> None:
        """Work for a desk."""
        self._services = services
        self._quarantine = Quarantine(services)
        self._group: GroupCommit[Call, Outcome] | None = None
        if services.store.single_writer and not services.bound:
            self._group = GroupCommit(self._take, BATCH)

    def ingest(
        self, items: Iterable[Inbound | Mapping[str, Any]], *, history: bool = False
    ) -> IntakeReport:
        """Take in any number of items; see ``Desk.ingest``."""
        return self._submit(Call(item=item, history=history) for item in items)

    def quarantined(self, *, after: str = "", limit: int = 100) -> list[Quarantined]:
        """Return what could not be understood, oldest first.

        Args:
            after: the id of the last one seen.
            limit: how many at most.
        """
        return self._quarantine.find(after=after, limit=limit)

    def redrive(self, ids: Sequence[str] | None = None, *, limit: int = BATCH) -> IntakeReport:
        """Try quarantined messages again.

        Args:
            ids: which ones; None tries the oldest ``limit`` that are not dead.
            limit: how many at most, without ``ids``.

        Returns:
            One outcome per message tried. What fails again stays, with one more attempt; after
            ``quarantine.MOST_ATTEMPTS`` it is dead and tried only when named by id.

        Raises:
            NotFound: an id is not quarantined.
        """
        waiting = self._quarantine.chosen(ids) if ids else self._quarantine.find(limit=limit)
        report = self._submit(Call(item=self._quarantine.item(line)) for line in waiting)
        self._quarantine.settle(waiting, report.outcomes)
        return report

    def discard(self, id_: str) -> None:
        """Give a quarantined message up; it is kept and no longer tried.

        Raises:
            NotFound: the id is not quarantined.
        """
        self._quarantine.bury(id_)

    def release(self, *, older_than: timedelta = PATIENCE, limit: int = BATCH) -> IntakeReport:
        """Apply replies of the brand that waited in vain for the message they answer.

        Edits, deletions and receipts go on waiting: without their message they change nothing.

        Args:
            older_than: how long they must have waited.
            limit: how many at most.
        """
        until = self._services.clock.now() - older_than
        lines = self._services.store.parked_lines(until, limit)
        calls = (
            Call(item=read_inbound(line.payload or ""), parked=line)
            for line in lines
            if line.key[1] == "message"
        )
        return self._submit(calls)

    def _submit(self, calls: Iterable[Call]) -> IntakeReport:
        report = IntakeReport()
        remaining = iter(calls)
        take = self._group.submit if self._group else self._take
        while chunk := list(islice(remaining, BATCH)):
            report.add(take(chunk))
        return report

    def _take(self, calls: Sequence[Call]) -> list[Outcome]:
        """Take in one batch: every item gets its outcome, in order."""
        now = self._services.clock.now()
        outcomes: dict[int, Outcome] = {}
        rejected: list[Rejected] = []
        admitted = self._admit(calls, now, rejected)
        fresh = self._drop_known(admitted, calls, outcomes)
        if fresh:
            prepared = self._prepare(fresh, calls, now)
            self._apply(prepared, self._matches(fresh), now, outcomes, rejected)
        if rejected:
            items = [evolve(r, item=calls[r.index].item) for r in rejected]
            outcomes.update(self._quarantine.keep(items, now))
        return [outcomes[index] for index in range(len(calls))]

    def _admit(
        self, calls: Sequence[Call], now: datetime, rejected: list[Rejected]
    ) -> list[Admitted]:
        admitted: list[Admitted] = []
        for index, call in enumerate(calls):
            try:
                one = admit(index, call.item, now)
                self._require_account(one.key[0])
            except Unacceptable as error:
                rejected.append(Rejected(index=index, reason=str(error)))
            else:
                admitted.append(one)
        return admitted

    def _require_account(self, account: str) -> None:
        services = self._services
        if account in services.accounts:
            return
        if services.policy.accounts:
            declared = ", ".join(sorted(services.policy.accounts))
            message = f"account: {account!r} is not declared in the desk file; declared: {declared}"
            raise Unacceptable(message)
        if ":" in account:
            message = f"account: {account!r} holds a colon, which separates an id from its account"
            raise Unacceptable(message)
        services.add_account(undeclared_account(account))

    def _drop_known(
        self, admitted: Sequence[Admitted], calls: Sequence[Call], outcomes: dict[int, Outcome]
    ) -> list[Admitted]:
        """Answer for what is in the ledger already, before anything dear is done for it."""
        with self._services.store.read() as reader:
            known = reader.ledger(one.key for one in admitted)
        fresh: list[Admitted] = []
        for one in admitted:
            entry = known.get(one.key)
            if entry is None or calls[one.index].parked is not None:
                fresh.append(one)
                continue
            outcomes[one.index] = Outcome(
                index=one.index,
                state="duplicate",
                external_id=entry.key[2],
                interaction_id=entry.interaction_id,
                case_id=entry.case_id,
            )
        return fresh

    def _prepare(
        self, admitted: Sequence[Admitted], calls: Sequence[Call], now: datetime
    ) -> list[Prepared]:
        labels = self._classify(admitted)
        prepared: list[Prepared] = []
        for one in admitted:
            call = calls[one.index]
            prepared.append(
                Prepared(
                    admitted=one,
                    received_at=call.parked.received_at if call.parked else now,
                    labels=labels.get(one.index, ()),
                    history=call.history,
                    parked=call.parked,
                    unaccompanied=call.parked is not None,
                )
            )
        return prepared

    def _classify(self, admitted: Sequence[Admitted]) -> dict[int, Labels]:
        indexes = [one.index for one in admitted if isinstance(one.item, Message)]
        messages = [one.item for one in admitted if isinstance(one.item, Message)]
        found, failures = self._services.registry.classify(messages)
        # What failed had a part in the decision, so it is stored with it.
        failed = tuple(
            Label(kind="failure", value=failure, source="registry", confidence=0.0)
            for failure in failures
        )
        return {i: (*labels, *failed) for i, labels in zip(indexes, found, strict=True)}

    def _matches(self, admitted: Sequence[Admitted]) -> dict[IdentityId, CustomerMatch]:
        """Ask who the people are that this desk has not met yet."""
        services = self._services
        if not services.registry.identifies:
            return {}
        people = dict(
            self._stranger(one.item)
            for one in admitted
            if isinstance(one.item, Message) and one.item.direction == "inbound"
        )
        with services.store.read() as reader:
            known = reader.identities(people)
        asked = {i: services.registry.identify(p) for i, p in people.items() if i not in known}
        return {id_: match for id_, match in asked.items() if match}

    def _stranger(self, message: Message) -> tuple[IdentityId, Identity]:
        account = self._services.accounts[message.account]
        author = message.author
        id_ = self._services.identity_id(account, author.external_id)
        identity = Identity(
            id=id_,
            network=account.network,
            scope=account.id if account.identity_scope == "account" else "",
            external_id=author.external_id,
            handle=author.handle,
            name=author.name,
            followers=author.followers,
            language=author.language,
            first_seen_at=self._services.clock.now(),
        )
        return id_, identity

    def _apply(
        self,
        prepared: list[Prepared],
        matches: Mapping[IdentityId, CustomerMatch],
        now: datetime,
        outcomes: dict[int, Outcome],
        rejected: list[Rejected],
    ) -> None:
        """Apply items in one transaction; what cannot be applied is found and set apart."""
        services = self._services

        def work(transaction: Transaction) -> BatchResult:
            return Batch(services, transaction, prepared, now=now, matches=matches).run()

        try:
            result = services.store.run(work)
        except Poison as poison:
            rejected.extend(Rejected(index=i, reason=r) for i, r in poison.reasons.items())
            rest = [p for p in prepared if p.admitted.index not in poison.reasons]
            if rest:
                self._apply(rest, matches, now, outcomes, rejected)
        except Refused as refused:
            if len(prepared) == 1:
                rejected.append(Rejected(index=prepared[0].admitted.index, reason=str(refused)))
                return
            middle = len(prepared) // 2
            for half in (prepared[:middle], prepared[middle:]):
                self._apply(half, matches, now, outcomes, rejected)
        else:
            outcomes.update((outcome.index, outcome) for outcome in result.outcomes)
            self._announce(result)

    def _announce(self, result: BatchResult) -> None:
        services = self._services
        services.log.info(
            "intake", items=len(result.outcomes), events=len(result.events), bound=services.bound
        )
        services.announce(result.events)


