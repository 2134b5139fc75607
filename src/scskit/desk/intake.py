"""Intake: messages in, each with exactly one of four ends, none lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from attrs import evolve

from scskit.core.identity import CustomerMatch
from scskit.core.ids import IdentityId
from scskit.core.interaction import Inbound, Message
from scskit.core.ports import Reader, Session
from scskit.core.records import Quarantined
from scskit.core.triage import Label
from scskit.core.webhook import WebhookRequest
from scskit.desk.admission import Unacceptable, admit
from scskit.desk.attempt import Attempt
from scskit.desk.batch import BatchResult
from scskit.desk.codes import hide_codes
from scskit.desk.entering import duplicate
from scskit.desk.garbage import garbage_left
from scskit.desk.grouping import GroupCommit
from scskit.desk.incoming import Incoming
from scskit.desk.permissions import needs, shows
from scskit.desk.quarantine import Quarantine, Rejected
from scskit.desk.report import IntakeReport, Outcome
from scskit.desk.services import Services, undeclared_account
from scskit.desk.webhooks import reopened, take_word
from scskit.wire.inbound import read_inbound

if TYPE_CHECKING:
    from scskit.desk.received import Received

BATCH = 1000
"""At most this many items share a transaction."""

MANY = 100
"""From so many items on, the garbage collector has to wait."""

PATIENCE = timedelta(hours=1)
"""How long a brand's reply waits for the message that it answers."""


