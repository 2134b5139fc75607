"""The outbox: parts of replies that are claimed, checked, sent and recorded in a second.

The network answers at once, so what is left is scskit's own work for a part: the claim with its
attempt written down, the preflight with all built-in plugins, the message in its case, the events
and the chain. Of each conversation one part can leave at a time, and every one has two to send.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.synchronize import Barrier
from pathlib import Path
from statistics import median
from time import sleep

from benchmarks import postgres_bases, traffic
from benchmarks.bases import checkpoint, copy
from benchmarks.lab import SMALL, Lab
from benchmarks.measure import Goal, Line, Samples, timed
from scskit import open_desk
from scskit.desk.desk import Desk
from scskit.storage.database import Synchronous
from scskit.testing import InstantNetwork

WORKERS = 4
EACH = 2
"""So many replies wait in each conversation."""

NETWORKS = ("twitter", "facebook", "instagram", "whatsapp")


def outbox(lab: Lab) -> Iterator[Line]:
    """Parts of replies claimed, sent to an instant network and recorded."""
    with _base(lab) as (base, count):
        samples, cpu = _sqlite(lab, base, count)
        yield _line("outbox, SQLite", samples, 1000, count, f"by CPU time {cpu:,.0f}")
        with postgres_bases.serve(base) as server:
            for workers, must in ((1, None), (WORKERS, 2000)):
                samples = [_postgres(server, workers, count) for _ in range(lab.repetitions)]
                name = f"outbox, PostgreSQL, {workers} worker{'s' * (workers > 1)}"
                yield _line(name, samples, must, count)


def _line(name: str, samples: Samples, must: float | None, count: int, more: str = "") -> Line:
    return Line(
        name=name,
        unit="parts/s",
        ours=median(samples),
        goal=Goal(must=must) if must else None,
        note="; ".join(filter(None, (f"{count:,} parts, {EACH} in each conversation", more))),
        samples={"ours": samples},
    )


@contextmanager
def _base(lab: Lab) -> Iterator[tuple[Path, int]]:
    """Lend a database with replies queued in every conversation, and say how many."""
    most = lab.size(3000, 1000)
    with lab.bases.fresh(SMALL) as path:
        with _open(path, "NORMAL") as desk:
            count = sum(_queue(desk, case_id, EACH) for case_id in _cases(desk, most))
        checkpoint(path)
        yield path, count


def _open(database: Path | str, synchronous: Synchronous = "FULL") -> Desk:
    network = InstantNetwork(f"{os.getpid()}-")  # what the workers send are different messages
    plugins = [network.plugin(*NETWORKS)]
    return open_desk(
        database, traffic.DESK_FILE, discover=False, plugins=plugins, synchronous=synchronous
    )


def _cases(desk: Desk, most: int) -> Sequence[str]:
    found: list[str] = []
    after = ""
    while len(found) < most and (page := desk.cases.find(limit=1000, after=after)).cases:
        found.extend(case.id for case in page.cases)
        after = page.cases[-1].id
    return found[:most]


def _queue(desk: Desk, case_id: str, count: int) -> int:
    for number in range(count):
        text = f"We are on it, this is answer {number}: please give us a moment."
        desk.replies.send(case_id, text, by="agent:ana")
    return count


def _sqlite(lab: Lab, base: Path, count: int) -> tuple[Samples, float]:
    """Return the rates, and the one by this process's own CPU time."""
    samples: Samples = []
    by_cpu: Samples = []
    for _ in range(lab.repetitions):
        with lab.bases.scratch() as folder:
            path = folder / "desk.db"
            copy(base, path)
            with _open(path) as desk:
                desk.outbox.run(1)  # pays for the connections and the modules
                with timed() as window:
                    report = desk.outbox.run()
                    checkpoint(path)
            assert report.states == {"sent": count - 1}
        samples.append((count - 1) / window.seconds)
        by_cpu.append((count - 1) / window.cpu)
    return samples, median(by_cpu)


def _postgres(server: postgres_bases.Server, workers: int, count: int) -> float:
    """Return the rate at which so many processes send what is queued, together."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(workers + 1)
    with server.fresh() as name:
        started = [
            context.Process(target=_work, args=(server.url(name), barrier)) for _ in range(workers)
        ]
        for process in started:
            process.start()
        barrier.wait()
        with timed() as window:
            barrier.wait()
            barrier.wait()
            server.checkpoint()
        for process in started:
            process.join()
            assert process.exitcode == 0, "a worker failed; what it said is above"
        with server.connect(name) as connection:
            sent = connection.execute(
                "SELECT count(*) FROM scs_outbox WHERE state = 'sent' AND attempts = 1"
            ).fetchone()
        assert sent == (count,)
    return (count - workers) / window.seconds


def _work(url: str, barrier: Barrier) -> None:
    """Send until nothing is left."""
    try:
        with _open(url) as desk:
            desk.outbox.run(1)
            barrier.wait()
            barrier.wait()
            with timed():
                while desk.outbox.run().next_ready is not None:
                    sleep(0.005)  # what others are sending keeps the rest of its conversation back
            barrier.wait()
    except BaseException:
        barrier.abort()
        raise
