"""What a desk publishes: read as people read it, against the calendar that decides."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scskit import Account, Policy
from scskit.core.calendar import Calendar
from scskit.core.match import When
from scskit.core.policy import Reason, ReasonTree
from scskit.core.published import opening_times, pieces_on, publish
from scskit.core.published_text import duration, hours_lines, moment
from scskit.core.sla import SlaTargets
from scskit.core.sla_policy import SlaPolicy, SlaRule
from scskit.core.windows import Window
from scskit.core.zones import zone

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
ACCOUNT = Account(id="twitter.acme", network="twitter")
ZONES = ["Europe/Madrid", "America/Bogota", "Australia/Lord_Howe", "Asia/Gaza", "Pacific/Apia"]
WEEK = {
    "en": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    "es": ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"],
}
MONTHS = {
    "en": "January February March April May June July August September October November December",
    "es": "enero febrero marzo abril mayo junio "
    "julio agosto septiembre octubre noviembre diciembre",
}

minutes = st.integers(0, 47).map(lambda half: half * 30) | st.integers(0, 1439)
windows = st.lists(st.builds(Window, minutes, minutes | st.just(1440)), max_size=3).map(tuple)


@st.composite
def calendars(draw):
    """Draw a calendar whose closed and other dates lie near a few days to look at."""
    begin = draw(st.dates(date(2008, 1, 1), date(2030, 1, 1)))
    near = st.integers(-1, 9).map(lambda n: begin + timedelta(days=n))
    calendar = Calendar(
        time_zone=draw(st.sampled_from(ZONES)),
        weekly=draw(st.lists(windows, min_size=7, max_size=7)),
        closed=draw(st.dictionaries(near, st.sampled_from(["", "Navidad (25)"]), max_size=3)),
        overrides=draw(st.dictionaries(near, windows, max_size=3)),
        strict=False,
    )
    return calendar, datetime(begin.year, begin.month, begin.day, 12, tzinfo=UTC)


def as_people_read_it(lines, language, on):
    """Return the minutes that the lines say are open on a date, reading nothing but the lines."""
    week = WEEK[language]
    found = None
    for line in lines:
        head, colon, rest = line.partition(": ")
        if not colon:
            continue
        span = re.split(r" to | a ", head)
        if span[0] in week:
            days = range(week.index(span[0]), week.index(span[-1]) + 1)
            applies = on.weekday() in days and found is None
        else:
            day, month, year = re.fullmatch(r"(\d+) (?:de )?(\S+) (?:de )?(\d+)", head).groups()
            number = MONTHS[language].split().index(month) + 1
            applies = date(int(year), number, int(day)) == on
        if applies:
            found = set()
            for start, end in re.findall(r"(\d\d:\d\d)-(\d\d:\d\d)", rest):
                found.update(range(minute(start), minute(end)))
    return found


def minute(text):
    """Read a time of day as minutes after midnight."""
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


@pytest.mark.parametrize("language", ["en", "es"])
@settings(max_examples=25, deadline=None)
@given(drawn=calendars())
def test_who_reads_the_opening_hours_knows_of_every_minute_whether_it_is_open(language, drawn):
    """Whoever stands before the clock on the wall with the published text is never mistaken."""
    calendar, at = drawn
    hours = opening_times("office", calendar, at, days=8)
    lines = list(hours_lines(hours, language))
    clocks = zone(calendar.time_zone)
    instant = at
    while instant < at + timedelta(days=6):
        local = instant.astimezone(clocks)
        now = local.hour * 60 + local.minute
        read = now in as_people_read_it(lines, language, local.date())
        assert read is calendar.open(instant), (local, lines)
        inside = any(start <= now < end for start, end in pieces_on(hours, local.date()))
        assert inside is read
        instant += 23 * MINUTE


def policy(*rules, **more):
    """Return a policy with these promises in an office's hours."""
    office = Calendar.of("Europe/Madrid", {"mon": ["09:00-14:00", "16:00-19:00"]})
    night = Calendar.of("Europe/Madrid", {"sun": ["22:00-06:00"]})
    sla = SlaPolicy(rules=rules, calendar="office")
    return Policy(calendars={"office": office, "night": night}, sla=sla, **more)


