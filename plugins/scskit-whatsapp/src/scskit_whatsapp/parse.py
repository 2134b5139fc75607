"""From the bodies of the Cloud API's webhooks to messages, changes, receipts and signals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from attrs import frozen

from scskit.core.interaction import Visibility
from scskit.plugins import (
    Author,
    Deletion,
    Edit,
    Message,
    Parsed,
    Signal,
    WebhookRequest,
    seen_by,
)
from scskit_meta.envelope import Part, made_id, parts, read_all, unreadable
from scskit_meta.reading import Malformed, first_instant, items, read
from scskit_whatsapp import wire
from scskit_whatsapp.changing import changed, same_person, user_id_updates
from scskit_whatsapp.config import WhatsAppSettings
from scskit_whatsapp.content import attachments_of, check, extra_of, text_of
from scskit_whatsapp.people import People
from scskit_whatsapp.receipts import read_status

T = TypeVar("T")

OBJECT = "whatsapp_business_account"
CONTENT = frozenset({"", "messages", "smb_message_echoes", "message_echoes"})
"""The fields that bring messages; some senders leave the field out."""
SILENT = frozenset({"request_welcome", "ephemeral"})
"""Types that say that something happened and show nothing."""


def parse(request: WebhookRequest, settings: WhatsAppSettings) -> list[Parsed]:
    """Turn a body into items; pure, and total on every body that is a JSON object.

    Args:
        request: the request; its signature has been checked.
        settings: which number belongs to which account.

    Raises:
        PayloadInvalid: the body is no JSON object.
    """
    reading = _Reading(settings, request.received_at)
    return read_all(parts(request.body, (OBJECT,)), reading.part)


@frozen
class _Scene:
    """What holds for all items of one change: where it stood, whose it is, who is named."""

    part: Part
    account: str
    number: wire.Metadata
    people: People
    echoes: bool


@frozen
class _Reading:
    """One request being read."""

    settings: WhatsAppSettings
    received_at: datetime

    def part(self, part: Part) -> Iterable[Parsed]:
        change = read(part.value, wire.Change)
        if change.field in CONTENT:
            return seen_by("private", self._content(part, change))
        return self._notice(part, change)

    def _notice(self, part: Part, change: wire.Change) -> Iterator[Parsed]:
        """Tell what is about the account and not about a message."""
        value = change.value if isinstance(change.value, dict) else {}
        account = self._account(value) or self.settings.account_of_business(part.entry_id)
        at = self._at(part, value.get("timestamp"))
        yield from self._errors(account, value, at)
        notice = partial(Signal, account=account, event=f"account:{change.field}")
        if updates := user_id_updates(value):
            for update in updates:
                yield notice(
                    at=self._at(part, update.timestamp), same_person=update.ids, detail=value
                )
        else:
            private: Visibility | None = "private" if change.field == "calls" else None
            yield notice(at=at, detail=value, visibility=private)

    def _account(self, value: dict[str, Any]) -> str | None:
        try:
            number = read(value.get("metadata"), wire.Metadata)
        except Malformed:
            return None
        return self.settings.account_of(number.phone_number_id)

    def _content(self, part: Part, change: wire.Change) -> Iterable[Parsed]:
        """Read the messages and statuses of one number, each by itself."""
        value = change.value
        if not isinstance(value, dict):
            raise Malformed(f"value: found {type(value).__name__}, expected an object")
        number = read(value.get("metadata"), wire.Metadata)
        account = self.settings.account_of(number.phone_number_id)
        if account is None:
            reason = f"no account has phone_number_id {number.phone_number_id}"
            return (unreadable(part, reason),)
        echoes = "message_echoes" in value
        scene = _Scene(part, account, number, People.read(value.get("contacts")), echoes)
        return [
            *self._each(scene, "message_echoes" if echoes else "messages", self._message),
            *self._each(scene, "statuses", self._status),
            *self._errors(account, value, self._at(part)),
        ]

    def _each(
        self, scene: _Scene, name: str, reader: Callable[[_Scene, Any], Iterable[Parsed]]
    ) -> Iterable[Parsed]:
        """Read a list item by item; one that cannot be read keeps a body of its own."""
        value = scene.part.value["value"]
        head = {"messaging_product": "whatsapp", "metadata": value["metadata"]}
        alone = (
            scene.part.holding(
                {
                    **scene.part.value,
                    "value": {**head, "contacts": scene.people.near(item), name: [item]},
                }
            )
            for item in items(value.get(name))
        )
        return read_all(alone, lambda part: reader(scene, part.value["value"][name][0]))

    def _errors(self, account: str, value: dict[str, Any], at: datetime) -> Iterator[Parsed]:
        if errors := value.get("errors"):
            detail = {"errors": errors}
            yield Signal(account=account, event="error", at=at, detail=detail, visibility="private")

    def _at(self, part: Part, *stamps: object) -> datetime:
        return first_instant(*stamps, part.entry.get("time")) or self.received_at

    # A message, or what was done to one.

    def _message(self, scene: _Scene, item: object) -> Iterable[Parsed]:
        message = read(item, wire.Message)
        at = self._at(scene.part, message.timestamp)
        if message.type == "edit":
            return (_edited(scene, message, at),)
        if message.type == "revoke":
            target = _needed(message.revoke, "revoke").original_message_id
            who = _done_by(scene, message)
            return (Deletion(account=scene.account, target=target, deleted_at=at, **who),)
        if message.type in {"reaction", "system"} | SILENT:
            return (_signal(scene, message, at),)
        check(message)
        return (_written(scene, message, item, at),)

    def _status(self, scene: _Scene, item: object) -> Iterable[Parsed]:
        status = read(item, wire.Status)
        return read_status(scene.account, status, self._at(scene.part, status.timestamp))


def _written(scene: _Scene, message: wire.Message, item: object, at: datetime) -> Message:
    """Return new content; what the business wrote itself is an echo."""
    own = _is_own(scene, message)
    author = scene.people.author(message) if not own else _business(scene, message)
    customer = scene.people.addressee(message) if own else author.external_id
    extra = extra_of(message)
    if others := scene.people.other_ids(message):
        extra["author_alt_ids"] = others
    return Message(
        account=scene.account,
        external_id=message.id or made_id(item),
        author=author,
        posted_at=at,
        text=text_of(message),
        kind="direct_message",
        visibility="private",
        direction="outbound" if own else "inbound",
        thread=message.group_id or customer,
        parent=(message.context.id or None) if message.context else None,
        addressed_to=customer if own else None,
        addressed_also=scene.people.addressed_also(message, customer) if own else (),
        attachments=attachments_of(message),
        extra=extra,
    )


def _own_names(number: wire.Metadata) -> set[str]:
    return {number.phone_number_id, number.display_phone_number} - {""}


def _business(scene: _Scene, message: wire.Message) -> Author:
    return Author(external_id=message.from_ or scene.number.phone_number_id)


def _edited(scene: _Scene, message: wire.Message, at: datetime) -> Edit:
    revision = _needed(message.edit, "edit")
    now = read(revision.message, wire.Message)
    check(now)
    target = revision.original_message_id
    who = _done_by(scene, message)
    return Edit(account=scene.account, target=target, edited_at=at, text=text_of(now), **who)


def _done_by(scene: _Scene, message: wire.Message) -> dict[str, Any]:
    """Return who changed a message, and whether that was the business."""
    if _is_own(scene, message):
        return {"author": _business(scene, message), "direction": "outbound"}
    return {"author": scene.people.author_if_told(message), "direction": "inbound"}


def _is_own(scene: _Scene, message: wire.Message) -> bool:
    named = message.from_ in _own_names(scene.number)
    # Contacts are customers: whoever stands among them is one, whatever the number is.
    return scene.echoes or (named and message.from_ not in scene.people.contacts)


def _signal(scene: _Scene, message: wire.Message, at: datetime) -> Signal:
    own = _is_own(scene, message)
    author = _business(scene, message) if own else scene.people.author_if_told(message)
    signal = partial(Signal, account=scene.account, at=at, author=author)
    if message.type == "reaction":
        reaction = _needed(message.reaction, "reaction")
        event = "reaction" if reaction.emoji else "unreaction"
        detail: dict[str, Any] = {"emoji": reaction.emoji} if reaction.emoji else {}
        detail |= {"is_echo": True} if own else {}
        return signal(event=event, target=reaction.message_id, detail=detail)
    if message.type == "system":
        system = _needed(message.system, "system")
        same = same_person(author, system)
        return signal(event=f"system:{system.type}", detail=changed(system), same_person=same)
    return signal(event=message.type)


def _needed(value: T | None, name: str) -> T:
    if value is None:
        raise Malformed(f"{name} is missing or malformed")
    return value
