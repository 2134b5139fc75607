"""The network: numbers of businesses, people, what they say, and how it is pushed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, ClassVar, Final

from scskit.testing.network import Call, Routes, Sent, Thing
from scskit_meta.fake import Token
from scskit_meta.fake import routes as common
from scskit_whatsapp.fake import media, nodes, profiles, sending, subscribing, templates
from scskit_whatsapp.fake.ground import Ground
from scskit_whatsapp.fake.numbers import Business, Number
from scskit_whatsapp.fake.people import Person
from scskit_whatsapp.fake.templates import Template

GRAPH: Final = "https://graph.facebook.com"
SCOPES: Final = frozenset({"whatsapp_business_messaging", "whatsapp_business_management"})
_PUSHES_FOR: Final = timedelta(days=7)
_LONGEST_WAIT: Final = timedelta(hours=6)
_NOT_DIGITS: Final = re.compile(r"[+\-\s()]")


class FakeWhatsApp(Ground):
    """WhatsApp's Cloud API."""

    name: ClassVar[str] = "whatsapp"
    routes: ClassVar[Routes[Any]] = Routes(
        sending.routes,
        media.routes,
        templates.routes,
        profiles.routes,
        subscribing.routes,
        nodes.routes,
        common,
    )

    # Who is here.

    def customer(  # noqa: PLR0913  what a person may be known by
        self,
        name: str,
        *,
        phone: str = "",
        wa_id: str = "",
        user_id: str = "",
        username: str = "",
        country: str = "ES",
        hides_phone: bool = False,
    ) -> Person:
        """Return a person; the first time, bring one onto WhatsApp.

        Args:
            name: in the scenario, and in the profile.
            phone: the number that people dial, without ``+``.
            wa_id: the number as WhatsApp has it, where that is another one.
            user_id: the id that holds for the business.
            username: adopted by the person.
            country: two letters; it decides on made up numbers and ids.
            hides_phone: whether the business may not know the number.
        """
        found = self.names.get(name)
        if isinstance(found, Person):
            return found
        person = Person(
            self,
            name,
            wa_id=wa_id or phone or self.phone(country),
            phone=phone,
            user_id=user_id or self.user_id(country),
            username=username,
            country=country,
            hides_phone=hides_phone,
        )
        self.names[name] = person
        self.people.append(person)
        return person

    def account(self, name: str, *, number: str = "", business: str = "") -> Number:
        """Return a number of a business; the first time, add it.

        Args:
            name: in the scenario; the desk's account is called after it.
            number: its digits.
            business: the name of its WhatsApp Business Account; one has all unless told.
        """
        found = self.names.get(name)
        if isinstance(found, Number):
            return found
        made = Number(self, name, number or self.phone("ES"), self._business(business))
        self.names[name] = self.numbers[made.id] = made
        return made

    def _business(self, name: str) -> Business:
        called = name or "business"
        for business in self.businesses.values():
            if business.name == called:
                return business
        made = Business(id=self.digits(15), name=called)
        hello = [{"type": "BODY", "text": "Welcome, and congratulations!"}]
        template = Template(self, "hello_world", "en_US", "UTILITY", hello)
        template.reviewed("APPROVED")
        made.templates.append(template)
        self.businesses[made.id] = made
        return made

    def first_number(self) -> Number:
        """Return the number that people write to who name none."""
        return next(iter(self.numbers.values()), None) or self.account("acme")

    def business_token(self, business: Business) -> Token:
        """Issue a token of a system user who may do everything for a business."""
        return self.token("system", business.id, SCOPES)

    def named(self, name: str) -> Thing[Any]:
        """Return a person, a thing or, by its id, a message."""
        return self.messages.get(name) or super().named(name)

    def person(self, to: str, user_id: str = "") -> Person | None:
        """Return who is reached by a phone number or by a user id."""
        if user_id:
            return next((one for one in self.people if one.user_id == user_id), None)
        digits = _NOT_DIGITS.sub("", to)
        return next((one for one in self.people if one.is_called(digits)), None)

    def settings(self, url: str = GRAPH) -> Mapping[str, Any]:
        """Return what a desk file says to use this network at an address."""
        accounts = {
            f"whatsapp.{number.name}": {
                "phone_number_id": number.id,
                "token": number.token.value,
                "business_account_id": number.business.id,
            }
            for number in self.numbers.values()
        }
        told = {"base_url": url, "secrets": [self.secret], "verify_token": self.verify_token}
        return {"plugins": {self.name: {**told, "accounts": accounts}}}

    def __iter__(self) -> Iterator[Sent]:
        """Go through what clients sent and people got, or still may; without what failed."""
        return (one for one in super().__iter__() if one.extra.get("status") != "failed")

    # Who asks for what.

    def number_asked(self, call: Call) -> Number:
        """Return the number in the path.

        Raises:
            Refused: there is none, or it is none of the caller's.
        """
        number = self.numbers.get(call.params["id"])
        if number is None or number.business.id != call.caller.owner:
            raise self.missing(call.params["id"], doing=call.method.lower())
        self.need(call, "whatsapp_business_messaging", code=10)
        return number

    def business_asked(self, call: Call) -> Business:
        """Return the business in the path.

        Raises:
            Refused: there is none, or it is none of the caller's.
        """
        business = self.businesses.get(call.params["id"])
        if business is None or business.id != call.caller.owner:
            raise self.missing(call.params["id"], doing=call.method.lower())
        self.need(call, "whatsapp_business_management")
        return business
