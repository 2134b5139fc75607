"""The calendar against somebody who looks at the clock on the wall every minute."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from scskit.core.calendar import Calendar
from scskit.core.windows import Window

EXAMPLES = max(
    1500, settings.get_profile(os.environ.get("SCSKIT_HYPOTHESIS", "default")).max_examples
)
MINUTE = timedelta(minutes=1)
TICK = timedelta(microseconds=1)
DAYS = 4

# Clocks that change at midnight or before it, by half an hour, twice a year and back for Ramadan,
# by two hours, at one minute past midnight; and two places that skipped a date.
ZONES = """
    Europe/Madrid America/New_York America/Bogota Asia/Kathmandu UTC
    Australia/Lord_Howe Asia/Gaza Atlantic/Azores America/Santiago Africa/Casablanca
    Asia/Beirut America/Havana Europe/Dublin Antarctica/Troll America/St_Johns America/Scoresbysund
    Africa/Cairo Asia/Tehran Pacific/Apia Pacific/Kwajalein Antarctica/Casey
""".split()


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


minutes = st.integers(0, 47).map(lambda half: half * 30) | st.integers(0, 1439)
windows = st.builds(Window, minutes, minutes | st.just(1440))


@st.composite
def cases(draw):
    """Draw a calendar, and a few days to look at it, mostly some on which its clocks change."""
    name = draw(st.sampled_from(ZONES))
    change = draw(st.sampled_from(changes(name)))
    start = change + timedelta(minutes=draw(st.integers(-2 * 1440, 1440)))
    week = [[] for _ in range(7)]
    for window, on in draw(st.lists(st.tuples(windows, st.integers(0, 127)), max_size=4)):
        for day in range(7):
            if on >> day & 1:
                week[day].append(window)
    dates = st.integers(-1, DAYS).map(lambda days: change.date() + timedelta(days=days - 1))
    closed = draw(st.lists(dates, max_size=2))
    overrides = draw(st.dictionaries(dates, st.lists(windows, max_size=2), max_size=2))
    calendar = Calendar(
        time_zone=name,
        weekly=week,
        closed=dict.fromkeys(closed, ""),
        overrides=overrides,
        strict=False,
    )
    return calendar, start


class Watcher:
    """Whoever looks at the wall clock every minute, and writes down what it shows."""

    def __init__(self, calendar, start):
        self.calendar = calendar
        self.pages = {}
        self.start, self.end = start, start + timedelta(days=DAYS)
        self.dates, self.open = [], []
        at, zone = start, clocks(calendar.time_zone)
        while at < self.end:
            local = at.astimezone(zone)
            assert local.second == 0
            self.dates.append(local.date())
            self.open.append(self.page(local.date())[local.hour * 60 + local.minute])
            at += MINUTE

    def page(self, on):
        """Return for each minute of a date whether it is open."""
        if on not in self.pages:
            self.pages[on] = self._page(on)
        return self.pages[on]

    def _page(self, on):
        page, calendar = bytearray(1440), self.calendar
        if on in calendar.overrides:
            paint(page, calendar.overrides[on])
        elif on not in calendar.closed:
            paint(page, calendar.weekly[on.weekday()])
            before = on - timedelta(days=1)
            paint_night(page, calendar.weekly[before.weekday()])
            paint_night(page, calendar.overrides.get(before, ()))
        return page

    def counted(self, start, pauses):
        """Return the pieces of minutes that count from ``start`` on."""
        found = []
        for number, is_open in enumerate(self.open):
            begin = self.start + number * MINUTE
            if is_open and begin + MINUTE > start:
                cuts = {max(begin, start), begin + MINUTE}
                cuts |= {
                    cut
                    for pause in pauses
                    for cut in pause
                    if cut and max(begin, start) < cut < begin + MINUTE
                }
                ordered = sorted(cuts)
                found += [
                    (low, high)
                    for low, high in zip(ordered, ordered[1:], strict=False)
                    if not any(a <= low and (b is None or low < b) for a, b in pauses)
                ]
        return found


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
pauses = st.lists(st.tuples(moments, st.none() | moments | moments), max_size=3)
patient = settings(
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@patient
@given(cases(), moments, moments, st.just([]) | pauses)
def test_time_counts_as_on_the_clock_on_the_wall(case, start, until, paused):
    """Elapsed time is what somebody counts who looks at the wall clock; due dates follow from it."""
    calendar, first = case
    watcher = Watcher(calendar, first)
    begin, end = first + min(start, until), first + max(start, until)
    paused = [(first + a, None if b is None else first + b) for a, b in paused]
    counted = watcher.counted(begin, paused)
    elapsed = calendar.elapsed(begin, end, paused)
    assert elapsed == elapsed_by_hand(counted, end)
    if elapsed:
        event("something elapsed")
        due = calendar.due(begin, elapsed, paused)
        assert due == due_by_hand(counted, elapsed)
        assert due <= end
        assert calendar.elapsed(begin, due, paused) == elapsed
        assert calendar.elapsed(begin, due - TICK, paused) == elapsed - TICK
    else:
        assert calendar.due(begin, elapsed, paused) == begin


@patient
@given(cases(), moments)
def test_it_is_open_when_the_clock_on_the_wall_says_so(case, moment):
    """Open is open, by the minute; the next opening is the next minute that is open."""
    calendar, first = case
    watcher = Watcher(calendar, first)
    at = first + min(moment, watcher.end - first - TICK)
    counted = watcher.counted(at, [])
    assert calendar.open(at) == bool(watcher.open[(at - first) // MINUTE])
    found = calendar.next_open(at)
    if counted:
        assert found == counted[0][0]
    else:
        assert found is None or found >= watcher.end


@patient
@given(cases(), st.integers(0, 1440))
def test_working_days_end_when_the_wall_shows_the_next_date(case, minute):
    """A working day ends when the clocks show its date for the last time; skipped dates are none."""
    calendar, first = case
    watcher = Watcher(calendar, first)
    today = watcher.dates[minute]
    seen = sorted({on for on in watcher.dates if on > today} - {max(watcher.dates)})
    working = [on for on in seen if starts_work(calendar, on)]
    for number, on in enumerate(working, 1):
        last = max(n for n, shown in enumerate(watcher.dates) if shown <= on)
        end = first + (last + 1) * MINUTE
        assert calendar.add_working_days(first + minute * MINUTE, number) == end


def starts_work(calendar, on):
    if on in calendar.overrides:
        windows = calendar.overrides[on]
    else:
        windows = () if on in calendar.closed else calendar.weekly[on.weekday()]
    return any(window.start != window.end for window in windows)


def test_no_zone_hides_a_change():
    """The examples above do contain skipped hours, hours that came twice, and a skipped date."""
    gone = date(2011, 12, 30)
    assert gone not in {
        (datetime(2011, 12, 28, tzinfo=UTC) + n * MINUTE).astimezone(clocks("Pacific/Apia")).date()
        for n in range(5 * 1440)
    }
    assert all(len(changes(name)) > 20 for name in ZONES if name not in {"UTC"})
