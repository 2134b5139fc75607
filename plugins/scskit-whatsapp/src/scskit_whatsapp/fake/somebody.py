"""Who people on WhatsApp are, how that changes, and how they can be reached.

Who has adopted a username hides the phone number: then only the user id (BSUID) is told, which
holds for one business.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from scskit.testing.network import Thing, verb
from scskit_whatsapp.fake import pushing

if TYPE_CHECKING:
    from scskit_whatsapp.fake.messages import Message
    from scskit_whatsapp.fake.network import FakeWhatsApp
    from scskit_whatsapp.fake.numbers import Number

PREFIXES: Final[Mapping[str, str]] = {
    "AR": "54",
    "BR": "55",
    "CO": "57",
    "DE": "49",
    "ES": "34",
    "FR": "33",
    "GB": "44",
    "IT": "39",
    "MX": "52",
    "PT": "351",
    "US": "1",
}
_FAR: Final = frozenset({"sent"})


class Somebody(Thing["FakeWhatsApp"]):
    """Somebody.

    Attributes:
        name: in the scenario; shown as the profile's name.
        wa_id: the phone number as WhatsApp has it.
        phone: the number that people dial, which may differ from it (Brazil's ninth digit).
        user_id: the id that holds for one business, such as ``ES.1234567890``.
        username: chosen by the person; empty for none.
        hides_phone: whether the phone number is kept from businesses.
        country: two letters.
        online: whether the phone is on.
        there: whether the person is on WhatsApp at all.
        wants_offers: whether marketing may be sent.
        blocked: the ids of numbers that the person does not want to hear from.
    """

    def __init__(  # noqa: PLR0913  what a person is made of
        self,
        network: FakeWhatsApp,
        name: str,
        *,
        wa_id: str,
        phone: str,
        user_id: str,
        username: str,
        country: str,
        hides_phone: bool,
    ) -> None:
        """Come onto WhatsApp."""
        super().__init__(network, user_id if hides_phone else wa_id)
        self.name, self.country, self.username = name, country, username
        self.wa_id, self.phone, self.user_id = wa_id, phone or wa_id, user_id
        self.hides_phone = hides_phone
        self.online = self.there = self.wants_offers = True
        self.blocked: set[str] = set()
        self._last: Number | None = None

    @property
    def shown_phone(self) -> str:
        """The phone number, as far as businesses may know it."""
        return "" if self.hides_phone else self.wa_id

    def contact(self, known_phone: str = "") -> dict[str, Any]:
        """Return how a webhook names the person.

        Args:
            known_phone: the number that the business knows and wrote to, if it did.
        """
        profile = {"name": self.name, **({"username": self.username} if self.username else {})}
        phone = known_phone or self.shown_phone
        return {"profile": profile, **({"wa_id": phone} if phone else {}), "user_id": self.user_id}

    def told(self) -> dict[str, Any]:
        """Say by what the person is known."""
        ids = {"wa_id": self.wa_id, "phone": self.phone, "user_id": self.user_id}
        return {**super().told(), **ids, "username": self.username, "hides_phone": self.hides_phone}

    def is_called(self, digits: str) -> bool:
        """Tell whether a phone number is the person's."""
        return digits in {self.wa_id, self.phone}

    # How they can be reached.

    def _got(self, number: Number | None = None) -> list[Message]:
        """Return what the API sent to the person."""
        mine = (one for one in self.network.messages.values() if one.person is self)
        return [one for one in mine if one.by == "api" and number in {None, one.number}]

    @verb
    def goes_offline(self) -> None:
        """Switch the phone off: what comes is sent, and not delivered."""
        self.online = False

    @verb
    def comes_online(self) -> None:
        """Switch the phone on, and get what came meanwhile."""
        self.online = True
        for message in self._got():
            if message.status in _FAR and message.number.id not in self.blocked:
                message.becomes("delivered")

    @verb
    def blocks(self, to: Number) -> None:
        """Hear nothing more from a number; it is not told."""
        self.blocked.add(to.id)

    @verb
    def unblocks(self, to: Number) -> None:
        """Hear from a number again."""
        self.blocked.discard(to.id)

    @verb
    def leaves(self) -> None:
        """Leave WhatsApp."""
        self.there = False

    @verb
    def wants_no_offers(self, to: Number | None = None) -> None:
        """Opt out of marketing."""
        self._prefers(to, "stop", wanted=False)

    @verb
    def wants_offers_again(self, to: Number | None = None) -> None:
        """Opt in again."""
        self._prefers(to, "resume", wanted=True)

    def _prefers(self, to: Number | None, word: str, *, wanted: bool) -> None:
        number = to or self._last or self.network.first_number()
        self.wants_offers = wanted
        ids = {"wa_id": self.shown_phone, "user_id": self.user_id}
        told: dict[str, Any] = {name: id_ for name, id_ in ids.items() if id_}
        told |= {"detail": f"User requested to {word} marketing messages", "value": word}
        told |= {
            "category": "marketing_messages",
            "timestamp": int(self.network.stamp().timestamp()),
        }
        value = pushing.value(number, "user_preferences", [told], [self.contact()])
        self.network.tell("other", number, "user_preferences", value)

    # What changes about them.

    @verb
    def adopts(self, username: str) -> None:
        """Adopt a username; from now on the phone number is hidden."""
        self.username, self.hides_phone = username, True
        self.id = self.user_id

    @verb
    def changes_number(self, number: str = "") -> None:
        """Take another phone number; the user id changes with it."""
        old, new = self.shown_phone or self.user_id, number or self.network.phone(self.country)
        self.wa_id = self.phone = new
        self._becomes_another("user_changed_number", old, new)

    @verb
    def changes_user_id(self) -> None:
        """Get another user id."""
        self._becomes_another("user_changed_user_id", self.user_id)

    def _becomes_another(self, type_: str, old: str, new: str = "") -> None:
        before = pushing.author(self)
        if new and "from" in before:
            before["from"] = old
        self.user_id = self.network.user_id(self.country)
        self.id = self.user_id if self.hides_phone else self.wa_id
        told = {"body": f"User {self.name} changed from {old} to {new or self.user_id}"}
        told |= {"type": type_, "user_id": self.user_id}
        if new and not self.hides_phone:
            told["wa_id"] = new
        self._notice(before, told)

    @verb
    def changes_device(self) -> None:
        """Use WhatsApp on another phone: the identity's hash is another one."""
        told: dict[str, Any] = {
            "body": f"User {self.name} changed identity",
            "type": "customer_identity_changed",
        }
        at = pushing.seconds(self.network.stamp())
        hash_ = self.network.letters(10)
        identity = {"acknowledged": False, "created_timestamp": at, "hash": hash_}
        self._notice(pushing.author(self), told, identity=identity)

    def _notice(self, before: Mapping[str, str], told: Mapping[str, Any], **more: Any) -> None:  # noqa: ANN401  JSON
        """Push a system message to every number that the person has written to."""
        for number in self.network.numbers.values():
            if self.name in number.heard:
                at = pushing.seconds(self.network.stamp("other"))
                item: dict[str, Any] = {
                    **before,
                    "id": self.network.wamid(),
                    "timestamp": at,
                    "type": "system",
                }
                item |= {"system": dict(told), **more}
                value = pushing.value(number, "messages", [item], [self.contact()])
                self.network.tell("other", number, "messages", value)
