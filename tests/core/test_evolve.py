from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from scskit.core import events as ev
from scskit.core.interaction import Interaction
from scskit.core.lifecycle import evolve, fold
from scskit.core.parting import tally

START = datetime(2026, 3, 2, tzinfo=UTC)


@given(data=st.data())
def test_evolve_is_pure(legal_logs, data):
    """Asking twice gives equal cases, and neither the case nor the event changes."""
    log = data.draw(legal_logs)
    case = None
    for event in log:
        before = dict(case.__dict__) if case else None
        kept = copy.deepcopy(event)
        once, again = evolve(case, event), evolve(case, event)
        assert once == again
        assert event == kept
        assert case is None or case.__dict__ == before
        case = once


@given(data=st.data())
def test_a_log_can_be_folded_in_parts(legal_logs, data):
    """A stored case plus its later events is the case: nothing is remembered elsewhere."""
    log = data.draw(legal_logs)
    cut = data.draw(st.integers(1, len(log)))
    case = fold(log[:cut])
    for event in log[cut:]:
        case = evolve(case, event)
    assert case == fold(log)


@given(data=st.data())
def test_every_event_counts_as_one_version(legal_logs, data):
    """A case's version is the length of its log, so a version names one moment."""
    log = data.draw(legal_logs)
    assert fold(log).version == len(log)
    assert fold(log).updated_at == max(event.at for event in log)


# Messages in any order of arrival.

spoken = st.lists(
    st.tuples(
        st.integers(0, 60),  # the minute it was posted
        st.sampled_from(["inbound", "outbound", "automated"]),
        st.sampled_from(["acme:1", "acme:2"]),
    ),
    min_size=1,
    max_size=12,
).filter(lambda messages: any(kind == "inbound" for _, kind, _ in messages))


@st.composite
def arrivals(draw):
    """Return messages as sorted by time, and as they arrived: first some customer's message."""
    messages = draw(spoken)
    order = draw(st.permutations(messages))
    first = next(i for i, message in enumerate(order) if message[1] == "inbound")
    return sorted(messages), [order[first], *order[:first], *order[first + 1 :]]


def posted(minute):
    return START + timedelta(minutes=minute)


def case_of(arrived):
    minute, _, thread = arrived[0]
    header = {"case_id": "c1", "at": START}
    opened = ev.CaseOpened(
        account_id="acme",
        thread_id=thread,
        identity_id="n::i",
        visibility="public",
        opened_at=posted(minute),
        policy_version="p",
        **header,
    )
    added = [
        ev.InteractionAdded(
            interaction_id=f"i{number}",
            thread_id=thread,
            direction="inbound" if kind == "inbound" else "outbound",
            posted_at=posted(minute),
            digest="d",
            automated=kind == "automated",
            **header,
        )
        for number, (minute, kind, thread) in enumerate(arrived)
    ]
    return fold([opened, *added])


def brute_force(messages):
    """Count as a person would who has all messages before him, sorted by time."""
    asked = [minute for minute, kind, _ in messages if kind == "inbound"]
    said = [minute for minute, kind, _ in messages if kind != "inbound"]
    human = [minute for minute, kind, _ in messages if kind == "outbound"]
    first = next((minute for minute in human if minute >= asked[0]), None)
    return {
        "opened_at": posted(asked[0]),
        "first_response_at": None if first is None else posted(first),
        "last_inbound_at": posted(asked[-1]),
        "last_outbound_at": posted(said[-1]) if said else None,
        "inbound_count": len(asked),
        "outbound_count": len(said),
    }


@given(arrivals())
def test_times_and_counts_do_not_depend_on_the_order_of_arrival(drawn):
    """However messages arrive, a case says when it began and when a human first answered."""
    messages, arrived = drawn
    case = case_of(arrived)
    assert {name: getattr(case, name) for name in brute_force(messages)} == brute_force(messages)
    threads = {thread for _, _, thread in messages}
    assert {case.thread_id, *case.other_threads} == threads
    assert len(case.other_threads) == len(threads) - 1


def interaction(number, minute, kind, thread):
    return Interaction(
        id=f"i{number}",
        external_id=f"x{number}",
        account_id="acme",
        thread_id=thread,
        identity_id=None,
        case_id="c1",
        kind="post",
        visibility="public",
        direction="inbound" if kind == "inbound" else "outbound",
        text="",
        language=None,
        posted_at=posted(minute),
        received_at=START,
        applied_at=START,
        automated=kind == "automated",
    )


@given(arrivals())
def test_counting_anew_after_a_merge_or_split_gives_what_counting_along_gave(drawn):
    """Moving messages between cases leaves no other numbers than their arrival would have."""
    _, arrived = drawn
    case = case_of(arrived)
    counted = tally(interaction(number, *message) for number, message in enumerate(arrived))
    same = (
        "inbound_count",
        "outbound_count",
        "opened_at",
        "first_response_at",
        "last_inbound_at",
        "last_outbound_at",
    )
    assert {n: getattr(counted, n) for n in same} == {n: getattr(case, n) for n in same}
    assert sorted(counted.early_answers) == sorted(case.early_answers)
    assert set(counted.threads) == {case.thread_id, *case.other_threads}
