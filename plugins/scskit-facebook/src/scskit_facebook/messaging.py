"""What happens in conversations: Messenger and Instagram share these shapes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from scskit.core.interaction import Direction
from scskit.plugins import Attachment, Author, Deletion, Edit, Message, Parsed, Receipt
from scskit_facebook import wire
from scskit_facebook.scene import Scene
from scskit_meta.envelope import made_id
from scskit_meta.reading import Malformed, read

Handler = Callable[[Scene, wire.Messaging, Any, datetime], Iterable[Parsed]]

_KINDS: Mapping[str, str] = {
    "fallback": "link",
    "share": "link",
    "post": "link",
    "ig_post": "link",
    "reel": "video",
    "ig_reel": "video",
}
"""The kinds of attachment that scskit has another word for."""

_HANDOVERS: Mapping[str, str] = {
    "pass_thread_control": "handover:pass",
    "take_thread_control": "handover:take",
    "request_thread_control": "handover:request",
    "app_roles": "handover:roles",
}


def read_messaging(scene: Scene, value: object) -> Iterable[Parsed]:
    """Read one event of a conversation.

    Raises:
        Malformed: nothing in it says what happened.
    """
    event = read(value, wire.Messaging)
    given: dict[str, Any] = value if isinstance(value, dict) else {}
    at = scene.at(event.timestamp)
    for key, handler in _HANDLERS.items():
        if getattr(event, key) is not None:
            return handler(scene, event, value, at)
        if given.get(key) is not None:
            raise Malformed(f"{key} is malformed")
    return (_other(scene, event, given, at),)


def _other(scene: Scene, event: wire.Messaging, given: Mapping[str, Any], at: datetime) -> Parsed:
    """Tell what is no message: a handover, an opt-in, a referral, a payment ..."""
    ends = {"sender", "recipient", "timestamp"}
    names = [name for name in given if name not in ends and given[name] is not None]
    if not names:
        raise Malformed("nothing says what happened")
    name = next((known for known in names if known in _HANDOVERS), names[0])
    told = _HANDOVERS.get(name, name.replace("-", "_"))
    return scene.signal(told, at, "", _sender(event), content=given[name])


def _sender(event: wire.Messaging) -> Author | None:
    id_ = event.sender.id or event.sender.user_ref
    return Author(external_id=id_) if id_ else None


def _direction(scene: Scene, event: wire.Messaging) -> Direction:
    return "outbound" if event.sender.id == scene.own_id else "inbound"


def _is_own(scene: Scene, event: wire.Messaging) -> bool:
    """Tell whether the account wrote to somebody, should Meta's word for an echo be missing."""
    return event.sender.id == scene.own_id and event.recipient.id not in {"", scene.own_id}


# Messages.


def _message(scene: Scene, event: wire.Messaging, value: object, at: datetime) -> Iterable[Parsed]:
    message = event.message or wire.Message()
    if message.is_deleted:
        target = _needed(message.mid, "message.mid")
        deleted = partial(Deletion, account=scene.account, target=target, deleted_at=at)
        return (deleted(author=_sender(event), direction=_direction(scene, event)),)
    extra = {k: v for k, v in _extra(scene, message) if v not in (None, "", False)}
    return (
        _private(
            scene,
            event,
            message.mid or made_id(value),
            at,
            text=message.text,
            own=message.is_echo or _is_own(scene, event),
            parent=(message.reply_to.mid or None) if message.reply_to else None,
            attachments=tuple(map(_attachment, message.attachments)),
            extra=extra,
        ),
    )


def _private(  # noqa: PLR0913  what a message is made of
    scene: Scene,
    event: wire.Messaging,
    external_id: str,
    at: datetime,
    *,
    text: str,
    extra: dict[str, Any],
    own: bool = False,
    parent: str | None = None,
    attachments: tuple[Attachment, ...] = (),
) -> Message:
    """Return a message; ``own`` is one that the account wrote."""
    sender = _sender(event)
    customer = event.recipient.id or event.recipient.user_ref if own else ""
    if sender is None or (own and not customer):
        raise Malformed("sender or recipient has no id")
    return Message(
        account=scene.account,
        external_id=external_id,
        author=sender,
        posted_at=at,
        text=text,
        kind="direct_message",
        visibility="private",
        direction="outbound" if own else "inbound",
        thread=customer or sender.external_id,
        parent=parent,
        addressed_to=customer or None,
        attachments=attachments,
        extra=extra,
    )


