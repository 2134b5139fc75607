"""The host's own connection: whatever it is made with, and left as it was lent."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection

from scskit.core.errors import StoreError

ALLOWED = (
    "an SQLAlchemy Connection, a Session of SQLAlchemy or SQLModel, a sqlite3.Connection or a"
    " psycopg.Connection"
)


def join(connection: Any) -> tuple[str, Any]:
    """Find the database driver's connection, in a transaction or ready to begin one.

    Args:
        connection: what the host works with; see ``ALLOWED``.

    Returns:
        ``sqlite`` or ``postgresql``, or what SQLAlchemy calls another database; and the connection
        as its driver has it.

    Raises:
        TypeError: it is nothing of the kind.
        StoreError: every statement would be committed by itself.
    """
    name, joined = _driver_connection(connection)
    if name == "sqlite" and not joined.in_transaction and _commits_each(joined):
        raise StoreError(_NO_TRANSACTION)
    if name == "postgresql" and joined.autocommit and not joined.info.transaction_status:
        raise StoreError(_NO_TRANSACTION)
    return name, joined


_NO_TRANSACTION = (
    "the connection commits every statement by itself: begin a transaction before desk.within()"
)


def _driver_connection(connection: Any) -> tuple[str, Any]:
    if isinstance(connection, sqlite3.Connection):
        return "sqlite", connection
    psycopg = sys.modules.get("psycopg")
    if psycopg is not None and isinstance(connection, psycopg.Connection):
        return "postgresql", connection
    bound = connection
    if not isinstance(bound, Connection):
        open_ = getattr(connection, "connection", None)
        bound = open_() if callable(open_) else None
    if not isinstance(bound, Connection):
        message = f"connection: found {type(connection).__name__}, expected {ALLOWED}"
        raise TypeError(message)
    # SQLAlchemy begins with the first statement that it sees; ours go past it.
    bound.exec_driver_sql("SELECT 1")
    return bound.dialect.name, bound.connection.driver_connection


def _commits_each(connection: sqlite3.Connection) -> bool:
    """Tell whether SQLite would make each statement a transaction of its own."""
    own = getattr(connection, "autocommit", None)  # since Python 3.12; -1 leaves it to the other
    return own is True or (own in {None, -1} and connection.isolation_level is None)


@contextmanager
def plain_rows(name: str, connection: Any) -> Iterator[None]:
    """Let rows be tuples and texts be texts, and then what the host wants them to be."""
    names = ("row_factory", "text_factory") if name == "sqlite" else ("row_factory",)
    before = {each: getattr(connection, each) for each in names}
    try:
        for each, plain in _plain(name).items():
            setattr(connection, each, plain)
        yield
    finally:
        for each, own in before.items():
            setattr(connection, each, own)


def _plain(name: str) -> dict[str, Any]:
    if name == "sqlite":
        return {"row_factory": None, "text_factory": str}
    from psycopg.rows import tuple_row  # noqa: PLC0415  SQLite needs none of it

    return {"row_factory": tuple_row}
