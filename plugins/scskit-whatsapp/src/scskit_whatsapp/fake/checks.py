"""Whether a message has the form that the API takes. What is wrong is refused at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from scskit.testing.network import Refused
from scskit_meta.fake import Given
from scskit_whatsapp.fake.media import KINDS

if TYPE_CHECKING:
    from scskit_whatsapp.fake.network import FakeWhatsApp
    from scskit_whatsapp.fake.numbers import Number

TEXT: Final = 4096
CAPTION: Final = 1024
BUTTON_BODY: Final = 1024
BUTTONS: Final = 3
ROWS: Final = 10
_ADDRESS: Final = re.compile(r"https?://[^\s/?#]+\S*")
_OF_A_MEDIUM: Final = {
    "image": {"id", "link", "caption"},
    "video": {"id", "link", "caption"},
    "audio": {"id", "link", "voice"},
    "document": {"id", "link", "caption", "filename"},
    "sticker": {"id", "link"},
}
_INTERACTIVE: Final = frozenset(
    {
        "address_message",
        "button",
        "call_permission_request",
        "carousel",
        "catalog_message",
        "cta_url",
        "flow",
        "list",
        "location_request_message",
        "order_details",
        "order_status",
        "product",
        "product_carousel",
        "product_list",
        "request_contact_info",
        "voice_call",
    }
)
_TYPES: Final = (
    *KINDS,
    "contacts",
    "interactive",
    "location",
    "reaction",
    "template",
    "text",
)


class _Check:
    """Looks at one message; refuses in WhatsApp's words."""

    def __init__(self, network: FakeWhatsApp, number: Number) -> None:
        """Look at what a number is asked to send."""
        self.network, self.number = network, number

    def needs(self, given: Mapping[str, Any], where: str, name: str) -> Any:  # noqa: ANN401  JSON
        """Return what must be there."""
        found = given.get(name)
        if found in (None, "", [], {}):
            raise self.network.refusing(131008, f"Parameter {where}['{name}'] is required.")
        return found

    def text(self, given: Mapping[str, Any], where: str, name: str, most: int) -> str:
        """Return a text that must be there and is not too long."""
        found = self.needs(given, where, name)
        if not isinstance(found, str):
            raise self.network.invalid(f"Param {where}['{name}'] must be a string.")
        if len(found) > most:
            told = f"Param {where}['{name}'] must be at most {most} characters long."
            raise self.network.invalid(told)
        return found

    def wrong(self, why: str) -> Refused:
        """Return the refusal of a value."""
        return self.network.refusing(131009, why)

    def entry(self, found: object, where: str) -> Mapping[str, Any]:
        """Return what must be an object."""
        if not isinstance(found, Mapping):
            raise self.network.invalid(f"Param {where} must be a JSON object.")
        return found

    def entries(self, found: object, where: str) -> list[Mapping[str, Any]]:
        """Return what must be a list of objects."""
        if not isinstance(found, list):
            raise self.network.invalid(f"Param {where} must be an array.")
        return [self.entry(one, where) for one in found]


def checked(network: FakeWhatsApp, number: Number, type_: str, given: Given) -> Any:  # noqa: ANN401  JSON
    """Return the content of a message.

    Raises:
        Refused: the message is none, or is not what its type takes.
    """
    if type_ not in _TYPES:
        allowed = ", ".join(sorted(_TYPES))
        raise network.invalid(f"Param type must be one of {{{allowed}}}; found {type_[:40]!r}.")
    check = _Check(network, number)
    if not given.has(type_):
        raise network.invalid(f"The parameter {type_} is required.")
    if type_ == "contacts":
        return _contacts(check, given.list("contacts"))
    held = given.object(type_)
    content = dict(held.values) if held else {}
    _CHECKS.get(type_, _medium)(check, content, type_)
    return content


def _text(check: _Check, content: Mapping[str, Any], where: str) -> None:
    check.text(content, where, "body", TEXT)


def _medium(check: _Check, content: Mapping[str, Any], where: str) -> None:
    if strange := content.keys() - _OF_A_MEDIUM[where] - {"provider"}:
        told = f'Unexpected key "{min(strange)}" on param "{where}".'
        raise check.network.invalid(told)
    id_, link = content.get("id"), content.get("link")
    if bool(id_) == bool(link):
        raise check.wrong(f"{where} takes either id or link.")
    medium = check.network.medium(str(id_)) if id_ else None
    if id_ and (medium is None or medium.owner not in {"", check.number.id}):
        told = f"Param {where}['id'] is not a valid whatsapp business account media attachment ID"
        raise check.network.invalid(told)
    if link and not (isinstance(link, str) and _ADDRESS.fullmatch(link)):
        raise check.network.invalid(f"Param {where}['link'] is not a valid URI.")
    if content.get("caption"):
        check.text(content, where, "caption", CAPTION)


