"""Replies: what was written, what is on its way, and what may not be written to."""  # noqa: INP001  for Alembic

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables and their indexes."""
    _create_reply()
    _create_outbox()
    _create_journals()
    _create_suspension()


def downgrade() -> None:
    """Refuse: a newer scskit may have written what the older schema has no place for."""
    message = "scskit never goes back to an older schema: restore a backup instead"
    raise NotImplementedError(message)


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _integer(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _index(name: str, table: str, columns: list[str], where: str = "") -> None:
    condition = sa.text(where) if where else None
    op.create_index(name, table, columns, sqlite_where=condition, postgresql_where=condition)


def _create_reply() -> None:
    op.create_table(
        "scs_reply",
        _text("tenant"),
        _text("id"),
        _text("case_id"),
        _text("state"),
        _integer("version"),
        _text("body"),
        sa.PrimaryKeyConstraint("tenant", "id"),
    )
    _index("ix_scs_reply_case", "scs_reply", ["tenant", "case_id", "id"])
    _index("ix_scs_reply_asked", "scs_reply", ["tenant", "id"], "state = 'awaiting_approval'")


def _create_outbox() -> None:
    op.create_table(
        "scs_outbox",
        _text("tenant"),
        _text("id"),
        _text("reply_id"),
        _integer("number"),
        _text("kind"),
        _text("lane"),
        _instant("place"),
        _text("account_id"),
        _text("case_id"),
        _text("written_by"),
        _text("purpose"),
        _text("payload"),
        _text("state"),
        _instant("ready_at", nullable=True),
        _integer("attempts"),
        _text("external_id", nullable=True),
        _text("detail", nullable=True),
        sa.PrimaryKeyConstraint("tenant", "id"),
    )
    _index(
        "ix_scs_outbox_ready", "scs_outbox", ["tenant", "ready_at", "id"], "ready_at IS NOT NULL"
    )
    _index(
        "ix_scs_outbox_lane",
        "scs_outbox",
        ["tenant", "lane", "place", "id"],
        "state IN ('queued', 'sending', 'unknown', 'failed')",
    )
    _index(
        "ix_scs_outbox_away",
        "scs_outbox",
        ["tenant", "account_id"],
        "state IN ('sending', 'unknown')",
    )
    _index("ix_scs_outbox_stuck", "scs_outbox", ["tenant", "id"], "state IN ('unknown', 'failed')")
    _index("ix_scs_outbox_reply", "scs_outbox", ["tenant", "reply_id", "number"])


def _create_journals() -> None:
    op.create_table(
        "scs_attempt",
        _text("tenant"),
        _text("part_id"),
        _integer("number"),
        _instant("began_at"),
        _instant("ended_at", nullable=True),
        _text("outcome"),
        _text("detail", nullable=True),
        sa.PrimaryKeyConstraint("tenant", "part_id", "number"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "scs_idempotency",
        _text("tenant"),
        _text("name"),
        _text("fingerprint"),
        _text("result"),
        _instant("made_at"),
        sa.PrimaryKeyConstraint("tenant", "name"),
        sqlite_with_rowid=False,
    )


def _create_suspension() -> None:
    op.create_table(
        "scs_suspension",
        _text("tenant"),
        _text("kind"),
        _text("name"),
        _instant("since"),
        _text("suspended_by"),
        _text("because"),
        sa.PrimaryKeyConstraint("tenant", "kind", "name"),
    )
