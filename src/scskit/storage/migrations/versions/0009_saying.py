"""What is said to many: announcements, and incidents with their cases and who was told."""  # noqa: INP001  for Alembic

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    for name in ("scs_announcement", "scs_incident"):
        op.create_table(
            name,
            _text("tenant"),
            _text("id"),
            _text("state"),
            sa.Column("version", sa.Integer(), nullable=False),
            _text("body"),
            sa.PrimaryKeyConstraint("tenant", "id"),
        )
    op.create_table(
        "scs_incident_case",
        _text("tenant"),
        _text("incident_id"),
        _text("case_id"),
        sa.Column("linked_at", sa.BigInteger(), nullable=False),
        _text("linked_by"),
        sa.PrimaryKeyConstraint("tenant", "incident_id", "case_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "scs_incident_notice",
        _text("tenant"),
        _text("incident_id"),
        _text("notice_id"),
        _text("person"),
        _text("body"),
        sa.PrimaryKeyConstraint("tenant", "incident_id", "notice_id", "person"),
    )


def downgrade() -> None:
    """Refuse: a newer scskit may have written what the older schema has no place for."""
    message = "scskit never goes back to an older schema: restore a backup instead"
    raise NotImplementedError(message)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)
