"""Opening the desk of a database that is there, for commands that change something."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from scskit.cli.database import open_existing, tenant_for_writing
from scskit.opening import open_desk

if TYPE_CHECKING:
    from scskit.desk.desk import Desk


@contextmanager
def open_desk_of(url: str, tenant: str | None, config: Path | None) -> Iterator[Desk]:
    """Open a desk.

    Raises:
        NotFound: there is no such database: a typing mistake must not make one.
    """
    with open_existing(url):
        chosen = tenant_for_writing(url, tenant, config)
    with open_desk(url, config, tenant=chosen) as desk:
        yield desk
