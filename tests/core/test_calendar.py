from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from scskit.core.calendar import Calendar
from scskit.core.windows import WEEKDAYS

WORKDAYS = ("mon", "tue", "wed", "thu", "fri")
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)
FIRST = datetime.min.replace(tzinfo=UTC)
LAST = datetime.max.replace(tzinfo=UTC)


def every(days, *windows):
    return dict.fromkeys(days, windows)


MADRID = Calendar.of("Europe/Madrid", every(WORKDAYS, "09:00-14:00", "16:00-19:00"))
ALWAYS = Calendar.of("Europe/Madrid", every(WEEKDAYS, "00:00-24:00"))
NIGHTS = Calendar.of("Europe/Madrid", every(WEEKDAYS, "22:00-06:00"))
NEVER = Calendar.of("Europe/Madrid")


def at(text):
    """Read an instant; without an offset it is UTC."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def hours(calendar, start, until):
    return calendar.elapsed(at(start), at(until)) / HOUR


# ------------------------------------------------------------------------------- opening hours


def test_a_window_is_half_open():
    """The first instant of a window counts, the last does not: two that touch are one."""
    assert MADRID.open(at("2026-02-09T09:00+01:00"))
    assert MADRID.open(at("2026-02-09T13:59:59.999999+01:00"))
    assert not MADRID.open(at("2026-02-09T14:00+01:00"))
    assert not MADRID.open(at("2026-02-09T08:59:59.999999+01:00"))


def test_the_next_opening_is_now_or_later():
    """Somebody who asks during open hours is told so; otherwise, when to come back."""
    assert MADRID.next_open(at("2026-02-09T10:00")) == at("2026-02-09T10:00")
    assert MADRID.next_open(at("2026-02-09T13:00")) == at("2026-02-09T15:00")
    assert MADRID.next_open(at("2026-02-13T18:00")) == at("2026-02-16T08:00")
    assert NEVER.next_open(at("2026-02-13T18:00")) is None


def test_no_second_is_lost_at_midnight():
    """A day until 24:00 and one from 00:00 are one stretch."""
    calendar = Calendar.of("UTC", {"mon": ["20:00-24:00"], "tue": ["00:00-04:00"]})
    assert hours(calendar, "2026-02-09", "2026-02-11") == 8
    due = calendar.due(at("2026-02-09T20:00"), 4 * HOUR + TICK)
    assert due == at("2026-02-10T00:00") + TICK


def test_a_night_goes_on_in_the_next_date():
    """An overnight window belongs to two dates, also from Sunday to Monday."""
    sunday = Calendar.of("UTC", {"sun": ["22:00-06:00"]})
    assert hours(sunday, "2026-02-08T00:00", "2026-02-14T00:00") == 8
    assert sunday.open(at("2026-02-09T05:59"))
    assert not sunday.open(at("2026-02-08T05:59"))


def test_a_closed_date_closes_what_the_wall_shows_as_that_date():
    """A holiday ends the night before it at midnight; its own night still has a morning after."""
    nights = Calendar.of("UTC", NIGHTS.plain()["weekly"], closed=["2026-05-01"])
    assert hours(nights, "2026-04-30T12:00", "2026-05-01T00:00") == 2
    assert hours(nights, "2026-05-01T00:00", "2026-05-02T00:00") == 0
    assert hours(nights, "2026-05-02T00:00", "2026-05-02T12:00") == 6


def test_windows_of_a_date_go_before_those_of_its_weekday_and_before_a_holiday():
    """What is said about one date is what holds on that date."""
    calendar = Calendar.of(
        "UTC",
        every(WEEKDAYS, "00:00-24:00"),
        closed=["2026-12-24", "2026-12-25"],
        overrides={"2026-12-24": ["09:00-13:00"], "2026-12-31": ["22:00-03:00"], "2027-01-01": []},
    )
    assert hours(calendar, "2026-12-24", "2026-12-26") == 4
    assert hours(calendar, "2026-12-31", "2027-01-02") == 2


def test_the_night_of_a_date_goes_on_unless_the_next_date_says_otherwise():
    """A long night that was announced for one date ends in the morning after."""
    night = {"2026-12-31": ["22:00-03:00"]}
    alone = Calendar.of("UTC", overrides=night)
    assert hours(alone, "2026-12-31", "2027-01-02") == 5
    weekly = Calendar.of("UTC", every(WEEKDAYS, "02:00-04:00"), overrides=night)
    assert hours(weekly, "2026-12-31", "2027-01-02") == 2 + 4
    closed = Calendar.of("UTC", overrides=night, closed=["2027-01-01"])
    assert hours(closed, "2026-12-31", "2027-01-02") == 2


def test_a_calendar_without_hours_is_never_due():
    """Where nobody is ever there, nothing can be late."""
    assert NEVER.due(at("2026-02-10"), SECOND) is None
    assert NEVER.elapsed(FIRST, LAST) == timedelta(0)
    once = Calendar.of("UTC", overrides={"2026-02-10": ["09:00-10:00"]})
    assert once.due(at("2026-02-10"), HOUR) == at("2026-02-10T10:00")
    assert once.due(at("2026-02-10"), HOUR + TICK) is None
    assert once.due(at("2026-02-11"), HOUR) is None
    assert once.due(at("2020-02-11"), HOUR) == at("2026-02-10T10:00")
    assert once.elapsed(FIRST, LAST) == HOUR


def test_an_empty_target_is_due_at_once():
    """Nothing takes no time, open or not."""
    saturday = at("2026-02-14T12:00")
    assert MADRID.due(saturday, timedelta(0)) == saturday
    assert MADRID.due(saturday, timedelta(0), [(saturday, None)]) == saturday
    assert NEVER.due(saturday, timedelta(0)) == saturday


def test_a_negative_target_is_refused():
    """A clock does not run backwards; a mistake in a target does not pass for a deadline."""
    with pytest.raises(ValueError, match="cannot be negative"):
        MADRID.due(at("2026-02-14"), -SECOND)


def test_nothing_elapses_backwards():
    """An answer that is dated before its question took no time."""
    assert hours(MADRID, "2026-02-10T12:00", "2026-02-10T09:00") == 0
    assert MADRID.elapsed(
        at("2026-02-10T12:00"), at("2026-02-10T09:00"), [(at("2026-02-10T10:00"), None)]
    ) == timedelta(0)


# ------------------------------------------------------------------------------------ pauses


def test_pauses_count_once_wherever_they_overlap():
    """However pauses lie, each paused second is taken off once, and never a closed one."""
    pauses = [
        (at("2026-02-10T12:30"), at("2026-02-10T15:30")),  # lunch, and half an hour on both sides
        (at("2026-02-10T15:15"), at("2026-02-10T15:45")),
        (at("2026-02-10T09:00"), at("2026-02-10T09:00")),
        (at("2026-02-10T10:00"), at("2026-02-10T09:00")),  # over before it began: no pause
    ]
    assert MADRID.elapsed(at("2026-02-10T08:00"), at("2026-02-10T18:00"), pauses) == 6.75 * HOUR
    assert MADRID.due(at("2026-02-10T08:00"), 5 * HOUR, pauses) == at("2026-02-10T16:15")
    assert MADRID.due(at("2026-02-10T08:00"), 5 * HOUR, iter(pauses)) == at("2026-02-10T16:15")


def test_a_pause_that_does_not_end_leaves_no_deadline():
    """While the customer has to answer, nothing falls due; what was due before stays due."""
    pauses = [(at("2026-02-10T10:00"), None)]
    assert MADRID.due(at("2026-02-10T08:00"), 2 * HOUR, pauses) == at("2026-02-10T10:00")
    assert MADRID.due(at("2026-02-10T08:00"), 2 * HOUR + TICK, pauses) is None
    assert MADRID.elapsed(at("2026-02-10T08:00"), at("2027-01-01"), pauses) == 2 * HOUR


# ------------------------------------------------------------------------ clocks that change


@pytest.mark.parametrize(
    ("zone", "window", "day", "opens"),
    [
        # an edge in the hour that is skipped: open until it, or from its end on
        ("Europe/Madrid", "00:00-02:30", "2026-03-29", [("28T23:00", "29T01:00")]),
        ("Europe/Madrid", "02:30-06:00", "2026-03-29", [("29T01:00", "29T04:00")]),
        ("Europe/Madrid", "02:10-02:50", "2026-03-29", []),
        # an edge in the hour that comes twice: open, closed, open again
        (
            "Europe/Madrid",
            "00:00-02:30",
            "2026-10-25",
            [("24T22:00", "25T00:30"), ("25T01:00", "25T01:30")],
        ),
        (
            "Europe/Madrid",
            "02:30-06:00",
            "2026-10-25",
            [("25T00:30", "25T01:00"), ("25T01:30", "25T05:00")],
        ),
        (
            "Europe/Madrid",
            "02:10-02:50",
            "2026-10-25",
            [("25T00:10", "25T00:50"), ("25T01:10", "25T01:50")],
        ),
        # half an hour, forwards and back
        ("Australia/Lord_Howe", "01:45-03:00", "2026-10-04", [("03T15:15", "03T16:00")]),
        (
            "Australia/Lord_Howe",
            "01:30-01:45",
            "2026-04-05",
            [("04T14:30", "04T14:45"), ("04T15:00", "04T15:15")],
        ),
        # midnight itself is skipped, and the last hour of a date comes twice
        ("America/Santiago", "00:30-01:30", "2026-09-06", [("06T04:00", "06T04:30")]),
        (
            "America/Santiago",
            "23:30-24:00",
            "2026-04-04",
            [("05T02:30", "05T03:00"), ("05T03:30", "05T04:00")],
        ),
    ],
)
def test_the_wall_clock_decides_when_it_jumps(zone, window, day, opens):
    """A skipped hour is never open, one that comes twice is open twice."""
    calendar = Calendar.of(zone, overrides={day: [window]})
    edges = [at(f"{day[:8]}{edge}") for pair in opens for edge in pair]
    found = []
    moment = at(day) - timedelta(days=2)
    while (moment := calendar.next_open(moment)) is not None:
        end = next(
            moment + n * timedelta(minutes=1)
            for n in range(1, 2000)
            if not calendar.open(moment + n * timedelta(minutes=1))
        )
        found += [moment, end]
        moment = end
    assert found == edges


def test_elapsed_time_is_real_time():
    """A day on which the clocks change has 23 or 25 hours."""
    assert hours(ALWAYS, "2026-03-29T00:00+01:00", "2026-03-30T00:00+02:00") == 23
    assert hours(ALWAYS, "2026-10-25T00:00+02:00", "2026-10-26T00:00+01:00") == 25


def test_a_date_that_was_skipped_has_no_hours():
    """Samoa had no 30 December 2011: 24 hours after noon of the 29th it was noon of the 31st."""
    samoa = Calendar.of("Pacific/Apia", every(WEEKDAYS, "09:00-17:00"))
    assert hours(samoa, "2011-12-29T12:00-10:00", "2011-12-31T12:00+14:00") == 5 + 3
    thursday = at("2011-12-29T12:00-10:00")
    assert samoa.add_working_days(thursday, 1) == at("2012-01-01T00:00+14:00")


def test_a_zone_that_counted_seconds_is_exact_to_the_second():
    """Before there were time zones, Madrid's noon came 14 minutes and 44 seconds late."""
    calendar = Calendar.of("Europe/Madrid", every(WEEKDAYS, "09:00-10:00"))
    assert calendar.next_open(at("1850-06-01T00:00")) == at("1850-06-01T09:14:44")
    assert hours(calendar, "1850-06-01T00:00", "1850-06-02T00:00") == 1


