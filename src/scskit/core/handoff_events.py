"""What can happen to a case on its way from public to private."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from attrs import frozen

from scskit.core.event import Event


@frozen(kw_only=True, slots=False)
class HandoffOffered(Event):
    """Somebody was invited to go on in private.

    Attributes:
        identity_id: who was invited.
        account_id: where they are expected.
        origin: the account that invited them.
        how: ``private_reply``, ``direct_message`` or ``deep_link``.
        until: for how long what they write is taken for an answer to it.
        replies: the acknowledgement and the invitation.
    """

    type: ClassVar[str] = "handoff_offered"

    identity_id: str
    account_id: str
    origin: str
    how: str
    until: datetime
    replies: tuple[str, ...]


@frozen(kw_only=True, slots=False)
class HandoffJoined(Event):
    """A private conversation was found to go on what began in public.

    Attributes:
        thread_id: the conversation.
        identity_id: who wrote in it.
        offered_at: when they were invited.
        evidence: why it is taken for the same matter: ``same_identity``, ``same_customer`` or
            ``same_thread``, where the brand had written in it first.
        others: cases that the same person had been invited from before; this one is the latest.
    """

    type: ClassVar[str] = "handoff_joined"

    thread_id: str
    identity_id: str
    offered_at: datetime
    evidence: str
    others: tuple[str, ...] = ()


@frozen(kw_only=True, slots=False)
class ChannelContinued(Event):
    """A case goes on with the person on another account; they agreed.

    Attributes:
        account_id: the account.
        identity_id: the person there.
        consent: what shows that they agreed.
        reply_id: what was written to them first.
    """

    type: ClassVar[str] = "channel_continued"

    account_id: str
    identity_id: str
    consent: str
    reply_id: str


HANDOFF_EVENTS: tuple[type[Event], ...] = (HandoffOffered, HandoffJoined, ChannelContinued)
"""They move a case's version and nothing else of it."""
