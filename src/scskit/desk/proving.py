"""What comes of an answer to a challenge: a step nearer to its end, or a link that is verified."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from attrs import evolve, frozen

from scskit.core import commands as cmd
from scskit.core import deciding
from scskit.core.case import Case
from scskit.core.challenge import Challenge, Outcome
from scskit.core.challenge_events import ChallengeFailed, IdentityVerified
from scskit.core.deciding import Request
from scskit.core.event import Event
from scskit.core.identity import Customer, CustomerLink, CustomerMatch, Identity
from scskit.core.ids import CustomerId
from scskit.core.ports import Transaction
from scskit.core.records import Writes
from scskit.desk.linking import Linking, link_identity
from scskit.desk.services import Services

SEEN = "system:verification"
"""Who takes in an answer that came as a message."""


@frozen
class Proving:
    """Takes in answers to challenges.

    Attributes:
        services: the desk's.
        transaction: where everything happens.
        writes: what is written beside.
        at: the present instant.
        by: who takes the answer in.
    """

    services: Services
    transaction: Transaction
    writes: Writes
    at: datetime
    by: str = SEEN

    def settle(
        self, challenge: Challenge, outcome: Outcome, case: Case, identity: Identity
    ) -> tuple[list[Event], Identity]:
        """Write down what came of an answer.

        Returns:
            What happened to the case, and the person as they are known now.
        """
        after = challenge.answered(outcome)
        self.transaction.challenges.put(after)
        if outcome != "verified":
            failed = ChallengeFailed(
                case_id=case.id,
                at=self.at,
                by=self.by,
                challenge_id=challenge.id,
                identity_id=challenge.identity_id,
                reason=outcome,
                attempts_left=after.attempts_left,
            )
            return [failed], identity
        return self._verified(challenge, case, identity)

    def _verified(
        self, challenge: Challenge, case: Case, identity: Identity
    ) -> tuple[list[Event], Identity]:
        evidence = (
            f"challenge {challenge.id} by {challenge.method}, issued by {challenge.issued_by}"
        )
        identity = self._link(identity, challenge.crm_id, evidence)
        verified = IdentityVerified(
            case_id=case.id,
            at=self.at,
            by=self.by,
            because=evidence,
            challenge_id=challenge.id,
            identity_id=identity.id,
            customer_id=identity.customer_id or "",
            method=challenge.method,
            evidence=evidence,
        )
        request = Request(by=self.by, because=evidence, at=self.at, policy=self.services.policy)
        command = cmd.Identify(identity.customer_id, identity.tier, "verified", evidence)
        return [verified, *deciding.decide(case, command, request)], identity

    def _link(self, identity: Identity, crm_id: str, evidence: str) -> Identity:
        """Link an identity as verified; what stood before is taken back, as by hand."""
        self.writes.customer_links.extend(
            evolve(link, unlinked_by=self.by, unlinked_at=self.at)
            for link in self.transaction.links(identity.id)
            if link.unlinked_at is None
        )
        if crm_id:
            match = CustomerMatch(crm_id=crm_id, evidence=evidence, assurance="verified")
            linking = Linking(by=self.by, at=self.at, ids=self.services.ids)
            return link_identity(self.transaction, self.writes, identity, match, linking)
        customer = identity.customer_id
        if customer is None:
            customer = CustomerId(self.services.ids.new(self.at))
            self.writes.customers[customer] = Customer(id=customer, name=identity.name)
            self.writes.linked[identity.id] = customer
        self.writes.customer_links.append(
            CustomerLink(
                id=self.services.ids.new(self.at),
                source=identity.id,
                customer_id=customer,
                assurance="verified",
                evidence=evidence,
                linked_by=self.by,
                linked_at=self.at,
            )
        )
        return evolve(identity, customer_id=customer)


def open_ones(challenges: Sequence[Challenge]) -> list[Challenge]:
    """Return those that can still be answered."""
    return [one for one in challenges if one.state == "open"]
