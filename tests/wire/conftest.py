"""Strategies for every event and everything that can come in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import get_args, get_type_hints

import pytest
from attrs import NOTHING, fields, has
from hypothesis import strategies as st

from scskit.core.identity import Author
from scskit.core.interaction import Attachment, Deletion, Edit, Message, Receipt

# Any text that UTF-8 can hold: what events consist of.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
# Any text at all, also what no database keeps: what networks may send.
wild_texts = st.text(st.characters(), max_size=8)
instants = st.datetimes(timezones=st.just(UTC))
numbers = st.integers(-(1 << 62), 1 << 62)

PLAIN = {
    str: texts,
    int: numbers,
    bool: st.booleans(),
    datetime: instants,
    float: st.floats(0, 1),
    timedelta: st.timedeltas(timedelta(0), timedelta(days=3650)),
    type(None): st.none(),
}


def values(type_):
    """Return a strategy for the values of an annotation."""
    type_ = getattr(type_, "__supertype__", type_)
    if type_ in PLAIN:
        return PLAIN[type_]
    if has(type_):
        return instances(type_)
    arguments = get_args(type_)
    if arguments and arguments[-1] is Ellipsis:
        return st.lists(values(arguments[0]), max_size=3).map(tuple)
    if all(isinstance(argument, str) for argument in arguments):
        return st.sampled_from(arguments)
    return st.one_of(*map(values, arguments))


def instances(cls):
    """Return a strategy for the instances of a class; attributes with defaults may be left out."""
    hints = get_type_hints(cls)
    given, optional = {}, {}
    for attribute in fields(cls):
        where = given if attribute.default is NOTHING else optional
        where[attribute.name] = values(hints[attribute.name])
    return st.fixed_dictionaries(given, optional=optional).map(lambda named: cls(**named))


finite = st.floats(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    st.none() | st.booleans() | numbers | finite | wild_texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(wild_texts, inner, max_size=3),
    max_leaves=6,
)
authors = st.builds(
    Author,
    external_id=wild_texts,
    handle=wild_texts,
    name=wild_texts,
    followers=st.none() | numbers,
    language=st.none() | wild_texts,
)
offsets = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
aware = st.datetimes(timezones=offsets | st.just(UTC))
messages = st.builds(
    Message,
    account=wild_texts,
    external_id=wild_texts,
    author=authors,
    posted_at=aware,
    text=wild_texts,
    kind=st.sampled_from(["post", "comment", "reply", "direct_message", "review"]),
    visibility=st.sampled_from(["public", "private"]),
    direction=st.sampled_from(["inbound", "outbound"]),
    thread=st.none() | wild_texts,
    parent=st.none() | wild_texts,
    addressed_to=st.none() | wild_texts,
    automated=st.booleans(),
    language=st.none() | wild_texts,
    shared_from=st.none() | wild_texts,
    attachments=st.lists(
        st.builds(Attachment, kind=wild_texts, url=wild_texts, title=wild_texts), max_size=2
    ).map(tuple),
    labels=st.dictionaries(wild_texts, wild_texts, max_size=2),
    extra=st.dictionaries(wild_texts, json_values, max_size=2),
)
inbound = st.one_of(
    messages,
    st.builds(
        Edit,
        account=wild_texts,
        target=wild_texts,
        edited_at=aware,
        text=wild_texts,
        revision=st.none() | numbers,
    ),
    st.builds(Deletion, account=wild_texts, target=wild_texts, deleted_at=aware),
    st.builds(
        Receipt,
        account=wild_texts,
        target=wild_texts,
        status=st.sampled_from(["sent", "delivered", "read", "failed"]),
        at=aware,
        detail=wild_texts,
    ),
)


@pytest.fixture(scope="session")
def events_of():
    """Give a strategy of the events of a class."""
    return instances


@pytest.fixture(scope="session")
def anything_inbound():
    """Give a strategy of messages, edits, deletions and receipts."""
    return inbound


@pytest.fixture(scope="session")
def any_json():
    """Give a strategy of JSON values with any strings."""
    return json_values
