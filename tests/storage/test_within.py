"""``desk.within``: the host's rows and our cases commit together or not at all."""

# ruff: noqa: D107  a listener of the tests

from __future__ import annotations

import sqlite3
from contextlib import closing

import psycopg
import pytest
from psycopg.rows import dict_row
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session as PlainSession
from sqlmodel import Field, Session, SQLModel, select

from scskit import hookimpl
from scskit.core.account import Account
from scskit.core.errors import IllegalTransition, NotFound, StaleCase, StoreError
from scskit.storage.sql import Named
from scskit.storage.tables import METADATA
from scskit.testing import brand_reply, message

TABLES = sorted(METADATA.tables)


class Ticket(SQLModel, table=True):
    """A table of the host."""

    __tablename__ = "host_ticket"

    id: int | None = Field(default=None, primary_key=True)
    case_id: str | None = None


@pytest.fixture
def host(engine):
    """Make the host's table beside ours, and let foreign keys and such be the host's business."""
    Ticket.metadata.create_all(engine, tables=[Ticket.__table__])
    return engine


@pytest.fixture
def contents(rows):
    """Read everything that is stored."""
    return lambda: {name: rows(f"SELECT * FROM {name} ORDER BY 1, 2") for name in TABLES}  # noqa: S608


def tickets(engine):
    with Session(engine) as session:
        return [ticket.case_id for ticket in session.exec(select(Ticket))]


def driver_connection(host, **options):
    """Open a connection of the database's own driver."""
    if host.dialect.name == "sqlite":
        return sqlite3.connect(host.url.database, **options)
    url = host.url.set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(url, **options)


def driver_with_own_rows(host):
    """Open one whose rows are no tuples, as hosts like them."""
    connection = driver_connection(host)
    if host.dialect.name == "sqlite":
        connection.row_factory = lambda cursor, row: dict(
            zip((column[0] for column in cursor.description), row, strict=True)
        )
        connection.text_factory = bytes
    else:
        connection.row_factory = dict_row
    return connection


@pytest.fixture(params=["connection", "sqlmodel", "sqlalchemy", "driver"])
def begin(request, host):
    """Open what the host works with: a connection or a session, not in a transaction yet."""
    opened = {
        "connection": host.connect,
        "sqlmodel": lambda: Session(host),
        "sqlalchemy": lambda: PlainSession(host),
        "driver": lambda: driver_with_own_rows(host),
    }[request.param]()
    with closing(opened):
        yield opened


def write_ticket(opened, case):
    if isinstance(opened, (Connection, PlainSession)):
        opened.execute(text("INSERT INTO host_ticket (case_id) VALUES (:case)"), {"case": case})
    else:
        mark = "?" if isinstance(opened, sqlite3.Connection) else "%s"
        opened.execute(f"INSERT INTO host_ticket (case_id) VALUES ({mark})", (case,))  # noqa: S608


def test_both_are_committed_together(desk, begin, host, verify_all):
    """The host's row and our case are there after the host's commit, and not before."""
    ours = desk.within(begin)
    (case,) = ours.ingest([message(external_id="1")]).cases
    write_ticket(begin, case)
    ours.cases.assign(case, "ana", by="agent:ana", because="mine")
    assert ours.cases.get(case).agent == "ana"
    assert desk.cases.find().cases == ()
    begin.commit()
    assert desk.cases.get(case).agent == "ana"
    assert tickets(host) == [case]
    assert [event.case_id for event in desk.feed.read().events] == [case] * desk.cases.get(
        case
    ).version
    assert verify_all(desk).problems == []


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_the_host_need_not_do_anything_itself(desk, begin, contents, end):
    """A transaction in which only we work is the host's all the same: it decides."""
    before = contents()
    desk.within(begin).ingest([message(external_id="1")])
    getattr(begin, end)()
    begin.close()
    assert (contents() == before) == (end == "rollback")
    state = "duplicate" if end == "commit" else "applied"
    assert desk.ingest([message(external_id="1")]).counts[state] == 1


def test_the_host_may_have_begun_already(desk, begin, host):
    """A transaction in which the host has written before takes our work in."""
    write_ticket(begin, "before")
    (case,) = desk.within(begin).ingest([message()]).cases
    begin.commit()
    assert desk.cases.get(case)
    assert tickets(host) == ["before"]


