"""An older database is upgraded and keeps everything; a newer one is left alone."""

# ruff: noqa: ISC004, S608, SLF001  statements are written here, not put together from input

from __future__ import annotations

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Thread
from time import sleep

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, select, text

from scskit.core.errors import StoreError
from scskit.storage import database, migrating
from scskit.storage.database import VERSION_TABLE, open_database
from scskit.storage.tables import METADATA, SCHEMA_REVISION
from scskit.testing import START, brand_reply, message

FIRST = "0001"
OPENERS = 4
OPEN = """
import sys
from scskit import open_desk
print("ready", flush=True)
sys.stdin.readline()
open_desk(sys.argv[1], discover=False).close()
"""


@pytest.fixture
def old_url(database_url, engine, tmp_path, open_at):
    """Make a database as the first release left it, full of work."""
    with engine.begin() as connection:
        migrating.upgrade(connection, FIRST)
    source = open_at(f"sqlite:///{tmp_path}/source.db")
    source.ingest([message(f"question {n}", by=f"person-{n % 7}") for n in range(60)])
    source.ingest([{"account": "twitter.acme"}])
    case = source.cases.find(limit=1).cases[0]
    source.cases.note(case.id, "called back", by="agent:ana")
    question = message("where is it?", by="waiting", thread="w")
    (waiting,) = source.ingest([question]).cases
    source.ingest([brand_reply(question, thread="w")])
    late = START + timedelta(hours=1)
    source.ingest([message("and now?", by="waiting", thread="w", posted_at=late)])
    who = {"by": "agent:ana", "because": "test"}
    source.cases.assign(waiting, "ana", **who)
    source.cases.snooze(waiting, START + timedelta(days=1), **who)
    copied = create_engine(f"sqlite:///{tmp_path}/source.db")
    contents = old_contents(copied)
    copied.dispose()
    with engine.begin() as connection:
        for name, rows in contents.items():
            assert rows, name
            connection.execute(METADATA.tables[name].insert(), rows)
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT setval('scs_event_position', 1000000)"))
    return database_url


def old_contents(engine):
    """Return all rows in the tables and columns of the first release."""
    with engine.connect() as connection:
        return {
            name: [
                dict(row)
                for row in connection.execute(
                    select(*(c for c in table.columns if c.name not in new_columns(name))).order_by(
                        *table.primary_key.columns
                    )
                ).mappings()
            ]
            for name, table in METADATA.tables.items()
            if name in FIRST_TABLES
        }


FIRST_TABLES = {
    "scs_policy",
    "scs_account",
    "scs_identity",
    "scs_thread",
    "scs_case_thread",
    "scs_case",
    "scs_interaction",
    "scs_ledger",
    "scs_event",
    "scs_note",
    "scs_quarantine",
}
NEW_IN_CASES = (
    "queued_at offered_to offer_until last_agent last_agent_at waiting_since answered_at cycle"
    " answers acknowledged_at level_since pauses sla due_at wake_at"
)


def new_columns(table):
    added = {"scs_identity": "customer_id", "scs_case": NEW_IN_CASES}
    return set(added.get(table, "").split())


def catalogue(connection):
    """Return everything that the database says about its schema."""
    if connection.dialect.name == "sqlite":
        statement = "SELECT type, name, sql FROM sqlite_master ORDER BY name"
        return [
            (type_, name, re.sub(r"\s*([(),])\s*|\s+", r"\1 ", sql or ""))
            for type_, name, sql in connection.execute(text(statement))
        ]
    questions = (
        "SELECT table_name, ordinal_position, column_name, data_type, is_nullable,"
        " column_default, collation_name FROM information_schema.columns"
        " WHERE table_schema = 'public' ORDER BY 1, 2",
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1",
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace ORDER BY 1",
        "SELECT sequencename, data_type, start_value, increment_by, cycle, cache_size"
        " FROM pg_sequences ORDER BY 1",
    )
    return [tuple(row) for q in questions for row in connection.execute(text(q))]


def revision(engine):
    with engine.connect() as connection:
        return connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()


def drop_everything(connection):
    METADATA.drop_all(connection)
    connection.execute(text(f"DROP TABLE {VERSION_TABLE}"))


def test_an_upgraded_database_is_the_same_as_a_new_one(database_url, engine):
    """Whoever upgrades has exactly the tables, indexes and sequences of a new installation."""
    open_database(database_url).close()
    with engine.begin() as connection:
        new = catalogue(connection)
        drop_everything(connection)
        assert catalogue(connection) == []
        migrating.upgrade(connection)
        assert catalogue(connection) == new
        options = {"version_table": VERSION_TABLE, "compare_type": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, METADATA) == []
        assert context.get_current_revision() == SCHEMA_REVISION
        assert len(new) > len(METADATA.tables)


def test_an_upgrade_keeps_every_row(old_url, engine, open_at, verify_all):
    """Opening a database of an older release upgrades it, and nothing that was stored changes."""
    before = old_contents(engine)
    desk = open_at(old_url)
    after = old_contents(engine)
    policies = len(before["scs_policy"])  # opening may add the policy it opens with
    after["scs_policy"] = after["scs_policy"][:policies]
    assert after == before
    assert revision(engine) == SCHEMA_REVISION
    report = verify_all(desk)
    assert report.problems == []
    assert report.cases == len(before["scs_case"])


