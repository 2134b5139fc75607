"""However much a database holds, no question on the way of a message reads a whole table."""

from __future__ import annotations

import json
import re
import secrets

import pytest
from sqlalchemy import create_engine, make_url, text

from scskit.core.policy import Policy
from scskit.core.ports import CaseFilter
from scskit.storage import challenge_rows, offer_rows, queries, reply_rows, statements, work_queries
from scskit.storage.database import open_database
from scskit.storage.sql import Lookup, Named, Update
from scskit.storage.tables import METADATA
from scskit.testing import START

BALLAST = 60_000
TENANT = "default"
ROOMS = (statements, challenge_rows, offer_rows, reply_rows)
STATEMENTS = {name: one for room in ROOMS for name, one in vars(room).items()}
LOOKUPS = {name: one for name, one in STATEMENTS.items() if isinstance(one, Lookup)}
UPDATES = {name: one for name, one in STATEMENTS.items() if isinstance(one, Update)}
WAITING = ("new", "open")
SOME_CASE = f"c{BALLAST // 2:09}"


class Recorder:
    """A driver that only remembers what it was asked."""

    name = "sqlite"

    def query(self, statement, parameters=()):
        """Remember a question and answer nothing."""
        self.asked = statement, parameters
        return []


def asked(question, *args, **options):
    recorder = Recorder()
    question(recorder, TENANT, *args, **options)
    return recorder.asked


def find(wanted, after="", *, newest_first=True):
    return asked(queries.find_cases, wanted, after, 51, newest_first=newest_first)


QUESTIONS = {
    "feed": asked(queries.read_feed, "12.34", 100),
    "feed from the start": asked(queries.read_feed, "", 100),
    "parked": asked(queries.read_parked, "message", START, 100),
    "quarantine": asked(queries.read_quarantine, "", 100, "quarantined"),
    "quarantine line": asked(queries.read_quarantine_line, "id"),
    "due cases": (statements.DUE_CASES, (TENANT, 1000, 100)),
    "next wake": (statements.NEXT_WAKE, (TENANT,)),
    "any parked": (statements.ANY_PARKED, ('["twitter.acme"]', TENANT)),
    "contacts of a handle": (
        queries.CONTACTS["identity_id"],
        (TENANT, "i7", "billing", 0, SOME_CASE),
    ),
    "contacts of a customer": (
        queries.CONTACTS["customer_id"],
        (TENANT, "k7", "billing", 0, SOME_CASE),
    ),
    "offers of a customer": (offer_rows.OFFERS_OF_CUSTOMER, (TENANT, "k7")),
    "an offer that was followed": (offer_rows.FOLLOWED, (TENANT, SOME_CASE, "twitter.acme")),
    "old offers": (offer_rows.OLD_OFFERS, (TENANT, 1000)),
    "held by an agent": (work_queries.HELD_BY, (TENANT, "a20", TENANT, "a20")),
    "held by anybody": (work_queries.HELD, (TENANT, TENANT)),
    "active cases of an agent": (work_queries.CASES_OF, (TENANT, "a20")),
    "parts that are ready": (reply_rows.READY, (TENANT, BALLAST, 200)),
    "next part": (reply_rows.NEXT_READY, (TENANT,)),
    "stuck parts": (reply_rows.STUCK, (TENANT, SOME_CASE, 100)),
    "replies to approve": (reply_rows.ASKED, (TENANT, SOME_CASE, 100)),
    "find": find(CaseFilter()),
    "find, next page": find(CaseFilter(), SOME_CASE),
    "find, oldest first": find(CaseFilter(), newest_first=False),
    "find, oldest first, next page": find(CaseFilter(), SOME_CASE, newest_first=False),
    "find by queue": find(CaseFilter(queue="q3", states=WAITING)),
    "find by queue, next page": find(CaseFilter(queue="q3", states=WAITING), SOME_CASE),
    "find by agent": find(CaseFilter(agent="a7")),
    "find by agent, next page": find(CaseFilter(agent="a7"), SOME_CASE),
    "find by identity": find(CaseFilter(identity="i7")),
    "find by identity and state": find(CaseFilter(identity="i7", states=WAITING)),
}
INDEXES = {
    "find by queue": "ix_scs_case_queue",
    "find by queue, next page": "ix_scs_case_queue",
    "find by agent": "ix_scs_case_agent",
    "find by agent, next page": "ix_scs_case_agent",
    "find by identity": "ix_scs_case_identity",
    "find by identity and state": "ix_scs_case_identity",
    "due cases": "ix_scs_case_wake",
    "next wake": "ix_scs_case_wake",
    "parked": "ix_scs_ledger_parked",
    "any parked": "ix_scs_ledger_parked",
    "held by an agent": "ix_scs_case_held",
    "held by anybody": "ix_scs_case_held",
    "active cases of an agent": "ix_scs_case_held",
    "parts that are ready": "ix_scs_outbox_ready",
    "next part": "ix_scs_outbox_ready",
    "stuck parts": "ix_scs_outbox_stuck",
    "replies to approve": "ix_scs_reply_asked",
    "contacts of a handle": "ix_scs_case_identity",
    "contacts of a customer": "ix_scs_case_customer",
}


