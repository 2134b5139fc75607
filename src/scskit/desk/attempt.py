"""Applying a batch in as few transactions as possible, whatever single items are like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import count

from attrs import evolve

from scskit.core.errors import Refused
from scskit.core.identity import CustomerMatch
from scskit.core.ids import IdentityId
from scskit.core.ports import Session, Transaction
from scskit.desk.batch import Batch, BatchResult, Poison
from scskit.desk.incoming import Incoming
from scskit.desk.quarantine import Rejected
from scskit.desk.report import Outcome
from scskit.desk.services import Services


class Attempt:
    """Applies a batch; what cannot be applied is found and set apart."""

    def __init__(
        self,
        services: Services,
        session: Session,
        matches: Mapping[IdentityId, CustomerMatch],
        now: datetime,
    ) -> None:
        """Apply at ``now``; ``matches`` says who the strangers are."""
        self._services = services
        self._session = session
        self._matches = matches
        self._now = now

    def apply(
        self,
        batch: Sequence[Incoming],
        outcomes: dict[int, Outcome],
        rejected: list[Rejected],
    ) -> list[BatchResult]:
        """Apply items in as few transactions as possible.

        Args:
            batch: the items.
            outcomes: where the outcome of each goes, by its index.
            rejected: where those go that cannot be applied.

        Returns:
            What each transaction did.
        """
        if not batch:
            return []
        try:
            result = self._run(batch)
        except Poison as poison:
            rejected.extend(Rejected(index=i, reason=r) for i, r in poison.reasons.items())
            rest = [one for one in batch if one.index not in poison.reasons]
            return self.apply(rest, outcomes, rejected)
        except (Refused, TypeError, ValueError) as refused:
            # A value that cannot be written: halve the batch until the item is found.
            if len(batch) == 1:
                rejected.append(Rejected(index=batch[0].index, reason=str(refused)))
                return []
            middle = len(batch) // 2
            return [
                *self.apply(batch[:middle], outcomes, rejected),
                *self.apply(batch[middle:], outcomes, rejected),
            ]
        for one, outcome in zip(batch, result.outcomes, strict=True):
            outcomes[one.index] = outcome
        return [result]

    def _run(self, batch: Sequence[Incoming]) -> BatchResult:
        attempts = count()

        def work(transaction: Transaction) -> BatchResult:
            again = next(attempts) > 0 or self._services.bound
            applied = Batch(self._services, transaction, self._matches, self._now)
            return self._followed(transaction, batch, applied.run(batch, again=again))

        return self._session.run(work)

    def _followed(
        self, transaction: Transaction, batch: Sequence[Incoming], result: BatchResult
    ) -> BatchResult:
        """Say what is said by itself, in the same transaction: a message is answered once."""
        if self._services.policy.standing is None:
            return result
        from scskit.desk.standing import StandingAnswers  # noqa: PLC0415  for who has some

        answers = StandingAnswers(self._services, transaction, self._now)
        said = answers.after(batch, result.outcomes)
        return evolve(result, events=[*result.events, *said]) if said else result
