"""Templates filled in, and what other messages say as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from scskit_whatsapp.fake.templates import Template, find

if TYPE_CHECKING:
    from scskit_whatsapp.fake.network import FakeWhatsApp
    from scskit_whatsapp.fake.numbers import Business


@frozen(kw_only=True)
class Filled:
    """What a message says.

    Attributes:
        text: for people.
        category: what it is priced as.
        buttons: titles of quick replies, by payload.
    """

    text: str
    category: str = "service"
    buttons: Mapping[str, str] = field(factory=dict)


def filled(network: FakeWhatsApp, business: Business, type_: str, content: Any) -> Filled:  # noqa: ANN401  JSON
    """Return what a message says, whose form has been checked.

    Raises:
        Refused: it is a template that does not exist, or that is filled in wrongly.
    """
    if type_ != "template":
        return Filled(text=_text(type_, content))
    template = _template(network, business, content)
    values = _values(content, "body")
    expected = len(template.places())
    if len(values) != expected:
        told = f"body: found {len(values)} parameters, expected {expected}"
        raise network.refusing(132000, told)
    payloads = dict(_payloads(content))
    return Filled(
        text=template.filled(values),
        category=template.category.lower(),
        buttons=template.buttons(payloads),
    )


def _template(network: FakeWhatsApp, business: Business, content: Mapping[str, Any]) -> Template:
    name, language = str(content["name"]), str(content["language"]["code"])
    template = find(business, name, language)
    if template is None or template.status in {"PENDING", "REJECTED"}:
        told = f"template name ({name[:80]}) does not exist in {language[:20]}"
        raise network.refusing(132001, told)
    if template.status in {"PAUSED", "DISABLED"}:
        raise network.refusing(132015 if template.status == "PAUSED" else 132016)
    return template


def _components(content: Mapping[str, Any], type_: str) -> Sequence[Mapping[str, Any]]:
    components = content.get("components") or []
    return [one for one in components if str(one.get("type", "")).lower() == type_]


def _values(content: Mapping[str, Any], type_: str) -> list[str]:
    """Return what stands for the places of a part, as people will read it."""
    found = [one for part in _components(content, type_) for one in part.get("parameters") or []]
    return [_value(one) for one in found]


def _value(parameter: Mapping[str, Any]) -> str:
    given = parameter.get(str(parameter.get("type")))
    if isinstance(given, Mapping):
        return str(given.get("fallback_value", ""))
    return str(given if given is not None else parameter.get("text", ""))


def _payloads(content: Mapping[str, Any]) -> list[tuple[int, str]]:
    return [
        (int(button.get("index", 0)), str(one["payload"]))
        for button in _components(content, "button")
        for one in button.get("parameters") or []
        if "payload" in one
    ]


def _text(type_: str, content: Any) -> str:  # noqa: ANN401  JSON
    if type_ == "text":
        return str(content["body"])
    if type_ == "reaction":
        return str(content["emoji"])
    if type_ == "interactive":
        return str((content.get("body") or {}).get("text", ""))
    if isinstance(content, Mapping):
        return str(content.get("caption", content.get("name", "")))
    return ""
