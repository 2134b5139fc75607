"""``scskit poll``: what networks keep comes in, where nothing is pushed."""

from __future__ import annotations

import signal
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import click

from scskit.cli.database import config_option, database_options, json_option, tenant_for_writing
from scskit.cli.desks import open_working_desk
from scskit.cli.output import fail, print_json
from scskit.core.errors import StoreError

if TYPE_CHECKING:
    from scskit.desk.polling import Polled


@click.command()
@click.argument("account", required=False)
@database_options
@config_option
@click.option("--once", is_flag=True, help="Read what is there now, and end.")
@click.option(
    "--every",
    type=click.FloatRange(1.0),
    default=60.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait before reading again.",
)
@json_option
def poll(  # noqa: PLR0913, PLR0917  one argument per option
    account: str | None,
    url: str,
    tenant: str | None,
    config: Path | None,
    once: bool,  # noqa: FBT001  click hands flags in by position
    every: float,
    as_json: bool,  # noqa: FBT001
) -> None:
    """Read what networks keep for ACCOUNT, or for every account, until interrupted."""
    chosen = tenant_for_writing(url, tenant, config)
    stop = Event()
    if not once:
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, lambda *_: stop.set())
    failed = False
    with open_working_desk(url, chosen, config) as desk:
        while not stop.is_set():
            try:
                polled = desk.poll(account)
            except StoreError as error:
                if once:
                    raise
                polled = []
                fail(f"{error}; tried again in {every:g} s")
            for one in polled:
                _tell(one, as_json=as_json)
            failed = any(one.error for one in polled)
            if once or stop.wait(every):
                break
    if once and failed:
        raise SystemExit(1)


def _tell(one: Polled, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "account": one.account,
                "pages": one.pages,
                "items": one.items,
                "unreadable": one.unreadable,
                "more": one.more,
                "error": str(one.error) if one.error else None,
            }
        )
        return
    why = f"; ended early: {one.error}" if one.error else ""
    odd = f", {one.unreadable} of them not understood" if one.unreadable else ""
    click.echo(f"{one.account}: {one.items} items on {one.pages} pages{odd}{why}")
