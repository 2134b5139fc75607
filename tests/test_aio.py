"""The desk for asynchronous hosts."""

from __future__ import annotations

import asyncio
import inspect
import subprocess
import sys
from contextlib import closing
from contextvars import ContextVar
from functools import cached_property
from threading import Event, current_thread
from time import monotonic, sleep

import pytest
from sqlalchemy import create_engine

import scskit
from scskit import NotFound, aio, open_async_desk, open_desk
from scskit.desk.cases import Cases
from scskit.desk.customers import Customers
from scskit.desk.desk import Desk
from scskit.desk.feed import Feed
from scskit.desk.incidents import Incidents
from scskit.desk.intake import Intake
from scskit.desk.outbox import Outbox
from scskit.desk.publishing import Publishing
from scskit.desk.replies import Replies
from scskit.desk.webhooks import Webhooks
from scskit.desk.work import Work
from scskit.storage.database import parse_url
from scskit.storage.store import SqlStore
from scskit.testing import FakeClock, message

PAIRS = {
    Desk: aio.AsyncDesk,
    Cases: aio.AsyncCases,
    Customers: aio.AsyncCustomers,
    Feed: aio.AsyncFeed,
    Incidents: aio.AsyncIncidents,
    Intake: aio.AsyncIntake,
    Outbox: aio.AsyncOutbox,
    Publishing: aio.AsyncPublishing,
    Replies: aio.AsyncReplies,
    Webhooks: aio.AsyncWebhooks,
    Work: aio.AsyncWork,
}


def public(class_):
    """Return the public members of a class by name, those of its bases too."""
    return {name: thing for name, thing in inspect.getmembers(class_) if name[0] != "_"}


def differences(sync, awaited):
    """Say where an asynchronous class is not what the synchronous one is."""
    found = []
    here, there = public(sync), public(awaited)
    for name in sorted(here.keys() | there.keys()):
        ours, theirs = here.get(name), there.get(name)
        if isinstance(ours, cached_property):
            continue  # a part; there it is an attribute
        if ours is None or theirs is None:
            found.append(f"{name} is missing")
        elif inspect.getdoc(ours) != inspect.getdoc(theirs):
            found.append(f"{name} is described otherwise")
        elif isinstance(ours, property):
            found += [] if isinstance(theirs, property) else [f"{name} is no property"]
        else:
            found += calls(name, ours, theirs)
    return found


def calls(name, ours, theirs):
    """Say whether two methods are called in different ways."""
    here, there = inspect.signature(ours), inspect.signature(theirs)
    if list(here.parameters.values()) != list(there.parameters.values()):
        return [f"{name} takes {there}, not {here}"]
    if name == "within":
        return []  # it does nothing by itself, and returns a desk that is awaited
    if not inspect.iscoroutinefunction(theirs):
        return [f"{name} is not awaited"]
    same = here.return_annotation == there.return_annotation
    return [] if same else [f"{name} returns {there.return_annotation}"]


@pytest.mark.parametrize("sync", PAIRS, ids=lambda class_: class_.__name__)
def test_what_a_desk_can_an_asynchronous_one_can(sync):
    """Every public method has the same name, arguments, result and description."""
    assert differences(sync, PAIRS[sync]) == []


def test_what_one_has_alone_is_noticed():
    """A method, an argument or a word that is added on one side only does not slip through."""

    class More(Desk):
        def brand_new(self):
            """Do something new."""

        def ingest(self, messages, *, history=False, more=1):
            return messages, history, more

        def run_due(self, limit: int | None = None) -> str:
            """Say otherwise."""

    More.ingest.__doc__ = Desk.ingest.__doc__
    found = differences(More, aio.AsyncDesk)
    assert found[0] == "brand_new is missing"
    assert found[1].startswith("ingest takes")
    assert found[2:] == ["run_due is described otherwise"]


