"""``scskit serve``: what networks push comes in."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scskit.cli.database import config_option, database_options, tenant_for_writing
from scskit.cli.desks import open_working_desk
from scskit.core.errors import ConfigError

if TYPE_CHECKING:
    from scskit.desk.desk import Desk

_THREADS = {"postgresql": 12, "sqlite": 48}
"""On SQLite those that wait share the next commit, and the wait for the disk."""

_LINE = "%(asctime)s %(name)s %(message)s"


@click.command()
@database_options
@config_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option(
    "--port",
    default=8000,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="0 takes any that is free.",
)
@click.option(
    "--threads",
    type=click.IntRange(1),
    metavar="N",
    help="Deliveries that are stored at once; by default 12, on SQLite 48.",
)
def serve(  # noqa: PLR0913, PLR0917  one argument per option
    url: str,
    tenant: str | None,
    config: Path | None,
    host: str,
    port: int,
    threads: int | None,
) -> None:
    """Answer what networks push, at /webhooks/CONNECTOR, until interrupted.

    What is acknowledged is stored, and applied unless the desk file leaves that to the worker.
    Put a server in front that speaks TLS; what is due is done by: scskit worker.
    """
    from scskit.storage.database import parse_url  # noqa: PLC0415  help stays quick
    from scskit.web import server  # noqa: PLC0415

    server.require_uvicorn()
    chosen = tenant_for_writing(url, tenant, config)
    logging.basicConfig(level=logging.WARNING, format=_LINE)
    with open_working_desk(url, chosen, config) as desk:
        names = _connectors(desk)
        with server.listen(host, port) as listening:
            click.echo(f"answering at {server.address_of(listening)} for {', '.join(names)}")
            server.serve(desk, listening, threads or _THREADS[parse_url(url).get_backend_name()])


def _connectors(desk: Desk) -> list[str]:
    """Return the connectors that take webhooks.

    Raises:
        ConfigError: there are none.
    """
    connectors = desk.plugins.connectors
    found = sorted(name for name, spec in connectors.items() if "webhook" in spec.capabilities)
    if not found:
        installed = ", ".join(sorted(connectors)) or "none"
        message = f"no connector takes webhooks; installed connectors: {installed}"
        raise ConfigError(message)
    return found
