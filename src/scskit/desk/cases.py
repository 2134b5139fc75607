"""Commands on cases, and finding them. Each command names its actor and its reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from attrs import evolve, frozen

from scskit.core import commands as cmd
from scskit.core import deciding
from scskit.core.case import Case, Note, Priority
from scskit.core.deciding import Events, Request
from scskit.core.errors import IllegalTransition, NotFound, StaleCase
from scskit.core.ids import CaseId, InteractionId
from scskit.core.interaction import Interaction
from scskit.core.ports import CaseDraft, CaseFilter, Pair, RecordedEvent, Transaction, Writes
from scskit.core.time import require_aware
from scskit.desk.admission import repair
from scskit.desk.changes import digest
from scskit.desk.services import Services
from scskit.desk.timeline import Entry, read_revisions, read_timeline

LARGEST_PAGE = 1000


@frozen(kw_only=True)
class CasePage:
    """Some cases.

    Attributes:
        cases: in the order asked for.
        cursor: what to pass as ``after`` for the next page; empty when this is the last.
    """

    cases: tuple[Case, ...]
    cursor: str


class Cases:
    """The tenant's cases.

    Every command takes ``by``, the actor (``agent:ana``), ``because``, the reason in words, and
    optionally ``expected_version``: the version that the caller decided on. It returns the case
    afterwards, and raises ``NotFound``, ``IllegalTransition``, ``NotPermitted`` or ``StaleCase``
    without changing anything.
    """

    def __init__(self, services: Services) -> None:
        """Work for a desk."""
        self._services = services

    # Reading.

    def get(self, case_id: str) -> Case:
        """Return a case.

        Raises:
            NotFound: there is none with this id.
        """
        with self._services.store.read() as reader:
            return _the(reader.cases([CaseId(case_id)]), case_id)

    def find(
        self,
        *,
        after: str = "",
        limit: int = 50,
        newest_first: bool = True,
        **filters: Any,  # noqa: ANN401  each filter has its own type, in CaseFilter
    ) -> CasePage:
        """Find cases, page by page.

        Args:
            after: the cursor of the page before.
            limit: how many at most, 1 to 1000.
            newest_first: the order of opening.
            **filters: see ``CaseFilter``: states, queue, agent, account, identity, customer,
                reason, priorities, opened_from, opened_before.

        Raises:
            TypeError: there is no such filter.
            ValueError: the limit is out of range.
        """
        if not 1 <= limit <= LARGEST_PAGE:
            message = f"limit: found {limit}, expected 1 to {LARGEST_PAGE}"
            raise ValueError(message)
        found = self._services.store.find(
            CaseFilter(**filters), after, limit + 1, newest_first=newest_first
        )
        cursor = found[limit - 1].id if len(found) > limit else ""
        return CasePage(cases=tuple(found[:limit]), cursor=cursor)

    def log(self, case_id: str) -> list[RecordedEvent]:
        """Return every event of a case, oldest first.

        Raises:
            NotFound: there is no such case.
        """
        found = self._services.store.log(CaseId(case_id))
        if not found:
            raise NotFound(_no_case(case_id))
        return found

    def timeline(self, case_id: str) -> list[Entry]:
        """Return messages, notes and events of a case in the order in which they happened.

        Raises:
            NotFound: there is no such case.
        """
        with self._services.store.read() as reader:
            entries = read_timeline(reader, CaseId(case_id))
        if not entries:
            raise NotFound(_no_case(case_id))
        return entries

    def interactions(self, case_id: str) -> list[Interaction]:
        """Return a case's messages at their latest revisions, by the network's time.

        Raises:
            NotFound: there is no such case.
        """
        self.get(case_id)
        with self._services.store.read() as reader:
            found = [revisions[-1] for revisions in read_revisions(reader, CaseId(case_id))]
        return sorted(found, key=lambda i: (i.posted_at, i.id))

    # Commands on one case.

    def assign(
        self,
        case_id: str,
        agent: str | None,
        *,
        by: str,
        because: str,
        expected_version: int | None = None,
    ) -> Case:
        """Give a case to an agent; None gives it back to its queue."""
        return self._do(case_id, cmd.Assign(agent), by, because, expected_version)

    def route(
        self,
        case_id: str,
        queue: str,
        *,
        by: str,
        because: str,
        expected_version: int | None = None,
    ) -> Case:
        """Put a case into another queue; whoever held it lets go."""
        return self._do(case_id, cmd.Route(queue), by, because, expected_version)

    def set_reason(
        self,
        case_id: str,
        reason: str | None,
        *,
        by: str,
        because: str,
        expected_version: int | None = None,
    ) -> Case:
        """Set the contact reason, a dotted path in the tree."""
        return self._do(case_id, cmd.SetReason(reason), by, because, expected_version)

    def set_priority(
        self,
        case_id: str,
        priority: Priority,
        *,
        by: str,
        because: str,
        expected_version: int | None = None,
    ) -> Case:
        """Set the priority, P1 to P4."""
        return self._do(case_id, cmd.SetPriority(priority), by, because, expected_version)

    def note(
        self,
        case_id: str,
        text: str,
        *,
        by: str,
        because: str = "",
        expected_version: int | None = None,
    ) -> Case:
        """Write an internal note."""
        now = self._services.clock.now()
        note = Note(
            id=self._services.ids.new(now),
            case_id=CaseId(case_id),
            written_by=repair(by),
            written_at=now,
            text=repair(text),
        )
        command = cmd.AddNote(note.id, digest(note.text))
        return self._do(case_id, command, by, because, expected_version, Writes(notes=[note]))

    def solve(
        self, case_id: str, *, by: str, because: str, expected_version: int | None = None
    ) -> Case:
        """The customer's matter is settled."""
        return self._do(case_id, cmd.Solve(), by, because, expected_version)

    def reopen(
        self, case_id: str, *, by: str, because: str, expected_version: int | None = None
    ) -> Case:
        """A solved case needs work again."""
        return self._do(case_id, cmd.Reopen(), by, because, expected_version)

    def close(
        self, case_id: str, *, by: str, because: str, expected_version: int | None = None
    ) -> Case:
        """A solved case is final from now on."""
        return self._do(case_id, cmd.Close(), by, because, expected_version)

    def wait(
        self, case_id: str, *, by: str, because: str, expected_version: int | None = None
    ) -> Case:
        """Wait for the customer (pending)."""
        return self._do(case_id, cmd.Wait(), by, because, expected_version)

    def hold(
        self, case_id: str, *, by: str, because: str, expected_version: int | None = None
    ) -> Case:
        """Wait for a third party (on hold)."""
        return self._do(case_id, cmd.Hold(), by, because, expected_version)

    def resume(
        self, case_id: str, *, by: str, because: str, expected_version: int | None = None
    ) -> Case:
        """Stop waiting."""
        return self._do(case_id, cmd.Resume(), by, because, expected_version)

    def snooze(
        self,
        case_id: str,
        until: datetime,
        *,
        by: str,
        because: str,
        expected_version: int | None = None,
    ) -> Case:
        """Look at a case again at ``until``, an aware time in the future."""
        instant = require_aware(until, "until")
        if instant <= self._services.clock.now():
            message = f"case {case_id} cannot be snoozed until {instant}: that has passed"
            raise IllegalTransition(message)
        return self._do(case_id, cmd.Snooze(instant), by, because, expected_version)

    def dismiss(
        self,
        case_id: str,
        code: str,
        *,
        by: str,
        because: str,
        expected_version: int | None = None,
    ) -> Case:
        """Noise: nobody acts; ``code`` says why (``noise.spam``)."""
        return self._do(case_id, cmd.Dismiss(repair(code)), by, because, expected_version)

    # Commands on two cases.

    def link(  # noqa: PLR0913  what every command has, and what the other case is
        self,
        case_id: str,
        other: str,
        *,
        by: str,
        because: str,
        relation: str = "related",
        expected_version: int | None = None,
    ) -> Case:
        """Relate two cases to each other, in the logs of both."""
        here, there = CaseId(case_id), CaseId(other)

        def decide(drafts: dict[CaseId, CaseDraft], request: Request) -> Sequence[Events]:
            ours, theirs = _the(drafts, here), _the(drafts, there)
            return (
                deciding.decide(ours, cmd.Link(there, repair(relation)), request),
                deciding.decide(theirs, cmd.Link(here, repair(relation)), request),
            )

        return self._decide((here, there), decide, by, because, expected_version)

    def merge(
        self,
        case_id: str,
        into: str,
        *,
        by: str,
        because: str,
        expected_version: int | None = None,
    ) -> Case:
        """Merge a case into another one, which is returned; messages and threads go along."""
        source, target = CaseId(case_id), CaseId(into)

        def work(transaction: Transaction) -> Sequence[RecordedEvent]:
            drafts = self._load(transaction, (source, target), source, expected_version)
            messages = [
                *self._messages(transaction, source),
                *self._messages(transaction, target),
            ]
            latest = _latest(messages)
            events = deciding.merge(
                _the(drafts, source), _the(drafts, target), latest, self._request(by, because)
            )
            moves = [evolve(m, case_id=target) for m in messages if m.case_id == source]
            return self._store(transaction, drafts, events, Writes(moves=moves))

        self._services.announce(self._services.store.run(work))
        return self.get(target)

    def split(
        self,
        case_id: str,
        interactions: Iterable[str],
        *,
        by: str,
        because: str,
        expected_version: int | None = None,
    ) -> Case:
        """Split some messages off into a new case, which is returned.

        Where all of a person's messages in a thread leave, later ones follow them.
        """
        old = CaseId(case_id)
        leaving = {InteractionId(i) for i in interactions}
        new = CaseId(self._services.ids.new(self._services.clock.now()))

        def work(transaction: Transaction) -> Sequence[RecordedEvent]:
            drafts = self._load(transaction, (old,), old, expected_version)
            messages = self._messages(transaction, old)
            if unknown := leaving - {m.id for m in messages}:
                message = f"case {old} has no interaction {', '.join(sorted(unknown))}"
                raise NotFound(message)
            goes = [m for m in messages if m.id in leaving]
            stays = [m for m in messages if m.id not in leaving]
            events = deciding.split(
                _the(drafts, old), _latest(stays), _latest(goes), new, self._request(by, because)
            )
            drafts[new] = CaseDraft()
            writes = Writes(moves=[evolve(m, case_id=new) for m in goes])
            gone = _pairs(goes) - _pairs(stays)
            for pair, points_to in transaction.current_cases(gone).items():
                writes.pairs[pair] = (new, points_to)
            return self._store(transaction, drafts, events, writes)

        self._services.announce(self._services.store.run(work))
        return self.get(new)

    def _messages(self, transaction: Transaction, case_id: CaseId) -> list[Interaction]:
        """Return every revision of every message that belongs to a case now."""
        found = read_revisions(transaction, case_id)
        return [revision for revisions in found for revision in revisions]

    # How every command runs.

    def _do(  # noqa: PLR0913, PLR0917  what every command has
        self,
        case_id: str,
        command: cmd.Command,
        by: str,
        because: str,
        expected_version: int | None,
        writes: Writes | None = None,
    ) -> Case:
        id_ = CaseId(case_id)

        def decide(drafts: dict[CaseId, CaseDraft], request: Request) -> Sequence[Events]:
            return (deciding.decide(_the(drafts, id_), command, request),)

        return self._decide((id_,), decide, by, because, expected_version, writes)

    def _decide(  # noqa: PLR0913, PLR0917  what every command has
        self,
        ids: Sequence[CaseId],
        decide: Callable[[dict[CaseId, CaseDraft], Request], Sequence[Events]],
        by: str,
        because: str,
        expected_version: int | None,
        writes: Writes | None = None,
    ) -> Case:
        request = self._request(by, because)

        def work(transaction: Transaction) -> tuple[Case, Sequence[RecordedEvent]]:
            drafts = self._load(transaction, ids, ids[0], expected_version)
            events = [event for part in decide(drafts, request) for event in part]
            recorded = self._store(transaction, drafts, events, writes or Writes())
            return _the(drafts, ids[0]), recorded

        case, recorded = self._services.store.run(work)
        self._services.announce(recorded)
        return case

    def _request(self, by: str, because: str) -> Request:
        if not by:
            message = "by: a command names its actor, such as 'agent:ana'"
            raise ValueError(message)
        return Request(
            by=repair(by),
            because=repair(because),
            at=self._services.clock.now(),
            policy=self._services.policy,
        )

    def _load(
        self,
        transaction: Transaction,
        ids: Sequence[CaseId],
        versioned: CaseId,
        expected: int | None,
    ) -> dict[CaseId, CaseDraft]:
        drafts = transaction.cases(ids)
        for id_ in ids:
            case = _the(drafts, id_)
            if id_ == versioned and expected is not None and case.version != expected:
                message = (
                    f"case {id_} is at version {case.version}, not {expected}: "
                    "read it again and decide again"
                )
                raise StaleCase(message)
        return drafts

    def _store(
        self,
        transaction: Transaction,
        drafts: dict[CaseId, CaseDraft],
        events: Iterable[Any],
        writes: Writes,
    ) -> Sequence[RecordedEvent]:
        for event in events:
            drafts[event.case_id].apply((event,))
        writes.drafts = [draft for _, draft in sorted(drafts.items()) if draft.events]
        if not writes.drafts:
            return ()
        return transaction.write(writes, self._services.clock.now())


def _the(drafts: dict[CaseId, CaseDraft], case_id: str) -> Case:
    draft = drafts.get(CaseId(case_id))
    if draft is None or draft.case is None:
        raise NotFound(_no_case(case_id))
    return draft.case


def _pairs(messages: Iterable[Interaction]) -> set[Pair]:
    return {(m.thread_id, m.identity_id) for m in messages if m.identity_id is not None}


def _no_case(case_id: str) -> str:
    return f"there is no case {case_id!r} for this tenant"


def _latest(messages: Iterable[Interaction]) -> list[Interaction]:
    """Return the latest revision of each message."""
    return list({message.id: message for message in messages}.values())
