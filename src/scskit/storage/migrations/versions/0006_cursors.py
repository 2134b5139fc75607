"""Cursors: how far the desk has read what networks keep."""  # noqa: INP001  for Alembic

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "scs_cursor",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=False),
        sa.Column("moved_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "account_id"),
    )


def downgrade() -> None:
    """Refuse: a newer scskit may have written what the older schema has no place for."""
    message = "scskit never goes back to an older schema: restore a backup instead"
    raise NotImplementedError(message)
