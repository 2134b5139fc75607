"""What happens to a case when it is escalated."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from attrs import frozen

from scskit.core.event import Event


@frozen(kw_only=True, slots=False)
class CaseEscalated(Event):
    """The case was offered to another level or area; whoever has it keeps it for now.

    Attributes:
        number: which escalation of the case it is, from 1.
        to: whom it is offered to, such as ``L2`` or ``legal``.
        level: which level that is; None for an area.
        trigger: what led to it: what the rule fires on, ``by_hand``, or ``expired``.
        rule: the rule that asked for it; empty if a person did.
        occasion: what the rule fires once for, such as ``first_response 1``; empty for the case.
        evidence: what it was found on.
        told: who is to be told.
        due: when the offer expires; None if never.
        calendar: the calendar in which that was counted, if there is one.
        calendar_version: its version.
        policy_version: the policy in force.
        late: whether it was noticed well after it happened.
    """

    type: ClassVar[str] = "case_escalated"

    number: int
    to: str
    level: int | None
    trigger: str
    rule: str
    occasion: str
    evidence: str
    told: tuple[str, ...]
    due: datetime | None
    calendar: str | None
    calendar_version: str | None
    policy_version: str
    late: bool = False


@frozen(kw_only=True, slots=False)
class EscalationReminded(Event):
    """There is another cause for what is offered, or done, already: only people are told again.

    The attributes are those of ``CaseEscalated``; ``number`` is 0 where no escalation led there.
    """

    type: ClassVar[str] = "escalation_reminded"

    number: int
    to: str
    trigger: str
    rule: str
    occasion: str
    evidence: str
    told: tuple[str, ...]
    policy_version: str
    late: bool = False


@frozen(kw_only=True, slots=False)
class EscalationAccepted(Event):
    """Who was asked has taken the case over. ``level`` is None for an area."""

    type: ClassVar[str] = "escalation_accepted"

    number: int
    to: str
    level: int | None


@frozen(kw_only=True, slots=False)
class EscalationReturned(Event):
    """Who was asked, or has taken the case over, gives it back; ``because`` says why."""

    type: ClassVar[str] = "escalation_returned"

    number: int
    to: str


@frozen(kw_only=True, slots=False)
class EscalationExpired(Event):
    """Nobody acknowledged an offer in time.

    Attributes:
        number: which escalation it is.
        to: who did not answer.
        then: who is asked instead; None at the top: there the offer stands.
        told: who is told of that; who is asked instead hears it from the escalation that follows.
        late: whether it was noticed well after it happened.
    """

    type: ClassVar[str] = "escalation_expired"

    number: int
    to: str
    then: str | None
    told: tuple[str, ...] = ()
    late: bool = False
