"""Bodies that no network should send: any bytes, any JSON, real bodies with a part exchanged.

Strategies for hypothesis, which is needed for this module alone.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from scskit.testing.exchanging import AWKWARD, every_exchange, places, replaced

__all__ = ["ANY_BODIES", "AWKWARD", "JSON_VALUES", "WORDS", "every_exchange", "exchanged"]

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


@st.composite
def exchanged(draw: st.DrawFn, samples: Sequence[Any]) -> Any:  # noqa: ANN401  any JSON value
    """Take one of the samples and put any JSON value in place of any part of it.

    Args:
        draw: given by hypothesis.
        samples: JSON values.
    """
    sample = draw(st.sampled_from(samples))
    path = draw(st.sampled_from(list(places(sample))))
    return replaced(sample, path, draw(JSON_VALUES))
