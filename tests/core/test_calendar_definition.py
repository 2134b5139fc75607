from __future__ import annotations

import copy
import json
import pickle
from datetime import UTC, date, datetime, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scskit.core.calendar import Calendar
from scskit.core.errors import ConfigError
from scskit.core.flaws import CalendarInvalid
from scskit.core.windows import Window
from scskit.core.zones import database_version

WORKDAYS = ("mon", "tue", "wed", "thu", "fri")
HOUR = timedelta(hours=1)


def every(days, *windows):
    return dict.fromkeys(days, windows)


def at(text):
    """Read an instant; without an offset it is UTC."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def hours(calendar, start, until):
    return calendar.elapsed(at(start), at(until)) / HOUR


MADRID = Calendar.of("Europe/Madrid", every(WORKDAYS, "09:00-14:00", "16:00-19:00"))


@pytest.mark.parametrize(
    ("weekly", "overrides", "code", "words"),
    [
        ({"tue": ["09:00-09:00"]}, {}, "empty_window", "weekly.tue: found 09:00-09:00, which is"),
        ({"tue": ["00:00-00:00"]}, {}, "empty_window", "the whole day is 00:00-24:00"),
        ({}, {"2026-12-24": ["09:00-09:00"]}, "empty_window", "overrides.2026-12-24: found 09:00"),
        (
            {"mon": ["09:00-14:00", "13:59-15:00"]},
            {},
            "overlapping_windows",
            "weekly.mon: found 09:00-14:00 and 13:59-15:00, which overlap",
        ),
        (
            {"fri": ["22:00-06:00"], "sat": ["05:00-09:00"]},
            {},
            "overlapping_windows",
            "weekly.sat: found 22:00-06:00 and 05:00-09:00",
        ),
        (
            {"sun": ["22:00-06:00"], "mon": ["05:00-09:00"]},
            {},
            "overlapping_windows",
            "weekly.mon: found 22:00-06:00 and 05:00-09:00",
        ),
        (
            {},
            {"2026-12-24": ["09:00-14:00", "10:00-11:00"]},
            "overlapping_windows",
            "overrides.2026-12-24: found 09:00-14:00 and 10:00-11:00",
        ),
        (
            {"mon": ["9:00-14:00"]},
            {},
            "malformed_window",
            'weekly.mon: found "9:00-14:00"; allowed:',
        ),
        ({"mon": ["09:00-24:01"]}, {}, "malformed_window", "weekly.mon"),
        ({"mon": ["24:00-06:00"]}, {}, "malformed_window", "weekly.mon"),
        ({"mon": ["٠٩:00-14:00"]}, {}, "malformed_window", "weekly.mon"),
        ({"Mon": []}, {}, "unknown_day", 'weekly: found "Mon"; allowed: mon, tue'),
        (
            {},
            {"24.12.2026": []},
            "malformed_date",
            'overrides: found "24.12.2026"; allowed: a date',
        ),
        ({}, {"20261224": []}, "malformed_date", "overrides"),
    ],
)
def test_a_definition_that_makes_no_sense_is_refused(weekly, overrides, code, words):
    """Whoever writes a calendar is told what is wrong, where, and what may stand there."""
    with pytest.raises(CalendarInvalid) as caught:
        Calendar.of("Europe/Madrid", weekly, overrides=overrides)
    assert [flaw.code for flaw in caught.value.flaws] == [code]
    assert words in str(caught.value)
    assert isinstance(caught.value, ConfigError)


def test_all_flaws_are_told_at_once():
    """One attempt shows everything that is wrong."""
    weekly = {"mon": ["09:00-12:00", "11:00-13:00", "12:30-14:00"], "tue": ["09:00-09:00"]}
    with pytest.raises(CalendarInvalid) as caught:
        Calendar.of("Europe/Madird", weekly, overrides={"2026-12-24": ["08:00-08:00"]})
    assert [flaw.code for flaw in caught.value.flaws] == [
        "unknown_time_zone",
        "empty_window",
        "empty_window",
        "overlapping_windows",
        "overlapping_windows",
    ]
    assert len(caught.value.problems) == 5


def test_a_flaw_is_told_once():
    """Sunday is looked at from both of its sides, and told about from one."""
    with pytest.raises(CalendarInvalid) as caught:
        Calendar.of("UTC", {"sun": ["09:00-14:00", "13:00-15:00"]})
    assert len(caught.value.problems) == 1


def test_read_leniently_a_minute_counts_once():
    """Data from elsewhere can be used as it is: windows that overlap are one, empty ones none."""
    weekly = {"mon": ["09:00-12:00", "11:00-13:00", "10:00-11:00", "08:00-08:00"]}
    calendar = Calendar.of("UTC", weekly, strict=False)
    assert hours(calendar, "2026-02-09", "2026-02-10") == 4
    nights = Calendar.of("UTC", {"sun": ["20:00-06:00"], "mon": ["05:00-07:00"]}, strict=False)
    assert hours(nights, "2026-02-08", "2026-02-10") == 4 + 7


minutes = st.integers(0, 47).map(lambda half: half * 30)


@given(
    st.lists(
        st.lists(st.builds(Window, minutes, minutes | st.just(1440)), max_size=2),
        min_size=7,
        max_size=7,
    )
)
def test_overlaps_are_found_wherever_they_are(week):
    """A week is refused exactly if a minute of it is in two windows, or a window in none."""
    times = [0] * 7 * 1440
    empty = False
    for day, windows in enumerate(week):
        for window in windows:
            end = window.end + 1440 * (window.end < window.start)
            empty |= window.start == window.end
            for minute in range(window.start, end):
                times[(day * 1440 + minute) % len(times)] += 1
    expected = {"empty_window"} if empty else set()
    expected |= {"overlapping_windows"} if max(times) > 1 else set()
    try:
        Calendar(time_zone="UTC", weekly=week)
        found = set()
    except CalendarInvalid as error:
        found = {flaw.code for flaw in error.flaws}
    assert found == expected


def test_a_week_has_seven_days():
    """A week that was put together wrongly is not taken for one."""
    with pytest.raises(ValueError, match="seven days, not 6"):
        Calendar(time_zone="UTC", weekly=((),) * 6)


@pytest.mark.parametrize("minutes", [(-1, 5), (1440, 5), (5, 1441), (5, -1)])
def test_a_window_lies_in_a_day(minutes):
    """Minutes that no clock shows are refused."""
    with pytest.raises(ValueError, match="must be"):
        Window(*minutes)


@given(st.builds(Window, st.integers(0, 1439), st.integers(1, 1440)))
def test_a_window_is_read_as_it_was_written(window):
    """What a calendar says in text is what it means."""
    assert Window.parse(str(window)) == window


def test_midnight_can_be_written_in_two_ways():
    """Until 24:00 and, after a later start, until 00:00 are the same."""
    assert Window.parse("20:00-00:00") == Window.parse("20:00-24:00")


# ------------------------------------------------------------------------------- a value


def test_a_calendar_does_not_change():
    """Who holds a calendar can rely on its deadlines."""
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        MADRID.time_zone = "UTC"
    with pytest.raises(TypeError):
        MADRID.closed[date(2026, 1, 1)] = "New Year"
    given_dates = {date(2026, 1, 1): "New Year"}
    calendar = Calendar(time_zone="UTC", closed=given_dates)
    given_dates.clear()
    assert calendar.closed == {date(2026, 1, 1): "New Year"}


def test_equal_calendars_have_equal_versions_and_every_change_another():
    """A version names what was decided under, whatever order it was written in."""
    definition = {
        "weekly": {"mon": ["16:00-19:00", "09:00-14:00"]},
        "closed": {"2026-12-25": "Christmas", "2026-01-01": "New Year"},
        "overrides": {"2026-12-24": ["09:00-13:00"], "2026-01-05": ["09:00-13:00"]},
    }
    again = {
        "weekly": {"tue": [], "mon": ["09:00-14:00", "16:00-19:00"]},
        "closed": dict(reversed(definition["closed"].items())),
        "overrides": dict(reversed(definition["overrides"].items())),
    }
    one, same = Calendar.of("UTC", **definition), Calendar.of("UTC", **again)
    assert one == same
    assert hash(one) == hash(same)
    assert one.version == same.version
    others = [
        Calendar.of("Etc/UTC", **definition),
        *(Calendar.of("UTC", **definition | {key: {}}) for key in definition),
        Calendar.of("UTC", **definition | {"closed": list(definition["closed"])}),
        Calendar.of("UTC", **definition | {"overrides": {"2026-12-24": []}}),
    ]
    assert len({one.version, *(other.version for other in others)}) == 1 + len(others)
    assert one not in others


def test_the_version_of_the_time_zones_is_on_the_calendar(monkeypatch):
    """A deadline that moved because a government moved the clocks can be explained."""
    assert MADRID.tzdata == database_version()
    monkeypatch.setattr(
        "scskit.core.zones.import_module", lambda _: type("", (), {"IANA_VERSION": "2031a"})
    )
    database_version.cache_clear()
    try:
        later = Calendar.of("Europe/Madrid", every(WORKDAYS, "09:00-14:00", "16:00-19:00"))
    finally:
        database_version.cache_clear()
    assert later.tzdata == "2031a"
    assert later.version != MADRID.version


def sent(calendar):
    return pickle.loads(pickle.dumps(calendar))  # noqa: S301  our own


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, sent])
def test_a_calendar_can_be_copied_and_sent(copied):
    """A calendar goes to another process as any value does."""
    calendar = Calendar.of(
        "UTC", {"mon": ["09:00-10:00", "09:30-11:00"]}, closed=["2026-02-16"], strict=False
    )
    before = calendar.due(at("2026-02-09"), HOUR)
    again = copied(calendar)
    assert again == calendar
    assert again.version == calendar.version
    assert again.due(at("2026-02-09"), HOUR) == before


def test_a_calendar_comes_back_from_its_plain_values():
    """What is stored of a calendar is enough to have it again."""
    calendar = Calendar.of(
        "Europe/Madrid",
        {"mon": ["22:00-06:00"]},
        closed={"2026-05-01": "Fiesta del Trabajo"},
        overrides={date(2026, 12, 24): ["09:00-13:00"], date(2026, 12, 31): []},
    )
    plain = json.loads(json.dumps(calendar.plain()))
    assert plain.pop("tzdata") == calendar.tzdata
    assert Calendar.of(**plain) == calendar
