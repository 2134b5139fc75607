"""Customers: who is behind the handles. Every statement can be taken back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import evolve

from scskit.core import commands as cmd
from scskit.core import deciding
from scskit.core.deciding import Request
from scskit.core.errors import IllegalTransition, NotFound
from scskit.core.identity import Assurance, Customer, CustomerLink, CustomerMatch, Identity
from scskit.core.ids import CaseId, CustomerId, IdentityId
from scskit.core.ports import Transaction
from scskit.core.records import CaseFilter, RecordedEvent, Writes
from scskit.desk.commanding import make_request
from scskit.desk.linking import Linking, link_identity
from scskit.desk.paging import LARGEST_PAGE
from scskit.desk.permissions import needs, shows
from scskit.desk.reacting import Reacting
from scskit.desk.services import Services


class Customers:
    """The tenant's customers and the identities that belong to them."""

    def __init__(self, services: Services) -> None:
        """Work for a desk."""
        self._services = services

    @shows("customers.read")
    def identity(self, identity_id: str, *, by: str | None = None) -> Identity:  # noqa: ARG002  for shows()
        """Return an identity.

        Args:
            identity_id: of the identity.
            by: who asks; None for the host itself.

        Raises:
            NotFound: this desk has not met it.
        """
        with self._services.store.read() as reader:
            return _identity(reader.identities([IdentityId(identity_id)]), identity_id)

    @shows("customers.read")
    def get(self, customer_id: str, *, by: str | None = None) -> Customer:  # noqa: ARG002  for shows()
        """Return a customer, or the one it is merged into.

        Args:
            customer_id: of the customer.
            by: who asks; None for the host itself.

        Raises:
            NotFound: there is none with this id.
        """
        with self._services.store.read() as reader:
            seen: set[str] = set()
            while customer_id not in seen:
                seen.add(customer_id)
                customer = _customer(reader.customers([CustomerId(customer_id)]), customer_id)
                if customer.merged_into is None:
                    return customer
                customer_id = customer.merged_into
        message = f"customers {', '.join(sorted(seen))} are merged in a circle"
        raise IllegalTransition(message)

    @shows("customers.read")
    def links(self, source: str, *, by: str | None = None) -> list[CustomerLink]:  # noqa: ARG002  for shows()
        """Return every link that an identity (or a merged customer) ever had, oldest first.

        Args:
            source: the id of the identity or customer.
            by: who asks; None for the host itself.
        """
        with self._services.store.read() as reader:
            return reader.links(source)

    @needs("customers.link")
    def link(  # noqa: PLR0913  a link with everything that the CRM tells
        self,
        identity_id: str,
        crm_id: str,
        *,
        by: str,
        evidence: str,
        assurance: Assurance = "claimed",
        tier: str | None = None,
        name: str = "",
    ) -> Customer:
        """Say that an identity is a customer of the CRM; its unfinished cases follow.

        A link that stood before is taken back first.

        Raises:
            NotFound: this desk has not met the identity.
        """
        match = CustomerMatch(
            crm_id=crm_id, evidence=evidence, assurance=assurance, tier=tier, name=name
        )

        def work(transaction: Transaction, writes: Writes, identity: Identity) -> Identity:
            self._take_back(transaction, writes, identity.id, by)
            return link_identity(transaction, writes, identity, match, self._linking(by))

        linked = self._change(identity_id, work, by, evidence, assurance)
        return self.get(linked.customer_id or "")

    @needs("customers.unlink")
    def unlink(self, identity_id: str, *, by: str, because: str) -> Identity:
        """Take an identity's link back; the link stays on record with who took it back.

        Raises:
            NotFound: this desk has not met the identity, or it has no link.
        """

        def work(transaction: Transaction, writes: Writes, identity: Identity) -> Identity:
            if not self._take_back(transaction, writes, identity.id, by):
                message = f"identity {identity.id!r} is not linked to a customer"
                raise NotFound(message)
            free = evolve(identity, customer_id=None, tier=None)
            writes.linked[identity.id] = None
            return free

        return self._change(identity_id, work, by, because, "anonymous")

    @needs("customers.merge")
    def merge(self, customer_id: str, into: str, *, by: str, evidence: str) -> Customer:
        """Say that two customers are one person; nothing moves, and ``unmerge`` undoes it.

        Raises:
            NotFound: one of them does not exist.
            IllegalTransition: they are the same person already.
        """
        request = self._request(by, evidence)
        source, target = self._unmerged(customer_id), self.get(into)
        if target.id == source.id:
            message = f"customers {customer_id} and {into} are one already"
            raise IllegalTransition(message)
        link = CustomerLink(
            id=self._services.ids.new(self._services.clock.now()),
            source=source.id,
            customer_id=target.id,
            assurance="claimed",
            evidence=request.because,
            linked_by=request.by,
            linked_at=request.at,
        )
        merged = evolve(source, merged_into=target.id)
        self._put(Writes(customers={merged.id: merged}, customer_links=[link]))
        return target

    @needs("customers.unmerge")
    def unmerge(self, customer_id: str, *, by: str) -> Customer:
        """Undo a merge.

        Raises:
            NotFound: there is no such customer, or it is not merged.
        """
        request = self._request(by, "")
        with self._services.store.read() as reader:
            customer = _customer(reader.customers([CustomerId(customer_id)]), customer_id)
        if customer.merged_into is None:
            message = f"customer {customer_id!r} is not merged"
            raise NotFound(message)
        ended = [
            evolve(link, unlinked_by=request.by, unlinked_at=request.at)
            for link in self.links(customer.id)
            if link.unlinked_at is None
        ]
        free = evolve(customer, merged_into=None)
        self._put(Writes(customers={free.id: free}, customer_links=ended))
        return free

    def _unmerged(self, customer_id: str) -> Customer:
        with self._services.store.read() as reader:
            customer = _customer(reader.customers([CustomerId(customer_id)]), customer_id)
        if customer.merged_into is not None:
            message = f"customer {customer_id!r} is merged into {customer.merged_into!r} already"
            raise IllegalTransition(message)
        return customer

    def _put(self, writes: Writes) -> None:
        now = self._services.clock.now()
        self._services.store.run(lambda transaction: transaction.write(writes, now))

    def _linking(self, by: str) -> Linking:
        return Linking(by=by, at=self._services.clock.now(), ids=self._services.ids)

    def _take_back(
        self, transaction: Transaction, writes: Writes, source: str, by: str
    ) -> list[CustomerLink]:
        request = self._request(by, "")
        ended = [
            evolve(link, unlinked_by=request.by, unlinked_at=request.at)
            for link in transaction.links(source)
            if link.unlinked_at is None
        ]
        writes.customer_links.extend(ended)
        return ended

    def _change(
        self,
        identity_id: str,
        change: Callable[[Transaction, Writes, Identity], Identity],
        by: str,
        evidence: str,
        assurance: Assurance,
    ) -> Identity:
        """Change an identity's link, and tell its unfinished cases in the same transaction."""
        id_ = IdentityId(identity_id)
        request = self._request(by, evidence)
        unfinished = self._unfinished(id_)

        def work(transaction: Transaction) -> tuple[Identity, Sequence[RecordedEvent]]:
            writes = Writes()
            drafts = transaction.cases(unfinished)
            identity = _identity(transaction.identities([id_]), identity_id)
            changed = change(transaction, writes, identity)
            command = cmd.Identify(changed.customer_id, changed.tier, assurance, request.because)
            for draft in drafts.values():
                if before := draft.case:
                    draft.apply(deciding.decide(before, command, request))
                    reacting = Reacting(self._services, transaction, request.at)
                    reacting.react(draft, before, tuple(draft.events), at=request.at)
            writes.drafts = [draft for draft in drafts.values() if draft.events]
            return changed, transaction.write(writes, self._services.clock.now())

        identity, recorded = self._services.store.run(work)
        self._services.announce(recorded)
        return identity

    def _request(self, by: str, because: str) -> Request:
        return make_request(self._services, by, because)

    def _unfinished(self, identity: IdentityId) -> list[CaseId]:
        wanted = CaseFilter(
            identity=identity,
            states=("new", "open", "pending", "on_hold", "snoozed", "solved"),
        )
        found = self._services.store.find(wanted, "", LARGEST_PAGE, newest_first=True)
        return [case.id for case in found]


def _identity(found: dict[IdentityId, Identity], id_: str) -> Identity:
    identity = found.get(IdentityId(id_))
    if identity is None:
        message = f"there is no identity {id_!r} for this tenant"
        raise NotFound(message)
    return identity


def _customer(found: dict[CustomerId, Customer], id_: str) -> Customer:
    customer = found.get(CustomerId(id_))
    if customer is None:
        message = f"there is no customer {id_!r} for this tenant"
        raise NotFound(message)
    return customer
