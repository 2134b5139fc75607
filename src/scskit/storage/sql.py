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


def _value(table: str, name: str, place: int) -> str:
    """Return what reads a column's value out of a row that came as a JSON array."""
    column = _table(table).columns[name.strip('"')]
    type_ = POSTGRESQL_TYPES[type(column.type)]
    return f"v->>{place}" if type_ == "text" else f"(v->>{place})::{type_}"


def _values(table: str, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_value(table, name, place) for place, name in enumerate(names))


_ROWS = "jsonb_array_elements(%s::jsonb) AS v"
"""Rows travel to PostgreSQL as one JSON text: the server takes it apart faster than the driver
puts arrays together, one for each column."""


@frozen
class Join:
    """A table that belongs to the rows of a lookup, by its key.

    Attributes:
        table: the table.
        letter: what it is called in the statement.
        on: its columns beside the tenant, and what they equal.
        optional: whether rows without it are returned too.
    """

    table: str
    letter: str
    on: tuple[tuple[str, str], ...]
    optional: bool = False

    @property
    def sqlite(self) -> str:
        """The join."""
        kind = "LEFT JOIN" if self.optional else "JOIN"
        return f" {kind} {self.table} {self.letter} ON {self._condition}"

    def postgresql(self, *, lock: bool) -> str:
        """The join, as one look into the index per row; ``lock`` its rows."""
        inner = _fenced(f"{self.table} {self.letter} WHERE {self._condition}", lock=lock)
        if self.optional:
            return f" LEFT JOIN LATERAL {inner} {self.letter} ON true"
        return f" CROSS JOIN LATERAL {inner} {self.letter}"

    @property
    def _condition(self) -> str:
        equal = [f"{self.letter}.{name} = {other}" for name, other in self.on]
        return " AND ".join([f"{self.letter}.tenant = t.tenant", *equal])


def _fenced(source: str, *, lock: bool, skip_locked: bool = False) -> str:
    """Return a subquery that PostgreSQL answers for each row apart.

    Left to itself its planner prefers, as long as it has no statistics of a new database, to read
    a tenant's whole table for a single key; and it keeps to that plan.
    """
    locking = " FOR UPDATE" if lock else ""
    skipping = " SKIP LOCKED" if skip_locked else ""
    return f"(SELECT * FROM {source} OFFSET 0{locking}{skipping})"  # noqa: S608


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
        skip_locked: leave out the rows that somebody else has locked; ``t`` is locked.
        join: further tables.
        index: the index that SQLite has to use, where its planner would guess wrong.
    """

    table: str
    keys: tuple[str, ...]
    columns: tuple[str, ...]
    where: str = ""
    order: str = ""
    lock: str = ""
    skip_locked: bool = False
    join: tuple[Join, ...] = ()
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
        """The statement for all keys: parameters are a JSON array of keys, and the tenant."""
        keys = zip(_values(self.table, self.keys), self.keys, strict=True)
        given = ", ".join(f"{value} AS {name}" for value, name in keys)
        matches = " AND ".join(f"t.{name} = k.{name}" for name in self.keys)
        more = f" AND {self.where}" if self.where else ""
        source = f"{self.table} t WHERE t.tenant = %s AND {matches}{more}"
        table = _fenced(source, lock=self.lock == "t", skip_locked=self.skip_locked)
        joins = "".join(one.postgresql(lock=self.lock == one.letter) for one in self.join)
        first = ", ".join(f"k.{name}" for name in self.keys)
        order = f" ORDER BY {first}, {self.order}" if self.order else ""
        return (
            f"SELECT {', '.join(self._columns)} FROM (SELECT {given} FROM {_ROWS}) k"  # noqa: S608
            f" CROSS JOIN LATERAL {table} t{joins}{order}"
        )

    @property
    def _source(self) -> str:
        index = f" INDEXED BY {self.index}" if self.index else ""
        return f"{self.table} t{index}{''.join(one.sqlite for one in self.join)}"

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
        """The statement for all rows: the parameter is a JSON array of them."""
        values = ", ".join(_values(self.table, self.columns))
        return f"{self._into} SELECT {values} FROM {_ROWS}{self._conflict}"  # noqa: S608

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
        """The statement for many rows: the parameter is a JSON array of them."""
        return self._from(_ROWS)

    @cached_property
    def postgresql_one(self) -> str:
        """The statement for one row: the parameter is a JSON array of its values."""
        return self._from("(SELECT %s::jsonb AS v) AS r")

    def _from(self, source: str) -> str:
        values = _values(self.table, (*self.changes, *self.keys))
        changed = zip(self.changes, values, strict=False)
        found = zip(self.keys, values[len(self.changes) :], strict=True)
        changes = ", ".join(f"{name} = {value}" for name, value in changed)
        keys = " AND ".join(f"t.{name} = {value}" for name, value in found)
        return f"UPDATE {self.table} t SET {changes} FROM {source} WHERE {keys}"  # noqa: S608


@frozen
class Named:
    """A statement that is not of the kinds above, once per database."""

    sqlite: str
    postgresql: str


def both(statement: str) -> Named:
    """Return a statement written with ``?`` for both databases."""
    return Named(sqlite=statement, postgresql=statement.replace("?", "%s"))
