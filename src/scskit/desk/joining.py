"""Commands on two cases: link, merge, split."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attrs import evolve

from scskit.core import commands as cmd
from scskit.core import deciding, parting
from scskit.core.case import Case
from scskit.core.deciding import Events, Request
from scskit.core.errors import NotFound
from scskit.core.ids import CaseId, InteractionId
from scskit.core.interaction import Interaction
from scskit.core.ports import Transaction
from scskit.core.records import CaseDraft, Pair, RecordedEvent, Writes
from scskit.desk.admission import repair
from scskit.desk.commanding import Commanding, the
from scskit.desk.finding import Finding
from scskit.desk.permissions import cases, needs
from scskit.desk.timeline import read_revisions


class Joining(Finding, Commanding):
    """Brings cases together and takes them apart."""

    @needs("cases.link", cases("case_id", "other"))
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
            ours, theirs = the(drafts, here), the(drafts, there)
            return (
                deciding.decide(ours, cmd.Link(there, repair(relation)), request),
                deciding.decide(theirs, cmd.Link(here, repair(relation)), request),
            )

        return self._decide((here, there), decide, by, because, expected_version)

    @needs("cases.merge", cases("case_id", "into"))
    def merge(
        self,
        case_id: str,
        into: str,
        *,
        by: str,
        because: str,
        expected_version: int | None = None,
    ) -> Case:
        """Merge a case into another one, which is returned; messages and threads go along.

        A case that rests (waits, or is solved) wakes when one that somebody should act on is
        merged into it.
        """
        source, target = CaseId(case_id), CaseId(into)

        def work(transaction: Transaction) -> Sequence[RecordedEvent]:
            drafts = self._load(transaction, (source, target), source, expected_version)
            messages = [
                *self._messages(transaction, source),
                *self._messages(transaction, target),
            ]
            latest = _latest(messages)
            events = parting.merge(
                the(drafts, source), the(drafts, target), latest, self._request(by, because)
            )
            moves = [evolve(m, case_id=target) for m in messages if m.case_id == source]
            return self._store(transaction, drafts, events, Writes(moves=moves))

        self._services.announce(self._services.store.run(work))
        return self.get(target)

    @needs("cases.split", cases("case_id"))
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
            events = parting.split(
                the(drafts, old), _latest(stays), _latest(goes), new, self._request(by, because)
            )
            drafts[new] = CaseDraft()
            writes = Writes(moves=[evolve(m, case_id=new) for m in goes])
            gone = _pairs(goes) - _pairs(stays)
            for pair, points_to in transaction.current_cases(gone).items():
                if _leads_to(transaction, points_to, old):
                    writes.pairs[pair] = (new, points_to)
            return self._store(transaction, drafts, events, writes)

        self._services.announce(self._services.store.run(work))
        return self.get(new)

    def _messages(self, transaction: Transaction, case_id: CaseId) -> list[Interaction]:
        """Return every revision of every message that belongs to a case now."""
        found = read_revisions(transaction, case_id)
        return [revision for revisions in found for revision in revisions]


def _leads_to(transaction: Transaction, case_id: CaseId, wanted: CaseId) -> bool:
    """Tell whether a case is the wanted one or was merged into it."""
    following: CaseId | None = case_id
    while following is not None and following != wanted:
        draft = transaction.cases([following]).get(following)
        following = draft.case.merged_into if draft and draft.case else None
    return following is not None


def _pairs(messages: Iterable[Interaction]) -> set[Pair]:
    return {(m.thread_id, m.identity_id) for m in messages if m.identity_id is not None}


def _latest(messages: Iterable[Interaction]) -> list[Interaction]:
    """Return the latest revision of each message."""
    return list({message.id: message for message in messages}.values())
