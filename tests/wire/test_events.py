from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from orjson import loads

from scskit.core import events as ev
from scskit.core.errors import StoreError
from scskit.core.triage import Label
from scskit.wire import events as wire
from scskit.wire.events import event_payload, read_event

NOW = datetime(2026, 3, 2, 12, 0, 0, 1, tzinfo=UTC)
ROUTED = ev.CaseRouted(
    case_id="c1", at=NOW, queue="inbox", team=None, policy_version="p", rule="r", source="s"
)


def read_back(event, **other):
    columns = {
        "case_id": event.case_id,
        "at": event.at,
        "by": event.by,
        "because": event.because,
        **other,
    }
    return read_event(event.type, event.schema, event_payload(event), **columns)


@pytest.mark.parametrize("cls", ev.EVENT_TYPES.values(), ids=ev.EVENT_TYPES)
@given(data=st.data())
def test_every_event_comes_back_as_it_was(events_of, cls, data):
    """What was decided is read back exactly: times, scripts, nothing, and tuples in tuples."""
    event = data.draw(events_of(cls))
    found = read_back(event)
    assert found == event
    assert type(found) is cls
    assert hash(found) == hash(event)


@pytest.mark.parametrize("cls", ev.EVENT_TYPES.values(), ids=ev.EVENT_TYPES)
@given(data=st.data())
def test_a_payload_holds_only_what_is_not_said_elsewhere(events_of, cls, data):
    """The log stays small: no column twice, and no attribute at its default."""
    event = data.draw(events_of(cls))
    content = loads(event_payload(event))
    assert not {"case_id", "at", "by", "because"} & content.keys()
    plain = {
        name: getattr(event, name) for name in content if not isinstance(content[name], list | dict)
    }
    defaults = {
        attribute.name: attribute.default
        for attribute in cls.__attrs_attrs__
        if attribute.default is not None
    }
    assert not [name for name, value in plain.items() if value == defaults.get(name, plain)]


def test_every_event_class_is_known_by_one_name():
    """No event can be written that could not be read back."""
    assert set(ev.EVENT_TYPES.values()) == set(ev.Event.__subclasses__())
    assert all(cls.type == name for name, cls in ev.EVENT_TYPES.items())


def test_labels_keep_who_said_them_and_how_surely():
    """A decision's labels can be explained from the log alone."""
    added = ev.InteractionAdded(
        case_id="c1",
        at=NOW,
        interaction_id="i",
        thread_id="t",
        direction="inbound",
        posted_at=NOW,
        digest="d",
        labels=(Label("reason", "billing", "acme-nlp", 0.75, "keyword"),),
    )
    assert read_back(added).labels == added.labels


def test_an_old_payload_is_brought_up_to_date(monkeypatch):
    """What an earlier release wrote is read by a later one, step by step."""

    def rename(content):
        return {**content, "rule": content.pop("why")}

    def add(content):
        return {**content, "source": "before sources were kept"}

    monkeypatch.setitem(wire.UPCASTS, ("case_routed", -1), rename)
    monkeypatch.setitem(wire.UPCASTS, ("case_routed", 0), add)
    payload = '{"queue": "inbox", "team": null, "policy_version": "p", "why": "keyword"}'
    found = read_event("case_routed", -1, payload, case_id="c1", at=NOW, by="b", because="")
    assert (found.rule, found.source) == ("keyword", "before sources were kept")
    half = '{"queue": "inbox", "team": null, "policy_version": "p", "rule": "by hand"}'
    found = read_event("case_routed", 0, half, case_id="c1", at=NOW, by="b", because="")
    assert (found.rule, found.source) == ("by hand", "before sources were kept")


def test_a_payload_of_today_is_not_upcast(monkeypatch):
    """Only old payloads are changed on reading."""
    monkeypatch.setitem(wire.UPCASTS, ("case_routed", 0), lambda _: {})
    assert read_back(ROUTED) == ROUTED


def test_an_event_of_a_newer_release_is_refused_in_words():
    """Who opens a database with too old a scskit is told so."""
    with pytest.raises(StoreError, match=r"'case_sang' is unknown: .* newer scskit"):
        read_event("case_sang", 1, "{}", case_id="c1", at=NOW, by="b", because="")


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "not JSON",
        "[]",
        "null",
        "{}",
        '{"queue": "inbox"}',
        '{"interactions": 5, "tally": null, "other": "c", "relation": "r"}',
    ],
)
@pytest.mark.parametrize("type_", ["case_routed", "interactions_moved"])
def test_a_damaged_payload_says_whose_it_is(type_, payload):
    """Damage is reported with the case it is in, never as a programming error."""
    with pytest.raises(StoreError, match=f"payload of a {type_} event of case c1 is damaged"):
        read_event(type_, 1, payload, case_id="c1", at=NOW, by="b", because="")


def test_strings_of_plugins_never_stop_the_log():
    """Even text that no UTF-8 can hold is written and read back."""
    odd = ev.CaseRouted(
        case_id="c1", at=NOW, queue="q", team=None, policy_version="p", rule="\ud800\0", source="s"
    )
    assert event_payload(odd).isascii()
    assert read_back(odd) == odd
