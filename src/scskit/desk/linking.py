"""Tying identities to customers: statements with evidence, taken back but never deleted."""

from __future__ import annotations

from datetime import datetime

from attrs import Factory, evolve, frozen

from scskit.core.identity import Customer, CustomerLink, CustomerMatch, Identity
from scskit.core.ids import CustomerId, IdentityId
from scskit.core.ports import IdSource, Transaction
from scskit.core.records import Writes
from scskit.desk.admission import repair


@frozen(kw_only=True)
class Linking:
    """Who links, when, and where new ids come from.

    Attributes:
        by: the actor.
        at: the present instant.
        ids: where new ids come from.
        people: those at hand; who is the same customer has the tier that the CRM tells now.
    """

    by: str
    at: datetime
    ids: IdSource
    people: dict[IdentityId, Identity] = Factory(dict)


def link_identity(
    transaction: Transaction,
    writes: Writes,
    identity: Identity,
    match: CustomerMatch,
    linking: Linking,
) -> Identity:
    """Link an identity to the customer that a CRM knows, made on first sight.

    Returns:
        The identity with its customer and tier; the link is among ``writes``.
    """
    match = _storable(match)
    customer = _find(transaction, writes, match.crm_id)
    if customer is None:
        customer = Customer(
            id=CustomerId(linking.ids.new(linking.at)),
            crm_id=match.crm_id,
            tier=match.tier,
            name=match.name,
        )
        writes.customers[customer.id] = customer
    elif (match.tier or customer.tier, match.name or customer.name) != (
        customer.tier,
        customer.name,
    ):
        customer = evolve(
            customer, tier=match.tier or customer.tier, name=match.name or customer.name
        )
        writes.customers[customer.id] = customer
        _retier(linking.people, customer)
    writes.customer_links.append(
        CustomerLink(
            id=linking.ids.new(linking.at),
            source=identity.id,
            customer_id=customer.id,
            assurance=match.assurance,
            evidence=match.evidence,
            linked_by=repair(linking.by),
            linked_at=linking.at,
        )
    )
    linked = evolve(identity, customer_id=customer.id, tier=customer.tier)
    writes.linked[identity.id] = customer.id
    return linked


def _retier(people: dict[IdentityId, Identity], customer: Customer) -> None:
    for id_, one in people.items():
        if one.customer_id == customer.id:
            people[id_] = evolve(one, tier=customer.tier)


def _storable(match: CustomerMatch) -> CustomerMatch:
    """Return what a CRM said, repaired: its oddities cost nobody a message."""
    return evolve(
        match,
        crm_id=repair(match.crm_id),
        evidence=repair(match.evidence),
        tier=repair(match.tier) if match.tier else None,
        name=repair(match.name),
    )


def _find(transaction: Transaction, writes: Writes, crm_id: str) -> Customer | None:
    for customer in writes.customers.values():
        if customer.crm_id == crm_id:
            return customer
    return transaction.customer_by_crm(crm_id)
