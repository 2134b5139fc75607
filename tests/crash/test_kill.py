"""kill -9 at any moment: nothing acknowledged is lost, and nothing is there twice."""

# ruff: noqa: D107, S311, T201  when to kill is up to chance, and the seed is printed

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
from contextlib import suppress
from itertools import count
from pathlib import Path
from random import Random
from runpy import run_path
from time import sleep

import pytest
from sqlalchemy import create_engine, make_url, text

from scskit import open_desk
from scskit.storage import migrating
from scskit.storage.database import parse_url
from scskit.testing import FakeClock

pytestmark = [
    pytest.mark.crash,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither fork nor kill -9"),
]

SCRIPT = Path(__file__).parent / "ingest_stream.py"
STREAM = run_path(str(SCRIPT))["stream"]()
KILLS = 2
"""How often the process dies before it is let finish, in each round."""

OPENING_SECONDS = 0.12
WORKING_SECONDS = 0.3
TOGETHER = 3


@pytest.fixture
def seeds(crash_rounds):
    """Give each round a seed, and say it."""
    first = int(os.environ.get("SCSKIT_CRASH_SEED") or secrets.randbelow(10**6))
    print(f"SCSKIT_CRASH_SEED={first}")
    return range(first, first + crash_rounds)


@pytest.fixture(params=["sqlite", "postgresql"])
def new_url(request, tmp_path):
    """Make as many empty databases as are asked for."""
    if request.param == "sqlite":
        yield lambda number: f"sqlite:///{tmp_path}/{number}.db"
        return
    server = make_url(request.getfixturevalue("postgres_server_url"))
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    made = []

    def create(number):
        made.append(f"scskit_crash_{number}_{secrets.token_hex(4)}")
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {made[-1]}"))
        return server.set(database=made[-1]).render_as_string(hide_password=False)

    yield create
    with admin.connect() as connection:
        for name in made:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """Take the stream in without any accident: what must come of it."""
    url = f"sqlite:///{tmp_path_factory.mktemp('undisturbed')}/desk.db"
    with open_desk(url, discover=False, clock=FakeClock()) as desk:
        desk.ingest(STREAM)
        return contents(url, desk)


def contents(url, desk):
    """Return what came of the stream, the made-up ids apart."""
    engine = create_engine(parse_url(url))
    with engine.connect() as connection:
        ledger = connection.execute(
            text("SELECT account_id, kind, external_id, revision, state, awaits FROM scs_ledger")
        )
        interactions = connection.execute(
            text(
                "SELECT external_id, revision, text, direction, thread_id, delivery"
                " FROM scs_interaction"
            )
        )
        found = [sorted(map(tuple, rows)) for rows in (ledger, interactions)]
    engine.dispose()
    cases = desk.cases.find(limit=1000).cases
    return *found, sorted((c.thread_id, c.identity_id, c.inbound_count) for c in cases)


def make_old(url):
    """Make the tables of the first release, so that opening has something to migrate."""
    engine = create_engine(parse_url(url))
    with engine.begin() as connection:
        migrating.upgrade(connection, "0001")
    engine.dispose()


@pytest.fixture(scope="module")
def victim(tmp_path_factory):
    """Start processes that take the stream in, on a database, with a seed."""
    folder = tmp_path_factory.mktemp("victims")
    numbers = count()
    with subprocess.Popen(
        [sys.executable, SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:

        def start(url, seed):
            output = folder / f"{next(numbers)}.txt"
            parent.stdin.write(f"{url}\t{seed}\t{output}\n")
            parent.stdin.flush()
            return Victim(int(parent.stdout.readline()), output)

        yield start
        parent.stdin.close()


@pytest.fixture(scope="module")
def verify_all():
    """Check a desk's whole database, as ``scskit verify`` does."""
    return lambda desk: desk._services.store.verify()  # noqa: SLF001  the command line's way


class Victim:
    """A process that takes the stream in, and will be killed."""

    def __init__(self, pid, output):
        self.pid = pid
        self.output = output

    def kill(self, random):
        """Kill it at a random moment; return what it had acknowledged before it died."""
        if random.random() < 0.3:
            self.wait_for("opening\n")
            sleep(random.uniform(0, OPENING_SECONDS))
        else:
            self.wait_for("opened\n")
            sleep(random.uniform(0, WORKING_SECONDS))
        with suppress(ProcessLookupError):  # it may be done
            os.kill(self.pid, signal.SIGKILL)
            while True:
                os.kill(self.pid, 0)
                sleep(0.001)
        said = self.output.read_text(encoding="utf-8")
        assert "failed" not in said, said
        # A line without its full stop was cut off: what it says was not acknowledged.
        lines = [line.split() for line in said.splitlines() if line.startswith("ack ")]
        return {int(word) for words in lines if words[-1] == "." for word in words[1:-1]}

    def wait_for(self, line):
        """Wait until it has said a line."""
        while line not in (said := self.said()):
            assert "failed" not in said, said
            sleep(0.001)

    def said(self):
        """Return what it has said so far; it may not have come to say anything."""
        return self.output.read_text("utf-8") if self.output.exists() else ""


def require_kept(desk, verify_all, acknowledged):
    """Check that all that was acknowledged is known, and that every row is right."""
    assert verify_all(desk).problems == []
    again = desk.ingest([STREAM[number] for number in sorted(acknowledged)])
    states = {outcome.state for outcome in again.outcomes}
    assert states <= {"duplicate"}


def require_completed(url, desk, verify_all, undisturbed):
    """Check that the same input completes what is there, and adds nothing twice."""
    desk.ingest(STREAM)
    assert contents(url, desk) == undisturbed
    assert {outcome.state for outcome in desk.ingest(STREAM).outcomes} == {"duplicate"}
    assert contents(url, desk) == undisturbed
    assert verify_all(desk).problems == []


def test_a_killed_process_loses_nothing(new_url, seeds, victim, verify_all, undisturbed):
    """A process killed at any moment keeps its word, and its input can be fed again."""
    for seed in seeds:
        print(f"seed {seed}")
        random = Random(seed)
        url = new_url(seed)
        if random.random() < 0.5:
            make_old(url)
        acknowledged = set()
        for kill in range(KILLS):
            acknowledged |= victim(url, seed * KILLS + kill).kill(random)
            with open_desk(url, discover=False, clock=FakeClock()) as desk:
                require_kept(desk, verify_all, acknowledged)
        with open_desk(url, discover=False, clock=FakeClock()) as desk:
            require_completed(url, desk, verify_all, undisturbed)


def test_processes_killed_beside_each_other_lose_nothing(
    new_url, seeds, victim, verify_all, undisturbed
):
    """Several processes that take in the same stream die at different moments, none too early."""
    for seed in seeds:
        print(f"seed {seed}")
        random = Random(seed)
        url = new_url(seed)
        if random.random() < 0.5:
            make_old(url)
        victims = [victim(url, seed * TOGETHER + n) for n in range(TOGETHER)]
        acknowledged = set().union(*(one.kill(random) for one in victims))
        with open_desk(url, discover=False, clock=FakeClock()) as desk:
            require_kept(desk, verify_all, acknowledged)
            require_completed(url, desk, verify_all, undisturbed)
