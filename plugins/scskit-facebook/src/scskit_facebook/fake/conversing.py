"""Operations of conversations: messages, private replies, typing, media, handover, menus."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from scskit.testing.network import Call, Refused, Routes, Sent, answer
from scskit_facebook.fake import talking
from scskit_facebook.fake.composing import compose
from scskit_facebook.fake.content import Comment, Content, Post
from scskit_facebook.fake.messages import Message
from scskit_facebook.windows import (
    HUMAN_AGENT_WINDOW,
    PRIVATE_REPLY_WINDOW,
    STANDARD_WINDOW,
)
from scskit_meta.fake import Given

if TYPE_CHECKING:
    import httpx

    from scskit_facebook.fake.accounts import Account
    from scskit_facebook.fake.messages import Conversation
    from scskit_facebook.fake.server import FakeFacebook

routes: Routes[Any] = Routes()

_DONE: Final = {"success": True}
_TYPES: Final = frozenset({"RESPONSE", "UPDATE", "MESSAGE_TAG"})
_ACTIONS: Final = frozenset({"typing_on", "typing_off", "mark_seen", "react", "unreact"})
_NOBODY, _BAD_COMMENT, _ENDED_TAG = 2018001, 2018292, 1893061
_CLOSED, _CLOSED_ON_INSTAGRAM = 2018278, 2534022
_ANSWERED, _NOT_ANSWERABLE = 10900, 10902
_UNAVAILABLE, _ELSEWHERE = 1545041, 2018300


@routes.add("POST", "/{id}/messages")
def send(network: FakeFacebook, call: Call) -> httpx.Response:
    """Write to a person, answer a comment privately, or show that somebody reads or types."""
    account = _sender(network, call)
    given = network.given(call)
    to = given.object("recipient")
    if to is None:
        raise network.invalid("The parameter recipient is required.")
    if to.has("comment_id") or to.has("post_id"):
        return _private_reply(network, call, account, to)
    conversation = _conversation(network, account, to)
    if given.has("sender_action"):
        return _act(network, conversation, given)
    tag = _may_write(network, conversation, given)
    made = _written(network, call, conversation, given, tag)
    told = {"recipient_id": conversation.scoped_id, "message_id": made.id}
    return answer(200, {**told, **compose(network, call, account, given).kept})


def _sender(network: FakeFacebook, call: Call) -> Account:
    """Return the account that writes; a page writes for the Instagram account connected to it."""
    account = network.acting(call, network.me(call))
    if account.object == "page":
        network.need(call, "pages_messaging", code=230)
    else:
        scopes = ("instagram_manage_messages", "instagram_business_manage_messages")
        network.need(call, *scopes, code=230)
    return account


def _conversation(network: FakeFacebook, account: Account, to: Given) -> Conversation:
    person, seen_by = network.scoped.get(to.text("id"), (None, None))
    connected = getattr(account, "instagram", None)
    if person is None or seen_by is None or seen_by not in {account, connected}:
        raise network.invalid("There is no matching user.", _NOBODY)
    if seen_by.id in person.blocked:
        told = "This person takes no messages now."
        raise network.refused(551, told, subcode=_UNAVAILABLE)
    conversation = seen_by.conversation(person)
    if conversation.controller:
        told = "Another app has this conversation now."
        raise network.refused(10, told, subcode=_ELSEWHERE, status=403)
    return conversation


# When.


def _may_write(network: FakeFacebook, conversation: Conversation, given: Given) -> str:
    """Return the tag that a message bears; none within 24 hours.

    Raises:
        Refused: the window is closed, or the tag is none that opens it.
    """
    kind, tag = given.text("messaging_type", "RESPONSE"), given.text("tag")
    if kind not in _TYPES or (kind == "MESSAGE_TAG" and not tag):
        raise network.invalid(f"Param messaging_type must be one of {', '.join(sorted(_TYPES))}.")
    if not tag:
        _within(network, conversation, STANDARD_WINDOW)
        return ""
    if tag != "HUMAN_AGENT":
        raise network.invalid("This message tag does not exist any more.", _ENDED_TAG)
    if not conversation.account.human_agent:
        raise network.refused(10, "The app may not use the tag HUMAN_AGENT.", status=403)
    _within(network, conversation, HUMAN_AGENT_WINDOW)
    return tag


def _within(network: FakeFacebook, conversation: Conversation, window: timedelta) -> None:
    if conversation.open_for(window):
        return
    told = "This message is sent outside of the allowed window."
    if conversation.account.object == "instagram":
        raise network.refused(10, told, subcode=_CLOSED_ON_INSTAGRAM, status=403)
    raise network.refused(10, told, subcode=_CLOSED)


# What.


def _written(
    network: FakeFacebook, call: Call, conversation: Conversation, given: Given, tag: str
) -> Message:
    composed = compose(network, call, conversation.account, given)
    made = talking.answer(
        conversation,
        composed.text,
        composed.attachments,
        composed.extra,
        app_id=network.app_id,
        metadata=composed.metadata,
    )
    told = {"metadata": composed.metadata, "tag": tag, "attachments": composed.attachments}
    network.sent.append(
        Sent(
            id=made.id,
            kind="message",
            account=conversation.account.id,
            text=composed.text,
            at=call.at,
            to=conversation.scoped_id,
            extra={name: value for name, value in told.items() if value},
        )
    )
    return made


def _act(network: FakeFacebook, conversation: Conversation, given: Given) -> httpx.Response:
    action = given.text("sender_action")
    if action not in _ACTIONS:
        raise network.invalid(f"Param sender_action must be one of {', '.join(sorted(_ACTIONS))}.")
    _within(network, conversation, HUMAN_AGENT_WINDOW)
    if action == "mark_seen":
        conversation.seen_at = network.clock.now()
    elif action in {"react", "unreact"}:
        payload = given.object("payload")
        message = network.things.get(payload.text("message_id") if payload else "")
        if not isinstance(message, Message) or message.conversation is not conversation:
            raise network.invalid("Param payload must name a message of the conversation.")
        message.emoji = payload.text("reaction") if payload and action == "react" else ""
    return answer(200, {"recipient_id": conversation.scoped_id})


# Private replies.


def _private_reply(
    network: FakeFacebook, call: Call, account: Account, to: Given
) -> httpx.Response:
    """Answer a comment or post privately: once, within seven days; it opens no window."""
    content = _answerable(network, call, account, to.text("comment_id") or to.text("post_id"))
    author: Any = content.author
    conversation = content.account.conversation(author)
    if content.account.id in author.blocked:
        told = "This person takes no messages now."
        raise network.refused(551, told, subcode=_UNAVAILABLE)
    made = _written(network, call, conversation, network.given(call), "")
    content.answered_privately = True
    network.sent[-1].kind, network.sent[-1].answers = "private_reply", content.id
    return answer(200, {"recipient_id": conversation.scoped_id, "message_id": made.id})


def _answerable(network: FakeFacebook, call: Call, account: Account, id_: str) -> Content:
    try:
        content = network.find(call, id_, doing="post")
    except Refused:
        content = None
    if not isinstance(content, (Post, Comment)):
        raise network.invalid("Invalid comment_id parameter.", _BAD_COMMENT)
    if content.account not in {account, getattr(account, "instagram", None)}:
        raise network.invalid("Invalid comment_id parameter.", _BAD_COMMENT)
    if content.answered_privately:
        raise network.refused(_ANSWERED, "This activity was replied to already.")
    if content.own or network.clock.now() >= content.at + PRIVATE_REPLY_WINDOW:
        raise network.refused(_NOT_ANSWERABLE, "This activity cannot be replied to.")
    return content


# Media, handover, menus.


@routes.add("POST", "/{id}/message_attachments")
def keep_attachment(network: FakeFacebook, call: Call) -> httpx.Response:
    """Keep a medium so that it can be sent."""
    account = _sender(network, call)
    found = compose(network, call, account, network.given(call), only_keeping=True)
    return answer(200, found.kept)


@routes.add("POST", "/{id}/pass_thread_control")
@routes.add("POST", "/{id}/release_thread_control")
def hand_on(network: FakeFacebook, call: Call) -> httpx.Response:
    """Give a conversation to another app; to the page's people in the inbox unless one is named."""
    conversation = _handled(network, call)
    app = network.given(call).text("target_app_id", talking.INBOX)
    conversation.controller = app
    return answer(200, _DONE)


