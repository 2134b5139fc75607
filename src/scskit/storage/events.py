"""Events as rows: positions, and reading a row back."""

from __future__ import annotations

from scskit.core.ports import RecordedEvent
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
