"""One batch inside one transaction: load what it touches, decide item by item, write once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import TypeVar

from attrs import evolve, frozen

from scskit.core import engine
from scskit.core import events as ev
from scskit.core.account import Account
from scskit.core.case import Case
from scskit.core.engagement import ANSWER_BY_DEFAULT, Engagement
from scskit.core.engine import Arrival
from scskit.core.errors import ScsError, StoreError
from scskit.core.identity import CustomerMatch, Identity
from scskit.core.ids import CaseId, IdentityId, InteractionId, ThreadId, thread_id
from scskit.core.interaction import (
    DELIVERY_RANK,
    Deletion,
    Edit,
    Interaction,
    Message,
    Receipt,
    Thread,
)
from scskit.core.ports import (
    CaseDraft,
    LedgerEntry,
    LedgerKey,
    Pair,
    RecordedEvent,
    Transaction,
    Writes,
)
from scskit.core.routing import Assignment
from scskit.core.triage import Labels, best
from scskit.desk.admission import DELETED_REVISION, Admitted
from scskit.desk.linking import Linking, link_identity
from scskit.desk.report import Outcome
from scskit.desk.services import Services
from scskit.wire.inbound import read_inbound, write_inbound

K = TypeVar("K")
V = TypeVar("V")


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
class Prepared:
    """An admitted item with what was found out before the transaction.

    Attributes:
        admitted: the item.
        labels: what the classifiers say; empty for anything but a message.
        received_at: when it was acknowledged.
        history: record it at its true time instead of now.
        parked: the ledger line that waited, when it is applied late.
        unaccompanied: apply it although the message it answers never came.
    """

    admitted: Admitted
    received_at: datetime
    labels: Labels = ()
    history: bool = False
    parked: LedgerEntry | None = None
    unaccompanied: bool = False


@frozen(kw_only=True)
class BatchResult:
    """What a batch did.

    Attributes:
        outcomes: one per item.
        events: what was recorded.
    """

    outcomes: list[Outcome]
    events: Sequence[RecordedEvent]


def message_key(account: str, external_id: str) -> LedgerKey:
    """Return the ledger key of a message."""
    return account, "message", external_id, 0


def digest(text: str) -> str:
    """Return the SHA-256 of a text in hexadecimal."""
    return sha256(text.encode()).hexdigest()


class Batch:
    """The state of one batch; used once."""

    def __init__(
        self,
        services: Services,
        transaction: Transaction,
        prepared: Sequence[Prepared],
        *,
        now: datetime,
        matches: Mapping[IdentityId, CustomerMatch] | None = None,
    ) -> None:
        """Prepare to apply ``prepared`` at ``now``."""
        self._services = services
        self._policy = services.policy
        self._registry = services.registry
        self._transaction = transaction
        self._prepared = prepared
        self._now = now
        self._matches = matches or {}
        self._ledger: dict[LedgerKey, LedgerEntry] = {}
        self._waiting: dict[LedgerKey, list[LedgerEntry]] = {}
        self._thread_ids: dict[LedgerKey, ThreadId] = {}
        self._threads: dict[ThreadId, Thread] = {}
        self._identities: dict[IdentityId, Identity] = {}
        self._pairs: dict[Pair, CaseId] = {}
        self._stored_pairs: dict[Pair, CaseId] = {}
        self._cases_of_threads: dict[ThreadId, list[CaseId]] = {}
        self._drafts: dict[CaseId, CaseDraft] = {}
        self._revisions: dict[InteractionId, list[Interaction]] = {}
        self._writes = Writes()
        self._poisoned: dict[int, str] = {}

    def run(self) -> BatchResult:
        """Apply every item and write everything.

        Raises:
            Poison: an item cannot be applied; nothing is written.
        """
        self._load()
        outcomes = [o for p in self._prepared if (o := self._apply_safely(p))]
        if self._poisoned:
            raise Poison(self._poisoned)
        self._writes.drafts = [d for _, d in sorted(self._drafts.items()) if d.events]
        events = self._transaction.write(self._writes, self._now)
        return BatchResult(outcomes=outcomes, events=events)

    # Loading: everything the batch may touch, in a fixed number of questions.

    def _load(self) -> None:
        transaction = self._transaction
        transaction.lock(p.admitted.conversation for p in self._prepared)
        self._ledger = transaction.ledger(self._ledger_keys())
        self._load_waiting()
        self._load_surroundings()

    def _ledger_keys(self) -> dict[LedgerKey, None]:
        keys: dict[LedgerKey, None] = {}
        for prepared in self._prepared:
            keys[prepared.admitted.key] = None
            related = _relates_to(prepared.admitted)
            if related:
                keys[related] = None
        return keys

    def _load_waiting(self) -> None:
        """Load what waits for the batch's messages, and what waits for that."""
        targets = [p.admitted.key for p in self._prepared if p.admitted.key[1] == "message"]
        while targets:
            found = self._transaction.parked((key[0], key[2]) for key in targets)
            targets = []
            for entry in found:
                awaited = message_key(entry.key[0], entry.awaits or "")
                self._waiting.setdefault(awaited, []).append(entry)
                self._ledger[entry.key] = entry
                if entry.key[1] == "message":
                    targets.append(entry.key)

    def _load_surroundings(self) -> None:
        pairs: dict[Pair, None] = {}
        people: dict[IdentityId, None] = {}
        open_ended: dict[ThreadId, None] = {}
        cases: dict[CaseId, None] = {}
        revisions: dict[InteractionId, None] = {}
        for prepared in self._prepared:
            admitted = prepared.admitted
            message = admitted.item
            related = self._ledger.get(_relates_to(admitted) or admitted.key)
            if related and related.case_id:
                cases[related.case_id] = None
            if not isinstance(message, Message):
                if related and related.interaction_id:
                    revisions[related.interaction_id] = None
                continue
            thread = self._find_thread(admitted, message)
            person = self._person(message)
            if person:
                pairs[thread, person] = None
                people[person] = None
            if message.direction == "outbound":
                open_ended[thread] = None
        for entry in (e for entries in self._waiting.values() for e in entries):
            if entry.case_id:
                cases[entry.case_id] = None
        self._fetch(pairs, people, open_ended, cases, revisions)

    def _fetch(
        self,
        pairs: Iterable[Pair],
        people: Iterable[IdentityId],
        open_ended: Iterable[ThreadId],
        cases: dict[CaseId, None],
        revisions: Iterable[InteractionId],
    ) -> None:
        transaction = self._transaction
        self._threads = transaction.threads(dict.fromkeys(self._thread_ids.values()))
        self._identities = transaction.identities(people)
        self._stored_pairs = transaction.current_cases(pairs)
        self._pairs = dict(self._stored_pairs)
        self._cases_of_threads = transaction.cases_of_threads(open_ended)
        cases.update(dict.fromkeys(self._pairs.values()))
        cases.update((c, None) for found in self._cases_of_threads.values() for c in found)
        while missing := [case for case in cases if case not in self._drafts]:
            self._drafts.update(transaction.cases(missing))
            cases = {
                d.case.merged_into: None
                for d in self._drafts.values()
                if d.case and d.case.merged_into
            }
        self._revisions = transaction.interactions(revisions)

    def _person(self, message: Message) -> IdentityId | None:
        """Return whose case the message looks for: its author's, or whom it is addressed to."""
        who = message.author.external_id
        if message.direction == "outbound":
            if message.addressed_to is None:
                return None
            who = message.addressed_to
        return self._services.identity_id(self._account(message), who)

    def _account(self, message: Message) -> Account:
        return self._services.accounts[message.account]

    def _find_thread(self, admitted: Admitted, message: Message) -> ThreadId:
        """Return the thread: the network's, else the parent's, else one of its own."""
        found: ThreadId | None = None
        if message.thread:
            found = thread_id(message.account, message.thread)
        elif message.parent:
            parent = message_key(message.account, message.parent)
            entry = self._ledger.get(parent)
            found = self._thread_ids.get(parent) or (entry.thread_id if entry else None)
        if found is None:
            found = thread_id(message.account, message.parent or message.external_id)
        self._thread_ids[admitted.key] = found
        return found

    # Applying: one item after the other.

    def _apply_safely(self, prepared: Prepared) -> Outcome | None:
        try:
            return self._apply(prepared)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001  whatever it is, the others go on
            self._poisoned[prepared.admitted.index] = f"{type(error).__name__}: {error}"
            return None

    def _apply(self, prepared: Prepared) -> Outcome:
        admitted = prepared.admitted
        known = self._ledger.get(admitted.key)
        if known is not None and known is not prepared.parked:
            return _duplicate(admitted, known)
        item = admitted.item
        if isinstance(item, Message):
            return self._message(prepared, item)
        target = self._ledger.get(message_key(item.account, item.target))
        if target is None or target.state != "applied":
            return self._park(prepared, item.target)
        if isinstance(item, Receipt):
            return self._receipt(prepared, item, target)
        return self._revise(prepared, item, target)

    def _message(self, prepared: Prepared, message: Message) -> Outcome:
        if message.direction == "inbound":
            outcome = self._inbound(prepared, message)
        elif self._must_wait(prepared, message):
            return self._park(prepared, message.parent or "")
        else:
            outcome = self._outbound(prepared, message)
        waiting = self._waiting.pop(prepared.admitted.key, ())
        if not waiting:
            return outcome
        return evolve(outcome, settled=sum(self._settle(entry, prepared) for entry in waiting))

    def _must_wait(self, prepared: Prepared, message: Message) -> bool:
        """Tell whether the brand's reply came before the message that it answers."""
        if message.parent is None or prepared.unaccompanied:
            return False
        parent = self._ledger.get(message_key(message.account, message.parent))
        return parent is None or parent.state != "applied"

    def _settle(self, entry: LedgerEntry, cause: Prepared) -> int:
        """Apply an item that waited for the message just applied; return how many were."""
        item = read_inbound(entry.payload or "")
        admitted = Admitted(cause.admitted.index, item, entry.key, cause.admitted.conversation)
        waiting = Prepared(
            admitted=admitted, received_at=entry.received_at, history=cause.history, parked=entry
        )
        if isinstance(item, Message):
            self._find_thread(admitted, item)
        elif interaction := self._ledger[message_key(item.account, item.target)].interaction_id:
            self._load_revisions(interaction)
        outcome = self._apply(waiting)
        return outcome.settled + (outcome.state == "applied")

    def _load_revisions(self, interaction: InteractionId) -> None:
        if interaction not in self._revisions:
            self._revisions.update(self._transaction.interactions([interaction]))

    # Messages.

    def _inbound(self, prepared: Prepared, message: Message) -> Outcome:
        account = self._account(message)
        identity = self._meet(account, message)
        arrival = self._arrival(prepared, message, account, identity)
        pair = (arrival.thread.id, identity.id)
        current = self._follow(self._pairs.get(pair))
        parent = self._parent_draft(message)
        chosen = self._match(message, current, parent) or current
        if chosen and chosen.case and engine.continues(chosen.case, arrival, self._policy):
            draft = self._continue(chosen, arrival)
            if chosen is not current:
                self._point(pair, chosen.case.id)
        else:
            draft = self._open(arrival, identity, chosen)
            self._point(pair, _case(draft).id)
        return self._applied(prepared, message, arrival, _case(draft), identity.id)

    def _point(self, pair: Pair, case: CaseId) -> None:
        self._pairs[pair] = case
        self._writes.pairs[pair] = (case, self._stored_pairs.get(pair))
        self._cases_of_threads.setdefault(pair[0], []).append(case)

    def _match(
        self, message: Message, current: CaseDraft | None, parent: CaseDraft | None
    ) -> CaseDraft | None:
        drafts = {_case(d).id: d for d in (current, parent) if d}
        if not drafts:
            return None
        chosen = self._registry.match_case(message, tuple(_case(d) for d in drafts.values()))
        if chosen is None:
            return None
        if chosen not in drafts:
            reason = f"scskit_match_case answered {chosen!r}, which is not one of the candidates"
            raise ValueError(reason)
        return drafts[chosen]

    def _continue(self, draft: CaseDraft, arrival: Arrival) -> CaseDraft:
        events = engine.add_inbound(_case(draft), arrival, self._policy)
        case = draft.apply(events)
        if case.reason is None and best(arrival.labels, "reason", self._policy.reasons.nodes):
            engagement = Engagement(
                kind=case.engagement,
                code=case.engagement_code,
                queue=case.queue,
                rule="as decided when the case was opened",
                source="engine",
            )
            case = draft.apply(
                (engine.triage(arrival, engagement, self._policy, case.id, case.tier),)
            )
            if case.agent is None and case.engagement == "answer":
                self._route(draft, arrival, None)
        return draft

    def _open(
        self, arrival: Arrival, identity: Identity, finished: CaseDraft | None
    ) -> CaseDraft:
        policy = self._policy
        engagement = self._engagement(arrival, identity)
        case_id = CaseId(self._services.ids.new(self._now))
        follows = finished.case if finished else None
        draft = CaseDraft()
        case = draft.apply(engine.open_case(arrival, engagement, policy, case_id, follows))
        if case.category != "done":
            self._route(draft, arrival, engagement)
        if finished and (lapsed := engine.lapse(_case(finished), arrival)):
            finished.apply(lapsed)
        self._drafts[case_id] = draft
        return draft

    def _engagement(self, arrival: Arrival, identity: Identity) -> Engagement:
        with self._registry.collecting() as failures:
            engagement = self._registry.engage(arrival.message, arrival.labels, identity)
        if engagement is None:
            return evolve(ANSWER_BY_DEFAULT, rule=_rule(ANSWER_BY_DEFAULT.rule, failures))
        if engagement.kind == "forward" and engagement.queue not in self._policy.queues:
            return evolve(
                ANSWER_BY_DEFAULT,
                rule=f"{engagement.source} forwards to {engagement.queue!r}, no such queue",
            )
        return engagement

    def _route(self, draft: CaseDraft, arrival: Arrival, engagement: Engagement | None) -> None:
        case, policy = _case(draft), self._policy
        with self._registry.collecting() as failures:
            assignment = self._registry.route(
                case, arrival.labels, policy.queues, arrival.message
            )
        if assignment is None:
            rule = _rule("no rule applies", failures)
            assignment = Assignment(queue=policy.default_queue, rule=rule, source="default")
        draft.apply(engine.route(case, assignment, engagement, policy, arrival.at))

    def _outbound(self, prepared: Prepared, message: Message) -> Outcome:
        account = self._account(message)
        arrival = self._arrival(prepared, message, account, None)
        draft = self._answered(message, arrival.thread.id)
        case: Case | None = None
        if draft:
            case = draft.apply(engine.add_outbound(_case(draft), arrival, self._policy))
        return self._applied(prepared, message, arrival, case, None)

    def _answered(self, message: Message, thread: ThreadId) -> CaseDraft | None:
        """Return the case that a message of the brand answers."""
        parent = self._parent_draft(message)
        if parent:
            return parent
        person = self._person(message)
        if person and (addressed := self._follow(self._pairs.get((thread, person)))):
            return addressed
        drafts = [self._follow(case) for case in self._cases_of_threads.get(thread, ())]
        return max((d for d in drafts if d), key=lambda d: _spoke(d, message), default=None)

    def _parent_draft(self, message: Message) -> CaseDraft | None:
        if not message.parent:
            return None
        parent = self._ledger.get(message_key(message.account, message.parent))
        return self._follow(parent.case_id) if parent else None

    def _follow(self, case_id: CaseId | None) -> CaseDraft | None:
        """Return the case, or the one that it was merged into."""
        draft = self._drafts.get(case_id) if case_id else None
        while draft and draft.case and draft.case.merged_into:
            draft = self._drafts.get(draft.case.merged_into)
        return draft

    def _meet(self, account: Account, message: Message) -> Identity:
        """Return the author's identity, as it is known after this message."""
        author = message.author
        id_ = self._services.identity_id(account, author.external_id)
        known = self._identities.get(id_)
        if known is None:
            scope = account.id if account.identity_scope == "account" else ""
            identity = Identity(
                id=id_,
                network=account.network,
                scope=scope,
                external_id=author.external_id,
                handle=author.handle,
                name=author.name,
                followers=author.followers,
                language=author.language,
                first_seen_at=self._now,
            )
            if match := self._matches.get(id_):
                identity = link_identity(
                    self._transaction, self._writes, identity, match, self._linking()
                )
        else:
            identity = _updated(known, message)
            if identity is known:
                return known
        self._identities[id_] = self._writes.identities[id_] = identity
        return identity

    def _linking(self) -> Linking:
        return Linking(by="system:identify", at=self._now, ids=self._services.ids)

    def _arrival(
        self, prepared: Prepared, message: Message, account: Account, identity: Identity | None
    ) -> Arrival:
        id_ = self._thread_ids[prepared.admitted.key]
        thread = self._threads.get(id_)
        language = best(prepared.labels, "language")
        if thread is None:
            thread = Thread(
                id=id_,
                account_id=account.id,
                key=id_[len(account.id) + 1 :],
                visibility=message.visibility,
                language=language.value if language else None,
            )
            self._threads[id_] = self._writes.threads[id_] = thread
        return Arrival(
            message=message,
            interaction_id=InteractionId(self._services.ids.new(self._now)),
            thread=thread,
            account=account,
            identity=identity,
            labels=prepared.labels,
            digest=digest(message.text),
            at=message.posted_at if prepared.history else self._now,
            now=self._now,
        )

    def _applied(
        self,
        prepared: Prepared,
        message: Message,
        arrival: Arrival,
        case: Case | None,
        identity: IdentityId | None,
    ) -> Outcome:
        case_id = case.id if case else None
        self._writes.interactions.append(
            Interaction(
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
                received_at=prepared.received_at,
                applied_at=self._now,
                parent=message.parent,
                automated=message.automated,
                attachments=message.attachments,
                original_text=prepared.admitted.original_text,
                extra=message.extra,
            )
        )
        self._revisions[arrival.interaction_id] = [self._writes.interactions[-1]]
        entry = LedgerEntry(
            key=prepared.admitted.key,
            state="applied",
            received_at=prepared.received_at,
            interaction_id=arrival.interaction_id,
            case_id=case_id,
            thread_id=arrival.thread.id,
        )
        return self._enter(prepared, entry)

    # What happens to messages later.

    def _revise(self, prepared: Prepared, item: Edit | Deletion, target: LedgerEntry) -> Outcome:
        interaction_id = target.interaction_id
        if interaction_id is None:  # pragma: no cover  an applied message has an interaction
            message = f"ledger line {target.key} names no interaction"
            raise ValueError(message)
        first = self._revisions[interaction_id][0]
        deleted = isinstance(item, Deletion)
        text = "" if isinstance(item, Deletion) else item.text
        happened = item.deleted_at if isinstance(item, Deletion) else item.edited_at
        revision = DELETED_REVISION if isinstance(item, Deletion) else item.revision or 1
        revised = evolve(
            first,
            text=text,
            revision=revision,
            deleted=deleted,
            received_at=prepared.received_at,
            applied_at=self._now,
            attachments=() if deleted else first.attachments,
            original_text=prepared.admitted.original_text,
            delivery=None,
            extra={},
        )
        self._writes.interactions.append(revised)
        draft = self._drafts.get(first.case_id) if first.case_id else None
        if draft:
            event = ev.InteractionRevised(
                case_id=_case(draft).id,
                at=happened if prepared.history else self._now,
                by="customer" if first.direction == "inbound" else "brand",
                interaction_id=interaction_id,
                revision=revision,
                deleted=deleted,
                digest=digest(text),
            )
            draft.apply((event,))
        return self._enter_change(prepared, target)

    def _receipt(self, prepared: Prepared, item: Receipt, target: LedgerEntry) -> Outcome:
        interaction_id = target.interaction_id
        if interaction_id is None:  # pragma: no cover  an applied message has an interaction
            message = f"ledger line {target.key} names no interaction"
            raise ValueError(message)
        first = self._revisions[interaction_id][0]
        before = self._writes.deliveries.get(interaction_id, first.delivery)
        forward = before is None or DELIVERY_RANK[item.status] > DELIVERY_RANK[before]
        if first.direction == "outbound" and forward:
            self._writes.deliveries[interaction_id] = item.status
            draft = self._drafts.get(first.case_id) if first.case_id else None
            if draft:
                event = ev.ReceiptRecorded(
                    case_id=_case(draft).id,
                    at=item.at if prepared.history else self._now,
                    by="network",
                    interaction_id=interaction_id,
                    status=item.status,
                    detail=item.detail,
                )
                draft.apply((event,))
        return self._enter_change(prepared, target)

    def _enter_change(self, prepared: Prepared, target: LedgerEntry) -> Outcome:
        entry = LedgerEntry(
            key=prepared.admitted.key,
            state="applied",
            received_at=prepared.received_at,
            interaction_id=target.interaction_id,
            case_id=target.case_id,
            thread_id=target.thread_id,
        )
        return self._enter(prepared, entry)

    def _enter(self, prepared: Prepared, entry: LedgerEntry) -> Outcome:
        """Put a line into the ledger, or settle the one that was parked."""
        self._ledger[entry.key] = entry
        (self._writes.settled if prepared.parked else self._writes.ledger).append(entry)
        return Outcome(
            index=prepared.admitted.index,
            state="applied",
            external_id=entry.key[2],
            interaction_id=entry.interaction_id,
            case_id=entry.case_id,
        )

    def _park(self, prepared: Prepared, awaits: str) -> Outcome:
        admitted = prepared.admitted
        reason = f"waits for {awaits}, which has not come yet"
        outcome = Outcome(
            index=admitted.index, state="parked", external_id=admitted.key[2], reason=reason
        )
        if prepared.parked:
            return outcome
        entry = LedgerEntry(
            key=admitted.key,
            state="parked",
            received_at=prepared.received_at,
            awaits=awaits,
            payload=write_inbound(admitted.item),
        )
        self._ledger[entry.key] = entry
        self._writes.ledger.append(entry)
        awaited = message_key(admitted.key[0], awaits)
        self._waiting.setdefault(awaited, []).append(entry)
        return outcome


