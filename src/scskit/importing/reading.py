"""Rows of CSV and JSON Lines files, one at a time, each with its line number."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Protocol

from scskit.config.places import show
from scskit.core.errors import ConfigError
from scskit.importing.mapping import RowMap
from scskit.importing.source import LONGEST_LINE, Source, not_utf8

_MOST_NAMES = 1000


class RawRow(NamedTuple):
    """One row of a file.

    Attributes:
        line: the line it begins on, from 1.
        values: the texts of the reader's columns; None if the row cannot be read.
        raw: the row as it is in the file: values, or text.
        problem: why it cannot be read.
    """

    line: int
    values: Sequence[str] | None
    raw: object
    problem: str = ""


class Rows(Protocol):
    """The rows of a file."""

    columns: Sequence[str]

    def __iter__(self) -> Iterator[RawRow]:
        """Yield all rows; empty ones are left out."""
        ...

    def check(self) -> None:
        """Refuse the file, now that all rows are read, if it lacks columns of the map."""
        ...

    def values(self, raw: Any) -> Sequence[str]:  # noqa: ANN401  what this reader made
        """Return ``RawRow.values`` again, from ``RawRow.raw``."""
        ...


def open_rows(source: Source, row_map: RowMap) -> Rows:
    """Return the rows of an open file.

    Raises:
        ConfigError: the file is empty, or lacks columns that the map names.
    """
    first = next(source.lines, "")
    source.lines.take_back(0)
    start = first.lstrip()[:1]
    if (row_map.format or ("jsonl" if start in {"{", "["} else "csv")) == "csv":
        return CsvRows(source, row_map)
    if start == "[":
        message = f"{source.name}: found one JSON array; allowed: JSON Lines, one object per line"
        raise ConfigError(message)
    return JsonRows(source, row_map)


class CsvRows:
    """The rows of a CSV file with a header."""

    def __init__(self, source: Source, row_map: RowMap) -> None:
        """Read the header."""
        self._lines = source.lines
        self._delimiter = row_map.delimiter
        self._reader = self._begin()
        self.columns: Sequence[str] = next((r.values for r in self._records() if r.values), ())
        wanted = set(row_map.columns())
        row_map.require(wanted.difference(self.columns), self.columns, source.name)
        twice = sorted(c for c in wanted if self.columns.count(c) > 1)
        if twice:
            message = f"{source.name}: found several columns called {', '.join(map(show, twice))}"
            raise ConfigError(f"{message}; allowed: every column of the map once")

    def check(self) -> None:
        """Do nothing: the header told."""

    def __iter__(self) -> Iterator[RawRow]:
        """Yield all rows but those without any text."""
        width = len(self.columns)
        for row in self._records(width):
            if row.values is None or any(row.values):
                yield row

    def _records(self, width: int | None = None) -> Iterator[RawRow]:
        limit = csv.field_size_limit(LONGEST_LINE)  # for the whole process: put back at the end
        try:
            while row := self._next(width):
                yield row
        finally:
            csv.field_size_limit(limit)

    def _next(self, width: int | None) -> RawRow | None:
        lines = self._lines
        line = lines.begin()
        try:
            values = next(self._reader)
        except StopIteration:
            return None
        except csv.Error as error:
            return self._broken(line, f"this is no CSV: {error}")
        problem = (
            ""
            if len(values) == width or not any(values) or width is None
            else (f"found {len(values)} columns, expected {width}, as the header has")
        )
        if len(lines.taken) > 1 and (problem or not self._is_strict()):
            return self._broken(line, "a quote is opened that is not closed properly")
        problem = problem or not_utf8(lines.taken)
        return RawRow(line, None if problem else values, values, problem)

    def values(self, raw: Sequence[str]) -> Sequence[str]:
        """Return ``RawRow.values`` again."""
        return raw

    def _begin(self) -> Iterator[list[str]]:
        return csv.reader(self._lines, delimiter=self._delimiter)

    def _is_strict(self) -> bool:
        """Tell whether the lines taken are one row also by the letter of the format."""
        try:
            rows = csv.reader(self._lines.taken, delimiter=self._delimiter, strict=True)
            return len(list(rows)) == 1
        except csv.Error:
            return False

    def _broken(self, line: int, problem: str) -> RawRow:
        """Give up the first line of a row only: a stray quote must not take others with it."""
        self._lines.take_back(1)
        self._reader = self._begin()
        return RawRow(line, None, self._lines.taken[0].rstrip("\r\n"), problem)


class JsonRows:
    """The rows of a JSON Lines file. A name with dots leads into nested objects."""

    def __init__(self, source: Source, row_map: RowMap) -> None:
        """Look for the columns of the map."""
        self._lines = source.lines
        self._file = source.name
        self._map = row_map
        self.columns: Sequence[str] = tuple(dict.fromkeys(row_map.columns()))
        self._unseen = set(self.columns)
        self._seen: dict[str, None] = {}

    def check(self) -> None:
        """Refuse a file in which a column of the map is missing from all rows."""
        if self._seen:
            self._map.require(self._unseen, self._seen, self._file)

    def __iter__(self) -> Iterator[RawRow]:
        """Yield all rows but blank lines."""
        lines = self._lines
        line = lines.begin()
        for text in lines:
            if not text.isspace():
                yield self._read(line, text.rstrip("\r\n"))
            line = lines.begin()

    def _read(self, line: int, text: str) -> RawRow:
        problem = not_utf8((text,))
        if problem:
            return RawRow(line, None, text, problem)
        try:
            row = _parse(text)
        except (ValueError, RecursionError) as error:
            return RawRow(line, None, text, f"this is no JSON: {error}")
        if not isinstance(row, dict):
            return RawRow(line, None, text, f"found {show(row)}, expected a JSON object")
        if self._unseen:
            self._look(row)
        return RawRow(line, self._values(row), text)

    def values(self, raw: str) -> Sequence[str]:
        """Return ``RawRow.values`` again."""
        return self._values(_parse(raw))

    def _values(self, row: dict[str, Any]) -> list[str]:
        return [as_text(_find(row, column)) for column in self.columns]

    def _look(self, row: dict[str, Any]) -> None:
        self._unseen = {c for c in self._unseen if _find(row, c, self) is self}
        if len(self._seen) < _MOST_NAMES:
            self._seen.update(dict.fromkeys(row))


def _parse(text: str) -> Any:  # noqa: ANN401  whatever JSON holds
    # Numbers stay as they are written: ids are longer than any float is exact.
    return json.loads(text, parse_int=str, parse_float=str, parse_constant=str)


def _find(row: dict[str, Any], column: str, default: object = None) -> object:
    if column in row or "." not in column:
        return row.get(column, default)
    name, _, rest = column.partition(".")
    inner = row.get(name)
    return _find(inner, rest, default) if isinstance(inner, dict) else default


def as_text(value: object) -> str:
    """Return a JSON value as a CSV file would have it."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False)
