"""What routing needs from the store."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from attrs import field, frozen

from scskit.core.agent import Presence
from scskit.core.ids import CaseId
from scskit.core.policy import Policy
from scskit.core.records import CaseDraft
from scskit.core.waiting import Waiting


@frozen
class Said:
    """What an agent last said: presence, and since when."""

    presence: Presence
    since: datetime


@frozen
class Heads:
    """The first of what waits, taken from several ordered lists.

    Attributes:
        waiting: the cases, in no order.
        last: of each list that goes on, the last one taken: what comes behind it is unknown.
    """

    waiting: list[Waiting] = field(factory=list)
    last: list[Waiting] = field(factory=list)


class WorkRows(Protocol):
    """Reads and writes for the choice of agents."""

    def heads(self, queues: Iterable[str], policy: Policy, now: datetime, depth: int) -> Heads:
        """Return the first cases that wait in some queues, ``depth`` of each list at most."""
        ...

    def weights(self, policy: Policy, agent: str | None = None) -> dict[str, tuple[float, ...]]:
        """Return what the active cases of agents (or one) weigh, and those offered to them."""
        ...

    def presences(self, agents: Iterable[str] | None = None) -> dict[str, Said]:
        """Return what some agents said, or all of them."""
        ...

    def put_presence(self, agent: str, said: Said) -> None:
        """Keep what an agent said."""
        ...

    def free_cases(self, ids: Iterable[CaseId]) -> dict[CaseId, CaseDraft]:
        """Return cases, locked, without those that somebody else is deciding about."""
        ...

    def active_cases(self, agent: str) -> list[CaseId]:
        """Return the active cases of an agent, oldest first."""
        ...
