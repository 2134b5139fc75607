"""What WhatsApp says of people who change: another number, another id, another device."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from attrs import frozen

from scskit.plugins import Author
from scskit_meta.reading import Malformed, items, read
from scskit_whatsapp import wire

_EXCHANGE = re.compile(r"changed from (\S+) to (\S+)\s*\Z")


def changed(system: wire.System) -> dict[str, Any]:
    """Return who a person is from now on: the connector's word, for the core to link."""
    new = system.user_id or system.new_wa_id or system.wa_id
    return {
        "body": system.body,
        **({"new_author_id": new} if new else {}),
        **({"new_phone": phone} if (phone := system.new_wa_id or system.wa_id) else {}),
    }


def same_person(author: Author | None, system: wire.System) -> tuple[str, ...]:
    """Return every id that a notice tells of one person; nothing where it tells but one."""
    before = (author.external_id, *author.also) if author else ()
    after = tuple(id_ for id_ in (system.new_wa_id or system.wa_id, system.user_id) if id_)
    # Where the notice does not name the former user id, it stands at the end of the sentence.
    found = _EXCHANGE.search(system.body)
    told = (found[1],) if found and found[2] in after else ()
    return _one_person((*before, system.previous_user_id, *told, *after))


@frozen
class UserIdUpdate:
    """One person's user id exchanged for another one.

    Attributes:
        ids: the ids and the number of that person, the newest id last.
        timestamp: when, as WhatsApp writes it.
    """

    ids: tuple[str, ...]
    timestamp: Any


def user_id_updates(value: Mapping[str, Any]) -> list[UserIdUpdate]:
    """Read whose user ids a change of the field ``user_id_update`` exchanges."""
    found = []
    for item in items(value.get("user_id_update")):
        try:
            update = read(item, wire.UserIdUpdate)
        except Malformed:
            continue
        ids = (update.user_id.previous, update.wa_id, update.user_id.current)
        found.append(UserIdUpdate(_one_person(ids), update.timestamp))
    return found


def _one_person(ids: Iterable[str]) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(id_ for id_ in ids if id_))
    return names if len(names) > 1 else ()
