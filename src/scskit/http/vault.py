"""A file of tokens that are renewed while a program runs, and must outlive it.

A refresh token that works once leaves no second try: whoever asks for new tokens must be alone in
that, and must have stored what came before anything is done with it. So a renewal holds the file's
lock from before the request until the answer is on disk; all processes of one machine see it. The
file can be read by its owner only, and holds the tokens as they are: keep it like a key.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final

from attrs import define, field

from scskit.core.errors import RetryLater, StoreError

if TYPE_CHECKING:
    from sqlite3 import Connection

_TABLE: Final = "CREATE TABLE IF NOT EXISTS vault (key TEXT PRIMARY KEY, content TEXT NOT NULL)"
_SOON: Final = 2.0
"""Seconds after which another's renewal is probably done."""

_AT_MOST: Final = 60.0
"""Seconds to wait for whoever reads or writes the file at this moment; milliseconds as a rule."""

_making = Lock()
"""Held while a file is made: closing it would give up the locks that this process has on it."""


class Busy(RetryLater):
    """Somebody else is renewing; what they get can be read when they are done."""


@define
class Renewal:
    """The one renewal of a file that is under way.

    Attributes:
        content: what is kept under the key; empty when nothing is.
    """

    content: Mapping[str, str]
    _kept: dict[str, str] = field(factory=dict)

    def keep(self, content: Mapping[str, str]) -> None:
        """Say what to keep instead; it is on disk when the renewal ends."""
        self._kept = dict(content)


@define
class Vault:
    """Small texts by key, in a file. May be used from several threads and processes at once.

    Attributes:
        path: the file; it is made when something is kept first, in a folder that exists.
    """

    path: Path

    def read(self, key: str) -> Mapping[str, str]:
        """Return what is kept under a key; empty when nothing is.

        Raises:
            StoreError: the file cannot be read.
        """
        with _making:
            if not self.path.exists():
                return {}
        with self._opened() as connection:
            _be_patient(connection)
            return _content(connection, key)

    @contextmanager
    def renewing(self, key: str) -> Iterator[Renewal]:
        """Be alone with the file; what was told to ``keep`` is on disk when the context ends.

        Nothing is kept when the context ends with an exception.

        Raises:
            Busy: somebody else is alone with it.
            StoreError: the file cannot be written.
        """
        self._make()
        with self._opened() as connection:
            connection.execute("BEGIN IMMEDIATE")
            _be_patient(connection)  # who reads now must not cost us what we are to keep
            renewal = Renewal(_content(connection, key))
            try:
                yield renewal
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            _keep(connection, key, renewal)
            connection.execute("COMMIT")

    def _make(self) -> None:
        """Make the file before anything is in it, readable by nobody else."""
        try:
            with _making, suppress(FileExistsError):
                os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        except OSError as error:
            raise StoreError(f"cannot write {self.path}: {error.strerror}") from error

    @contextmanager
    def _opened(self) -> Iterator[Connection]:
        import sqlite3  # noqa: PLC0415  most programs renew no tokens

        try:
            with closing(
                sqlite3.connect(
                    self.path, timeout=0.0, isolation_level=None, check_same_thread=False
                )
            ) as connection:
                yield connection
        except sqlite3.OperationalError as error:
            if "locked" in str(error) or "busy" in str(error):
                message = f"somebody else is renewing a token just now in {self.path}"
                raise Busy(message, _SOON, error_class="retryable") from error
            raise StoreError(f"{error} ({self.path})") from error
        except sqlite3.DatabaseError as error:
            raise StoreError(f"{error} ({self.path})") from error


def _be_patient(connection: Connection) -> None:
    connection.execute(f"PRAGMA busy_timeout = {_AT_MOST * 1000:.0f}")


def _content(connection: Connection, key: str) -> Mapping[str, str]:
    there = "SELECT 1 FROM sqlite_master WHERE name = 'vault'"
    if connection.execute(there).fetchone() is None:
        return {}
    row = connection.execute("SELECT content FROM vault WHERE key = ?", (key,)).fetchone()
    return json.loads(row[0]) if row else {}


def _keep(connection: Connection, key: str, renewal: Renewal) -> None:
    if renewal._kept:  # noqa: SLF001  the two belong together
        connection.execute(_TABLE)
        content = json.dumps(renewal._kept)  # noqa: SLF001  as above
        connection.execute("INSERT OR REPLACE INTO vault VALUES (?, ?)", (key, content))
