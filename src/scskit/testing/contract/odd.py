"""Bodies as no network sends them, and some day one does: every part exchanged, every end missing.

In a fixed order, so that what fails fails again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

_VALUES: Final[tuple[Any, ...]] = (
    None,
    True,
    0,
    -1,
    1.5,
    10**30,
    "",
    "x",
    "\ud800",
    "\x00",
    [],
    {},
    [[]],
    [None],
    ["x"],
    {"x": []},
)
_BODIES: Final = (
    b"",
    b"null",
    b"[]",
    b"{}",
    b'""',
    b"0",
    b"NaN",
    b'{"x": NaN}',
    b"\xff\xfe",
    b"\xef\xbb\xbf{}",
    b"<html>",
    b"a=b&c=d",
    b'{"x": "\xc3"}',
    b"1" * 5_000,
    b"[" * 100_000,
    b'{"x":' * 50_000,
)
_CUTS: Final = 40


def odd_bodies(body: bytes) -> Iterator[bytes]:
    """Yield what a body could be instead."""
    yield from _BODIES
    for cut in range(0, len(body), max(1, len(body) // _CUTS)):
        yield body[:cut]
        yield body[:cut] + b"\xff" + body[cut + 1 :]
    try:
        value = json.loads(body)
    except ValueError:
        return
    for place in _places(value):
        for odd in _VALUES:
            yield json.dumps(_replaced(value, place, odd)).encode()
        if place:
            yield json.dumps(_without(value, place)).encode()


Place = tuple[Any, ...]


def _places(value: Any, place: Place = ()) -> Iterator[Place]:  # noqa: ANN401  any JSON value
    yield place
    for key in _keys(value):
        yield from _places(value[key], (*place, key))


def _keys(value: object) -> list[Any]:
    if isinstance(value, dict):
        return list(value)
    return list(range(len(value))) if isinstance(value, list) else []


def _replaced(value: Any, place: Place, odd: object) -> Any:  # noqa: ANN401  any JSON value
    if not place:
        return odd
    copy = value.copy()
    copy[place[0]] = _replaced(value[place[0]], place[1:], odd)
    return copy


def _without(value: Any, place: Place) -> Any:  # noqa: ANN401  any JSON value
    copy = value.copy()
    if len(place) == 1:
        del copy[place[0]]
    else:
        copy[place[0]] = _without(value[place[0]], place[1:])
    return copy
