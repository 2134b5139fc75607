import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from attrs import field, frozen
from hypothesis import given
from hypothesis import strategies as st

from scskit.core.errors import PayloadInvalid
from scskit_meta.reading import Malformed, first_instant, instant, load, read, text, write

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@frozen(kw_only=True)
class Part:
    """A part of something."""

    id: str
    size: int = 0


@frozen(kw_only=True)
class Whole:
    """Something of every kind."""

    id: str
    from_: str = ""
    part: Part | None = None
    parts: tuple[Part, ...] = ()
    kept: Any = None
    flags: list = field(factory=list)


def test_what_is_optional_and_wrong_counts_as_absent():
    """A message is worth more than its trimmings: a broken attachment does not lose it."""
    found = read({"id": 7, "from": None, "part": "broken", "parts": [{"id": "a"}, 3, {}]}, Whole)
    assert found == Whole(id="7", parts=(Part(id="a"),))


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({}, "id is missing"),
        ({"id": None}, "id is missing"),
        ({"id": []}, "id: found list"),
        ([], "found list"),
    ],
)
def test_what_is_required_and_wrong_is_named(value, reason):
    """Whoever looks into the quarantine reads which part of an item was wrong."""
    with pytest.raises(Malformed, match=reason):
        read(value, Whole)


def test_what_is_written_is_read_again():
    """A fake network writes the same shapes that the connector reads."""
    whole = Whole(
        id="1", from_="me", part=Part(id="2", size=3), parts=(Part(id="4"),), kept={"a": 1}
    )
    written = json.loads(json.dumps(write(whole)))
    assert written["from"] == "me"
    assert read(written, Whole) == whole


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1697043223, "2023-10-11T16:53:43+00:00"),
        ("1697043223", "2023-10-11T16:53:43+00:00"),
        (1697043223500, "2023-10-11T16:53:43.500000+00:00"),
        ("2021-09-08T06:34:04+0000", "2021-09-08T06:34:04+00:00"),
        ("2021-09-08T08:34:04+02:00", "2021-09-08T06:34:04+00:00"),
        ("2021-09-08T06:34:04", "2021-09-08T06:34:04+00:00"),
    ],
)
def test_every_way_to_write_a_time_is_understood(value, expected):
    """Seconds, milliseconds, digits in quotes and ISO 8601 are all used by Meta."""
    assert instant(value).isoformat() == expected


def test_the_first_time_that_can_be_read_counts():
    """Where an item has no time, its entry's is taken."""
    assert first_instant(None, "soon", 0) == datetime(1970, 1, 1, tzinfo=UTC)
    assert first_instant(None, [], 10**30, float("inf")) is None


@given(JSON)
def test_any_value_is_read_or_refused(value):
    """Nothing that JSON can hold makes reading fail in any other way than by saying so."""
    for reader in (
        text,
        instant,
        lambda v: read(v, Whole),
        lambda v: read({"id": v, "part": v}, Whole),
    ):
        with suppress(Malformed):
            reader(value)


def test_ids_stay_what_they_are():
    """Numbers become the text of their digits; an id of thousands of digits is refused."""
    assert [text(12345678901234567890), text("007"), text(3.0)] == [
        "12345678901234567890",
        "007",
        "3",
    ]
    with pytest.raises(Malformed):
        text(10**5000)


@pytest.mark.parametrize("body", [b"", b"\xff", b"{", b"[" * 100_000, b"9" * 5000])
def test_what_is_no_json_is_refused_as_a_whole(body):
    """Cut off, wrongly encoded, endlessly nested: the sender is told, and nothing else happens."""
    with pytest.raises(PayloadInvalid, match="not JSON"):
        load(body)


def test_no_number_is_left_that_json_cannot_hold():
    """NaN and the infinities become null, so that what is kept can be written again."""
    assert load(b"[NaN, Infinity, -Infinity, 1e999, 1.5]") == [None, None, None, None, 1.5]
