"""The floors: code as one would write it by hand that writes the same rows, and nothing else.

No look-ups, no JSON, no hashing: the tuples are ready before the clock starts. Schema, indexes,
settings of the connection and limits of the transactions are the product's.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from attrs import frozen

from benchmarks.recording import Change, Row, Written, column_names, key_places
from scskit.storage.database import Synchronous, open_database
from scskit.storage.sql import POSTGRESQL_TYPES
from scskit.storage.tables import METADATA

Statement = tuple[str, Sequence[Any]]
Plan = list[list[Statement]]
"""Per transaction, statements with all their rows (or, on PostgreSQL, arrays)."""

SETTINGS = (
    "journal_mode",
    "synchronous",
    "wal_autocheckpoint",
    "cache_size",
    "mmap_size",
    "temp_store",
    "busy_timeout",
)


@frozen
class _Group:
    """Rows for one statement; of an update, the last columns are the key."""

    table: str
    columns: tuple[str, ...]
    keys: int
    rows: list[Row]


def sqlite_plan(recording: Sequence[Written]) -> Plan:
    """Return the statements that write a recording; each with its rows."""
    return [
        [(_one_row(group, "?"), group.rows) for group in _by_columns(written)]
        for written in recording
    ]


def postgres_rows_plan(recording: Sequence[Written]) -> Plan:
    """Return one statement per row."""
    return [
        [
            (_one_row(group, "%s"), row)
            for group in _by_columns(written)
            for row in _with_booleans(group)
        ]
        for written in recording
    ]


def postgres_arrays_plan(recording: Sequence[Written]) -> Plan:
    """Return one statement per table and kind of change, with one array per column."""
    return [
        [
            (
                _all_rows(group),
                [list(column) for column in zip(*_with_booleans(group), strict=True)],
            )
            for group in _by_table(written)
        ]
        for written in recording
    ]


def _by_columns(written: Written) -> Iterator[_Group]:
    """Group updates by what they change: none sets a column, or an index, without need."""
    for change in written:
        yield from _inserts(change)
        updated = [(sorted(update.changed), update.values) for update in change.updated]
        for places, found in groupby(sorted(updated, key=itemgetter(0)), key=itemgetter(0)):
            yield _updates(change.table, places, [values for _, values in found])


def _by_table(written: Written) -> Iterator[_Group]:
    """Set every column that changed anywhere: one statement does for the whole table."""
    for change in written:
        yield from _inserts(change)
        if change.updated:
            places = sorted(set().union(*(update.changed for update in change.updated)))
            yield _updates(change.table, places, [update.values for update in change.updated])


def _inserts(change: Change) -> Iterator[_Group]:
    if change.inserted:
        yield _Group(change.table, tuple(column_names(change.table)), 0, change.inserted)


def _updates(table: str, places: list[int], rows: list[Row]) -> _Group:
    names, keys = column_names(table), key_places(table)
    chosen = [*places, *keys]
    return _Group(
        table,
        tuple(names[place] for place in chosen),
        len(keys),
        [tuple(row[place] for place in chosen) for row in rows],
    )


def _one_row(group: _Group, mark: str) -> str:
    quoted = [f'"{name}"' for name in group.columns]
    if not group.keys:
        marks = ", ".join([mark] * len(quoted))
        return f"INSERT INTO {group.table} ({', '.join(quoted)}) VALUES ({marks})"  # noqa: S608
    changes = ", ".join(f"{name} = {mark}" for name in quoted[: -group.keys])
    keys = " AND ".join(f"{name} = {mark}" for name in quoted[-group.keys :])
    return f"UPDATE {group.table} SET {changes} WHERE {keys}"  # noqa: S608


def _all_rows(group: _Group) -> str:
    quoted = [f'"{name}"' for name in group.columns]
    columns = METADATA.tables[group.table].columns
    types = [POSTGRESQL_TYPES[type(columns[name].type)] for name in group.columns]
    arrays = ", ".join(f"%s::{type_}[]" for type_ in types)
    if not group.keys:
        names = ", ".join(quoted)
        return f"INSERT INTO {group.table} ({names}) SELECT * FROM unnest({arrays})"  # noqa: S608
    changes = ", ".join(f"{name} = k.{name}" for name in quoted[: -group.keys])
    keys = " AND ".join(f"t.{name} = k.{name}" for name in quoted[-group.keys :])
    return (
        f"UPDATE {group.table} t SET {changes}"  # noqa: S608
        f" FROM unnest({arrays}) AS k({', '.join(quoted)}) WHERE {keys}"
    )


def _with_booleans(group: _Group) -> list[Row]:
    """Return rows that came from SQLite, which has no booleans, as PostgreSQL wants them."""
    columns = METADATA.tables[group.table].columns
    flags = [columns[name].type.python_type is bool for name in group.columns]
    if not any(flags):
        return group.rows
    return [
        tuple(bool(value) if flag else value for value, flag in zip(row, flags, strict=True))
        for row in group.rows
    ]


def connect_sqlite(path: Path, synchronous: Synchronous) -> sqlite3.Connection:
    """Connect with the settings that the product's connections have."""
    with (
        closing(open_database(str(path), synchronous=synchronous)) as database,
        database.connect() as driver,
    ):
        found = {name: driver.query(f"PRAGMA {name}")[0][0] for name in SETTINGS}
    connection = sqlite3.connect(path, isolation_level=None)
    for name, value in found.items():
        connection.execute(f"PRAGMA {name} = {value}")
    return connection


def write_sqlite_rows(connection: sqlite3.Connection, plan: Plan) -> None:
    """Write transactions row by row."""
    execute = connection.cursor().execute
    for written in plan:
        execute("BEGIN IMMEDIATE")
        for statement, rows in written:
            for row in rows:
                execute(statement, row)
        execute("COMMIT")


def write_sqlite_batches(connection: sqlite3.Connection, plan: Plan) -> None:
    """Write transactions with one ``executemany`` per statement."""
    cursor = connection.cursor()
    for written in plan:
        cursor.execute("BEGIN IMMEDIATE")
        for statement, rows in written:
            cursor.executemany(statement, rows)
        cursor.execute("COMMIT")


def write_postgres(connection: Any, plan: Plan) -> None:  # noqa: ANN401  psycopg's, where it is
    """Write transactions statement by statement."""
    with connection.cursor() as cursor:
        for written in plan:
            for statement, parameters in written:
                cursor.execute(statement, parameters)
            connection.commit()
