"""How work finds its people: the rules, and what a case weighs under them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from attrs import field, frozen


@frozen(kw_only=True)
class WorkPolicy:
    """How waiting cases are ordered, kept and weighed.

    Attributes:
        aging: for every such stretch of waiting a case counts as one priority higher, up to P1;
            None never.
        promote_after: a case that has waited so long goes before everything, the oldest first;
            None never.
        sticky_for: for how long a case that comes back waits for its last agent, if that one is
            there.
        sticky_within: a last agent counts for so long after letting go.
        refused_for: for how long an agent is not given what he or she declined or let expire.
        takeover_after: an agent offline for so long loses active cases to their queues; None
            never.
        weights: how much of an agent's capacity a case takes, by ``network/visibility``, network
            or visibility, the first of these that is there; 1 without any.
    """

    aging: timedelta | None = timedelta(hours=4)
    promote_after: timedelta | None = timedelta(days=1)
    sticky_for: timedelta = timedelta(minutes=10)
    sticky_within: timedelta = timedelta(days=7)
    refused_for: timedelta = timedelta(minutes=30)
    takeover_after: timedelta | None = None
    weights: Mapping[str, float] = field(factory=dict, hash=False)

    def weight(self, network: str, visibility: str) -> float:
        """Return how much of an agent's capacity a case takes.

        Args:
            network: the network of its account.
            visibility: ``public`` or ``private``.
        """
        weights = self.weights
        for name in (f"{network}/{visibility}", network, visibility):
            if name in weights:
                return weights[name]
        return 1.0