# SQLite: its planner looks at the schema only.


@pytest.fixture
def sqlite_plan(sqlite_url, open_at, engine_of):
    """Explain how SQLite runs a statement."""
    open_at(sqlite_url)
    connection = engine_of(sqlite_url).connect()

    def explain(statement, parameters):
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", tuple(parameters))
        lines = [row[3] for row in rows]
        assert lines
        # The list of questions itself is gone through as a virtual table.
        tables = [line for line in lines if "VIRTUAL TABLE" not in line]
        assert not [line for line in tables if line.startswith("SCAN")], lines
        assert not [line for line in lines if "AUTOMATIC" in line], lines
        return "\n".join(lines)

    with connection:
        yield explain


@pytest.mark.parametrize(
    ("name", "many"),
    [(name, False) for name in LOOKUPS]
    + [(name, True) for name, lookup in LOOKUPS.items() if not lookup.order],
)
def test_sqlite_finds_rows_by_their_whole_key(sqlite_plan, name, many):
    """Every lookup goes down an index by all columns of its key, for one key and for many."""
    lookup = LOOKUPS[name]
    key = ["x" for _ in lookup.keys]
    if many:
        plan = sqlite_plan(lookup.sqlite_many, (json.dumps([key]), TENANT))
    else:
        plan = sqlite_plan(lookup.sqlite, (TENANT, *key))
    assert re.search(r"SEARCH t USING [^(]*\(tenant=\? AND " + keys(lookup.keys) + r"\)", plan), (
        plan
    )
    assert plan.count("SEARCH") == 1 + len(lookup.join)


def keys(names):
    """Match all of them, in any order."""
    return "".join(rf"(?=.*\b{name}=\?)" for name in names) + r"[^)]*"


@pytest.mark.parametrize("name", UPDATES)
def test_sqlite_changes_rows_by_their_key(sqlite_plan, name):
    """Every update goes down the primary key, and compares at most what it replaces."""
    update = UPDATES[name]
    parameters = ["x"] * (len(update.changes) + len(update.keys))
    plan = sqlite_plan(update.sqlite, parameters)
    primary = [c.name for c in METADATA.tables[update.table].primary_key.columns]
    found = [name for name in primary if name in update.keys]
    assert re.search(r"SEARCH \w+ USING [^(]*\(" + keys(found) + r"\)", plan), plan
    assert len(found) >= 2


@pytest.mark.parametrize("name", QUESTIONS)
def test_sqlite_answers_questions_from_an_index(sqlite_plan, name):
    """Every list goes along an index, page by page, without sorting what it does not show."""
    statement, parameters = QUESTIONS[name]
    plan = sqlite_plan(statement.sqlite, parameters)
    assert "TEMP B-TREE" not in plan
    assert INDEXES.get(name, "") in plan


def test_sqlite_finds_the_next_position_at_the_end(sqlite_plan):
    """The next place in the feed is found at the end of the index, not by counting."""
    plan = sqlite_plan(statements.NEXT_POSITION.sqlite, (TENANT,))
    assert "SEARCH scs_event USING PRIMARY KEY (tenant=? AND txn=?)" in plan


WORK = work_queries.heads_parameters(TENANT, "q3", Policy().work, START, 16)


def test_sqlite_reads_waiting_work_in_its_order(sqlite_url, open_at, engine_of):
    """The next cases of a queue come out of an index; only what waiting has raised is sorted."""
    open_at(sqlite_url)
    with engine_of(sqlite_url).connect() as connection:
        explain = f"EXPLAIN QUERY PLAN {work_queries.HEADS.sqlite}"
        lines = [row[3] for row in connection.exec_driver_sql(explain, WORK)]
    lists = [line for line in lines if "SEARCH scs_case USING" in line]
    assert len(lists) == 9
    aged = [
        line for line in lists if "ix_scs_case_aged (tenant=? AND queue=? AND queued_at<?)" in line
    ]
    ordered = [
        line for line in lists if "ix_scs_case_work (tenant=? AND queue=? AND priority=?" in line
    ]
    assert (len(aged), len(ordered)) == (1, 8)
    assert sum("TEMP B-TREE" in line for line in lines) == 1


