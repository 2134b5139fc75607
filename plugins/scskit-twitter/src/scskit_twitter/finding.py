"""Whether something is there already: X knows no idempotency keys, so one has to look.

A text comes back with its links replaced, and a reply with the handles of those it answers put
before it; so texts are compared without both, together with whom they answer and since when.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from scskit.plugins import DeliveryReceipt, Flow, Outbound
from scskit_twitter.calls import Api, conversation_path, page
from scskit_twitter.limits import MESSAGE_FIELDS, PAGE, POST_FIELDS
from scskit_twitter.reading import Json, first_record, first_records, identifier, words
from scskit_twitter.weight import links
from scskit_twitter.wire import DirectMessage, Included, Post
from scskit_twitter.wire_v2 import read_direct_message, read_post

SKEW: Final = timedelta(minutes=5)
"""How much X's clock may be behind ours; the desk says which earlier "Thanks!" is another one."""

DUPLICATE_SKEW: Final = timedelta(seconds=5)
"""The same where nobody says so: when X refuses a post as a duplicate."""

_HANDLES: Final = re.compile(r"^(?:@\w+(?:\s+|$))+")
_ADDRESS: Final = re.compile(r"https?://\S*[^\s,.;:!?)]")
"""What X may have made a link of, even where our list of suffixes does not know it."""

_SPACE: Final = re.compile(r"\s+")


def essence(text: str) -> str:
    """Return a text as it is compared: without links, leading handles and kinds of space."""
    text = unicodedata.normalize("NFC", text)
    for start, end in reversed(list(links(text))):
        text = text[:start] + " " + text[end:]
    text = _ADDRESS.sub(" ", text).strip()
    return _SPACE.sub(" ", _HANDLES.sub("", text)).strip()


def find(api: Api, outbound: Outbound) -> Flow[DeliveryReceipt | None]:
    """Look whether a message arrived whose outcome is unknown."""
    if outbound.visibility == "private":
        return (yield from find_message(api, outbound))
    return (yield from find_post(api, outbound))


def find_post(api: Api, outbound: Outbound, skew: timedelta = SKEW) -> Flow[DeliveryReceipt | None]:
    """Look through the account's own posts since the message was accepted for sending.

    Args:
        api: X.
        outbound: the message.
        skew: how much X's clock may be behind ours.
    """
    own = api.account(outbound.account)
    query = {
        "max_results": str(PAGE),
        "exclude": "retweets",
        "start_time": _second(outbound.created_at - skew),
        **POST_FIELDS[api.settings.field_names],
    }
    path = f"/2/users/{own.user_id}/tweets"
    while True:
        response = yield api.get(outbound.account, path, query)
        body = page(response)
        for post in _posts(body):
            if _is_post(post, outbound, skew):
                return DeliveryReceipt(external_id=post.id, at=post.created_at)
        token = words(first_record(body, "meta"), "next_token")
        if not token or token == query.get("pagination_token"):
            return None
        query["pagination_token"] = token


def _second(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _posts(body: Json) -> Iterator[Post]:
    for raw in first_records(body, "data"):
        if identifier(raw, "id") is not None:
            yield read_post(raw, Included())


def _is_post(post: Post, outbound: Outbound, skew: timedelta) -> bool:
    return (
        post.id not in outbound.others
        and essence(post.text) == essence(outbound.text)
        and post.replied_to == outbound.in_reply_to
        and post.quoted == outbound.extra.get("quotes")
        and (post.created_at is None or post.created_at >= outbound.created_at - skew)
    )


def find_message(api: Api, outbound: Outbound) -> Flow[DeliveryReceipt | None]:
    """Look through a private conversation, the latest first, down to when it was accepted."""
    own = api.account(outbound.account)
    query = {"max_results": str(PAGE), **MESSAGE_FIELDS[api.settings.field_names]}
    query["event_types"] = "MessageCreate"
    while True:
        response = yield api.get(
            outbound.account, f"{conversation_path(outbound)}/dm_events", query
        )
        body = page(response)
        read = [
            read_direct_message(raw, Included())
            for raw in first_records(body, "data")
            if identifier(raw, "id") is not None
        ]
        for message in read:
            if message.sender == own.user_id and _is_message(message, outbound):
                return DeliveryReceipt(external_id=message.id, at=message.sent_at)
        token = words(first_record(body, "meta"), "next_token")
        if not token or token == query.get("pagination_token") or _is_past(read, outbound):
            return None
        query["pagination_token"] = token


def _is_message(message: DirectMessage, outbound: Outbound) -> bool:
    recent = message.sent_at is None or message.sent_at >= outbound.created_at - SKEW
    known = message.id in outbound.others
    return recent and not known and essence(message.text) == essence(outbound.text)


def _is_past(read: list[DirectMessage], outbound: Outbound) -> bool:
    """Tell whether a page reaches back far enough; X gives a token on the last page as well."""
    times = [message.sent_at for message in read if message.sent_at is not None]
    return not read or (bool(times) and min(times) < outbound.created_at - SKEW)
