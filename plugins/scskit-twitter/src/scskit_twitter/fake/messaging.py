"""What happens to direct messages, whoever asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from scskit_twitter.fake import events
from scskit_twitter.fake.state import DirectMessage, Medium, User, conversation_of

if TYPE_CHECKING:
    from scskit_twitter.fake.server import FakeX

_PAIR = 2


def deliver(  # noqa: PLR0913  all that a message is made of
    network: FakeX,
    sender: User,
    people: Sequence[User],
    typed: str,
    *,
    conversation: str = "",
    media: tuple[Medium, ...] = (),
    postback: str = "",
    by_app: bool = False,
) -> DirectMessage:
    """Put a message into a conversation, and push it to whom it concerns.

    Args:
        network: where.
        sender: who writes.
        people: all who read it.
        typed: what.
        conversation: X's key of it; made of the two ids, or of its own, unless given.
        media: what comes with it.
        postback: what a pressed quick reply stands for.
        by_app: whether a client of the API wrote it.
    """
    external_id = network.new_id()
    own = conversation_of(*people) if len(people) == _PAIR else external_id
    message = DirectMessage(
        id=external_id,
        sender=sender,
        people=tuple(people),
        conversation=conversation or own,
        typed=typed,
        created_at=network.clock.now(),
        media=media,
        postback=postback,
    )
    network.messages[message.id] = message
    events.messaged(network, message, by_app=by_app)
    return message


def messages_in(network: FakeX, conversation: str, reader: User) -> list[DirectMessage]:
    """Return what somebody still sees of a conversation, newest first."""
    return [one for one in messages_of(network, reader) if one.conversation == conversation]


def messages_of(network: FakeX, reader: User) -> list[DirectMessage]:
    """Return what somebody still sees of all conversations, newest first."""
    return [
        one
        for one in reversed(network.messages.values())
        if reader in one.people and reader.id not in one.deleted_for
    ]


def last_of(network: FakeX, conversation: str, sender: User) -> DirectMessage | None:
    """Return what somebody last wrote in a conversation."""
    found = (one for one in reversed(network.messages.values()) if one.sender is sender)
    return next((one for one in found if one.conversation == conversation), None)


def takes_messages(network: FakeX, user: User, sender: User) -> bool:
    """Tell whether somebody can be written to: who is open to all, or wrote first."""
    if {(user, sender), (sender, user)} & network.blocked:
        return False
    conversation = conversation_of(user, sender)
    return user.open_to_messages or last_of(network, conversation, user) is not None
