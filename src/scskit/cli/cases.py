"""``scskit cases``: list, show and export."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

import click

from scskit.cli.database import database_options, json_option, open_store
from scskit.cli.exporting import COLUMNS, case_rows, read_rows, write_csv, write_jsonl
from scskit.cli.output import print_json, print_table
from scskit.cli.showing import as_dict, find_case, show
from scskit.core.case import PRIORITIES, STATES
from scskit.core.records import CaseFilter

if TYPE_CHECKING:
    from collections.abc import Mapping

_LISTED = {
    "id": "id",
    "state": "state",
    "priority": "prio",
    "queue": "queue",
    "agent": "agent",
    "account": "account",
    "customer": "customer",
    "reason": "reason",
    "opened_at": "opened",
    "first_response_at": "answered",
}
"""What a list shows of a case, and under which heading."""


@click.group()
def cases() -> None:
    """List, show and export cases."""


@cases.command("list")
@database_options
@click.option("--state", "states", multiple=True, type=click.Choice(STATES), help="Repeatable.")
@click.option("--queue", metavar="NAME", help="Waits in this queue.")
@click.option("--agent", metavar="NAME", help="Belongs to this agent.")
@click.option("--account", metavar="ID", help="Came in by this account.")
@click.option("--reason", metavar="PATH", help="Has this contact reason or one below it.")
@click.option(
    "--priority", "priorities", multiple=True, type=click.Choice(PRIORITIES), help="Repeatable."
)
@click.option(
    "--limit", default=50, show_default=True, type=click.IntRange(1, 1000), help="How many."
)
@click.option("--after", default="", metavar="ID", help="Begin after this one: the next page.")
@json_option
def list_(  # noqa: PLR0913, PLR0917  one argument per option
    url: str,
    tenant: str | None,
    states: tuple[str, ...],
    queue: str | None,
    agent: str | None,
    account: str | None,
    reason: str | None,
    priorities: tuple[str, ...],
    limit: int,
    after: str,
    as_json: bool,  # noqa: FBT001  click hands flags in by position
) -> None:
    """List cases, the newest first."""
    wanted = CaseFilter(
        states=states,
        queue=queue,
        agent=agent,
        account=account,
        reason=reason,
        priorities=priorities,
    )
    with open_store(url, tenant) as store:
        found = store.find(wanted, after, limit + 1, newest_first=True)
        rows = case_rows(store, found[:limit])
    _print(rows, as_json=as_json)
    if len(found) > limit:
        click.echo(f"there are more: --after {found[limit - 1].id}", err=True)


def _print(rows: list[Mapping[str, object]], *, as_json: bool) -> None:
    if as_json:
        for row in rows:
            print_json(row)
    else:
        cells = ([row[name] for name in _LISTED] for row in rows)
        print_table("Cases", tuple(_LISTED.values()), cells)


@cases.command("show")
@click.argument("case_id", metavar="ID")
@database_options
@json_option
def show_(
    case_id: str,
    url: str,
    tenant: str | None,
    as_json: bool,  # noqa: FBT001
) -> None:
    """Show a case: what it is, why it stands where it stands, and all that happened."""
    with open_store(url, tenant) as store:
        found = find_case(store, case_id)
    if as_json:
        print_json(as_dict(found))
    else:
        show(found)


@cases.command()
@database_options
@click.option(
    "--format",
    "format_",
    default="jsonl",
    show_default=True,
    type=click.Choice(["jsonl", "csv"]),
    help="One object, or one row, per case.",
)
@click.option(
    "--output",
    default="-",
    type=click.File("w", encoding="utf-8", lazy=True),
    metavar="FILE",
    help="Where to; stdout by default.",
)
def export(url: str, tenant: str | None, format_: str, output: IO[str]) -> None:
    """Write one row per case, the oldest first, all of them.

    Whatever the number of cases, they pass through page by page.
    """
    write = write_csv if format_ == "csv" else write_jsonl
    with open_store(url, tenant) as store:
        write(output, read_rows(store))


export.help = f"{export.help}\n\n    Columns: {', '.join(COLUMNS)}."
