"""The tables, on scskit's own metadata: a host's ``SQLModel.metadata`` stays clean.

Every table leads with ``tenant``. Instants are whole microseconds since 1970 in UTC. There are
few indexes beside the primary keys, because each one costs a scattered page per message; what
each is for is said beside it.
"""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    Boolean,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Sequence,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

SCHEMA_REVISION = "0009"
"""The migration that this release expects to find."""

NEVER_DUE = -(1 << 61)
"""Before any instant."""


class Row(SQLModel, registry=registry()):
    """Base of every scskit table."""

    # Rows are never validated: no desk waits until pydantic could.
    model_config = {"defer_build": True}


def _key(type_: Any = Text) -> Any:
    return Field(primary_key=True, sa_type=type_)


def _text() -> Any:
    return Field(sa_type=Text, nullable=False)


def _maybe_text() -> Any:
    return Field(default=None, sa_type=Text, nullable=True)


def _integer() -> Any:
    return Field(sa_type=Integer, nullable=False)


def _count() -> Any:
    return Field(sa_type=Integer, nullable=False, sa_column_kwargs={"server_default": text("0")})


def _instant() -> Any:
    return Field(sa_type=BigInteger, nullable=False)


def _maybe_instant() -> Any:
    return Field(default=None, sa_type=BigInteger, nullable=True)


class PolicyRow(Row, table=True):
    """Every policy that decisions were taken under, as JSON."""

    __tablename__ = "scs_policy"

    tenant: str = _key()
    version: str = _key()
    content: str = _text()
    first_used_at: int = _instant()


class AccountRow(Row, table=True):
    """The brand's accounts."""

    __tablename__ = "scs_account"

    tenant: str = _key()
    id: str = _key()
    network: str = _text()
    handle: str = _text()
    purpose: str = _text()
    identity_scope: str = _text()


class IdentityRow(Row, table=True):
    """People's handles, under the key the network gives them."""

    __tablename__ = "scs_identity"
    __table_args__: ClassVar[Any] = ({"sqlite_with_rowid": False},)

    tenant: str = _key()
    id: str = _key()
    network: str = _text()
    scope: str = _text()
    external_id: str = _text()
    handle: str = _text()
    name: str = _text()
    followers: int | None = Field(default=None, sa_type=BigInteger, nullable=True)
    language: str | None = _maybe_text()
    first_seen_at: int = _instant()
    customer_id: str | None = _maybe_text()


class CustomerRow(Row, table=True):
    """People."""

    __tablename__ = "scs_customer"
    __table_args__: ClassVar[Any] = (UniqueConstraint("tenant", "crm_id"),)

    tenant: str = _key()
    id: str = _key()
    crm_id: str | None = _maybe_text()
    tier: str | None = _maybe_text()
    name: str = _text()
    merged_into: str | None = _maybe_text()


class CustomerLinkRow(Row, table=True):
    """Who is whom, since when, on what evidence; taken back, never deleted."""

    __tablename__ = "scs_customer_link"
    # The links of one identity.
    __table_args__: ClassVar[Any] = (Index("ix_scs_customer_link_source", "tenant", "source"),)

    tenant: str = _key()
    id: str = _key()
    source: str = _text()
    customer_id: str = _text()
    assurance: str = _text()
    evidence: str = _text()
    linked_by: str = _text()
    linked_at: int = _instant()
    unlinked_by: str | None = _maybe_text()
    unlinked_at: int | None = _maybe_instant()


class ThreadRow(Row, table=True):
    """Conversations, under the key the network gives them."""

    __tablename__ = "scs_thread"
    __table_args__: ClassVar[Any] = ({"sqlite_with_rowid": False},)

    tenant: str = _key()
    id: str = _key()
    account_id: str = _text()
    key: str = _text()
    visibility: str = _text()
    language: str | None = _maybe_text()


class CaseThreadRow(Row, table=True):
    """Which case a person's messages in a thread belong to: one at a time, by this key."""

    __tablename__ = "scs_case_thread"
    __table_args__: ClassVar[Any] = ({"sqlite_with_rowid": False},)

    tenant: str = _key()
    thread_id: str = _key()
    identity_id: str = _key()
    case_id: str = _text()


