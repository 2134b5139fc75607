"""Escalation as values: who can be asked to take a case over, on what rules, and what came of it.

A case is offered upwards, to the next level of support, or sideways, to an area such as legal. Its
owner keeps it until the offer is accepted. ``core.escalating`` decides, ``core.escalation_rules``
tells which rules fire, ``core.escalation_facts`` keeps what happened.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal, get_args

from attrs import field, frozen

from scskit.core.match import When

if TYPE_CHECKING:
    from scskit.core.keywords import Keywords

Trigger = Literal[
    "message",
    "keywords",
    "sentiment",
    "reason",
    "repeat",
    "reopened",
    "vulnerable",
    "sla_warning",
    "sla_breach",
]
TRIGGERS: tuple[Trigger, ...] = get_args(Trigger)

NEXT = "next"
"""The level above the one that has the case, wherever that is."""


def level_name(level: int) -> str:
    """Return how a level is called: ``L1`` for the first."""
    return f"L{level}"


@frozen(kw_only=True)
class Owner:
    """Who can be asked to take a case over: a level of support, or an area beside the levels.

    Attributes:
        name: ``L1`` and so on for levels, any other name for areas.
        level: which level it is, from 1; None for an area.
        title: for people.
        queue: where a case waits that it has accepted; None leaves it where it is.
        tell: who is told of an offer: names or addresses, for the host to reach.
        acknowledge: how long an offer stands; None for as long as it takes.
        calendar: the name of the calendar in which that time counts; None counts every minute.
    """

    name: str
    level: int | None = None
    title: str = ""
    queue: str | None = None
    tell: tuple[str, ...] = ()
    acknowledge: timedelta | None = None
    calendar: str | None = None


@frozen(kw_only=True)
class EscalationRule:
    """On what a case is offered to somebody else; each fires once for a case and an occasion.

    Attributes:
        name: for the explanation; unique.
        on: what it fires on.
        to: a level (``L2``), an area, or ``next``.
        when: what must hold besides.
        clock: for ``sla_warning`` and ``sla_breach``, of which clock; None for any.
        keywords: for ``keywords``, what to look for.
        times: for ``repeat`` how many cases, for ``reopened`` how often, at least.
        within: for ``repeat``, in how much time.
    """

    name: str
    on: Trigger
    to: str
    when: When = field(factory=When)
    clock: str | None = None
    keywords: Keywords | None = None
    times: int = 1
    within: timedelta = timedelta(0)


@frozen(kw_only=True)
class EscalationPolicy:
    """Who can be asked, and when.

    Attributes:
        levels: the levels of support, the first one first.
        areas: those beside the levels, by name.
        rules: every one that holds fires, in this order.
        vulnerable_tiers: customer tiers that mark a vulnerable person.

    Raises:
        ValueError: a rule asks somebody who is neither among the levels nor among the areas.
    """

    levels: tuple[Owner, ...] = ()
    areas: Mapping[str, Owner] = field(factory=dict)
    rules: tuple[EscalationRule, ...] = ()
    vulnerable_tiers: tuple[str, ...] = ("vulnerable",)

    def __attrs_post_init__(self) -> None:
        """Refuse a rule that could ask nobody, once it fires."""
        for rule in self.rules:
            if rule.to != NEXT and self.owner(rule.to) is None:
                message = f"escalation rule {rule.name!r} asks {rule.to!r}, which is not declared"
                raise ValueError(message)

    def check(self, queues: Container[str], calendars: Container[str]) -> None:
        """Refuse levels and areas whose queue or calendar is not declared.

        Args:
            queues: the names of the declared queues.
            calendars: the names of the declared calendars.

        Raises:
            ValueError: one of them is not.
        """
        for owner in (*self.levels, *self.areas.values()):
            for name, declared in ((owner.queue, queues), (owner.calendar, calendars)):
                if name is not None and name not in declared:
                    message = f"{owner.name} names {name!r}, which is not declared"
                    raise ValueError(message)

    def owner(self, name: str) -> Owner | None:
        """Return a level or an area by its name."""
        levels = (level for level in self.levels if level.name == name)
        return self.areas.get(name) or next(levels, None)

    def above(self, level: int) -> Owner | None:
        """Return the level above one; None at the top."""
        return next((o for o in self.levels if o.level is not None and o.level > level), None)

    @property
    def names(self) -> tuple[str, ...]:
        """Every level and area."""
        return (*(level.name for level in self.levels), *self.areas)


@frozen(kw_only=True)
class Offer:
    """An escalation that nobody has accepted yet.

    Attributes:
        number: which one of the case's it is, from 1.
        to: whom it is offered to.
        level: which level that is; None for an area.
        rule: the rule that asked for it; empty if a person did.
        since: when it was offered.
        due: when it expires; None if never.
    """

    number: int
    to: str
    level: int | None
    rule: str
    since: datetime
    due: datetime | None


@frozen(kw_only=True)
class Takeover:
    """An escalation that was accepted, and what comes back when the case is returned.

    Attributes:
        number: which one of the case's it is.
        to: who took it.
        level: which level that is; None for an area.
        since: when it was accepted.
        level_before: the level that had it.
        queue_before: where it waited.
        agent_before: who had it.
    """

    number: int
    to: str
    level: int | None
    since: datetime
    level_before: int
    queue_before: str | None
    agent_before: str | None


@frozen(kw_only=True)
class Escalation:
    """The escalations of a case.

    Attributes:
        count: how many there were.
        offers: those that nobody has accepted yet, oldest first.
        accepted: those that were; the last one has the case.
        fired: which rules have fired, and on which occasion each.
    """

    count: int = 0
    offers: tuple[Offer, ...] = ()
    accepted: tuple[Takeover, ...] = ()
    fired: tuple[tuple[str, str], ...] = ()

    @property
    def area(self) -> str | None:
        """The area that has the case; None while a level has it."""
        last = self.accepted[-1] if self.accepted else None
        return last.to if last and last.level is None else None


NO_ESCALATION = Escalation()
"""What holds for a case that was never escalated."""


@frozen(kw_only=True)
class Contact:
    """Another case of the same person.

    Attributes:
        case_id: which one.
        opened_at: when it began.
    """

    case_id: str
    opened_at: datetime
