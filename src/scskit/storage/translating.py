"""The drivers' errors in our words."""

from __future__ import annotations

import sqlite3

from scskit.core.errors import Refused, ScsError, StoreError
from scskit.storage.drivers import Conflict


class _Translated:
    """Turns the drivers' errors into ours; a class, because every statement's way leads past it.

    Raises:
        Conflict: another writer was faster.
        Refused: a value does not fit.
        StoreError: anything else the database said.
    """

    def __enter__(self) -> None:
        """Do nothing."""

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        """Say what happened in our words."""
        if error is None or isinstance(error, ScsError) or not isinstance(error, Exception):
            return
        if isinstance(error, (UnicodeEncodeError, OverflowError)):
            message = f"a value cannot be stored: {error}"
            raise Refused(message) from error
        if kind := _kind(error):
            message = f"the database refused: {error}"
            raise kind(message) from error


translated = _Translated()


def _kind(error: Exception) -> type[StoreError] | None:
    if isinstance(error, sqlite3.Error):
        return _sqlite_kind(error)
    if type(error).__module__.startswith("psycopg"):
        return _postgres_kind(error)
    return None


def _sqlite_kind(error: sqlite3.Error) -> type[StoreError]:
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_CONSTRAINT")):
        return Conflict
    if isinstance(error, (sqlite3.DataError, sqlite3.InterfaceError)) or name == "SQLITE_TOOBIG":
        return Refused
    if not name and str(error).startswith("Error binding parameter"):  # before SQLite saw it
        return Refused
    return StoreError


_LOST_RACES = {
    "40001",  # serialization failure
    "40P01",  # deadlock detected
    "55P03",  # lock not available
    "23505",  # unique violation
}


def _postgres_kind(error: Exception) -> type[StoreError]:
    state = getattr(error, "sqlstate", None) or ""
    if state in _LOST_RACES:
        return Conflict
    # Class 22 is "data exception"; psycopg raises some of them before anything is sent.
    if state.startswith("22") or type(error).__name__ == "DataError":
        return Refused
    return StoreError
