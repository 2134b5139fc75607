"""What replies are made of: templates, those of networks, voices and macros.

Read only where the desk file has one of these sections: opening a desk waits for none of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar, get_args

from scskit.config.places import MISSING, Place, show
from scskit.config.readers import (
    Fields,
    Reader,
    any_of,
    declared,
    duration,
    forbidden,
    list_of,
    mapping,
    matching,
    named,
    one_of,
    record,
    scalar,
    table,
    text,
    whole,
)
from scskit.core.case import PRIORITIES
from scskit.core.graphemes import emoji as emoji_in
from scskit.core.interaction import Visibility
from scskit.core.keywords import folded
from scskit.core.macros import THENS, Macro
from scskit.core.network_templates import (
    CATEGORIES,
    HEADER_KINDS,
    STATUSES,
    NetworkTemplate,
)
from scskit.core.slots import SLOT_KINDS, SLOT_SOURCES, Slot
from scskit.core.templates import DEFAULT, Template, TemplateInvalid
from scskit.core.voice import EVERYWHERE, REGISTERS, SIGN_OFFS, SIGN_WHEN, Voice

LONGEST_SLOT = 5000
MOST_EMOJI = 100

template_name = matching(r"[\w.-]+", 'a name of letters, digits, ".", "_" and "-"')
slot_name = matching(r"[a-z][a-z0-9_]*", "a name of lower-case letters, digits and _")
language = matching(r"[a-z]{2,3}([-_][A-Za-z0-9]{2,8})*", 'a language code such as "en" or "pt_BR"')
visibility = one_of(get_args(Visibility))
host = matching(r"[a-z0-9-]+(\.[a-z0-9-]+)+", 'a host such as "acme.example"')
code = matching(
    r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*", 'a lower-case code such as "spam" or "noise.retweet"'
)

SLOT: Fields = {
    "kind": one_of(SLOT_KINDS),
    "source": one_of(SLOT_SOURCES),
    "most": whole(1, LONGEST_SLOT),
    "hosts": any_of(host),
    "choices": list_of(text, at_least=1),
}
_slot_table: Reader[partial[Slot]] = record(partial(partial, Slot), SLOT)


def _slot(value: object, place: Place) -> partial[Slot] | None:
    """Read a slot: its kind alone, or a table."""
    if not isinstance(value, dict):
        kind = one_of(SLOT_KINDS)(value, place)
        return None if kind is None else partial(Slot, kind=kind)  # type: ignore[arg-type]  # checked
    if "hosts" in value and value.get("kind") != "url":
        (place / "hosts").wrong(value["hosts"], 'nothing here, unless kind is "url"')
        return None
    return _slot_table(value, place)


_named_slots = mapping(_slot, slot_name)


def _slots(value: object, place: Place) -> dict[str, Slot] | None:
    found = _named_slots(value, place)
    return None if found is None else {name: make(name=name) for name, make in found.items()}


T = TypeVar("T", Template, NetworkTemplate)


def _make(build: Callable[[], T], place: Place, texts: str = "") -> T | None:
    """Make a template, or note what is wrong with it; texts stand in a table of that name."""
    try:
        return build()
    except TemplateInvalid as error:
        for flaw in error.flaws:
            within = place / texts if texts and flaw.key else place
            (within / flaw.key if flaw.key else place).report(flaw.found, flaw.allowed)
        return None


TEMPLATE: Fields = {
    "title": text,
    "text": text,
    "texts": mapping(text, at_least=1),
    "slots": _slots,
    "visibility": visibility,
    "language": language,
}
_template: Reader[dict[str, Any]] = record(dict[str, Any], TEMPLATE)


def templates(value: object, place: Place) -> dict[str, Template] | None:
    """Read the templates."""
    before, tables = place.count(), mapping(table, template_name)(value, place) or {}
    found = {name: _one_template(name, given, place / name) for name, given in tables.items()}
    return found if place.count() == before else None  # type: ignore[return-value]  # no None


def _one_template(name: str, value: object, place: Place) -> Template | None:
    given = _template(value, place)
    if given is None:
        return None
    plain, texts = given.pop("text", None), given.pop("texts", {})
    if plain is None and not texts:
        (place / "text").wrong(MISSING, "text in quotes, or a table of texts")
        return None
    if plain is not None and DEFAULT in texts:
        (place / "texts" / DEFAULT).wrong(texts[DEFAULT], "nothing here beside text")
        return None
    _check_networks(texts, place / "texts")
    texts = texts if plain is None else {DEFAULT: plain, **texts}
    return _make(partial(Template, name=name, texts=texts, **given), place, "texts")


def _check_networks(texts: Mapping[str, str], place: Place) -> None:
    networks = place.context.names["networks"]
    for key in texts:
        network, slash, _ = key.rpartition("/")
        if slash and networks is not None and network not in networks:
            (place / key).not_among(f"network {show(network)}", network, networks)


NETWORK_TEMPLATE: Fields = {
    "title": text,
    "network": declared("networks"),
    "template": matching(r"[a-z0-9_]{1,512}", "the network's name of it: a-z, 0-9 and _"),
    "language": language,
    "category": one_of(CATEGORIES),
    "status": one_of(STATUSES),
    "text": text,
    "slots": _slots,
    "body": list_of(slot_name),
    "header": slot_name,
    "header_kind": one_of(HEADER_KINDS),
    "buttons": mapping(slot_name, matching(r"[0-9]", "a button's position from 0 to 9")),
}
_network_template: Reader[dict[str, Any]] = record(
    dict[str, Any], NETWORK_TEMPLATE, required=("text", "language")
)


def network_templates(value: object, place: Place) -> dict[str, NetworkTemplate] | None:
    """Read the templates that a network approved."""
    before, tables = place.count(), mapping(table, template_name)(value, place) or {}
    found = {name: _one_approved(name, given, place / name) for name, given in tables.items()}
    return found if place.count() == before else None  # type: ignore[return-value]  # no None


def _one_approved(name: str, value: object, place: Place) -> NetworkTemplate | None:
    given = _network_template(value, place)
    if given is None:
        return None
    if "header_kind" in given and "header" not in given:
        (place / "header_kind").wrong(given["header_kind"], "nothing here without header")
    given["buttons"] = {int(at): slot for at, slot in given.get("buttons", {}).items()}
    return _make(partial(NetworkTemplate, name=name, **given), place)


def _one_emoji(given: str) -> str | None:
    return given if list(emoji_in(given)) == [(0, len(given))] else None


VOICE: Fields = {
    "register": one_of(REGISTERS),
    "emoji": list_of(scalar(str, "a single emoji in quotes", _one_emoji)),
    "emoji_most": whole(0, MOST_EMOJI),
    "forbidden": list_of(
        scalar(
            str,
            "text in quotes with something to see in it",
            lambda given: given if folded(given).strip() else None,
        )
    ),
    "sign": one_of(SIGN_OFFS),
    "sign_when": one_of(SIGN_WHEN),
    "signatures": mapping(matching(r"\S(.{0,38}\S)?", "up to 40 characters"), declared("agents")),
}


def _account(value: object, place: Place) -> str | None:
    return EVERYWHERE if value == EVERYWHERE else declared("accounts")(value, place)


_voices: Reader[dict[str, Voice]] = named(Voice, "account", VOICE, name=_account)


def voices(value: object, place: Place) -> dict[str, Voice] | None:
    """Read the voices; how somebody signs is said only where somebody does."""
    before, found = place.count(), _voices(value, place)
    for name, given in value.items() if isinstance(value, dict) else ():
        for key in ("sign_when", "signatures"):
            if isinstance(given, dict) and key in given and "sign" not in given:
                (place / name / key).wrong(given[key], "nothing here without sign")
    return found if place.count() == before else None


_REPLIES = ("text", "template", "network_template")
_KEYS: Mapping[str, str] = {"set_reason": "reason", "set_priority": "priority", "route": "queue"}
"""As commands are called in the desk file, and in a macro."""

MACRO: Fields = {
    "title": text,
    "text": text,
    "template": declared("templates"),
    "network_template": declared("network_templates"),
    "visibility": visibility,
    "set_reason": declared("reasons"),
    "set_priority": one_of(PRIORITIES),
    "route": declared("queues"),
    "escalate": declared("owners"),
    "note": text,
    "then": one_of(THENS),
    "snooze_for": duration(timedelta(seconds=1)),
    "code": code,
}
_NEEDED = {"snooze": "snooze_for", "dismiss": "code"}


def macros(value: object, place: Place) -> dict[str, Macro] | None:
    """Read the macros."""
    before, tables = place.count(), mapping(table, template_name)(value, place) or {}
    found = {name: _macro(name, given, place / name) for name, given in tables.items()}
    return found if place.count() == before else None  # type: ignore[return-value]  # no None


def _macro(name: str, value: dict[str, Any], place: Place) -> Macro | None:
    before, then = place.count(), value.get("then")
    needed = [key for state, key in _NEEDED.items() if state == then]
    idle = {key: forbidden(f'then is not "{state}"') for state, key in _NEEDED.items()}
    fields = {**MACRO, **{key: read for key, read in idle.items() if key not in needed}}
    given = record(dict[str, Any], fields, needed)(value, place)
    _check_macro(value, place)
    if given is None or place.count() > before:
        return None
    return Macro(name=name, **{_KEYS.get(key, key): item for key, item in given.items()})


def _check_macro(value: Mapping[str, Any], place: Place) -> None:
    replies = [key for key in _REPLIES if key in value]
    for key in replies[1:]:
        (place / key).wrong(value[key], f"nothing here beside {replies[0]}: a macro has one reply")
    if "visibility" in value and replies not in (["text"], ["template"]):
        why = "nothing here without text or template"
        (place / "visibility").wrong(value["visibility"], why)
    if not set(value) - {"title", "visibility"}:
        place.report("a macro that does nothing", "a reply, a note or a change of the case")