def _extra(scene: Scene, message: wire.Message) -> Iterator[tuple[str, Any]]:
    story = message.reply_to.story if message.reply_to else None
    yield "standby", scene.part.list_name == "standby"
    yield "postback", message.quick_reply.payload if message.quick_reply else ""
    yield "story", story.id if story else ""
    yield "unsupported", message.is_unsupported
    yield "referral", message.referral
    yield "app_id", message.app_id
    yield "metadata", message.metadata
    yield (
        "attachment_types",
        [one.type for one in message.attachments if one.type in _KINDS] or None,
    )


def _attachment(attachment: wire.Attachment) -> Attachment:
    payload = attachment.payload or wire.Payload()
    kind = "sticker" if payload.sticker_id else _KINDS.get(attachment.type, attachment.type)
    return Attachment(
        kind=kind or "file",
        url=payload.url or attachment.url or _point(payload.coordinates),
        external_id=payload.sticker_id,
        title=payload.title or attachment.title,
    )


def _point(coordinates: object) -> str:
    if not isinstance(coordinates, dict):
        return ""
    latitude, longitude = coordinates.get("lat"), coordinates.get("long")
    return f"geo:{latitude},{longitude}"  # RFC 5870


def _postback(scene: Scene, event: wire.Messaging, value: object, at: datetime) -> Iterable[Parsed]:
    postback = event.postback or wire.Postback()
    extra: dict[str, Any] = {"event": "postback", "postback": postback.payload}
    if postback.referral is not None:
        extra["referral"] = postback.referral
    external_id = postback.mid or made_id(value)
    own = _is_own(scene, event)
    return (_private(scene, event, external_id, at, text=postback.title, extra=extra, own=own),)


# What is done to messages.


def _edited(scene: Scene, event: wire.Messaging, _: object, at: datetime) -> Iterable[Parsed]:
    edit = event.message_edit or wire.MessageEdit(mid="")
    target = _needed(edit.mid, "message_edit.mid")
    if not edit.text:
        return (scene.signal("edit", at, target, _sender(event)),)
    number = edit.num_edit
    edited = partial(Edit, account=scene.account, target=target, edited_at=at, text=edit.text)
    direction = _direction(scene, event)
    return (edited(revision=number, author=_sender(event), direction=direction),)


def _reaction(scene: Scene, event: wire.Messaging, _: object, at: datetime) -> Iterable[Parsed]:
    reaction = event.reaction or wire.Reaction(mid="")
    told = "unreaction" if reaction.action == "unreact" else "reaction"
    details = {"emoji": reaction.emoji, "reaction": reaction.reaction}
    return (scene.signal(told, at, reaction.mid, _sender(event), **details),)


def _read(scene: Scene, event: wire.Messaging, _: object, at: datetime) -> Iterable[Parsed]:
    """Instagram names the message that was read, Messenger only until when all were."""
    read_ = event.read or wire.Read()
    if read_.mid:
        return (
            Receipt(
                account=scene.account,
                target=read_.mid,
                status="read",
                at=at,
                event="read",
                author=_sender(event),
            ),
        )
    return (scene.signal("read", at, "", _sender(event), watermark=read_.watermark),)


def _delivered(scene: Scene, event: wire.Messaging, _: object, at: datetime) -> Iterable[Parsed]:
    delivery = event.delivery or wire.Delivered()
    if not delivery.mids:
        return (scene.signal("delivery", at, "", _sender(event), watermark=delivery.watermark),)
    when = scene.at(delivery.watermark, event.timestamp)
    delivered = partial(
        Receipt, account=scene.account, status="delivered", at=when, event="delivery"
    )
    return [delivered(target=mid, author=_sender(event)) for mid in delivery.mids if mid]


def _needed(value: str, name: str) -> str:
    if not value:
        raise Malformed(f"{name} is missing")
    return value


_HANDLERS: Mapping[str, Handler] = {
    "message": _message,
    "message_edit": _edited,
    "postback": _postback,
    "reaction": _reaction,
    "read": _read,
    "delivery": _delivered,
}
