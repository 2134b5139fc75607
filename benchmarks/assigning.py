"""Handing out work: what an assignment costs while ten thousand cases wait."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import median

from attrs import evolve

from benchmarks.bases import copy
from benchmarks.lab import Lab
from benchmarks.measure import Goal, Line, Samples, timed
from scskit import Policy, open_desk
from scskit.core.agent import Agent, Queue
from scskit.core.board import Board, fill
from scskit.core.ids import CaseId
from scskit.core.match import When
from scskit.core.policy import RoutingRule
from scskit.core.presets import PRESETS
from scskit.core.roster import AgentState, Worker, make_worker
from scskit.core.skills import SkillNeed
from scskit.core.waiting import Waiting
from scskit.desk.desk import Desk
from scskit.testing.builders import message
from scskit.testing.clock import FakeClock

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
QUEUED = 10_000
ASSIGNED = 2_000
TEAMS = ("front", "back", "night")
GOAL = Goal(must=1000, good=3000)


def assigning(lab: Lab) -> Iterator[Line]:
    """How many cases a second find their agents, with ten thousand waiting."""
    for agents in (20, 500):
        policy = _policy(agents, capacity=QUEUED // agents)
        note = f"{agents} agents, 12 kinds of cases, reasons included"
        yield _line("assigning, core, pushed", _samples(lab, lambda p=policy: _push(p)), note)
        yield _line("assigning, core, pulled", _samples(lab, lambda p=policy: _pull(p)), note)
    with lab.bases.scratch() as folder:
        base = folder / "base.db"
        with _desk(base, _policy(100, capacity=QUEUED)) as desk:
            for start in range(0, QUEUED, 1000):
                desk.ingest(_messages(start, 1000))
        note = "100 agents, SQLite, synchronous=FULL, events and chain included"
        for name, work, goal in (
            ("assigning, desk, pushed", _push_all, GOAL),
            ("assigning, desk, pulled", _pull_some, None),
        ):
            samples = _samples(lab, lambda w=work: _on_a_copy(folder, base, w))
            yield _line(name, samples, note, goal)


def _line(name: str, samples: Samples, note: str, goal: Goal | None = GOAL) -> Line:
    ours = median(samples)
    return Line(
        name=name, unit="cases/s", ours=ours, goal=goal, note=note, samples={"ours": samples}
    )


def _samples(lab: Lab, once: Callable[[], float]) -> Samples:
    return [once() for _ in range(lab.repetitions)]


# The core.


def _policy(agents: int, capacity: float) -> Policy:
    chance = Random(1)
    skills = [("lang:es",), ("lang:es", "fraud"), ("fraud",)]
    declared = {
        f"agent{n:03}": Agent(
            name=f"agent{n:03}",
            teams=tuple(sorted(chance.sample(TEAMS, 2))),
            skills=chance.choice(skills),
            level=chance.choice([1, 2, 2]),
            capacity=capacity,
        )
        for n in range(agents)
    }
    queues = {name: Queue(name=name, work="push") for name in TEAMS}
    spanish = Queue(name="spanish", work="push", skills=(SkillNeed("lang:es"),))
    return Policy(
        agents=declared,
        queues={**queues, "spanish": spanish},
        default_queue="front",
        routing=(
            RoutingRule(name="spanish", when=When(words=("hola",)), queue="spanish"),
            RoutingRule(name="night", when=When(words=("night",)), queue="night"),
        ),
        sla=PRESETS["always-open"],
    )


def _waiting(number: int, chance: Random) -> Waiting:
    return Waiting(
        id=CaseId(f"c{number:06}"),
        queue=chance.choice(TEAMS),
        queued_at=START - timedelta(seconds=chance.randrange(90_000)),
        priority=chance.choice(["P1", "P2", "P3", "P4"]),
        due_at=START + timedelta(minutes=chance.randrange(500)),
        level=chance.choice([1, 1, 2]),
        skills=chance.choice([(), (SkillNeed("lang:es"),)]),
    )


def _board(policy: Policy) -> Board:
    chance = Random(2)
    board = Board(policy.work, policy.queues, START)
    return fill(board, [_waiting(number, chance) for number in range(QUEUED)])


def _workers(policy: Policy) -> dict[str, Worker]:
    return {
        name: make_worker(agent, AgentState(name=name, presence="online"), policy, START)
        for name, agent in policy.agents.items()
    }


def _push(policy: Policy) -> float:
    board, workers = _board(policy), _workers(policy)
    with timed() as window:
        count = sum(1 for _ in zip(range(ASSIGNED), board.push(workers), strict=False))
    assert count == ASSIGNED
    return count / window.seconds


def _pull(policy: Policy) -> float:
    board, workers = _board(policy), _workers(policy)
    asking = list(workers.values())
    with timed() as window:
        for number in range(ASSIGNED):
            board.advance(START + timedelta(seconds=number))
            match = board.pull(asking[number % len(asking)], workers)
            assert match is not None
            board.remove(match.waiting.id)
    return ASSIGNED / window.seconds


# The desk.


def _desk(database: Path, policy: Policy) -> Desk:
    return open_desk(database, policy, discover=False, clock=FakeClock(START))


def _messages(start: int, count: int) -> list[object]:
    words = ("hola, mi pedido", "last night my parcel", "my order did not arrive")
    return [
        message(f"{words[n % 3]} {n}", by=f"p{n}", external_id=f"x{n}", posted_at=START)
        for n in range(start, start + count)
    ]


def _on_a_copy(folder: Path, base: Path, work: Callable[[Path], float]) -> float:
    path = folder / "desk.db"
    for old in folder.glob("desk.db*"):
        old.unlink()
    copy(base, path)
    return work(path)


def _push_all(path: Path) -> float:
    """Push until every agent is as full as the last one."""
    policy = _policy(100, capacity=QUEUED // 200)
    with _desk(path, _pulling(policy)) as desk:
        for name in policy.agents:
            desk.work.set_presence(name, "online")
    with _desk(path, policy) as desk, timed() as window:
        count = len(desk.work.push())
    assert count > QUEUED // 4
    return count / window.seconds


def _pull_some(path: Path) -> float:
    policy = _pulling(_policy(100, capacity=QUEUED))
    names: Mapping[str, Agent] = policy.agents
    with _desk(path, policy) as desk, timed() as window:
        for number, name in zip(range(ASSIGNED // 2), list(names) * 100, strict=False):
            assert desk.work.pull(name), number
    return ASSIGNED // 2 / window.seconds


def _pulling(policy: Policy) -> Policy:
    """Return the policy with queues that wait to be asked."""
    queues = {name: evolve(queue, work="pull") for name, queue in policy.queues.items()}
    return evolve(policy, queues=queues)
