"""Pages: newest first, with tokens that nobody needs to understand."""

from __future__ import annotations

from base64 import b32hexdecode, b32hexencode
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, Protocol, TypeVar

from attrs import frozen

from scskit.core.time import require_aware
from scskit.testing.network import Call
from scskit_twitter.fake.problems import invalid

_LARGEST: Final = 19


class Dated(Protocol):
    """What has an id that grows with time."""

    id: str
    created_at: datetime


D = TypeVar("D", bound=Dated)


@frozen
class Size:
    """How many items a page may have: at least, at most, and unless told."""

    least: int
    most: int
    usual: int


POSTS: Final = Size(5, 100, 10)
SEARCHED: Final = Size(10, 100, 10)
MESSAGES: Final = Size(1, 100, 100)

PAGING: Final = ("max_results", "pagination_token")
SPAN: Final = ("start_time", "end_time", "since_id", "until_id")


def page(
    call: Call, items: Sequence[D], size: Size, *, endless: bool = False
) -> tuple[list[D], dict[str, Any]]:
    """Return the page that is asked for, and what stands in its ``meta``.

    Args:
        call: the request.
        items: all there are, newest first.
        size: of a page.
        endless: whether even the last page has a token, as it is with direct messages.

    Raises:
        Refused: the size or the token is none.
    """
    count = _count(call, size)
    before = _read_token(call)
    left = [item for item in items if before is None or int(item.id) < before]
    found = left[:count]
    meta: dict[str, Any] = {"result_count": len(found)}
    if found and not endless:
        meta |= {"newest_id": found[0].id, "oldest_id": found[-1].id}
    if len(left) > count or (endless and found):
        meta["next_token"] = _token(found[-1].id)
    if before is not None and found:
        meta["previous_token"] = _token(str(int(found[0].id) + 1))
    return found, meta


def _count(call: Call, size: Size) -> int:
    given = call.query.get("max_results")
    if given is None:
        return size.usual
    if not given.isdecimal() or not size.least <= int(given) <= size.most:
        message = (
            f"The `max_results` query parameter value [{given}] is not between {size.least} and "
            f"{size.most}"
        )
        raise invalid(message, "max_results", given)
    return int(given)


def _token(external_id: str) -> str:
    return b32hexencode(external_id.rjust(_LARGEST).encode()).decode().rstrip("=").lower()


def _read_token(call: Call) -> int | None:
    name = "next_token" if "next_token" in call.query else "pagination_token"
    given = call.query.get(name)
    if given is None:
        return None
    try:
        return int(b32hexdecode(given.upper() + "=" * (-len(given) % 8)).strip())
    except ValueError as error:
        raise invalid(f"Invalid '{name}':[{given}].", name, given) from error


def within(call: Call, items: Sequence[D]) -> list[D]:
    """Return the items of the time that is asked for.

    Raises:
        Refused: an instant or an id is none.
    """
    start, end = _instant(call, "start_time"), _instant(call, "end_time")
    since, until = _id(call, "since_id"), _id(call, "until_id")
    return [
        item
        for item in items
        if (start is None or item.created_at >= start)
        and (end is None or item.created_at < end)
        and (since is None or int(item.id) > since)
        and (until is None or int(item.id) < until)
    ]


def _instant(call: Call, name: str) -> datetime | None:
    given = call.query.get(name)
    if given is None:
        return None
    try:
        return require_aware(datetime.fromisoformat(given), name)
    except ValueError as error:
        raise invalid(f"Invalid '{name}':[{given}].", name, given) from error


def _id(call: Call, name: str) -> int | None:
    given = call.query.get(name)
    if given is None:
        return None
    if not given.isdecimal() or len(given) > _LARGEST:
        message = f"The `{name}` query parameter value [{given}] is not valid"
        raise invalid(message, name, given)
    return int(given)
