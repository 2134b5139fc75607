"""``scskit plugins``: what is loaded, and what is set aside and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from attrs import asdict

from scskit.cli.database import config_option, json_option
from scskit.cli.output import print_json, print_table
from scskit.opening import load_registry_for

if TYPE_CHECKING:
    from scskit.plugins.registry import Registry


@click.command()
@config_option
@json_option
def plugins(config: Path | None, as_json: bool) -> None:  # noqa: FBT001  a flag of click
    """List the plugins in the order in which they are asked."""
    registry = load_registry_for(config)
    if as_json:
        print_json(
            {
                "plugins": [asdict(plugin) for plugin in registry.plugins],
                "set_aside": [asdict(failure) for failure in registry.set_aside],
            }
        )
    else:
        _show(registry)


def _show(registry: Registry) -> None:
    columns = ("name", "distribution", "version", "hooks")
    rows = (
        (p.name, "built in" if p.builtin else p.distribution, p.version, ", ".join(p.hooks))
        for p in registry.plugins
    )
    print_table("In use", columns, rows)
    if registry.set_aside:
        aside = ((f.name, f.distribution, f.version, f.error) for f in registry.set_aside)
        print_table("Set aside", (*columns[:3], "because"), aside)
