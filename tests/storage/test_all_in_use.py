"""More callers than connections: they take turns, and whoever gets none is told so."""

# ruff: noqa: SLF001  the pool's patience is its own

from __future__ import annotations

import sqlite3
from contextlib import ExitStack, closing
from threading import Barrier

import pytest

from scskit import hookimpl
from scskit.core.errors import StoreError
from scskit.storage import database, store
from scskit.storage.drivers import SqliteDriver
from scskit.testing import message

MOST = 15
"""Connections that SQLAlchemy opens at most."""


def test_whoever_is_told_what_happened_can_ask_the_desk(postgres_url, open_at, together):
    """Observers of as many calls as there are connections do not wait for each other's."""

    class Curious:
        def __init__(self):
            self.all_told = Barrier(MOST, timeout=30)
            self.found = []

        @hookimpl
        def scskit_on_events(self):
            self.all_told.wait()
            self.found.append(desk.cases.find(limit=1))

    observer = Curious()
    desk = open_at(postgres_url, plugins=[observer])
    desk._services.store.database.engine.pool._timeout = 0.1

    def ingest(number):
        who = f"u{number}"
        return desk.ingest([message(external_id=who, by=who, thread=who)])

    reports = together(*(lambda n=n: ingest(n) for n in range(MOST)))
    assert [report.counts["applied"] for report in reports] == [1] * MOST
    assert len(observer.found) == MOST


def test_without_a_free_connection_a_call_is_an_error_of_the_store(desk):
    """A webhook is answered with 503 then, so that the network sends it again."""
    kept = desk._services.store
    kept.database.engine.pool._timeout = 0.01
    with ExitStack() as others:
        for _ in range(MOST):
            others.enter_context(kept.read())
        with pytest.raises(StoreError, match="is free"):
            desk.ingest([message()])
    assert desk.ingest([message()]).counts["applied"] == 1


def test_a_database_that_somebody_keeps_locked_is_not_waited_for_again_and_again(
    tmp_path, open_at, monkeypatch
):
    """Whoever has waited for the lock as long as SQLite waits is told, and does not begin anew."""
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.3)
    monkeypatch.setattr(store, "_NO_RACE", 0.2)
    begun = []
    begin = SqliteDriver.begin

    def counted(driver):
        begun.append(driver)
        begin(driver)

    monkeypatch.setattr(SqliteDriver, "begin", counted)
    desk = open_at(tmp_path / "desk.db")
    desk.ingest([message(external_id="1")])
    begun.clear()
    with closing(sqlite3.connect(tmp_path / "desk.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="locked"):
            desk.ingest([message(external_id="2")])
    assert len(begun) == 2
    assert desk.ingest([message(external_id="2")]).counts["applied"] == 1
