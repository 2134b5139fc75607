"""The desk for asynchronous hosts: the same calls, made in threads, awaited.

A database makes whoever talks to it wait, and waiting in an event loop stops everything else in
it. So each call of an ``AsyncDesk`` runs in a thread of the desk's own; what it takes, returns and
raises is what the ``Desk`` does. No rule of cases is written here a second time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

from scskit.aio.parts import (
    AsyncCases,
    AsyncCustomers,
    AsyncFeed,
    AsyncIncidents,
    AsyncIntake,
    AsyncOutbox,
    AsyncPublishing,
    AsyncReplies,
    AsyncWebhooks,
    AsyncWork,
    awaited,
)
from scskit.aio.threads import THREADS, Threads
from scskit.core.account import Account
from scskit.core.policy import Policy
from scskit.core.ports import Clock, IdSource
from scskit.desk.desk import Desk
from scskit.opening import open_desk
from scskit.plugins.registry import Registry

if TYPE_CHECKING:
    import httpx


class AsyncDesk:
    """One tenant's case engine, awaited. Made by ``scskit.open_async_desk``.

    It has what ``Desk`` has, under the same names, with the same arguments, results and errors;
    each call runs in one of the desk's own threads. A call whose awaiting task is cancelled is
    carried out nevertheless; inside a transaction of the host, the task ends after it.

    Attributes:
        sync: the desk that does the work.
        cases: commands on cases, and finding them.
        customers: who is behind the handles.
        feed: every committed event, in one order.
        incidents: what went wrong for many people, and telling them.
        intake: what is parked or quarantined.
        outbox: what is on its way to networks.
        publishing: what is said to everybody, on many accounts at once.
        replies: what is said to customers.
        webhooks: what became of the networks' requests.
        work: what waits for agents, and giving it to them.
    """

    add_account = awaited(Desk.add_account)
    ingest = awaited(Desk.ingest)
    next_due = awaited(Desk.next_due)
    poll = awaited(Desk.poll)
    publish_sla = awaited(Desk.publish_sla)
    run_due = awaited(Desk.run_due)
    webhook = awaited(Desk.webhook)
    streamed = awaited(Desk.streamed)

    def __init__(self, sync: Desk, threads: int = THREADS) -> None:
        """Make the calls of ``sync`` in up to ``threads`` threads."""
        self.sync = self._sync = sync
        lent = sync._services.bound  # noqa: SLF001  whether the host's own connection is used
        self._threads = own = Threads(threads, lent=lent)
        self.cases = AsyncCases(sync.cases, own)
        self.customers = AsyncCustomers(sync.customers, own)
        self.feed = AsyncFeed(sync.feed, own)
        self.incidents = AsyncIncidents(sync.incidents, own)
        self.intake = AsyncIntake(sync.intake, own)
        self.outbox = AsyncOutbox(sync.outbox, own)
        self.publishing = AsyncPublishing(sync.publishing, own)
        self.replies = AsyncReplies(sync.replies, own)
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
            connection: an SQLAlchemy ``Connection``, a ``Session`` of SQLAlchemy or SQLModel, a
                ``sqlite3.Connection`` or a ``psycopg.Connection``, on the desk's database. An
                ``AsyncDesk`` uses it in a thread of its own, for which sqlite3 must have been told
                ``check_same_thread=False``.

        Raises:
            TypeError: it is none of these.
            StoreError: it commits every statement by itself.
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
    client: httpx.Client | None = None,
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
        client: what requests to networks go through.
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
        client=client,
    )
    return Opening(call, threads)
