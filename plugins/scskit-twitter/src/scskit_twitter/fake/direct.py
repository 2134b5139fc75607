"""Operations on direct messages: sending, reading, deleting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from scskit.testing.network import Call, Routes, Sent, answer
from scskit_twitter.fake.lookups import showing, told
from scskit_twitter.fake.messaging import deliver, messages_in, messages_of, takes_messages
from scskit_twitter.fake.paging import MESSAGES, PAGING, page
from scskit_twitter.fake.posting import check_body, usable
from scskit_twitter.fake.problems import NO_MESSAGES, forbidden, invalid, missing, not_found
from scskit_twitter.fake.rights import USER
from scskit_twitter.fake.state import DirectMessage, Medium, User, conversation_of
from scskit_twitter.limits import MESSAGE_LENGTH, MESSAGE_MEDIA

if TYPE_CHECKING:
    import httpx

    from scskit_twitter.fake.server import FakeX
else:
    FakeX = Any

routes: Routes[FakeX] = Routes()

_BODY: Final = frozenset({"text", "attachments"})
_FIELDS: Final = ("dm_event.fields", "event_types", *PAGING)


@routes.add("POST", "/2/dm_conversations/with/{participant_id}/messages", USER)
def send_to(network: FakeX, call: Call) -> httpx.Response:
    """Write to somebody."""
    sender = _user(network, call)
    other = network.users.get(call.params["participant_id"])
    if other is None or other is sender:
        raise invalid("The participant is not valid.", "participant_id")
    return _send(network, call, sender, (sender, other), "", call.json())


@routes.add("POST", "/2/dm_conversations/{dm_conversation_id}/messages", USER)
def send_into(network: FakeX, call: Call) -> httpx.Response:
    """Write into a conversation."""
    sender, conversation = _user(network, call), call.params["dm_conversation_id"]
    people = _people(network, sender, conversation)
    return _send(network, call, sender, people, conversation, call.json())


@routes.add("POST", "/2/dm_conversations", USER)
def begin(network: FakeX, call: Call) -> httpx.Response:
    """Begin a conversation of several."""
    sender, body = _user(network, call), call.json()
    check_body(body, frozenset({"conversation_type", "participant_ids", "message"}))
    ids, message = body.get("participant_ids"), body.get("message")
    if body.get("conversation_type") != "Group" or not isinstance(ids, list):
        raise invalid("$.conversation_type: does not have a value in the enumeration [Group]")
    others = [network.users.get(str(one)) for one in ids]
    if not isinstance(message, dict) or None in others or len(others) < 2:  # noqa: PLR2004  two more
        raise invalid("The participants are not valid.", "participant_ids")
    people = (sender, *(one for one in others if one is not None))
    return _send(network, call, sender, people, "", message)


def _people(network: FakeX, sender: User, conversation: str) -> tuple[User, ...]:
    """Return who takes part in a conversation; one of two need not have begun.

    Raises:
        Refused: there is none with this key that the sender takes part in.
    """
    for message in network.messages.values():
        if message.conversation == conversation and sender in message.people:
            return message.people
    pair = [network.users.get(one) for one in conversation.split("-")]
    other = next((one for one in pair if one not in {None, sender}), None)
    if other is None or conversation_of(sender, other) != conversation:
        raise forbidden(NO_MESSAGES)
    return sender, other


def _send(  # noqa: PLR0913, PLR0917  who, to whom, where and what
    network: FakeX,
    call: Call,
    sender: User,
    people: Sequence[User],
    conversation: str,
    body: Mapping[str, Any],
) -> httpx.Response:
    check_body(body, _BODY)
    text, media = _content(network, sender, body)
    others = [one for one in people if one is not sender]
    if not all(takes_messages(network, one, sender) for one in others):
        raise forbidden(NO_MESSAGES)
    made = deliver(
        network, sender, people, text, conversation=conversation, media=media, by_app=True
    )
    _note(network, made, others, call)
    data = {"dm_conversation_id": made.conversation, "dm_event_id": made.id}
    return answer(201, {"data": data})


def _content(
    network: FakeX, sender: User, body: Mapping[str, Any]
) -> tuple[str, tuple[Medium, ...]]:
    text, attached = body.get("text", ""), body.get("attachments", [])
    if not isinstance(text, str) or not isinstance(attached, list):
        raise invalid("$: the message is not valid")
    media = tuple(
        usable(network, sender, one.get("media_id") if isinstance(one, dict) else None, "dm")
        for one in attached
    )
    if not text and not media:
        raise invalid("$: Either text or attachments is required.", "text")
    if len(text) > MESSAGE_LENGTH or len(media) > MESSAGE_MEDIA:
        raise invalid("$: the message is too long or has too many attachments", "text")
    return text, media


def _note(network: FakeX, made: DirectMessage, others: Sequence[User], call: Call) -> None:
    network.sent.append(
        Sent(
            id=made.id,
            kind="message",
            account=made.sender.id,
            text=made.typed,
            at=call.at,
            to=others[0].id if len(others) == 1 else "",
            extra={"conversation": made.conversation},
        )
    )


@routes.add("GET", "/2/dm_events", USER)
def all_of(network: FakeX, call: Call) -> httpx.Response:
    """List the messages of all conversations."""
    return _page(network, call, messages_of(network, _user(network, call)))


@routes.add("GET", "/2/dm_conversations/with/{participant_id}/dm_events", USER)
def all_with(network: FakeX, call: Call) -> httpx.Response:
    """List the messages of the conversation with somebody."""
    user, other = _user(network, call), network.users.get(call.params["participant_id"])
    found = messages_in(network, conversation_of(user, other), user) if other else []
    return _page(network, call, found)


@routes.add("GET", "/2/dm_conversations/{id}/dm_events", USER)
def all_in(network: FakeX, call: Call) -> httpx.Response:
    """List the messages of a conversation."""
    found = messages_in(network, call.params["id"], _user(network, call))
    return _page(network, call, found)


def _page(network: FakeX, call: Call, found: Sequence[DirectMessage]) -> httpx.Response:
    shown = showing(network, call, *_FIELDS)
    kinds = call.query.get("event_types", "MessageCreate").split(",")
    listed = found if "MessageCreate" in kinds else ()
    messages, meta = page(call, listed, MESSAGES, endless=True)
    data = [shown.message(message) for message in messages]
    includes = shown.includes()
    body: dict[str, Any] = {"data": data} if data else {}
    return answer(200, body | ({"includes": includes} if includes else {}) | {"meta": meta})


@routes.add("GET", "/2/dm_events/{event_id}", USER)
def one(network: FakeX, call: Call) -> httpx.Response:
    """Return a message."""
    shown = showing(network, call, *_FIELDS)
    found = _seen(network, call)
    if found is None:
        return told(None, shown, [missing("dm_event", call.params["event_id"], "event_id")])
    return told(shown.message(found), shown, [])


@routes.add("DELETE", "/2/dm_events/{event_id}", USER)
def delete(network: FakeX, call: Call) -> httpx.Response:
    """Take a message out of one's own sight; the others still see it."""
    found = _seen(network, call)
    if found is None:
        raise not_found("dm_event", call.params["event_id"], "event_id")
    found.deleted_for.add(_user(network, call).id)
    for sent in network.sent:
        sent.deleted = sent.deleted or sent.id == found.id
    return answer(200, {"data": {"deleted": True}})


def _seen(network: FakeX, call: Call) -> DirectMessage | None:
    user, found = _user(network, call), network.messages.get(call.params["event_id"])
    seen = found is not None and user in found.people and user.id not in found.deleted_for
    return found if seen else None


def _user(network: FakeX, call: Call) -> User:
    user = network.caller(call).user
    assert user is not None  # noqa: S101  the routes here take users' tokens only
    return user
