"""``scskit init`` and ``scskit check``: the desk file."""

from __future__ import annotations

from pathlib import Path

import click

from scskit.cli.database import json_option
from scskit.cli.output import fail, print_json
from scskit.config import TEMPLATE, read_desk_file
from scskit.core.errors import ConfigError
from scskit.core.policy import Policy
from scskit.opening import load_registry_for

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
@json_option
@click.pass_context
def check(ctx: click.Context, path: Path, as_json: bool) -> None:  # noqa: FBT001
    """Name every mistake in the desk file at PATH (desk.toml)."""
    try:
        policy = read_desk_file(path).policy
        load_registry_for(path)
    except ConfigError as error:
        if as_json:
            print_json({"fine": False, "problems": error.problems})
        else:
            fail(*error.problems)
        ctx.exit(1)
    if as_json:
        print_json({"fine": True, "problems": []})
    else:
        click.echo(f"{path} is fine: {_summary(policy)}")


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
