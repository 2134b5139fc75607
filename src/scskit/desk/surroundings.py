"""What a batch stands in: loaded in a fixed number of questions, kept up to date on the way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from attrs import Factory, define

from scskit.core.case import Case
from scskit.core.identity import Identity
from scskit.core.ids import CaseId, IdentityId, InteractionId, ThreadId, thread_id
from scskit.core.interaction import Interaction, Message, Thread
from scskit.core.ports import Transaction
from scskit.core.records import (
    CaseDraft,
    Conversation,
    LedgerEntry,
    LedgerKey,
    Locks,
    Pair,
)
from scskit.desk.incoming import Incoming, message_key
from scskit.desk.services import Services
from scskit.wire.inbound import read_inbound


@define
class _Sorted:
    """The items of a batch, by what has to be loaded for them.

    Attributes:
        early: messages whose thread can be told before anything is loaded.
        late: those whose thread is that of the message they answer.
        outbound: the brand's messages.
        related: what answers or changes a message.
    """

    early: list[tuple[Incoming, Message]] = Factory(list)
    late: list[tuple[Incoming, Message]] = Factory(list)
    outbound: list[Incoming] = Factory(list)
    related: list[Incoming] = Factory(list)


class Surroundings:
    """Everything that is known around the items of one batch.

    Attributes:
        ledger: lines that the items relate to, and those they make.
        waiting: parked lines, by the message they wait for.
        threads: by id.
        identities: by id.
        pairs: the case of each person in each thread.
        stored_pairs: the same, as the store has it.
        drafts: cases by id.
        revisions: interactions by id, oldest revision first.
    """

    def __init__(self, services: Services, transaction: Transaction) -> None:
        """Start with nothing."""
        self._services = services
        self._transaction = transaction
        self._arriving: dict[LedgerKey, Incoming] = {}
        self._thread_ids: dict[LedgerKey, ThreadId] = {}
        self._cases_of_threads: dict[ThreadId, dict[IdentityId, CaseId]] = defaultdict(dict)
        self.ledger: dict[LedgerKey, LedgerEntry] = {}
        self.waiting: dict[LedgerKey, list[LedgerEntry]] = defaultdict(list)
        self.threads: dict[ThreadId, Thread] = {}
        self.identities: dict[IdentityId, Identity] = {}
        self.pairs: dict[Pair, CaseId] = {}
        self.stored_pairs: dict[Pair, CaseId] = {}
        self.drafts: dict[CaseId, CaseDraft] = {}
        self.revisions: dict[InteractionId, list[Interaction]] = {}

    def load(self, batch: Sequence[Incoming], *, again: bool) -> None:
        """Load what the batch touches, and keep other writers out of it.

        Args:
            batch: the items; those known before are left out already.
            again: the batch lost a race, so look whether some of it is known by now.
        """
        sorted_ = self._sort(batch)
        keys = dict.fromkeys(key for one in sorted_.related if (key := one.relates_to))
        if again:
            keys.update(dict.fromkeys(one.key for one in batch))
        pairs = self._pairs_of(sorted_.early)
        self.ledger, parking, found = self._transaction.survey(_locks(batch), keys, pairs)
        if keys:
            self._make_sure([key for key in keys if key not in self.ledger])
        if parking:
            waiting = self._load_waiting([key for key in self._arriving if key[0] in parking])
            sorted_.late.extend(waiting)
            sorted_.outbound.extend(one for one, _ in waiting)
        if sorted_.late and (late := self._pairs_of(sorted_.late)):
            found.update(self._transaction.conversations(late))
            pairs.update(late)
        self._take_conversations(found)
        self._load_strangers([pair for pair in pairs if pair not in found], sorted_.outbound)
        if sorted_.related:
            self._load_changed(sorted_.related)

    def load_pairs(self, pairs: Iterable[Pair]) -> None:
        """Load people, conversations and cases that no message of a batch has asked for."""
        wanted = list(pairs)
        found = self._transaction.conversations(wanted)
        self._take_conversations(found)
        self._load_strangers([pair for pair in wanted if pair not in found], ())

    def meet(self, one: Incoming, message: Message) -> None:
        """Load what a message of the brand stands in that came up while its batch is applied."""
        met = [(one, message)]
        if one.key not in self._arriving:
            met.extend(self._load_waiting([one.key]))
        pairs = [pair for pair in self._pairs_of(met) if pair not in self.pairs]
        found = self._transaction.conversations(pairs)
        self._take_conversations(found)
        unmet = [pair for pair in pairs if pair not in found]
        self._load_strangers(unmet, [one for one, _ in met])

    def _sort(self, batch: Sequence[Incoming]) -> _Sorted:
        sorted_ = _Sorted()
        for one in batch:
            message = one.item
            if not isinstance(message, Message):
                sorted_.related.append(one)
                continue
            if one.key in self._arriving:
                continue  # what stands twice in a batch is the first of them
            self._arriving[one.key] = one
            if message.parent:
                sorted_.related.append(one)
            if message.direction == "outbound":
                sorted_.outbound.append(one)
            known = message.thread or not message.parent
            (sorted_.early if known else sorted_.late).append((one, message))
        return sorted_

    def _make_sure(self, missing: Sequence[LedgerKey]) -> None:
        """Look again for messages that something is about to wait for.

        Somebody else may be bringing one in at this moment: it would not see who waits.
        """
        awaited = [key for key in missing if key[1] == "message" and key not in self._arriving]
        if awaited and not self._services.store.single_writer:
            self._transaction.lock_awaited(awaited)
            self.ledger.update(self._transaction.ledger(awaited))

    def _load_waiting(self, targets: Sequence[LedgerKey]) -> list[tuple[Incoming, Message]]:
        """Load what waits for messages, and what waits for that; return the messages among it."""
        asked: set[LedgerKey] = set()
        messages: list[tuple[Incoming, Message]] = []
        while targets:
            asked.update(targets)
            found = self._transaction.parked([(key[0], key[2]) for key in targets])
            for entry in found:
                self.waiting[message_key(entry.key[0], entry.awaits or "")].append(entry)
                self.ledger[entry.key] = entry
                messages.extend(_waiting(entry))
            # Two messages that claim to answer each other wait for each other for ever.
            more = dict.fromkeys(entry.key for entry in found if entry.key[1] == "message")
            targets = [key for key in more if key not in asked]
        return messages

    def _pairs_of(self, messages: Iterable[tuple[Incoming, Message]]) -> dict[Pair, None]:
        """Find the threads of messages, and who looks for a case there."""
        pairs: dict[Pair, None] = {}
        for one, message in messages:
            thread = self.find_thread(one, message)
            if person := self.person(message):
                pairs[thread, person] = None
            if message.author.also or message.author.spellings or message.addressed_also:
                pairs.update(dict.fromkeys(self._elsewhere(message, thread)))
        return pairs

    def _take_conversations(self, found: Mapping[Pair, Conversation]) -> None:
        for pair, conversation in found.items():
            case_id = conversation.case_id
            self.stored_pairs[pair] = self.pairs[pair] = case_id
            self.drafts.setdefault(case_id, conversation.draft)
            self.threads.setdefault(conversation.thread.id, conversation.thread)
            self.identities.setdefault(conversation.identity.id, conversation.identity)

    def _load_strangers(self, pairs: Sequence[Pair], outbound: Sequence[Incoming]) -> None:
        """Load threads and people that do not meet in a case yet, and whom the brand talks to."""
        transaction = self._transaction
        places = dict.fromkeys(map(self.thread_of, outbound))
        threads = dict.fromkeys((*(thread for thread, _ in pairs), *places))
        unseen = [thread for thread in threads if thread not in self.threads]
        unmet = [who for who in dict.fromkeys(p for _, p in pairs) if who not in self.identities]
        if unseen or unmet:
            known, persons = transaction.strangers(unseen, unmet)
            self.threads.update(known)
            self.identities.update(persons)
        # What our own outbox has sent knows its case; a public conversation may have thousands.
        asked = dict.fromkeys(self.thread_of(one) for one in outbound if one.part is None)
        talked_in = [thread for thread in asked if thread in self.threads]
        if talked_in:
            for thread, stored in transaction.cases_of_threads(talked_in).items():
                self._cases_of_threads[thread] = stored | self._cases_of_threads[thread]
        needed = {case for cases in self._cases_of_threads.values() for case in cases.values()}
        self._load_cases(needed | {case for one in outbound if (case := one.of_case)})

    def _load_changed(self, batch: Sequence[Incoming]) -> None:
        """Load the cases of parents, and the interactions that edits and receipts change."""
        related = [entry for one in batch if (entry := self._related(one))]
        self._load_cases(entry.case_id for entry in related if entry.case_id)
        changed = [
            entry.interaction_id
            for one in batch
            if not isinstance(one.item, Message)
            and (entry := self._related(one))
            and entry.interaction_id
        ]
        while changed:
            self.revisions = self._transaction.interactions(dict.fromkeys(changed))
            owners = {case for found in self.revisions.values() if (case := found[0].case_id)}
            # A split may have moved messages while we waited for their case: then look again.
            if not self._load_cases(owners):
                return

    def _related(self, one: Incoming) -> LedgerEntry | None:
        key = one.relates_to
        return self.ledger.get(key) if key else None

    def _load_cases(self, ids: Iterable[CaseId]) -> bool:
        """Load cases, and those that they were merged into; tell whether there were new ones."""
        wanted, asked = set(ids), set[CaseId]()
        while True:
            for draft in self.drafts.values():
                if draft.case and (target := draft.case.merged_into):
                    wanted.add(target)
            missing = wanted - self.drafts.keys() - asked if wanted else None
            if not missing:
                return bool(asked & self.drafts.keys())
            asked |= missing
            self.drafts.update(self._transaction.cases(missing))

    def load_revisions(self, interaction: InteractionId) -> None:
        """Load an interaction that only now turns out to be changed."""
        if interaction not in self.revisions:
            self.revisions.update(self._transaction.interactions([interaction]))

    def find_thread(self, one: Incoming, message: Message) -> ThreadId:
        """Return the thread: the network's, else the parent's, else one of its own."""
        if message.thread or not message.parent:
            found = thread_id(message.account, message.thread or message.external_id)
        else:
            found = self._climb(one.key, message)
        self._thread_ids[one.key] = found
        return found

    def _climb(self, key: LedgerKey, message: Message) -> ThreadId:
        """Return the thread of what a message answers, and of what that answers ...

        A parent may stand behind it in the batch, or wait for its own parent.
        """
        seen = {key}
        while message.parent and not message.thread:
            parent = message_key(message.account, message.parent)
            if len(seen) > 1 and parent not in self.ledger and parent not in self._arriving:
                self.ledger.update(self._transaction.ledger([parent]))
            entry = self.ledger.get(parent)
            if found := self._thread_ids.get(parent) or (entry.thread_id if entry else None):
                return found
            above = self._not_applied(parent)
            if above is None or parent in seen:
                return thread_id(message.account, message.parent)
            seen.add(parent)
            message = above
        return thread_id(message.account, message.thread or message.external_id)

    def _not_applied(self, key: LedgerKey) -> Message | None:
        """Return a message that is in the batch or waits."""
        one, entry = self._arriving.get(key), self.ledger.get(key)
        item = one.item if one else None
        if entry and entry.payload:
            item = read_inbound(entry.payload)
        return item if isinstance(item, Message) else None

    def thread_of(self, one: Incoming) -> ThreadId:
        """Return the thread that ``find_thread`` found for an item."""
        return self._thread_ids[one.key]

    def person(self, message: Message) -> IdentityId | None:
        """Return whose case a message looks for: its author's, or whom it is addressed to."""
        who = message.author.external_id
        if message.direction == "outbound":
            if message.addressed_to is None:
                return None
            who = message.addressed_to
        return self._services.identity_id(self._services.accounts[message.account], who)

    def point(self, pair: Pair, case: CaseId) -> CaseId | None:
        """Let a person's messages in a thread belong to ``case`` from now on.

        Returns:
            The case that they belong to in the store.
        """
        self.pairs[pair] = case
        self._cases_of_threads[pair[0]][pair[1]] = case
        return self.stored_pairs.get(pair)

    def follow(self, case_id: CaseId | None) -> CaseDraft | None:
        """Return a case, or the one that it was merged into."""
        draft = self.drafts.get(case_id) if case_id else None
        while draft and draft.case and draft.case.merged_into:
            draft = self.drafts.get(draft.case.merged_into)
        return draft

    def case(self, case_id: CaseId) -> CaseDraft | None:
        """Return a case that nothing else in the batch may have led to, or what took it over."""
        if case_id not in self.drafts:
            self.drafts.update(self._transaction.cases([case_id]))
        found = self.drafts.get(case_id)
        if found and found.case and found.case.merged_into:
            return self.case(found.case.merged_into)
        return found

    def _elsewhere(self, message: Message, thread: ThreadId) -> Iterable[Pair]:
        """Return where the conversation goes on under the person's further ids."""
        from scskit.desk.uniting import other_pairs  # noqa: PLC0415  few networks need it

        return other_pairs(self._services, message, thread).values()

    def parent_draft(self, message: Message) -> CaseDraft | None:
        """Return the case of the message that ``message`` answers."""
        if not message.parent:
            return None
        parent = self.ledger.get(message_key(message.account, message.parent))
        return self.follow(parent.case_id) if parent else None

    def answered_draft(
        self, message: Message, thread: ThreadId, own: CaseId | None = None
    ) -> CaseDraft | None:
        """Return the case that a message of the brand answers.

        That of its parent; else the one it was written for (``own``); else that of the person it is
        addressed to; else of whoever spoke last in the thread before it.
        """
        if parent := self.parent_draft(message):
            return parent
        if own and (written_for := self.case(own)):
            return written_for
        person = self.person(message)
        if person and (addressed := self.follow(self.pairs.get((thread, person)))):
            return addressed
        for pair in self._elsewhere(message, thread) if message.addressed_also else ():
            if elsewhere := self.follow(self.pairs.get(pair)):
                return elsewhere
        drafts = [self.follow(case) for case in self._cases_of_threads.get(thread, {}).values()]
        cases = [(d, d.case) for d in drafts if d and d.case]
        return max(cases, key=lambda pair: _spoke(pair[1], message), default=(None, None))[0]


def _waiting(entry: LedgerEntry) -> Iterator[tuple[Incoming, Message]]:
    """Yield a parked message of the brand."""
    item = read_inbound(entry.payload) if entry.payload else None
    if isinstance(item, Message):
        one = Incoming(raw=item, index=0, received_at=entry.received_at, parked=entry)
        one.admit(item, entry.key)
        yield one, item


def _locks(batch: Sequence[Incoming]) -> Locks:
    messages = [one.key for one in batch if one.key[1] == "message"]
    return Locks(messages, {key[0] for key in messages})


def _spoke(case: Case, message: Message) -> tuple[bool, float, CaseId]:
    """Sort cases by who spoke last before ``message``; of two at once, the one opened last."""
    last = case.last_inbound_at or case.opened_at
    return last <= message.posted_at, last.timestamp(), case.id