def _relates_to(admitted: Admitted) -> LedgerKey | None:
    """Return the key of the message that an item answers or changes."""
    item = admitted.item
    if isinstance(item, Message):
        return message_key(item.account, item.parent) if item.parent else None
    return message_key(item.account, item.target)


def _rule(rule: str, failures: Sequence[str]) -> str:
    """Name the failures that had a part in a decision."""
    return "; ".join((rule, *failures))


def _duplicate(admitted: Admitted, known: LedgerEntry) -> Outcome:
    return Outcome(
        index=admitted.index,
        state="duplicate",
        external_id=known.key[2],
        interaction_id=known.interaction_id,
        case_id=known.case_id,
    )


def _case(draft: CaseDraft) -> Case:
    if draft.case is None:  # pragma: no cover  drafts are opened before they are used
        message = "the draft has no case yet"
        raise ValueError(message)
    return draft.case


def _spoke(draft: CaseDraft, message: Message) -> tuple[bool, datetime]:
    """Sort cases by who spoke last before ``message``."""
    last = _case(draft).last_inbound_at or _case(draft).opened_at
    return last <= message.posted_at, last


def _updated(identity: Identity, message: Message) -> Identity:
    author = message.author
    handle = author.handle or identity.handle
    name = author.name or identity.name
    followers = identity.followers if author.followers is None else author.followers
    language = author.language or identity.language
    if (handle, name, followers, language) == (
        identity.handle,
        identity.name,
        identity.followers,
        identity.language,
    ):
        return identity
    return evolve(identity, handle=handle, name=name, followers=followers, language=language)
