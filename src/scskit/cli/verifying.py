"""``scskit verify``: is every case what its events say, and no event altered?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from scskit.cli.database import choose_tenant, db_option, json_option, open_existing
from scskit.cli.output import fail, print_json

if TYPE_CHECKING:
    from scskit.storage.verify import VerifyReport


@click.command()
@db_option
@click.option("--tenant", metavar="NAME", help="Whose cases; everybody's by default.")
@json_option
@click.pass_context
def verify(
    ctx: click.Context,
    url: str,
    tenant: str | None,
    as_json: bool,  # noqa: FBT001  click hands flags in by position
) -> None:
    """Check the chain of events and the row of every case.

    Exits with 1 and names the first bad row of each damaged case if anything is wrong.
    """
    reports = _check(url, tenant)
    if as_json:
        _print_json(reports)
    else:
        _show(reports)
    ctx.exit(0 if all(report.clean for report in reports.values()) else 1)


def _check(url: str, tenant: str | None) -> dict[str, VerifyReport]:
    from scskit.storage.store import SqlStore, list_tenants  # noqa: PLC0415  help stays quick

    with open_existing(url) as database:
        wanted = [choose_tenant(database, tenant)] if tenant else list_tenants(database)
        return {name: SqlStore(database, name).verify() for name in wanted}


def _print_json(reports: dict[str, VerifyReport]) -> None:
    for tenant, report in reports.items():
        found = {"cases": report.cases, "events": report.events, "problems": report.problems}
        print_json({"tenant": tenant, "clean": report.clean, **found})


def _show(reports: dict[str, VerifyReport]) -> None:
    for tenant, report in reports.items():
        verdict = "nothing is wrong" if report.clean else f"{len(report.problems)} problems"
        counts = f"{report.cases:,} cases, {report.events:,} events"
        click.echo(f"tenant {tenant}: {counts}: {verdict}")
        fail(*report.problems)
    if not reports:
        click.echo("the database has no tenants: nothing to check")
