"""Letting what follows from an event happen in the same transaction, whoever caused it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from scskit.core.case import Case
from scskit.core.consequences import Circumstances, consequences, wants_terms
from scskit.core.events import Event
from scskit.core.match import Facts
from scskit.core.ports import Transaction
from scskit.core.records import CaseDraft
from scskit.core.sla import SlaTargets
from scskit.core.triage import Labels
from scskit.desk.services import Services


class Reacting:
    """What follows, for one transaction. A desk without clocks and escalations needs none."""

    def __init__(self, services: Services, transaction: Transaction, now: datetime) -> None:
        """React at ``now``, the present instant."""
        self._services = services
        self._transaction = transaction
        self._now = now

    def react(  # noqa: PLR0913  what happened to what, and what is known about it
        self,
        draft: CaseDraft,
        before: Case | None,
        happened: Sequence[Event],
        *,
        at: datetime,
        labels: Labels = (),
        message: Facts | None = None,
    ) -> None:
        """Let what follows from some events happen to a case as well.

        Args:
            draft: the case, with the events applied.
            before: the case before them; None if they opened it.
            happened: the events, which have one cause.
            at: when they happened, for the log.
            labels: what the classifiers said about the message that came, if one did.
            message: what is known about that message.
        """
        policy = self._services.policy
        case = draft.case
        if case is None or not happened or not policy.reacts:
            return
        targets, failures = self._targets(case, happened, labels)
        around = Circumstances(
            policy=policy,
            at=at,
            now=self._now,
            targets=targets,
            failures=failures,
            message=message,
        )
        draft.apply(consequences(before, case, happened, around))

    def _targets(
        self, case: Case, happened: Sequence[Event], labels: Labels
    ) -> tuple[SlaTargets | None, Sequence[str]]:
        """Ask the plugins for targets, where some have to be decided."""
        registry = self._services.registry
        if not wants_terms(case, happened, self._services.policy):
            return None, ()
        with registry.collecting() as failures:
            return registry.sla(case, labels), failures
