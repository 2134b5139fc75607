"""What Meta pushes: the envelope, its signatures, and the handshake before anything is pushed."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from attrs import frozen

from scskit.http.signing import sign
from scskit.plugins import WebhookRequest
from scskit.testing.network import Deliveries, Event

Where = Literal["changes", "messaging", "standby"]


@frozen(kw_only=True)
class Pushed:
    """One item of a body.

    Attributes:
        object: what the app is subscribed to: ``page``, ``instagram``, ...
        entry_id: the page or account that it is about.
        time: of the entry, as the network writes it: seconds, or milliseconds in conversations.
        where: the list that it stands in.
        item: the item.
    """

    object: str
    entry_id: str
    time: int
    where: Where
    item: Mapping[str, Any]


def written(events: Sequence[Event]) -> bytes:
    """Write a body; items of one account that follow each other share an entry.

    ``/`` and all that is not ASCII are escaped, as Meta does: who writes a body anew before
    checking its signature finds it wrong.
    """
    entries: list[dict[str, Any]] = []
    for event in events:
        pushed: Pushed = event.payload
        last = entries[-1] if entries else {}
        if last.get("id") != pushed.entry_id or pushed.where not in last:
            entries.append({"id": pushed.entry_id, "time": pushed.time, pushed.where: []})
        entries[-1][pushed.where].append(pushed.item)
    whole = {"object": events[0].payload.object, "entry": entries}
    return json.dumps(whole, separators=(",", ":")).replace("/", "\\/").encode()


def headers(body: bytes, secret: str) -> dict[str, str]:
    """Return the headers of a body, with both signatures; the older one is still sent."""
    old = hmac.digest(secret.encode(), body, "sha1").hex()
    return {
        "Content-Type": "application/json",
        "User-Agent": "facebookexternalua",
        "X-Hub-Signature": f"sha1={old}",
        "X-Hub-Signature-256": sign(body, secret),
    }


def shakes_hands(
    deliveries: Deliveries, address: str, verify_token: str, challenge: str, now: datetime
) -> bool:
    """Ask an address whether it expects what it will be sent; it must answer the challenge."""
    query = {
        "hub.mode": "subscribe",
        "hub.challenge": challenge,
        "hub.verify_token": verify_token,
    }
    request = WebhookRequest(method="GET", received_at=now, query=query)
    try:
        answered = deliveries.exchange(deliveries.at(address), request)
    except Exception:  # noqa: BLE001  a receiver may break in any way
        return False
    return answered.status == 200 and answered.body == challenge.encode()  # noqa: PLR2004  HTTP success
