"""Everything that can happen to a case, frozen.

An event holds what was decided and why, never a message's text: texts can be erased without
breaking the log, and the log's ``digest`` still proves what they were.

The classes have no slots: attrs builds a frozen object without them in half the time, and every
message makes several.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from attrs import frozen

from scskit.core.case import CaseState, EngagementKind, Priority, Severity
from scskit.core.escalation_events import (
    CaseEscalated,
    EscalationAccepted,
    EscalationExpired,
    EscalationReminded,
    EscalationReturned,
)
from scskit.core.event import Event as Event  # noqa: PLC0414  whoever wants an event looks here
from scskit.core.identity import Assurance
from scskit.core.ids import AccountId, CaseId, CustomerId, IdentityId, InteractionId, ThreadId
from scskit.core.interaction import Delivery, Direction, Visibility
from scskit.core.reply_events import REPLY_EVENTS, PersonAsked
from scskit.core.skills import SkillNeed
from scskit.core.terms import Terms
from scskit.core.triage import Label
from scskit.core.why import Why
from scskit.core.work_events import CaseOffered, OfferDeclined, OfferExpired


@frozen(kw_only=True, slots=False)
class CaseOpened(Event):
    """A case begins. ``opened_at`` is the network's time of the message that opened it.

    ``last_agent`` is who had the case that it ``follows``, until ``last_agent_at``.
    """

    type: ClassVar[str] = "case_opened"

    account_id: AccountId
    thread_id: ThreadId
    identity_id: IdentityId
    visibility: str
    opened_at: datetime
    policy_version: str
    customer_id: CustomerId | None = None
    tier: str | None = None
    follows: CaseId | None = None
    last_agent: str | None = None
    last_agent_at: datetime | None = None


@frozen(kw_only=True, slots=False)
class InteractionAdded(Event):
    """A message became part of the case.

    Attributes:
        digest: the SHA-256 of its text in hexadecimal.
        labels: what the classifiers said.
        visibility: of a message of the brand, who could read it; None in older logs.
        answers: whether a message of the brand answers the customer, where the policy says
            otherwise than that every human message does.
        part_id: the part of our own reply that it is; None for what did not leave by our outbox.
    """

    type: ClassVar[str] = "interaction_added"

    interaction_id: InteractionId
    thread_id: ThreadId
    direction: Direction
    posted_at: datetime
    digest: str
    automated: bool = False
    labels: tuple[Label, ...] = ()
    visibility: Visibility | None = None
    answers: bool | None = None
    part_id: str | None = None


@frozen(kw_only=True, slots=False)
class InteractionRevised(Event):
    """A message of the case was edited or taken away. ``digest`` is that of the text now."""

    type: ClassVar[str] = "interaction_revised"

    interaction_id: InteractionId
    revision: int
    deleted: bool
    digest: str


@frozen(kw_only=True, slots=False)
class ReceiptRecorded(Event):
    """A message of the brand came further on its way."""

    type: ClassVar[str] = "receipt_recorded"

    interaction_id: InteractionId
    status: Delivery
    detail: str = ""


@frozen(kw_only=True, slots=False)
class CaseTriaged(Event):
    """What the case is about and what to do, with the reasons.

    ``why`` has one line per step: the label or rule that gave the reason, the engagement, the
    base priority, and each addition to it.
    """

    type: ClassVar[str] = "case_triaged"

    reason: str | None
    priority: Priority
    severity: Severity
    contact_type: str | None
    language: str | None
    sentiment: str
    engagement: EngagementKind
    engagement_code: str | None
    policy_version: str
    why: tuple[str, ...]


@frozen(kw_only=True, slots=False)
class CaseRouted(Event):
    """The case was put into a queue. ``rule`` names the rule, ``source`` who decided.

    ``skills`` is what an agent needs for it there.
    """

    type: ClassVar[str] = "case_routed"

    queue: str
    team: str | None
    policy_version: str
    rule: str
    source: str
    skills: tuple[SkillNeed, ...] = ()


@frozen(kw_only=True, slots=False)
class CaseAssigned(Event):
    """An agent owns the case now; None gives it back to its queue.

    Attributes:
        agent: who.
        why: how this agent was found; None in older logs, and where nobody looked for one.
        over_capacity: whether the agent had no capacity left for it.
    """

    type: ClassVar[str] = "case_assigned"

    agent: str | None
    why: Why | None = None
    over_capacity: bool = False


@frozen(kw_only=True, slots=False)
class StateChanged(Event):
    """The case moved to another state.

    Attributes:
        state: the state it is in now.
        code: the coded reason, required for ``dismissed``.
        until: when a snooze ends.
        merged_into: the case that took it over, for ``merged``.
    """

    type: ClassVar[str] = "state_changed"

    state: CaseState
    code: str | None = None
    until: datetime | None = None
    merged_into: CaseId | None = None


@frozen(kw_only=True, slots=False)
class ReasonSet(Event):
    """Somebody set the contact reason."""

    type: ClassVar[str] = "reason_set"

    reason: str | None


@frozen(kw_only=True, slots=False)
class PrioritySet(Event):
    """Somebody set the priority."""

    type: ClassVar[str] = "priority_set"

    priority: Priority


@frozen(kw_only=True, slots=False)
class NoteAdded(Event):
    """An internal note was written.

    ``digest`` is the SHA-256 of its text in hexadecimal, ``answers`` whether the policy takes it
    for an answer to the customer.
    """

    type: ClassVar[str] = "note_added"

    note_id: str
    digest: str
    answers: bool = False


@frozen(kw_only=True, slots=False)
class CaseLinked(Event):
    """Another case is related to this one."""

    type: ClassVar[str] = "case_linked"

    other: CaseId
    relation: str


@frozen(kw_only=True, slots=False)
class CustomerIdentified(Event):
    """The case's identity was linked to a customer, or the link was taken back (None)."""

    type: ClassVar[str] = "customer_identified"

    customer_id: CustomerId | None
    tier: str | None
    assurance: Assurance
    evidence: str


