"""What happens between a waiting case and the agents: offers and how they end."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from attrs import frozen

from scskit.core.event import Event
from scskit.core.why import Why


@frozen(kw_only=True, slots=False)
class CaseOffered(Event):
    """An agent may have the case, and has until ``until`` to accept it; till then nobody has it."""

    type: ClassVar[str] = "case_offered"

    agent: str
    until: datetime
    why: Why | None = None


@frozen(kw_only=True, slots=False)
class OfferDeclined(Event):
    """The agent does not take the case, or it was offered no longer; it keeps its age."""

    type: ClassVar[str] = "offer_declined"

    agent: str


@frozen(kw_only=True, slots=False)
class OfferExpired(Event):
    """The agent did not answer in time; ``at`` is when that time ended. The case keeps its age."""

    type: ClassVar[str] = "offer_expired"

    agent: str
