"""What people on WhatsApp say, and do with what they got."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from scskit.testing.network import verb
from scskit_whatsapp.fake.choosing import chosen
from scskit_whatsapp.fake.codes import told_later
from scskit_whatsapp.fake.media import KINDS
from scskit_whatsapp.fake.messages import Message
from scskit_whatsapp.fake.somebody import Somebody

if TYPE_CHECKING:
    from scskit_whatsapp.fake.numbers import Number

_UNREAD: Final = frozenset({"sent", "delivered"})
_OFTEN: Final = 4
_OF_A_PLACE: Final = ("name", "address", "url")


class Person(Somebody):
    """Somebody who writes."""

    def _says(
        self,
        to: Number | None,
        type_: str,
        content: Any,  # noqa: ANN401  JSON
        on: Message | None = None,
        **more: Any,  # noqa: ANN401  JSON
    ) -> Message:
        number = to or (on.number if on else None) or self._last or self.network.first_number()
        self._last = number
        message = Message(
            self.network, number, self, "person", type_, content, quotes=on.id if on else ""
        )
        if type_ != "request_welcome":  # who has only looked has said nothing
            number.heard[self.name] = self.network.clock.now()
        context = {"from": self._written_by(on), "id": on.id} if on else {}
        context |= more.pop("context", {})
        message.arrives(**({"context": context} if context else {}), **more)
        return message

    def _written_by(self, message: Message) -> str:
        return self.wa_id if message.by == "person" else message.number.digits

    @verb
    def writes(
        self,
        text: str,
        to: Number | None = None,
        on: Message | None = None,
        forwarded: int = 0,
        referral: Mapping[str, Any] | None = None,
    ) -> Message:
        """Write a text.

        Args:
            text: what it says.
            to: the number; without one, the last that the person wrote to.
            on: the message that it quotes.
            forwarded: how often it was passed on before.
            referral: the advertisement that led here, as WhatsApp tells it.
        """
        more: dict[str, Any] = {"referral": dict(referral)} if referral else {}
        if forwarded:
            many = forwarded > _OFTEN
            more["context"] = {"frequently_forwarded" if many else "forwarded": True}
        return self._says(to, "text", {"body": text}, on, **more)

    @verb
    def sends(  # noqa: PLR0913, PLR0917  what a medium is made of
        self,
        kind: str = "image",
        caption: str = "",
        to: Number | None = None,
        on: Message | None = None,
        media_type: str = "",
        filename: str = "",
        content: str = "",
        voice: bool = False,  # noqa: FBT001, FBT002  steps name it
    ) -> Message:
        """Send a medium.

        Args:
            kind: ``image``, ``video``, ``audio``, ``document`` or ``sticker``.
            caption: a text that goes with it.
            to: the number.
            on: the message that it quotes.
            media_type: such as ``image/png``.
            filename: of a document.
            content: what it holds; made up unless given.
            voice: whether it is a voice message.
        """
        type_ = media_type or KINDS[kind].usual
        held = (content or f"{kind} by {self.name}").encode()
        medium = self.network.keep_medium(held, type_, filename, owner="")
        told: dict[str, Any] = {"mime_type": type_, "sha256": medium.base64, "id": medium.id}
        told |= {"caption": caption} if caption else {}
        told |= {"filename": filename} if filename else {}
        told |= {"voice": voice} if kind == "audio" else {}
        told |= {"animated": False} if kind == "sticker" else {}
        return self._says(to, kind, told, on)

    @verb
    def shares_place(  # noqa: PLR0913, PLR0917  what a place is made of
        self,
        latitude: float,
        longitude: float,
        name: str = "",
        address: str = "",
        url: str = "",
        to: Number | None = None,
        on: Message | None = None,
    ) -> Message:
        """Share a place."""
        place: dict[str, Any] = {"latitude": latitude, "longitude": longitude}
        place |= {
            key: text for key, text in zip(_OF_A_PLACE, (name, address, url), strict=True) if text
        }
        return self._says(to, "location", place, on)

    @verb
    def shares_contact(
        self, name: str, phone: str, to: Number | None = None, on: Message | None = None
    ) -> Message:
        """Share somebody's phone number."""
        digits = "".join(filter(str.isdigit, phone))
        called = {"formatted_name": name, "first_name": name}
        phones = [{"phone": phone, "wa_id": digits, "type": "CELL"}]
        return self._says(to, "contacts", [{"name": called, "phones": phones}], on)

    @verb
    def chooses(self, on: Message, choice: str) -> Message:
        """Choose a button or a row of a message, by its title or id.

        Raises:
            ValueError: the message offers nothing of this name.
        """
        type_, content = chosen(on, choice)
        return self._says(None, type_, content, on)

    @verb
    def fills_in(self, on: Message, answers: Mapping[str, Any]) -> Message:
        """Fill in the form (Flow) of a message."""
        response = json.dumps({"flow_token": "unused", **answers})
        form = {"name": "flow", "body": "Sent", "response_json": response}
        return self._says(None, "interactive", {"type": "nfm_reply", "nfm_reply": form}, on)

    @verb
    def answers_call_request(self, on: Message, response: str = "accept") -> Message:
        """Let the business call, or not (``reject``)."""
        reply = {"response": response, "response_source": "user_action"}
        content = {"type": "call_permission_reply", "call_permission_reply": reply}
        return self._says(None, "interactive", content, on)

    @verb
    def reacts(self, on: Message, emoji: str = "👍") -> Message:
        """Put an emoji on a message; none takes it back."""
        told = {"message_id": on.id, **({"emoji": emoji} if emoji else {})}
        return self._says(on.number, "reaction", told)

    @verb
    def orders(
        self, products: Mapping[str, int], text: str = "", to: Number | None = None
    ) -> Message:
        """Order products of the catalog: how many of which."""
        items = [
            {"product_retailer_id": sku, "quantity": n, "item_price": 10, "currency": "EUR"}
            for sku, n in products.items()
        ]
        order = {"catalog_id": "1940000000000001", "text": text, "product_items": items}
        return self._says(to, "order", order)

    @verb
    def sends_unsupported(self, what: str = "poll", to: Number | None = None) -> Message:
        """Send something that the API does not hand over, such as a poll."""
        return self._says(to, "unsupported", {"type": what}, errors=[told_later(131051)])

    @verb
    def opens_chat(self, to: Number | None = None) -> Message:
        """Open the chat for the first time, where the number asks to know."""
        return self._says(to, "request_welcome", {})

    @verb
    def says_anything(
        self,
        type: str,  # noqa: A002  WhatsApp's word
        content: Any,  # noqa: ANN401  JSON
        to: Number | None = None,
        on: Message | None = None,
    ) -> Message:
        """Send a message of any type, also of one that there is not yet."""
        return self._says(to, type, content, on)

    # What they do with what they got.

    @verb
    def reads(self, to: Number | None = None) -> None:
        """Read everything that came, from one number or from all."""
        for message in self._got(to):
            if message.status in _UNREAD and self.online:
                message.becomes("read")

    @verb
    def plays(self, on: Message) -> None:
        """Listen to a voice message."""
        on.becomes("played")
