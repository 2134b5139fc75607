"""``scskit worker``: what is due happens."""

from __future__ import annotations

import signal
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import click

from scskit.cli.database import config_option, database_options, json_option, tenant_for_writing
from scskit.cli.output import print_json, stamp
from scskit.core.time import SystemClock
from scskit.opening import open_desk

if TYPE_CHECKING:
    from types import FrameType

    from scskit.desk.due import DueReport

LONGEST_SLEEP = 60.0
"""Seconds: messages that come in meanwhile may start clocks that run out sooner."""

WEBHOOKS_WAIT = 0.5
"""Seconds, where webhooks leave messages to the worker: people wait for these."""


@click.command()
@database_options
@config_option
@click.option("--once", is_flag=True, help="Do what is due now, and end.")
@click.option(
    "--every",
    type=click.FloatRange(0.01),
    metavar="SECONDS",
    help="Look again after so long, at the latest; by default 60, or 0.5 where the desk file "
    "leaves what webhooks bring to the worker.",
)
@json_option
def worker(  # noqa: PLR0913, PLR0917  one argument per option
    url: str,
    tenant: str | None,
    config: Path | None,
    once: bool,  # noqa: FBT001  click hands flags in by position
    every: float | None,
    as_json: bool,  # noqa: FBT001
) -> None:
    """Let happen what is due: warnings, breaches, ends of snoozes and offers, until interrupted.

    Where the desk file leaves what webhooks bring to the worker, that is applied first.

    Any number of workers may run on one database.
    """
    chosen = tenant_for_writing(url, tenant, config)
    stop = Event()
    if not once:
        _stop_on_signals(stop)
    with open_desk(url, config, tenant=chosen) as desk:
        by_worker = desk.policy.intake.apply == "by_worker"
        longest = every or (WEBHOOKS_WAIT if by_worker else LONGEST_SLEEP)
        while True:
            report = desk.run_due()
            _tell(report, once=once, as_json=as_json)
            if once or stop.wait(_rest(report, longest)):
                return


def _stop_on_signals(stop: Event) -> None:
    def handle(_: int, __: FrameType | None) -> None:
        stop.set()

    for name in ("SIGINT", "SIGTERM"):
        signal.signal(getattr(signal, name), handle)


def _rest(report: DueReport, every: float) -> float:
    """Return how many seconds to wait before looking again."""
    if report.next_due is None:
        return every
    left = report.next_due - SystemClock().now()
    return min(every, max(left, timedelta(0)).total_seconds())


def _tell(report: DueReport, *, once: bool, as_json: bool) -> None:
    if not (report.cases or report.taken or once):
        return
    if as_json:
        print_json(
            {
                "taken": report.taken,
                "cases": report.cases,
                "events": dict(report.counts),
                "next_due": stamp(report.next_due),
            }
        )
        return
    done = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in report.counts.items())
    next_due = f"; next due {stamp(report.next_due)}" if report.next_due else ""
    count = "1 case" if report.cases == 1 else f"{report.cases} cases"
    taken = f"{report.taken} from webhooks; " if report.taken else ""
    click.echo(f"{taken}{count}: {done or 'nothing was due'}{next_due}")
