"""Forks: nothing of an SQLite file goes along into the new process.

SQLite would take what it remembers of its locks for locks of the new process, which has none. When
the old process then closes the file, or dies, what the new one has written is gone.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from scskit.core.errors import StoreError

if TYPE_CHECKING:
    from scskit.storage.database import Database

_open: WeakValueDictionary[int, Database] = WeakValueDictionary()
_in_use: set[str] = set()
"""The files that were being used when this process forked last."""

_torn: set[str] = set()
"""The files of which something came along into this process, because they were."""


def watch(database: Database) -> None:
    """Close a database's idle connections before each fork, if it is a file."""
    if database.file:
        _open[id(database)] = database


def require_whole(file: str) -> None:
    """Check that this process can use a file.

    Raises:
        StoreError: it was in use at the moment when this process was forked.
    """
    if file in _torn:
        message = (
            f"{file} was in use when this process was forked, so that it cannot be used safely "
            "here: fork while nothing is under way, or start new processes by spawning"
        )
        raise StoreError(message)


def _let_go() -> None:
    found = [database for one in _open.valuerefs() if (database := one()) is not None]
    _in_use.clear()
    _in_use.update(database.file for database in found if database.close())


def _tear() -> None:
    _torn.update(_in_use)


if hasattr(os, "register_at_fork"):  # Windows has none
    os.register_at_fork(before=_let_go, after_in_child=_tear)
