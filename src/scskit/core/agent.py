"""Who works, and where work waits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Literal, get_args

from attrs import field, frozen

from scskit.core.skills import SkillNeed

Presence = Literal["online", "away", "offline"]
PRESENCES: tuple[Presence, ...] = get_args(Presence)

WorkMode = Literal["pull", "push"]
WORK_MODES: tuple[WorkMode, ...] = get_args(WorkMode)


@frozen(kw_only=True)
class Queue:
    """A named place where cases wait.

    Attributes:
        name: unique in the desk.
        title: for people.
        team: the team that works it, if one does.
        work: ``pull``: agents ask for work; ``push``: it comes to whoever has free capacity.
        offer_for: how long an agent may take to accept what is pushed; None assigns at once.
        skills: what an agent needs for a case of this queue.
    """

    name: str
    title: str = ""
    team: str | None = None
    work: WorkMode = "pull"
    offer_for: timedelta | None = None
    skills: tuple[SkillNeed, ...] = ()


@frozen(kw_only=True)
class Team:
    """A group of agents.

    Attributes:
        name: unique in the desk.
        title: for people.
        calendar: when its agents work, by the name of a calendar; None for always.
    """

    name: str
    title: str = ""
    calendar: str | None = None


@frozen(kw_only=True)
class Agent:
    """A person who answers.

    Attributes:
        name: unique in the desk.
        title: for people.
        teams: the teams the agent belongs to.
        skills: what the agent can do, such as ``lang:es``.
        certified_until: for skills that expire, the last date on which they hold.
        level: the highest tier of support the agent may own, 1 and up.
        capacity: how much work the agent may hold at once (see ``WorkPolicy.weights``).
        calendar: when the agent works, by the name of a calendar; None for when any of the teams
            does.
        trainee: still learning; approval rules can ask for it.
        roles: what the agent may do, as ``agent:NAME``; see ``core.roles``.
        accounts: the only accounts whose cases the agent may work on; empty for all.
    """

    name: str
    title: str = ""
    teams: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    certified_until: Mapping[str, date] = field(factory=dict, hash=False)
    level: int = 1
    capacity: float = 5
    calendar: str | None = None
    roles: tuple[str, ...] = ()
    trainee: bool = False
    accounts: tuple[str, ...] = ()
