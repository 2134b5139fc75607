"""Desks for the tests of the store's promises, and lives for them to lead."""

# ruff: noqa: D102, D105, D107, S311, SLF001  a helper of tests, with made-up traffic

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from random import Random
from threading import Barrier

import pytest
from sqlalchemy import create_engine, text

from scskit import open_desk
from scskit.core.agent import Queue
from scskit.core.errors import CaseError
from scskit.core.policy import Policy, Reason, ReasonTree
from scskit.storage.database import parse_url
from scskit.testing import FakeClock, brand_reply, deletion, direct_message, edit, message, receipt

QUEUES = ("inbox", "billing")
POLICY = Policy(
    queues={name: Queue(name=name) for name in QUEUES},
    reasons=ReasonTree({name: Reason(id=name) for name in ("order", "order.late", "bill")}),
)


@pytest.fixture
def open_at():
    """Open desks on any database, without installed plugins and with a clock that stands still."""
    with ExitStack() as stack:

        def open_one(url, config=POLICY, **options):
            options = {"discover": False, "clock": FakeClock(), **options}
            return stack.enter_context(open_desk(url, config, **options))

        yield open_one


@pytest.fixture
def desk(database_url, open_at):
    """Open a desk on an empty database."""
    return open_at(database_url)


@pytest.fixture
def engine_of():
    """Reach a database as a host does, or behind the desk's back."""
    with ExitStack() as stack:

        def make(url):
            engine = create_engine(parse_url(url))
            stack.callback(engine.dispose)
            return engine

        yield make


@pytest.fixture
def engine(database_url, engine_of):
    """Reach the desk's database as a host does, or behind the desk's back."""
    return engine_of(database_url)


@pytest.fixture
def rows(engine):
    """Ask the database behind the desk's back."""

    def ask(statement, **parameters):
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(statement), parameters)]

    return ask


@pytest.fixture(scope="session")
def verify_all():
    """Check a desk's whole database, as ``scskit verify`` does."""
    return lambda desk: desk._services.store.verify()


@pytest.fixture
def writers():
    """Start processes that write; see ``writer.py``."""
    with ExitStack() as stack:

        def start(url, seeds, batches):
            started = [stack.enter_context(Writer(url, seed, batches)) for seed in seeds]
            for writer in started:
                writer.begin()
            return started

        yield start


class Writer:
    """A process that writes."""

    def __init__(self, url, seed, batches):
        script = Path(__file__).parent / "writer.py"
        self.process = subprocess.Popen(
            [sys.executable, script, url, seed, str(batches)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def begin(self):
        """Wait until it has opened its desk, and let it write."""
        assert self.process.stdout.readline() == "ready\n"
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    @property
    def working(self):
        return self.process.poll() is None

    def acknowledged(self):
        """Wait until it is done, and return what was acknowledged to it."""
        answer, _ = self.process.communicate()
        assert self.process.returncode == 0
        return json.loads(answer)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def together():
    """Run functions in threads that begin at the same moment; return what they returned."""

    def run(*functions):
        begin = Barrier(len(functions))

        def one(function):
            begin.wait()
            return function()

        with ThreadPoolExecutor(len(functions)) as pool:
            return [future.result() for future in [pool.submit(one, f) for f in functions]]

    return run


@pytest.fixture(scope="session")
def live():
    """Let a desk lead a busy life, the same one for the same seed."""
    return lambda desk, seed, steps=80: Life(desk, seed).run(steps)


class Life:
    """Random traffic and random commands."""

    def __init__(self, desk, seed):
        self.desk = desk
        self.random = Random(seed)
        self.seed = seed
        self.sent = []
        self.count = 0

    def run(self, steps):
        for _ in range(steps):
            if clock := getattr(self.desk._services.clock, "advance", None):
                clock(timedelta(minutes=self.random.randrange(90)))
            if self.random.random() < 0.6:
                self.deliver()
            else:
                self.command()
        return self

    def deliver(self):
        size = self.random.choice((1, 1, 2, 5, 12))
        items = [self.item() for _ in range(size)]
        items += self.random.sample(items, self.random.randrange(len(items)))
        self.random.shuffle(items)
        self.desk.ingest(items, history=self.random.random() < 0.2)

    def item(self):
        choice = self.random.random()
        if choice < 0.5 or not self.sent:
            return self.question()
        one = self.random.choice(self.sent)
        late = self.desk._services.clock.now() - timedelta(minutes=self.random.randrange(300))
        if choice < 0.7:
            reply = brand_reply(one, f"answer {self.count}", external_id=self.next("r"))
            self.sent.append(reply)
            return reply
        if choice < 0.85:
            return edit(one, f"edited {self.count}", edited_at=late)
        if choice < 0.9:
            return deletion(one, deleted_at=late)
        return receipt(one, self.random.choice(("sent", "failed", "delivered", "read")), at=late)

    def next(self, prefix):
        self.count += 1
        return f"{prefix}{self.seed}-{self.count}"

    def question(self):
        random = self.random
        options = {
            "by": random.choice(("ana", "ben", "eva", "li")),
            "account": random.choice(("twitter.acme", "twitter.help")),
            "external_id": self.next("m"),
            "posted_at": self.desk._services.clock.now() - timedelta(minutes=random.randrange(600)),
        }
        words = f"{random.choice(('my order is late', 'the bill is wrong', 'hello'))} {self.count}"
        if random.random() < 0.3:
            one = direct_message(words, **options)
        else:
            one = message(words, thread=random.choice((None, "t1", "t2", "t3")), **options)
        self.sent.append(one)
        return one

    def command(self):
        cases = self.desk.cases.find(limit=50).cases
        if not cases:
            return
        case, other = self.random.choice(cases).id, self.random.choice(cases).id
        do, who = self.desk.cases, {"by": "agent:ana", "because": "the test says so"}
        until = self.desk._services.clock.now() + timedelta(days=1)
        one_half = [i.id for i in do.interactions(case)][::2]
        commands = (
            lambda: do.assign(case, self.random.choice((None, "ana", "ben")), **who),
            lambda: do.route(case, self.random.choice(QUEUES), **who),
            lambda: do.set_reason(case, self.random.choice((None, "order.late", "bill")), **who),
            lambda: do.set_priority(case, self.random.choice(("P1", "P2", "P4")), **who),
            lambda: do.note(case, f"note {self.random.random()}", **who),
            lambda: do.solve(case, **who),
            lambda: do.reopen(case, **who),
            lambda: do.close(case, **who),
            lambda: do.wait(case, **who),
            lambda: do.hold(case, **who),
            lambda: do.resume(case, **who),
            lambda: do.snooze(case, until, **who),
            lambda: do.dismiss(case, "noise.spam", **who),
            lambda: do.link(case, other, **who),
            lambda: do.merge(case, other, **who),
            lambda: do.split(case, one_half, **who),
        )
        try:
            self.random.choice(commands)()
        except CaseError:
            return
