"""``scskit fake``: a network that behaves like the real one, for tests in any language."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import TYPE_CHECKING, Any

import click

from scskit.cli.output import print_json

if TYPE_CHECKING:
    from scskit.testing.network import FakeNetwork


@click.command()
@click.argument("network")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option(
    "--port",
    default=0,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="0 takes any that is free.",
)
@click.option("--seed", default=0, show_default=True, help="Of ids, chance and faults.")
@click.option(
    "--account",
    "accounts",
    multiple=True,
    default=("acme",),
    show_default=True,
    help="A brand's account on it; may be given several times.",
)
@click.option("--webhook", metavar="URL", help="Who takes what it pushes.")
@click.option("--secret", default="", help="Of the app, which signs that; made up by default.")
@click.option(
    "--still",
    is_flag=True,
    help="Let its clock stand, and push nothing, unless told so at /_fake/.",
)
def fake(  # noqa: PLR0913, PLR0917  one argument per option
    network: str,
    host: str,
    port: int,
    seed: int,
    accounts: tuple[str, ...],
    webhook: str | None,
    secret: str,
    still: bool,  # noqa: FBT001  click hands options over by name
) -> None:
    """Serve a fake NETWORK over HTTP, until interrupted.

    It prints one line of JSON when it is ready: where it is, and what a desk file says to use it.
    A harness makes things happen on it at /_fake/ (see the documentation, Fake networks).
    """
    from scskit.testing.network import FollowingClock, load_fake  # noqa: PLC0415  help stays quick

    made = load_fake(network)(seed=seed, clock=None if still else FollowingClock(), secret=secret)
    for account in accounts:
        made.account(account)
    if webhook:
        made.deliver_to(webhook)
    with _interruption() as interrupted, made.serve(port, host=host) as served:
        print_json(_ready(made, served.url, webhook))
        if still:
            interrupted.wait()
        else:
            with made.delivering():
                interrupted.wait()


def _ready(network: FakeNetwork, url: str, webhook: str | None) -> dict[str, Any]:
    return {
        "network": network.name,
        "url": url,
        "control": f"{url}/_fake/",
        "webhook": webhook,
        "seed": network.seed,
        "settings": network.settings(url),
    }


@contextmanager
def _interruption() -> Iterator[Event]:
    """Hand out what is set by Ctrl-C, or by being asked to end."""
    interrupted = Event()
    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(one, lambda *_: interrupted.set()) for one in signals]
    try:
        yield interrupted
    finally:
        for one, handler in zip(signals, before, strict=True):
            signal.signal(one, handler)
