"""Group commit: callers in several threads share one transaction, and its wait for the disk.

SQLite has one writer. While it waits for the disk, other callers queue up; the next transaction
takes all of them together. There is no thread of our own: the first caller in line does the work
for those behind it.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import SimpleQueue
from threading import RLock
from typing import Any, Generic, TypeVar
from weakref import WeakSet

from attrs import define, field

Item = TypeVar("Item")
Answer = TypeVar("Answer")


@define(eq=False)
class _Ticket(Generic[Item, Answer]):
    items: Sequence[Item]
    done: bool = False
    answers: Sequence[Answer] = ()
    error: BaseException | None = None
    # A caller whose items are done is called by itself: if it waited for the lead, it would wait
    # for the next transaction, and have nothing new in line for the one after that.
    calls: SimpleQueue[None] = field(factory=SimpleQueue)


class GroupCommit(Generic[Item, Answer]):
    """Collects the items of concurrent callers and works on them together."""

    def __init__(self, work: Callable[[Sequence[Item]], Sequence[Answer]], largest: int) -> None:
        """Hand at most about ``largest`` items at a time to ``work``: one answer per item."""
        self._work = work
        self._largest = largest
        self._begin()
        _groups.add(self)

    def _begin(self) -> None:
        """Let nobody lead, and nobody be in line."""
        self._queue: deque[_Ticket[Item, Answer]] = deque()
        # Whoever is told of an event may hand in another message, in the same thread.
        self._leading = RLock()

    def submit(self, items: Sequence[Item]) -> Sequence[Answer]:
        """Return the answers to ``items``, worked on together with whatever else waits.

        Raises:
            BaseException: whatever ``work`` raised for the group.
        """
        if not self._queue and self._leading.acquire(blocking=False):
            return self._alone(items)
        ticket = _Ticket[Item, Answer](items)
        self._queue.append(ticket)
        while not ticket.done:
            if self._leading.acquire(blocking=False):
                try:
                    if not ticket.done:
                        self._lead()
                finally:
                    self._leading.release()
                    self._wake_next()
            else:
                self._wait(ticket)
        if ticket.error is not None:
            raise ticket.error
        return ticket.answers

    def _alone(self, items: Sequence[Item]) -> Sequence[Answer]:
        """Work on the items of a caller who finds nobody in line: most callers do."""
        try:
            return self._work(items)
        finally:
            self._leading.release()
            self._wake_next()

    def _wait(self, ticket: _Ticket[Item, Answer]) -> None:
        """Wait to be called; who is interrupted leaves the line, and the others do not stand still.

        Raises:
            BaseException: whatever interrupted the wait, such as ``KeyboardInterrupt``.
        """
        try:
            ticket.calls.get()
        except BaseException:
            with suppress(ValueError):  # somebody works on it already
                self._queue.remove(ticket)
            self._wake_next()
            raise

    def _wake_next(self) -> None:
        """Call whoever is first in line: it was in line before it found somebody leading."""
        if self._queue:
            with suppress(IndexError):  # nobody is any more
                self._queue[0].calls.put(None)

    def _lead(self) -> None:
        group = self._next_group()
        alone = len(group) == 1
        items = group[0].items if alone else [item for ticket in group for item in ticket.items]
        try:
            answers = self._work(items)
        except BaseException as error:  # noqa: BLE001  every waiting caller gets it
            for ticket in group:
                ticket.error, ticket.done = error, True
                ticket.calls.put(None)
            return
        start = 0
        for ticket in group:
            end = start + len(ticket.items)
            ticket.answers, ticket.done = answers[start:end], True
            ticket.calls.put(None)
            start = end

    def _next_group(self) -> list[_Ticket[Item, Answer]]:
        group = [self._queue.popleft()]
        size = len(group[0].items)
        while self._queue and size + len(self._queue[0].items) <= self._largest:
            group.append(self._queue.popleft())
            size += len(group[-1].items)
        return group


_groups: WeakSet[GroupCommit[Any, Any]] = WeakSet()


def _begin_anew() -> None:
    """Forget who led and who was in line in the process that forked: they are not in this one."""
    for group in _groups:
        group._begin()  # noqa: SLF001  the two belong together


if hasattr(os, "register_at_fork"):  # Windows has none
    os.register_at_fork(after_in_child=_begin_anew)
