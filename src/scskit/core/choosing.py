"""The choice itself: the best case for an agent, the best agent for a case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from zlib import crc32

from attrs import frozen

from scskit.core.agent import Queue
from scskit.core.roster import FULL, Worker, barred
from scskit.core.waiting import CLASS, PROMOTED, Waiting, lane, rank, remembers, work_class
from scskit.core.why import RuledOut, Why, group
from scskit.core.work_policy import WorkPolicy

_SECOND = timedelta(seconds=1)


@frozen(kw_only=True)
class Match:
    """A case, the agent who should have it, and why."""

    waiting: Waiting
    worker: Worker
    why: Why


@frozen(kw_only=True)
class Rules:
    """What every choice goes by.

    Attributes:
        policy: how work is ordered, kept and weighed.
        queues: by name.
        now: when.
    """

    policy: WorkPolicy
    queues: Mapping[str, Queue]
    now: datetime

    def team(self, queue: str) -> str | None:
        """Return who works a queue, if not anybody."""
        found = self.queues.get(queue)
        return found.team if found else None

    def hinders(
        self, worker: Worker, waiting: Waiting, workers: Mapping[str, Worker]
    ) -> str | None:
        """Return what keeps an agent from a case: a code of ``barred``, or ``full``."""
        team = self.team(waiting.queue)
        code = barred(worker, lane(waiting, self.now, self.policy), team, workers)
        if code is None and not worker.fits(waiting.weight):
            return FULL
        return code


def choose_case(
    worker: Worker, waiting: Iterable[Waiting], workers: Mapping[str, Worker], rules: Rules
) -> Match | tuple[RuledOut, ...]:
    """Find the case that an agent who asks for work should get.

    Args:
        worker: who asks.
        waiting: what waits, in any order.
        workers: all agents by name.
        rules: what the choice goes by.

    Returns:
        The first in the order of work that the agent may take; if there is none, why not.
    """
    passed: list[tuple[str, str]] = []
    for one in sorted(waiting, key=lambda w: rank(w, rules.now, rules.policy)):
        code = rules.hinders(worker, one, workers)
        if code is None:
            return pulled(worker, one, passed, rules)
        passed.append((code, one.id))
    return group(passed)


def pulled(
    worker: Worker, waiting: Waiting, passed: Sequence[tuple[str, str]], rules: Rules
) -> Match:
    """Return the match of an agent who asked; ``passed`` are codes and cases before it."""
    why = Why(
        rule="last agent" if waiting.last_agent == worker.name else "pull",
        place=place(waiting, rules.now, rules.policy),
        among="cases",
        considered=len(passed) + 1,
        ruled_out=group(passed),
    )
    return Match(waiting=waiting, worker=worker, why=why)


def choose_agent(
    waiting: Waiting,
    able: Sequence[Worker],
    ruled_out: tuple[RuledOut, ...],
    rules: Rules,
) -> Match:
    """Find the agent who should get a case.

    Its last agent comes first, then those with most of the skills that it asks for, then those
    who have least to do for their capacity. Among equals a number made of both names decides, so
    that nobody is always first and the same log gives the same choice.

    Args:
        waiting: the case.
        able: those who may take it; at least one.
        ruled_out: those who may not.
        rules: what the choice goes by.
    """
    keeper = waiting.last_agent if remembers(waiting, rules.policy) else None
    lot = crc32(waiting.id.encode())
    best: Sequence[Worker] = [one for one in able if one.name == keeper] if keeper else ()
    best = best or _most_skilled(waiting, able)
    least = min([one.used for one in best])
    idlest = [one for one in best if one.used == least]
    chosen = min(idlest, key=lambda one: (one.lot ^ lot, one.name))
    why = Why(
        rule="last agent" if chosen.name == keeper else "push",
        place=place(waiting, rules.now, rules.policy),
        among="agents",
        considered=len(able) + sum(one.count for one in ruled_out),
        ruled_out=ruled_out,
    )
    return Match(waiting=waiting, worker=chosen, why=why)


def _most_skilled(waiting: Waiting, able: Sequence[Worker]) -> Sequence[Worker]:
    """Return those who have most of the skills that a case asks for."""
    wanted = [need.skill for need in waiting.skills]
    if not wanted:
        return able
    counts = [sum(skill in one.skills for skill in wanted) for one in able]
    most = max(counts)
    return [one for one, count in zip(able, counts, strict=True) if count == most]


def place(waiting: Waiting, now: datetime, policy: WorkPolicy) -> str:
    """Say in words where a case stands in the order of work."""
    waited = max(now - waiting.queued_at, timedelta(0)) // _SECOND * _SECOND
    found = work_class(waiting, now, policy)
    if found == PROMOTED:
        return f"waited {waited}: longer than {policy.promote_after}, so before everything"
    raised = f", counted as P{found}" if found != CLASS[waiting.priority] else ""
    due = f", due {waiting.due_at:%Y-%m-%d %H:%M:%SZ}" if waiting.due_at else ""
    return f"{waiting.priority}{raised}{due}, waited {waited}"
