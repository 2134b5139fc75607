"""What people and programs ask a case to do."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from scskit.core.case import Priority
from scskit.core.identity import Assurance
from scskit.core.ids import CaseId, CustomerId


@frozen
class Assign:
    """Give the case to an agent, or back to its queue (None).

    ``over_capacity`` notes that the agent has no capacity left for it.
    """

    agent: str | None
    over_capacity: bool = False


@frozen
class Route:
    """Put the case into another queue."""

    queue: str


@frozen
class SetReason:
    """Set the contact reason; None takes it away."""

    reason: str | None


@frozen
class SetPriority:
    """Set the priority."""

    priority: Priority


@frozen
class AddNote:
    """Write an internal note. ``digest`` is the SHA-256 of its text in hexadecimal."""

    note_id: str
    digest: str


@frozen
class Solve:
    """The customer's matter is settled."""


@frozen
class Reopen:
    """A solved case needs work again."""


@frozen
class Close:
    """A solved case is final."""


@frozen
class Wait:
    """Wait for the customer."""


@frozen
class Hold:
    """Wait for a third party."""


@frozen
class Resume:
    """Stop waiting."""


@frozen
class Snooze:
    """Look at it again at ``until``."""

    until: datetime


@frozen
class Dismiss:
    """Noise: nobody acts. ``code`` says why."""

    code: str


@frozen
class Link:
    """Relate another case to this one."""

    other: CaseId
    relation: str = "related"


@frozen
class Identify:
    """The case's identity is (or no longer is, None) this customer."""

    customer_id: CustomerId | None
    tier: str | None
    assurance: Assurance
    evidence: str


@frozen
class Escalate:
    """Offer the case to a level (``L2``, ``next``) or an area."""

    to: str


@frozen
class AcceptEscalation:
    """Take the case over; ``to`` says as whom where several were asked."""

    to: str | None = None
    agent: str | None = None


@frozen
class ReturnEscalation:
    """Decline an offer, or give the case back; ``to`` says as whom where several could."""

    to: str | None = None


Command = (
    Assign
    | Route
    | SetReason
    | SetPriority
    | AddNote
    | Solve
    | Reopen
    | Close
    | Wait
    | Hold
    | Resume
    | Snooze
    | Dismiss
    | Link
    | Identify
    | Escalate
    | AcceptEscalation
    | ReturnEscalation
)
