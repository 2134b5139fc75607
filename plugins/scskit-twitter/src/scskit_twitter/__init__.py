"""X (formerly Twitter) for scskit.

This release tells scskit how X names people; receiving and sending come with later releases, and
until then the connector declares no capability, so that nobody is promised one.
"""

from __future__ import annotations

from collections.abc import Iterable

from scskit.plugins import Connector, ConnectorSpec, hookimpl


class TwitterConnector(Connector):
    """What scskit knows of X."""


@hookimpl
def scskit_connectors() -> Iterable[ConnectorSpec]:
    """Offer X: a user id is the same for everybody on the network (X API v2, user object)."""
    return (
        ConnectorSpec(
            name="twitter",
            connector=TwitterConnector(),
            capabilities=frozenset(),
            identity_scope="network",
            version="2",
        ),
    )
