from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import pytest

from scskit.config import parse_desk_file
from scskit.config.holidays import known_countries, known_regions, public_holidays
from scskit.config.places import listing
from scskit.core.calendar import Calendar
from scskit.core.errors import ConfigError
from scskit.core.policy import Policy
from scskit.core.windows import ALLOWED

MADRID = """
[desk]
time_zone = "Europe/Madrid"

[calendars.madrid]
weekly = { mon = ["09:00-14:00", "16:00-19:00"], fri = ["22:00-06:00"] }
closed = [2026-05-15, "2026-11-09"]
overrides = { 2026-12-24 = ["09:00-13:00"], "2026-01-06" = ["10:00-12:00"] }
holidays = { country = "ES", region = "MD", years = [2026] }

[calendars.bogota]
time_zone = "America/Bogota"
weekly = { sat = ["09:00-13:00"] }
"""

# As the worked cases of SLA time have them.
HOLIDAYS_OF_MADRID = """
    2026-01-01 2026-01-06 2026-04-02 2026-04-03 2026-05-01 2026-05-02 2026-08-15 2026-10-12
    2026-11-02 2026-12-07 2026-12-08 2026-12-25
"""


ONE_OF_THEM = "a date that is in one of them"
OVERLAP = "found 09:00-12:00 and 11:00-13:00, which overlap; allowed: windows that share no minute"


def policy(text):
    return parse_desk_file(text).policy


def problems(text):
    with pytest.raises(ConfigError) as caught:
        parse_desk_file(text)
    return [line.removeprefix("desk.toml: calendars.a.") for line in caught.value.problems]


def of_a(lines):
    return f"[calendars.a]\n{lines}\n"


def in_a_fresh_interpreter(code, **env):
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return json.loads(done.stdout)


# ------------------------------------------------------------------------------ what is read


def test_a_calendar_is_read_with_all_its_dates():
    """What the desk file says about opening hours is what the calendar of the policy holds."""
    found = policy(MADRID).calendars
    closed = dict.fromkeys(["2026-05-15", "2026-11-09"], "")
    closed |= {str(on): name for on, name in public_holidays("ES", "MD", [2026]).items()}
    assert found["madrid"] == Calendar.of(
        "Europe/Madrid",
        {"mon": ["09:00-14:00", "16:00-19:00"], "fri": ["22:00-06:00"]},
        closed=closed,
        overrides={"2026-12-24": ["09:00-13:00"], "2026-01-06": ["10:00-12:00"]},
    )
    assert found["bogota"] == Calendar.of("America/Bogota", {"sat": ["09:00-13:00"]})


def test_a_calendar_without_a_zone_is_in_the_desks():
    """A desk in one place says once where it is."""
    [calendar] = policy(of_a("weekly = {}")).calendars.values()
    assert calendar.time_zone == "UTC"
    assert policy(MADRID).calendars["madrid"].time_zone == "Europe/Madrid"
    wrong = '[desk]\ntime_zone = "Europe/Madird"\n' + of_a("weekly = {}")
    assert [line.split(":")[1] for line in problems(wrong)] == [" desk.time_zone"]


def test_a_holiday_with_windows_is_open_in_them():
    """A shop that opens on Epiphany says so, and nothing else has to be taken away."""
    madrid = policy(MADRID).calendars["madrid"]
    epiphany = datetime(2026, 1, 6, tzinfo=UTC)
    assert madrid.closed[epiphany.date()] == "Epifanía del Señor"
    assert madrid.elapsed(epiphany, epiphany + timedelta(days=1)) == timedelta(hours=2)


def test_no_calendar_is_none():
    """A desk file without calendars is as it was."""
    assert policy("").calendars == {}
    assert policy("[calendars]") == Policy()


# --------------------------------------------------------------------------------- holidays


def test_holidays_are_those_of_country_and_region():
    """The dates of a region are the country's and its own."""
    found = public_holidays("ES", "MD", [2026])
    assert [str(on) for on in found] == HOLIDAYS_OF_MADRID.split()
    assert found[date(2026, 5, 2)] == "Fiesta de la Comunidad de Madrid"
    country = public_holidays("ES", None, [2026])
    assert country.items() < found.items()


