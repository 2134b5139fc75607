from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scskit.core.calendar import Calendar
from scskit.core.windows import WEEKDAYS

TICK = timedelta(microseconds=1)
FIRST = datetime.min.replace(tzinfo=UTC)
LAST = datetime.max.replace(tzinfo=UTC)
WORKDAYS = ("mon", "tue", "wed", "thu", "fri")
HOUR = timedelta(hours=1)


def every(days, *windows):
    return dict.fromkeys(days, windows)


def at(text):
    """Read an instant; without an offset it is UTC."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


MADRID = Calendar.of("Europe/Madrid", every(WORKDAYS, "09:00-14:00", "16:00-19:00"))


# --------------------------------------------------------------------------------- the index


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Manila", "UTC"])
def test_the_ends_of_time_are_nothing_special(zone):
    """The first and the last instant there is are answered like any other."""
    calendar = Calendar.of(zone, every(WEEKDAYS, "00:00-24:00"))
    for instant in (FIRST, FIRST + HOUR, LAST - HOUR, LAST):
        assert calendar.open(instant)
        assert calendar.next_open(instant) == instant
    assert calendar.due(FIRST, HOUR) == FIRST + HOUR
    assert calendar.due(LAST - HOUR, HOUR) == LAST
    assert calendar.due(LAST, TICK) is None
    assert calendar.elapsed(LAST - HOUR, LAST) == HOUR
    assert calendar.add_working_days(FIRST, 1) is not None
    assert calendar.add_working_days(LAST, 1) is None


def test_an_instant_is_the_same_in_any_zone():
    """It does not matter in which zone an instant is written."""
    start = at("2026-02-10T12:30")
    for offset in (-11, -3, 5.5, 14):
        moved = start.astimezone(timezone(offset * HOUR))
        assert MADRID.due(moved, HOUR) == MADRID.due(start, HOUR)
        assert MADRID.due(moved, HOUR).tzinfo is UTC


instants = st.timedeltas(timedelta(days=-25_000), timedelta(days=25_000)).map(
    lambda distance: at("2000-01-01") + distance
)
LONG = Calendar.of(
    "America/Santiago",
    every(WORKDAYS, "09:00-14:00", "22:30-01:15"),
    closed=["2026-09-18"],
    overrides={"2026-12-24": ["09:00-13:00"], "1950-01-01": ["00:00-24:00"]},
)


@given(instants, instants, instants)
def test_elapsed_time_adds_up_over_centuries(one, two, three):
    """How the index is divided shows nowhere: parts of a time add up to the whole."""
    a, b, c = sorted((one, two, three))
    assert LONG.elapsed(a, b) + LONG.elapsed(b, c) == LONG.elapsed(a, c)


@given(instants, st.timedeltas(TICK, timedelta(days=20_000)))
def test_due_is_the_first_instant_over_centuries(start, target):
    """However long a target is: a microsecond before its due date, a microsecond is missing."""
    due = LONG.due(start, target)
    assert LONG.elapsed(start, due) == target
    assert LONG.elapsed(start, due - TICK) == target - TICK


def test_threads_get_the_answers_that_one_gets():
    """A calendar that many threads begin to use at once gives each the right deadline."""
    chance = random.Random(7)  # noqa: S311  made-up questions
    questions = [
        (
            at("2000-01-01") + timedelta(seconds=chance.randrange(10**9)),
            timedelta(seconds=chance.randrange(10**7)),
        )
        for _ in range(400)
    ]
    definition = LONG.plain()
    del definition["tzdata"]
    alone = [LONG.due(*question) for question in questions]
    fresh = Calendar.of(**definition)
    together = Barrier(8)

    def ask(seed):
        mine = random.Random(seed).sample(range(400), 400)  # noqa: S311
        together.wait()
        answers = {number: fresh.due(*questions[number]) for number in mine}
        return [answers[number] for number in range(400)]

    with ThreadPoolExecutor(8) as threads:
        assert all(found == alone for found in threads.map(ask, range(8)))
