"""Looks for bodies that break a connector's ``parse``, guided by what its code does with them.

::

    python -m scskit.testing.fuzz_parse acme --seconds 60 --samples bodies/

Needs atheris (https://pypi.org/project/atheris/). A body brings about items or ``PayloadInvalid``;
anything else is a finding, which is printed, and its body is kept in a file. Bodies are made of
samples, by exchanging parts of them, or bytes.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from pkgutil import iter_modules
from random import Random
from typing import TYPE_CHECKING, Any, Final, get_args

from scskit.core.errors import ConfigError, PayloadInvalid
from scskit.core.interaction import Parsed
from scskit.core.webhook import WebhookRequest
from scskit.testing.exchanging import AWKWARD, part, places, replaced

if TYPE_CHECKING:
    from scskit.plugins.specs import Connector

NOW: Final = datetime(2026, 3, 2, 12, tzinfo=UTC)
_KINDS: Final = get_args(Parsed)
_SLOWEST: Final = 20
"""Seconds for one body, from which on it counts as a finding."""
_MEGABYTES: Final = 4096


def check(connector: Connector, body: bytes) -> None:
    """Hold one body against what ``parse`` promises.

    Raises:
        Exception: it breaks the promise.
    """
    request = WebhookRequest(method="POST", received_at=NOW, body=body)
    try:
        items = connector.parse(request)
    except PayloadInvalid:
        return
    for item in items:
        if not isinstance(item, _KINDS):
            raise TypeError(f"parse answers {type(item).__name__}")


def mutate(
    body: bytes, seed: int, bytes_instead: Callable[[bytes, int], bytes], most: int
) -> bytes:
    """Return another body: a part of it exchanged for another one, or other bytes.

    Args:
        body: a body.
        seed: of chance.
        bytes_instead: changes bytes without knowing what they mean, to so many at most.
        most: bytes.
    """
    chance = Random(seed)  # noqa: S311  no secret
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return bytes_instead(body, most)
    if chance.random() < 0.2:  # noqa: PLR2004  a fifth
        return bytes_instead(body, most)
    for _ in range(chance.randint(1, 3)):
        known = list(places(value))
        other = part(value, chance.choice(known))
        value = replaced(value, chance.choice(known), chance.choice((other, *AWKWARD)))
    made = json.dumps(value).encode()
    return made if len(made) <= most else bytes_instead(body, most)


def load(name: str, plugin: str | None, config: Path | None) -> Connector:
    """Load a connector as a desk does.

    Raises:
        ConfigError: there is no such connector.
    """
    from scskit.config import read_desk_file  # noqa: PLC0415  where it counts it is instrumented
    from scskit.plugins.registry import load_registry  # noqa: PLC0415

    given = [import_module(plugin)] if plugin else []
    settings = read_desk_file(config).plugins if config else {}
    registry = load_registry(given, settings=settings, discover=not given)
    spec = registry.connectors.get(name)
    if spec is None:
        raise ConfigError(f"NAME: found {name!r}; allowed: {', '.join(registry.connectors)}")
    return spec.connector


def main(arguments: Sequence[str] | None = None) -> None:
    """Look until the time is over or something is found; ends the process."""
    given = _parser().parse_args(arguments)
    try:
        atheris: Any = import_module("atheris")
    except ImportError:
        sys.exit("atheris is not installed: pip install atheris")
    with atheris.instrument_imports(include=_instrumented(given.plugin)):
        connector = load(given.name, given.plugin, given.config)

    def one(body: bytes) -> None:
        check(connector, body)

    def other(body: bytes, most: int, seed: int) -> bytes:
        return mutate(body, seed, atheris.Mutate, most)

    options = [f"-max_total_time={given.seconds}", f"-timeout={_SLOWEST}", "-print_final_stats=1"]
    options += [f"-rss_limit_mb={_MEGABYTES}", f"-artifact_prefix={given.keep}/"]
    samples = [str(given.samples)] if given.samples else []
    atheris.Setup([sys.argv[0], *options, *samples], one, custom_mutator=other)
    atheris.Fuzz()


def _instrumented(plugin: str | None) -> list[str]:
    """Return the packages whose ways are followed: those of connectors."""
    ours = [found.name for found in iter_modules() if found.name.startswith("scskit_")]
    offered = [found.module.partition(".")[0] for found in entry_points(group="scskit")]
    return sorted({*ours, *offered, *([plugin] if plugin else [])})


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m scskit.testing.fuzz_parse", description=__doc__)
    parser.add_argument("name", help="of the connector")
    parser.add_argument("--plugin", help="the module that offers it, where it is not installed")
    parser.add_argument("--config", type=Path, help="a desk file with its settings")
    parser.add_argument("--samples", type=Path, help="a folder of bodies; new ones are added")
    parser.add_argument("--seconds", type=int, default=60, help="to look for")
    parser.add_argument("--keep", default=".", help="the folder for bodies that break it")
    return parser


if __name__ == "__main__":
    main()
