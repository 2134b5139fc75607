"""Messages of people whom the network knows under several ids; see ``uniting`` for the rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from attrs import frozen

from scskit.core import commands as cmd
from scskit.core import deciding
from scskit.core.account import Account
from scskit.core.deciding import Request
from scskit.core.identity import Assurance, Author, Identity
from scskit.core.ids import CaseId, ThreadId, thread_id
from scskit.core.interaction import Message, Thread
from scskit.core.ports import Transaction
from scskit.core.records import CaseDraft, Pair, RecordedEvent, Writes
from scskit.desk.services import Services
from scskit.desk.surroundings import Surroundings
from scskit.desk.uniting import BY, Uniting, other_pairs

_WHY = "the network knows the person under several ids"


@frozen
class Otherwise:
    """What further ids bring about in a batch.

    Attributes:
        services: the desk's.
        transaction: the batch's.
        around: what the batch stands in.
        writes: what it writes.
        now: the present instant.
    """

    services: Services
    transaction: Transaction
    around: Surroundings
    writes: Writes
    now: datetime

    @property
    def _uniting(self) -> Uniting:
        return Uniting(self.services, self.transaction, self.writes, self.now)

    def author(
        self, message: Message, thread: ThreadId, identity: Identity
    ) -> tuple[Identity, list[Pair]]:
        """Link a writer's ids.

        Returns:
            The writer as known then, and where their conversation goes on under the other ids.
        """
        told = frozenset(message.author.also)
        return self._unite(message, thread, identity, told)

    def addressee(self, message: Message, thread: ThreadId) -> list[Pair]:
        """Link the ids of whom the brand wrote to, where one of them is known."""
        person = self.around.person(message)
        pairs = other_pairs(self.services, message, thread)
        if person is None or not any(id_ in self.around.identities for _, id_ in pairs.values()):
            return []
        account = self.services.accounts[message.account]
        identity = self._met(account, message.addressed_to or "")
        _, found = self._unite(message, thread, identity, frozenset())
        return [(thread, person), *found] if found else []

    def _unite(
        self, message: Message, thread: ThreadId, identity: Identity, told: frozenset[str]
    ) -> tuple[Identity, list[Pair]]:
        account = self.services.accounts[message.account]
        found: list[Pair] = []
        for name, pair in other_pairs(self.services, message, thread).items():
            if pair[1] not in self.around.identities and name not in told:
                continue
            united = self._uniting.unite(identity, self._met(account, name))
            if united is None:
                continue
            identity, other = united
            self.around.identities[identity.id] = identity
            self.around.identities[other.id] = other
            found.append(pair)
        return identity, found

    def _met(self, account: Account, name: str) -> Identity:
        """Return somebody's identity; whom the desk has not met is met now."""
        id_ = self.services.identity_id(account, name)
        known = self.around.identities.get(id_)
        if known is None:
            known = self.services.stranger(account, Author(external_id=name), self.now)
            self.around.identities[id_] = self.writes.identities[id_] = known
            self.writes.newcomers.add(id_)
        return known

    def going_on(self, own: CaseDraft | None, pairs: list[Pair]) -> CaseDraft | None:
        """Return the case that is open under any of the ids; else that of the one who writes."""
        if _is_open(own):
            return own
        drafts = (self.around.follow(self.around.pairs.get(pair)) for pair in pairs)
        return next((draft for draft in drafts if _is_open(draft)), own)

    def point(self, pairs: list[Pair], case_id: CaseId, message: Message) -> None:
        """Let a conversation belong to a case under every id that has no open one."""
        for pair in pairs:
            known = self.around.follow(self.around.pairs.get(pair))
            if _is_open(known) or self.around.pairs.get(pair) == case_id:
                continue
            self._place(pair[0], message)
            self.writes.pairs[pair] = (case_id, self.around.point(pair, case_id))

    def _place(self, id_: ThreadId, message: Message) -> None:
        if id_ not in self.around.threads:
            key = id_[len(message.account) + 1 :]
            thread = Thread(
                id=id_, account_id=message.account, key=key, visibility=message.visibility
            )
            self.around.threads[id_] = self.writes.threads[id_] = thread

    def tell(self, draft: CaseDraft, identity: Identity, at: datetime) -> None:
        """Let a case know of the customer that its person turned out to be."""
        case = draft.case
        if case is None or case.category == "done" or case.customer_id == identity.customer_id:
            return
        request = Request(by=BY, because=_WHY, at=at, policy=self.services.policy)
        customer = self._uniting.customer_of(identity)
        sure: Assurance = "claimed" if customer and customer.crm_id else "anonymous"
        command = cmd.Identify(identity.customer_id, identity.tier, sure, _WHY)
        draft.apply(deciding.decide(case, command, request))


def _is_open(draft: CaseDraft | None) -> bool:
    return draft is not None and draft.case is not None and draft.case.category != "done"


def recognise(services: Services, account_id: str, names: Sequence[str]) -> None:
    """Take in that ids are one person's, which the network said by itself and not with a message.

    Nothing comes of it where the desk has met none of them.

    Args:
        services: the desk's.
        account_id: the account that was told.
        names: the network's ids.
    """
    account = services.account(account_id)
    if account is None:
        return

    def work(transaction: Transaction) -> Sequence[RecordedEvent]:
        return _recognise(services, transaction, account, tuple(dict.fromkeys(names)))

    services.announce(services.store.run(work))


def _recognise(
    services: Services, transaction: Transaction, account: Account, names: tuple[str, ...]
) -> Sequence[RecordedEvent]:
    now, writes = services.clock.now(), Writes()
    around = Surroundings(services, transaction)
    otherwise = Otherwise(services, transaction, around, writes, now)
    places = {
        name: (thread_id(account.id, name), services.identity_id(account, name)) for name in names
    }
    around.load_pairs(places.values())
    met = next((name for name in names if places[name][1] in around.identities), None)
    if met is None:
        return ()
    thread, person = places[met]
    author = Author(external_id=met, also=names)
    message = Message(
        account=account.id,
        external_id=met,
        author=author,
        posted_at=now,
        thread=met,
        visibility="private",
    )
    identity, pairs = otherwise.author(message, thread, around.identities[person])
    own = around.follow(around.pairs.get((thread, person)))
    if pairs and (draft := otherwise.going_on(own, pairs)) and draft.case and _is_open(draft):
        otherwise.point([(thread, person), *pairs], draft.case.id, message)
        otherwise.tell(draft, identity, now)
        writes.drafts = [draft] if draft.events else []
    return transaction.write(writes, now)
