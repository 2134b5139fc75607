"""All work that waits, indexed: finding the next case takes time by kinds of cases, not by cases.

Cases that the same agents may take stand in one lane. A lane is a heap by rank. Rank and lane of
a case change with time (a priority is raised, a skill relaxed), at instants known beforehand, and
these are kept in a heap as well: ``advance`` moves what has changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from heapq import heapify, heappop, heappush

from attrs import define, evolve

from scskit.core.agent import Queue
from scskit.core.choosing import Match, Rules, choose_agent, pulled
from scskit.core.ids import CaseId
from scskit.core.roster import FULL, Worker, barred
from scskit.core.waiting import Lane, Rank, Waiting, lane, next_change, rank
from scskit.core.why import RuledOut, group
from scskit.core.work_policy import WorkPolicy

Heap = list[tuple[Rank, CaseId]]


class Board:
    """What waits, in the order of work. Time only goes forward."""

    def __init__(self, policy: WorkPolicy, queues: Mapping[str, Queue], now: datetime) -> None:
        """Begin empty at ``now``."""
        self._rules = Rules(policy=policy, queues=queues, now=now)
        self._waiting: dict[CaseId, Waiting] = {}
        self._standing: dict[CaseId, tuple[Lane, Rank]] = {}
        self._lanes: dict[Lane, Heap] = {}
        self._changes: list[tuple[datetime, CaseId]] = []

    def __len__(self) -> int:
        """Return how many cases wait."""
        return len(self._waiting)

    def __contains__(self, case_id: object) -> bool:
        """Tell whether a case waits."""
        return case_id in self._waiting

    def add(self, waiting: Waiting) -> None:
        """Let a case wait, or let it wait as it is now."""
        self._waiting[waiting.id] = waiting
        self._place(waiting)

    def remove(self, case_id: CaseId) -> None:
        """Forget a case; what stands of it in heaps is passed over later."""
        self._waiting.pop(case_id, None)
        self._standing.pop(case_id, None)

    def advance(self, now: datetime) -> None:
        """Let time pass: cases whose rank or lane has changed move."""
        self._rules = evolve(self._rules, now=now)
        changes = self._changes
        while changes and changes[0][0] <= now:
            _, case_id = heappop(changes)
            if waiting := self._waiting.get(case_id):
                self._place(waiting)

    def next_change(self) -> datetime | None:
        """Return the next instant at which ``advance`` has something to do."""
        return self._changes[0][0] if self._changes else None

    def pull(self, worker: Worker, workers: Mapping[str, Worker]) -> Match | None:
        """Find the case that an agent who asks for work should get; it keeps waiting.

        Args:
            worker: who asks.
            workers: all agents by name.

        Returns:
            What ``choose_case`` would; in the reasons, of each lane only the first case stands.
        """
        best: tuple[Rank, CaseId] | None = None
        barriers: list[tuple[Rank, str, str]] = []
        for where, head in self._heads():
            code = barred(worker, where, self._rules.team(where.queue), workers)
            if code is None and not worker.fits(where.weight):
                code = FULL
            if code is not None:
                barriers.append((head[0], code, head[1]))
            elif best is None or head < best:
                best = head
        if best is None:
            return None
        passed = [(code, name) for rank_, code, name in barriers if rank_ < best[0]]
        return pulled(worker, self._waiting[best[1]], passed, self._rules)

    def push(self, workers: Mapping[str, Worker]) -> Iterator[Match]:
        """Give work to whoever has capacity left, the first in the order of work first.

        Args:
            workers: all agents by name; their loads grow.

        Yields:
            The matches; each case has left the board when it comes out.
        """
        doors = {where: _Door.of(where, workers, self._rules) for where, _ in self._heads()}
        heads = [(head, number, where) for number, (where, head) in enumerate(self._heads())]
        heapify(heads)
        while heads:
            (_, case_id), number, where = heappop(heads)
            door = doors[where]
            able = door.look()
            if not able:
                continue  # and it stays so: loads only grow
            match = choose_agent(self._waiting[case_id], able, door.ruled_out, self._rules)
            match.worker.load += where.weight
            self.remove(case_id)
            if head := self._head(where):
                heappush(heads, (head, number, where))
            yield match

    def _place(self, waiting: Waiting) -> None:
        now, policy = self._rules.now, self._rules.policy
        standing = lane(waiting, now, policy), rank(waiting, now, policy)
        if self._standing.get(waiting.id) != standing:
            self._standing[waiting.id] = standing
            heappush(self._lanes.setdefault(standing[0], []), (standing[1], waiting.id))
        if (change := next_change(waiting, now, policy)) is not None:
            heappush(self._changes, (change, waiting.id))

    def _heads(self) -> list[tuple[Lane, tuple[Rank, CaseId]]]:
        found = []
        for where in list(self._lanes):
            if head := self._head(where):
                found.append((where, head))
            else:
                del self._lanes[where]
        return found

    def _head(self, where: Lane) -> tuple[Rank, CaseId] | None:
        heap = self._lanes[where]
        while heap:
            standing = self._standing.get(heap[0][1])
            if standing is not None and standing[1] == heap[0][0] and standing[0] == where:
                return heap[0]
            heappop(heap)
        return None


@define
class _Door:
    """Who may take the cases of a lane, while loads only grow, and what keeps the others out."""

    where: Lane
    able: list[Worker]
    barred: tuple[RuledOut, ...]
    full: list[str]
    ruled_out: tuple[RuledOut, ...]

    @classmethod
    def of(cls, where: Lane, workers: Mapping[str, Worker], rules: Rules) -> _Door:
        team = rules.team(where.queue)
        codes = [(barred(worker, where, team, workers), worker) for worker in workers.values()]
        closed = group((code, worker.name) for code, worker in codes if code is not None)
        return cls(where, [worker for code, worker in codes if code is None], closed, [], closed)

    def look(self) -> list[Worker]:
        """Return who still may; whoever has become full is so until the end."""
        weight = self.where.weight
        able = [worker for worker in self.able if worker.load + weight <= worker.room]
        if len(able) < len(self.able):
            left = {worker.name for worker in able}
            self.full += [worker.name for worker in self.able if worker.name not in left]
            self.able = able
            self.ruled_out = (*self.barred, *group((FULL, name) for name in self.full))
        return able


def fill(board: Board, waiting: Iterable[Waiting]) -> Board:
    """Let cases wait on a board, and return it."""
    for one in waiting:
        board.add(one)
    return board
