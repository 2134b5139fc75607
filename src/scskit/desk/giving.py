"""Giving work inside one transaction: read who is there and what waits, choose, write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from attrs import frozen

from scskit.core import assigning
from scskit.core.agent import Agent, Presence, Queue
from scskit.core.board import Board, fill
from scskit.core.case import Case
from scskit.core.choosing import Match, Rules, choose_case
from scskit.core.deciding import Events, Request
from scskit.core.engine import known
from scskit.core.policy import Policy
from scskit.core.ports import Reader, Transaction
from scskit.core.records import CaseDraft, RecordedEvent, Writes
from scskit.core.roster import AgentState, Worker, make_worker
from scskit.core.waiting import Waiting, rank
from scskit.core.why import RuledOut
from scskit.core.work_ports import Heads, Said

DEPTHS = (16, 256, 4096, 1 << 30)
"""So many cases are taken from each list; more only where none of those fits."""

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


class Roster:
    """Who may be given work, as one transaction or view sees it."""

    def __init__(self, policy: Policy, reader: Reader, now: datetime) -> None:
        """Look at ``now``; what the agents said is read at once, their loads on demand."""
        self.policy = policy
        self.rules = Rules(policy=policy.work, queues=policy.queues, now=now)
        self._reader = reader
        self._said = reader.work.presences()

    def declared(self, name: str) -> Agent:
        """Return an agent; without any in the desk file, every name is one.

        Raises:
            NotFound: the desk file declares others.
        """
        agents = self.policy.agents
        return known(agents, name, "agent") if agents else Agent(name=name)

    def asking(self, name: str) -> Worker:
        """Return an agent who asks for work: whoever never said otherwise is there."""
        weights = self._reader.work.weights(self.policy, name).get(name, ())
        return self._worker(self.declared(name), weights, unsaid="online")

    def all_online(self) -> dict[str, Worker]:
        """Return everybody, if anybody is there; for work that comes unasked one has to say so."""
        if not any(said.presence == "online" for said in self._said.values()):
            return {}
        names = self.policy.agents or self._said
        weights = self._reader.work.weights(self.policy)
        return {
            name: self._worker(self.declared(name), weights.get(name, ())) for name in sorted(names)
        }

    def keepers(self, waiting: Iterable[Waiting]) -> dict[str, Worker]:
        """Return the last agents of some cases, whom these may be kept for; without loads."""
        names = {one.last_agent for one in waiting if one.last_agent is not None}
        agents = self.policy.agents
        return {
            name: self._worker(self.declared(name), ())
            for name in names
            if not agents or name in agents
        }

    def is_there(self, name: str) -> bool:
        """Tell whether an agent could be given work; nobody who is not declared (any more) can."""
        if self.policy.agents and name not in self.policy.agents:
            return False
        return self._worker(self.declared(name), ()).is_there

    def online(self) -> list[str]:
        """Return the names of those who said that they are there, sorted."""
        return sorted(name for name, said in self._said.items() if said.presence == "online")

    def said(self, name: str) -> Said | None:
        """Return what an agent said."""
        return self._said.get(name)

    def gone_since(self, before: datetime) -> list[tuple[str, datetime]]:
        """Return who has been offline since ``before`` or earlier, and since when."""
        return [
            (name, said.since)
            for name, said in sorted(self._said.items())
            if said.presence == "offline" and said.since <= before
        ]

    def queues_of(self, worker: Worker) -> list[str]:
        """Return the queues that an agent may work, sorted."""
        return sorted(
            queue.name
            for queue in self.policy.queues.values()
            if not worker.checked or queue.team is None or queue.team in worker.teams
        )

    def _worker(
        self, agent: Agent, weights: tuple[float, ...], *, unsaid: Presence = "offline"
    ) -> Worker:
        said = self._said.get(agent.name)
        state = AgentState(
            name=agent.name, presence=said.presence if said else None, weights=weights
        )
        return make_worker(agent, state, self.policy, self.rules.now, unsaid=unsaid)


def best_for(
    worker: Worker, roster: Roster, reader: Reader, without: set[str]
) -> Match | tuple[RuledOut, ...]:
    """Find the case that an agent who asks for work should get, or why there is none.

    Args:
        worker: who asks.
        roster: who is there.
        reader: reads what waits.
        without: cases that are spoken for.
    """
    found: Match | tuple[RuledOut, ...] = ()
    queues = roster.queues_of(worker)
    for depth in DEPTHS:
        heads = reader.work.heads(queues, roster.policy, roster.rules.now, depth)
        waiting = [one for one in heads.waiting if one.id not in without]
        found = choose_case(worker, waiting, roster.keepers(waiting), roster.rules)
        if not heads.last or (isinstance(found, Match) and _is_known(found, heads, roster.rules)):
            break
    return found


def _is_known(match: Match, heads: Heads, rules: Rules) -> bool:
    """Tell whether nothing that was not read can come before a case."""
    ours = rank(match.waiting, rules.now, rules.policy)
    return all(ours <= rank(last, rules.now, rules.policy) for last in heads.last)


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
            case = draft.apply(assigning.give(draft.case, name, match.why, request))
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
    given = _hand_out(transaction, matches, roster.policy.queues, request)
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
            break
        matches.append(match)
    return matches


def _hand_out(
    transaction: Transaction,
    matches: Sequence[Match],
    queues: Mapping[str, Queue],
    request: Request,
) -> Given:
    drafts = transaction.work.free_cases(match.waiting.id for match in matches)
    changed: list[CaseDraft] = []
    for match in matches:
        draft = drafts.get(match.waiting.id)
        if draft and draft.case and assigning.waits(draft.case):
            draft.apply(_handed(draft.case, match, queues, request))
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


def give_back_all(
    transaction: Transaction, agent: str, request: Request, *, since: datetime | None = None
) -> Given:
    """Let all active cases of an agent wait in their queues again, as old as they are.

    Args:
        transaction: reads and writes.
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
        draft.apply(assigning.give_back(draft.case, _at(draft.case, request, since)))
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
