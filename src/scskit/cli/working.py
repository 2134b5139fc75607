"""``scskit worker``: what is due happens, and what is queued leaves."""

from __future__ import annotations

import signal
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import click

from scskit.cli.database import config_option, database_options, json_option, tenant_for_writing
from scskit.cli.desks import open_working_desk
from scskit.cli.output import fail, print_json, stamp
from scskit.core.errors import StoreError
from scskit.core.time import SystemClock

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from types import FrameType

    from scskit.desk.desk import Desk
    from scskit.desk.due import DueReport
    from scskit.desk.outbox import OutboxReport

LONGEST_SLEEP = 1.0
"""Seconds: others queue replies meanwhile, and people wait for these."""

WEBHOOKS_WAIT = 0.5
"""Seconds, where webhooks leave messages to the worker."""

AT_ONCE = 200
"""So many parts of replies are sent before it is seen what else is due, and whether to stop."""

LONGEST_PAUSE = 60.0
"""Seconds, while the database cannot be reached."""


class _Round:
    """What was done in one round, and whether more can be sent at once."""

    def __init__(self, due: DueReport, sent: OutboxReport) -> None:
        self.due, self.sent = due, sent
        self.goes_on = sent.parts >= AT_ONCE

    @property
    def next_due(self) -> datetime | None:
        instants = (self.due.next_due, self.sent.next_ready)
        return min((one for one in instants if one is not None), default=None)


@click.command()
@database_options
@config_option
@click.option("--once", is_flag=True, help="Do what is due now, and end.")
@click.option(
    "--every",
    type=click.FloatRange(0.01),
    metavar="SECONDS",
    help="Look again after so long, at the latest; by default 1, or 0.5 where the desk file "
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
    """Let happen what is due, and send what is queued, until interrupted.

    Warnings, breaches, ends of snoozes and offers are due; replies are queued. Where the desk file
    leaves what webhooks bring to the worker, that is applied first. A database that cannot be
    reached is waited for.

    Any number of workers may run on one database.
    """
    chosen = tenant_for_writing(url, tenant, config)
    stop = Event()
    if not once:
        _stop_on_signals(stop)
    with open_working_desk(url, chosen, config) as desk:
        by_worker = desk.policy.intake.apply == "by_worker"
        longest = pause = every or (WEBHOOKS_WAIT if by_worker else LONGEST_SLEEP)
        while True:
            done = _round(desk, None if once else pause)
            if done is not None:
                _tell(done, once=once, as_json=as_json)
                if once and not done.goes_on:
                    return
            if stop.wait(pause if done is None else _rest(done, longest)):
                return
            pause = longest if done else min(pause * 2, LONGEST_PAUSE)


def _round(desk: Desk, pause: float | None) -> _Round | None:
    """Do what is due and send what is queued.

    Args:
        desk: where.
        pause: seconds until this is tried again; None if it is not.

    Returns:
        What was done; None if the database could not be reached, after having said so.

    Raises:
        StoreError: it could not, and this is not tried again.
    """
    try:
        return _Round(desk.run_due(), desk.outbox.run(AT_ONCE))
    except StoreError as error:
        if pause is None:
            raise
        fail(f"{error}; tried again in {pause:g} s")
        return None


def _stop_on_signals(stop: Event) -> None:
    def handle(_: int, __: FrameType | None) -> None:
        stop.set()

    for name in ("SIGINT", "SIGTERM"):
        signal.signal(getattr(signal, name), handle)


def _rest(done: _Round, every: float) -> float:
    """Return how many seconds to wait before looking again."""
    if done.goes_on:
        return 0.0
    if done.next_due is None:
        return every
    left = done.next_due - SystemClock().now()
    return min(every, max(left, timedelta(0)).total_seconds())


def _tell(done: _Round, *, once: bool, as_json: bool) -> None:
    due, sent = done.due, done.sent
    if not (due.cases or due.taken or sent.parts or once):
        return
    if as_json:
        print_json(
            {
                "taken": due.taken,
                "cases": due.cases,
                "events": dict(due.counts),
                "replies": dict(sent.states),
                "next_due": stamp(done.next_due),
            }
        )
        return
    next_due = f"; next due {stamp(done.next_due)}" if done.next_due else ""
    count = "1 case" if due.cases == 1 else f"{due.cases} cases"
    taken = f"{due.taken} from webhooks; " if due.taken else ""
    left = f"; replies: {_in_words(sent.states)}" if sent.parts else ""
    happened = _in_words(due.counts) or "nothing was due"
    click.echo(f"{taken}{count}: {happened}{left}{next_due}")


def _in_words(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items())
