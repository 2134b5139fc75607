"""The schema: every section of the desk file and how to read each of its keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import partial, reduce
from importlib import import_module
from operator import truediv
from typing import Any, get_args

from scskit.config.places import Place
from scskit.config.queues import queues, teams
from scskit.config.readers import (
    Fields,
    Reader,
    declared,
    duration,
    flag,
    list_of,
    lower_text,
    mapping,
    matching,
    named,
    one_of,
    record,
    regex,
    table,
    text,
    whole,
)
from scskit.config.rules import additions, engagement, routing
from scskit.config.time_zones import time_zone
from scskit.core.account import Account, IdentityScope, Purpose
from scskit.core.policy import (
    DEFAULT_QUEUE,
    RATINGS,
    IntakePolicy,
    LifecyclePolicy,
    Policy,
    PriorityPolicy,
    Reason,
    ReasonTree,
    TriagePolicy,
)
from scskit.core.vocabulary import PRIORITIES, Priority, Severity
from scskit.core.zones import zone_names

DEEPEST_REASON = 10

identifier = matching(r"[A-Za-z0-9._-]+", 'a name of letters, digits, ".", "_" and "-"')
node_name = matching(r"[\w-]+", 'a name of letters, digits, "_" and "-"')
handle = matching(r"[^@\s](.*\S)?", 'the name on the network, without "@"')
language = matching(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", 'a language code such as "en" or "es"')
priority = one_of(PRIORITIES)
rating = one_of(RATINGS)


DESK: Fields = {
    "tenant": identifier,
    "time_zone": time_zone,
    "default_queue": declared("queues"),
}

ACCOUNT: Fields = {
    "network": identifier,
    "handle": handle,
    "purpose": one_of(get_args(Purpose)),
    "identity_scope": one_of(get_args(IdentityScope)),
}

REASON: Fields = {
    "title": text,
    "max_resolution": duration(timedelta(seconds=1)),
    "priority": priority,
    "impact": rating,
    "urgency": rating,
    "severity": one_of(get_args(Severity)),
    "keywords": list_of(lower_text),
    "patterns": list_of(regex),
}

TRIAGE: Fields = {
    "languages": list_of(language, at_least=1),
    "troll_words": list_of(lower_text),
    "claim_words": list_of(lower_text),
}

LIFECYCLE: Fields = {
    "reopen_window": duration(timedelta(0)),
    "thanks_reopens": flag,
    "after_reply": one_of(("pending", "open")),
}


INTAKE: Fields = {
    "apply": one_of(("at_once", "by_worker")),
    "max_body": whole(1024, 64 * 2**20),
}


def _cells(**rows: Mapping[str, Priority]) -> dict[str, Priority]:
    return {
        f"{impact}/{urgency}": rows[impact][urgency] for impact in RATINGS for urgency in RATINGS
    }


_row: Reader[dict[str, Any]] = record(dict, dict.fromkeys(RATINGS, priority), required=RATINGS)

PRIORITY: Fields = {
    "default": priority,
    "matrix": record(_cells, dict.fromkeys(RATINGS, _row), required=RATINGS),
    "additions": additions,
}


def nodes(
    tables: Mapping[str, Any], parent: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Walk the tree of contact reasons as it stands in the file.

    Args:
        tables: what stands below ``parent``.
        parent: the names from the root.

    Yields:
        The names from the root to each node, and the node's own keys. A table is a child unless
        its name is that of an attribute. One level too many is shown, so that it can be refused.
    """
    for key, item in tables.items():
        if isinstance(item, dict):
            path = (*parent, key)
            children = {k: v for k, v in item.items() if isinstance(v, dict) and k not in REASON}
            yield path, {k: v for k, v in item.items() if k not in children}
            if len(path) <= DEEPEST_REASON:
                yield from nodes(children, path)


def reasons(value: object, place: Place) -> ReasonTree | None:
    """Read the tree of contact reasons."""
    given = table(value, place)
    if given is None:
        return None
    before = place.count()
    for key, item in given.items():
        if not isinstance(item, dict):
            (place / key).wrong(item, "a table: each contact reason is one")
    found = [_reason(path, own, place) for path, own in nodes(given)]
    tree = ReasonTree({reason.id: reason for reason in found if reason})
    return tree if place.count() == before else None


