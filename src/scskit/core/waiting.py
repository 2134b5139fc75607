"""Work that waits: in which order it is taken, and when that order changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import chain

from attrs import frozen

from scskit.core.case import PRIORITIES, Priority
from scskit.core.ids import CaseId
from scskit.core.refusal import Refusal
from scskit.core.skills import SkillNeed, required
from scskit.core.time import EPOCH
from scskit.core.work_policy import WorkPolicy

PROMOTED = 0
"""The class of what has waited too long; those of P1 to P4 are 1 to 4."""

CLASS = {priority: number for number, priority in enumerate(PRIORITIES, 1)}

Rank = tuple[int, bool, datetime, datetime, str]
"""Sorts waiting cases: smaller goes first, and no two are equal."""


@frozen(kw_only=True)
class Waiting:
    """What the order of work and the choice of an agent depend on.

    Attributes:
        id: of the case.
        queue: where it waits.
        queued_at: since when.
        priority: its own.
        due_at: when the first of its running clocks is due.
        level: the tier of support that it needs.
        skills: what an agent needs for it.
        weight: how much of an agent's capacity it takes.
        last_agent: who held it last.
        last_agent_at: when that one let go.
        refusals: who declined it.
        accounts: those that its messages came in by, on a desk where not everybody may work on
            all of them; otherwise nothing.
    """

    id: CaseId
    queue: str
    queued_at: datetime
    priority: Priority = "P3"
    due_at: datetime | None = None
    level: int = 1
    skills: tuple[SkillNeed, ...] = ()
    weight: float = 1.0
    last_agent: str | None = None
    last_agent_at: datetime | None = None
    refusals: tuple[Refusal, ...] = ()
    accounts: tuple[str, ...] = ()


@frozen
class Lane:
    """All that decides, at one instant, which agents may take a case.

    Attributes:
        queue: where it waits.
        level: the tier of support that it needs.
        skills: those it insists on now, sorted.
        weight: how much of an agent's capacity it takes.
        kept_for: the last agent, as long as it waits for that one.
        refused_by: who declined it not long ago, sorted.
        accounts: see ``Waiting``.
    """

    queue: str
    level: int
    skills: tuple[str, ...]
    weight: float
    kept_for: str | None = None
    refused_by: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()


def work_class(waiting: Waiting, now: datetime, policy: WorkPolicy) -> int:
    """Return the class that a case counts as: its priority, raised by waiting, or ``PROMOTED``."""
    waited = now - waiting.queued_at
    if policy.promote_after is not None and waited >= policy.promote_after:
        return PROMOTED
    own = CLASS[waiting.priority]
    if policy.aging is None:
        return own
    return max(own - max(waited // policy.aging, 0), 1)


def rank(waiting: Waiting, now: datetime, policy: WorkPolicy) -> Rank:
    """Return a case's place in the order of work.

    First what was promoted, the oldest first. Then by priority, as waiting has raised it; among
    equals by the due instant, those without one behind, and those by age.
    """
    found = work_class(waiting, now, policy)
    queued, due = waiting.queued_at, waiting.due_at
    if found == PROMOTED:
        return found, False, queued, queued, waiting.id
    return found, due is None, due or EPOCH, queued, waiting.id


def lane(waiting: Waiting, now: datetime, policy: WorkPolicy) -> Lane:
    """Return what decides at ``now`` which agents may take a case."""
    keeper = waiting.last_agent
    if keeper is not None and not _is_kept(waiting, now, policy):
        keeper = None
    refused = [r.agent for r in waiting.refusals if now < r.at + policy.refused_for]
    return Lane(
        waiting.queue,
        waiting.level,
        required(waiting.skills, now - waiting.queued_at) if waiting.skills else (),
        waiting.weight,
        keeper,
        tuple(sorted(set(refused))) if refused else (),
        waiting.accounts,
    )


def _is_kept(waiting: Waiting, now: datetime, policy: WorkPolicy) -> bool:
    return now < waiting.queued_at + policy.sticky_for and remembers(waiting, policy)


def remembers(waiting: Waiting, policy: WorkPolicy) -> bool:
    """Tell whether the last agent held the case so lately that it should go back there."""
    left = waiting.last_agent_at
    return (
        waiting.last_agent is not None
        and left is not None
        and waiting.queued_at - left <= policy.sticky_within
    )


def next_change(waiting: Waiting, now: datetime, policy: WorkPolicy) -> datetime | None:
    """Return the first instant after ``now`` at which a case's rank or lane may be another one."""
    changes = chain(_rises(waiting, now, policy), _openings(waiting, policy))
    return min((at for at in changes if at > now), default=None)


def next_opening(waiting: Waiting, now: datetime, policy: WorkPolicy) -> datetime | None:
    """Return the first instant after ``now`` at which more agents may take a case."""
    return min((at for at in _openings(waiting, policy) if at > now), default=None)


def _rises(waiting: Waiting, now: datetime, policy: WorkPolicy) -> Iterator[datetime]:
    since = waiting.queued_at
    if policy.promote_after is not None:
        yield since + policy.promote_after
    if policy.aging is not None:
        yield since + policy.aging * (max((now - since) // policy.aging, 0) + 1)


def _openings(waiting: Waiting, policy: WorkPolicy) -> Iterator[datetime]:
    since = waiting.queued_at
    for need in waiting.skills:
        if need.relax_after is not None:
            yield since + need.relax_after
    if waiting.last_agent is not None:
        yield since + policy.sticky_for
    for refusal in waiting.refusals:
        yield refusal.at + policy.refused_for
