"""Taking what a map names out of the texts of a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from scskit.importing.mapping import Cell

Get = Callable[[Sequence[str]], str]


class Fields:
    """Takes several cells out of a row; those that are just a column, all at once."""

    def __init__(self, cells: Mapping[str, Cell], places: Mapping[str, int]) -> None:
        """Look up once where everything is.

        Args:
            cells: what to take, by name.
            places: where each column stands in a row.
        """
        plain = {n: places[c.columns[0]] for n, c in cells.items() if _is_plain(c)}
        self._names = tuple(plain)
        self._indexes = tuple(plain.values())
        self._others = [(n, _getter(c, places)) for n, c in cells.items() if n not in plain]

    def take(self, values: Sequence[str]) -> dict[str, str]:
        """Return the cells by name."""
        given = dict(zip(self._names, [values[i] for i in self._indexes], strict=True))
        for name, get in self._others:
            given[name] = get(values)
        return given


def _is_plain(cell: Cell) -> bool:
    return len(cell.columns) == 1 and cell.map is None and cell.default is None


def _getter(cell: Cell, places: Mapping[str, int]) -> Get:
    """Make a function that takes a cell out of a row."""
    if not cell.columns:
        return lambda _: cell.value
    get: Get = _joined([places[c] for c in cell.columns if c in places], cell.join)
    if cell.map is not None:
        get = _mapped(get, cell.map)
    default = cell.default or ""
    return lambda values: get(values) or default


def _joined(indexes: Sequence[int], join: str) -> Get:
    if len(indexes) == 1:
        (index,) = indexes
        return lambda values: values[index]
    return lambda values: join.join(v for i in indexes if (v := values[i]))


def _mapped(get: Get, meanings: Mapping[str, str]) -> Get:
    # JSON has true where other programs write True; what is written exactly so comes first.
    loose = {text.lower(): meaning for text, meaning in meanings.items()}

    def read(values: Sequence[str]) -> str:
        text = get(values)
        meaning = meanings.get(text)
        return loose.get(text.lower(), "") if meaning is None else meaning

    return read
