"""Offers to go on in private: between values and rows, and every statement on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from scskit.core.handoff import Offer
from scskit.core.ids import AccountId, CaseId, CustomerId, IdentityId
from scskit.core.time import from_micros, to_micros
from scskit.storage.drivers import Driver, Row, insert_into
from scskit.storage.sql import Insert, Lookup, both, column_names

_OFFER = column_names("scs_offer")

OFFERS = Lookup("scs_offer", ("identity_id",), _OFFER, index="ix_scs_offer_identity")
OFFERS_OF_CASE = Lookup("scs_offer", ("case_id",), _OFFER)
OFFERS_OF_CUSTOMER = both(
    f"SELECT {', '.join(f'o.{name}' for name in _OFFER)}"  # noqa: S608
    " FROM scs_case c JOIN scs_offer o ON o.tenant = c.tenant AND o.case_id = c.id"
    " WHERE c.tenant = ? AND c.customer_id = ?"
)
PUT_OFFER = Insert("scs_offer", update=("identity_id", "origin", "offered_at", "until"))
FOLLOWED = both(
    "DELETE FROM scs_offer WHERE tenant = ? AND case_id = ? AND account_id = ? RETURNING case_id"
)
OLD_OFFERS = both("DELETE FROM scs_offer WHERE tenant = ? AND until < ? RETURNING case_id")


class OfferRows:
    """Reads and writes of one tenant for offers; see ``core.handoff``."""

    def __init__(self, driver: Driver, tenant: str) -> None:
        """Work on an open connection."""
        self._driver = driver
        self._tenant = tenant

    def of_people(self, people: Iterable[IdentityId]) -> dict[IdentityId, list[Offer]]:
        """Return the offers to these identities, oldest first."""
        keys = [(person,) for person in dict.fromkeys(people)]
        found: dict[IdentityId, list[Offer]] = defaultdict(list)
        rows = map(_read, self._driver.fetch(OFFERS, self._tenant, keys))
        for offer in sorted(rows, key=lambda offer: (offer.offered_at, offer.case_id)):
            found[offer.identity_id].append(offer)
        return found

    def of_customer(self, customer: CustomerId) -> list[Offer]:
        """Return the offers from cases of a customer, whatever the handle."""
        return list(map(_read, self._driver.query(OFFERS_OF_CUSTOMER, (self._tenant, customer))))

    def of_case(self, case: CaseId) -> list[Offer]:
        """Return the offers from a case."""
        return list(map(_read, self._driver.fetch(OFFERS_OF_CASE, self._tenant, [(case,)])))

    def put(self, offer: Offer) -> None:
        """Remember an offer; one of the same case to the same account is renewed."""
        row = (
            self._tenant,
            offer.case_id,
            offer.account_id,
            offer.identity_id,
            offer.origin,
            to_micros(offer.offered_at),
            to_micros(offer.until),
        )
        insert_into(self._driver, PUT_OFFER, [row])

    def close(self, offers: Sequence[Offer]) -> None:
        """Forget offers that were followed."""
        for offer in offers:
            self._driver.query(FOLLOWED, (self._tenant, offer.case_id, offer.account_id))

    def forget(self, until: datetime) -> None:
        """Forget what ran out before ``until``."""
        self._driver.query(OLD_OFFERS, (self._tenant, to_micros(until)))


def _read(row: Row) -> Offer:
    _, case_id, account_id, identity_id, origin, offered_at, until = row
    return Offer(
        case_id=CaseId(case_id),
        identity_id=IdentityId(identity_id),
        account_id=AccountId(account_id),
        origin=AccountId(origin),
        offered_at=from_micros(offered_at),
        until=from_micros(until),
    )
