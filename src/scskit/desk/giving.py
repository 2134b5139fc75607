"""Giving work inside one transaction: read who is there and what waits, choose, write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from attrs import frozen

from scskit.core import assigning
from scskit.core.agent import Queue
from scskit.core.board import Board, fill
from scskit.core.case import Case
from scskit.core.choosing import Match, Rules
from scskit.core.deciding import Events, Request
from scskit.core.ports import Transaction
from scskit.core.records import CaseDraft, RecordedEvent, Writes
from scskit.core.roster import Worker
from scskit.core.waiting import rank
from scskit.core.work_ports import Heads
from scskit.desk.reacting import Reacting
from scskit.desk.roster import Roster, best_for

_LITTLE = 1e-6
"""Less than any case weighs."""


@frozen
class Given:
    """What one transaction gave.

    Attributes:
        cases: as they are afterwards, in the order of work.
        events: what was recorded.
        more: whether there may be more to give.
    """

    cases: Sequence[Case] = ()
    events: Sequence[RecordedEvent] = ()
    more: bool = False


def pull(transaction: Transaction, roster: Roster, name: str, request: Request) -> Given:
    """Give the best case there is to an agent who asks."""
    transaction.lock_agents([name])
    worker = roster.asking(name)
    if not worker.is_there:
        return Given()
    taken: set[str] = set()
    while isinstance(match := best_for(worker, roster, transaction, taken), Match):
        id_ = match.waiting.id
        draft = transaction.work.free_cases([id_]).get(id_)
        if draft and draft.case and assigning.waits(draft.case):
            case = let(
                transaction, roster, draft, assigning.give(draft.case, name, match.why, request)
            )
            return Given([case], transaction.write(Writes(drafts=[draft]), request.at))
        taken.add(id_)  # somebody else was faster
    return Given()


def push(
    transaction: Transaction, roster: Roster, queues: Sequence[Queue], depth: int, request: Request
) -> Given:
    """Give work to whoever has capacity left: up to ``depth`` cases of each list."""
    transaction.lock_agents(roster.online())
    workers = roster.all_online()
    if not any(worker.is_there for worker in workers.values()):
        return Given()
    rules = roster.rules
    names = [queue.name for queue in queues]
    heads = transaction.work.heads(names, roster.policy, rules.now, depth)
    board = fill(Board(rules.policy, rules.queues, rules.now), heads.waiting)
    matches = _until_unknown(board, workers, heads, rules)
    given = _hand_out(transaction, roster, matches, request)
    free = any(worker.is_there and worker.fits(_LITTLE) for worker in workers.values())
    return Given(given.cases, given.events, more=bool(heads.last) and free)


def _until_unknown(
    board: Board, workers: Mapping[str, Worker], heads: Heads, rules: Rules
) -> list[Match]:
    """Match until something that was not read might come first."""
    horizon = min((rank(last, rules.now, rules.policy) for last in heads.last), default=None)
    matches: list[Match] = []
    for match in board.push(workers):
        if horizon is not None and rank(match.waiting, rules.now, rules.policy) > horizon:
            match.worker.load -= match.waiting.weight  # it is not given yet
            break
        matches.append(match)
    return matches


def _hand_out(
    transaction: Transaction, roster: Roster, matches: Sequence[Match], request: Request
) -> Given:
    drafts = transaction.work.free_cases(match.waiting.id for match in matches)
    changed: list[CaseDraft] = []
    for match in matches:
        draft = drafts.get(match.waiting.id)
        if draft and draft.case and assigning.waits(draft.case):
            let(
                transaction, roster, draft, _handed(draft.case, match, roster.rules.queues, request)
            )
            changed.append(draft)
    if not changed:
        return Given()
    events = transaction.write(Writes(drafts=sorted(changed, key=_id)), request.at)
    return Given([draft.case for draft in changed if draft.case], events)


def _id(draft: CaseDraft) -> str:
    return draft.case.id if draft.case else ""


def _handed(case: Case, match: Match, queues: Mapping[str, Queue], request: Request) -> Events:
    queue = queues.get(match.waiting.queue)
    if queue is not None and queue.offer_for is not None:
        until = request.at + queue.offer_for
        return assigning.offer(case, match.worker.name, until, match.why, request)
    return assigning.give(case, match.worker.name, match.why, request)


def let(transaction: Transaction, roster: Roster, draft: CaseDraft, events: Events) -> Case:
    """Let events happen to a case, and what follows from them; return it afterwards."""
    before, case = draft.case, draft.apply(events)
    if events and (roster.policy.reacts or (before and before.sla)):  # a promise outlives a policy
        reacting = Reacting(roster.services, transaction, roster.rules.now)
        reacting.react(draft, before, events, at=events[0].at)
    return draft.case or case


def give_back_all(
    transaction: Transaction,
    roster: Roster,
    agent: str,
    request: Request,
    *,
    since: datetime | None = None,
) -> Given:
    """Let all active cases of an agent wait in their queues again, as old as they are.

    Args:
        transaction: reads and writes.
        roster: who is there.
        agent: who lets go.
        request: who asks, why and when.
        since: when the agent was to let go, if that was before; cases that came later leave when
            they came.
    """
    drafts = transaction.cases(transaction.work.active_cases(agent))
    changed = []
    for _, draft in sorted(drafts.items()):
        if draft.case is None or draft.case.agent != agent:
            continue
        let(
            transaction,
            roster,
            draft,
            assigning.give_back(draft.case, _at(draft.case, request, since)),
        )
        changed.append(draft)
    if not changed:
        return Given()
    events = transaction.write(Writes(drafts=changed), request.at)
    return Given([draft.case for draft in changed if draft.case], events)


def _at(case: Case, request: Request, since: datetime | None) -> Request:
    if since is None:
        return request
    at = max(since, case.last_agent_at or since)
    return Request(by=request.by, because=request.because, at=at, policy=request.policy)
