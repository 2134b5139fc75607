"""What arrives: messages, and what happens to them later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from attrs import Factory, evolve, field, frozen

from scskit.core.errors import ErrorClass
from scskit.core.identity import Author
from scskit.core.ids import CaseId, IdentityId, InteractionId, ThreadId
from scskit.core.vocabulary import (
    DELIVERY_RANK,
    Delivery,
    Direction,
    IntakeKind,
    IntakeState,
    InteractionKind,
    Visibility,
)

__all__ = [
    "DELIVERY_RANK",
    "Attachment",
    "Deletion",
    "Delivery",
    "Direction",
    "Edit",
    "Inbound",
    "IntakeKind",
    "IntakeState",
    "Interaction",
    "InteractionKind",
    "Message",
    "Parsed",
    "Receipt",
    "Signal",
    "Thread",
    "Unreadable",
    "Visibility",
    "seen_by",
]


@frozen(kw_only=True)
class Attachment:
    """A medium that came with a message.

    Attributes:
        kind: ``image``, ``video``, ``audio``, ``file``, ``location``, ``sticker`` or ``link``.
        url: where the network keeps it; such addresses expire.
        external_id: the network's id of the medium.
        title: the description or file name.
        media_type: the MIME type, when told.
        size: how many bytes it has, where it is to be sent and somebody knows; not kept.
    """

    kind: str
    url: str = ""
    external_id: str = ""
    title: str = ""
    media_type: str = ""
    size: int | None = None


@frozen(kw_only=True)
class Message:
    """One post, comment, reply, direct message or review, as a connector hands it over.

    Attributes:
        account: the id of the account that received or sent it.
        external_id: the network's id of the message, unique in the account.
        author: who wrote it; for an outbound message, the account's own handle.
        posted_at: the network's time, aware.
        text: plain text, as people read it.
        kind: what it is on the network.
        visibility: ``public`` or ``private``.
        direction: ``outbound`` for what the brand wrote, also outside scskit (an echo).
        thread: the network's key of the conversation, when it has one.
        parent: the external id of the message this one answers, when it answers one.
        addressed_to: on an outbound private message, the external id of the person it went to.
        addressed_also: further ids, or spellings of one, of the person that ``addressed_to`` names,
            in the network's own word.
        automated: written by a machine; never counts as a human answer.
        language: BCP 47 code, when the network tells.
        shared_from: the external id of the message this one merely repeats (a retweet).
        attachments: media.
        labels: what the source already knows about it, kept as labels of source ``given``.
        extra: anything else worth keeping; JSON values.
    """

    account: str
    external_id: str
    author: Author
    posted_at: datetime
    text: str = ""
    kind: InteractionKind = "post"
    visibility: Visibility = "public"
    direction: Direction = "inbound"
    thread: str | None = None
    parent: str | None = None
    addressed_to: str | None = None
    addressed_also: tuple[str, ...] = ()
    automated: bool = False
    language: str | None = None
    shared_from: str | None = None
    attachments: tuple[Attachment, ...] = ()
    labels: dict[str, str] = field(factory=dict)
    extra: dict[str, Any] = field(factory=dict)


@frozen(kw_only=True)
class Edit:
    """The author changed a message.

    Attributes:
        account: the account that received it.
        target: the external id of the changed message.
        edited_at: when, aware.
        text: the text it has now.
        revision: the network's own revision number, when it counts; otherwise the edit's time.
        author: who changed it, when the network tells.
        direction: ``outbound`` where the brand did.
        visibility: ``public`` or ``private``, when that is known.
    """

    account: str
    target: str
    edited_at: datetime
    text: str
    revision: int | None = None
    author: Author | None = None
    direction: Direction = "inbound"
    visibility: Visibility | None = None


@frozen(kw_only=True)
class Deletion:
    """The author or the network took a message away.

    Attributes:
        account: the account that received it.
        target: the external id of the removed message.
        deleted_at: when, aware.
        author: who took it away, when the network tells.
        direction: ``outbound`` where the brand did.
        visibility: ``public`` or ``private``, when that is known.
    """

    account: str
    target: str
    deleted_at: datetime
    author: Author | None = None
    direction: Direction = "inbound"
    visibility: Visibility | None = None


@frozen(kw_only=True)
class Receipt:
    """What became of a message that the brand sent.

    Attributes:
        account: the account that sent it.
        target: the external id of the sent message.
        status: how far it came.
        at: when, aware.
        detail: the network's error text when it failed.
        error_class: why it failed, in words that all networks share.
        reference: the id of the ``Outbound``, where the network gives back what it was given; by
            it a message is known whose outcome was unknown.
        event: what the network calls it, where that is not ``status:`` and the status.
        author: who got or read it, when the network tells.
        visibility: ``public`` or ``private``, when that is known.
    """

    account: str
    target: str
    status: Delivery
    at: datetime
    detail: str = ""
    error_class: ErrorClass | None = None
    reference: str | None = None
    event: str = ""
    author: Author | None = None
    visibility: Visibility | None = None


Inbound = Message | Edit | Deletion | Receipt
"""What the desk takes in."""


@frozen(kw_only=True)
class Signal:
    """Something that a network tells and that is neither a message nor changes one.

    A reaction, somebody typing, a comment hidden, a conversation handed over, a follower.

    Attributes:
        account: the account that received it.
        event: what happened, such as ``reaction``, ``hide``, ``typing``.
        at: when, aware.
        target: the external id of the message it is about, if it is about one.
        author: who did it, when the network tells.
        same_person: ids that are one person's, in the network's own word: an id or number that
            was exchanged for another one, the newest last.
        detail: anything else worth keeping; JSON values.
        visibility: ``public`` or ``private``, when that is known.
    """

    account: str
    event: str
    at: datetime
    target: str | None = None
    author: Author | None = None
    same_person: tuple[str, ...] = ()
    detail: dict[str, Any] = field(factory=dict)
    visibility: Visibility | None = None


@frozen(kw_only=True)
class Unreadable:
    """One item of a body that its connector cannot understand; the others go on without it.

    Attributes:
        reason: what is wrong with it, for people.
        payload: the item as it came; JSON values.
    """

    reason: str
    payload: Any


Parsed = Inbound | Signal | Unreadable
"""What a connector makes of one item of a request."""


def seen_by(visibility: Visibility, items: Iterable[Parsed]) -> Iterator[Parsed]:
    """Say of what happens to messages whether that is public or private, where all of it is."""
    for item in items:
        if isinstance(item, Edit | Deletion | Receipt | Signal) and item.visibility is None:
            yield evolve(item, visibility=visibility)
        else:
            yield item


@frozen(kw_only=True, slots=False)
class Interaction:
    """A message as the desk keeps it, at its latest revision.

    Attributes:
        id: made by the desk.
        external_id: the network's id.
        account_id: the account that received or sent it.
        thread_id: the thread it stands in.
        identity_id: who wrote it; None for what the brand wrote.
        case_id: the case it belongs to; None for the brand's own posts that answer nobody.
        kind: what it is on the network.
        visibility: ``public`` or ``private``.
        direction: ``inbound`` or ``outbound``.
        text: the text of the latest revision; empty after a deletion.
        language: the language decided at triage.
        posted_at: the network's time.
        received_at: when we acknowledged it.
        applied_at: when it became part of a case.
        parent: external id of the message it answers.
        revision: 0 as first seen; higher after edits and a deletion.
        deleted: whether it was taken away.
        delivery: for outbound messages, how far it came.
        automated: written by a machine.
        attachments: media.
        original_text: the text exactly as received, where it held characters that no database
            keeps (NUL, lone surrogates) and ``text`` shows U+FFFD instead.
        extra: whatever else the connector kept.
    """

    id: InteractionId
    external_id: str
    account_id: str
    thread_id: ThreadId
    identity_id: IdentityId | None
    case_id: CaseId | None
    kind: InteractionKind
    visibility: Visibility
    direction: Direction
    text: str
    language: str | None
    posted_at: datetime
    received_at: datetime
    applied_at: datetime
    parent: str | None = None
    revision: int = 0
    deleted: bool = False
    delivery: Delivery | None = None
    automated: bool = False
    attachments: tuple[Attachment, ...] = ()
    original_text: str | None = None
    extra: dict[str, Any] = Factory(dict)


@frozen(kw_only=True)
class Thread:
    """One conversation on one network, as the network keys it.

    Attributes:
        id: ``account:key``.
        account_id: the account it belongs to.
        key: the network's key; the root message's id where the network has none.
        visibility: ``public`` or ``private``.
        language: the language last decided in it.
    """

    id: ThreadId
    account_id: str
    key: str
    visibility: Visibility
    language: str | None = None
