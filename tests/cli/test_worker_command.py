"""``scskit worker``, and what lists, exports and ``show`` say of promises."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta

import pytest

from scskit import open_desk
from scskit.testing import START, FakeClock, brand_reply, message

DESK_FILE = """
[desk]
tenant = "acme"

[calendars.office]
time_zone = "America/New_York"
weekly = { mon = ["09:00-17:00"], tue = ["09:00-17:00"] }

[sla]
calendar = "office"
warn_at = []

[[sla.targets]]
name = "care"
first_response = "1h"
resolution = "8h"
"""


@pytest.fixture
def promised(tmp_path):
    """Make a database with a case answered in time, one answered late and one that waits."""
    (tmp_path / "desk.toml").write_text(DESK_FILE)
    path = tmp_path / "promised.db"
    clock = FakeClock(START + timedelta(hours=5))
    with open_desk(path, tmp_path / "desk.toml", discover=False, clock=clock) as desk:
        opened = START + timedelta(hours=2)  # 09:00 in New York
        questions = [message(f"question {n}", by=f"p{n}", posted_at=opened) for n in range(3)]
        answers = [
            brand_reply(question, posted_at=opened + timedelta(minutes=minutes))
            for question, minutes in zip(questions, (60, 61), strict=False)
        ]
        desk.ingest([*questions, *answers], history=True)
    return path


def test_a_worker_does_what_is_due_and_says_so(scskit, promised, lines_of):
    """One run records what ran out; another finds nothing left."""
    options = ("--db", promised, "--config", "desk.toml", "--once")
    done = scskit("worker", *options)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "1 case: 2 sla breached\n"
    (again,) = lines_of(scskit("worker", *options, "--json"))
    assert again == {"taken": 0, "cases": 0, "events": {}, "replies": {}, "next_due": None}


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_worker_goes_on_until_it_is_told_to_stop(promised, tmp_path, name):
    """A worker that waits ends at once, and in order, when it is asked to."""
    command = [sys.executable, "-m", "scskit", "worker", "--db", str(promised)]
    worker = subprocess.Popen(
        [*command, "--config", "desk.toml"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert worker.stdout.readline().startswith("1 case: ")
    worker.send_signal(getattr(signal, name))
    assert worker.communicate(timeout=60) == ("", "")
    assert worker.returncode == 0


def test_a_worker_outlives_a_database_that_cannot_be_used(promised, tmp_path):
    """What is due happens as soon as the database is back, without anybody starting it again."""
    with closing(sqlite3.connect(promised)) as behind:
        behind.execute("ALTER TABLE scs_case RENAME TO away")
        command = [sys.executable, "-m", "scskit", "worker", "--db", str(promised)]
        options = ("--config", "desk.toml", "--every", "0.1")
        with subprocess.Popen(
            [*command, *options],
            cwd=tmp_path,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as worker:
            assert "no such table: scs_case; tried again in 0.1 s" in worker.stderr.readline()
            behind.execute("ALTER TABLE away RENAME TO scs_case")
            assert worker.stdout.readline().startswith("1 case: ")
            worker.terminate()
            worker.communicate(timeout=60)
    assert worker.returncode == 0


def test_an_export_says_what_became_of_every_promise(here, promised, lines_of):
    """When first response and resolution were due, and whether that was met."""
    rows = lines_of(here("cases", "export", "--db", promised))
    due = "2026-03-02T15:00:00Z"
    assert [row["first_response_due"] for row in rows] == [due] * 3
    assert [row["first_response_sla"] for row in rows] == ["met", "breached", "breached"]
    assert [row["resolution_sla"] for row in rows] == ["paused", "paused", "breached"]
    assert [row["resolution_due"] for row in rows] == [None, None, "2026-03-02T22:00:00Z"]


def test_a_case_explains_its_clocks(here, promised, lines_of):
    """A person reads what counted, under which calendar and rule, and why it is due when it is."""
    late = lines_of(here("cases", "export", "--db", promised))[1]
    shown = here("cases", "show", late["id"], "--db", promised).stdout
    for part in (
        "first response: breached, due 2026-03-02 15:00:00Z",
        "may run 1h in calendar office (version ",
        "terms by rule 'care' (policy)",
        "counted: 2026-03-02 14:00:00Z to 2026-03-02 15:00:00Z",
        "resolution: paused, not due while it stands still",
        "stood still while pending: 2026-03-02 15:01:00Z to now",
    ):
        assert part in shown
    (found,) = lines_of(here("cases", "show", late["id"], "--db", promised, "--json"))
    first, _ = found["clocks"]
    assert (first["clock"], first["state"], first["calendar"]) == (
        "first_response",
        "breached",
        "office",
    )
    assert first["why"][0] in shown


def test_without_promises_nothing_is_said_of_them(here, many, lines_of):
    """A desk that promises nothing has empty columns and no clocks to explain."""
    rows = lines_of(here("cases", "export", "--db", many))
    for name in ("first_response_due", "first_response_sla", "resolution_due", "resolution_sla"):
        assert {row[name] for row in rows} == {None}
    (found,) = lines_of(here("cases", "show", rows[0]["id"], "--db", many, "--json"))
    assert found["clocks"] == []
