"""What is printed, and where: results on stdout, everything about them on stderr."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

_CONTROLS = {
    number: "\N{REPLACEMENT CHARACTER}"
    for number in (*range(32), *range(127, 160))
    if chr(number) not in "\n\t"
}
_WIDE = 240


def fail(*problems: str) -> None:
    """Print problems in red on stderr, one per line."""
    for problem in problems:
        click.secho(clean(problem), fg="red", err=True)


def clean(text: str) -> str:
    """Return text without what a terminal would take for a command."""
    return text.translate(_CONTROLS)


def stamp(instant: datetime | None) -> str | None:
    """Return an instant in ISO 8601 with ``Z``; parts of a second only if there are some."""
    return instant.isoformat().replace("+00:00", "Z") if instant else None


def print_json(value: object) -> None:
    """Print one line of JSON."""
    line = json.dumps(value, ensure_ascii=False)
    # Half a surrogate pair, as networks send it where they cut a text, has no bytes in UTF-8.
    click.echo(line.encode("utf-8", "backslashreplace").decode())


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table; the first column is never shortened."""
    from rich.table import Table  # noqa: PLC0415  not for --json
    from rich.text import Text  # noqa: PLC0415

    table = Table(title=title, title_justify="left")
    for number, column in enumerate(columns):
        table.add_column(column, no_wrap=number == 0, overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if cell is None else clean(str(cell))) for cell in row))
    console().print(table)


def print_counts(counts: Mapping[str, int]) -> None:
    """Print numbers with their names."""
    width = max(map(len, counts))
    for name, count in counts.items():
        click.echo(f"  {name:<{width}}  {count:>9,}")


def console() -> Console:
    """Return a console on stdout, wide where nobody looks at it through a window."""
    from rich.console import Console  # noqa: PLC0415

    found = Console()
    if not found.is_terminal:
        found.width = _WIDE
    return found
