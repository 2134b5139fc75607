"""The lists of rules: priority additions, engagement and routing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from textwrap import shorten
from typing import TYPE_CHECKING, Any, TypeVar, get_args

import attrs

from scskit.config.matchers import in_words, when
from scskit.config.places import MISSING, Place, show
from scskit.config.queues import skills
from scskit.config.readers import (
    Fields,
    Reader,
    declared,
    forbidden,
    matching,
    one_of,
    record,
    text,
    whole,
)
from scskit.core.match import When
from scskit.core.policy import Addition, EngagementRule, RoutingRule
from scskit.core.vocabulary import EngagementKind

if TYPE_CHECKING:
    from scskit.core.escalation import EscalationRule
    from scskit.core.reply_policy import ApprovalRule
    from scskit.core.sla_policy import SlaRule
    from scskit.core.standing import AnswerRule

LONGEST_NAME = 100

Rule = TypeVar(
    "Rule",
    Addition,
    EngagementRule,
    RoutingRule,
    "EscalationRule",
    "SlaRule",
    "ApprovalRule",
    "AnswerRule",
)


def rules(heading: str, word: str, read: Reader[Rule]) -> Reader[tuple[Rule, ...]]:
    """Make a reader of a list of rules, each with a name of its own.

    Args:
        heading: what stands above each of them in the file.
        word: what one of them is called, for those without a name.
        read: reads one.
    """

    def read_rules(value: object, place: Place) -> tuple[Rule, ...] | None:
        if not isinstance(value, list):
            place.wrong(value, f"a list of tables, each under [[{heading}]]")
            return None
        before = place.count()
        found = [read(item, place.at(number)) for number, item in enumerate(value, 1)]
        _refuse_same_names(value, place)
        if place.count() > before:
            return None
        return tuple(_name(rule, f"{word} {n}") for n, rule in enumerate(found, 1) if rule)

    return read_rules


def _refuse_same_names(items: list[Any], place: Place) -> None:
    """Note names that two rules share: an explanation that gives one would say nothing."""
    owners: dict[str, str] = {}
    for number, item in enumerate(items, 1):
        here = place.at(number)
        name = item.get("name") if isinstance(item, dict) else None
        if isinstance(name, str) and owners.setdefault(name, here.path) != here.path:
            (here / "name").report(f"{show(name)}, as in {owners[name]}", "a name of its own")


def _name(rule: Rule, position: str) -> Rule:
    if rule.name:
        return rule
    words = shorten(", ".join(_conditions(rule)) or "always", LONGEST_NAME, placeholder=" …")
    return attrs.evolve(rule, name=f"{position} ({words})")


def _conditions(
    rule: Addition
    | EngagementRule
    | RoutingRule
    | EscalationRule
    | SlaRule
    | ApprovalRule
    | AnswerRule,
) -> Iterator[str]:
    if on := getattr(rule, "on", None):  # only escalation rules have a trigger
        yield on
    yield from getattr(rule, "asks", ())  # only approval rules look at replies
    yield from in_words(rule.when)


def first_wins(read: Reader[tuple[Rule, ...]]) -> Reader[tuple[Rule, ...]]:
    """Refuse rules that can never apply, because one before them always does."""

    def read_reachable(value: object, place: Place) -> tuple[Rule, ...] | None:
        before = place.count()
        found = read(value, place)
        for number, item in enumerate(value[:-1] if isinstance(value, list) else (), 1):
            if isinstance(item, dict) and item.get("when", {}) == {}:
                (place.at(number) / "when").wrong(
                    item.get("when", MISSING),
                    "at least one key, except in the last rule: those after it would never apply",
                )
        return found if place.count() == before else None

    return read_reachable


ADDITION: Fields = {
    "name": text,
    "when": when("priority", at_least_one=True),
    "steps": whole(-3, 3, but=0),
}

ROUTING: Fields = {
    "name": text,
    "when": when(),
    "queue": declared("queues"),
    "skills": skills,
}

ENGAGEMENT: Fields = {
    "name": text,
    "when": when("engagement", "priority"),
    "then": one_of(get_args(EngagementKind)),
    "code": matching(
        r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*", 'a lower-case code such as "spam" or "noise.retweet"'
    ),
    "queue": declared("queues"),
}


THEN_NEEDS: Mapping[str, tuple[str, ...]] = {
    "answer": (),
    "monitor": ("code",),
    "forward": ("code", "queue"),
    "dismiss": ("code",),
}
"""What an engagement rule must say besides what to do: not answering has a coded reason."""


def _engagement_rule(value: object, place: Place) -> EngagementRule | None:
    then = value.get("then") if isinstance(value, dict) else None
    needs = THEN_NEEDS.get(then) if isinstance(then, str) else None
    keys = {**ENGAGEMENT}
    if needs is not None and "queue" not in needs:
        keys["queue"] = forbidden(f'then is "{then}"')
    build = partial(EngagementRule, name="", when=When())
    return record(build, keys, required=("then", *(needs or ())))(value, place)


additions = rules(
    "priority.additions",
    "addition",
    record(partial(Addition, name=""), ADDITION, required=("when",)),
)

engagement = first_wins(rules("engagement", "engagement rule", _engagement_rule))

routing = first_wins(
    rules(
        "routing",
        "routing rule",
        record(partial(RoutingRule, name="", when=When()), ROUTING, required=("queue",)),
    )
)
