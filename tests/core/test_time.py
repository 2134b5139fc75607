from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scskit.core.time import EPOCH, SystemClock, from_micros, require_aware, to_micros


def test_a_naive_time_is_refused_by_name():
    """Nobody has to guess which zone a time without one was meant in."""
    with pytest.raises(ValueError, match=r"posted_at is naive \(2026-03-02T12:00:00\)"):
        require_aware(datetime(2026, 3, 2, 12), "posted_at")  # noqa: DTZ001  the point


def test_a_zone_without_an_offset_is_naive_too():
    """A half-built zone does not slip through."""

    class Vague(tzinfo):
        def utcoffset(self, _):
            return None

    with pytest.raises(ValueError, match="is naive"):
        require_aware(datetime(2026, 3, 2, 12, tzinfo=Vague()), "posted_at")


@given(st.datetimes(timezones=st.timezones(), min_value=datetime(1, 1, 3)))  # noqa: DTZ001
def test_an_aware_time_is_the_same_instant_in_utc(instant):
    """Zones change how a time is written, never which instant it is."""
    if instant < datetime.max.replace(tzinfo=UTC) - timedelta(days=2):
        found = require_aware(instant, "at")
        assert found - EPOCH == instant - EPOCH
        assert found.tzinfo is UTC


@pytest.mark.parametrize(
    "instant",
    [
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-1))),
        datetime.min.replace(tzinfo=timezone(timedelta(hours=1))),
    ],
)
def test_a_time_beyond_the_calendar_is_refused_in_words(instant):
    """The first and last day there is end in a sentence, not in an overflow."""
    with pytest.raises(ValueError, match=r"at \(.*\) lies outside the calendar"):
        require_aware(instant, "at")


@given(st.datetimes(timezones=st.just(UTC)))
def test_stored_times_are_exact_to_the_microsecond(instant):
    """A time comes back from the database as it went in, also before 1970."""
    assert from_micros(to_micros(instant)) == instant


def test_the_systems_clock_is_aware():
    """Without a clock of the host's, times still carry their zone."""
    assert SystemClock().now().tzinfo is UTC
