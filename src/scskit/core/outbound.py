"""Replies as the desk keeps them, and what of them is on its way.

A reply is what somebody wrote; its parts (a text, each medium) are what leaves, one after the
other. Until a reply is queued it moves as a whole; from then on its parts move, and its state is
what follows from theirs::

    draft ──► awaiting_approval ──► rejected
      └──────────────┴──► queued    (draft, awaiting_approval ──► cancelled)

    queued ──► sending ──► sent ──► delivered ──► read
      │  ▲        │  │      └──────────► failed ──► queued (re-driven)
      │  └────────┘  └──► unknown ──► sent, delivered, read, failed, queued (looked, not there)
      └──► cancelled, failed; sent, delivered, read (an earlier attempt turns out to have arrived)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal, get_args
from unicodedata import normalize

from attrs import field, frozen

from scskit.core.errors import ErrorClass, IllegalTransition
from scskit.core.ids import CaseId, ThreadId
from scskit.core.interaction import Attachment, Visibility
from scskit.core.reply import Outbound

PartState = Literal[
    "queued", "sending", "unknown", "sent", "delivered", "read", "failed", "cancelled"
]
PART_STATES: tuple[PartState, ...] = get_args(PartState)

ReplyState = Literal[
    "draft",
    "awaiting_approval",
    "rejected",
    "queued",
    "sending",
    "unknown",
    "sent",
    "delivered",
    "read",
    "failed",
    "cancelled",
]
REPLY_STATES: tuple[ReplyState, ...] = get_args(ReplyState)

PartKind = Literal["message", "hide", "unhide"]
"""``hide`` and ``unhide`` act on the customer's message named by ``in_reply_to``."""

Purpose = Literal[
    "reply", "acknowledgement", "invitation", "verification", "closing", "notice", "announcement"
]
"""What a reply is for; ``invitation`` leads from public to private."""

PART_MOVES: Mapping[PartState, frozenset[PartState]] = {
    "queued": frozenset({"sending", "cancelled", "failed", "sent", "delivered", "read"}),
    "sending": frozenset({"queued", "unknown", "sent", "delivered", "read", "failed"}),
    "unknown": frozenset({"queued", "sent", "delivered", "read", "failed"}),
    "sent": frozenset({"delivered", "read", "failed"}),
    "delivered": frozenset({"read"}),
    "read": frozenset(),
    "failed": frozenset({"queued", "sent", "delivered", "read"}),
    "cancelled": frozenset(),
}
"""The drawing above, for parts. A failure is refuted by whatever the network says later."""

REPLY_MOVES: Mapping[ReplyState, frozenset[ReplyState]] = {
    "draft": frozenset({"awaiting_approval", "queued", "cancelled"}),
    "awaiting_approval": frozenset({"draft", "queued", "rejected", "cancelled"}),
    "rejected": frozenset({"draft", "cancelled"}),
}
"""The drawing above, for replies that are not queued yet. An edit leads back to ``draft``."""

ARRIVED: frozenset[PartState] = frozenset({"sent", "delivered", "read"})
UNDER_WAY: frozenset[PartState] = frozenset({"sending", "unknown"})


def require_part_move(part: str, now: PartState, to: PartState) -> None:
    """Refuse a move that the drawing does not have.

    Raises:
        IllegalTransition: it has no such arrow.
    """
    if to not in PART_MOVES[now]:
        allowed = ", ".join(sorted(PART_MOVES[now])) or "nothing"
        message = f"part {part} is {now}: it cannot become {to}, only {allowed}"
        raise IllegalTransition(message)


def require_reply_move(reply: str, now: ReplyState, to: ReplyState) -> None:
    """Refuse a move that the drawing does not have.

    Raises:
        IllegalTransition: it has no such arrow.
    """
    moves = REPLY_MOVES.get(now, frozenset())
    if to not in moves:
        allowed = f", only {', '.join(sorted(moves))}" if moves else ""
        message = f"reply {reply} is {now}: it cannot become {to}{allowed}"
        raise IllegalTransition(message)


@frozen(kw_only=True)
class Approval:
    """What an approver said, and of which words.

    Attributes:
        by: the approver.
        at: when.
        body_hash: of the words that were approved; any other words are not.
        approved: whether it was a yes.
        because: why.
    """

    by: str
    at: datetime
    body_hash: str
    approved: bool
    because: str = ""


@frozen(kw_only=True)
class Whisper:
    """A remark on a draft among colleagues; nothing that leaves is ever made of it."""

    by: str
    at: datetime
    text: str