NAMES = """
import json
from scskit.config.holidays import public_holidays
print(json.dumps(list(public_holidays("ES", None, [2026]).values())))
"""


@pytest.mark.parametrize("language", ["en_US", "uk", "fr", ""])
def test_names_of_holidays_do_not_depend_on_the_machine(language):
    """Two machines with the same desk file run under the same version of it."""
    found = in_a_fresh_interpreter(NAMES, LANGUAGE=language, LC_ALL="C.UTF-8")
    assert found == list(public_holidays("ES", None, [2026]).values())


LOADED = """
import json, sys
from scskit.config import parse_desk_file
before = "holidays" in sys.modules
parse_desk_file('[calendars.a]\\nweekly = { mon = ["09:00-14:00"] }')
print(json.dumps([before, "holidays" in sys.modules]))
"""


def test_holidays_are_loaded_only_where_they_are_asked_for():
    """A desk without holidays does not wait for a package that it does not need."""
    assert in_a_fresh_interpreter(LOADED) == [False, False]


def test_unknown_places_are_refused():
    """The look-up itself says what it does not know; what it knows can be listed."""
    with pytest.raises(ValueError, match="XX"):
        public_holidays("XX", None, [2026])
    with pytest.raises(ValueError, match="MDD"):
        public_holidays("ES", "MDD", [2026])
    assert "ES" in known_countries()
    assert "MD" in known_regions("ES")
    assert known_regions("XX") is None


# --------------------------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("", ["weekly: found nothing; allowed: a table"]),
        ("weekly = 3", ["weekly: found 3; allowed: a table"]),
        (
            'weekly = { mno = ["09:00-10:00"] }',
            ['weekly: found unknown key "mno"; allowed: mon, tue, wed, thu'],
        ),
        ('weekly = { mon = "09:00-10:00" }', ['weekly.mon: found "09:00-10:00"; allowed: a list']),
        (
            'weekly = { mon = ["9-10", "09:00-10:00"] }',
            ['weekly.mon[1]: found "9-10"; allowed: a window such as "09:00-14:00"'],
        ),
        (
            'weekly = { mon = ["09:00-09:00"] }',
            ["weekly.mon: found 09:00-09:00, which is empty; allowed: a window that does not end"],
        ),
        (
            'weekly = { fri = ["22:00-06:00"], sat = ["05:00-07:00"] }',
            ["weekly.sat: found 22:00-06:00 and 05:00-07:00, which overlap; allowed: windows that"],
        ),
        (
            'weekly = {}\noverrides = { 2026-12-24 = ["09:00-13:00", "12:00-14:00"] }',
            ["overrides.2026-12-24: found 09:00-13:00 and 12:00-14:00, which overlap"],
        ),
        (
            'weekly = {}\noverrides = { "24.12." = [] }',
            ['overrides."24.12.": found "24.12."; allowed: a date such as 2026-12-24'],
        ),
        (
            'weekly = {}\nclosed = [2026-05-15, "2026-5-1", 2026-05-15, 2026-05-15T10:00:00, 3]',
            [
                'closed[2]: found "2026-5-1"; allowed: a date such as 2026-12-24',
                "closed[4]: found 2026-05-15 10:00:00; allowed: a date",
                "closed[5]: found 3; allowed: a date",
                "closed[3]: found 2026-05-15 again; allowed: everything once",
            ],
        ),
        (
            "weekly = {}\nclosed = [2026-05-15]\noverrides = { 2026-05-15 = [] }",
            ["closed[1]: found 2026-05-15, which is in overrides as well; allowed: a date that"],
        ),
        (
            'weekly = {}\ntime_zone = "Europe/Madird"',
            ['time_zone: found "Europe/Madird" (did you mean "Europe/Madrid"?)'],
        ),
        (
            "weekly = {}\nholidays = {}",
            [
                "holidays.country: found nothing; allowed: a country code of two capitals",
                "holidays.years: found nothing; allowed: a list in square brackets, not empty",
            ],
        ),
        (
            'weekly = {}\nholidays = { country = "XX", years = [2026] }',
            ['holidays.country: found "XX"; allowed: AF, '],
        ),
        (
            'weekly = {}\nholidays = { country = "ES", region = "MDD", years = [2026] }',
            ['holidays.region: found "MDD" (did you mean "MD"?); allowed: MD, '],
        ),
        (
            'weekly = {}\nholidays = { country = "ES", years = [1950, 2026, 20266] }',
            ["holidays.years[3]: found 20266; allowed: a whole number from 1900 to 2100"],
        ),
        (
            'weekly = {}\nholidays = { country = "ES", years = [2026, 1950] }',
            ["holidays.years[2]: found 1950; allowed: a year with known holidays of ES"],
        ),
        (
            'weekly = { mon = ["09:00-09:00"] }\nclosed = [7]\nhours = 1',
            [
                'unknown key "hours"',
                "weekly.mon: found 09:00-09:00, which is empty",
                "closed[1]: found 7",
            ],
        ),
    ],
)
def test_mistakes_are_told_where_they_are(lines, expected):
    """Whoever writes a calendar gets every mistake with its place and its remedy."""
    found = problems(of_a(lines))
    assert len(found) == len(expected)
    for problem, words in zip(found, expected, strict=True):
        assert words in problem


