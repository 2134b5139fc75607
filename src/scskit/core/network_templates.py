"""Templates that a network has approved, such as WhatsApp's.

They are the only thing that may be said when the time for free answers is over. Their words are
kept by the network under a name; what is sent is that name, a language and what fills the
placeholders, in order. The desk file says the same words again, so that agents, checks and the
case's history see what the customer reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, get_args

from attrs import asdict, evolve, field, frozen

from scskit.core.errors import ReplyRefused
from scskit.core.identity import Assurance
from scskit.core.reply import Violation
from scskit.core.slots import Slot, SlotValue, amount_of
from scskit.core.templates import (
    DEFAULT,
    SOURCE,
    Rendered,
    TemplateFlaw,
    TemplateInvalid,
    content_hash,
    fill,
    flaws,
    write_all,
)

Category = Literal["utility", "marketing", "authentication"]
CATEGORIES: tuple[Category, ...] = get_args(Category)
Status = Literal["approved", "paused", "rejected"]
STATUSES: tuple[Status, ...] = get_args(Status)
HeaderKind = Literal["text", "image", "video", "document"]
HEADER_KINDS: tuple[HeaderKind, ...] = get_args(HeaderKind)
MOST_BUTTONS = 10


@frozen(kw_only=True)
class NetworkTemplate:
    """A template as the network approved it.

    Attributes:
        name: unique in the desk.
        text: the words as they were approved, with ``{slot}`` for each placeholder.
        language: as the network has it, such as ``es`` or ``pt_BR``.
        network: the network that approved it.
        template: the network's name of it; our own name unless given.
        category: what it was approved for.
        status: what the network last said of it; only what is approved is sent.
        slots: by name.
        body: the slots that fill the text's placeholders, in order; those of ``text`` in their
            order unless given.
        header: the slot that fills the header's placeholder or is its medium's address.
        header_kind: what the header is, where it is filled.
        buttons: the slots that complete the buttons' links, by the button's position from 0.
        title: for people.
        version: a hash of what is sent; set by itself.

    Raises:
        TemplateInvalid: slots and placeholders do not fit together.
    """

    name: str
    text: str
    language: str
    network: str = "whatsapp"
    template: str = ""
    category: Category = "utility"
    status: Status = "approved"
    slots: Mapping[str, Slot] = field(factory=dict, hash=False)
    body: tuple[str, ...] | None = None
    header: str | None = None
    header_kind: HeaderKind = "text"
    buttons: Mapping[int, str] = field(factory=dict, hash=False)
    title: str = ""
    version: str = field(init=False, eq=False)

    @version.default
    def _hash(self) -> str:
        names = ("name", "text", "language", "network", "template", "header", "header_kind")
        told: dict[str, Any] = {name: getattr(self, name) for name in names}
        told["slots"] = {name: asdict(slot) for name, slot in self.slots.items()}
        return content_hash([told, self.placeholders, sorted(self.buttons.items())])

    @property
    def placeholders(self) -> tuple[str, ...]:
        """The slots that fill the text's placeholders, in order."""
        return _in_order(self) if self.body is None else self.body

    def __attrs_post_init__(self) -> None:
        """Refuse what the network would refuse only when a customer waits."""
        if found := list(_flaws(self)):
            raise TemplateInvalid(found)


def _in_order(template: NetworkTemplate) -> tuple[str, ...]:
    places = {name: template.text.find(f"{{{name}}}") for name in template.slots}
    return tuple(sorted((n for n, at in places.items() if at >= 0), key=places.__getitem__))


def _flaws(template: NetworkTemplate) -> Iterator[TemplateFlaw]:
    slots, elsewhere = template.slots, {template.header, *template.buttons.values()}
    seen = {name: slot for name, slot in slots.items() if f"{{{name}}}" in template.text}
    for flaw in flaws({DEFAULT: template.text}, seen):
        yield evolve(flaw, key="text" if flaw.key else "")
    named = {"header": [template.header] if template.header else []}
    named |= {"body": list(template.body or ()), "buttons": list(template.buttons.values())}
    for key, names in named.items():
        for name in names:
            if name not in slots:
                allowed = ", ".join(slots) or "no slot, none is declared"
                yield TemplateFlaw(key, f"{name!r}", allowed)
    for name in slots:
        if name not in {*template.placeholders, *elsewhere}:
            yield TemplateFlaw("", f"slot {name!r}, which fills nothing", "slots that are sent")
    yield from _wrong_kinds(template)


def _wrong_kinds(template: NetworkTemplate) -> Iterator[TemplateFlaw]:
    header = template.slots.get(template.header or "")
    if header and template.header_kind != "text" and header.kind != "url":
        found = f"slot {header.name!r} of kind {header.kind} for {template.header_kind}"
        yield TemplateFlaw("header", found, "a slot of kind url")
    for name in template.buttons.values():
        slot = template.slots.get(name)
        if slot and slot.kind != "case_id" and not slot.choices:
            found = f"slot {name!r} of kind {slot.kind}, which becomes part of a link"
            yield TemplateFlaw("buttons", found, "a slot of kind case_id, or with choices")
    for position in template.buttons:
        if not 0 <= position < MOST_BUTTONS:
            yield TemplateFlaw("buttons", str(position), f"0 to {MOST_BUTTONS - 1}")


def prepare(
    template: NetworkTemplate,
    values: Mapping[str, SlotValue],
    assurance: Assurance = "anonymous",
) -> Rendered:
    """Make a private reply from a template that the network approved.

    Args:
        template: the template.
        values: what fills the slots, by name.
        assurance: how sure it is who the customer is.

    Returns:
        The words that the customer reads, and ``extra`` of the draft: what the connector sends, in
        the form of WhatsApp's Cloud API.

    Raises:
        ReplyRefused: the network has not approved it or no longer does, or a slot is not filled as
            it must be: one violation for each.
    """
    language = template.language.replace("_", "-")
    written, found = write_all(
        template.name, template.slots, values, language, "private", assurance
    )
    if template.status != "approved":
        message = f"{template.network} has {template.status} the template {template.name!r}."
        found.insert(0, Violation("template.not_approved", message, SOURCE))
    if found:
        raise ReplyRefused(found)
    content: dict[str, Any] = {
        "name": template.template or template.name,
        "language": {"policy": "deterministic", "code": template.language},
    }
    if components := list(_components(template, values, written)):
        content["components"] = components
    return Rendered(
        fill(template.text, written),
        template.version,
        template.language,
        template.name,
        {"template": content},
    )


def _components(
    template: NetworkTemplate, values: Mapping[str, SlotValue], written: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    if template.header:
        kind, value = template.header_kind, written[template.header]
        medium = {"type": kind, kind: value if kind == "text" else {"link": value}}
        yield {"type": "header", "parameters": [medium]}
    if template.placeholders:
        parameters = [
            _parameter(template.slots[name], values[name], written[name])
            for name in template.placeholders
        ]
        yield {"type": "body", "parameters": parameters}
    for position, name in sorted(template.buttons.items()):
        text = {"type": "text", "text": written[name]}
        button = {"type": "button", "sub_type": "url", "index": str(position)}
        yield {**button, "parameters": [text]}


def _parameter(slot: Slot, value: SlotValue, written: str) -> dict[str, Any]:
    if slot.kind != "amount":
        return {"type": "text", "text": written}
    money = amount_of(value)
    thousandths = int(money.value.scaleb(3))
    currency = {"fallback_value": written, "code": money.currency, "amount_1000": thousandths}
    return {"type": "currency", "currency": currency}
