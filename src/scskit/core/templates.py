"""Reply templates: a text for each network and language, with typed slots.

A template is data of the brand; what fills its slots is not. Which text is taken, and what is put
where, follows from the arguments alone, so that a reply can be made again from what was stored.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from attrs import asdict, field, frozen

from scskit.core.errors import ReplyRefused
from scskit.core.identity import Assurance
from scskit.core.interaction import Visibility
from scskit.core.reply import Violation
from scskit.core.slots import Slot, SlotValue, write
from scskit.core.wording import ancestry

if TYPE_CHECKING:
    from scskit.core.network_templates import NetworkTemplate

DEFAULT = "default"
"""The key of the text that is taken where no other fits."""
SOURCE = "templates"

_PIECES = re.compile(r"\{\{|\}\}|\{(?P<slot>[a-z][a-z0-9_]*)\}|(?P<stray>[{}])")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_NETWORK = re.compile(r"[A-Za-z0-9._-]+")


@frozen
class TemplateFlaw:
    """Something that is wrong with a template's definition.

    Attributes:
        key: the text or part it is about; empty for the template as a whole.
        found: what stands there.
        allowed: what may stand there.
    """

    key: str
    found: str
    allowed: str

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.key or 'template'}: found {self.found}; allowed: {self.allowed}"


class TemplateInvalid(ValueError):
    """A template's definition is wrong.

    Args:
        found: every flaw.
    """

    def __init__(self, found: Sequence[TemplateFlaw]) -> None:
        """Keep the flaws; the message has one line for each."""
        self.flaws = tuple(found)
        super().__init__("\n".join(map(str, found)))


@frozen
class Rendered:
    """A reply made from a template.

    Attributes:
        text: what it says.
        version: of the template.
        used: the key of the text that was taken, such as ``twitter/es``.
        template: the template's name.
        extra: for a template that the network approved, what its connector sends instead.
    """

    text: str
    version: str
    used: str
    template: str = ""
    extra: dict[str, Any] = field(factory=dict)


@frozen(kw_only=True)
class Template:
    """A reply that is written once and filled in often.

    Attributes:
        name: unique in the desk.
        texts: by ``network/language``, ``network/*``, language, or ``default``; ``{slot}`` stands
            for what is filled in, ``{{`` and ``}}`` for braces.
        slots: by name.
        title: for people.
        visibility: where alone it may be used; None for everywhere.
        language: of the texts whose key names none; how numbers and dates are written there.
        version: a hash of what it says and how it is filled; set by itself.

    Raises:
        TemplateInvalid: a text names a slot that is not there, or the other way round.
    """

    name: str
    texts: Mapping[str, str] = field(hash=False)
    slots: Mapping[str, Slot] = field(factory=dict, hash=False)
    title: str = ""
    visibility: Visibility | None = None
    language: str = ""
    version: str = field(init=False, eq=False)

    @version.default
    def _hash(self) -> str:
        slots = {name: asdict(slot) for name, slot in self.slots.items()}
        return content_hash([self.name, dict(self.texts), slots, self.visibility, self.language])

    def __attrs_post_init__(self) -> None:
        """Refuse what would fail, or come out wrong, when a customer waits."""
        if found := list(flaws(self.texts, self.slots)):
            raise TemplateInvalid(found)


def content_hash(content: Any) -> str:  # noqa: ANN401  any JSON value
    """Return the version of something that is known by its content."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def flaws(texts: Mapping[str, str], slots: Mapping[str, Slot]) -> Iterator[TemplateFlaw]:
    """Yield everything that is wrong with a template's definition."""
    if not texts:
        yield TemplateFlaw("", "no text", "one text or more")
    used: set[str] = set()
    folded: dict[str, str] = {}
    for key, text in texts.items():
        if (other := folded.setdefault(_folded(key), key)) != key:
            yield TemplateFlaw(key, f"{key!r} beside {other!r}", "each language once")
        if not is_key(key):
            allowed = '"default", a language, "network/*" or "network/language"'
            yield TemplateFlaw(key, f"{key!r}", allowed)
        used.update(found["slot"] for found in _PIECES.finditer(text) if found["slot"])
        yield from _flaws_of(key, text, slots)
    for name in slots:
        if name not in used:
            yield TemplateFlaw("", f"slot {name!r}, which no text has", "slots that are filled")


def _flaws_of(key: str, text: str, slots: Mapping[str, Slot]) -> Iterator[TemplateFlaw]:
    declared = ", ".join(f"{{{name}}}" for name in slots) or "no slot, none is declared"
    for found in _PIECES.finditer(text):
        if found["stray"]:
            allowed = "{slot} with a name in lower case, or {{ and }} for braces themselves"
            yield TemplateFlaw(key, f"{found['stray']!r} at {found.start() + 1}", allowed)
        elif found["slot"] and found["slot"] not in slots:
            yield TemplateFlaw(key, found[0], declared)
        elif found["slot"]:
            yield from _flaws_before(key, text[: found.start()], slots[found["slot"]], slots)


_WITHIN_LINK = re.compile(r"(?:https?://|www\.|\w\.[a-z]{2,}/)\S*\Z", re.IGNORECASE)
_SLOT_BEFORE = re.compile(r"\{([a-z][a-z0-9_]*)\}\Z")
_FREE = frozenset({"text", "agent"})
_OPEN = frozenset({"url", "handle"})
"""What goes on with the letters that stand directly behind it."""


def _flaws_before(
    key: str, before: str, slot: Slot, slots: Mapping[str, Slot]
) -> Iterator[TemplateFlaw]:
    """Yield what is wrong with a slot because of what stands before it in the text."""
    last = _SLOT_BEFORE.search(before)
    if last and last[1] in slots and slots[last[1]].kind in _OPEN:
        found = f"{{{slot.name}}} directly behind {last[0]}, which would go on with it"
        yield TemplateFlaw(key, found, "a blank between them")
    if slot.kind in _FREE and before.endswith(("@", "#", "＠", "＃")):  # noqa: RUF001  X takes both
        found = f"{{{slot.name}}} after {before[-1]!r}, of kind {slot.kind}"
        yield TemplateFlaw(key, found, "a slot of kind handle, which brings its own @")
    elif slot.kind in _FREE and _WITHIN_LINK.search(before):
        found = f"{{{slot.name}}} within a link, of kind {slot.kind}"
        yield TemplateFlaw(key, found, "a slot of kind url for the whole link")


def is_key(key: str) -> bool:
    """Tell whether a text of a template can stand beside this key."""
    network, slash, language = key.rpartition("/")
    if not slash:
        return key == DEFAULT or bool(_LANGUAGE.fullmatch(key))
    known = language == "*" or _LANGUAGE.fullmatch(language)
    return bool(known and _NETWORK.fullmatch(network))


def choose(template: Template, network: str, language: str) -> str | None:
    """Return the key of the text for a network and a language.

    The first of these that is there: this network in this language (``es-MX``, then ``es``), this
    network, this language, ``default``.

    Returns:
        None when the template has no text for them.
    """
    codes = ancestry(language)
    wanted = [*(f"{network}/{code}" for code in codes), f"{network}/*", *codes, DEFAULT]
    # Networks as they are declared, languages however they are written: es-MX, es-mx, es_MX.
    keys = {_folded(key): key for key in template.texts}
    return next((keys[key] for key in wanted if key in keys), None)


def _folded(key: str) -> str:
    network, slash, language = key.rpartition("/")
    return network + slash + language.lower()


def render(  # noqa: PLR0913, PLR0917  each decides about what may stand in the reply
    template: Template,
    network: str,
    language: str,
    values: Mapping[str, SlotValue],
    visibility: Visibility,
    assurance: Assurance,
) -> Rendered:
    """Make a reply from a template.

    Args:
        template: the template.
        network: the network it goes to.
        language: the conversation's language, such as ``es`` or ``pt-BR``; empty when unknown.
        values: what fills the slots, by name.
        visibility: who will read it.
        assurance: how sure it is who the customer is.

    Raises:
        ReplyRefused: it cannot be used here, has no text for this network and language, or a slot
            is not filled as it must be: one violation for each.
    """
    used = choose(template, network, language)
    spoken = _language_of(template, used or "", language)
    written, wrong = write_all(template.name, template.slots, values, spoken, visibility, assurance)
    found = [*_against(template, used, visibility), *wrong]
    if found or used is None:
        raise ReplyRefused(found)
    text = fill(template.texts[used], written)
    return Rendered(text, template.version, used, template.name)


def fill(text: str, written: Mapping[str, str]) -> str:
    """Put texts into their places, once: what they contain is not looked at."""

    def piece(found: re.Match[str]) -> str:
        return written[found["slot"]] if found["slot"] else found[0][0]

    return _PIECES.sub(piece, text)


def _language_of(template: Template, used: str, asked: str) -> str:
    """Return in which language the chosen text is, as closely as is known."""
    key = used.rpartition("/")[2]
    spoken = template.language if key in {DEFAULT, "*", ""} else key
    return asked if spoken and spoken.lower() in ancestry(asked) else spoken


def _against(template: Template, used: str | None, visibility: Visibility) -> Iterator[Violation]:
    if template.visibility not in {None, visibility}:
        message = f"Template {template.name!r} is for {template.visibility} replies only."
        yield Violation("template.visibility", message, SOURCE)
    if used is None:
        there = ", ".join(template.texts)
        message = f"Template {template.name!r} has no text for this; it has: {there}."
        yield Violation("template.no_text", message, SOURCE)


def write_all(  # noqa: PLR0913, PLR0917  what ``render`` is told, without the texts
    template: str,
    slots: Mapping[str, Slot],
    values: Mapping[str, SlotValue],
    language: str,
    visibility: Visibility,
    assurance: Assurance,
) -> tuple[dict[str, str], list[Violation]]:
    """Write values into slots.

    Args:
        template: the template's name, for messages.
        slots: by name.
        values: what fills them, by name.
        language: how numbers and dates are written.
        visibility: who will read it.
        assurance: how sure it is who the customer is.

    Returns:
        What stands in each slot, and everything that is wrong: then some of it is missing.
    """
    written: dict[str, str] = {}
    wrong: list[Violation] = []
    for slot in slots.values():
        text = _write(template, slot, values, language, visibility, assurance)
        if isinstance(text, Violation):
            wrong.append(text)
        else:
            written[slot.name] = text
    there = ", ".join(slots) or "none"
    for name in (name for name in values if name not in slots):
        message = f"Template {template!r} has no slot {name!r}; it has: {there}."
        wrong.append(Violation("template.slot_unknown", message, SOURCE))
    return written, wrong


def _write(  # noqa: PLR0913, PLR0917  the same, for one slot
    template: str,
    slot: Slot,
    values: Mapping[str, SlotValue],
    language: str,
    visibility: Visibility,
    assurance: Assurance,
) -> str | Violation:
    where = f"Slot {slot.name!r} of template {template!r}"
    if slot.name not in values:
        message = f"{where} is not filled; allowed: {slot.allowed}."
        return Violation("template.slot_missing", message, SOURCE)
    profile, public = slot.source == "profile", visibility == "public"
    if profile and public and assurance != "verified":
        message = f"{where} comes from the customer's profile: in public only once verified."
        return Violation("template.unverified", message, SOURCE, remedy="private")
    written = write(slot, values[slot.name], language, inert=public or profile)
    if written is None:  # what was found is not repeated: it may be private, and is logged
        message = f"{where} cannot take what was given; allowed: {slot.allowed}."
        return Violation("template.slot_wrong", message, SOURCE)
    return written


def from_profile(template: Template | NetworkTemplate, *, name: str, handle: str) -> dict[str, str]:
    """Return what fills the slots that take the customer's profile, as far as it is known.

    Args:
        template: the template.
        name: the display name; empty when unknown.
        handle: the name on the network; empty when unknown.
    """
    slots = (slot for slot in template.slots.values() if slot.source == "profile")
    known = {slot.name: handle if slot.kind == "handle" else name for slot in slots}
    return {slot: value for slot, value in known.items() if value}
