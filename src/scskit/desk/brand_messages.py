"""What the brand writes: in the network's own app, or by our outbox."""

from __future__ import annotations

from scskit.core import engine
from scskit.core.case import Case
from scskit.core.identity import Author
from scskit.core.interaction import Message, Receipt
from scskit.core.records import CaseDraft, LedgerEntry
from scskit.desk.echoes import arrived, message_of
from scskit.desk.entering import Entering
from scskit.desk.incoming import Incoming, message_key
from scskit.desk.reacting import mark
from scskit.desk.report import Outcome


class BrandMessages(Entering):
    """Applies messages of the brand."""

    def _outbound(self, one: Incoming, message: Message) -> Outcome:
        account = self._services.accounts[message.account]
        arrival = self._arrival(one, message, account, None)
        draft = self._around.answered_draft(message, arrival.thread.id, one.of_case)
        if one.part is not None:
            self._lead_back(one, message, draft)
        case: Case | None = None
        if draft and draft.case:
            self._catch_up(one, draft)
            before = mark(draft)
            case = draft.apply(engine.add_outbound(draft.case, arrival, self._policy))
            if message.addressed_also:
                elsewhere = self._otherwise.addressee(message, arrival.thread.id)
                self._otherwise.point(elsewhere, case.id, message)
            self._react(arrival, case.id, before)
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
        self._around.meet(sent, message)
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
            self._writes.newcomers.add(person)
        self._writes.pairs[pair] = (draft.case.id, self._around.point(pair, draft.case.id))

    def _must_wait(self, one: Incoming, message: Message) -> bool:
        """Tell whether the brand's reply came before the message that it answers."""
        if message.parent is None or one.released:
            return False
        parent = self._around.ledger.get(message_key(message.account, message.parent))
        return parent is None or parent.state != "applied"
