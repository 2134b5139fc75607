"""The command line: ``scskit``.

One file per group of commands. What a command needs of the database stack is loaded when it runs,
so that ``scskit --help`` is quick.
"""

from __future__ import annotations

import click

from scskit import __version__
from scskit.cli.cases import cases
from scskit.cli.desk_files import check, init
from scskit.cli.faking import fake
from scskit.cli.importing import import_
from scskit.cli.intake import intake
from scskit.cli.outbox import outbox
from scskit.cli.output import fail
from scskit.cli.parsing import parse
from scskit.cli.plugins import plugins
from scskit.cli.polling import poll
from scskit.cli.replies import replies
from scskit.cli.scaffolding import plugin
from scskit.cli.serving import serve
from scskit.cli.streaming import stream
from scskit.cli.verifying import verify
from scskit.cli.working import worker
from scskit.core.errors import ConfigError, ScsError


class Commands(click.Group):
    """Commands whose errors are told, never shown as a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; exit with 2 for wrong input and 1 for anything else that failed."""
        try:
            result: object = super().invoke(ctx)
        except ScsError as error:
            problems = error.problems if isinstance(error, ConfigError) else (str(error),)
            fail(*problems)
            ctx.exit(2 if isinstance(error, ConfigError) else 1)
        return result


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="scskit")
def main() -> None:
    """Serve customers on social networks: cases, from the command line."""


for command in (
    init,
    check,
    import_,
    cases,
    replies,
    outbox,
    intake,
    serve,
    worker,
    verify,
    plugins,
    plugin,
    parse,
    stream,
    poll,
    fake,
):
    main.add_command(command)
