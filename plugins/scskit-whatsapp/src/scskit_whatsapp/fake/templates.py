"""Templates: made, reviewed, listed, filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from scskit.testing.network import Call, Routes, Thing, answer, verb
from scskit_meta.fake import Given, Node, edge, shown

if TYPE_CHECKING:
    import httpx

    from scskit_whatsapp.fake.network import FakeWhatsApp
    from scskit_whatsapp.fake.numbers import Business

routes: Routes[Any] = Routes()

REVIEW: Final = timedelta(minutes=1)
_PLACE: Final = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_MOST: Final = 250
_NAME: Final = re.compile(r"[a-z0-9_]{1,512}")
_CATEGORIES: Final = ("AUTHENTICATION", "MARKETING", "UTILITY")
_UNASKED: Final = ("name", "parameter_format", "components", "language", "status", "category", "id")


class Template(Thing["FakeWhatsApp"]):
    """One template in one language.

    Attributes:
        name: of it.
        language: such as ``en_US``.
        category: ``UTILITY``, ``MARKETING`` or ``AUTHENTICATION``.
        components: what it is made of, as the API has it.
    """

    def __init__(
        self,
        network: FakeWhatsApp,
        name: str,
        language: str,
        category: str,
        components: Sequence[Mapping[str, Any]],
    ) -> None:
        """Be handed in; somebody will look at it."""
        super().__init__(network, network.digits(16))
        self.name, self.language, self.category = name, language, category
        self.components = [dict(component) for component in components]
        self._status, self._before = "APPROVED", "PENDING"
        self._from: datetime = network.clock.now() + REVIEW

    @property
    def status(self) -> str:
        """Whether it may be sent: ``APPROVED``, or why not."""
        return self._status if self.network.clock.now() >= self._from else self._before

    def reviewed(self, status: str) -> None:
        """Be approved, rejected, paused or disabled from now on."""
        self._status, self._from = status, self.network.clock.now()

    @verb
    def becomes(self, status: str, reason: str = "NONE") -> None:
        """Be approved, rejected, paused or disabled, and let its business know."""
        self.reviewed(status)
        self.tell(status, reason)

    def tell(self, status: str, reason: str = "NONE", delay: timedelta = timedelta(0)) -> None:
        """Let its business know what became of it."""
        business = next(one for one in self.network.businesses.values() if self in one.templates)
        value = {
            "event": status,
            "message_template_id": int(self.id),
            "message_template_name": self.name,
            "message_template_language": self.language,
            "reason": reason,
        }
        field = "message_template_status_update"
        self.network.tell("other", business, field, value, timed=True, delay=delay)

    def told(self) -> dict[str, Any]:
        """Say what it is."""
        return {**super().told(), "name": self.name, "status": self.status}

    def node(self) -> Node:
        """Return it as the API shows it."""
        told = {
            "id": self.id,
            "name": self.name,
            "language": self.language,
            "status": self.status,
            "category": self.category,
            "parameter_format": "NAMED" if any(map(str.isalpha, self.places())) else "POSITIONAL",
            "components": self.components,
            "quality_score": {"score": "UNKNOWN", "date": int(self._from.timestamp())},
            "rejected_reason": "NONE",
        }
        return Node(told, unasked=_UNASKED)

    def part(self, type_: str) -> Mapping[str, Any]:
        """Return a component by its type; an empty one where there is none."""
        return next((one for one in self.components if _type(one) == type_), {})

    def places(self, type_: str = "BODY") -> list[str]:
        """Return the names or numbers of the places in a component's text."""
        return list(dict.fromkeys(_PLACE.findall(str(self.part(type_).get("text", "")))))

    def filled(self, values: Sequence[str]) -> str:
        """Return its text with values in its places."""
        by_place = dict(zip(self.places(), values, strict=False))
        text = str(self.part("BODY").get("text", ""))
        return _PLACE.sub(lambda place: by_place.get(place[1], place[0]), text)

    def buttons(self, payloads: Mapping[int, str]) -> dict[str, str]:
        """Return the titles of its quick replies, by the payload of each."""
        found = self.part("BUTTONS").get("buttons") or ()
        return {
            payloads.get(place, str(button.get("text"))): str(button.get("text"))
            for place, button in enumerate(found)
            if button.get("type") == "QUICK_REPLY"
        }


