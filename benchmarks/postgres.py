"""PostgreSQL: one message per transaction, batches of a thousand, and two processes."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from functools import partial
from hashlib import blake2b
from multiprocessing.synchronize import Barrier
from typing import LiteralString

from benchmarks import floors, traffic
from benchmarks.bases import open_bench_desk
from benchmarks.contest import Batches, Load, ingest, loads
from benchmarks.lab import SMALL, Lab
from benchmarks.measure import Goal, Line, alternate, compare, timed
from benchmarks.postgres_bases import Server, serve
from benchmarks.recording import record
from scskit import Message

PROCESSES = 2
WARM = 200


def postgres(lab: Lab) -> Iterator[Line]:
    """Beside the floors, with 10,000 interactions in the database."""
    single, batch = loads(lab)
    with serve(lab.bases.path(SMALL)) as server:
        for load, floor_is, good in (
            (single, "psycopg, row by row, one transaction", 1.0),
            (batch, "psycopg, one unnest per table", 0.9),
        ):
            turns = _contenders(lab, server, load)
            yield compare(
                f"postgresql {load.name}",
                "msg/s",
                alternate(turns, lab.repetitions),
                floor_is=floor_is,
                goal=Goal(must=0.5, good=good),
                note=f"PostgreSQL {server.version}",
            )


def _contenders(lab: Lab, server: Server, load: Load) -> dict[str, Callable[[], float]]:
    batches = load.batches(SMALL)
    with lab.bases.fresh(SMALL) as path:
        recording = record(path, batches)
    single = load.size == 1
    plan = (floors.postgres_rows_plan if single else floors.postgres_arrays_plan)(recording)
    return {
        "ours": partial(_ours, server, load, batches),
        "floor": partial(_floor, server, load, plan),
    }


def _ours(server: Server, load: Load, batches: Batches) -> float:
    with server.fresh() as name, open_bench_desk(server.url(name)) as desk:
        ingest(desk, batches[: load.warm])
        with timed() as window:
            ingest(desk, batches[load.warm :])
            server.checkpoint()
    return load.messages / window.seconds


def _floor(server: Server, load: Load, plan: floors.Plan) -> float:
    with server.fresh() as name, server.connect(name) as connection:
        floors.write_postgres(connection, plan[: load.warm])
        with timed() as window:
            floors.write_postgres(connection, plan[load.warm :])
            server.checkpoint()
    return load.messages / window.seconds


def processes(lab: Lab) -> Iterator[Line]:
    """Two processes, each with its share of the conversations, beside one with all of them."""
    count = lab.size(20_000, 6_000)
    opened: list[int] = []
    with serve(lab.bases.path(SMALL)) as server:
        turns = {
            "ours": partial(_share_out, server, count, PROCESSES, opened),
            "floor": partial(_share_out, server, count, 1, opened),
        }
        samples = alternate(turns, lab.repetitions)
    yield compare(
        f"postgresql, {PROCESSES} processes, batch of 1,000",
        "msg/s",
        samples,
        floor_is="one process",
        goal=Goal(must=1.6, good=1.9),
        note="sharded by conversation",
    )
    yield Line(
        name="postgresql, cases opened twice",
        unit="cases",
        ours=sum(opened),
        goal=Goal(must=0, at_most=True),
    )


def _share_out(server: Server, count: int, workers: int, opened: list[int]) -> float:
    """Return the rate at which so many processes ingest so many messages together."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(workers + 1)
    with server.fresh() as name:
        started = [
            context.Process(target=_work, args=(server.url(name), count, worker, workers, barrier))
            for worker in range(workers)
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
        opened.append(_opened_twice(server, name, count))
    return count / window.seconds


def _work(url: str, count: int, worker: int, workers: int, barrier: Barrier) -> None:
    """Ingest the share of one process, in batches of a thousand."""
    warm = _share(SMALL, WARM, worker, workers)
    mine = _share(SMALL + WARM, count, worker, workers)
    batches = [mine[start : start + 1000] for start in range(0, len(mine), 1000)]
    try:
        with open_bench_desk(url) as desk:
            ingest(desk, [warm])
            barrier.wait()
            barrier.wait()
            with timed():
                ingest(desk, batches)
            barrier.wait()
    except BaseException:
        barrier.abort()
        raise


def _share(start: int, count: int, worker: int, workers: int) -> list[Message]:
    """Return the messages whose conversations belong to this worker."""
    found = traffic.messages(start, count)
    return [message for message in found if _shard(message, workers) == worker]


def _shard(message: Message, shards: int) -> int:
    conversation = f"{message.account}:{message.thread}".encode()
    return int.from_bytes(blake2b(conversation, digest_size=8).digest(), "big") % shards


def _opened_twice(server: Server, name: str, count: int) -> int:
    """Count the conversations that have more than one case, and see to it that all arrived."""
    with server.connect(name) as connection:

        def number(query: LiteralString) -> int:
            row = connection.execute(query).fetchone()
            return int(row[0]) if row else 0

        arrived = number("SELECT count(*) FROM scs_interaction")
        assert arrived == SMALL + WARM + count, f"{arrived} interactions are in the database"
        return number(
            "SELECT count(*) FROM (SELECT 1 FROM scs_case GROUP BY tenant, thread_id, identity_id"
            " HAVING count(*) > 1) AS twice",
        )
