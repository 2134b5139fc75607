"""Conversations of an account with its customers, and the messages in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from scskit.testing.network import Thing, verb
from scskit_facebook.fake import talking

if TYPE_CHECKING:
    from scskit_facebook.fake.accounts import Account
    from scskit_facebook.fake.people import Customer
    from scskit_facebook.fake.server import FakeFacebook


class Conversation(Thing[Any]):
    """All that an account and a person wrote to each other.

    Attributes:
        account: the page or Instagram account.
        person: who speaks with it.
        messages: in the order in which they were written.
        heard_at: when the person last did what lets the account write; None for never.
        read_at: up to when the person has read.
        seen_at: up to when the account has read.
        controller: the app that has the conversation, where it is another one.
    """

    network: FakeFacebook

    def __init__(self, account: Account, person: Customer) -> None:
        """Begin it."""
        super().__init__(account.network, "t_" + account.network.digits(16))
        self.account, self.person = account, person
        self.messages: list[Message] = []
        self.heard_at: datetime | None = None
        self.read_at: datetime | None = None
        self.seen_at: datetime | None = None
        self.controller = ""
        self.network.things[self.id] = self

    @property
    def scoped_id(self) -> str:
        """The person's id in it."""
        return self.person.scoped_id(self.account)

    @property
    def changed_at(self) -> datetime | None:
        """When the latest message was written."""
        return max((one.at for one in self.messages), default=None)

    def open_for(self, window: timedelta) -> bool:
        """Tell whether the person was heard within a time."""
        return self.heard_at is not None and self.network.clock.now() < self.heard_at + window


class Message(Thing[Any]):
    """A message, of either side.

    Attributes:
        conversation: where it stands.
        own: whether the account wrote it.
        text: what it says now.
        attachments: as webhooks tell of them: ``{"type", "payload"}``.
        extra: what else it holds, as webhooks tell of it.
        at: when it was written.
        app_id: the app that sent it; empty for people.
        edits: how often it was changed.
        removed: whether it was taken back.
        emoji: the reaction of the other side.
    """

    network: FakeFacebook

    def __init__(  # noqa: PLR0913  what a message is made of
        self,
        conversation: Conversation,
        text: str,
        attachments: Sequence[Mapping[str, Any]] = (),
        extra: Mapping[str, Any] | None = None,
        *,
        own: bool = False,
        app_id: str = "",
    ) -> None:
        """Stand in a conversation."""
        network = conversation.network
        start = "m_" if conversation.account.object == "page" else "aWdfZAG1faXRlbT"
        super().__init__(network, start + network.letters(40))
        self.conversation, self.text, self.own = conversation, text, own
        self.attachments = [dict(one) for one in attachments]
        self.extra = dict(extra or {})
        self.at: datetime = network.clock.now()
        self.app_id = app_id
        self.edits = 0
        self.removed = False
        self.emoji = ""
        conversation.messages.append(self)
        network.things[self.id] = self

    def told(self) -> dict[str, Any]:
        """Return what ``/_fake/`` tells of it."""
        told = {"text": self.text, "own": self.own, "deleted": self.removed}
        return {**super().told(), **told, "person": self.conversation.scoped_id}

    @verb
    def edited(self, text: str) -> None:
        """Say something else."""
        self.text = text
        self.edits += 1
        edit = {"mid": self.id, "text": text, "num_edit": self.edits}
        talking.tell(self.conversation, "message_edits", "edit", {"message_edit": edit}, self)

    @verb
    def deleted(self) -> None:
        """Be taken back."""
        self.removed = True
        for sent in self.network.sent:
            sent.deleted = sent.deleted or sent.id == self.id
        gone: dict[str, Any] = {"mid": self.id, "is_deleted": True}
        if self.own:
            gone["is_echo"] = True
        talking.tell(self.conversation, "messages", "deletion", {"message": gone}, self)
