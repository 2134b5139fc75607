"""Calendars: what an index costs that answers by bisection, and what each answer costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

from benchmarks.lab import Lab
from benchmarks.measure import Goal, Line, Samples, timed
from scskit.core.calendar import Calendar

WORKDAYS = ("mon", "tue", "wed", "thu", "fri")
SPLIT = ("09:00-14:00", "16:00-19:00")
CLOSED = ("2026-01-01", "2026-01-06", "2026-04-02", "2026-04-03", "2026-05-01", "2026-10-12")
SEVEN_YEARS = datetime(2023, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
CALLS = 20_000


def calendars(lab: Lab) -> Iterator[Line]:
    """What a deadline costs on a calendar in use, and what a calendar costs to make."""
    calendar = _split_shift()
    calendar.elapsed(*SEVEN_YEARS)
    starts = [SEVEN_YEARS[0] + n * timedelta(minutes=173) for n in range(CALLS)]
    target = timedelta(hours=4)
    pauses = [(start + timedelta(hours=1), start + timedelta(hours=2)) for start in starts[:1000]]
    yield _per_call(lab, "due", lambda: [calendar.due(start, target) for start in starts], CALLS)
    week = timedelta(days=7)
    yield _per_call(
        lab, "elapsed", lambda: [calendar.elapsed(start, start + week) for start in starts], CALLS
    )
    yield _line(
        "calendar, due with a pause",
        "µs",
        _repeat(lab, lambda: [calendar.due(a, target, [(a, b)]) for a, b in pauses], 1e6 / 1000),
    )
    building = _repeat(lab, lambda: _split_shift().elapsed(*SEVEN_YEARS), 1e3)
    yield _line("calendar, made for seven years", "ms", building)


def _split_shift() -> Calendar:
    return Calendar.of("Europe/Madrid", dict.fromkeys(WORKDAYS, SPLIT), closed=CLOSED)


def _per_call(lab: Lab, name: str, work: Callable[[], Any], calls: int) -> Line:
    goal = Goal(must=5, good=2, at_most=True)
    return _line(f"calendar, {name}", "µs", _repeat(lab, work, 1e6 / calls), goal)


def _line(name: str, unit: str, samples: Samples, goal: Goal | None = None) -> Line:
    note = "split shift, Europe/Madrid, seven years in use"
    ours = median(samples)
    return Line(name=name, unit=unit, ours=ours, goal=goal, note=note, samples={"ours": samples})


def _repeat(lab: Lab, work: Callable[[], Any], scale: float) -> Samples:
    """Return how long the work took each time, in seconds times ``scale``."""
    samples: Samples = []
    for _ in range(lab.repetitions):
        with timed() as window:
            work()
        samples.append(window.seconds * scale)
    return samples
