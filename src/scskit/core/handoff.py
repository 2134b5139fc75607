"""From public to private: how a network lets a brand lead people there, and what was offered.

Somebody who complains in public is answered in public, and asked to go on in private. What they
write there, often in a conversation that nobody knew of before, belongs to the same case: an offer
remembers for a while who was invited from which case.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal, Protocol

from attrs import field, frozen

from scskit.core.ids import AccountId, CaseId, CustomerId, IdentityId
from scskit.core.slots import SlotValue

if TYPE_CHECKING:
    from scskit.core.interaction import Message
    from scskit.core.outbound import Reply

InvitationKind = Literal["private_reply", "direct_message", "deep_link"]
"""How people are led into private: by an answer in private to what they said in public, by a
message to them, or by a link in public that they follow if they like."""


@frozen(kw_only=True)
class PrivateInvitation:
    """One way in which an account can lead people into private.

    Attributes:
        kind: how.
        link: for ``deep_link``, the address that opens a conversation with the account. It names
            the brand and nobody else: whoever reads along may follow it too.
        within: for how long after the message that it answers the network allows it.
        once: whether the network allows it only once for each message.

    Raises:
        ValueError: a deep link has no address, or something else has one.
    """

    kind: InvitationKind
    link: str = ""
    within: timedelta | None = None
    once: bool = False

    def __attrs_post_init__(self) -> None:
        """Refuse what would lead nowhere."""
        if (self.kind == "deep_link") != bool(self.link):
            message = f"{self.kind} with link {self.link!r}: a deep link, and nothing else, has one"
            raise ValueError(message)


@frozen
class FromTemplate:
    """Words that a template of the desk file gives.

    Attributes:
        name: the template's.
        values: what fills its slots, by name.
    """

    name: str
    values: Mapping[str, SlotValue] = field(factory=dict)


@frozen(kw_only=True)
class Offer:
    """An invitation into private that nobody has followed yet.

    Attributes:
        case_id: the case that it goes on.
        identity_id: who was invited, as the public conversation knows them.
        account_id: where they are expected.
        origin: the account that invited them.
        offered_at: when.
        until: for how long what they write is taken for an answer to it.
    """

    case_id: CaseId
    identity_id: IdentityId
    account_id: AccountId
    origin: AccountId
    offered_at: datetime
    until: datetime

    def expects(self, message: Message) -> bool:
        """Tell whether a private message may be what this offer led to."""
        here = message.account in {self.account_id, self.origin}
        return here and message.posted_at <= self.until


class OfferRows(Protocol):
    """Reads and writes of one tenant for offers."""

    def of_people(self, people: Iterable[IdentityId]) -> dict[IdentityId, list[Offer]]:
        """Return the offers to these identities, oldest first."""
        ...

    def of_customer(self, customer: CustomerId) -> list[Offer]:
        """Return the offers from cases of a customer, whatever the handle."""
        ...

    def of_case(self, case: CaseId) -> list[Offer]:
        """Return the offers from a case."""
        ...

    def put(self, offer: Offer) -> None:
        """Remember an offer; one of the same case to the same account is renewed."""
        ...

    def close(self, offers: Sequence[Offer]) -> None:
        """Forget offers that were followed."""
        ...

    def forget(self, until: datetime) -> None:
        """Forget what ran out before ``until``."""
        ...


def choose(
    ways: Sequence[PrivateInvitation],
    answered_at: datetime | None,
    now: datetime,
    earlier: Iterable[Reply],
    in_reply_to: str | None,
) -> PrivateInvitation | None:
    """Return the first of an account's ways that the network allows now.

    Args:
        ways: what the connector declares, the best first.
        answered_at: when the message was written that the invitation answers.
        now: the present instant.
        earlier: the replies of the case so far.
        in_reply_to: the external id of that message.
    """
    used = any(_stands(reply, in_reply_to) for reply in earlier)
    for way in ways:
        late = way.within and answered_at is not None and now - answered_at > way.within
        if not late and not (way.once and used):
            return way
    return None


def _stands(reply: Reply, in_reply_to: str | None) -> bool:
    """Tell whether a reply is a private answer to a message, given or on its way."""
    return (
        reply.visibility == "private"
        and reply.in_reply_to == in_reply_to
        and reply.state not in {"draft", "rejected", "cancelled", "failed"}
    )


_WORDS: Mapping[str, Mapping[str, str]] = {
    "acknowledgement": {
        "en": "Thank you for telling us. We are looking into it.",
        "es": "Gracias por avisarnos. Estamos revisando lo ocurrido.",
        "pt": "Agradecemos a mensagem. Estamos a analisar o caso.",
    },
    "invitation": {
        "en": "So that nobody else reads along, please send us the details in private.",
        "es": "Para que nadie más lo lea, por favor envíenos los detalles en privado.",
        "pt": "Para que mais ninguém leia, por favor envie-nos os detalhes em privado.",
    },
    "closing": {
        "en": "This has been resolved in private. Thank you for waiting.",
        "es": "Este caso quedó resuelto en privado. Gracias por su paciencia.",
        "pt": "Este caso foi resolvido em privado. Obrigado pela paciência.",
    },
    "continuation": {
        "en": "As agreed, we go on here with your request.",
        "es": "Como acordamos, seguimos por aquí con su solicitud.",
        "pt": "Como combinado, continuamos por aqui com o seu pedido.",
    },
}


def words(purpose: str, language: str) -> str:
    """Return what is said where a brand has no words of its own; in English where none fit."""
    texts = _WORDS[purpose]
    return next((texts[tag] for tag in _tags(language) if tag in texts), texts["en"])


def _tags(language: str) -> Iterator[str]:
    yield language
    yield language.partition("-")[0].lower()


def with_link(text: str, link: str) -> str:
    """Return a text with a link: where it says ``{link}``, else at its end."""
    if "{link}" in text:
        return text.replace("{link}", link)
    return text if link in text else f"{text.rstrip()} {link}"
