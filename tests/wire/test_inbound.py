from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scskit import Author, Deletion, Message
from scskit.testing import message
from scskit.wire.inbound import (
    read_inbound,
    structure_inbound,
    unstructure_inbound,
    write_inbound,
)
from scskit.wire.text import decode, encode

SHORT = {
    "account": "twitter.acme",
    "external_id": "1",
    "author": {"external_id": "ana"},
    "posted_at": "2026-03-02T12:00:00Z",
}


@given(data=st.data())
def test_everything_that_comes_in_can_be_written_down(anything_inbound, data):
    """A message that waits on disk is the message that came, whatever it holds."""
    item = data.draw(anything_inbound)
    assert read_inbound(write_inbound(item)) == item
    assert write_inbound(item).encode()


@given(data=st.data())
def test_an_object_becomes_an_item_and_back(anything_inbound, data):
    """The JSON form of a message is complete."""
    item = data.draw(anything_inbound)
    assert structure_inbound(unstructure_inbound(item)) == item


@given(data=st.data())
def test_json_text_keeps_every_string(any_json, data):
    """Half an emoji or a NUL survives being stored."""
    value = data.draw(any_json)
    written = encode(value)
    assert decode(written) == value
    assert "\0" not in written
    assert written.encode()


def test_what_is_at_its_default_is_left_out():
    """A waiting message takes no more room than it says."""
    assert set(unstructure_inbound(message())) == {
        "type",
        "account",
        "external_id",
        "author",
        "posted_at",
        "text",
    }


def test_an_object_without_a_type_is_a_message():
    """The common case needs the fewest keys."""
    assert structure_inbound(SHORT) == Message(
        account="twitter.acme",
        external_id="1",
        author=Author(external_id="ana"),
        posted_at=datetime(2026, 3, 2, 12, tzinfo=UTC),
    )


def test_the_type_says_what_else_an_object_is():
    """Edits, deletions and receipts come the same way as messages."""
    deletion = {
        "type": "deletion",
        "account": "a",
        "target": "1",
        "deleted_at": "2026-03-02T12:00:00+00:00",
    }
    assert structure_inbound(deletion) == Deletion(
        account="a", target="1", deleted_at=datetime(2026, 3, 2, 12, tzinfo=UTC)
    )
    with pytest.raises(ValueError, match="type: found 'poke', allowed: message, edit, deletion"):
        structure_inbound({"type": "poke"})
    with pytest.raises(ValueError, match=r"type: found \[\], allowed"):
        structure_inbound({"type": []})


def test_an_id_may_be_a_number():
    """Senders that write their ids as numbers are understood."""
    found = structure_inbound({**SHORT, "external_id": 12345678901234567890})
    assert found.external_id == "12345678901234567890"


def test_the_object_handed_over_is_left_alone():
    """Whoever hands an object over can go on using it."""
    given_ = {**SHORT, "type": "message"}
    before = json.dumps(given_)
    structure_inbound(given_)
    assert json.dumps(given_) == before


def test_every_mistake_is_reported_at_once_with_its_place():
    """A sender can mend everything in one go."""
    with pytest.raises(ValueError, match="colour") as caught:
        structure_inbound(
            {
                "account": "a",
                "external_id": True,
                "author": {"external_id": "7", "followers": "many"},
                "posted_at": "yesterday",
                "colour": "red",
                "visibility": "secret",
            }
        )
    text = str(caught.value)
    for part in (
        "at external_id",
        "at author.followers",
        "at posted_at",
        "colour",
        "allowed: account, external_id",
        "at visibility",
    ):
        assert part in text


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "5", '"text"'])
def test_what_is_no_object_is_refused_in_words(text):
    """Junk on the way in ends in a sentence."""
    with pytest.raises(ValueError, match=r"."):
        read_inbound(text)
