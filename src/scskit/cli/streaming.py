"""``scskit stream``: what a network goes on saying comes in, without any address of one's own."""

from __future__ import annotations

import logging
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import click

from scskit.cli.database import config_option, database_options, tenant_for_writing
from scskit.cli.desks import open_working_desk
from scskit.core.errors import ConfigError

if TYPE_CHECKING:
    from scskit.desk.desk import Desk
    from scskit.http.listening import Listener
    from scskit.plugins.specs import Connector

_LINE = "%(asctime)s %(name)s %(message)s"


class _Ended(BaseException):
    """Somebody asked to end while nothing was being stored; no error, so that nobody catches it."""


@click.command()
@click.argument("connector")
@database_options
@config_option
def stream(connector: str, url: str, tenant: str | None, config: Path | None) -> None:
    """Listen to what CONNECTOR's network goes on saying, until interrupted.

    What comes is stored before more is read. A connection that breaks is opened again. What is due
    is done by: scskit worker.
    """
    from scskit.http.listening import Listener  # noqa: PLC0415  help stays quick

    chosen = tenant_for_writing(url, tenant, config)
    logging.basicConfig(level=logging.WARNING, format=_LINE)
    stop = Event()
    with open_working_desk(url, chosen, config) as desk, Listener(wait=stop.wait) as listener:
        network = _connector(desk, connector)
        with _until_interrupted(listener, stop):
            click.echo(f"listening to {connector}")
            listener.listen(network, lambda body: desk.streamed(connector, body))


def _connector(desk: Desk, name: str) -> Connector:
    """Return a connector that listens.

    Raises:
        ConfigError: there is none with this name that does.
    """
    specs = desk.plugins.connectors
    able = sorted(one for one, spec in specs.items() if "stream" in spec.capabilities)
    if name not in able:
        allowed = ", ".join(able) or "no installed connector listens"
        message = f"CONNECTOR: found {name!r}; allowed: {allowed}"
        raise ConfigError(message)
    return specs[name].connector


@contextmanager
def _until_interrupted(listener: Listener, stop: Event) -> Iterator[None]:
    """End on SIGINT and SIGTERM: at once while nothing is being stored, else right after."""

    def interrupt(*_: object) -> None:
        stop.set()
        if not listener.taking:
            raise _Ended

    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(one, interrupt) for one in signals]
    try:
        yield
    except _Ended:
        pass
    finally:
        for one, handler in zip(signals, before, strict=True):
            signal.signal(one, handler)
