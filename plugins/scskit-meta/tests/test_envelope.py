import json

import pytest

from scskit.core.errors import PayloadInvalid
from scskit.plugins import Unreadable
from scskit_meta.envelope import made_id, parts, read_all, unknown_author
from scskit_meta.reading import Malformed


def body(*entries, kind="page"):
    return json.dumps({"object": kind, "entry": list(entries)}).encode()


def reader(part):
    if part.value == "bad":
        raise Malformed("it is bad")
    return (part.value,)


def test_one_bad_item_loses_none_of_the_others():
    """Of several items of several entries, those that can be read are; each other is kept."""
    whole = body(
        {"id": "1", "changes": ["a", "bad"]},
        "nonsense",
        {"id": [], "changes": ["x"]},
        {"id": 2, "messaging": "none", "standby": ["b"]},
        {"id": "3"},
    )
    found = read_all(parts(whole, ("page",)), reader)
    assert [item for item in found if isinstance(item, str)] == ["a", "b"]
    reasons = [item.reason for item in found if isinstance(item, Unreadable)]
    assert reasons == [
        "it is bad",
        "entry: found str",
        "entry.id: found list, expected text",
        "entry.messaging: found no list",
    ]


def test_what_was_kept_can_be_handed_in_again():
    """An unreadable item is kept as a body that holds it alone, so that it can be re-driven."""
    whole = body({"id": "1", "time": 5, "changes": ["bad", "a"]})
    kept = read_all(parts(whole, ("page",)), reader)[0]
    again = read_all(parts(json.dumps(kept.payload).encode(), ("page",)), lambda part: (part,))
    assert [(part.value, part.entry_id, part.entry["time"]) for part in again] == [("bad", "1", 5)]


@pytest.mark.parametrize("kind", ["user", "permissions", None, ["page"], {}])
def test_a_body_about_something_else_holds_nothing(kind):
    """An object that the connector does not know is ignored, whatever it holds."""
    assert list(parts(body({"id": "1", "changes": ["a"]}, kind=kind), ("page",))) == []


@pytest.mark.parametrize("content", [b"[]", b'"page"', b"null", b"7", b"no"])
def test_a_body_that_is_no_object_is_refused(content):
    """What cannot be a body of Meta's at all is refused as a whole."""
    with pytest.raises(PayloadInvalid):
        list(parts(content, ("page",)))


def test_an_entry_that_is_missing_is_kept():
    """A body without entries is not taken for an empty one."""
    (found,) = parts(b'{"object": "page"}', ("page",))
    assert found.reason == "entry is missing or no list"


def test_made_ids_follow_the_content():
    """An item without an id is the same item when it is delivered again, in any order of keys."""
    assert made_id({"a": 1, "b": 2}) == made_id({"b": 2, "a": 1}) != made_id({"a": 1, "b": 3})


def test_strangers_are_never_one_person():
    """Two messages whose authors are not told have two authors."""
    assert unknown_author("1") != unknown_author("2")
