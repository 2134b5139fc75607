"""Time: clocks, breaches, and what routing and escalation keep."""  # noqa: INP001  for Alembic

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from scskit.core.lifecycle import fold
from scskit.storage import case_rows, clock_rows
from scskit.storage.events import read_recorded
from scskit.storage.rows import micros

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

PAGE = 500


def upgrade() -> None:
    """Add columns, tables and indexes, and fill in what the logs of older cases tell."""
    _add_columns()
    _create_tables()
    _create_indexes()
    _fill()


def downgrade() -> None:
    """Refuse: a newer scskit may have written what the older schema has no place for."""
    message = "scskit never goes back to an older schema: restore a backup instead"
    raise NotImplementedError(message)


def _add_columns() -> None:
    for column in (
        sa.Column("queued_at", sa.BigInteger(), nullable=True),
        sa.Column("offered_to", sa.Text(), nullable=True),
        sa.Column("offer_until", sa.BigInteger(), nullable=True),
        sa.Column("last_agent", sa.Text(), nullable=True),
        sa.Column("last_agent_at", sa.BigInteger(), nullable=True),
        sa.Column("waiting_since", sa.BigInteger(), nullable=True),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.Column("cycle", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("answers", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("acknowledged_at", sa.BigInteger(), nullable=True),
        sa.Column("level_since", sa.BigInteger(), nullable=True),
        sa.Column("pauses", sa.Text(), nullable=True),
        sa.Column("sla", sa.Text(), nullable=True),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("wake_at", sa.BigInteger(), nullable=True),
    ):
        op.add_column("scs_case", column)


def _create_tables() -> None:
    op.create_table(
        "scs_breach",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("clock", sa.Text(), nullable=False),
        sa.Column("instance", sa.Integer(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("noticed_at", sa.BigInteger(), nullable=False),
        sa.Column("voided_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("tenant", "case_id", "clock", "instance"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "scs_agent",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("presence", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "name"),
    )


def _create_indexes() -> None:
    unowned = sa.text("agent IS NULL AND state IN ('new', 'open')")
    op.create_index(
        "ix_scs_case_work",
        "scs_case",
        ["tenant", "queue", "priority", "due_at", "queued_at", "id"],
        sqlite_where=unowned,
        postgresql_where=unowned,
    )
    held = sa.text("agent IS NOT NULL AND state IN ('new', 'open')")
    op.create_index(
        "ix_scs_case_held",
        "scs_case",
        ["tenant", "agent"],
        sqlite_where=held,
        postgresql_where=held,
    )
    known = sa.text("customer_id IS NOT NULL")
    op.create_index(
        "ix_scs_case_customer",
        "scs_case",
        ["tenant", "customer_id", "id"],
        sqlite_where=known,
        postgresql_where=known,
    )
    offered = sa.text("offered_to IS NOT NULL")
    op.create_index(
        "ix_scs_case_offered",
        "scs_case",
        ["tenant", "offered_to"],
        sqlite_where=offered,
        postgresql_where=offered,
    )
    wakes = sa.text("wake_at IS NOT NULL")
    op.create_index(
        "ix_scs_case_wake",
        "scs_case",
        ["tenant", "wake_at", "id"],
        sqlite_where=wakes,
        postgresql_where=wakes,
    )


CASES = sa.text(
    "SELECT tenant, id FROM scs_case WHERE (tenant, id) > (:tenant, :id)"
    " ORDER BY tenant, id LIMIT :page"
)
LOG = sa.text(
    "SELECT tenant, txn, position, case_id, seq, type, schema_version, at, recorded_at, actor,"
    " because, payload, hash FROM scs_event WHERE tenant = :tenant AND case_id = :id ORDER BY seq"
)
UPDATE = sa.text(
    "UPDATE scs_case SET waiting_since = :waiting_since, answered_at = :answered_at,"
    " cycle = :cycle, answers = :answers, acknowledged_at = :acknowledged_at, pauses = :pauses,"
    " queued_at = :queued_at, last_agent = :last_agent, last_agent_at = :last_agent_at,"
    " detail = :detail WHERE tenant = :tenant AND id = :id"
)

SNOOZED = sa.text("UPDATE scs_case SET wake_at = snoozed_until WHERE state = 'snoozed'")


def _fill() -> None:
    """Replay every case: its row must say what its events say to this release."""
    connection = op.get_bind()
    place = {"tenant": "", "id": ""}
    while page := connection.execute(CASES, {**place, "page": PAGE}).all():
        cases = [{"tenant": row.tenant, "id": row.id} for row in page]
        connection.execute(UPDATE, [{**case, **_facts(connection, case)} for case in cases])
        place = cases[-1]
    connection.execute(SNOOZED)


def _facts(connection: sa.Connection, key: dict[str, str]) -> dict[str, Any]:
    case = fold(read_recorded(tuple(row)).event for row in connection.execute(LOG, key))
    return {
        "waiting_since": case_rows.waiting_since(case),
        "answered_at": micros(case.answered_at),
        "cycle": case.cycle,
        "answers": case.answers,
        "acknowledged_at": micros(case.acknowledged_at),
        "pauses": clock_rows.pauses_text(case.pauses),
        "queued_at": micros(case.queued_at),
        "last_agent": case.last_agent,
        "last_agent_at": micros(case.last_agent_at),
        "detail": case_rows.detail_text(case),
    }
