"""Reading: the feed, a page of cases, and the check of the whole database."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from itertools import islice
from pathlib import Path

from benchmarks.bases import open_bench_desk
from benchmarks.lab import SMALL, TENANT, Lab
from benchmarks.measure import Goal, Line, alternate, compare, timed
from scskit.desk.desk import Desk
from scskit.storage.database import open_database
from scskit.storage.store import SqlStore

PAGE = 1000
SHOWN = 100


def feed(lab: Lab) -> Iterator[Line]:
    """Reading the feed from its beginning, beside fetching the same rows."""
    count = _events(lab.bases.path(SMALL))
    with lab.bases.fresh(SMALL) as path, open_bench_desk(path) as desk:
        turns = {
            "ours": lambda: count / _seconds(lambda: _read_feed(desk, count)),
            "floor": lambda: count / _seconds(partial(_fetch_events, path)),
        }
        samples = alternate(turns, lab.repetitions)
    floor_is = "sqlite3 fetching the rows"
    yield compare("feed, pages of 1,000", "events/s", samples, floor_is=floor_is)


def verify(lab: Lab) -> Iterator[Line]:
    """Checking every chain and every row, beside fetching the same rows."""
    count = _events(lab.bases.path(SMALL))
    with lab.bases.fresh(SMALL) as path, closing(open_database(str(path))) as database:
        store = SqlStore(database, TENANT)
        turns = {
            "ours": lambda: count / _seconds(partial(_verify, store)),
            "floor": lambda: count / _seconds(partial(_fetch_events, path)),
        }
        samples = alternate(turns, lab.repetitions)
    floor_is = "sqlite3 fetching the events"
    yield compare("verify", "events/s", samples, floor_is=floor_is)


def find(lab: Lab) -> Iterator[Line]:
    """A page of the cases that wait in a queue, in a large database beside a small one."""
    with (
        lab.bases.fresh(SMALL) as small,
        lab.bases.fresh(lab.large) as large,
        open_bench_desk(small) as few,
        open_bench_desk(large) as many,
    ):
        turns = {
            "ours": lambda: _seconds(partial(_find, many)) * 1000 / SHOWN,
            "floor": lambda: _seconds(partial(_find, few)) * 1000 / SHOWN,
        }
        samples = alternate(turns, lab.repetitions)
    yield compare(
        f"find, page of 100 in a queue, {lab.large:,}",
        "ms",
        samples,
        floor_is=f"scskit with {SMALL:,}",
        goal=Goal(must=3, good=1.5, at_most=True),
    )


def _seconds(work: Callable[[], object]) -> float:
    with timed() as window:
        work()
    return window.seconds


def _events(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        (count,) = connection.execute("SELECT count(*) FROM scs_event").fetchone()
    return int(count)


def _read_feed(desk: Desk, count: int) -> None:
    read, cursor = 0, ""
    while events := (page := desk.feed.read(cursor, PAGE)).events:
        read, cursor = read + len(events), page.cursor
    assert read == count, f"the feed gave {read} of {count} events"


def _fetch_events(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT * FROM scs_event ORDER BY tenant, txn, position")
        while list(islice(rows, PAGE)):
            pass


def _verify(store: SqlStore) -> None:
    report = store.verify()
    assert report.clean, report.problems


def _find(desk: Desk) -> None:
    for _ in range(SHOWN):
        page = desk.cases.find(queue="money", states=("new", "open"), limit=100)
        assert len(page.cases) == 100
