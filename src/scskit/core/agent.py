"""Who works, and where work waits."""

from __future__ import annotations

from attrs import frozen


@frozen(kw_only=True)
class Queue:
    """A named place where cases wait.

    Attributes:
        name: unique in the desk.
        title: for people.
        team: the team that works it, if one does.
    """

    name: str
    title: str = ""
    team: str | None = None


@frozen(kw_only=True)
class Team:
    """A group of agents.

    Attributes:
        name: unique in the desk.
        title: for people.
    """

    name: str
    title: str = ""


@frozen(kw_only=True)
class Agent:
    """A person who answers.

    Attributes:
        name: unique in the desk.
        title: for people.
        teams: the teams the agent belongs to.
        skills: what the agent can do, such as ``lang:es``.
        level: the highest tier of support the agent may own, 1 and up.
        capacity: how many cases the agent may hold at once.
    """

    name: str
    title: str = ""
    teams: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    level: int = 1
    capacity: int = 5
