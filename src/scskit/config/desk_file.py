"""From the text of a desk file to the policy that a desk runs under."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import field, frozen

from scskit.config.places import Context, Place
from scskit.config.readers import record
from scskit.config.sections import SECTIONS, declarations, time_zone_of
from scskit.config.toml import decode_toml, load_toml
from scskit.core.errors import ConfigError
from scskit.core.policy import Policy


@frozen(kw_only=True)
class DeskFile:
    """What a desk file says.

    Attributes:
        policy: everything that decides; ``policy.version`` changes with every change of it.
        plugins: the settings of each plugin by its name, unread: the plugin checks them.
    """

    policy: Policy = field(factory=Policy)
    plugins: Mapping[str, Mapping[str, Any]] = field(factory=dict)


def read_desk_file(path: Path) -> DeskFile:
    """Read a desk file.

    Args:
        path: a TOML file in UTF-8.

    Raises:
        ConfigError: the file is missing, or anything in it is wrong: one line per mistake.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        message = f"{path}: found no such file; write a first one with: scskit init"
        raise ConfigError(message) from error
    except OSError as error:
        message = f"{path}: cannot be read: {error.strerror}; allowed: a file that may be read"
        raise ConfigError(message) from error
    return parse_desk_file(decode_toml(content, str(path)), str(path))


def parse_desk_file(text: str, source: str = "desk.toml") -> DeskFile:
    """Read the text of a desk file.

    Args:
        text: TOML.
        source: how the text is called in problems.

    Raises:
        ConfigError: anything in it is wrong: one line per mistake, each with its path, what was
            found and what is allowed.
    """
    document = load_toml(text, source)
    context = Context(source, declarations(document), time_zone=time_zone_of(document))
    place = Place(context)
    found = _read(document, place)
    if found is None:
        raise ConfigError(context.problems)
    return found


def _read(document: dict[str, Any], place: Place) -> DeskFile | None:
    default_queue = _default_queue(document, place)
    found: dict[str, Any] | None = record(dict, SECTIONS)(document, place)
    if found is None or place.count():
        return None
    plugins = found.pop("plugins", {})
    desk = {"default_queue": default_queue} | found.pop("desk", {})
    given = {section: value for section, value in found.items() if value != {}}
    return DeskFile(policy=Policy(**desk, **given), plugins=plugins)


def _default_queue(document: dict[str, Any], place: Place) -> str | None:
    """Return the only queue there is; refuse to choose between several."""
    queues = place.context.names["queues"] or ()
    desk = document.get("desk", {})
    if len(queues) > 1 and isinstance(desk, dict) and "default_queue" not in desk:
        (place / "desk" / "default_queue").not_among("nothing", None, queues)
    return next(iter(queues), None)
