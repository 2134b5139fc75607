"""Looking whether something arrived, without taking another message for it.

The same may be said twice on purpose, by two replies or by somebody in the network's own app. What
is known to be another message is named in ``Outbound.others``, and the network is asked again.
"""

from __future__ import annotations

from attrs import evolve

from scskit.core.outbound import Part
from scskit.core.ports import Reader
from scskit.core.reply import DeliveryReceipt
from scskit.desk.echoes import part_of
from scskit.desk.incoming import message_key
from scskit.desk.services import Services
from scskit.plugins.specs import ConnectorSpec

MOST = 50
"""So many messages with the same words are passed over before a person has to look."""


def find(services: Services, part: Part, spec: ConnectorSpec) -> DeliveryReceipt | None:
    """Ask the network for a part.

    Returns:
        What was found; it may still be another message, where the connector knows of no others.

    Raises:
        DeliveryError: nobody could tell.
    """
    outbound = part.outbound
    while True:
        found = services.flows.run(spec.connector.find_sent(outbound), outbound.account)
        if found is None or found.external_id in outbound.others or len(outbound.others) >= MOST:
            return found
        with services.store.read() as reader:
            if not is_another(reader, part, found.external_id):
                return found
        outbound = evolve(outbound, others=(*outbound.others, found.external_id))


def is_another(reader: Reader, part: Part, external_id: str) -> bool:
    """Tell whether a message of ours is another than a part: another part, or there before it."""
    key = message_key(part.outbound.account, external_id)
    entry = reader.ledger([key]).get(key)
    if entry is None or entry.interaction_id is None:
        return False
    message = reader.interactions([entry.interaction_id])[entry.interaction_id][0]
    owner = part_of(message)
    if owner is not None:
        return owner != part.id
    tried = reader.replies.attempts(part.id)
    return bool(tried) and message.received_at < tried[0].began_at
