"""Letting what follows from an event happen in the same transaction, whoever caused it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from scskit.core.case import Case
from scskit.core.consequences import Circumstances, consequences, wants_terms
from scskit.core.due import INSTANT, SOURCES, Source, decide_due
from scskit.core.escalation import Contact
from scskit.core.escalation_rules import wants_contacts
from scskit.core.events import Event
from scskit.core.ids import CaseId
from scskit.core.match import Facts
from scskit.core.ports import Transaction
from scskit.core.records import CaseDraft
from scskit.core.sla import SlaTargets
from scskit.core.time import to_micros
from scskit.core.triage import Labels
from scskit.desk.services import Services

UNCOUNTED = ("merged", "dismissed")
"""States of cases that are no contact of their own."""


Mark = tuple[Case | None, int]
"""A case, and how many events it had in this batch."""


def mark(draft: CaseDraft | None) -> Mark:
    """Note how a case stands, to tell afterwards what has happened to it."""
    return (draft.case, len(draft.events)) if draft else (None, 0)


class Reacting:
    """What follows, for one transaction.

    Nothing does on a desk without promises and escalations, but in cases that were promised
    something before: what was promised is kept.
    """

    def __init__(
        self,
        services: Services,
        transaction: Transaction,
        now: datetime,
        drafts: Mapping[CaseId, CaseDraft] | None = None,
    ) -> None:
        """React at ``now``, the present instant; ``drafts`` are cases not written yet."""
        self._services = services
        self._transaction = transaction
        self._now = now
        self._drafts = drafts if drafts is not None else {}

    def catch_up(
        self, drafts: Iterable[CaseDraft | None], sources: Sequence[Source] = SOURCES
    ) -> None:
        """Let happen what was due before now, whether or not anybody has swept since.

        So whoever acts on a case finds it as it is. What is due at this very instant comes later:
        who answers when it is due is in time.

        Args:
            drafts: cases, as the store has them.
            sources: what is asked of them.
        """
        now = to_micros(self._now)
        for draft in drafts:
            wakes = draft.stored_times[1] if draft else None
            if draft is not None and wakes is not None and wakes < now:
                self._catch_up(draft, sources)

    def _catch_up(self, draft: CaseDraft, sources: Sequence[Source]) -> None:
        case, policy = draft.case, self._services.policy
        while case and (events := decide_due(case, policy, self._now - INSTANT, sources)):
            draft.apply(events)
            self.react(draft, case, events, at=self._now)
            case = draft.case

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
        if case is None or not happened or not (policy.reacts or (before and before.sla)):
            return
        targets, failures = self._targets(case, happened, labels)
        around = Circumstances(
            policy=policy,
            at=at,
            now=self._now,
            targets=targets,
            failures=failures,
            message=message,
            contacts=self._contacts(before, case),
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

    def _contacts(self, before: Case | None, case: Case) -> Sequence[Contact]:
        """Look for the person's other cases on the same reason, where a rule wants to know."""
        span = wants_contacts(before, case, self._services.policy)
        if span is None:
            return ()
        stored = self._transaction.contacts(case, case.opened_at - span)
        found = {contact.case_id: contact for contact in stored}
        for id_, draft in self._drafts.items():
            other = draft.case
            if other is None or id_ == case.id or not draft.events:
                continue
            found.pop(id_, None)
            counts = other.reason == case.reason and other.state not in UNCOUNTED
            if counts and _same_person(other, case):
                found[id_] = Contact(case_id=id_, opened_at=other.opened_at)
        return tuple(found.values())


def _same_person(one: Case, other: Case) -> bool:
    known = one.customer_id is not None and one.customer_id == other.customer_id
    return known or one.identity_id == other.identity_id
