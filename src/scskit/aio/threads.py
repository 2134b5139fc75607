"""Threads that make an asynchronous host's calls."""

from __future__ import annotations

import asyncio
import atexit
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context, copy_context
from functools import partial
from queue import SimpleQueue
from threading import Lock, Thread, current_thread
from typing import Final, TypeVar
from weakref import WeakSet, finalize

R = TypeVar("R")
Jobs = SimpleQueue[Callable[[], None] | None]

THREADS: Final = 12
"""How many calls of one desk are under way at once, unless told otherwise.

More threads than processors: on SQLite those that wait for the disk wait for it together. Fewer
than the connections that SQLAlchemy opens at most (15): no call waits for one.
"""


class Threads:
    """Threads of a desk's own; its host's may be busy, or few.

    A call goes to a thread and back with one lock less each way than an executor of the standard
    library takes, which a server of small calls can tell.
    """

    def __init__(self, count: int, *, lent: bool = False) -> None:
        """Start up to ``count`` threads, with the first calls.

        Args:
            count: how many at most.
            lent: what they work on is the caller's: a call that is cancelled has ended before
                the caller goes on with it.
        """
        self._count = count
        self._lent = lent
        self._jobs: Jobs = SimpleQueue()
        self._started: list[Thread] = []
        self._lock = Lock()
        self._closed = False
        finalize(self, _dismiss, self._jobs, self._started).atexit = False
        _open.add(self)

    async def run(self, call: Callable[[], R]) -> R:
        """Make a call in a thread, with the context variables of the caller.

        It is made also if whoever waits for it is cancelled, even before its turn.

        Raises:
            RuntimeError: the threads have ended.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[R] = loop.create_future()
        self._hand_over(partial(_make, call, copy_context(), loop, future))
        if not self._lent:
            return await future
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            while not future.done():
                with suppress(asyncio.CancelledError):  # told once is enough
                    await asyncio.wait([future])
            raise

    def _hand_over(self, job: Callable[[], None]) -> None:
        with self._lock:
            if self._closed:
                message = "the desk is closed"
                raise RuntimeError(message)
            self._jobs.put(job)
            if len(self._started) < self._count:
                name = f"scskit_{len(self._started)}"
                thread = Thread(target=_work, args=(self._jobs,), name=name, daemon=True)
                _alive.add(thread)
                thread.start()
                self._started.append(thread)

    async def close(self) -> None:
        """Wait for the calls that are under way; nothing can be called afterwards."""
        await asyncio.to_thread(self.end)

    def end(self) -> None:
        """Wait for the calls that are under way, as ``close`` does."""
        with self._lock:
            if not self._closed:
                self._closed = True
                _dismiss(self._jobs, self._started)
        for thread in self._started:
            thread.join()


def _dismiss(jobs: Jobs, threads: list[Thread]) -> None:
    """Let threads end when everything that was handed over is done."""
    for _ in threads:
        jobs.put(None)


def _work(jobs: Jobs) -> None:
    while (job := jobs.get()) is not None:
        job()
        del job  # nothing of a call is kept until the next one comes
    _alive.discard(current_thread())


def _make(
    call: Callable[[], R],
    context: Context,
    loop: asyncio.AbstractEventLoop,
    future: asyncio.Future[R],
) -> None:
    """Make a call, and tell the loop what came of it."""
    try:
        tell: Callable[[], None] = partial(_answer, future, context.run(call))
    except BaseException as error:  # noqa: BLE001  raised where it is waited for
        tell = partial(_fail, future, error)
    with suppress(RuntimeError):  # a loop that is closed has nobody left who waits
        loop.call_soon_threadsafe(tell)


def _answer(future: asyncio.Future[R], result: R) -> None:
    if not future.done():
        future.set_result(result)


def _fail(future: asyncio.Future[R], error: BaseException) -> None:
    if not future.done():
        future.set_exception(error)


_open: WeakSet[Threads] = WeakSet()
_alive: set[Thread] = set()


@atexit.register
def _end_all() -> None:
    """Carry out at the end of the program what was handed over, also to threads of desks gone."""
    for threads in list(_open):
        threads.end()
    for thread in list(_alive):
        thread.join()
