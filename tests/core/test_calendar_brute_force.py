"""The calendar against somebody who looks at the clock on the wall every minute."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import resources
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from scskit.core.calendar import Calendar
from scskit.core.windows import Window

MINUTE = timedelta(minutes=1)
TICK = timedelta(microseconds=1)
DAYS = 2

# Clocks that change at midnight or before it, by half an hour, twice a year and back for Ramadan,
# by two hours, at one minute past midnight; and two places that skipped a date.
ZONES = [
    *("Europe/Madrid", "America/New_York", "America/Bogota", "Asia/Kathmandu", "UTC"),
    *("Australia/Lord_Howe", "Asia/Gaza", "Atlantic/Azores", "America/Santiago"),
    *("Africa/Casablanca", "Asia/Beirut", "America/Havana", "Europe/Dublin", "Antarctica/Troll"),
    *("America/St_Johns", "America/Scoresbysund", "Africa/Cairo", "Asia/Tehran"),
    *("Pacific/Apia", "Pacific/Kwajalein", "Antarctica/Casey"),
]


@cache
def clocks(name):
    """Read a zone without the code under test."""
    file = resources.files("tzdata").joinpath("zoneinfo", *name.split("/"))
    with file.open("rb") as content:
        return ZoneInfo.from_file(content, key=name)


@cache
def changes(name):
    """Return the days between 1975 and 2090 on which the clocks of a zone change."""
    days = [datetime(1975, 1, 1, tzinfo=UTC) + timedelta(days=n) for n in range(115 * 365)]
    offsets = [day.astimezone(clocks(name)).utcoffset() for day in days]
    found = [days[n] for n in range(len(days) - 1) if offsets[n] != offsets[n + 1]]
    return found or days[::500]


days = st.just(127) | st.integers(0, 127)
"""On which days of the week, as bits."""

minutes = st.integers(0, 47).map(lambda half: half * 30) | st.integers(0, 1439)
windows = st.builds(Window, minutes, minutes | st.just(1440))


@st.composite
def cases(draw):
    """Draw a calendar, and a few days to look at it, mostly some on which its clocks change."""
    name = draw(st.sampled_from(ZONES))
    change = draw(st.sampled_from(changes(name)))
    start = change + timedelta(minutes=draw(st.integers(-1440, 720)))
    week = [[] for _ in range(7)]
    for window, on in draw(st.lists(st.tuples(windows, days), min_size=1, max_size=4)):
        for day in range(7):
            if on >> day & 1:
                week[day].append(window)
    dates = st.integers(-2, 3).map(lambda days: change.date() + timedelta(days=days))
    closed = draw(st.just([]) | st.lists(dates, max_size=2))
    overrides = draw(
        st.just({}) | st.dictionaries(dates, st.lists(windows, max_size=2), max_size=2)
    )
    calendar = Calendar(
        time_zone=name,
        weekly=week,
        closed=dict.fromkeys(closed, ""),
        overrides=overrides,
        strict=False,
    )
    return calendar, start


class Pages(dict):
    """For each date, which of its minutes are open; written when first looked at."""

    def __init__(self, calendar):
        """Begin without any."""
        super().__init__()
        self.calendar = calendar

    def __missing__(self, on):
        """Write a page."""
        page = self[on] = bytearray(1440)
        calendar, before = self.calendar, on - timedelta(days=1)
        if on in calendar.overrides:
            paint(page, calendar.overrides[on])
        elif on not in calendar.closed:
            paint(page, calendar.weekly[on.weekday()])
            paint_night(page, calendar.weekly[before.weekday()])
            paint_night(page, calendar.overrides.get(before, ()))
        return page


class Watcher:
    """Whoever looks at the wall clock every minute, and writes down what it shows."""

    def __init__(self, calendar, start):
        """Watch for some days."""
        self.calendar = calendar
        self.times = [start + number * MINUTE for number in range(DAYS * 1440)]
        self.end = self.times[-1] + MINUTE
        zone, pages = clocks(calendar.time_zone), Pages(calendar)
        local = [at.astimezone(zone) for at in self.times]
        self.dates = [shown.date() for shown in local]
        self.open = [pages[shown.date()][shown.hour * 60 + shown.minute] for shown in local]
        self.shown = list(zip(self.times, self.open, strict=True))

    def counted(self, start, pauses):
        """Return the minutes that count from ``start`` on, or what is left of them."""
        first = max((start - self.times[0]) // MINUTE, 0)
        found = [(at, at + MINUTE) for at, is_open in self.shown[first:] if is_open]
        if found:
            found[0] = (max(start, found[0][0]), found[0][1])
        for begin, end in pauses:
            found = [piece for one in found for piece in without(one, begin, end)]
        return found


def without(piece, begin, end):
    """Return what a pause leaves of a piece of time."""
    low, high = piece
    if begin >= high or (end is not None and end <= low):
        return [piece]
    if end is not None and end <= begin:
        return [piece]
    left = [(low, min(high, begin))] + ([] if end is None else [(max(low, end), high)])
    return [(a, b) for a, b in left if a < b]


def paint(page, windows):
    for window in windows:
        end = window.end if window.end >= window.start else 1440
        page[window.start : end] = b"\1" * (end - window.start)


def paint_night(page, windows):
    for window in windows:
        if window.end < window.start:
            page[: window.end] = b"\1" * window.end


def elapsed_by_hand(counted, until):
    return sum(
        (max(min(high, until) - low, timedelta(0)) for low, high in counted), start=timedelta(0)
    )


def due_by_hand(counted, target):
    for low, high in counted:
        if high - low >= target:
            return low + target
        target -= high - low
    return None


instants = st.integers(0, DAYS * 1440 * 60 * 10**6).map(lambda micros: micros * TICK)
whole = st.integers(0, DAYS * 1440).map(lambda minutes: minutes * MINUTE)
moments = whole | instants
pauses = st.just([]) | st.lists(st.tuples(moments, moments | moments | st.none()), max_size=3)


def examples(count):
    """Ask for so many examples, or as many as the profile wants if that is more."""
    profile = settings.get_profile(os.environ.get("SCSKIT_HYPOTHESIS", "default"))
    too = [HealthCheck.too_slow, HealthCheck.data_too_large]
    return settings(max_examples=max(count, profile.max_examples), suppress_health_check=too)


@examples(400)
@given(cases(), st.lists(st.tuples(moments, moments, pauses), min_size=1, max_size=2))
def test_time_counts_as_on_the_clock_on_the_wall(case, questions):
    """What elapses, what is due and what opens next is what the clock on the wall says."""
    calendar, first = case
    watcher = Watcher(calendar, first)
    for one, other, paused in questions:
        begin, end = first + min(one, other), first + max(one, other)
        check(watcher, begin, end, shift(first, paused))
        check_open(watcher, min(begin, watcher.end - TICK))


def shift(first, paused):
    return [(first + begin, None if end is None else first + end) for begin, end in paused]


def check(watcher, begin, end, paused):
    calendar, counted = watcher.calendar, watcher.counted(begin, paused)
    elapsed = calendar.elapsed(begin, end, paused)
    assert elapsed == elapsed_by_hand(counted, end)
    stretches = list(calendar.intervals(begin, end, paused))
    assert sum((high - low for low, high in stretches), start=timedelta(0)) == elapsed
    assert all(low < high for low, high in stretches)
    assert all(one[1] < other[0] for one, other in pairwise(stretches))
    due = calendar.due(begin, elapsed, paused)
    if not elapsed:
        assert due == begin
        return
    event("something elapsed")
    assert due == due_by_hand(counted, elapsed)
    assert due <= end
    assert calendar.elapsed(begin, due, paused) == elapsed
    assert calendar.elapsed(begin, due - TICK, paused) == elapsed - TICK


def check_open(watcher, at):
    later = [begin for begin, is_open in watcher.shown if is_open and begin + MINUTE > at]
    assert watcher.calendar.open(at) == bool(watcher.open[(at - watcher.times[0]) // MINUTE])
    found = watcher.calendar.next_open(at)
    if later:
        assert found == max(at, later[0])
    else:
        assert found is None or found >= watcher.end


@examples(100)
@given(cases(), st.integers(0, 1440))
def test_working_days_end_when_the_wall_shows_the_next_date(case, minute):
    """A working day ends when its date is shown for the last time; dates never shown are none."""
    calendar, first = case
    watcher = Watcher(calendar, first)
    today = watcher.dates[minute]
    seen = sorted({on for on in watcher.dates if on > today} - {max(watcher.dates)})
    working = [on for on in seen if starts_work(calendar, on)]
    for number, on in enumerate(working, 1):
        last = max(n for n, shown in enumerate(watcher.dates) if shown <= on)
        end = watcher.times[last] + MINUTE
        assert calendar.add_working_days(watcher.times[minute], number) == end


def starts_work(calendar, on):
    if on in calendar.overrides:
        windows = calendar.overrides[on]
    else:
        windows = () if on in calendar.closed else calendar.weekly[on.weekday()]
    return any(window.start != window.end for window in windows)
