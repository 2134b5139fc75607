"""The index of waiting work against the few lines that say what it should find."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from scskit.core.agent import Agent, Queue
from scskit.core.board import Board, fill
from scskit.core.case import PRIORITIES
from scskit.core.choosing import Match, Rules, choose_case
from scskit.core.refusal import Refusal
from scskit.core.roster import Worker
from scskit.core.skills import SkillNeed
from scskit.core.waiting import Waiting, rank
from scskit.core.work_policy import WorkPolicy

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
QUEUES = {
    "care": Queue(name="care"),
    "money": Queue(name="money", team="finance"),
}
POLICY = WorkPolicy(
    aging=timedelta(minutes=20),
    promote_after=timedelta(minutes=70),
    sticky_for=timedelta(minutes=7),
    refused_for=timedelta(minutes=9),
)
NAMES = ("ana", "ben", "eva", "gus")

minutes = st.integers(-30, 90).map(lambda n: START + timedelta(minutes=n))
needs = st.builds(
    SkillNeed,
    st.sampled_from(["es", "fraud"]),
    st.none() | st.integers(0, 40).map(lambda n: timedelta(minutes=n)),
)


@st.composite
def cases(draw):
    count = draw(st.integers(0, 12))
    return [
        Waiting(
            id=f"c{number:02}",
            queue=draw(st.sampled_from(sorted(QUEUES))),
            queued_at=draw(minutes.filter(lambda at: at <= START)),
            priority=draw(st.sampled_from(PRIORITIES)),
            due_at=draw(st.none() | minutes),
            level=draw(st.integers(1, 2)),
            skills=tuple(draw(st.lists(needs, max_size=2))),
            weight=draw(st.sampled_from([0.5, 1.0])),
            last_agent=draw(st.none() | st.sampled_from(NAMES)),
            last_agent_at=START - timedelta(minutes=30),
            refusals=tuple(
                draw(st.lists(st.builds(Refusal, st.sampled_from(NAMES), minutes), max_size=1))
            ),
        )
        for number in range(count)
    ]


@st.composite
def rosters(draw):
    return {
        name: Worker(
            agent=Agent(
                name=name,
                teams=draw(st.sampled_from([(), ("finance",)])),
                level=draw(st.integers(1, 2)),
                capacity=draw(st.integers(0, 3)),
            ),
            presence=draw(st.sampled_from(["online", "online", "away"])),
            on_shift=draw(st.sampled_from([True, True, False])),
            skills=frozenset(draw(st.lists(st.sampled_from(["es", "fraud"])))),
        )
        for name in NAMES
    }


@given(cases(), rosters(), st.lists(st.integers(0, 30), min_size=1, max_size=4))
@settings(deadline=None)
def test_an_agent_gets_from_the_index_what_a_look_at_every_case_finds(waiting, workers, steps):
    """However much waits and whatever time has changed, nobody is passed over for the index."""
    now = START
    board = fill(Board(POLICY, QUEUES, now), waiting)
    left = {one.id: one for one in waiting}
    for step in steps:
        now += timedelta(minutes=step)
        board.advance(now)
        rules = Rules(policy=POLICY, queues=QUEUES, now=now)
        for worker in workers.values():
            expected = choose_case(worker, left.values(), workers, rules)
            found = board.pull(worker, workers)
            assert (found and found.waiting) == (
                expected.waiting if isinstance(expected, Match) else None
            )
            if found:
                board.remove(found.waiting.id)
                del left[found.waiting.id]
                worker.load += found.waiting.weight
    assert len(board) == len(left)


@given(cases(), rosters(), st.integers(0, 90))
@settings(deadline=None)
def test_pushed_work_goes_by_the_same_rules_and_leaves_nothing_that_fits(waiting, workers, step):
    """Each case goes to somebody who may take it, in order, until nobody can take any more."""
    now = START + timedelta(minutes=step)
    board = fill(Board(POLICY, QUEUES, START), waiting)
    board.advance(now)
    rules = Rules(policy=POLICY, queues=QUEUES, now=now)
    left = {one.id: one for one in waiting}
    ranks = []
    for match in board.push(workers):
        one = left.pop(match.waiting.id)
        match.worker.load -= one.weight
        assert rules.hinders(match.worker, one, workers) is None
        match.worker.load += one.weight
        assert match.why.considered == len(workers)
        ranks.append(rank(one, now, POLICY))
    assert ranks == sorted(ranks)
    assert not any(
        rules.hinders(worker, one, workers) is None
        for one in left.values()
        for worker in workers.values()
    )


@given(cases(), rosters())
@settings(deadline=None)
def test_the_same_work_and_agents_give_the_same_assignments(waiting, workers):
    """Nothing but what is said decides: not the order of a table, not chance."""

    def assignments(given_cases, names):
        board = fill(Board(POLICY, QUEUES, START), given_cases)
        again = {
            name: Worker(
                agent=workers[name].agent,
                presence=workers[name].presence,
                on_shift=workers[name].on_shift,
                skills=workers[name].skills,
            )
            for name in names
        }
        return [(m.waiting.id, m.worker.name, m.why) for m in board.push(again)]

    assert assignments(waiting, NAMES) == assignments(waiting[::-1], NAMES[::-1])


def test_a_case_that_changes_on_the_board_is_found_as_it_is_now():
    """A priority that is raised while a case waits moves it to the front at once."""
    first = Waiting(id="c1", queue="care", queued_at=START, priority="P2")
    other = Waiting(id="c2", queue="care", queued_at=START, priority="P3")
    worker = Worker(agent=Agent(name="ana"))
    board = fill(Board(POLICY, QUEUES, START), [first, other])
    board.add(Waiting(id="c2", queue="care", queued_at=START, priority="P1"))
    assert board.pull(worker, {}).waiting.id == "c2"
    assert "c1" in board
    assert board.next_change() == START + POLICY.aging
