"""Bodies with a part exchanged, as no network should send them. Needs nothing but Python."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

AWKWARD: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    10**30,
    1.5e300,
    "",
    "x",
    "\ud83d",
    [],
    {},
    [None],
    [[]],
    {"": {}},
    {"id": []},
)
"""Values that are of the wrong kind nearly everywhere."""


def every_exchange(sample: Any) -> Iterator[Any]:  # noqa: ANN401  any JSON value
    """Put each awkward value in place of each part of a sample, one after the other."""
    for path in places(sample):
        for value in AWKWARD:
            yield replaced(sample, path, value)


def places(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of each part of a JSON value, the whole first."""
    yield path
    if isinstance(value, dict):
        pairs: Iterator[tuple[Any, Any]] = iter(value.items())
    else:
        pairs = enumerate(value) if isinstance(value, list) else iter(())
    for key, inner in pairs:
        yield from places(inner, (*path, key))


def part(value: Any, path: tuple[Any, ...]) -> Any:  # noqa: ANN401  JSON
    """Return the part of a JSON value at a path."""
    for key in path:
        value = value[key]
    return value


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:  # noqa: ANN401  JSON
    """Return a JSON value with another part at a path."""
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(value[path[0]], path[1:], new)
    return copy
