"""The tenant's work and who does it, as a host uses it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from attrs import frozen

from scskit.core import events as ev
from scskit.core.agent import PRESENCES, Presence, Queue
from scskit.core.case import CATEGORY, Case
from scskit.core.choosing import Match
from scskit.core.deciding import Request
from scskit.core.errors import NotFound
from scskit.core.ids import CaseId
from scskit.core.ports import Transaction
from scskit.core.records import RecordedEvent
from scskit.core.roster import calendars_of
from scskit.core.waiting import next_opening, rank
from scskit.core.why import RuledOut, Why
from scskit.core.work_events import OfferDeclined, OfferExpired
from scskit.core.work_ports import Said
from scskit.desk.commanding import the
from scskit.desk.giving import Given, give_back_all, pull, push
from scskit.desk.offering import Offering
from scskit.desk.permissions import agent_itself, needs, own, shows
from scskit.desk.roster import Roster, best_for
from scskit.desk.services import Services

WORKER = "system:work"
"""The actor of whatever the desk gives or takes by itself."""

_BATCH = 256
"""How much of each list one transaction gives out at once."""

_LOOK = 1000
"""How much of each list is looked at to tell when time brings work."""


@frozen(kw_only=True)
class Outlook:
    """How an agent stands, and what he or she would get next.

    Attributes:
        agent: of whom.
        presence: as the agent said; None if never.
        since: when that was said.
        on_shift: whether the agent's calendar is open.
        load: how much the agent's active cases and offers weigh.
        capacity: how much they may.
        next_case: what the agent would get by asking now.
        why: how that was found.
        ruled_out: if there is nothing, the cases that wait by what rules them out.
    """

    agent: str
    presence: Presence | None
    since: datetime | None
    on_shift: bool
    load: float
    capacity: float
    next_case: CaseId | None
    why: Why | None
    ruled_out: tuple[RuledOut, ...]


class Work(Offering):
    """Brings waiting cases and agents together.

    Agents ask for work (``pull``). Queues that say so in the desk file push theirs to whoever is
    online and has capacity left, whenever a case comes in or somebody becomes free.
    """

    def __init__(self, services: Services) -> None:
        """Work for a desk."""
        self._services = services
        queues = services.policy.queues.values()
        self._pushed: tuple[Queue, ...] = tuple(q for q in queues if q.work == "push")

    @property
    def acts(self) -> bool:
        """Whether the desk file lets anything happen by itself here."""
        return bool(self._pushed) or self._services.policy.work.takeover_after is not None

    @needs("work.pull", own, who=agent_itself)
    def pull(self, agent: str) -> Case | None:
        """Give an agent the first case in the order of work that he or she may take.

        Args:
            agent: who asks.

        Returns:
            The case, which is the agent's now; None if there is none for this agent (``look``
            says why).

        Raises:
            NotFound: the desk file declares other agents.
        """
        given = self._run(f"agent:{agent}", "asked for work", lambda t, r, q: pull(t, r, agent, q))
        return given.cases[0] if given.cases else None

    def push(self, *, limit: int | None = None) -> list[Case]:
        """Give the work of the queues that push to whoever has capacity left.

        This happens by itself whenever work comes or somebody becomes free, except inside a
        host's transaction; ``Desk.run_due`` sees to what only time brings about.

        Args:
            limit: about how many cases at most; all by default.

        Returns:
            The cases that were assigned or offered, in the order of work.
        """
        self._take_from_absent()
        cases: list[Case] = []
        depth = _BATCH
        while self._pushed and (limit is None or len(cases) < limit):
            size = depth if limit is None else min(depth, limit - len(cases))
            given = self._run(WORKER, "capacity is free", self._push(size))
            cases.extend(given.cases)
            if not given.more:
                break
            depth = _BATCH if given.cases else depth * 16
        return cases

    def _push(self, depth: int) -> Callable[[Transaction, Roster, Request], Given]:
        return lambda transaction, roster, request: push(
            transaction, roster, self._pushed, depth, request
        )

    def _take_from_absent(self) -> None:
        """Give back what agents hold who have been offline for too long."""
        after = self._services.policy.work.takeover_after
        if after is None:
            return
        with self._services.store.read() as reader:
            now = self._services.clock.now()
            gone = Roster(self._services, reader, now).gone_since(now - after)
        for agent, since in gone:
            because = f"{agent} has been offline since {since.isoformat()}"
            self._run(WORKER, because, _giving_back(agent, since + after))

    @needs("work.release")
    def release(self, agent: str, *, by: str, because: str) -> list[Case]:
        """Let all active cases of an agent wait in their queues again, as old as they are."""
        return list(self._run(by, because, _giving_back(agent, None)).cases)

    @needs("work.set_presence", own, who=agent_itself)
    def set_presence(self, agent: str, presence: Presence) -> None:
        """Keep what an agent says: ``online``, ``away`` (no new work) or ``offline``.

        Raises:
            NotFound: the desk file declares other agents, or there is no such presence.
        """
        if presence not in PRESENCES:
            message = f"presence {presence!r} does not exist; there is {', '.join(PRESENCES)}"
            raise NotFound(message)

        def work(transaction: Transaction) -> None:
            now = self._services.clock.now()
            roster = Roster(self._services, transaction, now)
            roster.declared(agent)
            known = roster.said(agent)
            if known is None or known.presence != presence:
                transaction.work.put_presence(agent, Said(presence, now))

        self._services.store.run(work)
        if presence == "online" and not self._services.bound:
            self.push()

    def look(self, agent: str) -> Outlook:
        """Return how an agent stands, and what he or she would get by asking now.

        Raises:
            NotFound: the desk file declares other agents.
        """
        services = self._services
        with services.store.read() as reader:
            roster = Roster(services, reader, services.clock.now())
            worker = roster.asking(agent)
            found = best_for(worker, roster, reader, set())
            said = roster.said(agent)
        match = found if isinstance(found, Match) else None
        return Outlook(
            agent=agent,
            presence=said.presence if said else None,
            since=said.since if said else None,
            on_shift=worker.on_shift,
            load=worker.load,
            capacity=worker.agent.capacity,
            next_case=match.waiting.id if match else None,
            why=match.why if match else None,
            ruled_out=() if isinstance(found, Match) else found,
        )

    @shows("cases.read")
    def waiting(
        self,
        queue: str | None = None,
        *,
        limit: int = 50,
        by: str | None = None,  # noqa: ARG002  for shows()
    ) -> list[Case]:
        """Return what waits for an agent, in the order of work.

        Args:
            queue: where; in all queues by default.
            limit: how many at most.
            by: who asks; None for the host itself.
        """
        services, now = self._services, self._services.clock.now()
        policy = services.policy
        queues = [queue] if queue is not None else sorted(policy.queues)
        with services.store.read() as reader:
            heads = reader.work.heads(queues, policy, now, limit)
            first = sorted(heads.waiting, key=lambda one: rank(one, now, policy.work))[:limit]
            drafts = reader.cases([one.id for one in first])
        return [the(drafts, one.id) for one in first if one.id in drafts]

    def next_change(self) -> datetime | None:
        """Return when time alone may let the queues that push give something, if ever."""
        if not self.acts:
            return None
        services, now = self._services, self._services.clock.now()
        with services.store.read() as reader:
            roster = Roster(services, reader, now)
            names = [queue.name for queue in self._pushed]
            waiting = reader.work.heads(names, services.policy, now, _LOOK).waiting
            changes = [at for at in self._takeovers(roster) if at > now]
            if waiting and roster.online():
                found = (next_opening(one, now, services.policy.work) for one in waiting)
                changes.extend(at for at in found if at is not None)
                changes.extend(self._shifts(roster, now))
        return min(changes, default=None)

    def _takeovers(self, roster: Roster) -> Iterator[datetime]:
        after, now = self._services.policy.work.takeover_after, roster.rules.now
        if after is not None:
            yield from (since + after for _, since in roster.gone_since(now))

    def _shifts(self, roster: Roster, now: datetime) -> Iterator[datetime]:
        """Yield when the shifts begin of those who are online before."""
        policy = self._services.policy
        declared = (roster.declared(name) for name in roster.online() if name in policy.agents)
        names = {name for agent in declared for name in calendars_of(agent, policy)}
        for calendar in (policy.calendars[name] for name in sorted(names)):
            opens = None if calendar.open(now) else calendar.next_open(now)
            if opens is not None:
                yield opens

    def on_commit(self, recorded: Sequence[RecordedEvent]) -> None:
        """Push, if something happened that brings work or sets somebody free."""
        if not self._pushed:
            return
        events = [one.event for one in recorded]
        given = {e.case_id for e in events if isinstance(e, ev.CaseAssigned) and e.agent}
        if any(_brings_change(event, given) for event in events):
            self.push()


def _giving_back(
    agent: str, since: datetime | None
) -> Callable[[Transaction, Roster, Request], Given]:
    return lambda transaction, roster, request: give_back_all(
        transaction, roster, agent, request, since=since
    )


def _brings_change(event: ev.Event, given: set[CaseId]) -> bool:
    if isinstance(event, ev.StateChanged):
        return CATEGORY[event.state] != "active" or event.case_id not in given
    if isinstance(event, ev.CaseAssigned):
        return event.by != WORKER and event.why is None
    return isinstance(event, (OfferDeclined, OfferExpired, ev.CaseRouted))
