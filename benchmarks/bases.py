"""Databases to start from: built once by the pipeline itself, kept, and copied for every run.

They live in ``$SCSKIT_BENCH_CACHE``, by default a folder in the system's temporary directory. A
base is made by ingesting the traffic in batches of a thousand, with ``synchronous=NORMAL``; each
goes on from the one a tenth its size. Its file name holds a hash of the schema, the desk's policy
and the traffic, so that a change of any of them makes a new base.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path

from sqlalchemy import create_mock_engine

from benchmarks import traffic
from scskit import open_desk
from scskit.config import read_desk_file
from scskit.desk.desk import Desk
from scskit.storage.database import Synchronous
from scskit.storage.tables import METADATA, SCHEMA_REVISION

BATCH = 1000
SMALLEST = 10_000


class Bases:
    """The databases to start from."""

    def __init__(self, *, rebuild: bool = False) -> None:
        """Keep them in the cache folder; ``rebuild`` makes those anew that are asked for."""
        default = Path(tempfile.gettempdir()) / "scskit-benchmarks"
        self.folder = Path(os.environ.get("SCSKIT_BENCH_CACHE") or default)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._stale = rebuild
        self._key = _key()

    def path(self, size: int) -> Path:
        """Return the base of ``size`` interactions, after building it where needed."""
        path = self.folder / f"base-{self._key}-{size}.db"
        if self._stale:
            self._stale = False
            for old in self.folder.glob("base-*.db"):
                old.unlink()
        if not path.exists():
            self._build(path, size)
        return path

    def _build(self, path: Path, size: int) -> None:
        smaller = size // 10 if size > SMALLEST else 0
        with self.scratch() as folder:
            growing = folder / "growing.db"
            if smaller:
                copy(self.path(smaller), growing)
            print(f"building a base of {size:,} interactions", file=sys.stderr, flush=True)
            with open_bench_desk(growing, "NORMAL") as desk:
                for start in range(smaller, size, BATCH):
                    desk.ingest(traffic.messages(start, BATCH))
            checkpoint(growing)
            growing.rename(path)

    @contextmanager
    def fresh(self, size: int) -> Iterator[Path]:
        """Lend a copy of a base; it is on the disk before anything is measured."""
        base = self.path(size)
        with self.scratch() as folder:
            path = folder / "desk.db"
            copy(base, path)
            yield path

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """Lend an empty folder on the same disk."""
        with tempfile.TemporaryDirectory(dir=self.folder, prefix="run-") as folder:
            yield Path(folder)


def open_bench_desk(database: Path | str, synchronous: Synchronous = "FULL") -> Desk:
    """Open the benchmarks' desk, with the built-in plugins and no others."""
    return open_desk(database, traffic.DESK_FILE, discover=False, synchronous=synchronous)


def copy(source: Path, target: Path) -> None:
    """Copy a file down to the disk, so that no run pays for writing the copy."""
    shutil.copyfile(source, target)
    with target.open("rb") as file:
        os.fsync(file.fileno())


def checkpoint(path: Path) -> None:
    """Move everything from the write-ahead log into the database file."""
    connection = sqlite3.connect(path, isolation_level=None)
    (busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    connection.close()
    assert not busy, "the checkpoint found the database busy"


def _key() -> str:
    """Name what a base depends on."""
    schema: list[str] = [SCHEMA_REVISION]
    engine = create_mock_engine("sqlite://", lambda sql, *_: schema.append(str(sql.compile())))
    METADATA.create_all(engine, checkfirst=False)
    policy = read_desk_file(traffic.DESK_FILE).policy.version
    facts = "\0".join((*sorted(schema), policy, str(traffic.VERSION)))
    return blake2b(facts.encode(), digest_size=5).hexdigest()
