"""Facebook pages with Messenger, and Instagram, for scskit.

This release tells scskit how Meta names people; receiving and sending come with later releases,
and until then the connectors declare no capability, so that nobody is promised one.
"""

from __future__ import annotations

from collections.abc import Iterable

from scskit.plugins import Connector, ConnectorSpec, hookimpl


class FacebookConnector(Connector):
    """What scskit knows of Facebook pages and Messenger."""


class InstagramConnector(Connector):
    """What scskit knows of Instagram."""


@hookimpl
def scskit_connectors() -> Iterable[ConnectorSpec]:
    """Offer both: a person's id is scoped to the page or account that sees it (Meta, PSID)."""
    return (
        ConnectorSpec(
            name="facebook",
            connector=FacebookConnector(),
            capabilities=frozenset(),
            identity_scope="account",
        ),
        ConnectorSpec(
            name="instagram",
            connector=InstagramConnector(),
            capabilities=frozenset(),
            identity_scope="account",
        ),
    )
