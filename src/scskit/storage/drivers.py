"""How the two databases run the statements: the only place that knows their drivers."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

from scskit.core.errors import StoreError
from scskit.storage.sql import Insert, Lookup, Named, Update

Row = tuple[Any, ...]


class Conflict(StoreError):
    """Another writer was faster; the whole transaction can be tried again."""


class Driver(Protocol):
    """Runs statements on one database connection."""

    name: str

    def fetch(self, lookup: Lookup, tenant: str, keys: Iterable[Row]) -> list[Row]:
        """Return the rows of all keys."""
        ...

    def insert(self, insert: Insert, rows: Sequence[Row]) -> None:
        """Insert rows."""
        ...

    def update(self, update: Update, rows: Sequence[Row]) -> int:
        """Update rows and return how many were found."""
        ...

    def query(self, statement: Named | str, parameters: Row = ()) -> list[Row]:
        """Run one statement and return its rows."""
        ...

    def execute(self, statement: str) -> None:
        """Run one statement that returns nothing."""
        ...

    def pipeline(self) -> AbstractContextManager[object]:
        """Send the statements of the block without waiting for each answer, where possible."""
        ...

    def read_only(self) -> None:
        """Prepare for reading without a transaction."""
        ...

    def give_back(self) -> None:
        """Leave the connection as it was lent."""
        ...

    def snapshot(self) -> None:
        """See one consistent state of the database until the connection goes back."""
        ...

    def begin(self) -> None:
        """Begin a transaction that will write."""
        ...

    def commit(self) -> None:
        """Make it last."""
        ...

    def rollback(self) -> None:
        """Make it undone."""
        ...


class SqliteDriver:
    """SQLite: statements are cheap, so each key is one execution of a prepared statement."""

    name = "sqlite"

    def __init__(self, connection: Any) -> None:
        """Run on an open ``sqlite3.Connection``."""
        self._connection: sqlite3.Connection = connection

    def fetch(self, lookup: Lookup, tenant: str, keys: Iterable[Row]) -> list[Row]:
        """Return the rows of all keys."""
        execute = self._connection.cursor().execute
        statement = lookup.sqlite
        rows: list[Row] = []
        for key in keys:
            rows.extend(execute(statement, (tenant, *key)))
        return rows

    def insert(self, insert: Insert, rows: Sequence[Row]) -> None:
        """Insert rows."""
        self._connection.executemany(insert.sqlite, rows)

    def update(self, update: Update, rows: Sequence[Row]) -> int:
        """Update rows and return how many were found."""
        return self._connection.executemany(update.sqlite, rows).rowcount

    def query(self, statement: Named | str, parameters: Row = ()) -> list[Row]:
        """Run one statement and return its rows."""
        text = statement if isinstance(statement, str) else statement.sqlite
        return self._connection.execute(text, parameters).fetchall()

    def execute(self, statement: str) -> None:
        """Run one statement that returns nothing."""
        self._connection.execute(statement)

    def pipeline(self) -> AbstractContextManager[object]:
        """Do nothing: there is no round trip to save."""
        return nullcontext()

    def read_only(self) -> None:
        """Do nothing: outside a transaction each statement stands for itself."""

    def give_back(self) -> None:
        """End what ``snapshot`` began."""
        self._connection.rollback()

    def snapshot(self) -> None:
        """See one consistent state of the database until the connection goes back."""
        if not self._connection.in_transaction:
            self._connection.execute("BEGIN")

    def begin(self) -> None:
        """Take the write lock at once: a later upgrade would fail under contention."""
        if not self._connection.in_transaction:
            self._connection.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """Make it last."""
        self._connection.commit()

    def rollback(self) -> None:
        """Make it undone."""
        self._connection.rollback()


class PostgresDriver:
    """PostgreSQL: a round trip is dear, so all keys and all rows travel as arrays."""

    name = "postgresql"

    def __init__(self, connection: Any) -> None:
        """Run on an open ``psycopg.Connection``."""
        self._connection = connection

    def fetch(self, lookup: Lookup, tenant: str, keys: Iterable[Row]) -> list[Row]:
        """Return the rows of all keys."""
        columns = list(zip(*keys, strict=True))
        if not columns:
            return []
        parameters = (*map(list, columns), tenant)
        rows: list[Row] = self._connection.execute(lookup.postgresql, parameters).fetchall()
        return rows

    def insert(self, insert: Insert, rows: Sequence[Row]) -> None:
        """Insert rows."""
        if rows:
            columns = [list(column) for column in zip(*rows, strict=True)]
            self._connection.execute(insert.postgresql, columns)

    def update(self, update: Update, rows: Sequence[Row]) -> int:
        """Update rows and return how many were found."""
        if not rows:
            return 0
        columns = [list(column) for column in zip(*rows, strict=True)]
        count: int = self._connection.execute(update.postgresql, columns).rowcount
        return count

    def query(self, statement: Named | str, parameters: Row = ()) -> list[Row]:
        """Run one statement and return its rows."""
        text = statement if isinstance(statement, str) else statement.postgresql
        rows: list[Row] = self._connection.execute(text, parameters).fetchall()
        return rows

    def execute(self, statement: str) -> None:
        """Run one statement that returns nothing."""
        self._connection.execute(statement)

    def pipeline(self) -> AbstractContextManager[object]:
        """Send the statements of the block without waiting for each answer."""
        pipeline: AbstractContextManager[object] = self._connection.pipeline()
        return pipeline

    def read_only(self) -> None:
        """Let each statement stand for itself: that saves two round trips."""
        self._connection.autocommit = True

    def give_back(self) -> None:
        """End whatever is under way, and begin transactions again."""
        self._connection.rollback()
        self._connection.autocommit = False

    def snapshot(self) -> None:
        """See one consistent state of the database until the connection goes back."""
        self._connection.autocommit = False
        self._connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")

    def begin(self) -> None:
        """Begin with the next statement, as the driver does by itself."""
        if self._connection.autocommit:
            self._connection.autocommit = False

    def commit(self) -> None:
        """Make it last."""
        self._connection.commit()

    def rollback(self) -> None:
        """Make it undone."""
        self._connection.rollback()


def insert_into(driver: Driver, insert: Insert, rows: Sequence[Row]) -> None:
    """Insert rows, if there are any."""
    if rows:
        driver.insert(insert, rows)


def update_in(driver: Driver, update: Update, rows: Sequence[Row]) -> None:
    """Update rows, if there are any; those that do not exist are passed over."""
    if rows:
        driver.update(update, rows)


def replace_in(driver: Driver, update: Update, rows: Sequence[Row]) -> None:
    """Update rows that must all be as they were read.

    Raises:
        Conflict: one of them changed since.
    """
    if rows and driver.update(update, rows) != len(rows):
        message = "something changed since it was read: read it again and decide again"
        raise Conflict(message)
