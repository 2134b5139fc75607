"""The desk for asynchronous hosts: the same calls, made in threads, awaited.

A database makes whoever talks to it wait, and waiting in an event loop stops everything else in
it. So each call of an ``AsyncDesk`` runs in a thread of the desk's own; what it takes, returns and
raises is what the ``Desk`` does. No rule of cases is written here a second time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial, wraps
from pathlib import Path
from types import TracebackType
from typing import Any, Concatenate, Final, Literal, ParamSpec, Protocol, Self, TypeVar

from scskit.core.account import Account
from scskit.core.policy import Policy
from scskit.core.ports import Clock, IdSource
from scskit.desk.cases import Cases
from scskit.desk.customers import Customers
from scskit.desk.desk import Desk
from scskit.desk.feed import Feed
from scskit.desk.intake import Intake
from scskit.desk.webhooks import Webhooks
from scskit.desk.work import Work
from scskit.opening import open_desk
from scskit.plugins.registry import Registry

P = ParamSpec("P")
R = TypeVar("R")

THREADS: Final = 12
"""How many calls of one desk are under way at once, unless told otherwise.

More threads than processors: on SQLite those that wait for the disk wait for it together. Fewer
than the connections that SQLAlchemy opens at most (15): no call waits for one.
"""


class Threads:
    """Threads of a desk's own; its host's may be busy, or few."""

    def __init__(self, count: int) -> None:
        """Start up to ``count`` threads, each when it is needed first."""
        self._executor = ThreadPoolExecutor(count, thread_name_prefix="scskit")

    async def run(self, call: Callable[[], R]) -> R:
        """Make a call in a thread, with the context variables of the caller."""
        context = copy_context()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, partial(context.run, call))

    async def close(self) -> None:
        """Wait for the calls that are under way; nothing can be called afterwards."""
        await asyncio.to_thread(self._executor.shutdown)


class _Part(Protocol):
    """A part of an ``AsyncDesk``: threads, and the part of the ``Desk`` that does the work."""

    _threads: Threads
    _sync: Any


def _awaited(
    method: Callable[Concatenate[Any, P], R],
) -> Callable[Concatenate[Any, P], Coroutine[Any, Any, R]]:
    """Return a method of a part that calls ``method`` in a thread; all else is the same."""

    @wraps(method)
    async def call(self: _Part, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return await self._threads.run(partial(method, self._sync, *args, **kwargs))

    return call


class _AsyncPart:
    def __init__(self, sync: object, threads: Threads) -> None:
        """Make the calls of ``sync`` in ``threads``."""
        self._sync: Any = sync
        self._threads = threads


class AsyncCases(_AsyncPart):
    """``Cases``, awaited."""

    accept_escalation = _awaited(Cases.accept_escalation)
    assign = _awaited(Cases.assign)
    clocks = _awaited(Cases.clocks)
    close = _awaited(Cases.close)
    dismiss = _awaited(Cases.dismiss)
    escalate = _awaited(Cases.escalate)
    find = _awaited(Cases.find)  # type: ignore[arg-type]  # no filter is called "self"
    get = _awaited(Cases.get)
    hold = _awaited(Cases.hold)
    interactions = _awaited(Cases.interactions)
    link = _awaited(Cases.link)
    log = _awaited(Cases.log)
    merge = _awaited(Cases.merge)
    note = _awaited(Cases.note)
    recalculate = _awaited(Cases.recalculate)
    reopen = _awaited(Cases.reopen)
    resume = _awaited(Cases.resume)
    return_escalation = _awaited(Cases.return_escalation)
    route = _awaited(Cases.route)
    set_priority = _awaited(Cases.set_priority)
    set_reason = _awaited(Cases.set_reason)
    snooze = _awaited(Cases.snooze)
    solve = _awaited(Cases.solve)
    split = _awaited(Cases.split)
    timeline = _awaited(Cases.timeline)
    wait = _awaited(Cases.wait)


class AsyncCustomers(_AsyncPart):
    """``Customers``, awaited."""

    get = _awaited(Customers.get)
    identity = _awaited(Customers.identity)
    link = _awaited(Customers.link)
    links = _awaited(Customers.links)
    merge = _awaited(Customers.merge)
    unlink = _awaited(Customers.unlink)
    unmerge = _awaited(Customers.unmerge)


class AsyncIntake(_AsyncPart):
    """``Intake``, awaited."""

    apply_received = _awaited(Intake.apply_received)
    discard = _awaited(Intake.discard)
    ingest = _awaited(Intake.ingest)
    keep = _awaited(Intake.keep)
    quarantined = _awaited(Intake.quarantined)
    received = _awaited(Intake.received)
    redrive = _awaited(Intake.redrive)
    release = _awaited(Intake.release)


class AsyncFeed(_AsyncPart):
    """``Feed``, awaited."""

    read = _awaited(Feed.read)


class AsyncWork(_AsyncPart):
    """``Work``, awaited."""

    accept = _awaited(Work.accept)
    decline = _awaited(Work.decline)
    look = _awaited(Work.look)
    next_change = _awaited(Work.next_change)
    offer = _awaited(Work.offer)
    on_commit = _awaited(Work.on_commit)
    pull = _awaited(Work.pull)
    push = _awaited(Work.push)
    release = _awaited(Work.release)
    set_presence = _awaited(Work.set_presence)
    take_over = _awaited(Work.take_over)
    waiting = _awaited(Work.waiting)

    @property
    def acts(self) -> bool:
        """Whether the desk file lets anything happen by itself here."""
        return bool(self._sync.acts)


class AsyncWebhooks(_AsyncPart):
    """``Webhooks``, awaited."""

    accept = _awaited(Webhooks.accept)
    count = _awaited(Webhooks.count)
    keep = _awaited(Webhooks.keep)
    receive = _awaited(Webhooks.receive)

    @property
    def counts(self) -> Mapping[str, Mapping[str, int]]:
        """What became of the requests since this desk was opened, by connector."""
        counts: Mapping[str, Mapping[str, int]] = self._sync.counts
        return counts


class AsyncDesk:
    """One tenant's case engine, awaited. Made by ``scskit.open_async_desk``.

    It has what ``Desk`` has, under the same names, with the same arguments, results and errors;
    each call runs in one of the desk's own threads. A call whose awaiting task is cancelled is
    carried out nevertheless.

    Attributes:
        sync: the desk that does the work.
        cases: commands on cases, and finding them.
        customers: who is behind the handles.
        feed: every committed event, in one order.
        intake: what is parked or quarantined.
        webhooks: what became of the networks' requests.
        work: what waits for agents, and giving it to them.
    """

    add_account = _awaited(Desk.add_account)
    ingest = _awaited(Desk.ingest)
    next_due = _awaited(Desk.next_due)
    run_due = _awaited(Desk.run_due)
    webhook = _awaited(Desk.webhook)

    def __init__(self, sync: Desk, threads: int = THREADS) -> None:
        """Make the calls of ``sync`` in up to ``threads`` threads."""
        self.sync = self._sync = sync
        self._threads = own = Threads(threads)
        self.cases = AsyncCases(sync.cases, own)
        self.customers = AsyncCustomers(sync.customers, own)
        self.feed = AsyncFeed(sync.feed, own)
        self.intake = AsyncIntake(sync.intake, own)
        self.webhooks = AsyncWebhooks(sync.webhooks, own)
        self.work = AsyncWork(sync.work, own)

    @property
    def tenant(self) -> str:
        """Whose desk it is."""
        return self.sync.tenant

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return self.sync.policy

    @property
    def plugins(self) -> Registry:
        """What is loaded, and what was set aside and why."""
        return self.sync.plugins

    @property
    def accounts(self) -> Mapping[str, Account]:
        """The brand's accounts by id."""
        return self.sync.accounts

    @property
    def clock(self) -> Clock:
        """Tells this desk's time."""
        return self.sync.clock

    def within(self, connection: object) -> AsyncDesk:
        """Return this desk inside a transaction of the host.

        What the returned desk does is committed or rolled back together with whatever else the
        host does in that transaction. Observers are not called; the feed tells after commit.

        Args:
            connection: an SQLAlchemy ``Connection``, or a ``Session`` of SQLAlchemy or SQLModel,
                on the desk's database.
        """
        # A transaction is used by one at a time, so there is one thread for it.
        return AsyncDesk(self.sync.within(connection), 1)

    async def close(self) -> None:
        """Close every connection. The desk cannot be used afterwards."""
        await self._threads.close()
        await asyncio.to_thread(self.sync.close)

    async def __aenter__(self) -> Self:
        """Use the desk in an ``async with`` block."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close it at the end."""
        await self.close()


