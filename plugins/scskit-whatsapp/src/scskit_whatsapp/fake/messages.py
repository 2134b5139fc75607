"""Messages between people and numbers, whoever wrote them, and what is pushed about them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

from scskit.testing.network import EventKind, Sent, Thing, verb
from scskit_whatsapp.fake import codes, pushing

if TYPE_CHECKING:
    from scskit_whatsapp.fake.network import FakeWhatsApp
    from scskit_whatsapp.fake.numbers import Number
    from scskit_whatsapp.fake.people import Person

By = Literal["person", "api", "app"]
"""Who wrote it: the person, a client of the API, or the business in the phone's app."""

_CAPTIONED: Final = frozenset({"image", "video", "document"})
_LASTS: Final = timedelta(hours=24)


class Message(Thing["FakeWhatsApp"]):
    """One message.

    Attributes:
        number: of the business.
        person: with whom; None for somebody who is not on WhatsApp.
        by: who wrote it.
        type: of WhatsApp.
        content: what stands under the name of its type.
        at: when it was written, as it says itself.
        quotes: the id of the message that it answers; empty for none.
        status: how far it came: ``sent``, ``delivered``, ``read``, ``played``, ``failed``; empty
            for what people wrote.
        seen: whether the business has marked it as read.
        sent: the record of it, where the API sent it.
        phone: the number that it was sent to, where it was sent to one.
        buttons: the quick replies that it shows, titles by payload, where a template has them.
        priced: ``service``, or the category of a template.
    """

    def __init__(  # noqa: PLR0913, PLR0917  what a message is made of
        self,
        network: FakeWhatsApp,
        number: Number,
        person: Person | None,
        by: By,
        type_: str,
        content: Any,  # noqa: ANN401  JSON
        *,
        quotes: str = "",
    ) -> None:
        """Come into being; nothing is pushed yet."""
        super().__init__(network, network.wamid())
        self.number, self.person, self.by = number, person, by
        self.type, self.content, self.quotes = type_, content, quotes
        self.at: datetime = network.stamp("message" if by == "person" else "echo")
        self.status, self.seen, self.phone = "", False, ""
        self.sent: Sent | None = None
        self.buttons: dict[str, str] = {}
        self.priced = "service"
        network.messages[self.id] = self

    def told(self) -> dict[str, Any]:
        """Say what it says, and how far it came."""
        told = {"by": self.by, "type": self.type, "content": self.content, "quotes": self.quotes}
        return {**super().told(), **told, "status": self.status, "seen": self.seen}

    # What is pushed of it, where it was not the API that sent it.

    def arrives(self, **more: Any) -> None:  # noqa: ANN401  JSON
        """Push it; ``more`` stands in it as well."""
        item = {**self._who(), **self._head(self.id, self.at), **more}
        item |= {"type": self.type, self.type: self.content}
        self._push("message" if self.by == "person" else "echo", item)

    def _who(self) -> dict[str, str]:
        assert self.person is not None  # noqa: S101  what nobody got is not pushed
        if self.by == "person":
            return pushing.author(self.person)
        to = {"to": self.person.shown_phone, "to_user_id": self.person.user_id}
        return {"from": self.number.digits, **{name: id_ for name, id_ in to.items() if id_}}

    @staticmethod
    def _head(id_: str, at: datetime) -> dict[str, str]:
        return {"id": id_, "timestamp": pushing.seconds(at)}

    def _push(self, kind: EventKind, item: Mapping[str, Any]) -> None:
        assert self.person is not None  # noqa: S101  as above
        if self.person.name in self.number.blocked:
            return
        own = self.by == "app"
        name = "message_echoes" if own else "messages"
        value = pushing.value(self.number, name, [item], [self.person.contact()])
        field = "smb_message_echoes" if own else "messages"
        self.network.tell(kind, self.number, field, value, subject=self.id)

    def _changed(self, kind: EventKind, type_: str, change: Mapping[str, Any]) -> None:
        if self.by == "api":
            told = "the API of WhatsApp can change nothing that it has sent"
            raise ValueError(told)
        id_, at = self.network.wamid(), self.network.stamp(kind)
        item: dict[str, Any] = {**self._who(), **self._head(id_, at), "type": type_}
        item[type_] = {"original_message_id": self.id, **change}
        self._push(kind, item)

    @verb
    def edited(self, text: str) -> None:
        """Say something else from now on: a text, or the caption of a medium.

        Raises:
            ValueError: it is neither, or the API has sent it.
        """
        if self.type != "text" and self.type not in _CAPTIONED:
            told = f"what is edited is a text or a caption, and not {self.type}"
            raise ValueError(told)
        new = {"body": text} if self.type == "text" else {**self.content, "caption": text}
        self._changed("edit", "edit", {"message": {"type": self.type, self.type: new}})
        self.content = new

    @verb
    def deleted(self) -> None:
        """Be taken back.

        Raises:
            ValueError: the API has sent it.
        """
        self._changed("deletion", "revoke", {})

    # What becomes of it, where the API sent it.

    def becomes(self, status: str, code: int = 0, details: str = "") -> None:
        """Come further, or fail with a code, and let the business know."""
        self.status = status
        told: dict[str, Any] = {"id": self.id, "status": status}
        told["timestamp"] = pushing.seconds(self.network.stamp("receipt"))
        told |= self._recipient()
        if code:
            told["errors"] = [codes.told_later(code, details)]
        else:
            told |= self._price(status)
        if self.sent is not None:
            self.sent.extra["status"] = status
            self.sent.extra |= {"error": code} if code else {}
            told |= {name: self.sent.extra[name] for name in _GIVEN_BACK if name in self.sent.extra}
        person = self.person.contact(self.phone) if self.person else {"wa_id": self.phone}
        value = pushing.value(self.number, "statuses", [told], [person])
        self.network.tell("receipt", self.number, "messages", value, subject=self.id)

    def _recipient(self) -> dict[str, str]:
        phone = self.phone or (self.person.shown_phone if self.person else "")
        ids = {"recipient_id": phone, "recipient_user_id": self.person and self.person.user_id}
        return {name: id_ for name, id_ in ids.items() if id_}

    def _price(self, status: str) -> dict[str, Any]:
        """Return what it costs: nothing while somebody waits for an answer."""
        free = self.priced in {"service", "utility"} and self.number.may_say_anything(self.person)
        pricing = {
            "billable": not free,
            "pricing_model": "PMP",
            "category": self.priced,
            "type": "free_customer_service" if free else "regular",
        }
        conversation: dict[str, Any] = {"id": self.id[-16:], "origin": {"type": self.priced}}
        if status == "sent":
            conversation["expiration_timestamp"] = pushing.seconds(self.at + _LASTS)
        return {"conversation": conversation, "pricing": pricing}


_GIVEN_BACK: Final = ("biz_opaque_callback_data",)
