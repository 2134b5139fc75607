"""Who a message is from: by phone number, by user id (BSUID), or by both.

People who adopt a username hide their phone number: then only the user id is there, which holds
for one business portfolio. Who wrote is named as the message names them, by the phone number while
there is one, because that is where an answer goes; the other ids go along, for the desk to link.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from scskit.plugins import Author
from scskit_meta.reading import Malformed, items, read, text
from scskit_whatsapp import wire
from scskit_whatsapp.numbers import spellings


@frozen
class People:
    """The contacts of one change; their order says nothing of the messages' order.

    Attributes:
        contacts: each contact and its JSON value, by every id it has.
        sole: the only contact, if there is but one.
    """

    contacts: Mapping[str, tuple[wire.Contact, Any]]
    sole: tuple[wire.Contact, Any] | None

    @classmethod
    def read(cls, value: object) -> People:
        """Read the list of contacts; one that is malformed is left out."""
        found: dict[str, tuple[wire.Contact, Any]] = {}
        everybody = []
        for item in items(value):
            try:
                contact = read(item, wire.Contact)
            except Malformed:
                continue
            everybody.append((contact, item))
            for id_ in (contact.wa_id, contact.user_id):
                if id_:
                    found.setdefault(id_, (contact, item))
        return cls(found, everybody[0] if len(everybody) == 1 else None)

    def author(self, message: wire.Message) -> Author:
        """Return who wrote a message.

        Raises:
            Malformed: nothing says who.
        """
        contact = self._contact(message.from_, message.from_user_id)
        name = message.from_ or message.from_user_id or contact.wa_id or contact.user_id
        if not name:
            raise Malformed("from is missing, and from_user_id as well")
        return Author(
            external_id=name,
            handle=contact.profile.username,
            name=contact.profile.name,
            also=tuple(self.other_ids(message)),
            spellings=spellings(name),
        )

    def author_if_told(self, message: wire.Message) -> Author | None:
        """Return who did something; None where nothing says who."""
        try:
            return self.author(message)
        except Malformed:
            return None

    def addressee(self, message: wire.Message) -> str:
        """Return whom a message of the business went to.

        Raises:
            Malformed: nothing says to whom.
        """
        sole = self.sole[0] if self.sole else wire.Contact()
        to = message.to or message.to_user_id or message.group_id or sole.wa_id or sole.user_id
        if not to:
            raise Malformed("to is missing")
        return to

    def other_ids(self, message: wire.Message) -> list[str]:
        """Return the further ids of the person who wrote."""
        contact = self._contact(message.from_, message.from_user_id)
        ids = (message.from_, message.from_user_id, contact.wa_id, contact.user_id)
        told = list(dict.fromkeys(id_ for id_ in ids if id_))
        return told[1:]

    def addressed_also(self, message: wire.Message, to: str) -> tuple[str, ...]:
        """Return the further ids of whom a message of the business went to."""
        contact = self._contact(to)
        ids = (message.to, message.to_user_id, contact.wa_id, contact.user_id, *spellings(to))
        return tuple(dict.fromkeys(id_ for id_ in ids if id_ and id_ != to))

    def near(self, item: object) -> list[Any]:
        """Return the JSON values of the contacts that an item names, to keep them with it."""
        ids = [item.get(name) for name in _NAMES] if isinstance(item, dict) else []
        found = [self.contacts[id_][1] for id_ in map(_id, ids) if id_ in self.contacts]
        return found[:1] or ([self.sole[1]] if self.sole else [])

    def _contact(self, *ids: str) -> wire.Contact:
        written = (other for id_ in ids for other in spellings(id_))
        for id_ in (*ids, *written):
            if id_ in self.contacts:
                return self.contacts[id_][0]
        return self.sole[0] if self.sole and not any(ids) else wire.Contact()


_NAMES = ("from", "from_user_id", "recipient_id", "recipient_user_id", "to", "to_user_id")


def _id(value: object) -> str:
    try:
        return text(value)
    except Malformed:
        return ""