def _location(check: _Check, content: Mapping[str, Any], where: str) -> None:
    for name, most in (("latitude", 90), ("longitude", 180)):
        found = check.needs({name: str(content.get(name, ""))}, where, name)
        try:
            fits = abs(float(found)) <= most
        except ValueError:
            fits = False
        if not fits:
            raise check.wrong(f"{where}['{name}'] is no {name}.")


def _contacts(check: _Check, contacts: list[Any]) -> list[Any]:
    for contact in check.entries(contacts, "contacts"):
        name = check.entry(check.needs(contact, "contacts", "name"), "contacts['name']")
        check.text(name, "contacts['name']", "formatted_name", TEXT)
    return contacts


def _reaction(check: _Check, content: Mapping[str, Any], where: str) -> None:
    id_ = check.text(content, where, "message_id", TEXT)
    if not isinstance(content.get("emoji"), str):
        raise check.network.refusing(131008, "Parameter reaction['emoji'] is required.")
    message = check.network.messages.get(id_)
    if message is None or message.number is not check.number:
        raise check.wrong("reaction['message_id'] is of no message of this number.")


def _template(check: _Check, content: Mapping[str, Any], where: str) -> None:
    check.text(content, where, "name", 512)
    language = check.entry(check.needs(content, where, "language"), "template['language']")
    check.text(language, "template['language']", "code", 20)
    for component in check.entries(content.get("components") or [], "template['components']"):
        check.entries(component.get("parameters") or [], "template['components']['parameters']")


def _interactive(check: _Check, content: Mapping[str, Any], where: str) -> None:
    kind = check.text(content, where, "type", 40)
    if kind not in _INTERACTIVE:
        raise check.wrong(f"{where}['type'] is none of {', '.join(sorted(_INTERACTIVE))}.")
    action = check.entry(check.needs(content, where, "action"), "interactive['action']")
    if kind in {"button", "list"} or content.get("body"):
        body = check.entry(check.needs(content, where, "body"), "interactive['body']")
        most = BUTTON_BODY if kind == "button" else TEXT
        check.text(body, "interactive['body']", "text", most)
    if kind in {"button", "list"}:
        (_buttons if kind == "button" else _rows)(check, action)


def _buttons(check: _Check, action: Mapping[str, Any]) -> None:
    where = "interactive['action']['buttons']"
    buttons = check.entries(check.needs(action, "interactive['action']", "buttons"), where)
    if len(buttons) > BUTTONS:
        told = f"Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: {BUTTONS}"
        raise check.wrong(told)
    replies = [check.entry(check.needs(one, where, "reply"), where) for one in buttons]
    for reply in replies:
        check.text(reply, where, "title", 20)
        check.text(reply, where, "id", 256)
    _distinct(check, [reply["id"] for reply in replies], where)


def _rows(check: _Check, action: Mapping[str, Any]) -> None:
    where = "interactive['action']"
    check.text(action, where, "button", 20)
    sections = check.entries(check.needs(action, where, "sections"), f"{where}['sections']")
    rows = []
    for section in sections:
        if len(sections) > 1:
            check.text(section, f"{where}['sections']", "title", 24)
        rows += check.entries(check.needs(section, where, "rows"), f"{where}['rows']")
    if len(rows) > ROWS:
        raise check.wrong(f"Total row count exceed max allowed count: {ROWS}")
    for row in rows:
        check.text(row, f"{where}['rows']", "id", 200)
        check.text(row, f"{where}['rows']", "title", 24)
        if row.get("description"):
            check.text(row, f"{where}['rows']", "description", 72)
    _distinct(check, [row["id"] for row in rows], f"{where}['rows']")


def _distinct(check: _Check, ids: list[str], where: str) -> None:
    if len(set(ids)) != len(ids):
        raise check.wrong(f"Duplicated id in {where}.")


_CHECKS: Final[Mapping[str, Callable[[_Check, Mapping[str, Any], str], None]]] = {
    "interactive": _interactive,
    "location": _location,
    "reaction": _reaction,
    "template": _template,
    "text": _text,
}
