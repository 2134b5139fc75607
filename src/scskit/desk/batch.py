"""One batch inside one transaction: load what it touches, decide item by item, write once."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime

from attrs import evolve, frozen

from scskit.core import engine
from scskit.core.account import Account
from scskit.core.case import Case
from scskit.core.engagement import ANSWER_BY_DEFAULT, Engagement
from scskit.core.engine import Arrival
from scskit.core.errors import ScsError, StoreError
from scskit.core.event import Event
from scskit.core.gathering import gather_facts
from scskit.core.identity import Author, CustomerMatch, Identity
from scskit.core.ids import CaseId, IdentityId, InteractionId, ThreadId
from scskit.core.interaction import Interaction, Message, Receipt, Thread
from scskit.core.match import Facts
from scskit.core.ports import Transaction
from scskit.core.records import CaseDraft, LedgerEntry, RecordedEvent, Writes
from scskit.core.routing import Assignment
from scskit.core.triage import best
from scskit.desk.admission import as_it_came, readmit
from scskit.desk.changes import Ground, apply_change, digest
from scskit.desk.echoes import PART, Echoes, arrived, message_of
from scskit.desk.incoming import Incoming, message_key
from scskit.desk.linking import Linking, link_identity
from scskit.desk.reacting import Reacting
from scskit.desk.report import Outcome
from scskit.desk.services import Services
from scskit.desk.surroundings import Surroundings
from scskit.wire.inbound import read_inbound, write_inbound

Mark = tuple[Case | None, int]
"""A case, and how many events it had in this batch."""


def _mark(draft: CaseDraft | None) -> Mark:
    return (draft.case, len(draft.events)) if draft else (None, 0)


class Poison(ScsError):
    """Some items of a batch cannot be applied; they are quarantined and the batch is run again.

    Attributes:
        reasons: why, by the item's place in the call.
    """

    def __init__(self, reasons: Mapping[int, str]) -> None:
        """Name the items and the reasons."""
        self.reasons = dict(reasons)
        super().__init__(f"{len(reasons)} items cannot be applied")


@frozen(kw_only=True)
class BatchResult:
    """What a batch did.

    Attributes:
        outcomes: one per item, in order.
        events: what was recorded.
    """

    outcomes: list[Outcome]
    events: Sequence[RecordedEvent]


class Batch:
    """The state of one batch; used once."""

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
        self._poisoned: dict[int, str] = {}
        self._reacting = Reacting(services, transaction, now, self._around.drafts)

    def run(
        self,
        batch: Sequence[Incoming],
        *,
        again: bool,
        beside: Mapping[CaseId, Sequence[Event]] | None = None,
    ) -> BatchResult:
        """Apply every item and write everything.

        Args:
            batch: the items, admitted and classified.
            again: the batch lost a race before.
            beside: what happens to cases beside what the items bring.

        Raises:
            Poison: an item cannot be applied; nothing is written.
        """
        self._around.load(batch, again=again)
        self._echoes.load(batch, self._around)
        outcomes = [outcome for one in batch if (outcome := self._apply_safely(one))]
        if self._poisoned:
            raise Poison(self._poisoned)
        for case_id, happened in (beside or {}).items():
            if draft := self._around.drafts.get(case_id) or self._around.case(case_id):
                draft.apply(happened)
        self._writes.drafts = [d for _, d in sorted(self._around.drafts.items()) if d.events]
        events = self._transaction.write(self._writes, self._now)
        return BatchResult(outcomes=outcomes, events=events)

    def _apply_safely(self, one: Incoming) -> Outcome | None:
        try:
            return self._apply(one)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001  whatever it is, the others go on
            self._poisoned[one.index] = f"{type(error).__name__}: {error}"
            return None

    def _apply(self, one: Incoming) -> Outcome:
        """Apply an item, then what waited for it, then what waited for that."""
        outcome = self._apply_alone(one)
        if outcome.state != "applied":
            return outcome
        waiting = deque(self._around.waiting.pop(one.key, ()))
        settled = 0
        while waiting:
            late = self._late(waiting.popleft(), one)
            if self._apply_alone(late).state == "applied":
                settled += 1
                waiting.extend(self._around.waiting.pop(late.key, ()))
        return evolve(outcome, settled=settled) if settled else outcome

    def _apply_alone(self, one: Incoming) -> Outcome:
        known = self._around.ledger.get(one.key)
        if known is not None and not (one.parked and known.state == "parked"):
            return duplicate(known)
        item = one.item
        if isinstance(item, Message):
            return self._message(one, item)
        key = one.relates_to
        target = self._around.ledger.get(key) if key else None
        if target is None and isinstance(item, Receipt):
            target = self._told_by(one, item)
        if key and (target is None or target.state != "applied"):
            return self._park(one, key[2])
        if target is None:  # pragma: no cover  everything but a message relates to one
            message = f"a {type(item).__name__} speaks of no message"
            raise ValueError(message)
        apply_change(one, target, Ground(self._around, self._writes, self._now, self._echoes))
        return self._enter(one, target.interaction_id, target.case_id, target.thread_id)

    def _message(self, one: Incoming, message: Message) -> Outcome:
        if message.direction == "inbound":
            return self._inbound(one, message)
        if one.part is None and (part := self._echoes.of(message)):
            one.part = self._writes.parts[part.id] = arrived(part, message.external_id)
            message = evolve(message, automated=part.outbound.automated)
        if one.part is None and self._must_wait(one, message):
            return self._park(one, message.parent or "")
        return self._outbound(one, message)

    def _must_wait(self, one: Incoming, message: Message) -> bool:
        """Tell whether the brand's reply came before the message that it answers."""
        if message.parent is None or one.released:
            return False
        parent = self._around.ledger.get(message_key(message.account, message.parent))
        return parent is None or parent.state != "applied"

    def _late(self, entry: LedgerEntry, cause: Incoming) -> Incoming:
        """Return an item that waited for the message just applied."""
        item, original_text = readmit(read_inbound(entry.payload or ""))
        waiting = Incoming(
            raw=item,
            index=cause.index,
            received_at=entry.received_at,
            history=cause.history,
            parked=entry,
        )
        waiting.admit(item, entry.key, original_text)
        if isinstance(item, Message):
            self._around.find_thread(waiting, item)
        elif interaction := self._around.ledger[
            message_key(item.account, item.target)
        ].interaction_id:
            self._around.load_revisions(interaction)
        return waiting

    # A customer's message.

    def _inbound(self, one: Incoming, message: Message) -> Outcome:
        around = self._around
        account = self._services.accounts[message.account]
        identity = self._meet(account, message)
        arrival = self._arrival(one, message, account, identity)
        pair = (arrival.thread.id, identity.id)
        current = around.follow(around.pairs.get(pair))
        chosen = self._match(message, identity, current) or current
        mark = _mark(chosen)
        if chosen and chosen.case and engine.continues(chosen.case, arrival, self._policy):
            case = self._continue(chosen, arrival)
        else:
            case = self._open(arrival, identity, chosen)
        if current is None or current.case is None or current.case.id != case.id:
            self._writes.pairs[pair] = (case.id, around.point(pair, case.id))
        self._react(arrival, case.id, mark)
        return self._keep(one, message, arrival, case, identity.id)

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

    def _match(
        self, message: Message, identity: Identity, current: CaseDraft | None
    ) -> CaseDraft | None:
        """Ask the plugins which of the person's cases at hand the message belongs to."""
        if not self._registry.matches_cases:
            return None
        parent = self._around.parent_draft(message)
        if parent and parent.case and not _serves(parent.case, identity):
            parent = None
        drafts = {d.case.id: d for d in (current, parent) if d and d.case}
        if not drafts:
            return None
        cases = tuple(draft.case for draft in drafts.values() if draft.case)
        chosen = self._registry.match_case(message, cases)
        return drafts[chosen] if chosen else None

    def _continue(self, draft: CaseDraft, arrival: Arrival) -> Case:
        policy = self._policy
        case = draft.case
        if case is None:  # pragma: no cover  only opened cases go on
            message = "the draft has no case"
            raise ValueError(message)
        case = draft.apply(engine.add_inbound(case, arrival, policy))
        triaged = engine.triage_late(case, arrival, policy)
        if not triaged:
            return case
        case = draft.apply(triaged)
        if case.agent is None and case.engagement == "answer" and "queue" not in case.by_hand:
            case = self._route(draft, case, arrival, None)
        return case

    def _open(self, arrival: Arrival, identity: Identity, finished: CaseDraft | None) -> Case:
        engagement = self._engagement(arrival, identity)
        case_id = CaseId(self._services.ids.new(self._now))
        follows = finished.case if finished else None
        draft = CaseDraft()
        case = draft.apply(engine.open_case(arrival, engagement, self._policy, case_id, follows))
        if case.category != "done":
            case = self._route(draft, case, arrival, engagement)
        if finished and follows and (lapsed := engine.lapse(follows, arrival)):
            finished.apply(lapsed)
        self._around.drafts[case_id] = draft
        return case

    def _engagement(self, arrival: Arrival, identity: Identity) -> Engagement:
        with self._registry.collecting() as failures:
            engagement = self._registry.engage(arrival.message, arrival.labels, identity)
        if engagement is None:
            engagement = ANSWER_BY_DEFAULT
        elif engagement.kind == "forward" and engagement.queue not in self._policy.queues:
            rule = f"{engagement.source} forwards to {engagement.queue!r}, no such queue"
            engagement = evolve(ANSWER_BY_DEFAULT, rule=rule)
        return evolve(engagement, rule=_rule(engagement.rule, failures)) if failures else engagement

    def _route(
        self, draft: CaseDraft, case: Case, arrival: Arrival, engagement: Engagement | None
    ) -> Case:
        policy = self._policy
        with self._registry.collecting() as failures:
            assignment = self._registry.route(case, arrival.labels, policy.queues, arrival.message)
        if assignment is None:
            assignment = Assignment(
                queue=policy.default_queue, rule="no rule applies", source="default"
            )
        if failures:
            assignment = evolve(assignment, rule=_rule(assignment.rule, failures))
        return draft.apply(engine.route(case, assignment, engagement, policy, arrival.at))

    def _meet(self, account: Account, message: Message) -> Identity:
        """Return the author's identity, as it is known after this message."""
        author = message.author
        id_ = self._services.identity_id(account, author.external_id)
        known = self._around.identities.get(id_)
        if known is None:
            identity = self._services.stranger(account, author, self._now)
            if match := self._matches.get(id_):
                linking = Linking(by="system:identify", at=self._now, ids=self._services.ids)
                identity = link_identity(self._transaction, self._writes, identity, match, linking)
        else:
            identity = known.seen_as(author)
            if identity is known:
                return known
        self._around.identities[id_] = self._writes.identities[id_] = identity
        return identity

    # A message of the brand.

    def _outbound(self, one: Incoming, message: Message) -> Outcome:
        account = self._services.accounts[message.account]
        arrival = self._arrival(one, message, account, None)
        draft = self._around.answered_draft(message, arrival.thread.id)
        if one.part is not None:
            draft = draft or self._around.case(CaseId(one.part.outbound.case_id))
            self._lead_back(one, message, draft)
        case: Case | None = None
        if draft and draft.case:
            mark = _mark(draft)
            case = draft.apply(engine.add_outbound(draft.case, arrival, self._policy))
            self._react(arrival, case.id, mark)
        return self._keep(one, message, arrival, case, None)

    def _told_by(self, one: Incoming, receipt: Receipt) -> LedgerEntry | None:
        """Take in what a receipt is about, where it names a part that nobody knew of."""
        part = self._echoes.referred_to(receipt)
        if part is None:
            return None
        message = message_of(part, receipt.target, receipt.at)
        sent = Incoming(raw=message, index=one.index, received_at=one.received_at)
        sent.admit(message, message_key(receipt.account, receipt.target))
        sent.part = self._writes.parts[part.id] = arrived(part, receipt.target)
        self._around.find_thread(sent, message)
        self._outbound(sent, message)
        return self._around.ledger.get(sent.key)

    def _lead_back(self, one: Incoming, message: Message, draft: CaseDraft | None) -> None:
        """Let what the person writes where we wrote to them belong to the same case."""
        person = self._around.person(message)
        if person is None or draft is None or draft.case is None:
            return
        pair = (self._around.thread_of(one), person)
        if self._around.pairs.get(pair) is not None:
            return
        if person not in self._around.identities:
            account = self._services.accounts[message.account]
            author = Author(external_id=message.addressed_to or "")
            identity = self._services.stranger(account, author, self._now)
            self._around.identities[person] = self._writes.identities[person] = identity
        self._writes.pairs[pair] = (draft.case.id, self._around.point(pair, draft.case.id))

    # What both have in common.

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


def _serves(case: Case, identity: Identity) -> bool:
    """Tell whether a case is this person's: who answers somebody else is not that person."""
    if case.identity_id == identity.id:
        return True
    return case.customer_id is not None and case.customer_id == identity.customer_id


def _rule(rule: str, failures: Sequence[str]) -> str:
    """Name the failures that had a part in a decision."""
    return "; ".join((rule, *failures))
