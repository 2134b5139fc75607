"""The tables of intake: what came in, what could not be understood, how far it was read."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    Index,
    UniqueConstraint,
    text,
)

from scskit.storage.schema import (
    Row,
    instant,
    integer,
    key,
    maybe_words,
    words,
)


class LedgerRow(Row, table=True):
    """What came in, once. The primary key is what makes a message unique."""

    __tablename__ = "scs_ledger"
    __table_args__: ClassVar[Any] = (
        # What waits for a message that has not come yet: empty most of the time.
        Index(
            "ix_scs_ledger_parked",
            "tenant",
            "account_id",
            "awaits",
            sqlite_where=text("state = 'parked'"),
        ),
        {"sqlite_with_rowid": False},
    )

    tenant: str = key()
    account_id: str = key()
    kind: str = key()
    external_id: str = key()
    revision: int = key(BigInteger)
    state: str = words()
    received_at: int = instant()
    interaction_id: str | None = maybe_words()
    case_id: str | None = maybe_words()
    thread_id: str | None = maybe_words()
    awaits: str | None = maybe_words()
    payload: str | None = maybe_words()


class QuarantineRow(Row, table=True):
    """Messages that could not be understood, kept as they came."""

    __tablename__ = "scs_quarantine"
    __table_args__: ClassVar[Any] = (UniqueConstraint("tenant", "digest"),)

    tenant: str = key()
    id: str = key()
    state: str = words()
    reason: str = words()
    payload: str = words()
    digest: str = words()
    received_at: int = instant()
    attempts: int = integer()


class CursorRow(Row, table=True):
    """How far the desk has read what networks keep, by account."""

    __tablename__ = "scs_cursor"

    tenant: str = key()
    account_id: str = key()
    cursor: str = words()
    moved_at: int = instant()
