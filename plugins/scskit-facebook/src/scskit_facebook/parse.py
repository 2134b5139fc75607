"""From bodies to messages, changes, receipts and signals, for both networks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from attrs import frozen

from scskit.plugins import Parsed, WebhookRequest, seen_by
from scskit_facebook import feed, instagram, wire
from scskit_facebook.config import FacebookSettings, Network
from scskit_facebook.messaging import read_messaging
from scskit_facebook.scene import Scene
from scskit_meta.envelope import Part, parts, read_all, unreadable
from scskit_meta.reading import read

OBJECTS: dict[Network, str] = {"facebook": "page", "instagram": "instagram"}
_CONVERSING = frozenset({"sender", "recipient"})


def parse(request: WebhookRequest, network: Network, settings: FacebookSettings) -> list[Parsed]:
    """Turn a body into items; pure, and total on every body that is a JSON object.

    Meta lets one address take all that an app is told of. So each connector reads the objects of
    the other as well, where the settings name accounts of it.

    Args:
        request: the request; its signature has been checked.
        network: whose connector is asked.
        settings: which page belongs to which account.

    Raises:
        PayloadInvalid: the body is no JSON object.
    """
    networks = {OBJECTS[one]: one for one in OBJECTS if one == network or settings.ids(one)}

    def read_part(part: Part) -> Iterable[Parsed]:
        return _Reading(networks[part.kind], settings, request.received_at).part(part)

    return read_all(parts(request.body, networks), read_part)


@frozen
class _Reading:
    """One request being read."""

    network: Network
    settings: FacebookSettings
    received_at: datetime

    def part(self, part: Part) -> Iterable[Parsed]:
        account = self.settings.account_of(self.network, part.entry_id)
        if account is None:
            what = "page" if self.network == "facebook" else "instagram"
            return (unreadable(part, f"no account has {what} id {part.entry_id}"),)
        scene = Scene(
            network=self.network,
            account=account,
            username=self.settings.username_of(account),
            part=part,
            received_at=self.received_at,
        )
        if part.list_name == "changes":
            return self._change(scene, read(part.value, wire.Change))
        return seen_by("private", read_messaging(scene, part.value))

    def _change(self, scene: Scene, change: wire.Change) -> Iterable[Parsed]:
        value: Any = change.value
        if self.network == "facebook" and change.field in feed.FIELDS:
            return seen_by("public", feed.read_feed(scene, change))
        if self.network == "instagram" and change.field in instagram.FIELDS:
            return seen_by("public", instagram.read_comment(scene, change))
        # The dashboard's tests send conversations as changes, and nothing else does.
        if isinstance(value, dict) and _CONVERSING & value.keys():
            return seen_by("private", read_messaging(scene, value))
        return (scene.signal(f"other:{change.field}", scene.at(), content=value),)