def test_work_goes_on_after_an_upgrade(old_url, open_at, verify_all):
    """After an upgrade, cases of the older release take messages and their people customers."""
    desk = open_at(old_url)
    case = desk.cases.find(limit=1).cases[0]
    assert desk.customers.identity(case.identity_id).customer_id is None
    customer = desk.customers.link(case.identity_id, "crm-1", by="agent:ana", evidence="told us")
    assert desk.cases.get(case.id).customer_id == customer.id
    thread = case.thread_id.partition(":")[2]
    person = case.identity_id.rpartition(":")[2]
    (outcome,) = desk.ingest([message("still there?", by=person, thread=thread)]).outcomes
    assert outcome.case_id == case.id
    assert verify_all(desk).problems == []


def test_an_upgrade_tells_who_waits(old_url, open_at):
    """Cases of the older release know who waits since when, and come back from their snooze."""
    desk = open_at(old_url)
    (case,) = [case for case in desk.cases.find(limit=100).cases if case.state == "snoozed"]
    assert case.unanswered == (START + timedelta(hours=1),)
    assert (case.answered_at, case.cycle) == (START + timedelta(minutes=1), 2)
    assert case.acknowledged_at is not None
    assert [pause.state for pause in case.pauses] == ["pending", "snoozed"]
    assert desk.next_due() == START + timedelta(days=1)


def test_an_upgrade_that_fails_changes_nothing(old_url, engine, open_at):
    """An upgrade happens wholly or not at all, so that it can be tried again."""
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE scs_customer_link (in_the_way INTEGER)"))
        before = catalogue(connection)
    contents = old_contents(engine)
    with pytest.raises(StoreError, match="scs_customer_link"):
        open_at(old_url)
    with engine.begin() as connection:
        assert catalogue(connection) == before
        connection.execute(text("DROP TABLE scs_customer_link"))
    assert (revision(engine), old_contents(engine)) == (FIRST, contents)
    open_at(old_url)
    assert revision(engine) == SCHEMA_REVISION


def test_an_older_database_is_refused_without_permission(old_url, engine, open_at):
    """``migrate=False`` leaves an older database as it is and says what to do."""
    with pytest.raises(StoreError, match=f"schema {FIRST}.*needs {SCHEMA_REVISION}.*migrate=True"):
        open_at(old_url, migrate=False)
    assert revision(engine) == FIRST
    assert not inspect(engine).has_table("scs_customer")


@pytest.mark.parametrize("migrate", [True, False])
def test_a_newer_database_is_refused(database_url, engine, open_at, migrate):
    """A database that a newer scskit wrote is not touched, and the message says to upgrade."""
    open_at(database_url).close()
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
        before = catalogue(connection)
    with pytest.raises(StoreError, match=r"schema 9999.*newer release.*upgrade scskit"):
        open_at(database_url, migrate=migrate)
    with engine.connect() as connection:
        assert catalogue(connection) == before
    assert revision(engine) == "9999"


def test_a_current_database_opens_without_permission(database_url, open_at):
    """``migrate=False`` is no obstacle where there is nothing to migrate."""
    open_at(database_url).ingest([message()])
    assert open_at(database_url, migrate=False).cases.find().cases


def open_together(url):
    """Open one database from several processes at the same moment; return their complaints."""
    openers = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN, url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(OPENERS)
    ]
    for opener in openers:
        assert opener.stdout.readline() == "ready\n"
    for opener in openers:
        opener.stdin.write("\n")
        opener.stdin.flush()
    return [opener.communicate()[1] for opener in openers]


def test_processes_open_a_new_database_together(database_url, engine):
    """Several processes may open a database that does not exist yet; one of them makes it."""
    assert open_together(database_url) == [""] * OPENERS
    assert revision(engine) == SCHEMA_REVISION


def test_who_comes_while_the_tables_are_made_waits_for_them(
    database_url, engine, monkeypatch, verify_all, open_at
):
    """Whoever opens a database that another is just making gets it when it is made."""
    make = database._create
    second = ThreadPoolExecutor(1)
    opened = []

    def make_slowly(connection):
        monkeypatch.undo()
        make(connection)
        opened.append(second.submit(open_at, database_url))
        while not (opened[0].done() or waits_for_lock(engine)):
            sleep(0.001)

    monkeypatch.setattr(database, "_create", make_slowly)
    with second:
        first = open_at(database_url)
    first.ingest([message()])
    assert verify_all(opened[0].result()).cases == 1


def waits_for_lock(engine):
    """Tell whether somebody waits for a lock in this database; on SQLite nobody can tell."""
    if engine.dialect.name == "sqlite":
        return True
    question = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with engine.connect() as connection:
        return connection.execute(text(question)).scalar() > 0


def test_processes_upgrade_together(old_url, engine):
    """Several processes of a new release may start at once; one of them upgrades."""
    assert open_together(old_url) == [""] * OPENERS
    assert revision(engine) == SCHEMA_REVISION


def test_threads_upgrade_two_databases_at_once(tmp_path):
    """A host with several desks may open them in threads: each upgrade reaches its own."""
    urls = [f"sqlite:///{tmp_path}/{n}.db" for n in range(4)]
    engines = [create_engine(url) for url in urls]
    for engine in engines:
        with engine.begin() as connection:
            migrating.upgrade(connection, FIRST)
    errors = []

    def open_one(url):
        try:
            open_database(url).close()
        except BaseException as error:  # noqa: BLE001  the test shows it
            errors.append(error)

    threads = [Thread(target=open_one, args=(url,)) for url in urls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    for engine in engines:
        assert revision(engine) == SCHEMA_REVISION
        assert inspect(engine).has_table("scs_customer_link")
        engine.dispose()
