"""What became of a call to ``ingest``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from attrs import Factory, define, frozen

from scskit.core.ids import CaseId, InteractionId
from scskit.core.interaction import IntakeState


@frozen(kw_only=True, slots=False)
class Outcome:
    """What became of one item.

    Attributes:
        state: applied, duplicate, parked or quarantined.
        external_id: the network's id, when it could be read.
        interaction_id: the interaction it made or changed.
        case_id: the case that belongs to; None for the brand's own posts that answer nobody.
        quarantine_id: where it is kept, if it was quarantined.
        reason: why it was quarantined or parked.
        settled: how many items parked earlier were applied because this one came.
    """

    state: IntakeState
    external_id: str = ""
    interaction_id: InteractionId | None = None
    case_id: CaseId | None = None
    quarantine_id: str | None = None
    reason: str = ""
    settled: int = 0


@define
class IntakeReport:
    """One outcome per item, in the order of the call.

    Attributes:
        outcomes: what became of each item.
    """

    outcomes: list[Outcome] = Factory(list)

    @property
    def settled(self) -> int:
        """How many items parked earlier were applied because their message came."""
        return sum(outcome.settled for outcome in self.outcomes)

    @property
    def counts(self) -> dict[str, int]:
        """How many items ended in each state."""
        counted = Counter(outcome.state for outcome in self.outcomes)
        return {s: counted[s] for s in ("applied", "duplicate", "parked", "quarantined")}

    @property
    def cases(self) -> Sequence[CaseId]:
        """The cases that the items belong to, each once, in order."""
        found = (outcome.case_id for outcome in self.outcomes)
        return tuple(dict.fromkeys(case for case in found if case is not None))
