"""Promises on real history: every due instant and every verdict, beside counting by hand."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from importlib import resources
from zoneinfo import ZoneInfo

import pytest

from scskit import Policy, open_desk
from scskit.cli.exporting import read_rows
from scskit.core.calendar import Calendar
from scskit.core.match import When
from scskit.core.sla import SlaTargets
from scskit.core.sla_policy import SlaPolicy, SlaRule
from scskit.importing import import_file
from scskit.storage.database import open_database
from scskit.storage.store import SqlStore

HOUR = timedelta(hours=1)
OPENS, CLOSES = timedelta(hours=9), timedelta(hours=17)
WORKDAYS = ("mon", "tue", "wed", "thu", "fri")
RULE = SlaRule(name="an hour", when=When(), targets=SlaTargets(first_response=HOUR))
AROUND_THE_CLOCK = Policy(sla=SlaPolicy(rules=(RULE,)))
IN_NEW_YORK = Policy(
    calendars={
        "office": Calendar.of("America/New_York", dict.fromkeys(WORKDAYS, ("09:00-17:00",)))
    },
    sla=SlaPolicy(rules=(RULE,), calendar="office"),
)
with resources.files("tzdata").joinpath("zoneinfo", "America", "New_York").open("rb") as _file:
    NEW_YORK = ZoneInfo.from_file(_file)


def due_around_the_clock(start):
    return start + HOUR


def due_in_new_york(start):
    """Walk from one working day to the next, as somebody does with a diary."""
    left = HOUR
    day = start.astimezone(NEW_YORK).date()
    while True:
        midnight = datetime(day.year, day.month, day.day, tzinfo=NEW_YORK)
        if day.weekday() < 5:
            opens, closes = ((midnight + at).astimezone(UTC) for at in (OPENS, CLOSES))
            since = max(start, opens)
            if since < closes:
                if closes - since >= left:
                    return since + left
                left -= closes - since
        day += timedelta(days=1)


def read(text):
    return datetime.fromisoformat(text) if text else None


def take_in(real, name, policy, url):
    """Import a data set under a policy, and let happen what is due."""
    with open_desk(url, policy, discover=False) as desk:
        import_file(desk, real.file(name), real.map(name), history=True)
        imported = export(url)
        desk.run_due()
    return imported, export(url)


def export(url):
    database = open_database(url)
    try:
        return list(read_rows(SqlStore(database, "default")))
    finally:
        database.close()


@pytest.mark.parametrize("name", ["twcs", "ibm_customer_care"])
@pytest.mark.parametrize(
    ("policy", "due"),
    [(AROUND_THE_CLOCK, due_around_the_clock), (IN_NEW_YORK, due_in_new_york)],
    ids=["around the clock", "New York"],
)
def test_every_first_response_is_due_and_judged_as_counted_by_hand(
    name, policy, due, real, database_url
):
    """For each case the export says when an answer was due, and whether it came by then."""
    imported, swept = take_in(real, name, policy, database_url)
    assert len(swept) > 100
    for row in swept:
        opened, answered = read(row["opened_at"]), read(row["first_response_at"])
        expected = due(opened)
        met = answered is not None and answered <= expected
        assert read(row["first_response_due"]) == expected, row["id"]
        assert row["first_response_sla"] == ("met" if met else "breached"), row["id"]
    assert [row["first_response_sla"] for row in imported] == [
        row["first_response_sla"] for row in swept
    ]
    found = Counter(row["first_response_sla"] for row in swept)
    assert min(found["met"], found["breached"]) > 10
    assert recorded(database_url) == found["breached"]


def recorded(url):
    """Count the breaches that are facts."""
    database = open_database(url)
    try:
        with database.connect(reading=True) as driver:
            statement = "SELECT count(*) FROM scs_breach WHERE voided_at IS NULL"
            ((count,),) = driver.query(statement)
            return count
    finally:
        database.close()


def test_a_calendar_changes_what_is_late(real, tmp_path):
    """A night or a weekend is no excuse around the clock, and is one in business hours."""
    verdicts = [
        [
            row["first_response_sla"]
            for row in take_in(real, "twcs", policy, f"{tmp_path}/{n}.db")[1]
        ]
        for n, policy in enumerate((AROUND_THE_CLOCK, IN_NEW_YORK))
    ]
    assert verdicts[0].count("breached") > verdicts[1].count("breached")
