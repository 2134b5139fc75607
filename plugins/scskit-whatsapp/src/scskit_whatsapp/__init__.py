"""WhatsApp (Cloud API) for scskit.

This release tells scskit how WhatsApp names people; receiving and sending come with later
releases, and until then the connector declares no capability, so that nobody is promised one.
"""

from __future__ import annotations

from collections.abc import Iterable

from scskit.plugins import Connector, ConnectorSpec, hookimpl


class WhatsAppConnector(Connector):
    """What scskit knows of WhatsApp."""


@hookimpl
def scskit_connectors() -> Iterable[ConnectorSpec]:
    """Offer WhatsApp: all numbers of a business see the same id for a person (Cloud API)."""
    return (
        ConnectorSpec(
            name="whatsapp",
            connector=WhatsAppConnector(),
            capabilities=frozenset(),
            identity_scope="network",
        ),
    )
