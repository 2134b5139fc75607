"""The envelope: ``{object, entry: [{id, time, changes | messaging | standby: [...]}]}``.

One delivery may carry many entries, and each many items. They are read one by one; what cannot be
understood becomes ``Unreadable`` with a body of its own, which holds nothing but that item, so that
it can be handed to the connector again once the reason is gone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from attrs import evolve, frozen

from scskit.core.errors import PayloadInvalid
from scskit.plugins import Author, Parsed, Unreadable
from scskit_meta.reading import Malformed, load, text

Reader = Callable[["Part"], Iterable[Parsed]]

_LISTS = ("changes", "messaging", "standby")


@frozen(kw_only=True)
class Part:
    """One item of a body, and where it stood.

    Attributes:
        kind: the object of the body: ``page``, ``instagram``, ``whatsapp_business_account``.
        entry_id: the network's id of the account, page or business that it is about.
        entry: what else the entry says, without its lists.
        list_name: ``changes``, ``messaging`` or ``standby``.
        value: the item.
    """

    kind: str
    entry_id: str
    entry: Mapping[str, Any]
    list_name: str
    value: Any

    def body(self) -> dict[str, Any]:
        """Return a body that holds this item alone."""
        return {"object": self.kind, "entry": [{**self.entry, self.list_name: [self.value]}]}

    def holding(self, value: Any) -> Part:  # noqa: ANN401  any JSON value
        """Return the same place with another item in it."""
        return evolve(self, value=value)


def parts(body: bytes, kinds: Iterable[str]) -> Iterator[Part | Unreadable]:
    """Take a body apart.

    Args:
        body: the raw bytes.
        kinds: the objects that the connector knows; bodies about others hold nothing for it.

    Yields:
        Each item, and each entry that is none.

    Raises:
        PayloadInvalid: the body is no JSON object.
    """
    whole = load(body)
    if not isinstance(whole, dict):
        raise PayloadInvalid(f"the body is {type(whole).__name__}, expected an object")
    kind, entries = whole.get("object"), whole.get("entry")
    if kind not in tuple(kinds):
        return
    if not isinstance(entries, list):
        yield Unreadable(reason="entry is missing or no list", payload=whole)
        return
    for entry in entries:
        yield from _parts(kind, entry)


def _parts(kind: str, entry: object) -> Iterator[Part | Unreadable]:
    whole = {"object": kind, "entry": [entry]}
    if not isinstance(entry, dict):
        yield Unreadable(reason=f"entry: found {type(entry).__name__}", payload=whole)
        return
    try:
        entry_id = text(entry.get("id", ""))
    except Malformed as error:
        yield Unreadable(reason=f"entry.id: {error}", payload=whole)
        return
    head = {key: value for key, value in entry.items() if key not in _LISTS}
    for name in _LISTS:
        items = entry.get(name, [])
        if isinstance(items, list):
            for item in items:
                yield Part(kind=kind, entry_id=entry_id, entry=head, list_name=name, value=item)
        else:
            alone = {"object": kind, "entry": [{**head, name: items}]}
            yield Unreadable(reason=f"entry.{name}: found no list", payload=alone)


def read_all(found: Iterable[Part | Unreadable], reader: Reader) -> list[Parsed]:
    """Let ``reader`` read every item; one that is malformed loses none of the others."""
    return [parsed for part in found for parsed in _read(part, reader)]


def _read(part: Part | Unreadable, reader: Reader) -> Iterable[Parsed]:
    if isinstance(part, Unreadable):
        return (part,)
    try:
        return list(reader(part))
    except Malformed as error:
        return (unreadable(part, str(error)),)


def unreadable(part: Part, reason: str) -> Unreadable:
    """Say that an item cannot be understood, and keep it so that it can be read again."""
    return Unreadable(reason=reason, payload=part.body())


def made_id(value: object) -> str:
    """Return an id for an item that the network gave none: the same for the same content."""
    content = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return f"made-{hashlib.sha256(content.encode()).hexdigest()[:32]}"


def unknown_author(message_id: str) -> Author:
    """Return an author for a message whose author the network does not tell.

    A different one for every message: two strangers are never taken for one person.
    """
    return Author(external_id=f"unknown:{message_id}")
