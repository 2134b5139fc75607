"""Opening what a command works on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from scskit.core.errors import ConfigError, NotFound

if TYPE_CHECKING:
    from scskit.storage.database import Database
    from scskit.storage.store import SqlStore

F = TypeVar("F", bound=Callable[..., Any])

DEFAULT_TENANT = "default"


def database_options(function: F) -> F:
    """Give a command ``--db`` and ``--tenant``."""
    tenant = click.option(
        "--tenant",
        metavar="NAME",
        help="Whose cases; by default the only tenant of the database, else 'default'.",
    )
    return db_option(tenant(function))


db_option = click.option(
    "--db",
    "url",
    required=True,
    envvar="SCSKIT_DB",
    metavar="URL",
    help="sqlite:///FILE, postgresql://USER@HOST/NAME or the path of an SQLite file; "
    "or set SCSKIT_DB.",
)

config_option = click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="DESK.TOML",
    help="The desk file; without one, every account is welcome.",
)

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@contextmanager
def open_existing(url: str) -> Iterator[Database]:
    """Open a database for reading.

    Raises:
        NotFound: it is an SQLite file that does not exist: reading must not make one.
    """
    from scskit.storage.database import open_database, parse_url  # noqa: PLC0415  help stays quick

    parsed = parse_url(url)
    if parsed.drivername == "sqlite" and parsed.database and not Path(parsed.database).exists():
        message = f"database {parsed.database}: there is no such file"
        raise NotFound(message)
    database = open_database(url)
    try:
        yield database
    finally:
        database.close()


@contextmanager
def open_store(url: str, tenant: str | None) -> Iterator[SqlStore]:
    """Open a tenant's part of a database for reading."""
    from scskit.storage.store import SqlStore  # noqa: PLC0415

    with open_existing(url) as database:
        yield SqlStore(database, choose_tenant(database, tenant))


def choose_tenant(database: Database, tenant: str | None) -> str:
    """Return the tenant asked for, else the only one that there is.

    Raises:
        ConfigError: there are several, and none is called ``default``.
        NotFound: the one asked for never had a desk here.
    """
    from scskit.storage.store import list_tenants  # noqa: PLC0415

    known = list_tenants(database)
    if tenant is not None:
        if tenant not in known:
            message = f"--tenant: found {tenant!r}; the database has: {', '.join(known) or 'none'}"
            raise NotFound(message)
        return tenant
    if len(known) <= 1:
        return known[0] if known else DEFAULT_TENANT
    if DEFAULT_TENANT not in known:
        message = f"--tenant: found nothing; allowed: {', '.join(known)}"
        raise ConfigError(message)
    return DEFAULT_TENANT


def tenant_for_writing(url: str, tenant: str | None, config: Path | None) -> str | None:
    """Return the tenant for a command that may make the database; None asks the desk file."""
    if tenant is not None or config is not None:
        return tenant
    try:
        with open_existing(url) as database:
            return choose_tenant(database, None)
    except NotFound:
        return None