# ------------------------------------------------------------------------------ working days


def test_working_days_are_counted_from_the_next_one():
    """A period in working days begins with the day after, and ends when its last day does."""
    calendar = Calendar.of("Europe/Madrid", every(WORKDAYS, "09:00-18:00"), closed=["2026-04-03"])
    assert calendar.add_working_days(at("2026-03-30T10:00"), 1) == at("2026-04-01T00:00+02:00")
    assert calendar.add_working_days(at("2026-04-01T23:59+02:00"), 2) == at(
        "2026-04-07T00:00+02:00"
    )
    assert calendar.add_working_days(at("2026-04-04T12:00"), 1) == at("2026-04-07T00:00+02:00")
    assert calendar.add_working_days(at("2026-03-27T23:30+01:00"), 1) == at(
        "2026-03-31T00:00+02:00"
    )


def test_a_working_day_is_one_on_which_a_window_begins():
    """The morning after a night shift is no day of work; a holiday with windows is one."""
    friday = Calendar.of("UTC", {"fri": ["22:00-06:00"]}, overrides={"2026-02-11": ["09:00-10:00"]})
    assert not friday.works_on(date(2026, 2, 14))
    assert friday.works_on(date(2026, 2, 13))
    assert friday.works_on(date(2026, 2, 11))
    assert friday.add_working_days(at("2026-02-09T12:00"), 3) == at("2026-02-21T00:00")


