"""Which fake networks are installed: entry points of the group ``scskit.fakes``."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Final

from scskit.core.errors import ConfigError

if TYPE_CHECKING:
    from scskit.testing.network.base import FakeNetwork

GROUP: Final = "scskit.fakes"


def installed_fakes() -> tuple[str, ...]:
    """Return the names of the fake networks that are installed."""
    return tuple(sorted({found.name for found in entry_points(group=GROUP)}))


def load_fake(name: str) -> type[FakeNetwork]:
    """Return a fake network by its name.

    Raises:
        ConfigError: none has it, or it cannot be loaded.
    """
    from scskit.testing.network.base import FakeNetwork  # noqa: PLC0415  it is loaded with this room

    found = next(iter(entry_points(group=GROUP, name=name)), None)
    if found is None:
        known = ", ".join(installed_fakes()) or "none is installed"
        message = f"NETWORK: found {name!r}; allowed: {known}"
        raise ConfigError(message)
    try:
        loaded = found.load()
    except Exception as error:
        message = f"the fake network {name!r} ({found.value}) cannot be loaded: {error}"
        raise ConfigError(message) from error
    if not (isinstance(loaded, type) and issubclass(loaded, FakeNetwork)):
        message = f"the fake network {name!r} ({found.value}) is no FakeNetwork"
        raise ConfigError(message)
    return loaded
