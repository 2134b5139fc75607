"""Opening a database: the engine, the schema, the driver of each connection."""

from __future__ import annotations

import os
import sqlite3
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from attrs import define, field
from sqlalchemy import (
    URL,
    Connection,
    Engine,
    PoolProxiedConnection,
    create_engine,
    event,
    inspect,
    make_url,
    text,
)
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as AllInUse

from scskit.core.errors import ConfigError, StoreError
from scskit.storage import forking
from scskit.storage.drivers import Driver, PostgresDriver, SqliteDriver
from scskit.storage.tables import METADATA, SCHEMA_REVISION, prepare_for_postgresql

Synchronous = Literal["FULL", "NORMAL"]

VERSION_TABLE = "scs_alembic_version"
_CREATE_VERSION_TABLE = (
    f"CREATE TABLE {VERSION_TABLE} (version_num VARCHAR(32) NOT NULL,"
    f" CONSTRAINT {VERSION_TABLE}_pkc PRIMARY KEY (version_num))"
)
"""As Alembic makes it."""
CHECKPOINT_PAGES = 10_000
CACHE_KIBIBYTES = 65_536
BUSY_SECONDS = 60
_WAL = "PRAGMA journal_mode = WAL"
KEPT_CONNECTIONS = 5

_MIGRATION_LOCK = 0x5C5_0000