class Opening:
    """A desk that is being opened: ``await`` it, or use it in an ``async with`` block."""

    def __init__(self, call: Callable[[], Desk], threads: int) -> None:
        """Open it by ``call`` when it is awaited."""
        self._call = call
        self._threads = threads
        self._desk: AsyncDesk | None = None

    async def _open(self) -> AsyncDesk:
        return AsyncDesk(await asyncio.to_thread(self._call), self._threads)

    def __await__(self) -> Generator[Any, None, AsyncDesk]:
        """Open it."""
        return self._open().__await__()

    async def __aenter__(self) -> AsyncDesk:
        """Open it for a block."""
        self._desk = await self._open()
        return self._desk

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close it at the end of the block."""
        if self._desk is not None:
            await self._desk.close()


def open_async_desk(  # noqa: PLR0913  those of open_desk, and the threads
    database: str | Path = "scskit.db",
    config: str | Path | Policy | None = None,
    *,
    tenant: str | None = None,
    plugins: Sequence[object] = (),
    strict: bool = False,
    discover: bool = True,
    migrate: bool = True,
    synchronous: Literal["FULL", "NORMAL"] = "FULL",
    clock: Clock | None = None,
    ids: IdSource | None = None,
    threads: int = THREADS,
) -> Opening:
    """Open a tenant's desk for an asynchronous host.

    ::

        async with open_async_desk("desk.db") as desk:
            await desk.ingest([message])

    Args:
        database: as for ``open_desk``, and so are all that follow but the last.
        config: the path of a desk file, or a ``Policy``.
        tenant: whose desk.
        plugins: plugin objects beside the installed ones.
        strict: raise when an installed plugin cannot be used.
        discover: whether to load installed plugins at all.
        migrate: whether an older schema may be upgraded.
        synchronous: SQLite only: ``FULL`` or ``NORMAL``.
        clock: tells the time.
        ids: makes ids.
        threads: how many calls may be under way at once; further ones wait for their turn.

    Raises:
        ConfigError: the desk file or an argument is wrong; every problem is named.
        PluginError: a plugin cannot be used (``strict``, or one of ``plugins``).
        StoreError: the database cannot be opened.
    """
    call = partial(
        open_desk,
        database,
        config,
        tenant=tenant,
        plugins=plugins,
        strict=strict,
        discover=discover,
        migrate=migrate,
        synchronous=synchronous,
        clock=clock,
        ids=ids,
    )
    return Opening(call, threads)
