"""``scskit init`` and ``scskit check``: the desk file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scskit.cli.database import json_option
from scskit.cli.desks import require_settings
from scskit.cli.output import clean, fail, print_json
from scskit.config import TEMPLATE, read_desk_file
from scskit.core.errors import ConfigError
from scskit.core.policy import Policy
from scskit.opening import load_registry_for

if TYPE_CHECKING:
    from scskit.plugins.registry import Registry

_path = click.argument("path", default="desk.toml", type=click.Path(dir_okay=False, path_type=Path))


@click.command()
@_path
@click.option("--force", is_flag=True, help="Replace a file that is there.")
def init(path: Path, force: bool) -> None:  # noqa: FBT001  click hands flags in by position
    """Write a first desk file, with comments, to PATH (desk.toml)."""
    if path.exists() and not force:
        message = f"{path}: there is such a file already; replace it with: scskit init --force"
        raise ConfigError(message)
    try:
        path.write_text(TEMPLATE, encoding="utf-8")
    except OSError as error:
        message = f"{path}: cannot be written: {error.strerror}"
        raise ConfigError(message) from error
    click.echo(f"wrote {path}: make it yours, and run: scskit check {path}")


@click.command()
@_path
@click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="DESK.TOML",
    help="The desk file, instead of PATH.",
)
@click.option("--networks", is_flag=True, help="Ask the networks about its accounts as well.")
@json_option
@click.pass_context
def check(
    ctx: click.Context,
    path: Path,
    config: Path | None,
    networks: bool,  # noqa: FBT001  click hands flags in by position
    as_json: bool,  # noqa: FBT001
) -> None:
    """Name every mistake in the desk file at PATH (desk.toml).

    With --networks each network is asked whether the tokens of its accounts are good, and which
    permissions, webhooks and subscriptions they lack; nothing is changed there.
    """
    path = config or path
    try:
        desk_file = read_desk_file(path)
        registry = load_registry_for(path)
        require_settings(registry, path)
    except ConfigError as error:
        if as_json:
            print_json({"fine": False, "problems": error.problems, "notes": []})
        else:
            fail(*error.problems)
        ctx.exit(1)
    policy = desk_file.policy
    notes = [f"{path}: {note}" for note in _unread(desk_file.plugins, registry)]
    if not as_json:
        click.echo(f"{path} is fine: {_summary(policy)}")
        for note in notes:
            click.secho(clean(note), fg="yellow", err=True)
    elif not networks:
        print_json({"fine": True, "problems": [], "notes": notes})
    if networks:
        from scskit.cli.diagnosing import diagnose  # noqa: PLC0415  it takes an HTTP client

        fine = diagnose(policy, registry, as_json=as_json)
        ctx.exit(0 if fine else 1)


def _unread(settings: Iterable[str], registry: Registry) -> Iterator[str]:
    """Say which settings no installed plugin is there for; the host may pass one itself."""
    installed = sorted(
        {plugin.name for plugin in registry.plugins if not plugin.builtin}
        | {failure.name for failure in registry.set_aside}
    )
    for name in settings:
        if name not in installed:
            near = get_close_matches(name, installed, n=1)
            hint = f' (did you mean "{near[0]}"?)' if near else ""
            yield (
                f'plugins.{name}: no plugin "{name}" is installed{hint}; installed:'
                f" {', '.join(installed) or 'none'}"
            )


def _summary(policy: Policy) -> str:
    counts = {
        "account": policy.accounts,
        "queue": policy.queues,
        "agent": policy.agents,
        "contact reason": policy.reasons.nodes,
        "routing rule": policy.routing,
        "engagement rule": policy.engagement,
    }
    return ", ".join(
        f"{len(things)} {name}{'' if len(things) == 1 else 's'}" for name, things in counts.items()
    )
