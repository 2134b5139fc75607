"""Databases for every test, and how hard to try.

A test that asks for ``database_url`` runs on SQLite and on PostgreSQL. The PostgreSQL server is the
one that ``SCSKIT_TEST_POSTGRES`` names, otherwise a private one that lives as long as the test run.
"""

from __future__ import annotations

import gc
import os
import re
import secrets
from pathlib import Path
from shutil import disk_usage
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from sqlalchemy import create_engine, make_url, text

from scskit.testing.postgres import PostgresUnavailable, local_postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

# No deadline: how long one example takes says more about the machine than about the code.
# Every run tries the same examples, so that a change is judged by itself; whoever looks for others
# sets SCSKIT_HYPOTHESIS=thorough.
settings.register_profile("default", max_examples=60, deadline=None, derandomize=True)
settings.register_profile("thorough", max_examples=2000, deadline=None)
settings.load_profile(os.environ.get("SCSKIT_HYPOTHESIS", "default"))


PLENTY = 4 << 30
"""Bytes of memory that are enough for the data of a server."""

# Thousands of collected tests stay to the end: looking through them again and again finds nothing.
gc.disable()


def pytest_collection_finish() -> None:
    """Collect garbage from here on, but leave what is there alone."""
    gc.freeze()
    gc.enable()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--crash-rounds`` and ``--fuzz-seconds``."""
    parser.addoption(
        "--crash-rounds",
        type=int,
        default=2,
        help="how often the crash tests kill a working process (default: 2)",
    )
    parser.addoption(
        "--reply-seeds",
        type=int,
        default=1,
        help="how many lives of replies on each fake network are played (default: 1)",
    )
    parser.addoption(
        "--fuzz-seconds",
        type=int,
        default=1,
        help="for how long to look for bodies that break each connector (default: 1)",
    )


@pytest.fixture
def crash_rounds(request: pytest.FixtureRequest) -> int:
    """How often to kill."""
    return request.config.getoption("--crash-rounds")


@pytest.fixture(scope="session")
def postgres_server_url() -> Iterator[str]:
    """Give a PostgreSQL server on which databases may be created; under xdist, one per worker."""
    given = os.environ.get("SCSKIT_TEST_POSTGRES")
    if given:
        yield given
        return
    try:
        # Tests kill our processes, never the server: it need not survive a loss of power.
        careless = {"fsync": "off", "full_page_writes": "off", "wal_level": "minimal"}
        with (
            TemporaryDirectory(prefix="scskit-pg-", dir=_in_memory()) as folder,
            local_postgres(Path(folder) / "data", **careless, max_wal_senders=0) as url,
        ):
            yield url
    except PostgresUnavailable as error:
        pytest.skip(f"{error} - or name a server in SCSKIT_TEST_POSTGRES")


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Name a SQLite database that does not exist yet."""
    return f"sqlite:///{tmp_path}/desk.db"


@pytest.fixture
def postgres_url(postgres_server_url: str) -> Iterator[str]:
    """Create an empty PostgreSQL database; drop it afterwards, whoever is still connected."""
    name = f"scskit_test_{secrets.token_hex(6)}"
    _execute(postgres_server_url, f"CREATE DATABASE {name}")
    yield make_url(postgres_server_url).set(database=name).render_as_string(hide_password=False)
    _execute(postgres_server_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Name an empty database, once on SQLite and once on PostgreSQL."""
    name = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param]
    return request.getfixturevalue(name)


@pytest.fixture(scope="session")
def drawn_roles() -> dict[tuple[str, str], bool]:
    """Read ``roles.txt``: by action and role, whether it may."""
    text = (Path(__file__).parent / "roles.txt").read_text(encoding="utf-8")
    roles = dict(re.findall(r"\b([A-Z]{2}) ([a-z_]+)", text))
    head, *lines = [line.split() for line in text.splitlines() if line and line[0] != "#"]
    return {
        (action, roles[short]): mark == "x"
        for action, *marks in lines
        for short, mark in zip(head, marks, strict=True)
    }


def _in_memory() -> str | None:
    """Name a folder in memory where there is plenty: tests make and drop hundreds of databases."""
    memory = "/dev/shm"  # noqa: S108  the folder itself gets a name that nobody knows
    if not os.access(memory, os.W_OK) or disk_usage(memory).free < PLENTY:
        return None
    return memory


def _execute(url: str, statement: str) -> None:
    # CREATE and DROP DATABASE refuse to run inside a transaction.
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(statement))
    finally:
        engine.dispose()
