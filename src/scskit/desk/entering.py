"""What all messages have in common on their way into a case: the batch, and its ledger."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from scskit.core import engine
from scskit.core.account import Account
from scskit.core.case import Case
from scskit.core.due import ENDS
from scskit.core.engine import Arrival
from scskit.core.gathering import gather_facts
from scskit.core.identity import CustomerMatch, Identity
from scskit.core.ids import CaseId, IdentityId, InteractionId, ThreadId
from scskit.core.interaction import Interaction, Message, Thread
from scskit.core.match import Facts
from scskit.core.ports import Transaction
from scskit.core.records import CaseDraft, LedgerEntry, Writes
from scskit.core.triage import best
from scskit.desk.admission import as_it_came
from scskit.desk.changes import digest
from scskit.desk.codes import Codes
from scskit.desk.echoes import PART, Echoes
from scskit.desk.incoming import Incoming, message_key
from scskit.desk.reacting import Mark, Reacting
from scskit.desk.rejoining import Rejoining
from scskit.desk.report import Outcome
from scskit.desk.services import Services
from scskit.desk.surroundings import Surroundings
from scskit.wire.inbound import write_inbound

if TYPE_CHECKING:
    from scskit.desk.otherwise import Otherwise


class Entering:
    """The state of one batch, and how an item enters the ledger."""

    def __init__(
        self,
        services: Services,
        transaction: Transaction,
        matches: Mapping[IdentityId, CustomerMatch],
        now: datetime,
        writes: Writes | None = None,
    ) -> None:
        """Prepare to apply items at ``now``.

        Args:
            services: the desk's.
            transaction: where everything happens.
            matches: who the strangers among them are.
            now: the present instant.
            writes: what is written beside what the items make.
        """
        self._services = services
        self._policy = services.policy
        self._registry = services.registry
        self._transaction = transaction
        self._matches = matches
        self._now = now
        self._around = Surroundings(services, transaction)
        self._writes = writes or Writes()
        self._echoes = Echoes(transaction)
        self._rejoining = Rejoining(transaction, self._around)
        self._codes = Codes(services, transaction, self._around, self._writes, now)
        self._poisoned: dict[int, str] = {}
        self._reacting = Reacting(services, transaction, now, self._around.drafts)

    @cached_property
    def _otherwise(self) -> Otherwise:
        from scskit.desk.otherwise import Otherwise  # noqa: PLC0415  few networks need it

        return Otherwise(self._services, self._transaction, self._around, self._writes, self._now)

    def _catch_up(self, one: Incoming, draft: CaseDraft | None) -> None:
        """Let end what has ended before a message comes.

        What clocks have to say waits: an answer that was given in time may be on its way.
        """
        if not one.history:
            self._reacting.catch_up((draft,), ENDS)

    def _react(self, arrival: Arrival, case_id: CaseId, mark: Mark) -> None:
        """Let follow what follows from a message."""
        before, count = mark
        if not (self._policy.reacts or (before and before.sla)):
            return
        draft = self._around.drafts[case_id]
        if before is None or before.id != case_id:
            before, count = None, 0
        facts: Facts | None = None
        if arrival.message.direction == "inbound" and self._policy.escalation.rules:
            facts = gather_facts(
                arrival.message, arrival.labels, arrival.account, self._policy, now=arrival.now
            )
        self._reacting.react(
            draft,
            before,
            draft.events[count:],
            at=arrival.at,
            labels=arrival.labels,
            message=facts,
        )

    def _arrival(
        self, one: Incoming, message: Message, account: Account, identity: Identity | None
    ) -> Arrival:
        id_ = self._around.thread_of(one)
        thread = self._around.threads.get(id_)
        if thread is None:
            language = best(one.labels, "language")
            thread = Thread(
                id=id_,
                account_id=account.id,
                key=id_[len(account.id) + 1 :],
                visibility=message.visibility,
                language=language.value if language else None,
            )
            self._around.threads[id_] = self._writes.threads[id_] = thread
        return Arrival(
            message=message,
            interaction_id=InteractionId(self._services.ids.new(self._now)),
            thread=thread,
            account=account,
            identity=identity,
            labels=one.labels,
            digest=digest(message.text),
            at=message.posted_at if one.history else self._now,
            now=self._now,
            by=one.part.by if one.part else "",
            part_id=one.part.id if one.part else None,
            purpose=one.part.purpose if one.part else "reply",
        )

    def _keep(
        self,
        one: Incoming,
        message: Message,
        arrival: Arrival,
        case: Case | None,
        identity: IdentityId | None,
    ) -> Outcome:
        case_id = case.id if case else None
        interaction = Interaction(
            id=arrival.interaction_id,
            external_id=message.external_id,
            account_id=message.account,
            thread_id=arrival.thread.id,
            identity_id=identity,
            case_id=case_id,
            kind=message.kind,
            visibility=message.visibility,
            direction=message.direction,
            text=message.text,
            language=engine.detect_language(arrival),
            posted_at=message.posted_at,
            received_at=one.received_at,
            applied_at=self._now,
            parent=message.parent,
            automated=message.automated,
            attachments=message.attachments,
            original_text=one.original_text,
            extra={**message.extra, PART: one.part.id} if one.part else message.extra,
            delivery="sent" if one.part else None,
        )
        self._writes.interactions.append(interaction)
        self._around.revisions[interaction.id] = [interaction]
        return self._enter(one, interaction.id, case_id, arrival.thread.id)

    def _enter(
        self,
        one: Incoming,
        interaction: InteractionId | None,
        case: CaseId | None,
        thread: ThreadId | None,
    ) -> Outcome:
        """Put a line into the ledger, or settle the one that was parked."""
        entry = LedgerEntry(
            key=one.key,
            state="applied",
            received_at=one.received_at,
            interaction_id=interaction,
            case_id=case,
            thread_id=thread,
        )
        self._around.ledger[one.key] = entry
        (self._writes.settled if one.parked else self._writes.ledger).append(entry)
        return Outcome(
            state="applied", external_id=one.key[2], interaction_id=interaction, case_id=case
        )

    def _park(self, one: Incoming, awaits: str) -> Outcome:
        reason = f"waits for {awaits}, which has not come yet"
        if one.parked is None and one.item is not None:
            entry = LedgerEntry(
                key=one.key,
                state="parked",
                received_at=one.received_at,
                awaits=awaits,
                payload=write_inbound(as_it_came(one.item, one.original_text)),
            )
            self._around.ledger[one.key] = entry
            self._writes.ledger.append(entry)
            self._around.waiting[message_key(one.key[0], awaits)].append(entry)
        return Outcome(state="parked", external_id=one.key[2], reason=reason)


def duplicate(known: LedgerEntry) -> Outcome:
    """Return the outcome of an item that is in the ledger already: what the first one made."""
    return Outcome(
        state="duplicate",
        external_id=known.key[2],
        interaction_id=known.interaction_id,
        case_id=known.case_id,
    )
