"""Callers in several threads who share transactions."""

from __future__ import annotations

import signal
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import sleep

import pytest

from scskit.desk.grouping import GroupCommit

CALLERS = 24
CALLS = 50


class Interrupted(Exception):
    """Somebody lost patience."""


@pytest.fixture
def lose_patience():
    """Interrupt this thread, wherever it waits, after some seconds."""

    def interrupt(*_):
        raise Interrupted

    before = signal.signal(signal.SIGALRM, interrupt)
    yield lambda seconds: signal.setitimer(signal.ITIMER_REAL, seconds)
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def call_all(group, call):
    """Call from many threads, each many times; return all that they got."""
    with ThreadPoolExecutor(CALLERS) as pool:
        futures = [
            pool.submit(lambda n=n: [call(group, n * CALLS + i) for i in range(CALLS)])
            for n in range(CALLERS)
        ]
        return [one for future in futures for one in future.result(timeout=60)]


def test_everybody_gets_the_answer_to_what_he_asked():
    """No caller waits for ever, and none gets another's answer, whatever the threads do."""
    sizes = []

    def work(items):
        sizes.append(len(items))
        sleep(0.0005)
        return [-item for item in items]

    group = GroupCommit(work, 7)
    answers = call_all(group, lambda group, n: group.submit([n])[0])
    assert answers == [-n for n in range(CALLERS * CALLS)]
    assert max(sizes) <= 7
    assert sum(sizes) == CALLERS * CALLS


def test_whoever_waits_shares_the_next_transaction():
    """Callers who wait for the disk wait together: many calls take few transactions."""
    sizes = []

    def work(items):
        sizes.append(len(items))
        sleep(0.005)
        return items

    call_all(GroupCommit(work, 1000), lambda group, n: group.submit([n]))
    assert sum(sizes) / len(sizes) > CALLERS / 3


def test_who_is_told_of_something_may_hand_in_more():
    """Work that hands in further items, in the same thread, does not wait for itself."""

    def work(items):
        return [item if item < 0 else group.submit([-item - 1])[0] for item in items]

    group = GroupCommit(work, 5)
    answers = call_all(group, lambda group, n: group.submit([n])[0])
    assert answers == [-n - 1 for n in range(CALLERS * CALLS)]


def test_an_error_reaches_everybody_whom_it_concerns():
    """A group that fails tells each of its callers, and the next group goes on."""

    def work(items):
        if any(item % 10 == 0 for item in items):
            raise ValueError("no")
        return items

    def call(group, n):
        try:
            return group.submit([n])[0]
        except ValueError:
            return None

    answers = call_all(GroupCommit(work, 4), call)
    expected = range(CALLERS * CALLS)
    assert all(got in {None, n} for got, n in zip(answers, expected, strict=True))
    assert all(answers[n] is None for n in expected if n % 10 == 0)


@pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="this system has no such signal")
def test_who_is_interrupted_leaves_the_line(lose_patience):
    """A caller who is interrupted while he waits is not worked for, and keeps nobody waiting."""
    begun, go_on, done = Event(), Event(), []

    def work(items):
        begun.set()
        go_on.wait(30)
        done.extend(items)
        return items

    group = GroupCommit(work, 1)
    with ThreadPoolExecutor(2) as pool:
        leading = pool.submit(group.submit, ["leads"])
        begun.wait(30)

        def behind():
            while not group._queue:  # noqa: SLF001  stand in line behind the one who will leave
                sleep(0.01)
            return group.submit(["behind"])

        waiting = pool.submit(behind)
        lose_patience(0.5)
        with pytest.raises(Interrupted):
            group.submit(["interrupted"])
        go_on.set()
        assert waiting.result(timeout=20) == ["behind"]
        assert leading.result(timeout=20) == ["leads"]
    assert done == ["leads", "behind"]