# ---------------------------------------------------------------------------------- versions


def test_no_mistake_hides_another_one():
    """Whoever mends what ``scskit check`` names is done: nothing waits behind it."""
    assert problems(
        of_a("""
        weekly = { mon = ["09:00-12:00", "11:00-13:00", "noon"], lun = [] }
        closed = [2026-03-01, "soon"]
        holidays = { country = "ES", region = "ZZ", years = ["27"] }
        overrides = { 2026-03-01 = ["09:00-12:00", "11:00-13:00", "noon"], never = [] }
        """)
    ) == [
        'weekly: found unknown key "lun"; allowed: mon, tue, wed, thu, fri, sat, sun',
        f'weekly.mon[3]: found "noon"; allowed: {ALLOWED}',
        f"weekly.mon: {OVERLAP}",
        'closed[2]: found "soon"; allowed: a date such as 2026-12-24',
        'overrides.never: found "never"; allowed: a date such as 2026-12-24',
        f'overrides.2026-03-01[3]: found "noon"; allowed: {ALLOWED}',
        f"overrides.2026-03-01: {OVERLAP}",
        'holidays.years[1]: found "27"; allowed: a whole number from 1900 to 2100',
        f'holidays.region: found "ZZ"; allowed: {listing(known_regions("ES"))}',
        f"closed[1]: found 2026-03-01, which is in overrides as well; allowed: {ONE_OF_THEM}",
    ]


def test_the_policys_version_follows_its_calendars():
    """Every change of opening hours is another version of the policy; a new spelling is not."""
    base = policy(MADRID).version
    spelled = MADRID.replace("2026-05-15, ", '"2026-05-15", ').replace('"22:00', "'22:00")
    spelled = spelled.replace('06:00"', "06:00'")
    assert policy(spelled).version == base
    others = [
        MADRID.replace("19:00", "18:59"),
        MADRID.replace("2026-05-15, ", ""),
        MADRID.replace('"MD"', '"CT"'),
        MADRID.replace("09:00-13:00", "09:00-12:00"),
        MADRID.replace("America/Bogota", "America/Lima"),
        MADRID.replace("calendars.bogota", "calendars.lima"),
    ]
    assert len({base, *(policy(text).version for text in others)}) == 1 + len(others)


def test_the_policy_as_text_holds_all_of_its_calendars():
    """From a stored policy, its calendars can be had again, with the version of the zones."""
    found = policy(MADRID)
    stored = json.loads(found.canonical())["calendars"]
    assert stored.keys() == found.calendars.keys()
    for name, plain in stored.items():
        assert plain.pop("tzdata") == found.calendars[name].tzdata
        assert Calendar.of(**plain) == found.calendars[name]
