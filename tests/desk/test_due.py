"""The sweep: what is due happens once, whoever sweeps, and nothing is left out."""

# ruff: noqa: SLF001  verifying is asked of the store

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from runpy import run_path

import pytest
from sqlalchemy import create_engine, text

from scskit.core import due
from scskit.storage.database import parse_url
from scskit.testing import START, message

CASES = 1000
WORKERS = 4
HOUR = timedelta(hours=1)
SWEEPER = str(Path(__file__).parent / "sweeper.py")
PROMISE = run_path(SWEEPER)["PROMISE"]


@pytest.fixture
def desk(open_here, clock):
    """Open a desk that promises a first answer within the hour."""
    clock.jump_to(START)
    return open_here(PROMISE)


def sweep_together(url, tenant, now):
    """Let several processes sweep at the same moment; return what each did."""
    workers = [
        subprocess.Popen(
            [sys.executable, SWEEPER, url, tenant, now.isoformat()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(WORKERS)
    ]
    for worker in workers:
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        worker.stdin.write("\n")
        worker.stdin.flush()
    return [json.loads(worker.communicate()[0]) for worker in workers]


def test_a_thousand_clocks_of_one_instant_fire_once_each_with_four_workers(
    desk, clock, database_url
):
    """However many workers sweep, each breach is recorded exactly once, at its instant."""
    desk.ingest([message("help", by=f"p{n}") for n in range(CASES)])
    done = sweep_together(database_url, desk.tenant, START + 2 * HOUR)
    assert sum(one["cases"] for one in done) == CASES
    assert sum(one["events"] for one in done) == CASES
    engine = create_engine(parse_url(database_url))
    with engine.connect() as connection:
        breaches = connection.execute(
            text("SELECT case_id, clock, instance, due FROM scs_breach WHERE tenant = :tenant"),
            {"tenant": desk.tenant},
        ).all()
    engine.dispose()
    assert len(breaches) == len({row.case_id for row in breaches}) == CASES
    assert len({row.due for row in breaches}) == 1
    events = [recorded.event for recorded in desk.feed.read(limit=10 * CASES).events]
    said = [event for event in events if event.type == "sla_breached"]
    assert len(said) == CASES
    assert {event.at for event in said} == {START + HOUR}
    assert desk.next_due() is None
    assert desk._services.store.verify().problems == []


def test_a_sweep_stops_at_its_limit_and_says_when_to_come_back(desk, clock):
    """A host decides how much is done at once; the report says that there is more."""
    desk.ingest([message("help", by=f"p{n}") for n in range(5)])
    clock.advance(2 * HOUR)
    report = desk.run_due(limit=2)
    assert (report.cases, report.events, report.next_due) == (2, 2, START + HOUR)
    assert desk.run_due().cases == 3
    assert desk.run_due().next_due is None


def test_the_earliest_comes_first(desk, clock):
    """What has waited longest is told first."""
    for minute in (30, 10, 20):
        desk.ingest([message("help", by=f"p{minute}", posted_at=START + timedelta(minutes=minute))])
    clock.advance(3 * HOUR)
    told = []
    while desk.run_due(limit=1).cases:
        told = [r.event.at for r in desk.feed.read().events if r.event.type == "sla_breached"]
    assert told == [START + HOUR + timedelta(minutes=minute) for minute in (10, 20, 30)]


def test_a_sweep_inside_the_hosts_transaction_goes_with_it(desk, clock, database_url):
    """What is due happens in the host's transaction, and is undone with it."""
    desk.ingest([message("help")])
    clock.advance(2 * HOUR)
    engine = create_engine(parse_url(database_url))
    with engine.connect() as connection, connection.begin() as transaction:
        assert desk.within(connection).run_due().cases == 1
        transaction.rollback()
    engine.dispose()
    assert desk.run_due().cases == 1


def test_one_bad_case_does_not_stop_the_others(desk, clock, monkeypatch, caplog):
    """A case whose clocks cannot be told is left alone and named; the others are told."""
    cases = desk.ingest([message("help", by=f"p{n}") for n in range(3)]).cases
    clock.advance(2 * HOUR)
    decide = due.decide_due

    def fail(case, policy, now):
        if case.id == cases[1]:
            raise ZeroDivisionError("a slip")
        return decide(case, policy, now)

    monkeypatch.setattr("scskit.desk.due.decide_due", fail)
    caplog.set_level("WARNING", "scskit")
    assert desk.run_due().cases == 2
    assert cases[1] in caplog.text
    assert "a slip" in caplog.text
    monkeypatch.undo()
    assert desk.run_due().cases == 1


def test_what_is_due_no_longer_is_told_anew(desk, clock, database_url):
    """A wake-up time that means nothing any more is corrected, and does not keep the sweep busy."""
    (case,) = desk.ingest([message("help")]).cases
    engine = create_engine(parse_url(database_url))
    with engine.begin() as connection:
        connection.execute(text("UPDATE scs_case SET wake_at = 1 WHERE id = :id"), {"id": case})
    engine.dispose()
    assert desk.run_due().cases == 0
    assert desk.next_due() == START + HOUR


def test_observers_hear_of_what_was_due(open_here, clock, hooks):
    """Whoever observes events is told of breaches like of everything else."""
    clock.jump_to(START)
    heard = []
    hooks.seen = lambda events: heard.extend(recorded.event.type for recorded in events)
    desk = open_here(PROMISE, plugins=[hooks])
    desk.ingest([message("help")])
    clock.advance(2 * HOUR)
    desk.run_due()
    assert heard[-1] == "sla_breached"


def test_nothing_is_due_on_a_desk_without_promises(open_here):
    """Who promises nothing has nothing to sweep."""
    desk = open_here()
    desk.ingest([message("help")])
    assert desk.next_due() is None
    assert desk.run_due().cases == 0
