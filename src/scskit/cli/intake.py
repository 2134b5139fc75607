"""``scskit intake quarantine``: messages that could not be understood."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from scskit.cli.database import (
    config_option,
    database_options,
    json_option,
    open_store,
)
from scskit.cli.desks import open_desk_of
from scskit.cli.output import clean, print_counts, print_json, print_table, stamp

if TYPE_CHECKING:
    from scskit.core.records import Quarantined

_limit = click.option(
    "--limit", default=100, show_default=True, type=click.IntRange(1), help="How many at most."
)


@click.group()
def intake() -> None:
    """See what came in and went nowhere."""


@intake.group()
def quarantine() -> None:
    """Messages that could not be understood: kept, and tried again on request."""


@quarantine.command("list")
@database_options
@_limit
@click.option("--after", default="", metavar="ID", help="The last one of the page before.")
@json_option
def list_(
    url: str,
    tenant: str | None,
    limit: int,
    after: str,
    as_json: bool,  # noqa: FBT001  click hands flags in by position
) -> None:
    """List what is quarantined, oldest first."""
    with open_store(url, tenant) as store:
        lines = store.quarantine(after, limit)
    if as_json:
        for line in lines:
            print_json(_as_dict(line))
        return
    columns = ("id", "received", "attempts", "reason")
    rows = ((n.id, stamp(n.received_at), n.attempts, n.reason) for n in lines)
    print_table("Quarantined", columns, rows)


def _as_dict(line: Quarantined) -> dict[str, object]:
    from scskit.wire.text import decode  # noqa: PLC0415  help stays quick

    return {
        "id": line.id,
        "received_at": stamp(line.received_at),
        "attempts": line.attempts,
        "reason": line.reason,
        "payload": decode(line.payload),
    }


@quarantine.command()
@click.argument("ids", nargs=-1)
@database_options
@config_option
@_limit
@json_option
def redrive(  # noqa: PLR0913, PLR0917  one argument per option
    ids: tuple[str, ...],
    url: str,
    tenant: str | None,
    config: Path | None,
    limit: int,
    as_json: bool,  # noqa: FBT001
) -> None:
    """Try these IDS again, or the oldest; name the desk file that the desk runs under."""
    with open_desk_of(url, tenant, config) as desk:
        report = desk.intake.redrive(ids or None, limit=limit, by="system:cli")
    if as_json:
        print_json(report.counts)
        return
    print_counts(report.counts)
    for outcome in report.outcomes:
        if outcome.state == "quarantined":
            click.echo(f"  {outcome.quarantine_id}: {clean(outcome.reason)}")


@quarantine.command()
@click.argument("ids", nargs=-1, required=True)
@database_options
def discard(ids: tuple[str, ...], url: str, tenant: str | None) -> None:
    """Give these IDS up: they are kept and no longer tried."""
    with open_desk_of(url, tenant, None) as desk:
        for id_ in ids:
            desk.intake.discard(id_, by="system:cli")
            click.echo(f"{id_}: given up")
