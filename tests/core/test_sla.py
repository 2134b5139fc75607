from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scskit.core.calendar import Calendar
from scskit.core.cycles import Turn, response_cycles
from scskit.core.sla import Change, SlaClock, outcome
from scskit.core.windows import WEEKDAYS

HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)
OFFICE = Calendar.of("UTC", dict.fromkeys(WEEKDAYS, ("09:00-18:00",)))
ALWAYS = Calendar.of("UTC", dict.fromkeys(WEEKDAYS, ("00:00-24:00",)))


def at(hour, day=10):
    return datetime(2026, 2, day, tzinfo=UTC) + hour * HOUR


def clock(*changes, target=8, **given):
    given = {"started_at": at(9), "calendar": OFFICE} | given
    return SlaClock(target=target * HOUR, changes=changes, **given)


# ------------------------------------------------------------------------------------- clocks


def test_a_clock_without_changes_is_its_calendar():
    """A clock falls due when its calendar says, and warns when a share of that has elapsed."""
    plain = clock()
    assert plain.due() == plain.fires_at() == at(17)
    assert plain.due(0.75) == at(15)
    assert plain.elapsed(at(12)) == 3 * HOUR
    assert plain.elapsed(at(8)) == timedelta(0)


def test_a_new_target_keeps_what_has_elapsed():
    """Who raises a priority does not give the brand its time back."""
    sooner = clock(Change(at=at(11), target=4 * HOUR))
    assert sooner.due() == sooner.fires_at() == at(13)
    later = clock(Change(at=at(11), target=10 * HOUR))
    assert later.due() == later.fires_at() == at(10, day=11)


def test_a_target_that_is_used_up_already_fires_at_the_change():
    """Nobody is told to have been late before the rule was there that made it late."""
    changed = clock(Change(at=at(15), target=4 * HOUR))
    assert changed.due() == at(13)
    assert changed.fires_at() == at(15)


def test_what_was_late_stays_late():
    """A breach is a fact: a later target does not undo it. In the very instant it still helps."""
    assert clock(Change(at=at(17) + TICK, target=20 * HOUR)).fires_at() == at(17)
    assert clock(Change(at=at(17), target=9 * HOUR)).fires_at() == at(18)
    relieved = clock(Change(at=at(12), target=2 * HOUR), Change(at=at(12), target=9 * HOUR))
    assert relieved.fires_at() == at(18)


def test_a_new_calendar_counts_from_the_change_or_from_the_start():
    """Time that was counted stays counted, unless somebody asks for all of it anew."""
    change = {"at": at(8, day=11), "calendar": ALWAYS}
    onwards = clock(Change(**change), target=12)
    assert onwards.due() == onwards.fires_at() == at(11, day=11)
    assert onwards.elapsed(at(8, day=11)) == 9 * HOUR
    assert onwards.elapsed(at(10, day=11)) == 11 * HOUR
    anew = clock(Change(**change, retroactive=True), target=12)
    assert anew.due() == at(21)
    assert anew.fires_at() == at(8, day=11)
    assert anew.elapsed(at(7, day=11)) == 9 * HOUR
    assert anew.elapsed(at(8, day=11)) == 23 * HOUR


def test_changes_may_be_given_in_any_order_and_before_the_start():
    """What holds follows from when each change was made."""
    changes = [Change(at=at(1), calendar=ALWAYS), Change(at=at(11), target=12 * HOUR)]
    assert clock(*changes).due() == clock(*reversed(changes)).due() == at(21)


def test_a_paused_clock_is_due_later_or_never():
    """A pause moves the deadline by the open time in it; one without an end takes it away."""
    assert clock(pauses=((at(12), at(14)),)).due() == at(10, day=11)
    assert clock(pauses=((at(12), None),)).fires_at() is None
    changed = clock(Change(at=at(13), target=4 * HOUR), pauses=((at(12), at(14)),))
    assert changed.fires_at() == at(15)


