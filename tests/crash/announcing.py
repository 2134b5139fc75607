"""A process that announces something on four accounts, and may be killed at any of them.

    python announcing.py DATABASE WALL MOMENT

The wall is a file: what stands in it is what the network shows. The process kills itself at a
moment such as ``2-before`` or ``3-after``: before or after the network takes that post.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from scskit import Account, Policy, open_desk
from scskit.core.reply_policy import ReplyPolicy
from scskit.plugins import Connector, ConnectorSpec, DeliveryReceipt, Flow, Outbound, hookimpl
from scskit.testing import START, FakeClock

ACCOUNTS = tuple(f"wall.{name}" for name in ("north", "south", "east", "west"))
LEASE = timedelta(seconds=10)
POLICY = Policy(
    accounts={id_: Account(id=id_, network="wall") for id_ in ACCOUNTS},
    replies=ReplyPolicy(lease=LEASE, look_after=timedelta(0)),
)


class Wall(Connector):
    """A network whose posts are the lines of a file."""

    def __init__(self, path: Path, moment: str) -> None:
        """Post to this file; die at this moment."""
        self.path, self.moment = path, moment

    @property
    def posted(self) -> list[str]:
        """The ids of what stands there."""
        return self.path.read_text().split() if self.path.exists() else []

    def send(self, outbound: Outbound) -> Flow[DeliveryReceipt]:
        """Take a post."""
        yield from ()
        number = len(self.posted) + 1
        self._die(f"{number}-before")
        with self.path.open("a") as wall:
            wall.write(f"{outbound.id}\n")
            wall.flush()
            os.fsync(wall.fileno())
        self._die(f"{number}-after")
        return DeliveryReceipt(external_id=f"post-{number}")

    def find_sent(self, outbound: Outbound) -> Flow[DeliveryReceipt | None]:
        """Look for a post."""
        yield from ()
        posted = self.posted
        if outbound.id not in posted:
            return None
        return DeliveryReceipt(external_id=f"post-{posted.index(outbound.id) + 1}")

    def _die(self, moment: str) -> None:
        if moment == self.moment:
            os.kill(os.getpid(), signal.SIGKILL)


class Network:
    """A plugin that offers the wall."""

    def __init__(self, wall: Wall) -> None:
        """Offer this one."""
        self.wall = wall

    @hookimpl
    def scskit_connectors(self, settings: Mapping[str, object]) -> list[ConnectorSpec]:  # noqa: ARG002
        """Offer it."""
        able = frozenset({"publish", "find_sent"})
        return [ConnectorSpec(name="wall", connector=self.wall, capabilities=able)]


def announce(database: str, wall: Path, moment: str, clock: FakeClock) -> dict[str, str]:
    """Announce, under one key however often, and send until nothing is left to do."""
    network = Network(Wall(wall, moment))
    with open_desk(database, POLICY, plugins=[network], discover=False, clock=clock) as desk:
        made = desk.publishing.announce("Hello", accounts=ACCOUNTS, by="agent:ana", key="k")
        while (ready := desk.outbox.run(concurrency=1).next_ready) is not None:
            clock.jump_to(max(ready, clock.now() + LEASE))
        return dict(desk.publishing.get(made.id).outcomes)


if __name__ == "__main__":
    announce(sys.argv[1], Path(sys.argv[2]), sys.argv[3], FakeClock(START))
