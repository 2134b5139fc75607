"""PostgreSQL: a private server, a base copied from SQLite, and fresh databases for every run."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import make_url

from benchmarks.bases import open_bench_desk
from scskit.storage.tables import METADATA
from scskit.testing.postgres import local_postgres

SETTINGS: dict[str, Any] = {"shared_buffers": "1GB", "fsync": "on", "synchronous_commit": "on"}
BASE = "bench_base"


class Server:
    """A running server with one base database."""

    def __init__(self, url: str, base: Path) -> None:
        """Fill the base database with the rows of an SQLite base."""
        self._url = make_url(url)
        self._numbers = count()
        self._admin = psycopg.connect(self._libpq("postgres"), autocommit=True)
        self._admin.execute(f"CREATE DATABASE {BASE}")
        open_bench_desk(self.url(BASE)).close()
        with psycopg.connect(self._libpq(BASE), autocommit=True) as target:
            with closing(sqlite3.connect(base)) as source:
                _copy(source, target)
            target.execute("VACUUM ANALYZE")
        self.version = self._admin.info.parameter_status("server_version") or ""

    def url(self, database: str) -> str:
        """Return the address of a database, for scskit."""
        return self._url.set(database=database).render_as_string(hide_password=False)

    def connect(self, database: str) -> psycopg.Connection:
        """Connect to a database, for a floor."""
        return psycopg.connect(self._libpq(database))

    def _libpq(self, database: str) -> str:
        plain = self._url.set(drivername="postgresql", database=database)
        return plain.render_as_string(hide_password=False)

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """Lend a copy of the base, named; it is on the disk before anything is measured."""
        name = f"bench_run_{next(self._numbers)}"
        self._admin.execute(f"CREATE DATABASE {name} TEMPLATE {BASE}")
        self.checkpoint()
        try:
            yield name
        finally:
            self._admin.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def checkpoint(self) -> None:
        """Write everything that is in memory to the disk."""
        self._admin.execute("CHECKPOINT")

    def close(self) -> None:
        """Let go of the server."""
        self._admin.close()


@contextmanager
def serve(base: Path) -> Iterator[Server]:
    """Run a server for as long as the block lasts."""
    with local_postgres(**SETTINGS) as url, closing(Server(url, base)) as server:
        yield server


def _copy(source: sqlite3.Connection, target: psycopg.Connection) -> None:
    """Copy all rows of all tables."""
    for name, table in METADATA.tables.items():
        target.execute(f"TRUNCATE {name}")
        quoted = ", ".join(f'"{column.name}"' for column in table.columns)
        flags = [column.type.python_type is bool for column in table.columns]
        with target.cursor().copy(f"COPY {name} ({quoted}) FROM STDIN") as copy:
            for row in source.execute(f"SELECT {quoted} FROM {name}"):  # noqa: S608
                pairs = zip(row, flags, strict=True)
                copy.write_row([bool(value) if flag else value for value, flag in pairs])
