"""Who may do what: the roles of agents and of all others who act on the desk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from scskit.config.places import MISSING, Place
from scskit.config.readers import Fields, Reader, declared, list_of, matching, named, one_of
from scskit.core.actor import AGENT, SYSTEM, Actor, kind_of
from scskit.core.roles import DELEGATED, ROLES

ROLE_FIELDS: Fields = {
    "roles": list_of(one_of(ROLES), at_least=1),
    "accounts": list_of(declared("accounts"), at_least=1),
}
"""What says what an agent or actor may do, and on which accounts."""

T = TypeVar("T")

_name = matching(
    r"[\w.@+-]+(:[^\s:](.*\S)?)?",
    'an actor such as "crm:user-7", or a kind of actors such as "crm"',
)


def checked(read: Reader[T], *, all_need_roles: bool) -> Reader[T]:
    """Make a reader of agents or actors refuse accounts without roles, and agencies without any.

    Args:
        read: reads their tables.
        all_need_roles: whether it is a mistake to have no role at all.
    """

    def read_checked(value: object, place: Place) -> T | None:
        before = place.count()
        found = read(value, place)
        for name, given in value.items() if isinstance(value, dict) else ():
            if isinstance(given, dict):
                _check(given, place / name, all_need_roles=all_need_roles)
        return found if place.count() == before else None

    return read_checked


def _check(given: Mapping[str, object], place: Place, *, all_need_roles: bool) -> None:
    """Check what was written: other mistakes do not hide these."""
    roles = given.get("roles")
    if isinstance(roles, list) and DELEGATED in roles and "accounts" not in given:
        allowed = f"a list of accounts, because {DELEGATED} is for delegated accounts only"
        (place / "accounts").wrong(MISSING, allowed)
    if roles is None and (all_need_roles or "accounts" in given):
        allowed = "a list of roles, because without one nothing may be done"
        (place / "roles").wrong(MISSING, allowed)


def _actor_name(value: object, place: Place) -> str | None:
    """Read the name of an actor that is not declared elsewhere already."""
    given: str | None = _name(value, place)
    if given is None:
        return None
    if SYSTEM in {given, kind_of(given)}:
        place.wrong(given, f"another name, because {SYSTEM} actors are scskit's own")
        return None
    agent = given.removeprefix(f"{AGENT}:")
    if agent != given and agent in (place.context.names["agents"] or ()):
        place.wrong(given, f"another name, because the roles of {agent} stand in agents.{agent}")
        return None
    return given


actors: Reader[dict[str, Actor]] = checked(
    named(Actor, "name", ROLE_FIELDS, name=_actor_name), all_need_roles=True
)