def _is_locked(error: BaseException) -> bool:
    return getattr(error, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    """Let readers and the writer work at once.

    Two that open a new file at once both switch it, and there SQLite fails instead of waiting.
    """
    try:
        connection.execute(_WAL)
    except sqlite3.OperationalError as error:
        if not _is_locked(error):
            raise
        _patiently(connection.execute, _WAL)


def _patiently(work: Callable[[str], object], statement: str) -> None:
    from tenacity import (  # noqa: PLC0415  hardly ever needed
        Retrying,
        retry_if_exception,
        stop_after_delay,
        wait_random,
    )

    retrying = Retrying(
        retry=retry_if_exception(_is_locked),
        wait=wait_random(0.001, 0.02),
        stop=stop_after_delay(BUSY_SECONDS),
        reraise=True,
    )
    retrying(work, statement)


@define(eq=False)
class _Lease:
    """A connection that the pool has lent us, and the driver on it."""

    pooled: PoolProxiedConnection
    driver: Driver


class Loan:
    """A connection for the time of a ``with`` block."""

    __slots__ = ("_database", "_lease", "_reading")

    def __init__(self, database: Database, *, reading: bool) -> None:
        """Lend from a database; see ``Database.connect``."""
        self._database = database
        self._reading = reading

    def __enter__(self) -> Driver:
        """Take the connection."""
        self._lease = self._database.lend(reading=self._reading)
        return self._lease.driver

    def __exit__(self, *_: object) -> None:
        """Give it back."""
        self._database.take_back(self._lease)


@define(eq=False)
class Database:
    """An open database.

    Attributes:
        engine: SQLAlchemy's, which owns the connections.
        name: ``sqlite`` or ``postgresql``.
    """

    engine: Engine
    name: str = field(init=False)
    _idle: deque[_Lease] = field(init=False, factory=deque)
    _lent: set[_Lease] = field(init=False, factory=set)
    _process: int = field(init=False, factory=os.getpid)
    _inherited: list[_Lease] = field(init=False, factory=list)

    def __attrs_post_init__(self) -> None:
        """Be told of forks."""
        forking.watch(self)

    @name.default
    def _dialect(self) -> str:
        return self.engine.dialect.name

    @property
    def file(self) -> str:
        """The file that everything is in; empty where a server keeps it."""
        return file_of(self.engine.url)

    def connect(self, *, reading: bool = False) -> Loan:
        """Lend a connection; rolled back at the end of the ``with`` block.

        Args:
            reading: no transaction is wanted: each statement stands for itself.
        """
        return Loan(self, reading=reading)

    def lend(self, *, reading: bool) -> _Lease:
        """Take a connection; ``take_back`` has to follow."""
        lease = self._take()
        self._lent.add(lease)
        if reading:
            try:
                lease.driver.read_only()
            except BaseException:
                self.take_back(lease)
                raise
        return lease

    def take_back(self, lease: _Lease) -> None:
        """Put a connection back, or forget all of them if it turns out to be lost."""
        self._lent.discard(lease)
        try:
            lease.driver.give_back()
        except Exception:  # noqa: BLE001  whoever worked on it has been told why
            # The server is gone or has hung up; then it has on those that wait as well.
            lease.pooled.invalidate()
            self.close()
        else:
            self._put_back(lease)

    def _take(self) -> _Lease:
        if self._process != os.getpid():
            forking.require_whole(self.file)
            self._leave_to_parent()
        try:
            return self._idle.pop()
        except IndexError:
            pass
        try:
            pooled = self.engine.raw_connection()
        except DBAPIError as error:
            raise _unreachable(self.engine.url, error) from error
        except AllInUse as error:
            message = f"no connection to {self.engine.url.render_as_string()} is free: {error}"
            raise StoreError(message) from error
        return _Lease(pooled, make_driver(self.name, pooled.driver_connection))

    def _leave_to_parent(self) -> None:
        """Forget the connections that were open before a fork, without a word to the server."""
        self._process = os.getpid()
        self._inherited.extend(self._idle)
        self._idle.clear()
        self.engine.dispose(close=False)

    def _put_back(self, lease: _Lease) -> None:
        # The pool's own way out and in costs a message more than its statements do.
        if len(self._idle) < KEPT_CONNECTIONS:
            self._idle.append(lease)
        else:
            lease.pooled.close()

    def close(self) -> bool:
        """Close every connection that is not lent; tell whether any is."""
        if self._process != os.getpid():
            self._leave_to_parent()
        with suppress(IndexError):  # somebody else may take the last one
            while True:
                self._idle.pop().pooled.close()
        self.engine.dispose()
        return bool(self._lent)


def make_driver(name: str, connection: Any) -> Driver:
    """Return the driver for an open database connection.

    Raises:
        ConfigError: the database is neither SQLite nor PostgreSQL through psycopg.
    """
    if name == "sqlite":
        return SqliteDriver(connection)
    if name == "postgresql":
        return PostgresDriver(connection)
    message = f"database {name!r} is not supported; use sqlite or postgresql+psycopg"
    raise ConfigError(message)


def file_of(url: URL) -> str:
    """Return the file that a database is, whatever it is called; empty for one of a server."""
    return os.path.realpath(url.database or "") if url.drivername == "sqlite" else ""


def parse_url(url: str) -> URL:
    """Read a database address.

    Args:
        url: ``sqlite:///path``, ``postgresql://…``, or the path of an SQLite file.

    Raises:
        ConfigError: the address cannot be read or names another database.
    """
    if "://" not in url:
        return URL.create("sqlite", database=url)
    try:
        parsed = make_url(url)
        if parsed.drivername in {"postgresql", "postgres"}:
            parsed = parsed.set(drivername="postgresql+psycopg")
        if parsed.drivername not in {"sqlite", "postgresql+psycopg"}:
            message = (
                f"database address {parsed.render_as_string()!r}: {parsed.drivername!r} is not "
                "supported; use sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME"
            )
            raise ConfigError(message)
    except ArgumentError as error:
        message = f"database address {url!r} cannot be read: use sqlite:///FILE"
        raise ConfigError(message) from error
    return parsed


def open_database(url: str, *, synchronous: Synchronous = "FULL", migrate: bool = True) -> Database:
    """Open a database and bring its schema up to date.

    Args:
        url: see ``parse_url``.
        synchronous: SQLite only: ``FULL`` survives a power cut, ``NORMAL`` may lose the last
            commits in one (never in a crash of the process).
        migrate: whether an older schema may be upgraded; otherwise it is refused.

    Raises:
        ConfigError: the address is wrong.
        StoreError: the database cannot be reached, or its schema is newer than this release.
    """
    parsed = parse_url(url)
    try:
        engine = (
            _sqlite_engine(parsed, synchronous)
            if parsed.drivername == "sqlite"
            else _postgres_engine(parsed)
        )
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        message = "PostgreSQL needs psycopg: pip install 'scskit[postgresql]'"
        raise ConfigError(message) from error
    try:
        _prepare(engine, migrate=migrate)
    except BaseException as error:
        engine.dispose()
        if isinstance(error, DBAPIError):
            raise _unreachable(parsed, error) from error
        raise
    return Database(engine)


def _unreachable(url: URL, error: DBAPIError) -> StoreError:
    return StoreError(f"database {url.render_as_string()} does not open: {error.orig}")


def _sqlite_engine(url: URL, synchronous: Synchronous) -> Engine:
    if not url.database or url.database == ":memory:":
        message = "an SQLite desk needs a file: memory would lose every acknowledged message"
        raise ConfigError(message)
    folder = Path(url.database).absolute().parent
    if not folder.is_dir():
        message = f"database {url.database}: the folder {folder} does not exist"
        raise ConfigError(message)
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _: object) -> None:
        forking.require_whole(file_of(url))
        # Python would begin transactions by itself, deferred and too late; we say BEGIN.
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000:.0f}")
        _switch_to_wal(connection)
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIBIBYTES}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _postgres_engine(url: URL) -> Engine:
    prepare_for_postgresql()
    engine = create_engine(url)

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _: object) -> None:
        # Our statements look rows up by their keys, whatever the values: planning each anew, as
        # the server would, costs several times what running it does.
        connection.autocommit = True
        connection.execute("SET plan_cache_mode = force_generic_plan")
        connection.autocommit = False

    return engine


