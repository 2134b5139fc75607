"""``scskit import``: a file into a desk."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from scskit.cli.database import config_option, database_options, json_option, tenant_for_writing
from scskit.cli.output import clean, print_counts, print_json
from scskit.core.errors import ConfigError
from scskit.importing import ImportSummary, Progress, import_file, read_row_map
from scskit.opening import open_desk


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--map",
    "map_file",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="MAP.TOML",
    help="Which column of the file is what.",
)
@database_options
@config_option
@click.option("--history", is_flag=True, help="Keep true times; send nothing, alert nobody.")
@click.option(
    "--rejected",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where rows that go into quarantine are written; by default FILE.rejected.jsonl here.",
)
@json_option
def import_(  # noqa: PLR0913, PLR0917  one argument per option
    file: Path,
    map_file: Path,
    url: str,
    tenant: str | None,
    config: Path | None,
    history: bool,  # noqa: FBT001  click hands flags in by position
    rejected: Path | None,
    as_json: bool,  # noqa: FBT001
) -> None:
    """Take in a CSV or JSON Lines FILE, plain or gzipped, of any size.

    Running it again adds nothing: what the desk has already counts as duplicate.
    """
    row_map = read_row_map(map_file)
    _require_file(file)
    tenant = tenant_for_writing(url, tenant, config)
    with open_desk(url, config, tenant=tenant) as desk, _progress() as on_progress:
        summary = import_file(
            desk, file, row_map, history=history, on_progress=on_progress, rejected_path=rejected
        )
    if as_json:
        print_json(summary.counts)
    else:
        _show(summary, file)


def _require_file(file: Path) -> None:
    """Refuse a missing file before a database is made for it."""
    if not file.exists():
        message = f"{file}: cannot be read: there is no such file"
        raise ConfigError(message)


def _show(summary: ImportSummary, file: Path) -> None:
    click.echo(f"{file.name}:")
    print_counts(summary.counts)
    if summary.reasons:
        more = summary.quarantined - len(summary.reasons)
        click.echo("Quarantined:")
        for reason in summary.reasons:
            click.echo(f"  {clean(reason)}")
        click.echo(f"  and {more:,} more" if more else "", nl=bool(more))
        click.echo(f"All rejected rows: {summary.rejected_file}")


@contextmanager
def _progress() -> Iterator[Callable[[Progress], None]]:
    """Show how far an import is, if anybody is looking."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from scskit.cli.progress import show_progress  # noqa: PLC0415  only for people

    with show_progress() as on_progress:
        yield on_progress
