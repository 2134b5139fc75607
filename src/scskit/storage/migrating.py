"""Alembic, told where our migrations are and which connection to use."""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

if TYPE_CHECKING:
    from sqlalchemy import Connection

_ONE_AT_A_TIME = Lock()
"""Alembic keeps what it works on in global variables: two threads would migrate each other's."""


def make_config(connection: Connection | None = None) -> Config:
    """Return Alembic's configuration for the migrations that ship with scskit."""
    config = Config()
    folder = str(Path(__file__).parent / "migrations")
    config.set_main_option("script_location", folder.replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def known_revisions() -> set[str]:
    """Return the revisions that this release can upgrade from."""
    script = ScriptDirectory.from_config(make_config())
    return {revision.revision for revision in script.walk_revisions()}


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring a database to ``revision`` inside the connection's transaction."""
    with _ONE_AT_A_TIME:
        command.upgrade(make_config(connection), revision)