# PostgreSQL: its planner looks at the statistics.

NUMBERED = "lpad(CAST(n AS text), 9, '0')"
FILLING = {
    "scs_identity": "'i' || n, 'twitter', '', 'i' || n, 'h', 'name', n, 'en', n, NULL",
    "scs_thread": "'t' || n, 'twitter.acme', 't' || n, 'public', 'en'",
    "scs_case_thread": f"'t' || n, 'i' || n, 'c' || {NUMBERED}",
    "scs_interaction": (
        f"'x' || {NUMBERED}, 0, 'm' || n, 'twitter.acme', 't' || n, 'i' || n, 'c' || {NUMBERED},"
        " 'post', 'public', 'inbound', 'text', 'en', n, n, n, NULL, false, NULL, false, NULL"
    ),
    "scs_ledger": (
        f"'twitter.acme', 'message', 'm' || n, 0, 'applied', n, 'x' || {NUMBERED},"
        f" 'c' || {NUMBERED}, 't' || n, NULL, NULL"
    ),
    "scs_event": (
        "n / 5, n, 'c' || lpad(CAST(n / 5 AS text), 9, '0'), n % 5 + 1, 'note_added', 1, n, n,"
        " 'a', '', '{}', '\\x00'"
    ),
    "scs_note": f"'n' || n, 'c' || {NUMBERED}, 'agent:ana', n, 'text'",
    "scs_customer": "'k' || n, 'crm' || n, 'vip', 'name', NULL",
    "scs_customer_link": "'l' || n, 'i' || n, 'k' || n, 'claimed', 'e', 'by', n, NULL, NULL",
    "scs_quarantine": (
        "'q' || n, (ARRAY['quarantined', 'applied', 'dead'])[n % 3 + 1], 'reason', '{}',"
        " 'd' || n, n, 1"
    ),
    "scs_case": (
        f"'c' || {NUMBERED}, 5, '\\x00',"
        " (ARRAY['new', 'closed', 'closed', 'open', 'closed', 'solved'])[n % 6 + 1],"
        " 'twitter.acme', 't' || n, 'i' || n, 'public', n, n, 'p', NULL, NULL, 'P3', 'S3', 1, NULL,"
        " NULL, 'en', 'unknown', 'answer', NULL, 'q' || n % 8, NULL,"
        " CASE WHEN n % 20 = 0 THEN 'a' || n % 200 END, NULL, n, NULL, NULL, NULL, NULL, 1, 0, 0,"
        " NULL, NULL, n, NULL, NULL, NULL, NULL, n, NULL, 1, 0, NULL, NULL, NULL, NULL,"
        " CASE WHEN n % 9 = 0 THEN n END, CASE WHEN n % 9 = 0 THEN n END"
    ),
    "scs_offer": f"'c' || {NUMBERED}, 'twitter.acme', 'i' || n, 'twitter.acme', n, 1000000 + n",
    "scs_challenge": (
        f"'c' || {NUMBERED}, 'h' || n, 'i' || n, 'code', '', 'agent:ana', n, n, '', '', 0, 'open'"
    ),
    "scs_breach": f"'c' || {NUMBERED}, 'first_response', 1, n, n, NULL",
    "scs_reply": (
        f"'c' || {NUMBERED}, 'c' || {NUMBERED},"
        " CASE WHEN n % 900 = 0 THEN 'awaiting_approval' ELSE 'queued' END, 1, '{}'"
    ),
    "scs_outbox": (
        f"'c' || {NUMBERED}, 'c' || {NUMBERED}, 1, 'message', 't' || n % 999, n, 'twitter.acme',"
        f" 'c' || {NUMBERED}, 'agent:ana', 'reply', '{{}}',"
        " CASE WHEN n % 500 < 2 THEN 'queued' WHEN n % 500 = 2 THEN 'failed'"
        " WHEN n % 5000 = 3 THEN 'unknown' ELSE 'sent' END,"
        " CASE WHEN n % 500 < 2 THEN n END, 1, 'm' || n, NULL"
    ),
    "scs_attempt": f"'c' || {NUMBERED}, 1, n, n, 'sent', NULL",
    "scs_idempotency": f"'c' || {NUMBERED}, 'f', 'r', n",
}
"""Tables full of what is long over, with some of what is still to do."""


