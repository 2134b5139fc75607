"""What people write in private after they were invited to: it goes on the case they came from.

Where the brand wrote first, the conversation is known to belong to the case already. Where they
followed a link, they write first, in a conversation that nobody knew of: then what was offered to
them decides. Looked up only for private messages that open a conversation, or stand in one that a
case has beside its own; so a conversation that has always been private costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from attrs import frozen

from scskit.core.event import Event
from scskit.core.handoff import Offer
from scskit.core.handoff_events import HandoffJoined
from scskit.core.identity import Identity
from scskit.core.ids import CaseId, CustomerId, IdentityId, ThreadId
from scskit.core.interaction import Message
from scskit.core.ports import Transaction
from scskit.core.records import CaseDraft
from scskit.desk.incoming import Incoming
from scskit.desk.surroundings import Surroundings

BY = "system:handoff"


@frozen(kw_only=True)
class Invited:
    """Somebody who follows an offer.

    Attributes:
        draft: the case that the offer was made in.
        offer: the latest offer to them.
        evidence: why it is taken to be theirs.
        others: cases of earlier offers.
        offers: all of these, which are settled by this.
    """

    draft: CaseDraft
    offer: Offer
    evidence: str
    others: tuple[CaseId, ...]
    offers: tuple[Offer, ...]

    @property
    def case_id(self) -> CaseId:
        """The case that goes on."""
        return self.draft.case.id if self.draft.case else self.offer.case_id

    def joined(self, thread: ThreadId, person: IdentityId, at: datetime) -> Event:
        """Say that they came."""
        return HandoffJoined(
            case_id=self.case_id,
            at=at,
            by=BY,
            because="the latest of several offers" if self.others else "",
            thread_id=thread,
            identity_id=person,
            offered_at=self.offer.offered_at,
            evidence=self.evidence,
            others=self.others,
        )


class Rejoining:
    """Finds the cases that private messages go on."""

    def __init__(self, transaction: Transaction, around: Surroundings) -> None:
        """Know of nobody."""
        self._transaction = transaction
        self._around = around
        self._asked: set[tuple[ThreadId, IdentityId]] = set()
        self._offers: dict[IdentityId, list[Offer]] = {}

    def load(self, batch: Iterable[Incoming]) -> None:
        """Look at once for offers to everybody in a batch who may follow one."""
        around = self._around
        for one in batch:
            message = one.item
            if type(message) is Message and message.visibility == "private":
                person = around.person(message) if message.direction == "inbound" else None
                pair = (around.thread_of(one), person) if person else None
                if pair and _may_follow(around.follow(around.pairs.get(pair)), pair[0]):
                    self._asked.add(pair)
        if self._asked:
            people = dict.fromkeys(person for _, person in sorted(self._asked))
            self._offers = self._transaction.offers.of_people(people)

    def find(
        self,
        message: Message,
        identity: Identity,
        thread: ThreadId,
        current: CaseDraft | None,
    ) -> Invited | None:
        """Return which offer a message follows; None where it follows none.

        Args:
            message: the message.
            identity: who wrote it.
            thread: the conversation.
            current: the case that their messages there belong to so far.
        """
        if (thread, identity.id) not in self._asked:
            return None
        found = self._all(identity, current)
        offers = [offer for offer in found if offer.expects(message)]
        if not offers:
            return None
        latest = offers[-1]
        draft = self._around.case(latest.case_id)
        if draft is None or draft.case is None:
            return None
        same = current is not None and current.case is not None and current.case.id == draft.case.id
        if current and current.case and current.case.category != "done" and not same:
            return None  # what is under way there goes on
        return Invited(
            draft=draft,
            offer=latest,
            evidence=_evidence(latest, identity, same=same),
            others=tuple(dict.fromkeys(o.case_id for o in offers if o.case_id != latest.case_id)),
            offers=tuple(offers),
        )

    def settle(self, invited: Invited) -> None:
        """Forget the offers that somebody has followed."""
        self._transaction.offers.close(invited.offers)
        gone = set(invited.offers)
        for person, offers in self._offers.items():
            self._offers[person] = [offer for offer in offers if offer not in gone]

    def _all(self, identity: Identity, current: CaseDraft | None) -> Sequence[Offer]:
        """Return the offers to a person, and those from the case that they are writing in.

        Under all handles that are known to be theirs; the network may have told us that who was
        invited is called otherwise here, and led them back by that.
        """
        found = dict.fromkeys(self._offers.get(identity.id, ()))
        if identity.customer_id is not None:
            found |= dict.fromkeys(self._of_customer(identity.customer_id))
            if not found and current and current.case and current.case.category != "done":
                found |= dict.fromkeys(self._under_another_name(identity, current.case.id))
        return sorted(found, key=lambda offer: (offer.offered_at, offer.case_id))

    def _of_customer(self, customer: CustomerId) -> Iterator[Offer]:
        """Yield the offers from a customer's cases, also where the batch tells whose these are."""
        drafts, rows = self._around.drafts, self._transaction.offers
        changed = {id_: d.case for id_, d in drafts.items() if d.case and d.events}
        for offer in rows.of_customer(customer):
            if offer.case_id not in changed:
                yield offer
        for id_, case in changed.items():
            if case.customer_id == customer and drafts[id_].stored_version:
                yield from rows.of_case(id_)

    def _under_another_name(self, identity: Identity, case_id: CaseId) -> list[Offer]:
        """Return the offers from a case to handles of the same customer."""
        offers = self._transaction.offers.of_case(case_id)
        people = self._transaction.identities({offer.identity_id for offer in offers})
        people |= {
            id_: self._around.identities[id_] for id_ in people.keys() & self._around.identities
        }
        same = {one.id for one in people.values() if one.customer_id == identity.customer_id}
        return [offer for offer in offers if offer.identity_id in same]


def _may_follow(current: CaseDraft | None, thread: ThreadId) -> bool:
    """Tell whether a private message may be what an offer led to."""
    case = current.case if current else None
    return case is None or case.category == "done" or case.thread_id != thread


def _evidence(offer: Offer, identity: Identity, *, same: bool) -> str:
    if same:
        return "same_thread"
    return "same_identity" if offer.identity_id == identity.id else "same_customer"