def _prepare(engine: Engine, *, migrate: bool) -> None:
    revision = _revision(engine)
    if revision == SCHEMA_REVISION:
        return
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:k)"), {"k": _MIGRATION_LOCK})
        revision = _revision(connection)
        if revision is None:
            _create(connection)
        elif revision != SCHEMA_REVISION:
            _upgrade(connection, revision, migrate=migrate)


def _revision(where: Engine | Connection) -> str | None:
    """Return the schema's revision; None for a database without our tables."""
    if not inspect(where).has_table(VERSION_TABLE):
        return None
    statement = text(f"SELECT version_num FROM {VERSION_TABLE}")  # noqa: S608
    if isinstance(where, Connection):
        return where.execute(statement).scalar()
    with where.connect() as connection:
        return connection.execute(statement).scalar()


def _create(connection: Connection) -> None:
    """Make the newest schema at once: the same that all migrations lead to, without Alembic."""
    METADATA.create_all(connection)
    connection.execute(text(_CREATE_VERSION_TABLE))
    insert = f"INSERT INTO {VERSION_TABLE} (version_num) VALUES (:revision)"  # noqa: S608
    connection.execute(text(insert), {"revision": SCHEMA_REVISION})


def _upgrade(connection: Connection, revision: str, *, migrate: bool) -> None:
    from scskit.storage import migrating  # noqa: PLC0415  Alembic is loaded only when needed

    if revision not in migrating.known_revisions():
        message = (
            f"the database has schema {revision}, which this scskit does not know "
            f"(it knows up to {SCHEMA_REVISION}): it was written by a newer release; upgrade scskit"
        )
        raise StoreError(message)
    if not migrate:
        message = (
            f"the database has schema {revision} and this scskit needs {SCHEMA_REVISION}: "
            "open it once with migrate=True"
        )
        raise StoreError(message)
    migrating.upgrade(connection)
