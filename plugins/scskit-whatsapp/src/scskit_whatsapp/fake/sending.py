"""What the API is asked to send, and what becomes of it.

HTTP 200 says that a message was taken. Whether it may be sent at all is told by webhook, as a
status ``failed``: outside the 24 hours, to somebody who is not there, or for whatever other reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from scskit.testing.network import Call, Routes, Sent, answer
from scskit_meta.fake import Given
from scskit_whatsapp.fake.checks import checked
from scskit_whatsapp.fake.filling import Filled, filled
from scskit_whatsapp.fake.media import KINDS
from scskit_whatsapp.fake.messages import Message
from scskit_whatsapp.fake.pace import TO_ONE_PERSON, throughput

if TYPE_CHECKING:
    import httpx

    from scskit_whatsapp.fake.network import FakeWhatsApp
    from scskit_whatsapp.fake.numbers import Number
    from scskit_whatsapp.fake.people import Person

routes: Routes[Any] = Routes()

_REFERENCE: Final = 512
_SUCCESS: Final = {"success": True}


@routes.add("POST", "/{id}/messages")
@routes.add("POST", "/{id}/marketing_messages")
def send(network: FakeWhatsApp, call: Call) -> httpx.Response:
    """Take a message, or mark one as read."""
    number = network.number_asked(call)
    given = network.given(call)
    network.insist_on_product(given)
    if given.has("status"):
        return _mark_read(network, number, given)
    if number.refusing:
        raise network.refusing(number.refusing.pop(0))
    if not number.registered:
        raise network.refusing(133010)
    return _take(network, number, given)


def _mark_read(network: FakeWhatsApp, number: Number, given: Given) -> httpx.Response:
    """Mark a message as read, and all before it; perhaps show that an answer is written."""
    if given.text("status") != "read":
        raise network.invalid('Param status must be one of {"read"}.')
    message = network.messages.get(given.needed("message_id"))
    if message is None or message.number is not number or message.by != "person":
        raise network.refusing(131009, "There is no such message_id.")
    typing = given.object("typing_indicator")
    if typing is not None and typing.text("type") != "text":
        raise network.refusing(131009, "The type of a typing_indicator is text.")
    for other in network.messages.values():
        if other.person is message.person and other.number is number and other.by == "person":
            other.seen = True
        if other is message:
            break
    return answer(200, _SUCCESS)


def _take(network: FakeWhatsApp, number: Number, given: Given) -> httpx.Response:
    to, recipient = given.text("to"), given.text("recipient")
    person = _recipient(network, number, given, to, recipient)
    type_ = given.text("type", "text")
    content = checked(network, number, type_, given)
    form = filled(network, number.business, type_, content)
    if form.category == "authentication" and not to:
        raise network.refusing(131062)
    _keep_pace(network, number, to or recipient)
    message = Message(network, number, person, "api", type_, content, quotes=_quoted(given))
    message.phone = _phone(person, to)
    message.buttons, message.priced = dict(form.buttons), form.category
    _record(network, message, given, form)
    _settle(network, message)
    return answer(200, _taken(message, to or recipient, by_phone=bool(to)))


def _recipient(
    network: FakeWhatsApp, number: Number, given: Given, to: str, user_id: str
) -> Person | None:
    """Return whom it is for; None for somebody who is not on WhatsApp.

    Raises:
        Refused: nobody is named, or the number itself, or a group.
    """
    if given.text("recipient_type", "individual") == "group":
        raise network.refusing(131215)
    if not to and not user_id:
        raise network.refused(100, "The parameter to is required.")
    person = network.person(to, "" if to else user_id)
    if to and person is None:
        digits = "".join(filter(str.isdigit, to))
        if not digits:
            raise network.refusing(131009, "to is no phone number.")
        if digits == number.digits:
            raise network.refusing(131021)
    return person


def _phone(person: Person | None, to: str) -> str:
    if not to:
        return ""
    return person.wa_id if person else "".join(filter(str.isdigit, to))


def _quoted(given: Given) -> str:
    context = given.object("context")
    return context.needed("message_id") if context else ""


def _keep_pace(network: FakeWhatsApp, number: Number, to: str) -> None:
    """Count a message of a number, and of a number to a person.

    Raises:
        Refused: there were too many.
    """
    person = network.person(to) or network.person("", to)
    to_one = (number.id, person.name if person else to)
    to_all, now = throughput(number.throughput), network.clock.now()
    if not network.buckets.room(number.id, to_all, now):
        raise network.refusing(130429)
    if not network.buckets.room(to_one, TO_ONE_PERSON, now):
        raise network.refusing(131056)
    network.buckets.put(number.id, to_all, now)
    network.buckets.put(to_one, TO_ONE_PERSON, now)


def _record(network: FakeWhatsApp, message: Message, given: Given, form: Filled) -> None:
    person = message.person
    reference = given.text("biz_opaque_callback_data")
    if len(reference) > _REFERENCE:
        raise network.invalid(f"Param biz_opaque_callback_data takes {_REFERENCE} characters.")
    extra: dict[str, Any] = {"type": message.type, "content": message.content}
    if reference:
        extra["biz_opaque_callback_data"] = reference
    kind = message.type if message.type in {"reaction", "template"} else "message"
    message.sent = Sent(
        id=message.id,
        kind=kind,
        account=message.number.id,
        text=form.text,
        at=network.clock.now(),
        answers=message.quotes or str(_reacted_to(message)),
        to=person.id if person else message.phone,
        extra=extra,
    )
    network.sent.append(message.sent)


def _reacted_to(message: Message) -> str:
    return str(message.content["message_id"]) if message.type == "reaction" else ""


def _settle(network: FakeWhatsApp, message: Message) -> None:
    """Let it be sent and delivered, or fail; and let the business know."""
    number, person = message.number, message.person
    code, details = number.failing.pop(0) if number.failing else (_failure(network, message), "")
    if code:
        message.becomes("failed", code, details)
        return
    message.becomes("sent")
    if person and person.online and number.id not in person.blocked:
        message.becomes("delivered")


def _failure(network: FakeWhatsApp, message: Message) -> int:
    """Return the code that it fails with; 0 for none."""
    number, person = message.number, message.person
    if person is None or not person.there:
        return 131026
    if message.type != "template" and not number.may_say_anything(person):
        return 131047
    if message.priced == "marketing" and not person.wants_offers:
        return 131050
    return 131053 if _is_another_medium(network, message) else 0


def _is_another_medium(network: FakeWhatsApp, message: Message) -> bool:
    """Tell whether a medium was sent as something that it is not."""
    kind = KINDS.get(message.type)
    medium = network.medium(str(message.content.get("id", ""))) if kind else None
    return kind is not None and medium is not None and not kind.takes(medium.media_type)


def _taken(message: Message, given: str, *, by_phone: bool) -> dict[str, Any]:
    contact = {"input": given, "wa_id" if by_phone else "user_id": message.phone or given}
    told = {"id": message.id}
    if message.type == "template":
        told["message_status"] = "accepted"
    return {"messaging_product": "whatsapp", "contacts": [contact], "messages": [told]}
