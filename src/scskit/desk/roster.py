"""Who can be given work, and what they would get."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from scskit.core import assigning
from scskit.core.agent import Agent, Presence
from scskit.core.choosing import Match, Rules, choose_case
from scskit.core.engine import known
from scskit.core.ids import CaseId
from scskit.core.ports import Reader
from scskit.core.roster import AgentState, Worker, make_worker
from scskit.core.waiting import Waiting, rank
from scskit.core.why import RuledOut
from scskit.core.work_ports import Heads, Said
from scskit.desk.services import Services

DEPTHS = (4, 64, 1024, 1 << 14, 1 << 30)
"""So many cases are taken from each list; more only where none of those fits."""


class Roster:
    """Who may be given work, as one transaction or view sees it."""

    def __init__(self, services: Services, reader: Reader, now: datetime) -> None:
        """Look at ``now``; what the agents said, and their loads, are read when they matter."""
        self.services = services
        self.policy = policy = services.policy
        self.rules = Rules(policy=policy.work, queues=policy.queues, now=now)
        self._work = reader.work
        self._said: dict[str, Said | None] = {}

    def declared(self, name: str) -> Agent:
        """Return an agent; without any in the desk file, every name is one.

        Raises:
            NotFound: the desk file declares others.
        """
        agents = self.policy.agents
        return known(agents, name, "agent") if agents else Agent(name=name)

    def asking(self, name: str) -> Worker:
        """Return an agent who asks for work: whoever never said otherwise is there."""
        weights = self._work.weights(self.policy, name).get(name, ())
        return self._worker(self.declared(name), weights, unsaid="online")

    def all_online(self) -> dict[str, Worker]:
        """Return everybody, if anybody is there; for work that comes unasked one has to say so."""
        everybody = self._everybody()
        if not any(said.presence == "online" for said in everybody.values()):
            return {}
        names = self.policy.agents or everybody
        weights = self._work.weights(self.policy)
        return {
            name: self._worker(self.declared(name), weights.get(name, ())) for name in sorted(names)
        }

    def keepers(self, waiting: Iterable[Waiting]) -> dict[str, Worker]:
        """Return the last agents of some cases, whom these may be kept for; without loads."""
        names = {one.last_agent for one in waiting if one.last_agent is not None}
        self._ask(names)
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
        everybody = self._everybody()
        return sorted(name for name, said in everybody.items() if said.presence == "online")

    def said(self, name: str) -> Said | None:
        """Return what an agent said."""
        self._ask([name])
        return self._said[name]

    def gone_since(self, before: datetime) -> list[tuple[str, datetime]]:
        """Return who has been offline since ``before`` or earlier, and since when."""
        return [
            (name, said.since)
            for name, said in sorted(self._everybody().items())
            if said.presence == "offline" and said.since <= before
        ]

    def queues_of(self, worker: Worker) -> list[str]:
        """Return the queues that an agent may work, sorted."""
        return sorted(
            queue.name
            for queue in self.policy.queues.values()
            if not worker.checked or queue.team is None or queue.team in worker.teams
        )

    def _everybody(self) -> dict[str, Said]:
        found = self._work.presences()
        self._said.update(dict.fromkeys(self.policy.agents))
        self._said.update(found)
        return found

    def _ask(self, names: Iterable[str]) -> None:
        """Read what some agents said, unless that is known."""
        if unknown := [name for name in names if name not in self._said]:
            found = self._work.presences(unknown)
            self._said.update({name: found.get(name) for name in unknown})

    def _worker(
        self, agent: Agent, weights: tuple[float, ...], *, unsaid: Presence = "offline"
    ) -> Worker:
        said = self.said(agent.name)
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


def is_over_capacity(services: Services, case_id: str, agent: str) -> bool:
    """Tell whether a case would be more than an agent has capacity for, as far as that is said."""
    declared = services.policy.agents.get(agent)
    if declared is None:
        return False
    with services.store.read() as reader:
        draft = reader.cases([CaseId(case_id)]).get(CaseId(case_id))
        worker = Roster(services, reader, services.clock.now()).asking(agent)
    case = draft.case if draft else None
    if case is None or case.agent == agent or case.category != "active":
        return False
    return not worker.fits(assigning.weight_of(case.account_id, case.visibility, services.policy))
