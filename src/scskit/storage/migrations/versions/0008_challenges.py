"""Who is asked to prove who they are."""  # noqa: INP001  for Alembic

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_TEXTS = ("tenant", "case_id", "id", "identity_id", "method", "crm_id", "issued_by")
_INSTANTS = ("issued_at", "expires_at")


def upgrade() -> None:
    """Create the table and its index."""
    op.create_table(
        "scs_challenge",
        *(sa.Column(name, sa.Text(), nullable=False) for name in _TEXTS),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in _INSTANTS),
        sa.Column("salt", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "case_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_scs_challenge_identity", "scs_challenge", ["tenant", "identity_id"])


def downgrade() -> None:
    """Refuse: a newer scskit may have written what the older schema has no place for."""
    message = "scskit never goes back to an older schema: restore a backup instead"
    raise NotImplementedError(message)
