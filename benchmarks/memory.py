"""A child process that imports a file and says how much memory that took.

Run as ``python -m benchmarks.memory DATABASE FILE``.
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from time import perf_counter

from benchmarks import traffic
from benchmarks.bases import open_bench_desk
from scskit.importing import import_file, parse_row_map

MAP = """
network = "twitter"
format = "csv"

[row]
external_id = "id"
account = "account"
author = "author"
handle = "handle"
name = "name"
followers = "followers"
time = "time"
text = "text"
thread = "thread"
kind = "kind"
visibility = "visibility"
"""
COLUMNS = (
    "id",
    "account",
    "author",
    "handle",
    "name",
    "followers",
    "time",
    "text",
    "thread",
    "kind",
    "visibility",
)


def write_rows(path: Path, count: int) -> None:
    """Write the first ``count`` messages as CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for number in range(count):
            message = traffic.message(number)
            author = message.author
            writer.writerow(
                (
                    message.external_id,
                    message.account,
                    author.external_id,
                    author.handle,
                    author.name,
                    author.followers,
                    message.posted_at.isoformat(),
                    message.text,
                    message.thread,
                    message.kind,
                    message.visibility,
                )
            )


def main(database: str, file: str) -> None:
    """Import a file and print the figures as JSON."""
    with open_bench_desk(database) as desk:
        idle = peak()
        start = perf_counter()
        summary = import_file(desk, Path(file), parse_row_map(MAP), history=True)
        seconds = perf_counter() - start
    found = {"idle": idle, "peak": peak(), "seconds": seconds, "applied": summary.applied}
    print(json.dumps(found))


def peak() -> float:
    """Return the most memory that this process has held so far, in MB.

    The kernel's own figure for the process where there is one: that of ``getrusage`` starts with
    the parent's.
    """
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
    unit = 1024**2 if sys.platform == "darwin" else 1024
    return getrusage(RUSAGE_SELF).ru_maxrss / unit


if __name__ == "__main__":
    main(*sys.argv[1:])
