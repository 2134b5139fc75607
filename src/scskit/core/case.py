"""The case: the unit of work."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from attrs import frozen

from scskit.core.escalation import NO_ESCALATION, Escalation
from scskit.core.ids import AccountId, CaseId, CustomerId, IdentityId, ThreadId
from scskit.core.refusal import Refusal
from scskit.core.skills import SkillNeed
from scskit.core.terms import Applied, Notice, Stretch
from scskit.core.vocabulary import (
    CATEGORY,
    PRIORITIES,
    STATES,
    CaseState,
    Category,
    EngagementKind,
    Priority,
    Severity,
)

__all__ = [
    "CATEGORY",
    "PRIORITIES",
    "STATES",
    "Case",
    "CaseState",
    "Category",
    "EngagementKind",
    "Note",
    "Priority",
    "RelatedCase",
    "Severity",
]


@frozen
class RelatedCase:
    """Another case and what it is to this one (``follows``, ``split_from``, ``related`` ...)."""

    case_id: CaseId
    relation: str


@frozen(kw_only=True, slots=False)
class Case:
    """One customer's matter: what is stored of it is exactly what its events say.

    Attributes:
        id: made by the desk, time-ordered.
        version: how many events it has; commands may demand it (``expected_version``).
        state: see ``core.lifecycle``.
        account_id: the account it came in by.
        thread_id: the thread it was opened in.
        identity_id: the handle of the person it serves, in that thread.
        visibility: whether that thread is public or private.
        opened_at: the network's time of the oldest customer message in it.
        updated_at: when its last event happened.
        policy_version: the policy that its last decision was taken under.
        customer_id: the customer, once known.
        tier: that customer's tier.
        priority: order of work.
        severity: size of harm.
        level: the tier of support that owns it, 1 and up.
        reason: the contact reason, a dotted path in the tree.
        contact_type: request, query, complaint, claim, praise or brand_mention.
        language: BCP 47 code.
        sentiment: ``unknown`` until a classifier says otherwise.
        engagement: what the brand does about it.
        engagement_code: the coded reason, whenever that is not to answer.
        queue: where it waits.
        team: who works that queue.
        agent: who owns it.
        first_response_at: the earliest human answer to the customer, by the network's time.
        last_inbound_at: the latest customer message.
        last_outbound_at: the latest message of the brand.
        solved_at: when it was last solved.
        closed_at: when it was closed, dismissed or merged.
        snoozed_until: when a snooze ends.
        inbound_count: customer messages.
        outbound_count: messages of the brand.
        reopened_count: how often it was reopened.
        merged_into: the case that took it over.
        other_threads: further threads that belong to it.
        related: other cases and what they are to it.
        early_answers: human messages of the brand that are older than the oldest customer
            message known so far; one of them becomes the first response if an older customer
            message arrives late.
        by_hand: what a person has set (``priority``, ``queue``, ``reason``): no later message
            changes it; ``person`` once the customer asked for one.
        escalation: what was offered to other levels and areas, and what they made of it.
        calm_at: the oldest customer message with a sentiment other than negative.
        upset_at: the latest customer message with a negative sentiment.
        queued_at: since when it waits in its queue.
        offered_to: the agent that it is offered to.
        offer_until: when that offer ends.
        last_agent: who owned it last.
        last_agent_at: until when; for its agent of now, since when.
        skills: what an agent needs for it.
        refusals: who declined it, or let the offer expire, since it last had an agent.
        unanswered: when the customer wrote since the latest answer, oldest first; of very many
            the first and the latest (``waits.MOST_UNANSWERED``).
        answered_at: the latest answer that counts.
        cycle: how often the customer has begun to wait for an answer.
        answers: how often an answer came that was later than all before it.
        acknowledged_at: when an agent first took it at its level.
        level_since: when it came to its level; None since the beginning.
        pauses: when it waited or was solved, in the order in which that began.
        sla: the terms of its clocks, one after the other.
        notices: what its clocks have said.
    """

    id: CaseId
    version: int
    state: CaseState
    account_id: AccountId
    thread_id: ThreadId
    identity_id: IdentityId
    visibility: str
    opened_at: datetime
    updated_at: datetime
    policy_version: str
    customer_id: CustomerId | None = None
    tier: str | None = None
    priority: Priority = "P3"
    severity: Severity = "S3"
    level: int = 1
    reason: str | None = None
    contact_type: str | None = None
    language: str | None = None
    sentiment: str = "unknown"
    engagement: EngagementKind = "answer"
    engagement_code: str | None = None
    queue: str | None = None
    team: str | None = None
    agent: str | None = None
    first_response_at: datetime | None = None
    last_inbound_at: datetime | None = None
    last_outbound_at: datetime | None = None
    solved_at: datetime | None = None
    closed_at: datetime | None = None
    snoozed_until: datetime | None = None
    inbound_count: int = 0
    outbound_count: int = 0
    reopened_count: int = 0
    merged_into: CaseId | None = None
    other_threads: tuple[ThreadId, ...] = ()
    related: tuple[RelatedCase, ...] = ()
    early_answers: tuple[datetime, ...] = ()
    by_hand: tuple[str, ...] = ()
    escalation: Escalation = NO_ESCALATION
    calm_at: datetime | None = None
    upset_at: datetime | None = None
    queued_at: datetime | None = None
    offered_to: str | None = None
    offer_until: datetime | None = None
    last_agent: str | None = None
    last_agent_at: datetime | None = None
    skills: tuple[SkillNeed, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    unanswered: tuple[datetime, ...] = ()
    answered_at: datetime | None = None
    cycle: int = 0
    answers: int = 0
    acknowledged_at: datetime | None = None
    level_since: datetime | None = None
    pauses: tuple[Stretch, ...] = ()
    sla: tuple[Applied, ...] = ()
    notices: tuple[Notice, ...] = ()

    @property
    def category(self) -> Category:
        """Whether somebody should act (active), waits (waiting) or is finished (done)."""
        return CATEGORY[self.state]

    @classmethod
    def of(cls, attributes: dict[str, Any]) -> Case:
        """Return the case with exactly these attributes: all of them, as a store keeps them.

        As with ``replace``: the constructor takes half of the time that reading a case does.
        """
        case = object.__new__(cls)
        case.__dict__.update(attributes)
        return case

    def replace(self, **changes: Any) -> Case:  # noqa: ANN401  each attribute has its own type
        """Return a copy with some attributes changed.

        A plain dictionary copy: an order of magnitude cheaper than running the constructor, and
        every event applies one.
        """
        copy = object.__new__(Case)
        attributes = copy.__dict__
        attributes.update(self.__dict__)
        attributes.update(changes)
        return copy


@frozen(kw_only=True)
class Note:
    """An internal remark on a case; it never leaves.

    Attributes:
        id: made by the desk.
        case_id: the case it stands on.
        written_by: the actor.
        written_at: when.
        text: what it says.
    """

    id: str
    case_id: CaseId
    written_by: str
    written_at: datetime
    text: str
