"""Actors: who acts on a desk, in which roles, and on which accounts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from attrs import frozen

from scskit.core.roles import DELEGATED, ROLES

if TYPE_CHECKING:
    from scskit.core.policy import Policy

AGENT = "agent"
"""The kind of the actors that are declared as agents: ``agent:ana`` is the agent ``ana``."""

SYSTEM = "system"
"""The kind of scskit's own actors, such as ``system:work``; they need no declaration."""


@frozen(kw_only=True)
class Actor:
    """Somebody or something that acts on a desk.

    Attributes:
        name: as commands name it in ``by``, such as ``crm:user-7``; or only the kind (``crm``),
            for every actor of that kind that is not declared by itself.
        roles: what it may do; see ``core.roles``.
        accounts: the only accounts whose cases it may work on; empty for all.
    """

    name: str
    roles: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()


def kind_of(name: str) -> str:
    """Return what stands before the colon of an actor; without a colon, nothing does."""
    kind, colon, _ = name.partition(":")
    return kind if colon else ""


def find_actor(policy: Policy, name: str) -> Actor:
    """Return who an actor is under a policy; an unknown one has no role.

    A declared agent is what the agent's declaration says; otherwise the actor's own declaration
    counts, and then that of its kind.
    """
    kind = kind_of(name)
    agent = policy.agents.get(name.removeprefix(f"{AGENT}:")) if kind == AGENT else None
    if agent is not None:
        return Actor(name=name, roles=agent.roles, accounts=agent.accounts)
    if kind == SYSTEM:
        return Actor(name=name, roles=("system",))
    return policy.actors.get(name) or policy.actors.get(kind) or Actor(name=name)


def is_machine(policy: Policy, name: str) -> bool:
    """Tell whether an actor is a machine: one that has the role ``system`` and no other."""
    return set(find_actor(policy, name).roles) == {SYSTEM}


def flaw(roles: Iterable[str], accounts: Iterable[str]) -> str | None:
    """Say what is wrong with these roles and accounts; None if nothing is."""
    given = set(roles)
    if unknown := sorted(given.difference(ROLES)):
        return f"there is no role {', '.join(unknown)}; there is {', '.join(ROLES)}"
    if DELEGATED in given and not tuple(accounts):
        return f"{DELEGATED} is for delegated accounts only: accounts says which"
    if not given and tuple(accounts):
        return "accounts without roles: without one nothing may be done there"
    return None


def check_actors(policy: Policy) -> None:
    """Refuse roles that do not exist, and agencies to which nothing is delegated.

    Raises:
        ValueError: an agent or actor is declared so.
    """
    agents = [find_actor(policy, f"{AGENT}:{name}") for name in policy.agents]
    for actor in (*agents, *policy.actors.values()):
        if SYSTEM in {actor.name, kind_of(actor.name)}:
            message = f"actor {actor.name}: {SYSTEM} actors are scskit's own"
            raise ValueError(message)
        if wrong := flaw(actor.roles, actor.accounts):
            message = f"actor {actor.name}: {wrong}"
            raise ValueError(message)