@frozen(kw_only=True)
class Reply:
    """What somebody wants to say to a customer.

    Attributes:
        id: made by the desk, time-ordered.
        case_id: the case it answers.
        version: how often it was changed.
        state: where it stands; of its parts, once it is queued.
        account_id: the account that says it.
        thread_id: the conversation it goes to.
        visibility: ``public`` or ``private``.
        text: what it says.
        by: who wrote it.
        authors: everybody who wrote or changed it: none of them approves it.
        body_hash: what tells its words from any other.
        automated: a machine wrote it; never counts as a human answer.
        purpose: what it is for.
        in_reply_to: the external id of the message it answers.
        recipient: of a private one, the external id of the person it goes to.
        attachments: media that go with it.
        extra: what only this network understands; JSON values.
        template: the template it was made from, with its version: ``welcome@3f2a``.
        case_version: the version of the case that its author saw.
        seen_inbound: how many messages of the customer its author saw.
        seen_answers: how many answers.
        created_at: when it was drafted.
        updated_at: when it was last changed.
        not_before: when it may leave at the earliest.
        expires_at: until when an approval that is asked for, or given, holds.
        asked_for: why it needs an approval, in words.
        approvals: what approvers said, oldest first.
        whispers: remarks among colleagues.
        code: why it was cancelled or rejected, such as ``superseded``.
        detail: the same in words.
    """

    id: str
    case_id: CaseId
    version: int
    state: ReplyState
    account_id: str
    thread_id: ThreadId
    visibility: Visibility
    text: str
    by: str
    body_hash: str
    case_version: int
    created_at: datetime
    updated_at: datetime
    authors: tuple[str, ...] = ()
    automated: bool = False
    purpose: Purpose = "reply"
    in_reply_to: str | None = None
    recipient: str | None = None
    attachments: tuple[Attachment, ...] = ()
    extra: dict[str, Any] = field(factory=dict)
    template: str = ""
    not_before: datetime | None = None
    expires_at: datetime | None = None
    asked_for: tuple[str, ...] = ()
    seen_inbound: int = 0
    seen_answers: int = 0
    approvals: tuple[Approval, ...] = ()
    whispers: tuple[Whisper, ...] = ()
    code: str = ""
    detail: str = ""

    @property
    def thread_key(self) -> str:
        """The network's own key of the conversation."""
        return self.thread_id[len(self.account_id) + 1 :]


@frozen(kw_only=True)
class Part:
    """One message of a reply, as it stands in the outbox.

    Attributes:
        outbound: what leaves; its ``id`` is the part's.
        reply_id: the reply it is part of.
        number: its place among the parts, from 1.
        kind: a message, or an act on the customer's message.
        lane: what has to stay in order: the conversation.
        place: its place in the lane: when it was queued, or is to leave.
        state: where it stands.
        by: who wrote it.
        purpose: what it is for.
        ready_at: when the outbox has to look at it next; None when only a person, a receipt or
            an echo can move it on.
        attempts: how often it was tried.
        forgiven: how many of these do not count: those before somebody queued it again, those
            that were not begun or only told to wait, and looks.
        looks: how often somebody looked in vain whether it arrived, since that is unknown.
        external_id: the network's id, once it is known.
        code: the network's own code of what went wrong, or ours.
        error_class: the same in words that all networks share.
        detail: the same for people.
    """

    outbound: Outbound
    reply_id: str
    number: int
    lane: str
    place: datetime
    state: PartState
    by: str
    kind: PartKind = "message"
    purpose: Purpose = "reply"
    ready_at: datetime | None = None
    attempts: int = 0
    forgiven: int = 0
    looks: int = 0
    external_id: str | None = None
    code: str = ""
    error_class: ErrorClass | None = None
    detail: str = ""

    @property
    def id(self) -> str:
        """The id, the same at every attempt."""
        return self.outbound.id

    @property
    def tries(self) -> int:
        """How many attempts to send it count."""
        return self.attempts - self.forgiven


AttemptOutcome = Literal[
    "under_way", "sent", "retry", "rejected", "credentials", "unknown", "refused", "lost", "found",
    "absent",
]  # fmt: skip
"""What came of an attempt.

``refused``: our own preflight did, nothing left. ``lost``: the process died with it. ``found`` and
``absent`` are what a look for it brought.
"""


@frozen(kw_only=True)
class Attempt:
    """One attempt to deliver a part, written down before anything leaves.

    Attributes:
        part_id: the part.
        number: from 1.
        began_at: when it was written down.
        ended_at: when its outcome was; None while it is under way.
        outcome: what came of it.
        code: the network's own code.
        request_id: by which the network's support finds the request.
        detail: for people, without secrets.
    """

    part_id: str
    number: int
    began_at: datetime
    ended_at: datetime | None = None
    outcome: AttemptOutcome = "under_way"
    code: str = ""
    request_id: str = ""
    detail: str = ""


def lane_to(account: str, person: str | None) -> str:
    """Return the lane of what goes in private to a person who wrote in public."""
    return f"{account}>{person}"


def lane_of_posts(account: str) -> str:
    """Return the lane of what an account says unasked."""
    return f"{account}!posts"


def state_of(parts: Iterable[PartState]) -> ReplyState:
    """Return what the states of its parts make of a reply that was queued.

    The worst news first: whoever looks has to know that something failed or is unknown, then
    that something is still under way, then how far the last of them came.
    """
    states = set(parts)
    for bad in ("failed", "unknown", "sending"):
        if bad in states:
            return bad
    going = states - {"cancelled"}
    if "queued" in going:
        return "queued" if going == {"queued"} else "sending"
    for reached in ("sent", "delivered", "read"):
        if reached in going:
            return reached
    return "cancelled"


def comparable(text: str) -> str:
    """Return what two texts have in common that people read as the same."""
    return " ".join(normalize("NFKC", text).casefold().split())
