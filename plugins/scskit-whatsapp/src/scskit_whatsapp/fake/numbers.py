"""Businesses, and the phone numbers that they write from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from attrs import define, field

from scskit.testing.network import Thing, verb
from scskit_meta.fake import Token
from scskit_whatsapp.fake import pushing
from scskit_whatsapp.fake.codes import told_later
from scskit_whatsapp.fake.messages import Message
from scskit_whatsapp.fake.pace import THROUGHPUT, THROUGHPUT_IN_COEXISTENCE
from scskit_whatsapp.fake.templates import Template

if TYPE_CHECKING:
    from scskit_whatsapp.fake.network import FakeWhatsApp
    from scskit_whatsapp.fake.people import Person

WINDOW: Final = timedelta(hours=24)
_EXPIRED: Final = 463


@define(kw_only=True, eq=False)
class Business:
    """A WhatsApp Business Account.

    Attributes:
        id: Meta's.
        name: of it.
        templates: its templates.
        override: where its webhooks go instead of where the app's go; empty for there.
    """

    id: str
    name: str
    templates: list[Template] = field(factory=list)
    override: str = ""


class Number(Thing["FakeWhatsApp"]):
    """A phone number of a business. Its ``id`` is Meta's, not the number.

    Attributes:
        name: in the scenario.
        digits: the number itself.
        business: that it belongs to.
        token: what the API is asked with.
        registered: whether it can send.
        coexists: whether the phone's app uses it as well.
        profile: what people see of the business.
        heard: when people last wrote to it, by their names.
        blocked: the names of people whom the business does not want to hear from.
        refusing: the codes that the next messages are refused with, at once.
        failing: the codes that the next messages fail with, after they were taken.
        override: where its webhooks go instead of where the business's go; empty for there.
    """

    def __init__(self, network: FakeWhatsApp, name: str, digits: str, business: Business) -> None:
        """Be added to a business."""
        super().__init__(network, network.digits(15))
        self.name, self.digits, self.business = name, digits, business
        self.token: Token = network.business_token(business)
        self.registered, self.coexists, self.override = True, False, ""
        self.profile: dict[str, Any] = {"about": f"This is {name}.", "vertical": "RETAIL"}
        self.heard: dict[str, datetime] = {}
        self.blocked: set[str] = set()
        self.shop = {"is_cart_enabled": True, "is_catalog_visible": False}
        self.automation: dict[str, Any] = {}
        self.refusing: list[int] = []
        self.failing: list[tuple[int, str]] = []

    def told(self) -> dict[str, Any]:
        """Say what the number is, and what the API is asked with."""
        ids = {"number": self.digits, "business_account_id": self.business.id}
        return {**super().told(), **ids, "token": self.token.value, "coexists": self.coexists}

    @property
    def throughput(self) -> int:
        """How many messages a second it may send."""
        return THROUGHPUT_IN_COEXISTENCE if self.coexists else THROUGHPUT

    def may_say_anything(self, person: Person | None) -> bool:
        """Tell whether the service window with a person is open."""
        last = self.heard.get(person.name) if person else None
        return last is not None and self.network.clock.now() < last + WINDOW

    # In the phone's app, beside the desk.

    @verb
    def writes(self, to: Person, text: str) -> Message:
        """Write from the phone's app; the API is told (coexistence)."""
        return self._from_the_app(to, "text", {"body": text})

    @verb
    def answers(self, on: Message, text: str) -> Message:
        """Answer a message from the phone's app; the API is told (coexistence)."""
        if on.person is None:
            told = "nobody wrote this"
            raise ValueError(told)
        return self._from_the_app(on.person, "text", {"body": text}, on)

    def _from_the_app(
        self,
        person: Person,
        type_: str,
        content: Mapping[str, Any],
        on: Message | None = None,
    ) -> Message:
        self.coexists = True
        message = Message(
            self.network, self, person, "app", type_, content, quotes=on.id if on else ""
        )
        context = {"from": person.wa_id, "id": on.id} if on else None
        message.arrives(**({"context": context} if context else {}))
        return message

    # What is prepared, and what happens to it.

    @verb
    def has_template(
        self,
        name: str,
        text: str,
        language: str = "en_US",
        category: str = "UTILITY",
        buttons: list[str] | None = None,
    ) -> Template:
        """Give its business an approved template.

        Args:
            name: of it.
            text: with places such as ``{{1}}``.
            language: its language.
            category: ``UTILITY``, ``MARKETING`` or ``AUTHENTICATION``.
            buttons: the titles of quick replies.
        """
        components: list[dict[str, Any]] = [{"type": "BODY", "text": text}]
        if buttons:
            quick = [{"type": "QUICK_REPLY", "text": title} for title in buttons]
            components.append({"type": "BUTTONS", "buttons": quick})
        template = Template(self.network, name, language, category, components)
        template.reviewed("APPROVED")
        self.business.templates.append(template)
        return template

    @verb
    def will_refuse(self, code: int, times: int = 1) -> None:
        """Let the next messages be refused at once, with an error of this code."""
        self.refusing += [code] * times

    @verb
    def will_fail(self, code: int, times: int = 1, details: str = "") -> None:
        """Let the next messages be taken, and fail afterwards with this code."""
        self.failing += [(code, details)] * times

    @verb
    def loses_token(self) -> None:
        """Let its token expire."""
        self.token.refused_as = _EXPIRED

    @verb
    def gets_token(self) -> None:
        """Give it a fresh token."""
        self.token = self.network.business_token(self.business)

    @verb
    def is_warned(self, code: int = 131031) -> None:
        """Tell the business of an error that is about no message."""
        value = pushing.value(self, "errors", [told_later(code)])
        self.network.tell("other", self, "messages", value)

    @verb
    def is_restricted(self, days: int = 7) -> None:
        """Keep the business from writing to people first, for so many days."""
        until = int((self.network.clock.now() + timedelta(days=days)).timestamp())
        kind = "RESTRICTED_BIZ_INITIATED_MESSAGING"
        info = [{"restriction_type": kind, "expiration": until}]
        value = {"event": "ACCOUNT_RESTRICTION", "restriction_info": info}
        self.network.tell("other", self, "account_update", value, timed=True)

    @verb
    def changes_quality(self, event: str = "FLAGGED", limit: str = "TIER_1K") -> None:
        """Let people think otherwise of the number's messages."""
        value = {"display_phone_number": self.digits, "event": event, "current_limit": limit}
        self.network.tell("other", self, "phone_number_quality_update", value, timed=True)
