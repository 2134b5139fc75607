"""Who was invited from public to private, and has not come yet."""  # noqa: INP001  for Alembic

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_TEXTS = ("tenant", "case_id", "account_id", "identity_id", "origin")


def upgrade() -> None:
    """Create the table and its indexes."""
    op.create_table(
        "scs_offer",
        *(sa.Column(name, sa.Text(), nullable=False) for name in _TEXTS),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("offered_at", "until")),
        sa.PrimaryKeyConstraint("tenant", "case_id", "account_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_scs_offer_identity", "scs_offer", ["tenant", "identity_id"])
    op.create_index("ix_scs_offer_until", "scs_offer", ["tenant", "until"])


def downgrade() -> None:
    """Refuse: a newer scskit may have written what the older schema has no place for."""
    message = "scskit never goes back to an older schema: restore a backup instead"
    raise NotImplementedError(message)
