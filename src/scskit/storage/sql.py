"""Statements on the hot path, written from the tables once and then only executed.

Core statements built per call cost several times what the database does with them, and ORM
objects more again; so each statement's text is derived here from the table it belongs to, and
the drivers run that text with plain tuples. Keys of every statement begin with the tenant.
"""

from __future__ import annotations

from functools import cached_property

from attrs import define, frozen
from sqlalchemy import BigInteger, Boolean, Column, Integer, LargeBinary, Table, Text

from scskit.storage.tables import METADATA

POSTGRESQL_TYPES: dict[type, str] = {
    BigInteger: "bigint",
    Integer: "integer",
    Boolean: "boolean",
    LargeBinary: "bytea",
    Text: "text",
}


def _table(name: str) -> Table:
    return METADATA.tables[name]


def column_names(table: str) -> tuple[str, ...]:
    """Return the names of a table's columns, in order."""
    return tuple(_quoted(column) for column in _table(table).columns)


def _quoted(column: Column[object]) -> str:
    return f'"{column.name}"' if column.name in {"key", "text", "type", "schema"} else column.name


def _array(table: str, name: str) -> str:
    column = _table(table).columns[name.strip('"')]
    return f"%s::{POSTGRESQL_TYPES[type(column.type)]}[]"


def _unnest(table: str, names: tuple[str, ...]) -> str:
    arrays = ", ".join(_array(table, name) for name in names)
    return f"unnest({arrays}) AS k({', '.join(names)})"


@define(slots=False, eq=False)
class Lookup:
    """Rows by key, for many keys at once.

    Attributes:
        table: the table, or a join whose first table is ``t``.
        keys: the columns (after the tenant) that a row of keys gives.
        columns: what to return.
        where: a further condition, without parameters.
        order: how the rows of one key are sorted.
        lock: on PostgreSQL, lock the rows of this table (by its letter) until the transaction ends.
        join: further tables, as SQL.
        index: the index that SQLite has to use, where its planner would guess wrong.
    """

    table: str
    keys: tuple[str, ...]
    columns: tuple[str, ...]
    where: str = ""
    order: str = ""
    lock: str = ""
    join: str = ""
    index: str = ""

    @cached_property
    def sqlite(self) -> str:
        """The statement for one key: parameters are the tenant and the key."""
        conditions = " AND ".join(f"t.{name} = ?" for name in ("tenant", *self.keys))
        more = f" AND {self.where}" if self.where else ""
        order = f" ORDER BY {self.order}" if self.order else ""
        columns = ", ".join(self._columns)
        return f"SELECT {columns} FROM {self._source} WHERE {conditions}{more}{order}"  # noqa: S608

    @cached_property
    def sqlite_many(self) -> str:
        """The statement for many keys: parameters are a JSON array of keys, and the tenant.

        A statement for each key costs two to four times as much. It is for lookups without an
        order of their own: with one, SQLite's planner would rather sort than use the index.
        """
        places = [f"json_extract(k.value, '$[{n}]')" for n in range(len(self.keys))]
        values = places if len(places) > 1 else ["k.value"]
        pairs = zip(self.keys, values, strict=True)
        matches = "".join(f" AND t.{name} = {value}" for name, value in pairs)
        more = f" AND {self.where}" if self.where else ""
        return (
            f"SELECT {', '.join(self._columns)} FROM json_each(?) k"  # noqa: S608
            f" CROSS JOIN {self._source} WHERE t.tenant = ?{matches}{more}"
        )

    @cached_property
    def postgresql(self) -> str:
        """The statement for all keys: parameters are one array per key column, the tenant."""
        matches = " AND ".join(f"t.{name} = k.{name}" for name in self.keys)
        more = f" WHERE {self.where}" if self.where else ""
        first = ", ".join(f"k.{name}" for name in self.keys)
        order = f" ORDER BY {', '.join(filter(None, (first, self.order)))}"
        lock = f" FOR UPDATE OF {self.lock}" if self.lock else ""
        return (
            f"SELECT {', '.join(self._columns)} FROM {_unnest(self.table, self.keys)}"  # noqa: S608
            f" JOIN {self.table} t ON t.tenant = %s AND {matches}{self.join}{more}{order}{lock}"
        )

    @property
    def _source(self) -> str:
        index = f" INDEXED BY {self.index}" if self.index else ""
        return f"{self.table} t{index}{self.join}"

    @property
    def _columns(self) -> tuple[str, ...]:
        return tuple(name if "." in name else f"t.{name}" for name in self.columns)


@define(slots=False, eq=False)
class Insert:
    """Rows into a table.

    Attributes:
        table: the table; rows are tuples of all its columns, in order.
        update: on a conflict with the primary key, take over these columns instead of failing.
        ignore: on a conflict with the primary key, leave what is there.
    """

    table: str
    update: tuple[str, ...] = ()
    ignore: bool = False

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """All columns of the table."""
        return column_names(self.table)

    @cached_property
    def sqlite(self) -> str:
        """The statement for one row."""
        marks = ", ".join("?" * len(self.columns))
        return f"{self._into} VALUES ({marks}){self._conflict}"

    @cached_property
    def postgresql(self) -> str:
        """The statement for all rows: parameters are one array per column."""
        return f"{self._into} SELECT * FROM {_unnest(self.table, self.columns)}{self._conflict}"  # noqa: S608

    @property
    def _into(self) -> str:
        return f"INSERT INTO {self.table} ({', '.join(self.columns)})"

    @property
    def _conflict(self) -> str:
        keys = ", ".join(column.name for column in _table(self.table).primary_key.columns)
        if self.ignore:
            return f" ON CONFLICT ({keys}) DO NOTHING"
        if not self.update:
            return ""
        changes = ", ".join(f"{name} = excluded.{name}" for name in self.update)
        return f" ON CONFLICT ({keys}) DO UPDATE SET {changes}"


@define(slots=False, eq=False)
class Update:
    """Columns of rows that exist.

    Attributes:
        table: the table.
        changes: the columns that a row of parameters sets, in order.
        keys: the columns that find the row; the row of parameters ends with them.
    """

    table: str
    changes: tuple[str, ...]
    keys: tuple[str, ...]

    @cached_property
    def sqlite(self) -> str:
        """The statement for one row: parameters are the changes, then the keys."""
        changes = ", ".join(f"{name} = ?" for name in self.changes)
        keys = " AND ".join(f"{name} = ?" for name in self.keys)
        return f"UPDATE {self.table} SET {changes} WHERE {keys}"  # noqa: S608

    @cached_property
    def postgresql(self) -> str:
        """The statement for all rows: one array per changed column, then one per key.

        A key may be a changed column too (a version): its array carries the name ``old_…``.
        """
        names = (*self.changes, *(f"old_{name}" for name in self.keys))
        arrays = ", ".join(_array(self.table, name) for name in (*self.changes, *self.keys))
        changes = ", ".join(f"{name} = k.{name}" for name in self.changes)
        keys = " AND ".join(f"t.{name} = k.old_{name}" for name in self.keys)
        return (
            f"UPDATE {self.table} t SET {changes}"  # noqa: S608
            f" FROM unnest({arrays}) AS k({', '.join(names)}) WHERE {keys}"
        )


@frozen
class Named:
    """A statement that is not of the kinds above, once per database."""

    sqlite: str
    postgresql: str


def both(statement: str) -> Named:
    """Return a statement written with ``?`` for both databases."""
    return Named(sqlite=statement, postgresql=statement.replace("?", "%s"))
