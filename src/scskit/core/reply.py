"""Replies on their way out: the draft, what speaks against it, what leaves, what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from attrs import field, frozen

from scskit.core.ids import CaseId
from scskit.core.interaction import Attachment, Delivery, Visibility


@frozen(kw_only=True)
class Draft:
    """A reply that somebody proposes; nothing has left yet.

    Attributes:
        case_id: the case it answers.
        text: what it says.
        account: the id of the account it would be sent by.
        visibility: ``public`` or ``private``.
        thread: the network's key of the conversation it goes to.
        in_reply_to: the external id of the message it answers.
        attachments: media that go with it.
        by: who wrote it: an actor such as ``agent:ana``, or the plugin that suggests it.
        automated: written by a machine; never counts as a human answer.
        rule: why it is suggested, for people.
        confidence: of a suggestion, how sure its source is that it answers the customer, from 0 to
            1; None where it does not say.
        extra: what only this network understands, such as a template; JSON values.
        recipient: for a private message, the external id of the person it goes to; the desk
            fills it in before it asks for reasons against it, like the three that follow.
        last_heard_at: when the person last wrote in the conversation that it goes to.
        answered_at: when the message it answers was written.
        answers: the ``extra`` of the message it answers, as the connector gave it.
        answered_privately: what was said in public, and this answers, was answered in private
            before; some networks let that happen once.
    """

    case_id: CaseId
    text: str
    account: str = ""
    visibility: Visibility = "public"
    thread: str | None = None
    in_reply_to: str | None = None
    attachments: tuple[Attachment, ...] = ()
    by: str = ""
    automated: bool = False
    rule: str = ""
    confidence: float | None = None
    extra: dict[str, Any] = field(factory=dict)
    recipient: str | None = None
    last_heard_at: datetime | None = None
    answered_at: datetime | None = None
    answers: dict[str, Any] = field(factory=dict)
    answered_privately: bool = False


Remedy = Literal["block", "private", "template", "approval"]
"""What would let a draft through: nothing but other words, or to say it in private, by a template
that the network approved, or with somebody's approval."""


@frozen
class Violation:
    """One reason why a draft may not be sent as it is.

    Attributes:
        code: what is wrong, for programs, such as ``card_number``.
        message: what is wrong and what to do, for people; never the words that are wrong.
        source: the plugin that says so.
        start: where in the draft's text it is, in characters from 0; None for the whole.
        end: behind its last character.
        remedy: what would let the draft through.
    """

    code: str
    message: str
    source: str = ""
    start: int | None = None
    end: int | None = None
    remedy: Remedy = "block"

    def __str__(self) -> str:
        """Say it as ``ReplyRefused`` joins it with others."""
        return f"{self.message} [{self.code}]"


@frozen(kw_only=True)
class Outbound:
    """A message that leaves: everything a connector needs to send it.

    Attributes:
        id: made by the desk, the same at every attempt; what a network that knows idempotency
            keys is given as one.
        case_id: the case it answers.
        account: the id of the account that sends it.
        text: what it says.
        visibility: ``public`` or ``private``.
        thread: the network's key of the conversation it goes to.
        in_reply_to: the external id of the message it answers.
        recipient: for a private message, the external id of the person it goes to.
        attachments: media that go with it.
        created_at: when it was accepted for sending, aware; ``find_sent`` looks from here on.
        automated: written by a machine.
        last_heard_at: when the person last wrote in this conversation, if they did; networks
            count from here for how long they may be answered.
        extra: what only this network understands, such as a template; JSON values.
        crosses: it answers in private what was said in public: ``thread`` and ``in_reply_to``
            are the public ones.
        answered_at: when the message it answers was written.
        answers: the ``extra`` of the message it answers, as the connector gave it.
        others: external ids of messages that are known to be others, whatever they say; filled in
            for ``find_sent``, which passes over them.
    """

    id: str
    case_id: CaseId
    account: str
    text: str
    visibility: Visibility
    created_at: datetime
    thread: str | None = None
    in_reply_to: str | None = None
    recipient: str | None = None
    attachments: tuple[Attachment, ...] = ()
    automated: bool = False
    last_heard_at: datetime | None = None
    extra: dict[str, Any] = field(factory=dict)
    crosses: bool = False
    answered_at: datetime | None = None
    answers: dict[str, Any] = field(factory=dict)
    others: tuple[str, ...] = ()


@frozen(kw_only=True)
class DeliveryReceipt:
    """What the network answered when a message was handed over.

    Attributes:
        external_id: the network's id of the sent message; how its echo is known again.
        status: how far it came; most networks say ``sent`` and tell the rest later.
        at: the network's time, aware, when it tells.
        detail: anything it said that people should see.
        recipient: the network's own id of the person it went to, where it tells one: it may be
            another than the message was addressed to, and is the same person.
        thread: the network's key of the conversation it stands in, where that is another than the
            message was addressed to.
    """

    external_id: str
    status: Delivery = "sent"
    at: datetime | None = None
    detail: str = ""
    recipient: str | None = None
    thread: str | None = None
