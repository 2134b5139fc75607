"""One person under several ids: the network says so, and the desk links them.

An identity never moves and never merges. What a connector hands over (``Author.also`` and
``spellings``, ``Message.addressed_also``, ``Signal.same_person``) becomes links of the identities
to one customer, made when there is none. They can be taken back like any other, and what a person
has taken back no network links again.

A conversation goes on under the other id: where the network keys it by the person (as WhatsApp
does, by phone number or user id), it is the other id's thread, and otherwise the same one. So the
case of one id is the case of the other, too. Answers go to the thread that they answer in.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from attrs import evolve, frozen

from scskit.core.identity import Customer, CustomerLink, Identity
from scskit.core.ids import CustomerId, ThreadId, thread_id
from scskit.core.interaction import Message
from scskit.core.ports import Transaction
from scskit.core.records import Pair, Writes
from scskit.desk.services import Services

BY: Final = "system:network"
"""Who links."""


def other_names(message: Message) -> tuple[str, ...]:
    """Return the further ids of the person whom a message is from or to."""
    if message.direction == "outbound":
        own, names = message.addressed_to, message.addressed_also
    else:
        own = message.author.external_id
        names = (*message.author.also, *message.author.spellings)
    return tuple(dict.fromkeys(name for name in names if name != own))


def other_pairs(services: Services, message: Message, thread: ThreadId) -> dict[str, Pair]:
    """Return where the person's conversation goes on under their further ids, by id."""
    account = services.accounts[message.account]
    outbound = message.direction == "outbound"
    own = message.addressed_to if outbound else message.author.external_id
    keyed_by_person = thread == thread_id(message.account, own or "")
    return {
        name: (
            thread_id(message.account, name) if keyed_by_person else thread,
            services.identity_id(account, name),
        )
        for name in other_names(message)
    }


@frozen
class Uniting:
    """Links identities, inside one transaction.

    Attributes:
        services: the desk's.
        transaction: where links and customers are read.
        writes: where new ones go.
        now: the present instant.
    """

    services: Services
    transaction: Transaction
    writes: Writes
    now: datetime

    def unite(self, one: Identity, other: Identity) -> tuple[Identity, Identity] | None:
        """Link two identities to one customer.

        Returns:
            Both as they are then; None where a person has said that they are two, or where both are
            linked to customers that a CRM knows.
        """
        first, second = self.customer_of(one), self.customer_of(other)
        if first is not None and second is not None:
            if first.id == second.id:
                return one, other
            return self._settle((one, first), (other, second))
        if first is None and second is None:
            return self._introduce(one, other)
        if first is not None:
            joined = self._join(other, one, first)
            return (one, joined) if joined else None
        joined = self._join(one, other, second) if second else None
        return (joined, other) if joined else None

    def _settle(
        self, one: tuple[Identity, Customer], other: tuple[Identity, Customer]
    ) -> tuple[Identity, Identity] | None:
        """Let whoever is only known as one of several ids follow the customer of the CRM."""
        if other[1].crm_id is None:
            joined = self._join(other[0], *one)
            return (one[0], joined) if joined else None
        if one[1].crm_id is None:
            joined = self._join(one[0], *other)
            return (joined, other[0]) if joined else None
        self.services.log.warning(
            "one person, two customers",
            identities=[one[0].id, other[0].id],
            customers=[one[1].id, other[1].id],
            remedy="customers.merge",
        )
        return None

    def _introduce(self, one: Identity, other: Identity) -> tuple[Identity, Identity] | None:
        """Make a customer of two ids that nobody knows more of."""
        apart = self._taken_from(one) & self._ever(other)
        if apart or self._taken_from(other) & self._ever(one):
            return None
        customer = Customer(id=CustomerId(self.services.ids.new(self.now)))
        self.writes.customers[customer.id] = customer
        return self._link(one, other, customer), self._link(other, one, customer)

    def _join(self, one: Identity, other: Identity, customer: Customer) -> Identity | None:
        """Link an identity to the customer of another one."""
        if customer.id in self._taken_from(one):
            return None
        if one.customer_id is not None:
            self._take_back(one)
        return self._link(one, other, customer)

    def _link(self, one: Identity, other: Identity, customer: Customer) -> Identity:
        link = CustomerLink(
            id=self.services.ids.new(self.now),
            source=one.id,
            customer_id=customer.id,
            # The network knows that they are one person, and not who that is.
            assurance="claimed" if customer.crm_id is not None else "anonymous",
            evidence=f"the network says that it is the same person as {other.id}",
            linked_by=BY,
            linked_at=self.now,
        )
        self.writes.customer_links.append(link)
        self.writes.linked[one.id] = customer.id
        return evolve(one, customer_id=customer.id, tier=customer.tier)

    def _take_back(self, one: Identity) -> None:
        for link in self._links(one):
            if link.unlinked_at is None:
                ended = evolve(link, unlinked_by=BY, unlinked_at=self.now)
                self._replace(ended)

    def _replace(self, ended: CustomerLink) -> None:
        links = self.writes.customer_links
        links[:] = [link for link in links if link.id != ended.id]
        links.append(ended)

    def customer_of(self, one: Identity) -> Customer | None:
        """Return the customer of an identity, or the one that it was merged into."""
        id_, seen = one.customer_id, set[CustomerId]()
        while id_ is not None and id_ not in seen:
            seen.add(id_)
            customer = self._known(id_)
            if customer is None or customer.merged_into is None:
                return customer
            id_ = customer.merged_into
        return None

    def _known(self, id_: CustomerId) -> Customer | None:
        known = self.writes.customers.get(id_)
        return known or self.transaction.customers([id_]).get(id_)

    def _links(self, one: Identity) -> list[CustomerLink]:
        written = [link for link in self.writes.customer_links if link.source == one.id]
        if one.id in self.writes.newcomers:
            return written  # the store has nothing to say
        ids = {link.id for link in written}
        return [*(k for k in self.transaction.links(one.id) if k.id not in ids), *written]

    def _ever(self, one: Identity) -> set[CustomerId]:
        return {link.customer_id for link in self._links(one)}

    def _taken_from(self, one: Identity) -> set[CustomerId]:
        """Return the customers that a person said it is not."""
        return {
            link.customer_id
            for link in self._links(one)
            if link.unlinked_by is not None and not link.unlinked_by.startswith("system:")
        }
