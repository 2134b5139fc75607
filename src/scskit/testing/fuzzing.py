"""Bodies that no network should send: any bytes, any JSON, real bodies with a part exchanged.

Strategies for hypothesis, which is needed for this module alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from hypothesis import strategies as st

WORDS = st.text(st.characters())
"""Texts, also with lone surrogates, which JSON can hold and UTF-8 cannot."""

JSON_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=10,
)

ANY_BODIES: st.SearchStrategy[bytes] = st.binary(max_size=200) | JSON_VALUES.map(
    lambda value: json.dumps(value).encode()
)


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
    for path in _places(sample):
        for value in AWKWARD:
            yield _replaced(sample, path, value)


@st.composite
def exchanged(draw: st.DrawFn, samples: Sequence[Any]) -> Any:  # noqa: ANN401  any JSON value
    """Take one of the samples and put any JSON value in place of any part of it.

    Args:
        draw: given by hypothesis.
        samples: JSON values.
    """
    sample = draw(st.sampled_from(samples))
    path = draw(st.sampled_from(list(_places(sample))))
    return _replaced(sample, path, draw(JSON_VALUES))


def _places(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(value, dict):
        pairs: Iterator[tuple[Any, Any]] = iter(value.items())
    else:
        pairs = enumerate(value) if isinstance(value, list) else iter(())
    for key, inner in pairs:
        yield from _places(inner, (*path, key))


def _replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:  # noqa: ANN401  JSON
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = _replaced(value[path[0]], path[1:], new)
    return copy
