"""What has waited so long that age may have raised it, by age."""  # noqa: INP001  for Alembic

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_WAITS = sa.text("agent IS NULL AND state IN ('new', 'open') AND due_at > -2305843009213693952")


def upgrade() -> None:
    """Create the index that spares a pull the look at everything that waits."""
    op.create_index(
        "ix_scs_case_aged",
        "scs_case",
        ["tenant", "queue", "queued_at", "priority", "due_at", "id"],
        sqlite_where=_WAITS,
        postgresql_where=_WAITS,
    )


def downgrade() -> None:
    """Refuse: a newer scskit may have written what the older schema has no place for."""
    message = "scskit never goes back to an older schema: restore a backup instead"
    raise NotImplementedError(message)
