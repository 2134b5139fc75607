"""X (formerly Twitter) for scskit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from scskit.plugins import ConnectorSpec, Sharing, hookimpl
from scskit_twitter import config
from scskit_twitter.channels import CHANNELS, channels_of
from scskit_twitter.connector import TwitterConnector
from scskit_twitter.inviting import INVITATIONS, invitations_of
from scskit_twitter.limits import API_VERSION

CAPABILITIES: Final = frozenset(
    {
        "webhook",
        "stream",
        "fetch",
        "publish",
        "reply_public",
        "reply_private",
        "find_sent",
        "attachments",
        "hide",
        "edits",
        "deletions",
        "diagnose",
        "receipts",
    }
)


@hookimpl
def scskit_connectors(settings: Mapping[str, Mapping[str, Any]]) -> Iterable[ConnectorSpec]:
    """Offer X: a user id is the same for everybody on the network (X API v2, user object)."""
    found = config.read(settings)
    return (
        ConnectorSpec(
            name=config.NETWORK,
            connector=TwitterConnector(found),
            capabilities=CAPABILITIES,
            identity_scope="network",
            version=API_VERSION,
            channels=CHANNELS,
            channels_of=channels_of(found),
            invitations=INVITATIONS,
            invitations_of=invitations_of(found),
            sharing=Sharing(link="https://x.com/i/web/status/{id}", quote="quotes"),
        ),
    )
