"""Putting rows in order: a temporary file holds them, so that memory never does.

A file may be sorted by time, the other way round or not at all; a desk wants to hear of things in
the order in which they happened.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from scskit.core.errors import StoreError
from scskit.importing.converting import Converted

CHUNK = 1000
"""Rows written at a time."""

DEEPEST = 20
"""Replies to replies that were all written at one instant are put in order up to here."""

_SCHEMA = """
CREATE TABLE spool (
  line INTEGER PRIMARY KEY, raw TEXT, kept TEXT, problem TEXT, at INTEGER, number INTEGER,
  outbound INTEGER, account BLOB, id BLOB, parent BLOB, depth INTEGER
);
CREATE TABLE rejected (line INTEGER PRIMARY KEY, reason TEXT);
CREATE TABLE waiting (line INTEGER PRIMARY KEY, counted INTEGER);
"""
_INSERT = "INSERT INTO spool VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)"

# A reply comes after the message it answers, also when both bear the same time.
_DEEPEN = """
UPDATE spool SET depth = depth + 1 WHERE parent != x'' AND EXISTS (
  SELECT 1 FROM spool p WHERE p.at = spool.at AND p.id = spool.parent
    AND p.account = spool.account AND p.depth >= spool.depth AND p.line != spool.line
)
"""

# At one instant: questions before answers, smaller numbers first, customers before the brand. The
# rest decides nothing but is the same for every order of the file.
_ORDERED = """
SELECT line, at, raw, kept, problem FROM spool
ORDER BY at, depth, number, outbound, id, raw, line
"""
_WAITING = """
SELECT line, at, raw, kept, problem FROM spool JOIN waiting USING (line)
WHERE counted = ? ORDER BY line
"""


class Spooled(NamedTuple):
    """A row in its turn.

    Attributes:
        line: the line it begins on.
        at: its time in microseconds since 1970.
        raw: the row as it is in the file, as JSON.
        kept: what the quarantine keeps of a row that is no message, as JSON; empty for a message.
        problem: why it is no message; empty for one.
    """

    line: int
    at: int
    raw: str
    kept: str
    problem: str


class Rejected(NamedTuple):
    """A row that is in quarantine.

    Attributes:
        line: the line it begins on.
        reason: why.
        raw: the row as it is in the file, as JSON.
    """

    line: int
    reason: str
    raw: str


class Spool:
    """Rows on their way, in a temporary file."""

    def __init__(self, path: Path) -> None:
        """Make the file."""
        self._connection = sqlite3.connect(path, isolation_level=None)
        # Nothing here outlives the import.
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "temp_store = FILE"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.executescript(_SCHEMA)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def fill(self, rows: Iterable[Converted]) -> Iterator[int]:
        """Take rows in; yield how many were taken each time some more were."""
        execute, count = self._connection.executemany, 0
        remaining = map(_bind, rows)
        while chunk := list(islice(remaining, CHUNK)):
            self._connection.execute("BEGIN")
            execute(_INSERT, chunk)
            self._connection.execute("COMMIT")
            count += len(chunk)
            yield count
        self._connection.execute("CREATE INDEX ix_spool ON spool (at, id)")
        self._put_replies_last()

    def _put_replies_last(self) -> None:
        for _ in range(DEEPEST):
            if not self._connection.execute(_DEEPEN).rowcount:
                return

    def ordered(self) -> Iterator[list[Spooled]]:
        """Yield all rows in the order in which they were written by people, in batches."""
        yield from self._batches(_ORDERED)

    def note_waiting(self, lines: Iterable[tuple[int, bool]]) -> None:
        """Remember rows that are parked, each with whether it was counted as such."""
        self._connection.executemany("INSERT INTO waiting VALUES (?, ?)", lines)

    def waiting(self, *, counted: bool) -> Iterator[list[Spooled]]:
        """Yield the rows that were parked, in batches."""
        yield from self._batches(_WAITING, counted)

    def note_rejected(self, lines: Iterable[tuple[int, str]]) -> None:
        """Remember rows that are in quarantine, each with the reason."""
        self._connection.executemany(
            "INSERT OR IGNORE INTO rejected VALUES (?, ?)",
            ((line, _clean(reason)) for line, reason in lines),
        )

    def rejected(self) -> Iterator[Rejected]:
        """Yield the rows that are in quarantine, in the order of the file."""
        cursor = self._connection.execute(
            "SELECT line, reason, raw FROM rejected JOIN spool USING (line) ORDER BY line"
        )
        return map(Rejected._make, cursor)

    def _batches(self, statement: str, *parameters: object) -> Iterator[list[Spooled]]:
        rows = map(Spooled._make, self._connection.execute(statement, parameters))
        while batch := list(islice(rows, CHUNK)):
            yield batch


@contextmanager
def open_spool() -> Iterator[Spool]:
    """Make a spool in the directory for temporary files (``TMPDIR``); it is gone at the end.

    Raises:
        StoreError: the temporary file cannot be written.
    """
    with TemporaryDirectory(prefix="scskit-import-") as folder:
        spool = Spool(Path(folder) / "spool.db")
        try:
            yield spool
        except sqlite3.Error as error:  # the desk's own are translated already
            message = f"no rows can be kept in {folder}: {error}; set TMPDIR to a place with room"
            raise StoreError(message) from error
        finally:
            spool.close()


def _bind(row: Converted) -> tuple[object, ...]:
    line, raw, kept, problem, at, number, outbound, account, id_, parent = row
    return (
        line,
        raw,
        kept,
        _clean(problem) if problem else "",
        at,
        number,
        outbound,
        # As bytes, because an id may hold what no text of a database can.
        account.encode("utf-8", "surrogatepass"),
        id_.encode("utf-8", "surrogatepass"),
        parent.encode("utf-8", "surrogatepass"),
    )


def _clean(reason: str) -> str:
    return reason.encode("utf-8", "replace").decode()
