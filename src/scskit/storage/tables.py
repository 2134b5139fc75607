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
    UniqueConstraint,
    text,
)
from sqlmodel import Field

# Their tables are part of the schema.
from scskit.storage import intake_tables as intake_tables  # noqa: PLC0414
from scskit.storage import reply_tables as reply_tables  # noqa: PLC0414
from scskit.storage.schema import (
    Row,
    count,
    instant,
    integer,
    key,
    maybe_instant,
    maybe_words,
    words,
)

SCHEMA_REVISION = "0009"
"""The migration that this release expects to find."""

NEVER_DUE = -(1 << 61)
"""Before any instant."""


class PolicyRow(Row, table=True):
    """Every policy that decisions were taken under, as JSON."""

    __tablename__ = "scs_policy"

    tenant: str = key()
    version: str = key()
    content: str = words()
    first_used_at: int = instant()


class AccountRow(Row, table=True):
    """The brand's accounts."""

    __tablename__ = "scs_account"

    tenant: str = key()
    id: str = key()
    network: str = words()
    handle: str = words()
    purpose: str = words()
    identity_scope: str = words()


class IdentityRow(Row, table=True):
    """People's handles, under the key the network gives them."""

    __tablename__ = "scs_identity"
    __table_args__: ClassVar[Any] = ({"sqlite_with_rowid": False},)

    tenant: str = key()
    id: str = key()
    network: str = words()
    scope: str = words()
    external_id: str = words()
    handle: str = words()
    name: str = words()
    followers: int | None = Field(default=None, sa_type=BigInteger, nullable=True)
    language: str | None = maybe_words()
    first_seen_at: int = instant()
    customer_id: str | None = maybe_words()


class CustomerRow(Row, table=True):
    """People."""

    __tablename__ = "scs_customer"
    __table_args__: ClassVar[Any] = (UniqueConstraint("tenant", "crm_id"),)

    tenant: str = key()
    id: str = key()
    crm_id: str | None = maybe_words()
    tier: str | None = maybe_words()
    name: str = words()
    merged_into: str | None = maybe_words()


class CustomerLinkRow(Row, table=True):
    """Who is whom, since when, on what evidence; taken back, never deleted."""

    __tablename__ = "scs_customer_link"
    # The links of one identity.
    __table_args__: ClassVar[Any] = (Index("ix_scs_customer_link_source", "tenant", "source"),)

    tenant: str = key()
    id: str = key()
    source: str = words()
    customer_id: str = words()
    assurance: str = words()
    evidence: str = words()
    linked_by: str = words()
    linked_at: int = instant()
    unlinked_by: str | None = maybe_words()
    unlinked_at: int | None = maybe_instant()


class ThreadRow(Row, table=True):
    """Conversations, under the key the network gives them."""

    __tablename__ = "scs_thread"
    __table_args__: ClassVar[Any] = ({"sqlite_with_rowid": False},)

    tenant: str = key()
    id: str = key()
    account_id: str = words()
    key: str = words()
    visibility: str = words()
    language: str | None = maybe_words()


class CaseThreadRow(Row, table=True):
    """Which case a person's messages in a thread belong to: one at a time, by this key."""

    __tablename__ = "scs_case_thread"
    __table_args__: ClassVar[Any] = ({"sqlite_with_rowid": False},)

    tenant: str = key()
    thread_id: str = key()
    identity_id: str = key()
    case_id: str = words()


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

    tenant: str = key()
    id: str = key()
    version: int = integer()
    head: bytes = Field(sa_type=LargeBinary, nullable=False)
    state: str = words()
    account_id: str = words()
    thread_id: str = words()
    identity_id: str = words()
    visibility: str = words()
    opened_at: int = instant()
    updated_at: int = instant()
    policy_version: str = words()
    customer_id: str | None = maybe_words()
    tier: str | None = maybe_words()
    priority: str = words()
    severity: str = words()
    level: int = integer()
    reason: str | None = maybe_words()
    contact_type: str | None = maybe_words()
    language: str | None = maybe_words()
    sentiment: str = words()
    engagement: str = words()
    engagement_code: str | None = maybe_words()
    queue: str | None = maybe_words()
    team: str | None = maybe_words()
    agent: str | None = maybe_words()
    first_response_at: int | None = maybe_instant()
    last_inbound_at: int | None = maybe_instant()
    last_outbound_at: int | None = maybe_instant()
    solved_at: int | None = maybe_instant()
    closed_at: int | None = maybe_instant()
    snoozed_until: int | None = maybe_instant()
    inbound_count: int = integer()
    outbound_count: int = integer()
    reopened_count: int = integer()
    merged_into: str | None = maybe_words()
    detail: str | None = maybe_words()
    queued_at: int | None = maybe_instant()
    offered_to: str | None = maybe_words()
    offer_until: int | None = maybe_instant()
    last_agent: str | None = maybe_words()
    last_agent_at: int | None = maybe_instant()
    waiting_since: int | None = maybe_instant()
    answered_at: int | None = maybe_instant()
    cycle: int = count()
    answers: int = count()
    acknowledged_at: int | None = maybe_instant()
    level_since: int | None = maybe_instant()
    pauses: str | None = maybe_words()
    sla: str | None = maybe_words()
    due_at: int | None = maybe_instant()
    wake_at: int | None = maybe_instant()


class BreachRow(Row, table=True):
    """Breaches, each once. The primary key is what makes one a fact."""

    __tablename__ = "scs_breach"
    __table_args__: ClassVar[Any] = ({"sqlite_with_rowid": False},)

    tenant: str = key()
    case_id: str = key()
    clock: str = key()
    instance: int = key(Integer)
    due: int = instant()
    noticed_at: int = instant()
    voided_at: int | None = maybe_instant()


class AgentRow(Row, table=True):
    """Who is there, since when."""

    __tablename__ = "scs_agent"

    tenant: str = key()
    name: str = key()
    presence: str = words()
    since: int = instant()


class InteractionRow(Row, table=True):
    """Messages. A revision is a row of its own and never changes, its delivery apart."""

    __tablename__ = "scs_interaction"

    tenant: str = key()
    id: str = key()
    revision: int = key(BigInteger)
    external_id: str = words()
    account_id: str = words()
    thread_id: str = words()
    identity_id: str | None = maybe_words()
    case_id: str | None = maybe_words()
    kind: str = words()
    visibility: str = words()
    direction: str = words()
    text: str = words()
    language: str | None = maybe_words()
    posted_at: int = instant()
    received_at: int = instant()
    applied_at: int = instant()
    parent: str | None = maybe_words()
    deleted: bool = Field(sa_type=Boolean, nullable=False)
    delivery: str | None = maybe_words()
    automated: bool = Field(sa_type=Boolean, nullable=False)
    extra: str | None = maybe_words()


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

    tenant: str = key()
    txn: int = key(BigInteger)
    position: int = key(BigInteger)
    case_id: str = words()
    seq: int = integer()
    type: str = words()
    schema_version: int = integer()
    at: int = instant()
    recorded_at: int = instant()
    actor: str = words()
    because: str = words()
    payload: str = words()
    hash: bytes = Field(sa_type=LargeBinary, nullable=False)


class NoteRow(Row, table=True):
    """Internal notes."""

    __tablename__ = "scs_note"
    # The notes of a case.
    __table_args__: ClassVar[Any] = (Index("ix_scs_note_case", "tenant", "case_id"),)

    tenant: str = key()
    id: str = key()
    case_id: str = words()
    written_by: str = words()
    written_at: int = instant()
    text: str = words()


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
