"""How a command runs: load, check the version, decide, store, tell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from scskit.core import commands as cmd
from scskit.core import deciding
from scskit.core.case import Case
from scskit.core.deciding import Events, Request
from scskit.core.errors import NotFound, StaleCase
from scskit.core.ids import CaseId
from scskit.core.ports import Transaction
from scskit.core.records import CaseDraft, RecordedEvent, Writes
from scskit.desk.admission import repair
from scskit.desk.reacting import Mark, Reacting, mark
from scskit.desk.services import Services


class Commanding:
    """Runs commands on the tenant's cases."""

    _services: Services

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
            return (deciding.decide(the(drafts, id_), command, request),)

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
            return the(drafts, ids[0]), recorded

        case, recorded = self._services.store.run(work)
        self._services.announce(recorded)
        return case

    def _request(self, by: str, because: str) -> Request:
        return make_request(self._services, by, because)

    def _load(
        self,
        transaction: Transaction,
        ids: Sequence[CaseId],
        versioned: CaseId,
        expected: int | None,
    ) -> dict[CaseId, CaseDraft]:
        drafts = transaction.cases(ids)
        for id_ in ids:
            case = the(drafts, id_)
            if id_ == versioned and expected is not None and case.version != expected:
                message = (
                    f"case {id_} is at version {case.version}, not {expected}: "
                    "read it again and decide again"
                )
                raise StaleCase(message)
        reacting = Reacting(self._services, transaction, self._services.clock.now())
        reacting.catch_up(drafts.values())
        return drafts

    def _store(
        self,
        transaction: Transaction,
        drafts: dict[CaseId, CaseDraft],
        events: Iterable[Any],
        writes: Writes,
    ) -> Sequence[RecordedEvent]:
        before = {id_: mark(draft) for id_, draft in drafts.items()}
        for event in events:
            drafts[event.case_id].apply((event,))
        self._react(transaction, drafts, before)
        writes.drafts = [draft for _, draft in sorted(drafts.items()) if draft.events]
        if not writes.drafts:
            return ()
        return transaction.write(writes, self._services.clock.now())

    def _react(
        self,
        transaction: Transaction,
        drafts: Mapping[CaseId, CaseDraft],
        before: Mapping[CaseId, Mark],
    ) -> None:
        """Let follow what follows from a command."""
        reacting = Reacting(self._services, transaction, self._services.clock.now())
        for id_, draft in drafts.items():
            case, count = before[id_]
            if happened := tuple(draft.events[count:]):
                reacting.react(draft, case, happened, at=happened[0].at)


def make_request(services: Services, by: str, because: str) -> Request:
    """Return who asks and why, with the time and the policy in force.

    Raises:
        ValueError: nobody asks.
    """
    if not by:
        message = "by: a command names its actor, such as 'agent:ana'"
        raise ValueError(message)
    return Request(
        by=repair(by), because=repair(because), at=services.clock.now(), policy=services.policy
    )


def the(drafts: dict[CaseId, CaseDraft], case_id: str) -> Case:
    """Return a case that was asked for by id.

    Raises:
        NotFound: it was not found.
    """
    draft = drafts.get(CaseId(case_id))
    if draft is None or draft.case is None:
        raise NotFound(no_case(case_id))
    return draft.case


def no_case(case_id: str) -> str:
    """Say that there is no such case."""
    return f"there is no case {case_id!r} for this tenant"
