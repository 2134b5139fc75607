"""Events that wait to be pushed, the next first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from heapq import heappop, heappush
from typing import Any, Literal

from attrs import define, field

EventKind = Literal["message", "echo", "receipt", "edit", "deletion", "other"]
State = Literal["queued", "under_way", "accepted", "lost"]


@define
class Event:
    """Something to push.

    Attributes:
        number: in the order in which it happened.
        kind: what it is, in words that all networks share.
        subject: the network's id of the message it is, or is about.
        payload: what the network pushes of it; only the network looks inside.
        to: the address it is for; empty for whoever takes what is pushed.
        happened_at: when, by the network's clock.
        due: when it is pushed next.
        batch: whether it takes those that are due as well into its body.
        drop: whether its next delivery is lost on the way.
        attempts: how often it was pushed, lost ones included.
        state: where it is.
    """

    number: int
    kind: EventKind
    subject: str
    payload: Any
    to: str
    happened_at: datetime
    due: datetime
    batch: bool = False
    drop: bool = False
    attempts: int = 0
    state: State = "queued"


Fits = Callable[[Event], bool]


@define
class Waiting:
    """A heap in which an event may stand several times; only the entry with its due counts."""

    _heap: list[tuple[datetime, int, Event]] = field(factory=list)

    def put(self, event: Event) -> None:
        """Let an event wait until its due; again after that was changed."""
        heappush(self._heap, (event.due, event.number, event))

    def take(self, until: datetime, fits: Fits) -> Event | None:
        """Take out the first event that is due and fits; None when there is none."""
        aside = []
        found: Event | None = None
        while found is None and self._heap and self._heap[0][0] <= until:
            entry = heappop(self._heap)
            if not _counts(entry):
                continue
            if fits(entry[2]):
                found = entry[2]
            else:
                aside.append(entry)
        for entry in aside:
            heappush(self._heap, entry)
        return found

    def next_due(self, fits: Fits) -> datetime | None:
        """Return when the first event is due that fits; None when there is none."""
        while self._heap and not _counts(self._heap[0]):
            heappop(self._heap)
        if self._heap and fits(self._heap[0][2]):
            return self._heap[0][0]
        known = (entry[0] for entry in self._heap if _counts(entry) and fits(entry[2]))
        return min(known, default=None)


def _counts(entry: tuple[datetime, int, Event]) -> bool:
    due, _, event = entry
    return event.state == "queued" and event.due == due
