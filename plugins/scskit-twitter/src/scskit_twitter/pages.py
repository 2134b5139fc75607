"""What X keeps, as polling reads it: pages of posts or of direct messages."""

from __future__ import annotations

from collections.abc import Iterator

from scskit.plugins import Parsed
from scskit_twitter.direct import event_item
from scskit_twitter.posts import Place, post_items
from scskit_twitter.reading import Json, Malformed, each, first_record
from scskit_twitter.wire import Included, read_included
from scskit_twitter.wire_v2 import read_post

_TEXTS = frozenset({"text", "note_post", "note_tweet"})


def page_items(body: Json, place: Place) -> tuple[Parsed, ...]:
    """Read a page, newest first as X has it; one without ``data`` is empty."""
    data = body.get("data")
    included = read_included(first_record(body, "includes"))
    items = data if isinstance(data, list) else []
    return tuple(each(items, lambda raw: kept_item(raw, place, included)))


def is_kept(raw: Json) -> bool:
    """Tell whether this is a post or anything of a private conversation."""
    return "event_type" in raw or ("id" in raw and bool(_TEXTS & raw.keys()))


def kept_item(raw: Json, place: Place, included: Included) -> Iterator[Parsed]:
    """Read an element of a page.

    Raises:
        Malformed: it is neither a post nor anything of a private conversation.
    """
    if not is_kept(raw):
        raise Malformed("found neither a post nor a direct message")
    if "event_type" in raw:
        yield from event_item(raw, place, included)
    else:
        yield from post_items(read_post(raw, included), place, included)
