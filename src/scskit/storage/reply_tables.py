"""The tables of replies: what was written, what is on its way, what it led to."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import (
    Index,
    Integer,
    text,
)

from scskit.storage.schema import (
    Row,
    instant,
    integer,
    key,
    maybe_instant,
    maybe_words,
    words,
)


class ReplyRow(Row, table=True):
    """Replies as they were written; what of them is on its way stands in the outbox."""

    __tablename__ = "scs_reply"
    __table_args__: ClassVar[Any] = (
        # The replies of a case.
        Index("ix_scs_reply_case", "tenant", "case_id", "id"),
        # What waits for somebody to approve it.
        Index(
            "ix_scs_reply_asked",
            "tenant",
            "id",
            sqlite_where=text("state = 'awaiting_approval'"),
        ),
    )

    tenant: str = key()
    id: str = key()
    case_id: str = words()
    state: str = words()
    version: int = integer()
    body: str = words()


class OutboxRow(Row, table=True):
    """Parts of replies, each a row of its own, in the transaction of what caused it.

    ``ready_at`` is when somebody has to look at a part next: to send it, or because whoever was
    sending it has not come back.
    """

    __tablename__ = "scs_outbox"
    __table_args__: ClassVar[Any] = (
        Index(
            "ix_scs_outbox_ready",
            "tenant",
            "ready_at",
            "id",
            sqlite_where=text("ready_at IS NOT NULL"),
        ),
        # What has to leave before a part does.
        Index(
            "ix_scs_outbox_lane",
            "tenant",
            "lane",
            "place",
            "id",
            sqlite_where=text("state IN ('queued', 'sending', 'unknown', 'failed')"),
        ),
        # What an echo may be of.
        Index(
            "ix_scs_outbox_away",
            "tenant",
            "account_id",
            sqlite_where=text("state IN ('sending', 'unknown')"),
        ),
        # What waits for a person.
        Index(
            "ix_scs_outbox_stuck",
            "tenant",
            "id",
            sqlite_where=text("state IN ('unknown', 'failed')"),
        ),
        # The parts of a reply.
        Index("ix_scs_outbox_reply", "tenant", "reply_id", "number"),
    )

    tenant: str = key()
    id: str = key()
    reply_id: str = words()
    number: int = integer()
    kind: str = words()
    lane: str = words()
    place: int = instant()
    account_id: str = words()
    case_id: str = words()
    written_by: str = words()
    purpose: str = words()
    payload: str = words()
    state: str = words()
    ready_at: int | None = maybe_instant()
    attempts: int = integer()
    external_id: str | None = maybe_words()
    detail: str | None = maybe_words()


class AttemptRow(Row, table=True):
    """Attempts to deliver, each written down before anything leaves."""

    __tablename__ = "scs_attempt"
    __table_args__: ClassVar[Any] = ({"sqlite_with_rowid": False},)

    tenant: str = key()
    part_id: str = key()
    number: int = key(Integer)
    began_at: int = instant()
    ended_at: int | None = maybe_instant()
    outcome: str = words()
    detail: str | None = maybe_words()


class IdempotencyRow(Row, table=True):
    """Calls that bore a key, and what they made."""

    __tablename__ = "scs_idempotency"
    __table_args__: ClassVar[Any] = ({"sqlite_with_rowid": False},)

    tenant: str = key()
    name: str = key()
    fingerprint: str = words()
    result: str = words()
    made_at: int = instant()


class SuspensionRow(Row, table=True):
    """What may not be written to, or by, for now: accounts, customers, everybody in a crisis."""

    __tablename__ = "scs_suspension"

    tenant: str = key()
    kind: str = key()
    name: str = key()
    since: int = instant()
    suspended_by: str = words()
    because: str = words()


class OfferRow(Row, table=True):
    """Who was invited to go on in private, from which case, and has not come yet."""

    __tablename__ = "scs_offer"
    __table_args__: ClassVar[Any] = (
        # The offers to a person.
        Index("ix_scs_offer_identity", "tenant", "identity_id"),
        # What has run out.
        Index("ix_scs_offer_until", "tenant", "until"),
        {"sqlite_with_rowid": False},
    )

    tenant: str = key()
    case_id: str = key()
    account_id: str = key()
    identity_id: str = words()
    origin: str = words()
    offered_at: int = instant()
    until: int = instant()


class ChallengeRow(Row, table=True):
    """Who is asked to prove who they are; of a code only a hash."""

    __tablename__ = "scs_challenge"
    __table_args__: ClassVar[Any] = (
        # What a message may answer.
        Index("ix_scs_challenge_identity", "tenant", "identity_id"),
        {"sqlite_with_rowid": False},
    )

    tenant: str = key()
    case_id: str = key()
    id: str = words()
    identity_id: str = words()
    method: str = words()
    crm_id: str = words()
    issued_by: str = words()
    issued_at: int = instant()
    expires_at: int = instant()
    salt: str = words()
    hash: str = words()
    attempts: int = integer()
    state: str = words()


class AnnouncementRow(Row, table=True):
    """What is said on several accounts at once; its posts stand in the outbox."""

    __tablename__ = "scs_announcement"

    tenant: str = key()
    id: str = key()
    state: str = words()
    version: int = integer()
    body: str = words()


class IncidentRow(Row, table=True):
    """What went wrong for many people."""

    __tablename__ = "scs_incident"

    tenant: str = key()
    id: str = key()
    state: str = words()
    version: int = integer()
    body: str = words()


class IncidentCaseRow(Row, table=True):
    """Which cases an incident has."""

    __tablename__ = "scs_incident_case"
    __table_args__: ClassVar[Any] = ({"sqlite_with_rowid": False},)

    tenant: str = key()
    incident_id: str = key()
    case_id: str = key()
    linked_at: int = instant()
    linked_by: str = words()


class IncidentNoticeRow(Row, table=True):
    """Who was told what: each person once by each notice."""

    __tablename__ = "scs_incident_notice"

    tenant: str = key()
    incident_id: str = key()
    notice_id: str = key()
    person: str = key()
    body: str = words()
