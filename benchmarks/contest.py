"""scskit and the floor on SQLite, each on its own fresh copy of the same database."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from statistics import median

from attrs import frozen

from benchmarks import floors, traffic
from benchmarks.bases import checkpoint, open_bench_desk
from benchmarks.lab import SMALL, TENANT, Lab
from benchmarks.measure import Samples, Window, timed
from benchmarks.recording import record
from scskit import Message
from scskit.desk.desk import Desk
from scskit.storage.database import Synchronous, open_database
from scskit.storage.store import SqlStore

Batches = Sequence[Sequence[Message]]


@frozen(kw_only=True)
class Load:
    """What is written in one run.

    Attributes:
        name: for the table.
        size: messages per transaction.
        count: how many transactions are timed.
        warm: how many go before them.
    """

    name: str
    size: int
    count: int
    warm: int

    @property
    def messages(self) -> int:
        """How many messages are timed."""
        return self.size * self.count

    def batches(self, start: int) -> list[list[Message]]:
        """Return the messages of the whole run, from number ``start`` on."""
        return traffic.batches(start, self.warm + self.count, self.size)


def loads(lab: Lab) -> tuple[Load, Load]:
    """Return the single messages and the batches."""
    single = Load(name="single", size=1, count=lab.size(2000, 500), warm=50)
    return single, Load(name="batch of 1,000", size=1000, count=lab.size(10, 4), warm=1)


class Contest:
    """scskit and the floor on copies of one base, with one load."""

    def __init__(self, lab: Lab, base: int, load: Load, synchronous: Synchronous) -> None:
        """Make the messages, and find out what the pipeline writes for them."""
        self._lab = lab
        self._base = base
        self._load = load
        self._synchronous = synchronous
        self._batches = load.batches(base)
        self._cpu: dict[str, Samples] = {"ours": [], "floor": []}
        with lab.bases.fresh(base) as path:
            self._plan = floors.sqlite_plan(record(path, self._batches))
        if base == SMALL:
            self._check_floor()

    def _check_floor(self) -> None:
        """See to it that the floor writes what scskit writes: every chain and row is right."""
        with self._lab.bases.fresh(self._base) as path:
            with closing(floors.connect_sqlite(path, "NORMAL")) as connection:
                floors.write_sqlite_batches(connection, self._plan)
            with closing(open_database(str(path))) as database:
                report = SqlStore(database, TENANT).verify()
        assert report.clean, report.problems
        new = len(self._batches) * self._load.size
        cases = traffic.customers_before(self._base + new)
        assert report.cases == cases, f"the floor left {report.cases} cases of {cases}"

    def ours(self) -> float:
        """Return scskit's rate, in messages per second."""
        window = run_ours(self._lab, self._base, self._load, self._batches, self._synchronous)
        return self._rate("ours", window)

    def floor(self) -> float:
        """Return the floor's rate, in messages per second."""
        warm = self._load.warm
        write = floors.write_sqlite_rows if self._load.size == 1 else floors.write_sqlite_batches
        with (
            self._lab.bases.fresh(self._base) as path,
            closing(floors.connect_sqlite(path, self._synchronous)) as connection,
        ):
            write(connection, self._plan[:warm])
            with timed() as window:
                write(connection, self._plan[warm:])
                checkpoint(path)
        return self._rate("floor", window)

    def _rate(self, who: str, window: Window) -> float:
        self._cpu[who].append(window.cpu)
        return self._load.messages / window.seconds

    @property
    def cpu_ratio(self) -> float:
        """The ratio by CPU time: disk and other programs left out."""
        pairs = zip(self._cpu["floor"], self._cpu["ours"], strict=True)
        return median(floor / ours for floor, ours in pairs)


def run_ours(lab: Lab, base: int, load: Load, batches: Batches, synchronous: Synchronous) -> Window:
    """Ingest a load on a fresh copy of a base."""
    with lab.bases.fresh(base) as path, open_bench_desk(path, synchronous) as desk:
        ingest(desk, batches[: load.warm])
        with timed() as window:
            ingest(desk, batches[load.warm :])
            checkpoint(path)
    return window


def ingest(desk: Desk, batches: Batches, state: str = "applied") -> None:
    """Take in batches, and see to it that every message ended in ``state``."""
    reports = [desk.ingest(batch) for batch in batches]
    ended = sum(report.counts[state] for report in reports)
    sent = sum(map(len, batches))
    assert ended == sent, f"of {sent} messages only {ended} ended {state}"
