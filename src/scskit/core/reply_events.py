"""What can happen to the replies of a case. Their words are not in here, only what proves them."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from attrs import frozen

from scskit.core.challenge_events import CHALLENGE_EVENTS
from scskit.core.event import Event
from scskit.core.handoff_events import HANDOFF_EVENTS


@frozen(kw_only=True, slots=False)
class ReplyQueued(Event):
    """A reply is about to leave. ``by`` is who wrote it.

    Attributes:
        reply_id: the reply.
        digest: the SHA-256 of its text in hexadecimal.
        account_id: the account that says it.
        visibility: who can read it.
        purpose: what it is for.
        automated: a machine wrote it.
        parts: the ids of its parts, in order.
        approved_by: who approved it, where that was needed.
        not_before: when it may leave at the earliest.
        template: the template it was made from, with its version.
        policy_version: the policy that it was allowed under.
    """

    type: ClassVar[str] = "reply_queued"

    reply_id: str
    digest: str
    account_id: str
    visibility: str
    parts: tuple[str, ...]
    policy_version: str
    purpose: str = "reply"
    automated: bool = False
    approved_by: tuple[str, ...] = ()
    not_before: datetime | None = None
    template: str = ""


@frozen(kw_only=True, slots=False)
class ApprovalRequested(Event):
    """A reply waits for somebody to approve it; ``reasons`` say why, in words."""

    type: ClassVar[str] = "approval_requested"

    reply_id: str
    digest: str
    reasons: tuple[str, ...]
    expires_at: datetime
    policy_version: str


@frozen(kw_only=True, slots=False)
class ReplyApproved(Event):
    """Somebody approved a reply, in exactly these words (``digest``)."""

    type: ClassVar[str] = "reply_approved"

    reply_id: str
    digest: str


@frozen(kw_only=True, slots=False)
class ReplyRejected(Event):
    """Somebody turned a reply down."""

    type: ClassVar[str] = "reply_rejected"

    reply_id: str
    digest: str


@frozen(kw_only=True, slots=False)
class ReplyCancelled(Event):
    """A reply, or what had not left of it (``parts``), will not leave; ``code`` says why."""

    type: ClassVar[str] = "reply_cancelled"

    reply_id: str
    code: str
    parts: tuple[str, ...] = ()


@frozen(kw_only=True, slots=False)
class ReplyFailed(Event):
    """A part of a reply was not delivered, and nobody will try again by themselves.

    ``code`` is the network's own or ours, ``error_class`` the same in words that all networks
    share, ``violations`` the codes of our own checks where they stopped it.
    """

    type: ClassVar[str] = "reply_failed"

    reply_id: str
    part_id: str
    code: str
    error_class: str | None = None
    detail: str = ""
    violations: tuple[str, ...] = ()


@frozen(kw_only=True, slots=False)
class ReplyUnknown(Event):
    """A part of a reply left and no answer came: it may have arrived."""

    type: ClassVar[str] = "reply_unknown"

    reply_id: str
    part_id: str
    detail: str = ""


@frozen(kw_only=True, slots=False)
class ReplyResolved(Event):
    """A person, or a look at the network, found out about a part of unknown outcome.

    ``outcome`` is ``sent`` or ``not_sent``; ``found_by`` is ``person``, ``find_sent``, ``echo`` or
    ``receipt``.
    """

    type: ClassVar[str] = "reply_resolved"

    reply_id: str
    part_id: str
    outcome: str
    found_by: str


@frozen(kw_only=True, slots=False)
class MessageHidden(Event):
    """A customer's message was hidden on the network, or shown again."""

    type: ClassVar[str] = "message_hidden"

    external_id: str
    hidden: bool
    part_id: str


@frozen(kw_only=True, slots=False)
class PersonAsked(Event):
    """The customer asked for a person, by this ``word``: no machine answers in this case again."""

    type: ClassVar[str] = "person_asked"

    word: str


@frozen(kw_only=True, slots=False)
class ConsentRecorded(Event):
    """The author of a public message agreed that the brand passes it on, or took that back.

    ``because`` is the evidence; ``digest`` is that of the words that it holds for.
    """

    type: ClassVar[str] = "consent_recorded"

    external_id: str
    digest: str
    granted: bool


@frozen(kw_only=True, slots=False)
class IncidentLinked(Event):
    """The case is one of many with one cause."""

    type: ClassVar[str] = "incident_linked"

    incident_id: str
    title: str


REPLY_EVENTS: tuple[type[Event], ...] = (
    ReplyQueued,
    ApprovalRequested,
    ReplyApproved,
    ReplyRejected,
    ReplyCancelled,
    ReplyFailed,
    ReplyUnknown,
    ReplyResolved,
    MessageHidden,
    ConsentRecorded,
    IncidentLinked,
    *HANDOFF_EVENTS,
    *CHALLENGE_EVENTS,
)
"""They move a case's version and nothing else of it."""
