"""``scskit outbox``: what could not be delivered, and what becomes of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from scskit.cli.database import config_option, database_options, json_option, open_store
from scskit.cli.desks import open_desk_of
from scskit.cli.output import print_json, print_table, stamp

if TYPE_CHECKING:
    from scskit.core.outbound import Part

BY = "system:cli"

_because = click.option(
    "--because", required=True, metavar="TEXT", help="Why, for whoever reads the log."
)


@click.group()
def outbox() -> None:
    """See what could not be delivered, and decide about it."""


@outbox.command("list")
@database_options
@click.option(
    "--limit", default=100, show_default=True, type=click.IntRange(1), help="How many at most."
)
@click.option("--after", default="", metavar="ID", help="The last one of the page before.")
@json_option
def list_(
    url: str,
    tenant: str | None,
    limit: int,
    after: str,
    as_json: bool,  # noqa: FBT001  click hands flags in by position
) -> None:
    """List what failed, and what only a person can find out about, oldest first."""
    with open_store(url, tenant) as store, store.read() as reader:
        parts = reader.replies.stuck(after, limit)
    if as_json:
        for part in parts:
            print_json(part_as_dict(part))
        return
    columns = ("id", "state", "case", "account", "attempts", "code", "why")
    print_table("Stuck", columns, map(_row, parts))


def _row(part: Part) -> tuple[object, ...]:
    outbound = part.outbound
    return (
        *(part.id, part.state, outbound.case_id, outbound.account),
        *(part.attempts, part.code, part.detail),
    )


def part_as_dict(part: Part) -> dict[str, object]:
    """Return a part of a reply as a JSON object; never its words."""
    return {
        "id": part.id,
        "reply": part.reply_id,
        "number": part.number,
        "kind": part.kind,
        "case": part.outbound.case_id or None,
        "account": part.outbound.account,
        "visibility": part.outbound.visibility,
        "state": part.state,
        "ready_at": stamp(part.ready_at),
        "attempts": part.attempts,
        "external_id": part.external_id,
        "code": part.code,
        "error_class": part.error_class,
        "detail": part.detail,
    }


@outbox.command()
@click.argument("ids", nargs=-1, required=True)
@_because
@database_options
@config_option
def redrive(
    ids: tuple[str, ...], because: str, url: str, tenant: str | None, config: Path | None
) -> None:
    """Queue these IDS again, which failed; name the desk file that the desk runs under."""
    with open_desk_of(url, tenant, config) as desk:
        for id_ in ids:
            part = desk.outbox.redrive(id_, by=BY, because=because)
            click.echo(f"{id_}: {part.state}")


@outbox.command()
@click.argument("id_", metavar="ID")
@click.option(
    "--arrived/--not-arrived",
    required=True,
    default=None,
    help="Whether it stands on the network. What did not arrive is queued again.",
)
@click.option("--external-id", default="", metavar="ID", help="The network's id of it.")
@click.option("--by", required=True, metavar="ACTOR", help="Who looked, such as agent:eva.")
@_because
@database_options
@config_option
def resolve(  # noqa: PLR0913, PLR0917  one argument per option
    id_: str,
    arrived: bool,  # noqa: FBT001  click hands flags in by position
    external_id: str,
    by: str,
    because: str,
    url: str,
    tenant: str | None,
    config: Path | None,
) -> None:
    """Say what became of ID, whose outcome is unknown, after having looked at the network."""
    with open_desk_of(url, tenant, config) as desk:
        part = desk.outbox.resolve(
            id_, arrived=arrived, by=by, because=because, external_id=external_id
        )
        click.echo(f"{id_}: {part.state}")
