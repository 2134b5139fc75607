"""What the pipeline wrote, transaction by transaction, for a floor to write again.

Triggers in a copy of the base note every row that the pipeline inserts or changes, whatever
statements it uses. What one transaction did to a row is then boiled down to one insert or to one
update of the columns that changed: the least that could have been written by hand.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from attrs import Factory, define, frozen

from benchmarks.bases import open_bench_desk
from scskit import Message
from scskit.desk.desk import Desk
from scskit.storage.tables import METADATA

Row = tuple[Any, ...]


@define
class Updated:
    """A row that changed.

    Attributes:
        values: the whole row afterwards.
        changed: the places of the columns that changed.
    """

    values: Row
    changed: set[int] = Factory(set)


@frozen
class Change:
    """What one transaction did to one table.

    Attributes:
        table: the table.
        inserted: whole new rows.
        updated: changed rows.
    """

    table: str
    inserted: list[Row]
    updated: list[Updated]


Written = list[Change]
"""One transaction."""


def record(path: Path, batches: Sequence[Sequence[Message]]) -> list[Written]:
    """Let the pipeline ingest batches and return what each of them wrote.

    Args:
        path: a copy of a base; it is changed.
        batches: one transaction each.
    """
    with (
        closing(sqlite3.connect(path, isolation_level=None)) as watcher,
        open_bench_desk(path, "NORMAL") as desk,
    ):
        for table in METADATA.tables:
            _watch(watcher, table)
        return [_written(desk, batch, watcher) for batch in batches]


def _written(desk: Desk, batch: Sequence[Message], watcher: sqlite3.Connection) -> Written:
    counts = desk.ingest(batch).counts
    assert counts["applied"] == len(batch), f"of {len(batch)} messages were {counts}"
    return [change for table in METADATA.tables for change in _collect(watcher, table)]


def column_names(table: str) -> list[str]:
    """Return the names of a table's columns, in order."""
    return [column.name for column in METADATA.tables[table].columns]


def key_places(table: str) -> list[int]:
    """Return which columns are the primary key."""
    names = column_names(table)
    return [names.index(column.name) for column in METADATA.tables[table].primary_key.columns]


def _watch(watcher: sqlite3.Connection, table: str) -> None:
    """Note what happens to a table's rows: how, which columns changed, and the row afterwards."""
    names = [f'"{name}"' for name in column_names(table)]
    new = ", ".join(f"NEW.{name}" for name in names)
    changed = " || ".join(f"(OLD.{name} IS NOT NEW.{name})" for name in names)
    log = f"log_{table}"
    watcher.execute(f"CREATE TABLE {log} (happened, changed, {', '.join(names)})")
    for happened, values in (("INSERT", f"'', {new}"), ("UPDATE", f"{changed}, {new}")):
        note = f"INSERT INTO {log} VALUES ('{happened}', {values})"  # noqa: S608
        watcher.execute(
            f"CREATE TRIGGER {log}_{happened} AFTER {happened} ON {table} BEGIN {note}; END"
        )
    watcher.execute(
        f"CREATE TRIGGER {log}_DELETE AFTER DELETE ON {table}"
        " BEGIN SELECT RAISE(ABORT, 'the pipeline deletes nothing'); END"
    )


def _collect(watcher: sqlite3.Connection, table: str) -> list[Change]:
    noted = watcher.execute(f"SELECT * FROM log_{table} ORDER BY rowid").fetchall()  # noqa: S608
    if not noted:
        return []
    watcher.execute(f"DELETE FROM log_{table}")  # noqa: S608
    keys = key_places(table)
    new: dict[Row, Row] = {}
    updated: dict[Row, Updated] = {}
    for happened, changed, *values in noted:
        row = tuple(values)
        key = tuple(row[place] for place in keys)
        if happened == "INSERT" or key in new:
            new[key] = row
            continue
        update = updated.setdefault(key, Updated(row))
        update.values = row
        update.changed.update(place for place, flag in enumerate(changed) if flag == "1")
    return [Change(table, list(new.values()), [u for u in updated.values() if u.changed])]