class CaseRow(Row, table=True):
    """Cases as their events left them; ``head`` is the hash of the last one.

    ``due_at`` and ``wake_at`` alone are no facts: they follow from the others and the calendars.
    """

    __tablename__ = "scs_case"
    __table_args__: ClassVar[Any] = (
        # What waits in a queue: only cases that somebody should act on are in it.
        Index(
            "ix_scs_case_queue",
            "tenant",
            "queue",
            "id",
            sqlite_where=text("state IN ('new', 'open')"),
        ),
        # What of it nobody has yet, in the order of work.
        Index(
            "ix_scs_case_work",
            "tenant",
            "queue",
            "priority",
            "due_at",
            "queued_at",
            "id",
            sqlite_where=text("agent IS NULL AND state IN ('new', 'open')"),
        ),
        # What of that waits longest, among what has a due instant: age may have raised it. "IS NOT
        # NULL" would say the same, and let PostgreSQL take it for lists that the one above orders.
        Index(
            "ix_scs_case_aged",
            "tenant",
            "queue",
            "queued_at",
            "priority",
            "due_at",
            "id",
            sqlite_where=text(
                f"agent IS NULL AND state IN ('new', 'open') AND due_at > {NEVER_DUE}"
            ),
        ),
        # What a clock will wake: only cases that something will happen to are in it.
        Index(
            "ix_scs_case_wake",
            "tenant",
            "wake_at",
            "id",
            sqlite_where=text("wake_at IS NOT NULL"),
        ),
        # What an agent holds.
        Index(
            "ix_scs_case_agent",
            "tenant",
            "agent",
            "id",
            sqlite_where=text("agent IS NOT NULL"),
        ),
        # What of it takes up capacity: few cases at a time, and so few entries.
        Index(
            "ix_scs_case_held",
            "tenant",
            "agent",
            sqlite_where=text("agent IS NOT NULL AND state IN ('new', 'open')"),
        ),
        Index(
            "ix_scs_case_offered",
            "tenant",
            "offered_to",
            sqlite_where=text("offered_to IS NOT NULL"),
        ),
        # A person's cases.
        Index("ix_scs_case_identity", "tenant", "identity_id", "id"),
        # The same for those whom the CRM knows, under all of their handles.
        Index(
            "ix_scs_case_customer",
            "tenant",
            "customer_id",
            "id",
            sqlite_where=text("customer_id IS NOT NULL"),
        ),
    )

    tenant: str = _key()
    id: str = _key()
    version: int = _integer()
    head: bytes = Field(sa_type=LargeBinary, nullable=False)
    state: str = _text()
    account_id: str = _text()
    thread_id: str = _text()
    identity_id: str = _text()
    visibility: str = _text()
    opened_at: int = _instant()
    updated_at: int = _instant()
    policy_version: str = _text()
    customer_id: str | None = _maybe_text()
    tier: str | None = _maybe_text()
    priority: str = _text()
    severity: str = _text()
    level: int = _integer()
    reason: str | None = _maybe_text()
    contact_type: str | None = _maybe_text()
    language: str | None = _maybe_text()
    sentiment: str = _text()
    engagement: str = _text()
    engagement_code: str | None = _maybe_text()
    queue: str | None = _maybe_text()
    team: str | None = _maybe_text()
    agent: str | None = _maybe_text()
    first_response_at: int | None = _maybe_instant()
    last_inbound_at: int | None = _maybe_instant()
    last_outbound_at: int | None = _maybe_instant()
    solved_at: int | None = _maybe_instant()
    closed_at: int | None = _maybe_instant()
    snoozed_until: int | None = _maybe_instant()
    inbound_count: int = _integer()
    outbound_count: int = _integer()
    reopened_count: int = _integer()
    merged_into: str | None = _maybe_text()
    detail: str | None = _maybe_text()
    queued_at: int | None = _maybe_instant()
    offered_to: str | None = _maybe_text()
    offer_until: int | None = _maybe_instant()
    last_agent: str | None = _maybe_text()
    last_agent_at: int | None = _maybe_instant()
    waiting_since: int | None = _maybe_instant()
    answered_at: int | None = _maybe_instant()
    cycle: int = _count()
    answers: int = _count()
    acknowledged_at: int | None = _maybe_instant()
    level_since: int | None = _maybe_instant()
    pauses: str | None = _maybe_text()
    sla: str | None = _maybe_text()
    due_at: int | None = _maybe_instant()
    wake_at: int | None = _maybe_instant()