def rule(name, when=None, **targets):
    """Return a rule."""
    return SlaRule(name=name, when=when or When(), targets=SlaTargets(**targets))


def test_only_promises_that_can_hold_for_the_account_are_published():
    """Nobody reads a promise that is for another network, or one that another always precedes."""
    found = publish(
        policy(
            rule("elsewhere", When(network=("facebook",)), first_response=HOUR),
            rule("urgent", When(priority=("P1",), account=("twitter.*",)), first_response=HOUR),
            rule("all", first_response=4 * HOUR, legal_days=15),
            rule("never", resolution=HOUR),
        ),
        ACCOUNT,
        NOW,
    )
    assert [promise.rule for promise in found.promises] == ["urgent", "all"]
    assert found.promises[0].conditions == {"priority": ("P1",)}
    assert list(found.hours) == ["office"]


def test_a_promise_in_a_calendar_that_is_gone_counts_as_cases_count_it():
    """What is published is what a case would get: the desk's own calendar."""
    found = publish(policy(rule("all", first_response=HOUR, calendar="gone")), ACCOUNT, NOW)
    assert [promise.calendar for promise in found.promises] == ["office"]


def test_promises_are_written_in_both_languages():
    """Customers read how long it takes, in whose opening hours, and what limits it."""
    urgent = rule("urgent", When(priority=("P1",)), first_response=90 * MINUTE, calendar="night")
    longest = ReasonTree({"billing": Reason(id="billing", max_resolution=timedelta(days=2))})
    found = publish(
        policy(urgent, rule("all", first_response=4 * HOUR, legal_days=15), reasons=longest),
        ACCOUNT,
        NOW,
    )
    assert found.text("en-GB").splitlines() == [
        "Opening hours (Europe/Madrid)",
        "Monday: 09:00-14:00, 16:00-19:00",
        "Tuesday to Sunday: closed",
        "Opening hours “night” (Europe/Madrid)",
        "Monday: 00:00-06:00",
        "Tuesday to Saturday: closed",
        "Sunday: 22:00-24:00",
        "What we promise",
        "- urgent (priority P1): first answer within 1 h 30 min of opening hours “night”",
        (
            "- For everybody else: first answer within 4 h of opening hours, "
            "solved within 15 working days"
        ),
        "- billing: solved within 48 h at the latest",
    ]
    spanish = found.text("es-CO").splitlines()
    assert spanish[:3] == [
        "Horario de atención (Europe/Madrid)",
        "lunes: 09:00-14:00, 16:00-19:00",
        "martes a domingo: cerrado",
    ]
    assert spanish[-2] == (
        "- Para todos los demás: primera respuesta en 4 h de horario de atención,"
        " solución en 15 días hábiles"
    )


def test_who_promises_nothing_publishes_no_times():
    """A desk without promises invents none."""
    found = publish(Policy(), ACCOUNT, NOW)
    assert (found.promises, found.hours) == ((), {})
    assert found.text("es") == "No se prometen plazos."
    around = Policy(sla=SlaPolicy(rules=(rule("all", first_response=HOUR),)))
    assert publish(around, ACCOUNT, NOW).text().splitlines() == [
        "We are there around the clock.",
        "What we promise",
        "- For everybody: first answer within 1 h",
    ]


def test_instants_and_lengths_are_written_exactly():
    """What is told is never later than what is promised, and shows the day."""
    at = datetime(2026, 3, 3, 13, 30, 59, tzinfo=UTC)
    assert moment(at, "Europe/Madrid", "es") == "martes 3 de marzo de 2026, 14:30"
    assert moment(at, "Europe/Madrid", "fr") == "Tuesday 3 March 2026, 14:30"
    assert duration(timedelta(days=2, seconds=5)) == "48 h 5 s"