def test_working_days_run_out():
    """Where there are no more working days, there is no deadline."""
    assert NEVER.add_working_days(at("2026-02-09"), 1) is None
    once = Calendar.of("UTC", overrides={"2026-02-10": ["09:00-10:00"]})
    assert once.add_working_days(at("2026-02-09"), 1) == at("2026-02-11")
    assert once.add_working_days(at("2026-02-09"), 2) is None
    assert ALWAYS.add_working_days(LAST - timedelta(days=3), 4) is None


def test_no_working_days_are_refused():
    """Nobody has to guess what the end of no working day would be."""
    with pytest.raises(ValueError, match="counted from 1, not 0"):
        MADRID.add_working_days(at("2026-02-09"), 0)


# ------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    "ask",
    [
        MADRID.open,
        MADRID.next_open,
        lambda naive: MADRID.elapsed(naive, at("2026-02-10")),
        lambda naive: MADRID.elapsed(at("2026-02-10"), naive),
        lambda naive: MADRID.due(naive, HOUR),
        lambda naive: MADRID.due(at("2026-02-10"), HOUR, [(naive, None)]),
        lambda naive: MADRID.due(at("2026-02-10"), HOUR, [(at("2026-02-10"), naive)]),
        lambda naive: MADRID.add_working_days(naive, 1),
    ],
)
def test_a_naive_time_is_refused(ask):
    """No deadline is ever computed from a time of which nobody knows the zone."""
    with pytest.raises(ValueError, match="is naive"):
        ask(datetime(2026, 2, 10, 12))  # noqa: DTZ001  the point