def _type(component: Mapping[str, Any]) -> str:
    return str(component.get("type", "")).upper()


@routes.add("GET", "/{id}/message_templates")
def listed(network: FakeWhatsApp, call: Call) -> httpx.Response:
    """List the templates of a business: all, or those that are asked for."""
    business, given = network.business_asked(call), network.given(call)
    nodes = [one.node() for one in business.templates if _is_asked_for(one, given)]
    path = f"/{business.id}/message_templates"
    page = edge(network, call, path, nodes, network.asked(call))
    if given.has("summary"):
        page["summary"] = _summary(business, len(nodes))
    return answer(200, page)


def _is_asked_for(template: Template, given: Given) -> bool:
    wanted = ("language", "status", "category")
    texts = {"name": template.name, "content": str(template.components)}
    texts["name_or_content"] = " ".join(texts.values())
    return all(
        not given.has(name) or str(getattr(template, name)) in map(str, given.list(name))
        for name in wanted
    ) and all(given.text(name).lower() in text.lower() for name, text in texts.items())


def _summary(business: Business, found: int) -> dict[str, Any]:
    return {
        "total_count": found,
        "message_template_count": len(business.templates),
        "message_template_limit": _MOST,
        "are_translations_complete": True,
    }


@routes.add("POST", "/{id}/message_templates")
def create(network: FakeWhatsApp, call: Call) -> httpx.Response:
    """Hand in a template; it is looked at within a minute."""
    business = network.business_asked(call)
    given = network.given(call)
    name, language = given.needed("name"), given.needed("language")
    category, components = given.needed("category").upper(), _components(network, given)
    if not _NAME.fullmatch(name):
        raise network.invalid("Param name takes lower case letters, digits and underscores.")
    if category not in _CATEGORIES:
        raise network.invalid(f"Param category must be one of {', '.join(_CATEGORIES)}.")
    if not components:
        raise network.invalid("The parameter components is required.")
    if find(business, name, language):
        told = "There is already content in this language for this template."
        raise network.refused(100, told, subcode=2388024)
    template = Template(network, name, language, category, components)
    business.templates.append(template)
    template.tell("APPROVED", delay=REVIEW)
    return answer(200, {"id": template.id, "status": template.status, "category": category})


def _components(network: FakeWhatsApp, given: Given) -> list[dict[str, Any]]:
    components = given.list("components")
    for component in components:
        parts = component.get("buttons") or [] if isinstance(component, dict) else None
        if not isinstance(parts, list) or not all(isinstance(one, dict) for one in parts):
            raise network.invalid("Param components must be an array of JSON objects.")
    return components


@routes.add("DELETE", "/{id}/message_templates")
def delete(network: FakeWhatsApp, call: Call) -> httpx.Response:
    """Delete a template in all of its languages, or one by its id."""
    business = network.business_asked(call)
    given = network.given(call)
    name, id_ = given.needed("name"), given.text("hsm_id")
    gone = [one for one in business.templates if one.name == name and id_ in {"", one.id}]
    if not gone:
        raise network.refused(100, "There is no such template.", subcode=2593002)
    business.templates = [one for one in business.templates if one not in gone]
    return answer(200, {"success": True})


def described(network: FakeWhatsApp, call: Call, template: Template) -> dict[str, Any]:
    """Return a template as its own address shows it."""
    return shown(template.node(), network.asked(call).fields)


def change(network: FakeWhatsApp, call: Call, template: Template) -> httpx.Response:
    """Change a template, which is looked at again."""
    given = network.given(call)
    template.components = _components(network, given) or template.components
    template.category = given.text("category", template.category).upper()
    return answer(200, {"success": True, "id": template.id, "name": template.name})


def find(business: Business, name: str, language: str) -> Template | None:
    """Return a template by name and language."""
    found = (one for one in business.templates if (one.name, one.language) == (name, language))
    return next(found, None)