def test_both_are_rolled_back_together(desk, begin, host, contents):
    """When the host rolls back, nothing of ours remains, and the same message can come again."""
    before = contents()
    question = message(external_id="1", account="mail.acme")
    items = [question, brand_reply("m404", account="mail.acme"), {"no": "message"}]
    ours = desk.within(begin)
    report = ours.ingest(items)
    assert report.counts == {"applied": 1, "duplicate": 0, "parked": 1, "quarantined": 1}
    ours.cases.note(report.cases[0], "gone", by="agent:ana")
    write_ticket(begin, report.cases[0])
    begin.rollback()
    assert contents() == before
    assert tickets(host) == []
    again = desk.ingest(items)
    assert again.counts == report.counts
    assert desk.cases.get(again.cases[0]).inbound_count == 1


def test_an_account_is_rolled_back_too(desk, begin):
    """An account made known in a transaction that was rolled back is not known."""
    desk.within(begin).add_account(Account(id="shop", network="chat", handle="acme"))
    begin.rollback()
    assert "shop" not in desk.accounts
    desk.ingest([message(account="shop")])
    assert desk.accounts["shop"].network == "shop"


def test_an_account_is_committed_too(desk, begin, open_at, database_url):
    """An account made known in a transaction that was committed is known as it was told."""
    account = Account(id="shop", network="chat", handle="acme", identity_scope="network")
    desk.within(begin).add_account(account)
    begin.commit()
    (case,) = desk.ingest([message(account="shop", by="ana")]).cases
    assert desk.cases.get(case).identity_id == "chat::ana"
    assert desk.accounts["shop"] == open_at(database_url).accounts["shop"] == account


def test_an_error_of_ours_leaves_the_hosts_work(desk, begin, host, verify_all):
    """A command that is refused changes nothing, and the host goes on in its transaction."""
    (case,) = desk.ingest([message()]).cases
    write_ticket(begin, "first")
    ours = desk.within(begin)
    with pytest.raises(IllegalTransition):
        ours.cases.close(case, by="agent:ana", because="test")
    with pytest.raises(StaleCase):
        ours.cases.solve(case, by="agent:ana", because="test", expected_version=1)
    with pytest.raises(NotFound):
        ours.cases.note("nothing", "text", by="agent:ana")
    write_ticket(begin, "second")
    ours.cases.solve(case, by="agent:ana", because="test")
    begin.commit()
    assert tickets(host) == ["first", "second"]
    assert desk.cases.get(case).state == "solved"
    assert verify_all(desk).problems == []


def test_an_error_of_the_database_leaves_the_hosts_work(desk, begin, host, monkeypatch):
    """Also an error in the midst of our writing undoes ours and leaves the host's."""
    write_ticket(begin, "first")
    ours = desk.within(begin)
    broken = "scskit.storage.case_writer.NEXT_POSITION"
    with monkeypatch.context() as patch:
        patch.setattr(broken, Named("SELECT no_such_thing()", "SELECT no_such_thing()"))
        with pytest.raises(StoreError, match="no_such"):
            ours.ingest([message(external_id="1")])
    write_ticket(begin, "second")
    (outcome,) = ours.ingest([message(external_id="1")]).outcomes
    assert outcome.state == "applied"
    begin.commit()
    assert tickets(host) == ["first", "second"]
    assert [case.inbound_count for case in desk.cases.find().cases] == [1]


def test_a_savepoint_of_the_host_takes_ours_along(desk, host):
    """Rolled back to a savepoint of the host, our work since then is gone, and the rest stays."""
    with host.connect() as connection, connection.begin():
        connection.execute(text("INSERT INTO host_ticket (case_id) VALUES ('x')"))
        desk.within(connection).ingest([message(external_id="kept")])
        savepoint = connection.begin_nested()
        desk.within(connection).ingest([message(external_id="gone")])
        savepoint.rollback()
    assert tickets(host) == ["x"]
    states = {
        outcome.external_id: outcome.state
        for outcome in desk.ingest(
            [message(external_id="kept"), message(external_id="gone")]
        ).outcomes
    }
    assert states == {"kept": "duplicate", "gone": "applied"}


class Listener:
    """A plugin that hears of events."""

    def __init__(self):
        self.heard = []

    @hookimpl
    def scskit_on_events(self, events):
        """Keep what was told."""
        self.heard += [event.event.type for event in events]