@routes.add("POST", "/{id}/take_thread_control")
def take_over(network: FakeFacebook, call: Call) -> httpx.Response:
    """Take a conversation back."""
    _handled(network, call).controller = ""
    return answer(200, _DONE)


@routes.add("POST", "/{id}/request_thread_control")
def ask_for(network: FakeFacebook, call: Call) -> httpx.Response:
    """Ask the other app for a conversation; it decides."""
    _handled(network, call)
    return answer(200, _DONE)


@routes.add("GET", "/{id}/thread_owner")
def owner(network: FakeFacebook, call: Call) -> httpx.Response:
    """Tell which app has a conversation."""
    account = network.acting(call, network.me(call), doing="get")
    recipient = Given({"id": network.given(call).text("recipient")}, network.invalid)
    person, _ = network.scoped.get(recipient.text("id"), (None, None))
    if person is None:
        raise network.invalid("There is no matching user.", _NOBODY)
    app = account.conversation(person).controller or network.app_id
    return answer(200, {"data": [{"thread_owner": {"app_id": app}}]})


def _handled(network: FakeFacebook, call: Call) -> Conversation:
    account = _sender(network, call)
    to = network.given(call).object("recipient")
    person, seen_by = network.scoped.get(to.text("id") if to else "", (None, None))
    if person is None or seen_by is not account:
        raise network.invalid("There is no matching user.", _NOBODY)
    return account.conversation(person)


@routes.add("GET", "/{id}/messenger_profile")
def profile(network: FakeFacebook, call: Call) -> httpx.Response:
    """Tell the greeting, menu and so on."""
    account = network.acting(call, network.me(call), doing="get")
    asked = network.given(call).list("fields") or list(account.profile)
    found = {name: account.profile[name] for name in map(str, asked) if name in account.profile}
    return answer(200, {"data": [found] if found else []})


@routes.add("POST", "/{id}/messenger_profile")
def set_profile(network: FakeFacebook, call: Call) -> httpx.Response:
    """Set the greeting, menu and so on."""
    account = _sender(network, call)
    hidden = {"access_token", "appsecret_proof", "platform"}
    account.profile |= {n: v for n, v in network.given(call).values.items() if n not in hidden}
    return answer(200, {"result": "success"})


@routes.add("DELETE", "/{id}/messenger_profile")
def end_profile(network: FakeFacebook, call: Call) -> httpx.Response:
    """Take away parts of it."""
    account = _sender(network, call)
    for name in network.given(call).list("fields"):
        account.profile.pop(str(name), None)
    return answer(200, {"result": "success"})