@frozen(kw_only=True, slots=False)
class Tally:
    """Counts and times that follow from a case's messages (see ``Case``)."""

    inbound_count: int
    outbound_count: int
    opened_at: datetime | None
    first_response_at: datetime | None
    last_inbound_at: datetime | None
    last_outbound_at: datetime | None
    early_answers: tuple[datetime, ...]
    threads: tuple[ThreadId, ...]
    unanswered: tuple[datetime, ...] = ()
    answered_at: datetime | None = None
    cycle: int = 0
    answers: int = 0


@frozen(kw_only=True, slots=False)
class InteractionsMoved(Event):
    """Messages left for, or came from, another case; ``tally`` is what holds afterwards.

    ``relation`` is what the other case is to this one: ``merged_from``, ``split_into`` or
    ``split_from``.
    """

    type: ClassVar[str] = "interactions_moved"

    other: CaseId
    relation: str
    interactions: tuple[InteractionId, ...]
    tally: Tally


@frozen(kw_only=True, slots=False)
class SlaApplied(Event):
    """The clocks of a case run under these terms from now on; what has elapsed stays.

    ``rule`` names the rule that gave the targets, ``source`` who decided: ``policy`` or a plugin.
    """

    type: ClassVar[str] = "sla_applied"

    terms: Terms
    rule: str
    source: str
    policy_version: str


@frozen(kw_only=True, slots=False)
class SlaRecalculated(Event):
    """Somebody had the clocks of a case counted anew from their beginning, under these terms."""

    type: ClassVar[str] = "sla_recalculated"

    terms: Terms
    rule: str
    source: str
    policy_version: str


@frozen(kw_only=True, slots=False)
class SlaWarned(Event):
    """A clock came near its end; ``at`` is when it did, whenever somebody noticed.

    Attributes:
        clock: which clock (``core.terms.ClockName``).
        instance: which of that name.
        since: when it began.
        due: when it would be due, as things stood.
        mark: which warning: a share of the target (``0.75``), or seconds before its end
            (``-900s``).
        late: whether it was noticed so late that nobody could act on it in time.
    """

    type: ClassVar[str] = "sla_warned"

    clock: str
    instance: int
    since: datetime
    due: datetime
    mark: str
    late: bool = False


@frozen(kw_only=True, slots=False)
class SlaBreached(Event):
    """A clock ran out; ``at`` is when it did, whenever somebody noticed. For the rest see above."""

    type: ClassVar[str] = "sla_breached"

    clock: str
    instance: int
    since: datetime
    due: datetime
    late: bool = False


@frozen(kw_only=True, slots=False)
class SlaVoided(Event):
    """A breach turned out to be none; ``evidence`` says what came to light."""

    type: ClassVar[str] = "sla_voided"

    clock: str
    instance: int
    since: datetime
    due: datetime
    evidence: str


_EVENTS: tuple[type[Event], ...] = (
    CaseOpened,
    InteractionAdded,
    InteractionRevised,
    ReceiptRecorded,
    CaseTriaged,
    CaseRouted,
    CaseAssigned,
    StateChanged,
    ReasonSet,
    PrioritySet,
    NoteAdded,
    CaseLinked,
    CustomerIdentified,
    InteractionsMoved,
    SlaApplied,
    SlaRecalculated,
    SlaWarned,
    SlaBreached,
    SlaVoided,
    CaseOffered,
    OfferDeclined,
    OfferExpired,
    CaseEscalated,
    EscalationReminded,
    EscalationAccepted,
    EscalationReturned,
    EscalationExpired,
    PersonAsked,
    *REPLY_EVENTS,
)
EVENT_TYPES: dict[str, type[Event]] = {cls.type: cls for cls in _EVENTS}
"""Every event by the name it is stored under."""
