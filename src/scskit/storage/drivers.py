"""How the two databases run the statements: the only place that knows their drivers."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Protocol

from orjson import dumps

from scskit.core.errors import Refused, StoreError
from scskit.storage.sql import Insert, Lookup, Named, Update
from scskit.wire.text import encode

Row = tuple[Any, ...]
Rows = Callable[[], list[Row]]
"""An answer that is read when it is needed."""


MANY = 8
"""From so many keys on, SQLite reads them out of one JSON array."""

FEW = 8
"""Up to so many rows, PostgreSQL updates each by a statement that cannot be planned wrong."""

LARGEST_JSON = 64 * 1024 * 1024
"""Characters of JSON in one statement; PostgreSQL keeps at most 256 MB of it in memory."""

_NOTHING: AbstractContextManager[object] = nullcontext()


class Conflict(StoreError):
    """Another writer was faster; the whole transaction can be tried again."""


class Driver(Protocol):
    """Runs statements on one database connection."""

    name: str

    def fetch(self, lookup: Lookup, tenant: str, keys: Iterable[Row]) -> list[Row]:
        """Return the rows of all keys."""
        ...

    def send(self, lookup: Lookup, tenant: str, keys: Iterable[Row]) -> Rows:
        """Ask for the rows of all keys; the answer is read after ``pipeline``."""
        ...

    def ask(self, statement: Named, parameters: Row = ()) -> Rows:
        """Run one statement; the answer is read after ``pipeline``."""
        ...

    def insert(self, insert: Insert, rows: Sequence[Row]) -> None:
        """Insert rows."""
        ...

    def update(self, update: Update, rows: Sequence[Row]) -> Callable[[], int]:
        """Update rows; how many were found is read after ``pipeline``."""
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
    """SQLite: statements are cheap, so a few keys are each one execution of a prepared one."""

    name = "sqlite"

    def __init__(self, connection: Any) -> None:
        """Run on an open ``sqlite3.Connection``."""
        self._connection: sqlite3.Connection = connection

    def fetch(self, lookup: Lookup, tenant: str, keys: Iterable[Row]) -> list[Row]:
        """Return the rows of all keys."""
        found = list(keys)
        if len(found) >= MANY and not lookup.order:
            return self._fetch_many(lookup, tenant, found)
        execute = self._connection.cursor().execute
        statement = lookup.sqlite
        rows: list[Row] = []
        for key in found:
            rows.extend(execute(statement, (tenant, *key)))
        return rows

    def _fetch_many(self, lookup: Lookup, tenant: str, keys: Sequence[Row]) -> list[Row]:
        array = keys if len(lookup.keys) > 1 else [key for (key,) in keys]
        return self._connection.execute(lookup.sqlite_many, (encode(array), tenant)).fetchall()

    def send(self, lookup: Lookup, tenant: str, keys: Iterable[Row]) -> Rows:
        """Ask at once: there is nothing to wait for."""
        rows = self.fetch(lookup, tenant, keys)
        return lambda: rows

    def ask(self, statement: Named, parameters: Row = ()) -> Rows:
        """Ask at once: there is nothing to wait for."""
        rows = self.query(statement, parameters)
        return lambda: rows

    def insert(self, insert: Insert, rows: Sequence[Row]) -> None:
        """Insert rows."""
        self._connection.executemany(insert.sqlite, rows)

    def update(self, update: Update, rows: Sequence[Row]) -> Callable[[], int]:
        """Update rows and tell how many were found."""
        count = self._connection.executemany(update.sqlite, rows).rowcount
        return lambda: count

    def query(self, statement: Named | str, parameters: Row = ()) -> list[Row]:
        """Run one statement and return its rows."""
        text = statement if isinstance(statement, str) else statement.sqlite
        return self._connection.execute(text, parameters).fetchall()

    def execute(self, statement: str) -> None:
        """Run one statement that returns nothing."""
        self._connection.execute(statement)

    def pipeline(self) -> AbstractContextManager[object]:
        """Do nothing: there is no round trip to save."""
        return _NOTHING

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


def _json(value: Any) -> str:
    """Return rows as PostgreSQL takes them.

    Raises:
        Refused: a text in them has no UTF-8 form.
    """
    try:
        return dumps(value, default=_hexadecimal).decode()
    except TypeError as error:
        message = f"a value cannot be stored: {error}"
        raise Refused(message) from error


def _hexadecimal(value: object) -> str:
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    message = f"{type(value).__name__} is not a value of a row"
    raise TypeError(message)


def _parts(rows: Sequence[Row]) -> Iterator[str]:
    """Yield rows in texts that are not larger than the server takes."""
    text = _json(rows)
    if len(text) <= LARGEST_JSON or len(rows) == 1:
        yield text
        return
    middle = len(rows) // 2
    yield from _parts(rows[:middle])
    yield from _parts(rows[middle:])


class PostgresDriver:
    """PostgreSQL: a round trip is dear, so all keys and all rows travel together."""

    name = "postgresql"

    def __init__(self, connection: Any) -> None:
        """Run on an open ``psycopg.Connection``."""
        self._connection = connection

    def fetch(self, lookup: Lookup, tenant: str, keys: Iterable[Row]) -> list[Row]:
        """Return the rows of all keys."""
        return self.send(lookup, tenant, keys)()

    def send(self, lookup: Lookup, tenant: str, keys: Iterable[Row]) -> Rows:
        """Ask for the rows of all keys, without waiting."""
        found = sorted(keys) if lookup.lock else list(keys)  # locks are taken in one order
        if not found:
            return list
        parameters = (_json(found), tenant)
        answer: Rows = self._connection.execute(lookup.postgresql, parameters).fetchall
        return answer

    def ask(self, statement: Named, parameters: Row = ()) -> Rows:
        """Run one statement, without waiting."""
        answer: Rows = self._connection.execute(statement.postgresql, parameters).fetchall
        return answer

    def insert(self, insert: Insert, rows: Sequence[Row]) -> None:
        """Insert rows."""
        for part in _parts(rows):
            self._connection.execute(insert.postgresql, (part,))

    def update(self, update: Update, rows: Sequence[Row]) -> Callable[[], int]:
        """Update rows, without waiting to hear how many were found."""
        execute = self._connection.execute
        if len(rows) <= FEW:
            cursors = [execute(update.postgresql_one, (_json(row),)) for row in rows]
        else:
            cursors = [execute(update.postgresql, (part,)) for part in _parts(rows)]
        return lambda: sum(cursor.rowcount for cursor in cursors)

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
        return _pipeline(self._connection)

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
        connection = self._connection
        if connection.autocommit and not connection.info.transaction_status:  # a host's has begun
            connection.autocommit = False

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


@contextmanager
def _pipeline(connection: Any) -> Iterator[None]:
    """Let psycopg leave its pipeline in peace, and raise what went wrong in it afterwards.

    Left by an error, it logs a warning for each statement that was not run any more: a writer who
    was faster is no reason for one.
    """
    failure: Exception | None = None
    try:
        with connection.pipeline():
            try:
                yield
            except Exception as error:  # noqa: BLE001  raised again below
                failure = error
    except Exception:
        if failure is None:
            raise
    if failure is not None:
        raise failure


class Replacements:
    """Updates of rows that must all be as they were read."""

    def __init__(self, driver: Driver) -> None:
        """Update on one connection."""
        self._driver = driver
        self._pending: list[tuple[Callable[[], int], int]] = []

    def add(self, update: Update, rows: Sequence[Row]) -> None:
        """Update rows, if there are any."""
        if rows:
            self._pending.append((self._driver.update(update, rows), len(rows)))

    def check(self) -> None:
        """Look whether every row was found; call it after ``pipeline``.

        Raises:
            Conflict: one of them changed since it was read.
        """
        if any(count() != expected for count, expected in self._pending):
            message = "something changed since it was read: read it again and decide again"
            raise Conflict(message)