@pytest.fixture(scope="module")
def full_server(postgres_server_url):
    """Keep one full database for all questions."""
    server = make_url(postgres_server_url)
    name = f"scskit_plans_{secrets.token_hex(6)}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    url = server.set(database=name)
    database = open_database(url.render_as_string(hide_password=False))
    try:
        _fill(database.engine)
        yield database.engine
    finally:
        database.close()
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


def _fill(engine):
    with engine.begin() as connection:
        for table, columns in FILLING.items():
            insert = f"INSERT INTO {table} SELECT '{TENANT}', {columns}"
            connection.execute(text(f"{insert} FROM generate_series(1, {BALLAST}) AS n"))
        connection.execute(text("ANALYZE"))


@pytest.fixture
def postgres_plan(full_server):
    """Explain how PostgreSQL runs a statement, with these values and with any."""
    connection = full_server.connect()

    def explain(statement, parameters):
        raw = connection.connection.driver_connection
        plans = [raw.execute(f"EXPLAIN {statement}", parameters).fetchall()]
        numbered = iter(range(1, 1000))
        generic = re.sub("%s", lambda _: f"${next(numbered)}", statement)
        plans.append(raw.execute(f"EXPLAIN (GENERIC_PLAN) {generic}").fetchall())
        for plan in plans:
            lines = [line for (line,) in plan]
            assert not [line for line in lines if "Seq Scan" in line], "\n".join(lines)
        return ["\n".join(line for (line,) in plan) for plan in plans]

    with connection:
        yield explain


VALUES = {
    "id": "c{:09}",
    "case_id": "c{:09}",
    "thread_id": "t{}",
    "identity_id": "i{}",
    "external_id": "m{}",
    "account_id": "twitter.acme",
    "awaits": "m{}",
    "kind": "message",
    "source": "i{}",
    "lane": "t{}",
    "reply_id": "c{:09}",
    "part_id": "c{:09}",
    "name": "c{:09}",
    "crm_id": "crm{}",
    "digest": "d{}",
    "clock": "first_response",
    "instance": "1",
}


def some_keys(columns, count):
    step = BALLAST // (count + 1)
    return [
        tuple(0 if name == "revision" else VALUES[name].format(n * step) for name in columns)
        for n in range(1, count + 1)
    ]


@pytest.mark.parametrize("count", [1, 1000])
@pytest.mark.parametrize("name", LOOKUPS)
def test_postgresql_finds_rows_by_their_key(postgres_plan, name, count):
    """No lookup of one key or of a thousand reads a large table from end to end."""
    lookup = LOOKUPS[name]
    postgres_plan(lookup.postgresql, (json.dumps(some_keys(lookup.keys, count)), TENANT))


@pytest.mark.parametrize("count", [1, 1000])
@pytest.mark.parametrize("name", UPDATES)
def test_postgresql_changes_rows_by_their_key(postgres_plan, name, count):
    """No update of one row or of a thousand reads a large table from end to end."""
    update = UPDATES[name]
    given = [k for k in update.keys if k not in {"tenant", "state", "version", "case_id"}]
    names = (*update.changes, *update.keys)
    rows = [
        [dict(zip(given, key, strict=True)).get(name) for name in names]
        for key in some_keys(given, count)
    ]
    postgres_plan(update.postgresql, (json.dumps(rows),))
    postgres_plan(update.postgresql_one, (json.dumps(rows[0]),))


@pytest.mark.parametrize("name", QUESTIONS)
def test_postgresql_answers_questions_from_an_index(postgres_plan, name):
    """No list reads a large table from end to end."""
    statement, parameters = QUESTIONS[name]
    assert isinstance(statement, Named)
    custom, _ = postgres_plan(statement.postgresql, parameters)
    assert INDEXES.get(name, "") in custom, custom


def test_postgresql_reads_waiting_work_from_its_index(postgres_plan):
    """However much is stored, the next cases of a queue are not looked for among the others."""
    for plan in postgres_plan(work_queries.HEADS.postgresql, WORK):
        assert plan.count("ix_scs_case_work") == 8, plan
        assert plan.count("ix_scs_case_aged") == 1, plan


def test_postgresql_finds_the_latest_transaction_by_key(postgres_plan):
    """What the order of the feed needs to know is looked up by key."""
    cases = [key for (key,) in some_keys(["case_id"], 1000)]
    events = json.dumps([[case, 5] for case in cases])
    postgres_plan(statements.LATEST_TXN.postgresql, (events, TENANT))