@pytest.mark.parametrize(
    "build",
    [
        lambda naive: clock(started_at=naive),
        lambda naive: Change(at=naive),
        lambda naive: Turn(naive, "customer"),
        lambda naive: clock(pauses=((naive, None),)).due(),
    ],
)
def test_a_naive_time_is_refused(build):
    """No clock starts at a time of which nobody knows the zone."""
    with pytest.raises(ValueError, match="is naive"):
        build(datetime(2026, 2, 10))  # noqa: DTZ001  the point


moments = st.integers(0, 60 * 24 * 4).map(lambda minutes: at(minutes / 60))
targets = st.integers(1, 60 * 30).map(lambda minutes: timedelta(minutes=minutes))
changes = st.builds(
    Change,
    at=moments,
    target=st.none() | targets,
    calendar=st.none() | st.sampled_from([OFFICE, ALWAYS]),
    retroactive=st.booleans(),
)
clocks = st.builds(
    SlaClock,
    started_at=moments,
    target=targets,
    calendar=st.sampled_from([OFFICE, ALWAYS]),
    pauses=st.lists(st.tuples(moments, moments), max_size=2).map(tuple),
    changes=st.lists(changes, max_size=3).map(tuple),
)


@given(clocks)
def test_a_clock_fires_when_the_terms_of_the_moment_are_used_up(running):
    """Somebody who looks at the clock every minute sees it fall due at the very minute it says."""
    minute = running.started_at
    terms = sorted(running.changes, key=lambda change: change.at)
    while True:
        held = [change.target for change in terms if change.at <= minute and change.target]
        if running.elapsed(minute) >= (held[-1] if held else running.target):
            break
        minute += timedelta(minutes=1)
    assert running.fires_at() == minute
    assert running.elapsed(at(24 * 60)) >= timedelta(0)


# ------------------------------------------------------------------------------------- cycles


def turns(*said):
    return [Turn(at(hour), kind) for hour, kind in said]


def test_the_customer_waits_since_the_oldest_message():
    """More messages neither restart the clock nor start another one."""
    said = turns((9, "customer"), (10, "customer"), (11, "reply"), (12, "customer"))
    first, second = response_cycles(said)
    assert (first.number, first.started_at, first.answered_at) == (1, at(9), at(11))
    assert (second.number, second.started_at, second.answered_at) == (2, at(12), None)


def test_only_a_human_who_speaks_to_the_customer_answers():
    """Notes and machines leave the customer waiting, unless a policy says otherwise."""
    said = turns((9, "customer"), (10, "note"), (11, "automatic"), (12, "reply"), (13, "reply"))
    [cycle] = response_cycles(said)
    assert cycle.answered_at == at(12)
    [cycle] = response_cycles(said, answers=("automatic", "reply"))
    assert cycle.answered_at == at(11)


def test_late_news_are_put_in_order():
    """Messages that arrive late count when they were written."""
    said = turns((9, "customer"), (10, "reply"), (11, "customer"), (12, "reply"))
    assert response_cycles(reversed(said)) == response_cycles(said)
    assert response_cycles([]) == response_cycles(turns((9, "reply"))) == ()


def test_at_one_instant_the_order_given_counts():
    """A reply of the same second as the message answers it if it stands behind it."""
    assert response_cycles(turns((9, "customer"), (9, "reply")))[0].answered_at == at(9)
    assert response_cycles(turns((9, "reply"), (9, "customer")))[0].answered_at is None


@pytest.mark.parametrize(
    ("due", "fulfilled_at", "now", "expected"),
    [
        (at(10), at(10), None, "met"),
        (at(10), at(10) + TICK, None, "breached"),
        (at(10), at(9), at(12), "met"),
        (at(10), None, None, "running"),
        (at(10), None, at(10), "running"),
        (at(10), None, at(10) + TICK, "breached"),
        (None, at(10), None, "met"),
        (None, None, at(10), "running"),
    ],
)
def test_met_is_met_at_due_or_before(due, fulfilled_at, now, expected):
    """An answer in the last instant is in time; afterwards it is late, also without an answer."""
    assert outcome(due, fulfilled_at, now) == expected
