"""Events as rows: positions, and reading a row back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import overload

from scskit.core.events import Event
from scskit.core.records import RecordedEvent
from scskit.core.time import from_micros
from scskit.storage.drivers import Row
from scskit.storage.sql import column_names
from scskit.wire.events import read_event

EVENT_COLUMNS = ", ".join(column_names("scs_event"))


def format_position(txn: int, position: int) -> str:
    """Return a feed position as text: ``position`` on SQLite, ``txn.position`` elsewhere."""
    return f"{txn}.{position}" if txn else str(position)


def read_recorded(row: Row) -> RecordedEvent:
    """Build an event from its row."""
    _, txn, position, case_id, seq, type_, schema, at, recorded_at, actor, because, payload, h = row
    return RecordedEvent(
        position=format_position(txn, position),
        case_id=case_id,
        seq=seq,
        recorded_at=from_micros(recorded_at),
        event=read_event(
            type_,
            schema,
            payload,
            case_id=case_id,
            at=from_micros(at),
            by=actor,
            because=because,
        ),
        hash=bytes(h),
    )


class Recorded(Sequence[RecordedEvent]):
    """Events just written. Each is built when somebody looks at it: mostly nobody does."""

    def __init__(self, events: Sequence[Event], event_rows: Sequence[Row], now: datetime) -> None:
        """Hold the events, the rows they were written as, and when."""
        self._events = events
        self._rows = event_rows
        self._now = now

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._events)

    @overload
    def __getitem__(self, index: int) -> RecordedEvent: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[RecordedEvent]: ...
    def __getitem__(self, index: int | slice) -> RecordedEvent | Sequence[RecordedEvent]:
        """Return one event, or some."""
        if isinstance(index, slice):
            return Recorded(self._events[index], self._rows[index], self._now)
        event, row = self._events[index], self._rows[index]
        return RecordedEvent(
            position=format_position(row[1], row[2]),
            case_id=event.case_id,
            seq=row[4],
            recorded_at=self._now,
            event=event,
            hash=row[12],
        )

    def __iter__(self) -> Iterator[RecordedEvent]:
        """Go through all of them, in the order of the feed."""
        return (self[index] for index in range(len(self)))
