"""People: their handles on networks, and who they are to the company."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from attrs import evolve, frozen

from scskit.core.ids import CustomerId, IdentityId

Assurance = Literal["anonymous", "claimed", "verified"]
ASSURANCE_ORDER: tuple[Assurance, ...] = ("anonymous", "claimed", "verified")


@frozen(kw_only=True)
class Author:
    """Who wrote a message, as the network shows them at that moment.

    Attributes:
        external_id: the network's own id of the person, verbatim.
        handle: the name others mention them by, without ``@``.
        name: the display name.
        followers: reach, when the network tells.
        language: the person's language as a BCP 47 code, when the network tells.
        also: further ids that the network itself says are this person's.
        spellings: other ways in which the network may write ``external_id``, such as a phone number
            with and without a digit; looked for, and nobody is met because of one.
    """

    external_id: str
    handle: str = ""
    name: str = ""
    followers: int | None = None
    language: str | None = None
    also: tuple[str, ...] = ()
    spellings: tuple[str, ...] = ()


@frozen(kw_only=True)
class Identity:
    """A person's handle on one network. It never moves and never merges.

    Attributes:
        id: ``network:scope:external_id``.
        network: the connector's name.
        scope: the account id where the network scopes ids per account, otherwise ``""``.
        external_id: the network's own id of the person.
        handle: the handle last seen.
        name: the display name last seen.
        followers: the reach last seen.
        language: the language last seen or told.
        first_seen_at: when this desk first met the identity.
        customer_id: the customer it is linked to now, if any.
        tier: that customer's tier, if any.
    """

    id: IdentityId
    network: str
    scope: str
    external_id: str
    handle: str = ""
    name: str = ""
    followers: int | None = None
    language: str | None = None
    first_seen_at: datetime
    customer_id: CustomerId | None = None
    tier: str | None = None

    def seen_as(self, author: Author) -> Identity:
        """Return the identity as its latest message shows it; itself when nothing is new."""
        handle = author.handle or self.handle
        name = author.name or self.name
        followers = self.followers if author.followers is None else author.followers
        language = author.language or self.language
        if (handle, name, followers, language) == (
            self.handle,
            self.name,
            self.followers,
            self.language,
        ):
            return self
        return evolve(self, handle=handle, name=name, followers=followers, language=language)


@frozen(kw_only=True)
class CustomerMatch:
    """What ``scskit_identify`` answers: this identity is that record of the CRM.

    Attributes:
        crm_id: the CRM's own key of the person.
        evidence: why, for the audit (``same phone number``, ``logged in``).
        assurance: how sure.
        tier: the customer's tier (``vip``), if the CRM has one.
        name: the person's name in the CRM.
    """

    crm_id: str
    evidence: str
    assurance: Assurance = "claimed"
    tier: str | None = None
    name: str = ""


@frozen(kw_only=True)
class Customer:
    """A person.

    Attributes:
        id: made by the desk.
        crm_id: the CRM's key, if the customer is known there.
        tier: the tier last told, if any.
        name: the name last told.
        merged_into: the customer this one is merged into at the moment, if any.
    """

    id: CustomerId
    crm_id: str | None = None
    tier: str | None = None
    name: str = ""
    merged_into: CustomerId | None = None


@frozen(kw_only=True)
class CustomerLink:
    """One statement that two things are the same person; undone, never deleted.

    Attributes:
        id: made by the desk.
        source: an identity id, or a customer id for a merge.
        customer_id: the customer it points to.
        assurance: how sure.
        evidence: why.
        linked_by: the actor.
        linked_at: when.
        unlinked_by: who took it back, if somebody did.
        unlinked_at: when it was taken back.
    """

    id: str
    source: str
    customer_id: CustomerId
    assurance: Assurance
    evidence: str
    linked_by: str
    linked_at: datetime
    unlinked_by: str | None = None
    unlinked_at: datetime | None = None
