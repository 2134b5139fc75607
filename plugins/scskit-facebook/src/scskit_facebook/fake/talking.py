"""What happens in conversations, and what is pushed of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from scskit.testing.network import EventKind
from scskit_facebook.fake import messages
from scskit_meta.fake import Pushed, milliseconds

if TYPE_CHECKING:
    from scskit_facebook.fake.messages import Conversation, Message

INBOX: Final = "263902037430900"
"""The app that people of a page write with, in Meta's own inbox."""


def tell(
    conversation: Conversation,
    field: str,
    kind: EventKind,
    content: Mapping[str, Any],
    about: Message | None = None,
) -> None:
    """Push what happened in a conversation; aside, where another app has it.

    Args:
        conversation: where it happened.
        field: the field that accounts let the app know of.
        kind: the kit's word.
        content: what happened.
        about: the message; what the account wrote comes from it, all else from the person.
    """
    account, network = conversation.account, conversation.network
    at = network.stamp(kind)
    ends = [{"id": conversation.scoped_id}, {"id": account.id}]
    by_account = about is not None and about.own and kind in {"echo", "edit", "deletion"}
    sender, recipient = reversed(ends) if by_account else ends
    item = {
        "sender": sender,
        "recipient": recipient,
        "timestamp": milliseconds(at),
        **content,
    }
    aside = bool(conversation.controller) and field != "messaging_handovers"
    pushed = Pushed(
        object=account.object,
        entry_id=account.id,
        time=milliseconds(at),
        where="standby" if aside else "messaging",
        item=item,
    )
    field = "standby" if aside else account.field(field)
    network.push(kind, pushed, field=field, subject=about.id if about else "")


def heard(conversation: Conversation) -> None:
    """Note that the person did something that lets the account write."""
    conversation.heard_at = conversation.network.clock.now()


def say(
    conversation: Conversation,
    text: str,
    attachments: Sequence[Mapping[str, Any]],
    extra: Mapping[str, Any],
) -> Message:
    """Let the person write."""
    message = messages.Message(conversation, text, map_attachments(attachments), extra)
    heard(conversation)
    tell(conversation, "messages", "message", {"message": content_of(message)}, message)
    return message


def press(conversation: Conversation, title: str, payload: str, more: Mapping[str, Any]) -> Message:
    """Let the person press a button."""
    message = messages.Message(conversation, title)
    heard(conversation)
    pressed = {"mid": message.id, "title": title, "payload": payload, **more}
    tell(conversation, "messaging_postbacks", "message", {"postback": pressed}, message)
    return message


def happens(conversation: Conversation, field: str, content: Mapping[str, Any]) -> None:
    """Let the person do something else that lets the account write."""
    heard(conversation)
    tell(conversation, field, "other", content)


def read(conversation: Conversation) -> None:
    """Let the person read; Messenger tells until when, Instagram which message."""
    own = [one for one in conversation.messages if one.own and not one.removed]
    if not own:
        return
    conversation.read_at = conversation.network.clock.now()
    latest = own[-1]
    if conversation.account.object == "instagram":
        told: dict[str, Any] = {"mid": latest.id}
    else:
        told = {"watermark": milliseconds(conversation.read_at)}
    tell(conversation, "message_reads", "receipt", {"read": told}, latest)


def react(message: Message, emoji: str, reaction: str) -> None:
    """Let the person react to a message; an empty emoji takes it back."""
    message.emoji = emoji
    told = {"mid": message.id, "action": "react" if emoji else "unreact"}
    if emoji:
        told |= {"emoji": emoji, "reaction": reaction}
        heard(message.conversation)
    tell(message.conversation, "message_reactions", "other", {"reaction": told}, message)


def answer(  # noqa: PLR0913  what an answer is made of
    conversation: Conversation,
    text: str,
    attachments: Sequence[Mapping[str, Any]] = (),
    extra: Mapping[str, Any] | None = None,
    *,
    app_id: str = INBOX,
    metadata: str = "",
) -> Message:
    """Let the account write: by an app, or by its people in the inbox. It is echoed."""
    kept = map_attachments(attachments)
    message = messages.Message(conversation, text, kept, extra, own=True, app_id=app_id)
    echo = {**content_of(message), "is_echo": True}
    page = conversation.account.object == "page"
    if page:
        echo["app_id"] = int(app_id)
        echo |= {"metadata": metadata} if metadata else {}
    tell(conversation, "message_echoes", "echo", {"message": echo}, message)
    if page and conversation.account.id not in conversation.person.blocked:
        arrived = {"mids": [message.id], "watermark": milliseconds(message.at)}
        tell(conversation, "message_deliveries", "receipt", {"delivery": arrived}, message)
    return message


def content_of(message: Message) -> dict[str, Any]:
    """Return a message as webhooks tell of it."""
    found: dict[str, Any] = {"mid": message.id}
    if message.text:
        found["text"] = message.text
    if message.attachments:
        found["attachments"] = message.attachments
    return {**found, **message.extra}


def map_attachments(given: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Write attachments as webhooks do: ``{"type", "url"}`` is short for the usual ones."""
    return [
        dict(one)
        if "payload" in one or "url" not in one
        else {"type": one.get("type", "file"), "payload": {"url": one["url"]}}
        for one in given
    ]


def hand_over(conversation: Conversation, what: str, app: str, **more: str) -> None:
    """Let a conversation go from one app to another, and tell of it."""
    told: dict[str, Any] = {what: {**more, "metadata": more.get("metadata", "")}}
    conversation.controller = app
    tell(conversation, "messaging_handovers", "other", told)
