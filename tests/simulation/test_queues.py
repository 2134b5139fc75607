"""Waiting times against queueing theory: what is not explained by it would be a mistake of ours."""

# ruff: noqa: S311  chance with a seed, to be repeated

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from math import factorial, sqrt
from random import Random
from statistics import mean, stdev

import pytest

from scskit.core.agent import Agent, Queue
from scskit.core.board import Board
from scskit.core.roster import Worker
from scskit.core.waiting import Waiting
from scskit.core.work_policy import WorkPolicy

START = datetime(2026, 3, 2, tzinfo=UTC)
SERVICE = 600.0
"""Seconds that a case takes on average, whatever it is about."""

BY_PRIORITY = WorkPolicy(aging=None, promote_after=None)
QUEUES = {"care": Queue(name="care")}


def simulate(seed, agents, rates, policy=BY_PRIORITY, customers=4000):
    """Let customers come by chance and agents pull, and return each class's waits in seconds.

    Args:
        seed: of the chance.
        agents: how many; each has one case at a time.
        rates: customers per second, by priority.
        policy: the order of work.
        customers: how many come; the first and the last of them do not count.
    """
    counted = range(customers // 6, customers - customers // 20)
    chance = Random(seed)
    board = Board(policy, QUEUES, START)
    workers = {f"a{n}": Worker(agent=Agent(name=f"a{n}", capacity=1)) for n in range(agents)}
    idle = list(workers.values())
    total = sum(rates.values())
    arrivals, ends = [chance.expovariate(total)], []
    waits = {priority: [] for priority in rates}
    came = 0

    def pull(worker, second):
        board.advance(START + timedelta(seconds=second))
        match = board.pull(worker, workers)
        if match is None:
            idle.append(worker)
            return
        one = match.waiting
        board.remove(one.id)
        worker.load = 1.0
        heappush(ends, (second + chance.expovariate(1 / SERVICE), worker.name))
        if int(one.id) in counted:
            waits[one.priority].append(second - (one.queued_at - START).total_seconds())

    while came < customers or ends:
        if came < customers and (not ends or arrivals[0] <= ends[0][0]):
            second = arrivals[0]
            (priority,) = chance.choices(list(rates), list(rates.values()))
            queued_at = START + timedelta(seconds=second)
            board.add(
                Waiting(id=f"{came:06}", queue="care", queued_at=queued_at, priority=priority)
            )
            came += 1
            arrivals[0] = second + chance.expovariate(total)
            if idle:
                pull(idle.pop(), second)
        else:
            second, name = heappop(ends)
            workers[name].load = 0.0
            pull(workers[name], second)
    return waits


def erlang_c(agents, offered):
    """Return the chance that a customer has to wait (Erlang 1917), for ``offered`` erlangs."""
    top = offered**agents / factorial(agents) * agents / (agents - offered)
    return top / (sum(offered**n / factorial(n) for n in range(agents)) + top)


def agrees(measured, expected):
    """Tell whether independent means agree with theory within three standard errors."""
    error = stdev(measured) / sqrt(len(measured))
    assert abs(mean(measured) - expected) <= 3 * error, (mean(measured), expected, error)
    assert error < 0.25 * expected, "too few customers to tell anything"


@pytest.mark.parametrize(
    ("load", "customers"), [(0.5, 3000), (0.6, 3000), (0.7, 3000), (0.8, 4000), (0.9, 9000)]
)
def test_agents_who_pull_from_one_queue_make_customers_wait_as_erlang_says(load, customers):
    """Nobody is idle while somebody waits, and nobody overtakes: that is what Erlang C assumes."""
    agents = 5
    expected = erlang_c(agents, agents * load) * SERVICE / (agents * (1 - load))
    rates = {"P3": agents * load / SERVICE}
    runs = [simulate(20261123 + n, agents, rates, customers=customers)["P3"] for n in range(10)]
    agrees([mean(run) for run in runs], expected)


def test_two_priorities_wait_as_the_formula_for_priorities_says():
    """What is urgent waits as if there were only urgent work; the rest pays for it, exactly.

    Cobham (1954): non-preemptive priorities, several servers, equal service times.
    """
    agents, urgent, other = 3, 0.4, 0.45
    waits_at_all = erlang_c(agents, agents * (urgent + other)) * SERVICE / agents
    expected = {
        "P1": waits_at_all / (1 - urgent),
        "P3": waits_at_all / ((1 - urgent) * (1 - urgent - other)),
    }
    rates = {"P1": agents * urgent / SERVICE, "P3": agents * other / SERVICE}
    runs = [simulate(7 + seed, agents, rates) for seed in range(16)]
    for priority, value in expected.items():
        agrees([mean(run[priority]) for run in runs], value)


def deal_out(seed, agents, rate, customers=4000):
    """Deal customers out to agents in turns, busy or not, and return their waits in seconds."""
    chance = Random(seed)
    free_at = [0.0] * agents
    second, waits = 0.0, []
    for number in range(customers):
        second += chance.expovariate(rate)
        begins = max(second, free_at[number % agents])
        free_at[number % agents] = begins + chance.expovariate(1 / SERVICE)
        waits.append(begins - second)
    return waits[customers // 6 :]


def test_who_pulls_makes_customers_wait_far_less_than_who_deals_out_in_turns():
    """Nobody is busy with a queue of his or her own while somebody else is free."""
    rate = 5 * 0.7 / SERVICE
    pulled = mean(mean(simulate(seed, 5, {"P3": rate})["P3"]) for seed in range(5))
    dealt = mean(mean(deal_out(seed, 5, rate)) for seed in range(5))
    assert dealt > 3 * pulled


def test_the_cap_ends_what_priority_alone_would_let_starve():
    """Whoever has waited as long as the cap waits from then on at most as in one plain queue.

    The chance is the same whatever the order, so that the three orders can be compared case by
    case: agents become free at the same instants, and only who is next differs.
    """
    rates = {"P1": 2 * 0.90 / SERVICE, "P4": 2 * 0.05 / SERVICE}
    cap = timedelta(hours=1)
    capped = WorkPolicy(aging=None, promote_after=cap)
    plain = WorkPolicy(aging=None, promote_after=timedelta(0))
    for seed in range(5, 9):
        starving, bounded, fair = (
            simulate(seed, 2, rates, policy) for policy in (BY_PRIORITY, capped, plain)
        )
        longest = cap.total_seconds() + max(max(waits) for waits in fair.values())
        assert max(starving["P4"]) > longest
        assert max(max(waits) for waits in bounded.values()) <= longest
        assert mean(bounded["P1"]) < mean(fair["P1"])