def test_observers_hear_of_nothing_that_may_be_undone(database_url, host, open_at):
    """Observers are not told inside the host's transaction; the feed tells after its commit."""
    listener = Listener()
    desk = open_at(database_url, plugins=[listener])
    with host.connect() as connection:
        (case,) = desk.within(connection).ingest([message()]).cases
        connection.commit()
    assert listener.heard == []
    assert len(desk.feed.read().events) == desk.cases.get(case).version
    desk.cases.solve(case, by="agent:ana", because="test")
    assert listener.heard == ["state_changed"]


def test_a_bound_desk_reads_its_own_writes_only(desk, begin):
    """Inside the transaction everything of it can be read; outside, nothing before the commit."""
    ours = desk.within(begin)
    (case,) = ours.ingest([message(external_id="1")]).cases
    assert ours.ingest([message(external_id="1")]).counts["duplicate"] == 1
    assert ours.cases.timeline(case)
    assert ours.cases.log(case)
    assert len(ours.cases.interactions(case)) == 1
    with pytest.raises(NotFound):
        desk.cases.get(case)
    assert desk.feed.read().events == ()


def test_closing_a_bound_desk_closes_nothing(desk, begin, host):
    """The connection is the host's: a bound desk does not close it."""
    with desk.within(begin) as ours:
        ours.ingest([message()])
    write_ticket(begin, "after")
    begin.commit()
    assert tickets(host) == ["after"]
    assert len(desk.cases.find().cases) == 1


def test_a_bound_desk_can_be_verified(desk, begin, verify_all):
    """Checking inside the host's transaction sees its work and does not disturb it."""
    ours = desk.within(begin)
    ours.ingest([message()])
    report = verify_all(ours)
    assert (report.problems, report.cases) == ([], 1)
    write_ticket(begin, "after")
    begin.commit()
    assert verify_all(desk).cases == 1


def test_the_hosts_connections_stay_as_they_are(desk, host):
    """Nothing of ours changes how the host's connections behave, during and afterwards."""
    name = "isolation_level" if host.dialect.name == "sqlite" else "autocommit"
    with host.connect() as connection:
        raw = connection.connection.driver_connection
        before = getattr(raw, name)
        ours = desk.within(connection)
        ours.ingest([message()])
        ours.cases.find()
        assert getattr(raw, name) == before
        connection.rollback()
        assert getattr(raw, name) == before


def test_a_driver_gives_rows_as_the_host_wants_them(desk, host):
    """What the host set on its connection stays as it was, and does not disturb us."""
    with closing(driver_with_own_rows(host)) as connection:
        before = connection.row_factory
        (case,) = desk.within(connection).ingest([message()]).cases
        assert desk.within(connection).cases.get(case)
        assert connection.row_factory is before
        if host.dialect.name == "sqlite":
            assert connection.text_factory is bytes


@pytest.mark.parametrize("through", ["driver", "sqlalchemy"])
def test_what_cannot_be_rolled_back_is_refused(desk, host, through):
    """A connection that commits every statement by itself joins nothing: it is refused in words."""
    with closing(
        host.connect().execution_options(isolation_level="AUTOCOMMIT")
        if through == "sqlalchemy"
        else driver_connection(host, isolation_level=None)
        if host.dialect.name == "sqlite"
        else driver_connection(host, autocommit=True)
    ) as connection:
        with pytest.raises(StoreError, match="begin a transaction before"):
            desk.within(connection)
        if through == "driver":
            connection.execute("BEGIN")
            desk.within(connection).ingest([message()])
            connection.execute("ROLLBACK")
    assert desk.cases.find().cases == ()


@pytest.mark.parametrize("given", [None, "sqlite:///desk.db", object()])
def test_what_is_no_connection_is_refused(desk, given):
    """Who hands over something else is told what would do."""
    with pytest.raises(TypeError, match="expected an SQLAlchemy Connection"):
        desk.within(given)


def test_a_host_is_told_when_its_own_part_is_undone_too(sqlite_url, open_at):
    """A full disk lets SQLite undo everything: the host does not go on as if its row were there."""
    desk = open_at(sqlite_url)
    desk.ingest([message(external_id="1")])
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as connection:
        connection.execute("CREATE TABLE host_note (text TEXT)")
        ((pages,),) = connection.execute("PRAGMA page_count")
        connection.execute(f"PRAGMA max_page_count = {pages + 1}")
        connection.execute("INSERT INTO host_note VALUES ('called back')")
        with pytest.raises(StoreError, match=r"your transaction is undone.*full"):
            desk.within(connection).ingest([message("x" * 100_000, external_id="2")])
        assert not connection.in_transaction
    assert desk.ingest([message(external_id="2")]).counts["applied"] == 1
