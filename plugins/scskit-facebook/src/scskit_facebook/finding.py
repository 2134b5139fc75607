"""Whether a message whose outcome is unknown arrived: Meta has no idempotency keys.

A message is known again by who wrote it, its text and its time. Of a private reply nothing can be
asked; but Meta takes one for each comment and refuses a second, so it cannot be doubled.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from scskit.plugins import DeliveryReceipt, Flow, Outbound
from scskit_facebook.places import Place
from scskit_facebook.sending import edge_of, is_private_reply
from scskit_meta.reading import first_instant, items

SKEW = timedelta(minutes=5)
"""How far Meta's clock may be behind ours."""

_FIELDS = {
    "facebook": "id,from,message,created_time",
    "instagram": "id,from,username,text,timestamp",
}


def find_sent(place: Place, outbound: Outbound) -> Flow[DeliveryReceipt | None]:
    """Look for a message among the latest ones of where it went.

    Returns:
        What is known of it; None when it is not there.
    """
    if outbound.visibility == "public":
        found = yield from _comments(place, outbound)
    elif is_private_reply(outbound):
        return None
    else:
        found = yield from _messages(place, outbound)
    for item in found:
        if _is_it(place, outbound, item):
            at = first_instant(item.get("created_time"), item.get("timestamp"))
            return DeliveryReceipt(external_id=str(item["id"]), at=at)
    return None


def _comments(place: Place, outbound: Outbound) -> Flow[list[Any]]:
    target = outbound.in_reply_to or outbound.thread or ""
    query = {"fields": _FIELDS[place.network], "limit": "100"}
    if place.network == "facebook":
        query |= {"filter": "stream", "order": "reverse_chronological"}
    answer = yield from place.graph.get((target, edge_of(place, outbound)), **query)
    return list(items(answer.get("data")))


def _messages(place: Place, outbound: Outbound) -> Flow[list[Any]]:
    query = {
        "platform": "messenger" if place.network == "facebook" else "instagram",
        "user_id": outbound.recipient or outbound.thread or "",
        "fields": "messages.limit(20){id,from,message,created_time}",
    }
    answer = yield from place.graph.get((place.sender, "conversations"), **query)
    return list(_within(answer))


def _within(answer: Mapping[str, Any]) -> Iterator[Any]:
    for conversation in items(answer.get("data")):
        messages = conversation.get("messages") if isinstance(conversation, dict) else None
        yield from items(messages.get("data") if isinstance(messages, dict) else None)


def _is_it(place: Place, outbound: Outbound, item: object) -> bool:
    if not isinstance(item, dict) or not isinstance(item.get("id"), str):
        return False
    who = item.get("from")
    author = who.get("id") if isinstance(who, dict) else None
    at = first_instant(item.get("created_time"), item.get("timestamp"))
    return (
        author in {place.own_id, place.sender}
        and outbound.text == (item.get("message") or item.get("text") or "")
        and at is not None
        and at >= outbound.created_at - SKEW
    )
