"""The map: a TOML file that says which column of a file is what, with every mistake at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from attrs import define, field, frozen

from scskit.config.places import Context, Place, listing, nearest, show
from scskit.config.readers import (
    Fields,
    Reader,
    list_of,
    mapping,
    matching,
    one_of,
    record,
    scalar,
    text,
)
from scskit.config.sections import DESK, identifier
from scskit.config.toml import decode_toml, load_toml
from scskit.core.errors import ConfigError
from scskit.core.interaction import Direction, InteractionKind, Visibility
from scskit.importing.times import time_format

FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
"""What ``automated`` may be, in any case."""


@frozen(kw_only=True)
class Cell:
    """Where one thing about a message comes from.

    Attributes:
        columns: the columns that hold it; several are joined.
        join: what stands between several columns.
        value: the same for every row, instead of columns.
        map: what the texts in the column mean; a text that is not listed means nothing.
        default: what it is where the column says nothing; with one, a file need not have the
            column at all.
    """

    columns: tuple[str, ...] = ()
    join: str = " "
    value: str = ""
    map: Mapping[str, str] | None = None
    default: str | None = None


@define(kw_only=True)
class RowMap:
    """What a map file says.

    Attributes:
        network: the network that the file's accounts are on.
        row: where each thing about a message comes from, by its name.
        labels: where the labels come from, by their kind.
        extra: columns to keep with the message as they are.
        format: ``csv`` or ``jsonl``; None to see by the file's first character.
        delimiter: what stands between two columns of a CSV file.
        time_format: ``iso``, ``epoch``, ``epoch_ms`` or a ``strptime`` format.
        time_zone: the zone of times that do not tell theirs; None refuses them.
        source: how the map is called in problems.
    """

    network: str
    row: Mapping[str, Cell]
    labels: Mapping[str, Cell] = field(factory=dict)
    extra: tuple[str, ...] = ()
    format: str | None = None
    delimiter: str = ","
    time_format: str = "iso"
    time_zone: str | None = None
    source: str = "map.toml"

    def columns(self) -> Iterator[str]:
        """Yield every column that the map names."""
        for cell in (*self.row.values(), *self.labels.values()):
            yield from cell.columns
        yield from self.extra

    def required(self) -> Iterator[tuple[str, str]]:
        """Yield every column that a file must have, with the place in the map."""
        for section, cells in (("row", self.row), ("labels", self.labels)):
            for name, cell in cells.items():
                if cell.default is None:
                    yield from ((column, f"{section}.{name}") for column in cell.columns)
        yield from ((column, f"extra[{n}]") for n, column in enumerate(self.extra, 1))

    def require(self, missing: Collection[str], present: Collection[str], file: str) -> None:
        """Refuse a file that lacks columns which it must have.

        Args:
            missing: the columns of the map that the file lacks.
            present: the columns that it has.
            file: how the file is called.

        Raises:
            ConfigError: one line per place in the map that names a missing column.
        """
        problems = []
        for column, place in self.required():
            if column in missing:
                near = nearest(column, present)
                hint = f' (did you mean "{near}"?)' if near else ""
                problems.append(
                    f"{self.source}: {place}: found {show(column)}, a column that {file} does not "
                    f"have{hint}; allowed: {listing(present, near)}"
                )
        if problems:
            raise ConfigError(problems)


def read_row_map(path: Path) -> RowMap:
    """Read a map file.

    Raises:
        ConfigError: the file cannot be read, or anything in it is wrong: one line per mistake.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        message = f"{path}: cannot be read: {error.strerror}; allowed: a map file, see docs/import"
        raise ConfigError(message) from error
    return parse_row_map(decode_toml(content, str(path)), str(path))


def parse_row_map(text: str, source: str = "map.toml") -> RowMap:
    """Read the text of a map file.

    Args:
        text: TOML.
        source: how the map is called in problems.

    Raises:
        ConfigError: anything in it is wrong: one line per mistake, each with its path, what was
            found and what is allowed.
    """
    place = Place(Context(source, {}))
    row_map = record(RowMap, MAP, required=("network", "row"))(load_toml(text, source), place)
    if row_map is None or place.count():
        raise ConfigError(place.context.problems)
    row_map.source = source
    return row_map


anything = scalar(str, "text in quotes", lambda given: given)
account = matching("[^:]*", 'an account id: any text without ":"')
delimiter = matching(r"[^\r\n\"]", r'one character such as "," or ";" or "\t"')
_columns = list_of(text, at_least=1)


def cell(said: Reader[str] = anything) -> Reader[Cell]:
    """Make a reader of a cell: a column's name, or a table that says more.

    Args:
        said: how to read what the map itself says: a value, a default, the results of a map.
    """
    fields: Fields = {
        "column": text,
        "columns": _columns,
        "value": said,
        "map": mapping(said, at_least=1),
        "default": said,
        "join": anything,
    }
    read_table = record(_make_cell, fields)

    def read(value: object, place: Place) -> Cell | None:
        if isinstance(value, str):
            column = text(value, place)
            return None if column is None else Cell(columns=(column,))
        if not isinstance(value, dict):
            place.wrong(value, "a column's name in quotes, or a table such as { column = ... }")
            return None
        _check_sources(value, place)
        return read_table(value, place)

    return read


def _make_cell(column: str = "", columns: tuple[str, ...] = (), **others: Any) -> Cell:  # noqa: ANN401  as a cell's
    return Cell(columns=(column,) if column else columns, **others)


_SOURCES = ("column", "columns", "value")


def _check_sources(given: Mapping[str, Any], place: Place) -> None:
    """Note a cell that comes from nowhere or from two places, and what would do nothing."""
    sources = [key for key in _SOURCES if key in given]
    if len(sources) != 1:
        place.report(" and ".join(sources) or "none of them", "one of column, columns and value")
    idle = ("map", "default", "join") if sources == ["value"] else ()
    for key in idle or (("join",) if "columns" not in given else ()):
        if key in given:
            why = "every row has the same value" if idle else "only columns are joined"
            (place / key).wrong(given[key], f"nothing here, because {why}")


_cell = cell()

ROW: Fields = {
    "external_id": _cell,
    "account": cell(account),
    "author": _cell,
    "time": _cell,
    "text": _cell,
    "handle": _cell,
    "name": _cell,
    "followers": _cell,
    "parent": _cell,
    "thread": _cell,
    "direction": cell(one_of(get_args(Direction))),
    "kind": cell(one_of(get_args(InteractionKind))),
    "visibility": cell(one_of(get_args(Visibility))),
    "addressed_to": _cell,
    "automated": cell(one_of(tuple(FLAGS))),
    "language": _cell,
    "shared_from": _cell,
}
"""Everything about a message that can come from a file."""

REQUIRED = ("external_id", "account", "author", "time")

MAP: Fields = {
    "network": identifier,
    "row": record(dict, ROW, required=REQUIRED),
    "labels": mapping(_cell),
    "extra": _columns,
    "format": one_of(("csv", "jsonl")),
    "delimiter": delimiter,
    "time_format": time_format,
    "time_zone": DESK["time_zone"],
}