class BreachRow(Row, table=True):
    """Breaches, each once. The primary key is what makes one a fact."""

    __tablename__ = "scs_breach"
    __table_args__: ClassVar[Any] = ({"sqlite_with_rowid": False},)

    tenant: str = _key()
    case_id: str = _key()
    clock: str = _key()
    instance: int = _key(Integer)
    due: int = _instant()
    noticed_at: int = _instant()
    voided_at: int | None = _maybe_instant()


class AgentRow(Row, table=True):
    """Who is there, since when."""

    __tablename__ = "scs_agent"

    tenant: str = _key()
    name: str = _key()
    presence: str = _text()
    since: int = _instant()


class InteractionRow(Row, table=True):
    """Messages. A revision is a row of its own and never changes, its delivery apart."""

    __tablename__ = "scs_interaction"

    tenant: str = _key()
    id: str = _key()
    revision: int = _key(BigInteger)
    external_id: str = _text()
    account_id: str = _text()
    thread_id: str = _text()
    identity_id: str | None = _maybe_text()
    case_id: str | None = _maybe_text()
    kind: str = _text()
    visibility: str = _text()
    direction: str = _text()
    text: str = _text()
    language: str | None = _maybe_text()
    posted_at: int = _instant()
    received_at: int = _instant()
    applied_at: int = _instant()
    parent: str | None = _maybe_text()
    deleted: bool = Field(sa_type=Boolean, nullable=False)
    delivery: str | None = _maybe_text()
    automated: bool = Field(sa_type=Boolean, nullable=False)
    extra: str | None = _maybe_text()


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

    tenant: str = _key()
    account_id: str = _key()
    kind: str = _key()
    external_id: str = _key()
    revision: int = _key(BigInteger)
    state: str = _text()
    received_at: int = _instant()
    interaction_id: str | None = _maybe_text()
    case_id: str | None = _maybe_text()
    thread_id: str | None = _maybe_text()
    awaits: str | None = _maybe_text()
    payload: str | None = _maybe_text()


class EventRow(Row, table=True):
    """The log, and by its primary key the feed. ``hash`` chains the events of a case.

    ``txn`` is 0 on SQLite, where commits follow each other; on PostgreSQL it is the number of
    the writing transaction, so that a reader can stop before those still under way.
    """

    __tablename__ = "scs_event"
    __table_args__: ClassVar[Any] = (
        PrimaryKeyConstraint("tenant", "txn", "position"),
        # A case's log; at the same time no two events can claim one place in it.
        Index("ix_scs_event_case", "tenant", "case_id", "seq", unique=True),
        {"sqlite_with_rowid": False},
    )

    tenant: str = _key()
    txn: int = _key(BigInteger)
    position: int = _key(BigInteger)
    case_id: str = _text()
    seq: int = _integer()
    type: str = _text()
    schema_version: int = _integer()
    at: int = _instant()
    recorded_at: int = _instant()
    actor: str = _text()
    because: str = _text()
    payload: str = _text()
    hash: bytes = Field(sa_type=LargeBinary, nullable=False)


class NoteRow(Row, table=True):
    """Internal notes."""

    __tablename__ = "scs_note"
    # The notes of a case.
    __table_args__: ClassVar[Any] = (Index("ix_scs_note_case", "tenant", "case_id"),)

    tenant: str = _key()
    id: str = _key()
    case_id: str = _text()
    written_by: str = _text()
    written_at: int = _instant()
    text: str = _text()


class QuarantineRow(Row, table=True):
    """Messages that could not be understood, kept as they came."""

    __tablename__ = "scs_quarantine"
    __table_args__: ClassVar[Any] = (UniqueConstraint("tenant", "digest"),)

    tenant: str = _key()
    id: str = _key()
    state: str = _text()
    reason: str = _text()
    payload: str = _text()
    digest: str = _text()
    received_at: int = _instant()
    attempts: int = _integer()


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

    tenant: str = _key()
    id: str = _key()
    case_id: str = _text()
    state: str = _text()
    version: int = _integer()
    body: str = _text()


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

    tenant: str = _key()
    id: str = _key()
    reply_id: str = _text()
    number: int = _integer()
    kind: str = _text()
    lane: str = _text()
    place: int = _instant()
    account_id: str = _text()
    case_id: str = _text()
    written_by: str = _text()
    purpose: str = _text()
    payload: str = _text()
    state: str = _text()
    ready_at: int | None = _maybe_instant()
    attempts: int = _integer()
    external_id: str | None = _maybe_text()
    detail: str | None = _maybe_text()


