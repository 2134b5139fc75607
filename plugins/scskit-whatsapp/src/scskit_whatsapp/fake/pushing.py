"""What WhatsApp pushes: values of changes, and the bodies that hold them.

Since 2026 people are named by user ids (BSUID) as well, and contacts stand beside statuses too;
``somebody.Somebody`` says which of their ids are shown.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from attrs import frozen

if TYPE_CHECKING:
    from scskit_whatsapp.fake.numbers import Number
    from scskit_whatsapp.fake.somebody import Somebody

OBJECT: Final = "whatsapp_business_account"
MOST: Final = 1000
"""Updates in one body."""

_LISTS: Final = ("messages", "statuses", "message_echoes")


@frozen
class Pushed:
    """One change.

    Attributes:
        business: the id of the WhatsApp Business Account.
        field: what the app is subscribed to, such as ``messages``.
        value: of the change.
        time: of the entry, in seconds; None where WhatsApp writes none.
    """

    business: str
    field: str
    value: Mapping[str, Any]
    time: int | None = None


def value(
    number: Number,
    list_name: str,
    items: Sequence[Mapping[str, Any]],
    people: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Return the value of a change of one number.

    Args:
        number: it.
        list_name: ``messages``, ``statuses``, ``message_echoes``, ``errors`` …
        items: what happened.
        people: the contacts of whom it is about.
    """
    told: dict[str, Any] = {"messaging_product": "whatsapp", "metadata": metadata(number)}
    if people:
        told["contacts"] = list(people)
    return {**told, list_name: list(items)}


def metadata(number: Number) -> dict[str, str]:
    """Return which number it is about."""
    return {"display_phone_number": number.digits, "phone_number_id": number.id}


def author(person: Somebody) -> dict[str, str]:
    """Return who wrote: by every id that is shown."""
    shown = {"from": person.shown_phone, "from_user_id": person.user_id}
    return {name: id_ for name, id_ in shown.items() if id_}


def seconds(at: datetime) -> str:
    """Write a time as WhatsApp does."""
    return str(int(at.timestamp()))


def written(changes: Sequence[Pushed]) -> bytes:
    """Write one body.

    What follows each other on one number shares a change, what follows each other in one business
    an entry. ``/`` and all that is not ASCII are escaped, as Meta does: who writes a body anew
    before checking its signature finds it wrong.
    """
    entries: list[dict[str, Any]] = []
    for pushed in _joined(changes):
        last = entries[-1] if entries else {}
        if last.get("id") != pushed.business or last.get("time") != pushed.time:
            head = {"id": pushed.business} | ({} if pushed.time is None else {"time": pushed.time})
            entries.append({**head, "changes": []})
        entries[-1]["changes"].append({"value": pushed.value, "field": pushed.field})
    whole = {"object": OBJECT, "entry": entries}
    return json.dumps(whole, separators=(",", ":")).replace("/", "\\/").encode()


def _joined(changes: Sequence[Pushed]) -> list[Pushed]:
    found: list[Pushed] = []
    for pushed in changes:
        name = next((name for name in _LISTS if name in pushed.value), "")
        if found and name and _alike(found[-1], pushed, name):
            found[-1] = _both(found[-1], pushed, name)
        else:
            found.append(pushed)
    return found


def _alike(one: Pushed, other: Pushed, name: str) -> bool:
    return (
        one.business == other.business
        and one.field == other.field
        and name in one.value
        and one.value.get("metadata") == other.value.get("metadata")
    )


def _both(one: Pushed, other: Pushed, name: str) -> Pushed:
    """Put two changes into one; a person is named once, wherever they were named first."""
    people = [*one.value.get("contacts", ()), *other.value.get("contacts", ())]
    distinct = [person for place, person in enumerate(people) if person not in people[:place]]
    both = {**one.value, **({"contacts": distinct} if distinct else {})}
    items = [*one.value[name], *other.value[name]]
    return Pushed(one.business, one.field, {**both, name: items}, one.time)
