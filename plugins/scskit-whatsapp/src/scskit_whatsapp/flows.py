"""What the Cloud API is asked, as flows: generators of requests that somebody else sends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from attrs import frozen

from scskit.core.errors import CredentialsRejected, DeliveryError, Rejected
from scskit.plugins import DeliveryReceipt, Finding, Flow, Outbound
from scskit_meta.errors import unknown_outcome
from scskit_meta.graph import Graph
from scskit_meta.reading import Malformed, read
from scskit_whatsapp import diagnosing
from scskit_whatsapp.config import WhatsAppSettings
from scskit_whatsapp.errors import CODES, WAITS
from scskit_whatsapp.outgoing import address, message_body

if TYPE_CHECKING:
    import httpx

_OK = 200


@frozen(kw_only=True)
class MediaAddress:
    """Where a medium can be fetched, for five minutes and with the account's token.

    Attributes:
        url: the address.
        mime_type: its media type.
        sha256: the digest of its bytes, in base64.
        file_size: how many bytes it has, as Meta writes it.
    """

    url: str
    mime_type: str = ""
    sha256: str = ""
    file_size: str = ""


@frozen
class Flows:
    """What can be done with the numbers of a desk.

    Attributes:
        settings: the numbers and their tokens.
    """

    settings: WhatsAppSettings

    def send(self, outbound: Outbound) -> Flow[DeliveryReceipt]:
        """Send a message.

        HTTP 200 means that it was taken and no more: most failures come later, as a status by
        webhook, which gives back ``outbound.id``.

        Raises:
            DeliveryError: of the kind that says what to do next.
        """
        graph, number = self._number(outbound.account)
        answer = yield from graph.post((number, "messages"), message_body(outbound))
        return _receipt(answer)

    def diagnose(self, account: str) -> Flow[Sequence[Finding]]:
        """Ask what a number lacks."""
        try:
            graph, _ = self._number(account)
        except DeliveryError as error:
            remedy = f'put it and its token into plugins.whatsapp.accounts."{account}"'
            return (Finding(what="token", state="missing", detail=str(error), remedy=remedy),)
        number = self.settings.accounts[account]
        return (yield from diagnosing.diagnose(graph, account, number))

    def mark_read(self, account: str, message_id: str, *, typing: bool = False) -> Flow[None]:
        """Show a person that their message was read, and if wanted that an answer is written.

        Args:
            account: the account that received it.
            message_id: the message.
            typing: show for 25 seconds, or until something is sent, that somebody writes.
        """
        graph, number = self._number(account)
        body: dict[str, Any] = {"messaging_product": "whatsapp", "status": "read"}
        body["message_id"] = message_id
        if typing:
            body["typing_indicator"] = {"type": "text"}
        yield from graph.post((number, "messages"), body)

    def react(self, account: str, to: str, message_id: str, emoji: str = "") -> Flow[str]:
        """Put an emoji on a message, or take it back with an empty one.

        Args:
            account: the account that reacts.
            to: the conversation.
            message_id: the message.
            emoji: what to put on it.

        Returns:
            The id of the reaction.
        """
        graph, number = self._number(account)
        reaction = {"message_id": message_id, "emoji": emoji}
        body = {**address(to), "type": "reaction", "reaction": reaction}
        return _receipt((yield from graph.post((number, "messages"), body))).external_id

    def upload(self, account: str, content: bytes, media_type: str, name: str) -> Flow[str]:
        """Hand over a medium, to be sent by its id within 30 days.

        Args:
            account: the account that will send it.
            content: its bytes.
            media_type: such as ``image/jpeg``.
            name: the file name.

        Returns:
            The id for ``Attachment.external_id``.
        """
        graph, number = self._number(account)
        response = yield _multipart(graph, number, content, media_type, name)
        answer = graph.answer(response, changes=True)
        if not isinstance(answer.get("id"), str):
            raise unknown_outcome(_OK, "the answer names no medium")
        return str(answer["id"])

    def media(self, account: str, media_id: str) -> Flow[MediaAddress]:
        """Ask where a medium that came with a message can be fetched."""
        graph, number = self._number(account)
        answer = yield from graph.get((media_id,), phone_number_id=number)
        try:
            return read(answer, MediaAddress)
        except Malformed as error:
            raise Rejected(f"the answer names no address: {error}") from None

    def _number(self, account: str) -> tuple[Graph, str]:
        number = self.settings.accounts.get(account)
        if number is None:
            raise Rejected(f"no number is configured for account {account!r}")
        if number.token is None:
            raise CredentialsRejected(f"account {account!r} has no token", error_class="auth")
        graph = Graph(
            base_url=self.settings.base_url,
            version=self.settings.api_version,
            token=number.token,
            app_secret=self.settings.proving,
            codes=CODES,
            waits=WAITS,
        )
        return graph, number.phone_number_id


def _multipart(
    graph: Graph, number: str, content: bytes, media_type: str, name: str
) -> httpx.Request:
    import httpx  # noqa: PLC0415  only who sends needs it

    bare = graph.request("POST", (number, "media"))
    return httpx.Request(
        "POST",
        bare.url,
        headers={"authorization": bare.headers["authorization"]},
        data={"messaging_product": "whatsapp", "type": media_type},
        files={"file": (name, content, media_type)},
    )


def _receipt(answer: dict[str, Any]) -> DeliveryReceipt:
    """Return what the answer says; without a message id nobody knows what became of it."""
    messages, contacts = answer.get("messages"), answer.get("contacts")
    message = messages[0] if isinstance(messages, list) and messages else None
    if not isinstance(message, dict) or not isinstance(message.get("id"), str):
        raise unknown_outcome(_OK, "the answer names no message")
    contact = contacts[0] if isinstance(contacts, list) and contacts else None
    status = message.get("message_status")
    return DeliveryReceipt(
        external_id=message["id"],
        detail=status if isinstance(status, str) else "",
        recipient=_other(contact) if isinstance(contact, dict) else None,
    )


def _other(contact: dict[str, Any]) -> str | None:
    """Return who it went to, where that is another id than it was addressed to."""
    found = contact.get("wa_id") or contact.get("user_id")
    told = str(contact.get("input", "")).removeprefix("+")
    return found if isinstance(found, str) and found != told else None