class AttemptRow(Row, table=True):
    """Attempts to deliver, each written down before anything leaves."""

    __tablename__ = "scs_attempt"
    __table_args__: ClassVar[Any] = ({"sqlite_with_rowid": False},)

    tenant: str = _key()
    part_id: str = _key()
    number: int = _key(Integer)
    began_at: int = _instant()
    ended_at: int | None = _maybe_instant()
    outcome: str = _text()
    detail: str | None = _maybe_text()


class IdempotencyRow(Row, table=True):
    """Calls that bore a key, and what they made."""

    __tablename__ = "scs_idempotency"
    __table_args__: ClassVar[Any] = ({"sqlite_with_rowid": False},)

    tenant: str = _key()
    name: str = _key()
    fingerprint: str = _text()
    result: str = _text()
    made_at: int = _instant()


class SuspensionRow(Row, table=True):
    """What may not be written to, or by, for now: accounts, customers, everybody in a crisis."""

    __tablename__ = "scs_suspension"

    tenant: str = _key()
    kind: str = _key()
    name: str = _key()
    since: int = _instant()
    suspended_by: str = _text()
    because: str = _text()


class CursorRow(Row, table=True):
    """How far the desk has read what networks keep, by account."""

    __tablename__ = "scs_cursor"

    tenant: str = _key()
    account_id: str = _key()
    cursor: str = _text()
    moved_at: int = _instant()


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

    tenant: str = _key()
    case_id: str = _key()
    account_id: str = _key()
    identity_id: str = _text()
    origin: str = _text()
    offered_at: int = _instant()
    until: int = _instant()


class ChallengeRow(Row, table=True):
    """Who is asked to prove who they are; of a code only a hash."""

    __tablename__ = "scs_challenge"
    __table_args__: ClassVar[Any] = (
        # What a message may answer.
        Index("ix_scs_challenge_identity", "tenant", "identity_id"),
        {"sqlite_with_rowid": False},
    )

    tenant: str = _key()
    case_id: str = _key()
    id: str = _text()
    identity_id: str = _text()
    method: str = _text()
    crm_id: str = _text()
    issued_by: str = _text()
    issued_at: int = _instant()
    expires_at: int = _instant()
    salt: str = _text()
    hash: str = _text()
    attempts: int = _integer()
    state: str = _text()


class AnnouncementRow(Row, table=True):
    """What is said on several accounts at once; its posts stand in the outbox."""

    __tablename__ = "scs_announcement"

    tenant: str = _key()
    id: str = _key()
    state: str = _text()
    version: int = _integer()
    body: str = _text()


class IncidentRow(Row, table=True):
    """What went wrong for many people."""

    __tablename__ = "scs_incident"

    tenant: str = _key()
    id: str = _key()
    state: str = _text()
    version: int = _integer()
    body: str = _text()


class IncidentCaseRow(Row, table=True):
    """Which cases an incident has."""

    __tablename__ = "scs_incident_case"
    __table_args__: ClassVar[Any] = ({"sqlite_with_rowid": False},)

    tenant: str = _key()
    incident_id: str = _key()
    case_id: str = _key()
    linked_at: int = _instant()
    linked_by: str = _text()


class IncidentNoticeRow(Row, table=True):
    """Who was told what: each person once by each notice."""

    __tablename__ = "scs_incident_notice"

    tenant: str = _key()
    incident_id: str = _key()
    notice_id: str = _key()
    person: str = _key()
    body: str = _text()


METADATA = Row.metadata
"""All tables of this release."""

Sequence("scs_event_position", metadata=METADATA)


def prepare_for_postgresql() -> None:
    """Give PostgreSQL the conditions of the partial indexes.

    Saying them in the tables would load SQLAlchemy's PostgreSQL dialect, and with it a fifth of
    what opening a desk takes, for everybody who uses SQLite.
    """
    for table in METADATA.tables.values():
        for index in table.indexes:
            where = index.dialect_options["sqlite"]["where"]
            if where is not None:
                index.dialect_options["postgresql"]["where"] = where
