"""How much an account may still ask, learned from what it was answered."""

from __future__ import annotations

import json
from datetime import timedelta
from threading import Barrier, Thread

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scskit.http.limits import Budget, route
from scskit.testing import FakeClock

READ = httpx.Request("GET", "https://api.example/2/users/200512345/mentions?max_results=5")


@pytest.fixture
def clock():
    """Give a clock that stands still."""
    return FakeClock()


@pytest.fixture
def budget(clock):
    """Give a budget that knows nothing."""
    return Budget(clock)


def window(clock, remaining, seconds=900, request=READ, name="x-rate-limit"):
    reset = int(clock.now().timestamp()) + seconds
    headers = {f"{name}-remaining": f"{remaining}", f"{name}-reset": f"{reset}"}
    return httpx.Response(200, headers=headers, request=request)


def usage(share, minutes=0):
    measures = [{"call_count": share, "estimated_time_to_regain_access": minutes}]
    header = {"x-business-use-case-usage": json.dumps({"12": measures})}
    return httpx.Response(200, headers=header, request=READ)


def test_at_first_everything_is_welcome(budget):
    """Nothing is held back on a guess."""
    assert [budget.take("acme", READ) for _ in range(1000)] == [0.0] * 1000


def test_a_window_is_used_up_and_filled_anew(budget, clock):
    """So many requests as are left go out; the next learns when it may."""
    budget.learn("acme", window(clock, 3))
    assert [budget.take("acme", READ) for _ in range(5)] == [0.0, 0.0, 0.0, 900.0, 900.0]
    clock.advance(timedelta(seconds=899))
    assert budget.take("acme", READ) == 1.0
    clock.advance(timedelta(seconds=1))
    assert budget.take("acme", READ) == 0.0


def test_requests_under_way_are_counted(budget, clock):
    """An answer that was overtaken does not give back what was used meanwhile."""
    budget.learn("acme", window(clock, 5))
    for _ in range(5):
        budget.take("acme", READ)
    budget.learn("acme", window(clock, 4))
    assert budget.take("acme", READ) == 900.0


def test_a_new_window_replaces_the_old_one(budget, clock):
    """The next window's rest counts, also when the clocks differ a little."""
    budget.learn("acme", window(clock, 0, seconds=5))
    budget.learn("acme", window(clock, 300, seconds=905))
    assert budget.take("acme", READ) == 0.0


def test_each_account_and_each_endpoint_has_its_own(budget, clock):
    """One busy page does not hold up the others, nor its own other calls."""
    budget.learn("acme", window(clock, 0))
    assert budget.take("acme", READ) == 900.0
    assert budget.take("other", READ) == 0.0
    write = httpx.Request("POST", READ.url)
    assert budget.take("acme", write) == 0.0
    assert budget.take("acme", httpx.Request("GET", "https://api.example/2/tweets")) == 0.0


def test_what_is_counted_together_has_one_name():
    """The ids in a path do not make another endpoint of it."""
    other = httpx.Request("GET", "https://api.example/2/users/7700112233/mentions")
    assert route(READ) == route(other) == "GET api.example/2/users/*/mentions"
    versioned = httpx.Request("POST", "https://graph.example/v25.0/10601_20602/comments")
    assert route(versioned) == "POST graph.example/v25.0/*/comments"


def test_the_tightest_of_several_windows_decides(budget, clock):
    """A day's cap holds even when the quarter of an hour is free."""
    budget.learn("acme", window(clock, 100))
    budget.learn("acme", window(clock, 0, seconds=7200, name="x-user-limit-24hour"))
    assert budget.take("acme", READ) == 7200.0


def test_a_moving_allowance_slows_down(budget, clock):
    """From 80 % on requests are spread, the more the fuller; below that nothing is."""
    budget.learn("acme", usage(79))
    assert [budget.take("acme", READ) for _ in range(3)] == [0.0, 0.0, 0.0]
    waits = []
    for share in (85, 90, 100):
        budget.learn("acme", usage(share))
        waits.append(round(budget.take("acme", READ), 3))
    assert waits == [7.5, 15.0, 30.0]
    clock.advance(timedelta(seconds=30))
    assert budget.take("acme", READ) == 0.0
    assert budget.take("acme", READ) == 30.0


def test_a_business_that_is_not_served_waits(budget, clock):
    """Nothing is sent until the network says that it will answer again."""
    budget.learn("acme", usage(120, minutes=12))
    assert budget.take("acme", READ) == 720.0
    clock.advance(timedelta(minutes=12))
    assert budget.take("acme", READ) == 0.0


def test_what_was_learned_long_ago_is_forgotten(budget, clock):
    """A moving hour is over after an hour."""
    budget.learn("acme", usage(100))
    clock.advance(timedelta(hours=1))
    assert [budget.take("acme", READ) for _ in range(3)] == [0.0, 0.0, 0.0]


def test_several_threads_share_what_is_left(budget, clock):
    """Exactly as many go out as are left, however many ask at once."""
    budget.learn("acme", window(clock, 50))
    start, taken = Barrier(4), []

    def take():
        start.wait()
        taken.extend(budget.take("acme", READ) for _ in range(100))

    threads = [Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert taken.count(0.0) == 50


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 900), st.integers(0, 300))))
def test_no_more_is_sent_than_the_network_allows(steps):
    """Whatever is learned in whatever order, nothing goes out in a window that is used up."""
    clock = FakeClock()
    budget = Budget(clock)
    for remaining, seconds, passing in steps:
        budget.learn("acme", window(clock, remaining, seconds))
        sent = sum(budget.take("acme", READ) == 0.0 for _ in range(10))
        assert sent <= remaining
        clock.advance(timedelta(seconds=passing))
