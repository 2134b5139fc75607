"""What Alembic runs: our migrations, on the connection that ``storage.migrating`` hands over."""  # noqa: INP001  a script that Alembic executes

from __future__ import annotations

from alembic import context

from scskit.storage.database import VERSION_TABLE
from scskit.storage.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table=VERSION_TABLE,
    # A host's own tables may stand beside ours: nothing of theirs is for us to compare.
    include_name=lambda name, type_, _: type_ != "table" or str(name).startswith("scs_"),
)
with context.begin_transaction():
    context.run_migrations()
