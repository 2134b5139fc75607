"""Who can work at an instant, and what keeps an agent from a case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from math import fsum
from zlib import crc32

from attrs import define, field, frozen

from scskit.core.actor import find_actor
from scskit.core.agent import Agent, Presence
from scskit.core.policy import Policy
from scskit.core.roles import may
from scskit.core.time import EPOCH
from scskit.core.waiting import Lane
from scskit.core.windows import day_number
from scskit.core.zones import date_at, zone

FULL = "full"
"""The only thing that keeps agents from a lane and changes with every assignment."""

_ROUNDING = 1e-9  # weights are fractions such as 0.1, which add up to a little more or less


@frozen(kw_only=True)
class AgentState:
    """What the desk knows of an agent beside the desk file.

    Attributes:
        name: of the agent.
        presence: as the agent says; None if never said.
        since: when that was said.
        weights: of the agent's active cases and of those offered.
    """

    name: str
    presence: Presence | None = None
    since: datetime | None = None
    weights: tuple[float, ...] = ()


@define(slots=False)
class Worker:
    """An agent at an instant, to whom work may be given.

    Attributes:
        agent: as declared.
        presence: as the agent says.
        on_shift: whether the calendar is open.
        skills: those that hold now.
        expired: those that held once.
        load: how much of the capacity is taken.
        checked: whether teams, level and skills count; not on a desk that declares no agents.
        works: whether a role lets the agent take work.
        accounts: the only accounts whose cases the agent may work on; empty for all.
        name: of the agent.
        teams: of the agent.
        room: the capacity, with room for the rounding of fractions.
        lot: a number made of the name.
    """

    agent: Agent
    presence: Presence = "online"
    on_shift: bool = True
    skills: frozenset[str] = frozenset()
    expired: frozenset[str] = frozenset()
    load: float = 0.0
    checked: bool = True
    works: bool = True
    accounts: frozenset[str] = frozenset()
    name: str = field(init=False)
    teams: frozenset[str] = field(init=False)
    room: float = field(init=False)
    lot: int = field(init=False)

    def __attrs_post_init__(self) -> None:
        """Keep at hand what every choice asks of every agent."""
        self.name = self.agent.name
        self.teams = frozenset(self.agent.teams)
        self.room = self.agent.capacity + _ROUNDING
        self.lot = crc32(self.name.encode())

    @property
    def used(self) -> float:
        """How much of the capacity is taken, as a share of it."""
        return self.load / self.room

    @property
    def is_there(self) -> bool:
        """Whether the agent can be given work at all."""
        return self.presence == "online" and self.on_shift

    def fits(self, weight: float) -> bool:
        """Tell whether there is capacity left for a case of this weight."""
        return self.load + weight <= self.room


def make_worker(
    agent: Agent,
    state: AgentState,
    policy: Policy,
    now: datetime,
    *,
    unsaid: Presence = "offline",
) -> Worker:
    """Return an agent as he or she stands at ``now``.

    Args:
        agent: as declared.
        state: what the desk knows.
        policy: the policy in force.
        now: when.
        unsaid: the presence of an agent who never said.
    """
    expired = frozenset(_expired(agent, policy, now)) if agent.certified_until else frozenset()
    actor = find_actor(policy, f"agent:{agent.name}") if policy.restricts else None
    return Worker(
        agent=agent,
        presence=state.presence or unsaid,
        on_shift=on_shift(agent, policy, now),
        skills=frozenset(agent.skills) - expired,
        expired=expired,
        load=fsum(state.weights),
        checked=bool(policy.agents),
        works=actor is None or may(actor.roles, "work.accept"),
        accounts=frozenset(actor.accounts) if actor else frozenset(),
    )


def _expired(agent: Agent, policy: Policy, now: datetime) -> Iterable[str]:
    own = policy.calendars.get(agent.calendar or "")
    clocks = zone(own.time_zone if own else policy.time_zone)
    today = date_at(clocks, int((now - EPOCH).total_seconds() // 1))
    return (skill for skill, last in agent.certified_until.items() if day_number(last) < today)


def on_shift(agent: Agent, policy: Policy, now: datetime) -> bool:
    """Tell whether an agent works at ``now``; without any calendar, always."""
    names = calendars_of(agent, policy)
    return not names or any(policy.calendars[name].open(now) for name in names)


def calendars_of(agent: Agent, policy: Policy) -> tuple[str, ...]:
    """Return the calendars that an agent works by: the own one, else those of the teams."""
    if agent.calendar is not None:
        return (agent.calendar,)
    teams = (policy.teams.get(name) for name in agent.teams)
    return tuple(sorted({t.calendar for t in teams if t is not None and t.calendar is not None}))


def barred(
    worker: Worker, lane: Lane, team: str | None, workers: Mapping[str, Worker]
) -> str | None:
    """Return what keeps an agent from the cases of a lane, capacity apart.

    Args:
        worker: the agent.
        lane: what the cases ask for.
        team: who works their queue, if not anybody.
        workers: all agents, by name: a case is kept only for one who could take it.

    Returns:
        ``offline``, ``away``, ``off_shift``, ``role``, ``account``, ``team``, ``level``,
        ``skill:NAME``, ``expired:NAME``, ``refused``, or ``kept`` for another agent; None when
        nothing does.
    """
    if code := _barred_by_itself(worker, lane, team):
        return code
    if lane.kept_for is None or lane.kept_for == worker.name:
        return None
    keeper = workers.get(lane.kept_for)
    if keeper is None or _barred_by_itself(keeper, lane, team):
        return None
    return "kept"


def _barred_by_itself(worker: Worker, lane: Lane, team: str | None) -> str | None:
    if worker.presence != "online":
        return worker.presence
    if not worker.on_shift:
        return "off_shift"
    if not worker.works:
        return "role"
    if worker.accounts and not worker.accounts.issuperset(lane.accounts):
        return "account"
    if worker.checked and (code := _unqualified(worker, lane, team)):
        return code
    return "refused" if worker.name in lane.refused_by else None


def _unqualified(worker: Worker, lane: Lane, team: str | None) -> str | None:
    if team is not None and team not in worker.teams:
        return "team"
    if worker.agent.level < lane.level:
        return "level"
    for skill in lane.skills:
        if skill in worker.expired:
            return f"expired:{skill}"
        if skill not in worker.skills:
            return f"skill:{skill}"
    return None
