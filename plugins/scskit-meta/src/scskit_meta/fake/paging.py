"""Lists, in pages: by cursors that stay right while the list grows."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote, urlencode

from scskit.testing.network import Call
from scskit_meta.fake.addresses import version_of
from scskit_meta.fake.refusing import Refusing
from scskit_meta.fake.selecting import Field, Node, shown

USUAL: Final = 25
MOST: Final = 100


def edge(
    network: Refusing, call: Call, path: str, nodes: Sequence[Node], asked: Field
) -> dict[str, Any]:
    """Return a page of a list.

    Args:
        network: it refuses cursors that are none.
        call: the request; addresses of other pages are made of it.
        path: of the list, such as ``/1_5/comments``, without version.
        nodes: the whole list in its order.
        asked: what is asked of each, and by its modifiers ``limit``, ``after`` and ``before``.
    """
    limit = _limit(network, asked.modifiers.get("limit", ""))
    names = [str(node.values["id"]) for node in nodes]
    first, last = _span(network, names, asked.modifiers, limit)
    page: dict[str, Any] = {"data": [shown(node, asked.fields) for node in nodes[first:last]]}
    if first < last:
        cursors = {"before": _cursor(names[first]), "after": _cursor(names[last - 1])}
        page["paging"] = {"cursors": cursors}
        rest = _rest(call, asked, limit)
        if last < len(nodes):
            page["paging"]["next"] = _address(call, path, rest | {"after": cursors["after"]})
        if first > 0:
            page["paging"]["previous"] = _address(call, path, rest | {"before": cursors["before"]})
    return page


def _limit(network: Refusing, given: str) -> int:
    if given and not given.isdecimal():
        raise network.invalid("Param limit must be a non-negative integer.")
    return min(int(given[:9] or USUAL), MOST)


def _span(
    network: Refusing, names: list[str], modifiers: Mapping[str, str], limit: int
) -> tuple[int, int]:
    if after := modifiers.get("after"):
        first = _place(network, names, after) + 1
        return first, min(first + limit, len(names))
    if before := modifiers.get("before"):
        last = _place(network, names, before)
        return max(last - limit, 0), last
    return 0, min(limit, len(names))


def _cursor(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).decode().rstrip("=")


def _place(network: Refusing, names: list[str], cursor: str) -> int:
    found = {_cursor(name): place for place, name in enumerate(names)}
    if cursor not in found:
        raise network.invalid("Invalid cursors values: what it stood at is gone.")
    return found[cursor]


def _rest(call: Call, asked: Field, limit: int) -> dict[str, str]:
    """Return the parameters that the next page is asked for with."""
    told = {name: value for name, value in asked.modifiers.items() if name not in _PLACES}
    fields = ",".join(_written(one) for one in asked.fields)
    given = {"access_token": call.notes.get("token", ""), "limit": str(limit), "fields": fields}
    return told | {name: value for name, value in given.items() if value}


_PLACES: Final = frozenset({"after", "before", "limit"})


def _written(asked: Field) -> str:
    modifiers = "".join(f".{name}({value})" for name, value in asked.modifiers.items())
    fields = ",".join(_written(one) for one in asked.fields)
    return f"{asked.name}{modifiers}{f'{{{fields}}}' if fields else ''}"


def _address(call: Call, path: str, query: Mapping[str, str]) -> str:
    url, version = call.request.url, version_of(call.request)
    place = "/".join(part for part in (version, path.strip("/")) if part)
    return f"{url.scheme}://{url.netloc.decode()}/{quote(place)}?{urlencode(query)}"