def test_every_part_of_a_desk_is_compared(tmp_path):
    """No part of a desk is forgotten: each has its pair, and is there under the same name."""
    with open_desk(tmp_path / "desk.db", discover=False) as desk:
        awaited = aio.AsyncDesk(desk)
        lazy = {n for n, thing in public(Desk).items() if isinstance(thing, cached_property)}
        parts = {*lazy, *(name for name in vars(desk) if name[0] != "_")}
        assert parts >= {"cases", "customers", "feed", "intake", "webhooks", "work"}
        for name in parts:
            assert type(getattr(awaited, name)) is PAIRS[type(getattr(desk, name))]


def test_both_are_opened_in_the_same_way():
    """Opening takes the same arguments, and how many threads."""
    here = dict(inspect.signature(open_desk).parameters)
    there = dict(inspect.signature(scskit.open_async_desk).parameters)
    assert there.pop("threads").default == aio.THREADS
    assert here == there


def opened(path, **parts):
    return open_async_desk(path, discover=False, clock=FakeClock(), **parts)


def test_messages_become_cases(database_url):
    """An asynchronous host takes messages in and works on cases as any other."""

    async def work():
        async with opened(database_url) as desk:
            report = await desk.ingest([message("Hello?")])
            (case_id,) = report.cases
            case = await desk.cases.assign(case_id, "ana", by="agent:ana", because="mine")
            page = await desk.feed.read()
            assert await desk.work.waiting() == []
            assert (await desk.run_due()).cases == 0
            return case, {recorded.event.type for recorded in page.events}

    case, events = asyncio.run(work())
    assert case.agent == "ana"
    assert "case_assigned" in events


def test_errors_are_the_same(tmp_path):
    """What a desk refuses it refuses in the same words when it is awaited."""

    async def work():
        desk = await opened(tmp_path / "desk.db")
        try:
            await desk.cases.get("nobody")
        finally:
            await desk.close()

    with pytest.raises(NotFound, match="nobody"):
        asyncio.run(work())


@pytest.fixture
def slow_store(monkeypatch):
    """Make every search take a fifth of a second; tell in which threads, and how many at once."""
    seen = {"threads": set(), "now": 0, "most": 0}
    find = SqlStore.find

    def slow(*arguments, **named):
        seen["threads"].add(current_thread().name)
        seen["now"] += 1
        seen["most"] = max(seen["most"], seen["now"])
        sleep(0.2)
        seen["now"] -= 1
        return find(*arguments, **named)

    monkeypatch.setattr(SqlStore, "find", slow)
    return seen


def test_the_loop_goes_on_while_the_store_is_slow(tmp_path, slow_store):
    """Nothing else in the host's loop waits for the database."""

    async def work():
        async with opened(tmp_path / "desk.db") as desk:
            found = asyncio.create_task(desk.cases.find())
            start = last = monotonic()
            gaps = []
            while not found.done():
                await asyncio.sleep(0.005)
                gaps.append(monotonic() - last)
                last = monotonic()
            await found
        return last - start, gaps

    took, gaps = asyncio.run(work())
    assert took >= 0.2
    assert max(gaps) < 0.15
    assert all(name.startswith("scskit") for name in slow_store["threads"])


def test_no_more_calls_at_once_than_threads(tmp_path, slow_store):
    """A host decides how many threads its desk may have; further calls wait for their turn."""

    async def work():
        async with opened(tmp_path / "desk.db", threads=2) as desk:
            await asyncio.gather(*(desk.cases.find() for _ in range(5)))

    asyncio.run(work())
    assert slow_store["most"] == 2


def test_context_goes_along(tmp_path):
    """What the host has put into context variables, such as a request's id, is there in calls."""
    request = ContextVar("request", default="none")
    seen = []

    class Observer:
        @scskit.hookimpl
        def scskit_on_events(self, events):  # noqa: ARG002  a hook's argument
            seen.append(request.get())

    async def work():
        async with opened(tmp_path / "desk.db", plugins=[Observer()]) as desk:
            request.set("r-1")
            await desk.ingest([message("Hello?")])

    asyncio.run(work())
    assert seen == ["r-1"]


