"""Opening desks, for commands that change something."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from scskit.cli.database import open_existing, tenant_for_writing
from scskit.core.errors import ConfigError
from scskit.opening import open_desk

if TYPE_CHECKING:
    from scskit.desk.desk import Desk
    from scskit.plugins.registry import Registry


@contextmanager
def open_desk_of(url: str, tenant: str | None, config: Path | None) -> Iterator[Desk]:
    """Open a desk.

    Raises:
        NotFound: there is no such database: a typing mistake must not make one.
    """
    with open_existing(url):
        chosen = tenant_for_writing(url, tenant, config)
    with open_working_desk(url, chosen, config) as desk:
        yield desk


@contextmanager
def open_working_desk(url: str, tenant: str | None, config: Path | None) -> Iterator[Desk]:
    """Open a desk that is to work with networks: with every plugin that the desk file sets up.

    Raises:
        ConfigError: the settings of one are wrong, so that it would be missing.
    """
    with open_desk(url, config, tenant=tenant) as desk:
        require_settings(desk.plugins, config)
        yield desk


def require_settings(registry: Registry, config: Path | None) -> None:
    """Check that no plugin was set aside for its settings in the desk file.

    Raises:
        ConfigError: there is one; it says what is wrong with them.
    """
    wrong = [problem for failure in registry.set_aside for problem in failure.problems]
    if wrong:
        raise ConfigError([f"{config}: {problem}" for problem in wrong])
