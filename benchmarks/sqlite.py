"""SQLite: one message per transaction and batches of a thousand, new and known, small and large."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from statistics import median

from benchmarks.bases import checkpoint, open_bench_desk
from benchmarks.contest import Contest, Load, ingest, loads, run_ours
from benchmarks.lab import SMALL, Lab
from benchmarks.measure import Goal, Line, alternate, compare, fsync_milliseconds, timed
from scskit.storage.database import Synchronous

THREADS = 8


def speed(lab: Lab) -> Iterator[Line]:
    """Beside the floor, with 10,000 interactions in the database."""
    single, batch = loads(lab)
    goals = {single: Goal(must=0.5, good=0.7), batch: Goal(must=0.35, good=0.5)}
    durabilities: tuple[Synchronous, ...] = ("FULL", "NORMAL")
    for load, goal in goals.items():
        for synchronous in durabilities:
            contest = Contest(lab, SMALL, load, synchronous)
            samples = alternate({"ours": contest.ours, "floor": contest.floor}, lab.repetitions)
            yield compare(
                f"sqlite {load.name}, {synchronous}",
                "msg/s",
                samples,
                floor_is="sqlite3 writing the same rows",
                goal=goal,
                note=f"by CPU time {contest.cpu_ratio:.2f}",
            )


def growth(lab: Lab) -> Iterator[Line]:
    """With 1,000,000 interactions in the database, beside 10,000."""
    single, batch = loads(lab)
    for load, goal in (
        (single, Goal(must=0.7, good=0.8)),
        (batch, Goal(must=0.5, good=0.6)),
    ):
        small = Contest(lab, SMALL, load, "FULL")
        large = Contest(lab, lab.large, load, "FULL")
        turns = {
            "small": small.ours,
            "large": large.ours,
            "small floor": small.floor,
            "large floor": large.floor,
        }
        samples = alternate(turns, lab.repetitions)
        floors = compare("", "", samples, ours="large floor", floor="small floor")
        yield compare(
            f"growth {load.name}, {lab.large:,}",
            "msg/s",
            samples,
            ours="large",
            floor="small",
            floor_is=f"scskit with {SMALL:,}",
            goal=goal,
            note=f"the hand-written floor keeps {floors.ratio:.2f}",
        )
        yield compare(
            f"sqlite {load.name}, FULL, {lab.large:,}",
            "msg/s",
            samples,
            ours="large",
            floor="large floor",
            floor_is="sqlite3 writing the same rows",
            note=f"by CPU time {large.cpu_ratio:.2f}",
        )


def duplicates(lab: Lab) -> Iterator[Line]:
    """What a message costs that is known already, beside a new one."""
    for load in loads(lab):
        found = [_again(lab, load) for _ in range(lab.repetitions)]
        samples = {"ours": [known for _, known in found], "floor": [new for new, _ in found]}
        yield compare(
            f"duplicates, {load.name}",
            "msg/s",
            samples,
            floor_is="new messages",
            goal=Goal(must=4),
        )


def _again(lab: Lab, load: Load) -> tuple[float, float]:
    """Ingest the same messages twice and return both rates."""
    batches = load.batches(SMALL)
    with lab.bases.fresh(SMALL) as path, open_bench_desk(path) as desk:
        ingest(desk, batches[: load.warm])
        with timed() as first:
            ingest(desk, batches[load.warm :])
            checkpoint(path)
        with timed() as second:
            ingest(desk, batches[load.warm :], "duplicate")
            checkpoint(path)
    return load.messages / first.seconds, load.messages / second.seconds


def threads(lab: Lab) -> Iterator[Line]:
    """Eight threads that hand over one message at a time, beside one thread."""
    turns = {"ours": partial(_together, lab, THREADS), "floor": partial(_together, lab, 1)}
    yield compare(
        f"{THREADS} threads, single, FULL",
        "msg/s",
        alternate(turns, lab.repetitions),
        floor_is="one thread",
        note="concurrent callers share a transaction",
    )


def _together(lab: Lab, workers: int) -> float:
    single, _ = loads(lab)
    batches = single.batches(SMALL)
    shares = [batches[single.warm + worker :: workers] for worker in range(workers)]
    with lab.bases.fresh(SMALL) as path, open_bench_desk(path) as desk:
        ingest(desk, batches[: single.warm])
        with ThreadPoolExecutor(workers) as pool, timed() as window:
            list(pool.map(partial(ingest, desk), shares))
            checkpoint(path)
    return single.messages / window.seconds


def peers(lab: Lab) -> Iterator[Line]:
    """Beside figures quoted from PERFORMANCE.md, measured there on another day."""
    trac = "Trac 1.6, bare ticket insert, delete/FULL"
    yield _quoted(lab, trac, 1085, base=SMALL, synchronous="FULL", goal=Goal(must=1))
    mail = "django-helpdesk 2.6.1, mail path, WAL/NORMAL"
    tenfold = Goal(must=10, good=15)
    yield _quoted(lab, mail, 173, base=SMALL, synchronous="NORMAL", goal=tenfold)
    more = f"{mail}, 30,000 tickets"
    yield _quoted(lab, more, 49, base=100_000, synchronous="NORMAL", goal=tenfold)


def _quoted(  # noqa: PLR0913  each is one part of a quotation
    lab: Lab, peer: str, rate: float, *, base: int, synchronous: Synchronous, goal: Goal
) -> Line:
    single, _ = loads(lab)
    batches = single.batches(base)
    run = partial(run_ours, lab, base, single, batches, synchronous)
    ours = [single.messages / run().seconds for _ in range(lab.repetitions)]
    return Line(
        name=f"peer: {peer}",
        unit="msg/s",
        ours=median(ours),
        floor=rate,
        floor_is="QUOTED, not measured here",
        ratio=median(ours) / rate,
        goal=goal,
        note=f"fsync {fsync_milliseconds(lab.bases.folder):.2f} ms here, 0.12 to 0.22 ms there",
        samples={"ours": ours},
    )