class Intake:
    """Takes in what networks and files deliver."""

    def __init__(self, services: Services) -> None:
        """Work for a desk."""
        self._services = services
        self._quarantine = Quarantine(services)
        self._group: GroupCommit[Incoming, Outcome] | None = None
        if services.store.single_writer and not services.bound:
            self._group = GroupCommit(self._take, BATCH)

    @cached_property
    def _received(self) -> Received:
        from scskit.desk.received import Received  # noqa: PLC0415  workers need it

        return Received(self._services, self._submit_all)

    def keep(self, connector: str, request: WebhookRequest) -> None:
        """Store a webhook's body for ``apply_received``; it is durable when this returns."""
        self._received.keep(connector, request)

    def ingest(
        self, items: Iterable[Inbound | Mapping[str, Any]], *, history: bool = False
    ) -> IntakeReport:
        """Take in any number of items; see ``Desk.ingest``."""
        if isinstance(items, (Mapping, str, bytes)):
            message = f"ingest: found one {type(items).__name__}, expected several items: [item]"
            raise TypeError(message)
        report = IntakeReport()
        remaining = iter(items)
        while chunk := list(islice(remaining, BATCH)):
            now = self._services.clock.now()
            self._submit(
                [Incoming(raw=item, index=0, received_at=now, history=history) for item in chunk],
                report,
            )
        return report

    @shows("intake.read")
    def quarantined(
        self,
        *,
        after: str = "",
        limit: int = 100,
        dead: bool = False,
        by: str | None = None,  # noqa: ARG002  for shows()
    ) -> list[Quarantined]:
        """Return what could not be understood and can be tried again, oldest first.

        Args:
            after: the id of the last one seen.
            limit: how many at most.
            dead: return what failed too often, or was given up, instead.
            by: who asks; None for the host itself.
        """
        return self._quarantine.find(after=after, limit=limit, dead=dead)

    @shows("intake.read")
    def received(
        self,
        *,
        after: str = "",
        limit: int = 100,
        by: str | None = None,  # noqa: ARG002  for shows()
    ) -> list[Quarantined]:
        """Return webhooks' bodies that are stored and not applied yet, oldest first.

        There are some where the desk file says ``[intake] apply = "by_worker"``.

        Args:
            after: the id of the last one seen.
            limit: how many at most.
            by: who asks; None for the host itself.
        """
        return self._received.find(after, limit)

    def apply_received(self) -> IntakeReport:
        """Apply webhooks' bodies that wait, in the order in which they came; ``run_due`` does.

        Several processes may do so at once: what one has applied is a duplicate to the others.

        Returns:
            One outcome per item in them. A body that cannot be read any more is quarantined.
        """
        return self._received.apply()

    @needs("intake.redrive")
    def redrive(
        self,
        ids: Iterable[str] | None = None,
        *,
        limit: int = BATCH,
        history: bool = False,
        by: str | None = None,  # noqa: ARG002  for needs()
    ) -> IntakeReport:
        """Try quarantined messages again.

        Args:
            ids: which ones; None tries the oldest ``limit`` that are not dead.
            limit: how many at most, without ``ids``.
            history: record them at the times they happened instead of now, as the import did
                that left them here.
            by: who asks; required as soon as the policy gives roles.

        Returns:
            One outcome per message tried; a webhook's body may hold several. What fails again
            stays, with one more attempt; after ``quarantine.MOST_ATTEMPTS`` it is dead and tried
            only when named by id.

        Raises:
            NotFound: an id is not quarantined.
            NotPermitted: the actor has no role for it.
        """
        if ids is None:
            waiting = self._quarantine.find(limit=limit)
        else:
            waiting = self._quarantine.chosen(dict.fromkeys(ids))
        opened = [
            reopened(
                self._quarantine.item(line),
                line.received_at,
                self._services.registry,
                history=history,
            )
            for line in waiting
        ]
        tried = self._submit_all(chain.from_iterable(one.incoming for one in opened))
        take_word(self._services, chain.from_iterable(one.signals for one in opened))
        rest, report, settled = iter(tried.outcomes), IntakeReport(), []
        for line, one in zip(waiting, opened, strict=True):
            outcomes = list(islice(rest, len(one.incoming)))
            settled.append(one.outcome(line, outcomes))
            report.outcomes += [*outcomes, *settled[-1:]] if one.unreadable else outcomes
        self._quarantine.settle(waiting, settled)
        return report

    @needs("intake.discard")
    def discard(self, id_: str, *, by: str | None = None) -> None:  # noqa: ARG002  for needs()
        """Give a quarantined message up; it is kept and no longer tried.

        Args:
            id_: of the line.
            by: who asks; required as soon as the policy gives roles.

        Raises:
            NotFound: the id is not quarantined.
            NotPermitted: the actor has no role for it.
        """
        self._quarantine.bury(id_)

    @needs("intake.release")
    def release(
        self,
        *,
        older_than: timedelta = PATIENCE,
        limit: int = BATCH,
        history: bool = False,
        by: str | None = None,  # noqa: ARG002  for needs()
    ) -> IntakeReport:
        """Apply replies of the brand that waited in vain for the message they answer.

        Edits, deletions and receipts go on waiting: without their message they change nothing.

        Args:
            older_than: how long they must have waited.
            limit: how many at most.
            history: record them at their true times instead of now.
            by: who asks; required as soon as the policy gives roles.

        Raises:
            NotPermitted: the actor has no role for it.
        """
        until = self._services.clock.now() - older_than
        lines = self._services.store.parked_lines("message", until, limit)
        return self._submit_all(
            Incoming(
                raw=read_inbound(line.payload or ""),
                index=0,
                received_at=line.received_at,
                history=history,
                parked=line,
                released=True,
            )
            for line in lines
        )

    def _submit_all(self, items: Iterable[Incoming]) -> IntakeReport:
        report = IntakeReport()
        remaining = iter(items)
        while chunk := list(islice(remaining, BATCH)):
            self._submit(chunk, report)
        return report

    def _submit(self, chunk: Sequence[Incoming], report: IntakeReport) -> None:
        take = self._group.submit if self._group else self._take
        report.outcomes.extend(take(chunk))

    def _take(self, batch: Sequence[Incoming]) -> list[Outcome]:
        """Take in one batch: every item gets its outcome, in order."""
        if len(batch) < MANY:
            return self._take_all(batch)
        with garbage_left():
            return self._take_all(batch)

    def _take_all(self, batch: Sequence[Incoming]) -> list[Outcome]:
        now = self._services.clock.now()
        outcomes: dict[int, Outcome] = {}
        rejected: list[Rejected] = []
        admitted = self._admit(batch, now, rejected)
        if admitted:
            with self._services.store.session() as session:
                results = self._take_in(session, admitted, now, outcomes, rejected)
            # Who is told asks the desk, on a connection of their own: ours is free by now.
            for result in results:
                self._announce(result)
        if rejected:
            items = [evolve(r, item=batch[r.index].raw) for r in rejected]
            outcomes.update(self._quarantine.keep(items, now))
        return [outcomes[index] for index in range(len(batch))]

    def _take_in(
        self,
        session: Session,
        batch: Sequence[Incoming],
        now: datetime,
        outcomes: dict[int, Outcome],
        rejected: list[Rejected],
    ) -> list[BatchResult]:
        """Drop what is known, ask the plugins about the rest, and apply it."""
        reader = session.read()
        fresh = self._drop_known(reader, batch, outcomes)
        if not fresh:
            return []
        hide_codes(self._services, reader, fresh, now)
        self._classify(fresh)
        attempt = Attempt(self._services, session, self._matches(reader, fresh, now), now)
        return attempt.apply(fresh, outcomes, rejected)

    def _admit(
        self, batch: Sequence[Incoming], now: datetime, rejected: list[Rejected]
    ) -> list[Incoming]:
        admitted: list[Incoming] = []
        for index, one in enumerate(batch):
            one.index = index
            try:
                admit(one, now)
                self._require_account(one.key[0])
            except Unacceptable as error:
                rejected.append(Rejected(index=index, reason=str(error)))
            else:
                admitted.append(one)
        return admitted

    def _require_account(self, account: str) -> None:
        services = self._services
        if services.account(account):
            return
        if services.policy.accounts:
            declared = ", ".join(sorted(services.policy.accounts))
            message = f"account: {account!r} is not declared in the desk file; declared: {declared}"
            raise Unacceptable(message)
        try:
            services.add_account(undeclared_account(account))
        except ValueError as error:
            raise Unacceptable(str(error)) from error

    def _drop_known(
        self, reader: Reader, batch: Sequence[Incoming], outcomes: dict[int, Outcome]
    ) -> list[Incoming]:
        """Answer for what is in the ledger already, before anything dear is done for it."""
        known = reader.ledger(one.key for one in batch)
        if not known:
            return list(batch)
        fresh: list[Incoming] = []
        for one in batch:
            entry = known.get(one.key)
            if entry is None or one.parked is not None:
                fresh.append(one)
            else:
                outcomes[one.index] = duplicate(entry)
        return fresh

    def _classify(self, batch: Sequence[Incoming]) -> None:
        """Let the classifiers see all customers' messages at once, and keep what they say."""
        pairs = [
            (one, one.item)
            for one in batch
            if isinstance(one.item, Message) and one.item.direction == "inbound"
        ]
        messages = [message for _, message in pairs]
        found, failures = self._services.registry.classify(messages)
        # What failed had a part in the decision, so it is stored with it.
        failed = tuple(
            Label(kind="failure", value=failure, source="registry", confidence=0.0)
            for failure in failures
        )
        for (one, _), labels in zip(pairs, found, strict=True):
            one.labels = (*labels, *failed) if failed else labels

    def _matches(
        self, reader: Reader, batch: Sequence[Incoming], now: datetime
    ) -> dict[IdentityId, CustomerMatch]:
        """Ask who the people are that this desk has not met yet."""
        services = self._services
        if not services.registry.identifies:
            return {}
        strangers = [
            services.stranger(services.accounts[one.item.account], one.item.author, now)
            for one in _firsts(batch)
            if isinstance(one.item, Message) and one.item.direction == "inbound"
        ]
        # Who writes more than once is met by the first of it.
        people = {identity.id: identity for identity in reversed(strangers)}
        known = reader.identities(people)
        asked = {i: services.registry.identify(p) for i, p in people.items() if i not in known}
        return {id_: match for id_, match in asked.items() if match}

    def _announce(self, result: BatchResult) -> None:
        services = self._services
        items, events = len(result.outcomes), len(result.events)
        services.log.info("intake", items=items, events=events, bound=services.bound)
        services.announce(result.events)


def _firsts(batch: Sequence[Incoming]) -> list[Incoming]:
    """Return items in their order, those behind whose key stands before them already."""
    firsts = {one.key: one for one in reversed(batch)}
    return sorted(batch, key=lambda one: firsts[one.key] is not one)