def test_closing_waits_for_what_is_under_way(tmp_path, slow_store):
    """A host that stops does not cut off what it had asked for."""

    async def work():
        desk = await opened(tmp_path / "desk.db")
        found = asyncio.create_task(desk.cases.find())
        await asyncio.sleep(0.05)
        assert slow_store["now"] == 1
        await desk.close()
        return await found

    assert asyncio.run(work()).cases == ()


def test_a_host_s_transaction_decides(database_url):
    """What is done inside the host's transaction is gone when that is rolled back."""

    async def work():
        async with opened(database_url) as desk:
            engine = create_engine(parse_url(database_url))
            with engine.connect() as connection:
                inside = desk.within(connection)
                assert (await inside.ingest([message("Hello?")])).cases
                connection.rollback()
            with engine.begin() as connection:
                await desk.within(connection).ingest([message("Hello again")])
            engine.dispose()
            return await desk.cases.find()

    (case,) = asyncio.run(work()).cases
    assert case.inbound_count == 1


class Slow:
    """A classifier that takes its time."""

    def __init__(self):
        """Be asked, and answer when told."""
        self.asked, self.answer = Event(), Event()

    @scskit.hookimpl
    def scskit_classify(self, interactions):
        """Answer when told."""
        self.asked.set()
        assert self.answer.wait(30)
        return [() for _ in interactions]


async def cancelled(task, slow):
    """Cancel a task, twice, while its call is under way, and let the call go on after a while."""
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    asyncio.get_running_loop().call_later(0.1, slow.answer.set)
    with pytest.raises(asyncio.CancelledError):
        await task


def test_a_host_whose_task_is_cancelled_can_roll_back(database_url):
    """Nothing goes on inside the host's transaction, and nothing of it is stored."""
    slow = Slow()

    async def work():
        async with opened(database_url, plugins=[slow]) as desk:
            engine = create_engine(parse_url(database_url))
            with closing(engine.raw_connection()) as pooled:
                connection = pooled.driver_connection
                inside = desk.within(connection)
                task = asyncio.create_task(inside.ingest([message("Hello?")]))
                await asyncio.to_thread(slow.asked.wait)
                await cancelled(task, slow)
                connection.rollback()
                await inside.close()
                connection.commit()
            engine.dispose()
            return await desk.cases.find()

    assert asyncio.run(work()).cases == ()


def test_what_waits_for_its_turn_is_carried_out_too(tmp_path):
    """A call whose task is cancelled before a thread was free for it is made nevertheless."""
    slow = Slow()

    async def work():
        async with opened(tmp_path / "desk.db", plugins=[slow], threads=1) as desk:
            first = asyncio.create_task(desk.ingest([message("Hello?", by="ana")]))
            await asyncio.to_thread(slow.asked.wait)
            second = asyncio.create_task(desk.ingest([message("Hello?", by="ben")]))
            await asyncio.sleep(0)
            await cancelled(second, slow)
            await first
            return await desk.cases.find()

    assert len(asyncio.run(work()).cases) == 2


HASTY = """
import asyncio
from scskit import open_async_desk
from scskit.testing import message

async def main():
    desk = await open_async_desk("desk.db", discover=False, threads=2)
    tasks = [asyncio.create_task(desk.ingest([message(by=f"p{n}")])) for n in range(40)]
    await asyncio.sleep(0)
    del desk, tasks

asyncio.run(main())
"""


def test_a_program_that_ends_in_haste_carries_out_what_it_began(tmp_path):
    """A desk that nobody has closed keeps no program from ending, and loses no call."""
    done = subprocess.run(
        [sys.executable, "-c", HASTY], cwd=tmp_path, capture_output=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
    with open_desk(tmp_path / "desk.db", discover=False) as desk:
        assert len(desk.cases.find(limit=100).cases) == 40