def _reason(path: tuple[str, ...], own: dict[str, Any], reasons: Place) -> Reason | None:
    place = reduce(truediv, path, reasons)
    node_name(path[-1], place)
    if len(path) > DEEPEST_REASON:
        place.report(f"level {len(path)} of contact reasons", f"at most {DEEPEST_REASON} levels")
    return record(partial(Reason, id=".".join(path)), REASON)(own, place)


def _later(room: str, reader: str) -> Reader[Any]:
    """Make a reader that is loaded with the first file that has its section: many have none."""

    def read(value: object, place: Place) -> Any:  # noqa: ANN401  each has its own type
        return getattr(import_module(f"scskit.config.{room}"), reader)(value, place)

    return read


SECTIONS: Fields = {
    "desk": record(dict, DESK),
    "accounts": named(Account, "id", ACCOUNT, required=("network",), name=identifier),
    "queues": queues,
    "teams": teams,
    "agents": _later("work", "agents"),
    "reasons": reasons,
    "priority": record(PriorityPolicy, PRIORITY),
    "engagement": engagement,
    "routing": routing,
    "triage": record(TriagePolicy, TRIAGE),
    "lifecycle": record(LifecyclePolicy, LIFECYCLE),
    "calendars": _later("calendars", "calendars"),
    "intake": record(IntakePolicy, INTAKE),
    "escalation": _later("escalation", "escalation"),
    "sla": _later("sla", "sla"),
    "work": _later("work", "work"),
    "actors": _later("actors", "actors"),
    "privacy": _later("privacy", "privacy"),
    "replies": _later("speaking", "replies"),
    "standing": _later("standing", "standing"),
    "templates": _later("replies", "templates"),
    "network_templates": _later("replies", "network_templates"),
    "voice": _later("replies", "voices"),
    "macros": _later("replies", "macros"),
    "plugins": mapping(table),
}


def declarations(document: Mapping[str, Any]) -> dict[str, tuple[str, ...] | None]:
    """Collect the names that other parts of the file may refer to.

    Read before anything is checked, so that one mistake in a queue does not make every rule that
    names the queue look wrong.

    Returns:
        By section the names; None where any is welcome or the section cannot be read.
    """
    accounts, queues, teams, agents_, tree, calendars = (
        document.get(section, {})
        for section in ("accounts", "queues", "teams", "agents", "reasons", "calendars")
    )
    return {
        "accounts": _keys(accounts) or None,
        "networks": _networks(accounts) or None,
        "queues": _keys(queues, DEFAULT_QUEUE.name),
        "teams": _keys(teams),
        "agents": _keys(agents_),
        "calendars": _keys(calendars),
        "owners": _owners(document),
        "templates": _keys(document.get("templates", {})),
        "network_templates": _keys(document.get("network_templates", {})),
        "reasons": _keys(tree) and tuple(".".join(path) for path, _ in nodes(tree)),
    }


def _owners(document: Mapping[str, Any]) -> tuple[str, ...]:
    if "escalation" not in document:
        return ()
    from scskit.config.escalation import owners  # noqa: PLC0415  as above

    return owners(document)


def time_zone_of(document: Mapping[str, Any]) -> str:
    """Return the desk's time zone as far as it can be read; mistakes in it are reported later."""
    desk = document.get("desk")
    given = desk.get("time_zone") if isinstance(desk, dict) else None
    return given if isinstance(given, str) and given in zone_names() else Policy().time_zone


def _keys(tables: object, *otherwise: str) -> tuple[str, ...] | None:
    return tuple(tables) or otherwise if isinstance(tables, dict) else None


def _networks(accounts: object) -> tuple[str, ...]:
    tables = accounts.values() if isinstance(accounts, dict) else ()
    given = [account.get("network") for account in tables if isinstance(account, dict)]
    return tuple(dict.fromkeys(network for network in given if isinstance(network, str)))
