"""The sweep: what it costs to look at a database full of open cases, and to tell what is due.

The cases are copies of one that a desk has made, each with its own id and its own times. Copies are
not valid as a log, but every statement of a sweep finds as many rows, and writes as many, as on a
database that grew by itself.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from attrs import frozen
from sqlalchemy import Connection, create_engine

from benchmarks.bases import checkpoint
from benchmarks.lab import Lab
from benchmarks.measure import Goal, Line, Samples, alternate, compare, timed
from scskit import open_desk
from scskit.core.escalation import EscalationPolicy, EscalationRule, Owner
from scskit.core.match import When
from scskit.core.policy import Policy
from scskit.core.sla import SlaTargets
from scskit.core.sla_policy import SlaPolicy, SlaRule
from scskit.core.time import to_micros
from scskit.desk.desk import Desk
from scskit.storage.sql import column_names
from scskit.storage.statements import CHANGED_CASE, DUE_CASES, NEW_BREACH, NEW_EVENT
from scskit.testing import START, FakeClock, message

TENANT = "sweep"
DUE = 1000
"""How many cases fall due at each of the instants."""

TARGET = timedelta(hours=1)
NEVER = START + timedelta(days=3650)
POLICY = Policy(
    tenant=TENANT,
    sla=SlaPolicy(
        rules=(
            SlaRule(
                name="all",
                when=When(),
                targets=SlaTargets(first_response=TARGET, resolution=timedelta(days=400)),
            ),
        ),
        shares=(),
    ),
    escalation=EscalationPolicy(
        levels=(Owner(name="L1", level=1), Owner(name="L2", level=2, tell=("lead",))),
        rules=(EscalationRule(name="late", on="sla_breach", to="next", clock="first_response"),),
    ),
)


def sweep(lab: Lab) -> Iterator[Line]:
    """Finding nothing due, finding a thousand, and escalating them."""
    count = lab.size(1_000_000, 100_000)
    instants = [START + timedelta(days=1 + n) for n in range(2 * lab.repetitions + 1)]
    with _base(lab, count, instants) as (path, desk, clock):
        yield _nothing(lab, desk, count)
        yield _found(lab, path, count, instants[0])
        turns = Turns(path, desk, clock, iter(instants))
        samples = alternate({"ours": turns.ours, "floor": turns.floor}, lab.repetitions)
        yield compare(
            f"sweep, {DUE:,} due among {count:,}, escalated",
            "ms",
            samples,
            floor_is="sqlite3 writing the same rows, made beforehand",
            goal=Goal(must=6, good=4, at_most=True),
            note="a breach and an escalation each, with events and chain",
        )


def _nothing(lab: Lab, desk: Desk, count: int) -> Line:
    found: Samples = []
    desk.run_due()  # the first one pays for the connection
    for _ in range(lab.repetitions):
        with timed() as window:
            report = desk.run_due()
        assert not report.cases
        found.append(window.seconds * 1000)
    return Line(
        name=f"sweep, nothing due among {count:,}",
        unit="ms",
        ours=median(found),
        goal=Goal(must=2, good=1, at_most=True),
        samples={"ours": found},
    )


def _found(lab: Lab, path: Path, count: int, due: datetime) -> Line:
    found: Samples = []
    with closing(sqlite3.connect(path)) as connection:
        for _ in range(lab.repetitions):
            with timed() as window:
                rows = connection.execute(
                    DUE_CASES.sqlite, (TENANT, to_micros(due), DUE)
                ).fetchall()
            assert len(rows) == DUE
            found.append(window.seconds * 1000)
    return Line(
        name=f"sweep, {DUE:,} due found among {count:,}",
        unit="ms",
        ours=median(found),
        goal=Goal(must=10, good=5, at_most=True),
        samples={"ours": found},
    )


@contextmanager
def _base(lab: Lab, count: int, instants: list[datetime]) -> Iterator[tuple[Path, Desk, FakeClock]]:
    """Lend a desk with so many open cases, a thousand of them due at each of the instants."""
    clock = FakeClock()
    with lab.bases.scratch() as folder:
        path = folder / "sweep.db"
        with open_desk(path, POLICY, discover=False, clock=clock) as desk:
            desk.ingest([message("help")])
        with closing(sqlite3.connect(path)) as connection, connection:
            for number, due in enumerate((*instants, NEVER)):
                copies = DUE if due != NEVER else count - DUE * len(instants)
                connection.execute(_COPY, _copy(f"{number:02}", copies, due))
            connection.execute("DELETE FROM scs_case WHERE id NOT LIKE 'copy-%'")
        checkpoint(path)
        with open_desk(path, POLICY, discover=False, clock=clock) as desk:
            yield path, desk, clock


_OWN = {
    "id": "'copy-' || :group || '-' || printf('%08d', n)",
    "opened_at": ":asked",
    "last_inbound_at": ":asked",
    "waiting_since": ":asked",
    "due_at": ":due",
    "wake_at": ":due",
}
_NAMES = column_names("scs_case")
_COPY = (
    "WITH RECURSIVE numbers(n) AS"  # noqa: S608  columns of the table, nothing from outside
    " (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :copies)"
    f" INSERT INTO scs_case SELECT {', '.join(_OWN.get(name, name) for name in _NAMES)}"
    " FROM (SELECT * FROM scs_case WHERE id NOT LIKE 'copy-%' LIMIT 1), numbers"
)


def _copy(group: str, copies: int, due: datetime) -> dict[str, Any]:
    asked = to_micros(due - TARGET)
    return {"group": group, "copies": copies, "asked": asked, "due": to_micros(due)}


@frozen
class Turns:
    """Escalates a thousand cases in turn, by the desk and by statements written by hand.

    Attributes:
        path: the database.
        desk: the desk on it.
        clock: the desk's.
        instants: when the next thousand is due.
    """

    path: Path
    desk: Desk
    clock: FakeClock
    instants: Iterator[datetime]

    def ours(self) -> float:
        """Let the desk sweep; return milliseconds."""
        self.clock.jump_to(next(self.instants))
        with timed() as window:
            report = self.desk.run_due()
        assert report.cases == DUE
        return window.seconds * 1000

    def floor(self) -> float:
        """Write what the desk would write, by hand; return milliseconds."""
        due = next(self.instants)
        self.clock.jump_to(due)
        events, breaches, cases = self._rehearse()
        parameters = (TENANT, to_micros(due), DUE)
        with closing(self._connect()) as connection, timed() as window:
            connection.execute("BEGIN IMMEDIATE")
            assert len(connection.execute(DUE_CASES.sqlite, parameters).fetchall()) == DUE
            connection.executemany(NEW_EVENT.sqlite, events)
            connection.executemany(NEW_BREACH.sqlite, breaches)
            connection.executemany(CHANGED_CASE.sqlite, cases)
            connection.execute("COMMIT")
        return window.seconds * 1000

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, isolation_level=None)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA wal_autocheckpoint = 10000")
        connection.execute("PRAGMA cache_size = -65536")
        return connection

    def _rehearse(self) -> tuple[list[Any], list[Any], list[Any]]:
        """Let the desk sweep in a transaction that is rolled back, and keep what it wrote."""
        engine = create_engine(f"sqlite:///{self.path}")
        with engine.connect() as connection:
            rows = partial(_rows, connection)
            (old,) = rows("SELECT coalesce(max(position), 0) FROM scs_event")[0]
            (last,) = rows("SELECT coalesce(max(noticed_at), 0) FROM scs_breach")[0]
            report = self.desk.within(connection).run_due()
            assert report.cases == DUE
            events = rows(f"SELECT * FROM scs_event WHERE position > {old} ORDER BY position")  # noqa: S608
            breaches = rows(f"SELECT * FROM scs_breach WHERE noticed_at > {last}")  # noqa: S608
            ids = sorted({event[3] for event in events})
            case = f"SELECT * FROM scs_case WHERE tenant = '{TENANT}' AND id = "  # noqa: S608
            found = [row for id_ in ids for row in rows(f"{case}'{id_}'")]
            cases = [(*row[2:], row[0], row[1], row[2] - 2) for row in found]
            connection.rollback()
        engine.dispose()
        return events, breaches, cases


def _rows(connection: Connection, statement: str) -> list[Any]:
    return [tuple(row) for row in connection.exec_driver_sql(statement)]
