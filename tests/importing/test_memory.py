"""Files of any size: what is held in memory does not grow with them."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

MOST_MIB = 80
"""Most of it is SQLite's page cache, which fills up to 64 MiB as the database grows."""

CHILD = """
import resource, sys
from pathlib import Path
from types import SimpleNamespace
from scskit import open_desk
from scskit.importing import import_file, read_row_map

map_, kind, warm = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
used = []

def note(progress):
    if progress.stage == "applying" and progress.done in {warm, progress.total}:
        used.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)

def swallow(items, **_):
    applied = SimpleNamespace(state="applied", interaction_id="1")
    return SimpleNamespace(outcomes=[applied for _ in items])

with open_desk("desk.db", discover=False, synchronous="NORMAL") as desk:
    if kind == "importer":
        desk.ingest = swallow
    done = import_file(desk, Path("rows.gz"), read_row_map(map_), history=True, on_progress=note)
print(done.applied, used[1] - used[0])
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere memory is counted otherwise")
@pytest.mark.parametrize(("what", "rows"), [("importer", 100_000), ("whole desk", 25_000)])
def test_memory_does_not_grow_with_the_file(what, rows, tmp_path):
    """Of many rows in no order, the last ones are taken in with the memory of the first."""
    write_rows(tmp_path / "rows.gz", rows)
    small_map = str(Path(__file__).with_name("small.toml"))
    done = subprocess.run(
        [sys.executable, "-c", CHILD, small_map, what, "10000"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    applied, grown = map(int, done.stdout.split())
    assert applied == rows
    assert grown < (MOST_MIB if what == "whole desk" else 5)


def write_rows(path, rows):
    """Write as many rows: questions and their answers, all over the place."""
    start = datetime(2024, 5, 1, tzinfo=UTC)
    with gzip.open(path, "wt", encoding="utf-8", compresslevel=1) as file:
        for number in range(rows):
            place = number * 7919 % rows
            answers = place % 2 == 1
            row = {
                "id": str(place),
                "brand": "acme",
                "author": "acme" if answers else f"p{place}",
                "at": (start + timedelta(seconds=place)).isoformat(),
                "text": f"row {place} {'x' * 100}",
                "thread": "",
                "parent": str(place - 1) if answers else "",
                "from": "brand" if answers else "customer",
            }
            file.write(f"{json.dumps(row)}\n")
