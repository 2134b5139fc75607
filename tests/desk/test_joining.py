"""Bringing cases together and taking them apart: nothing is lost, and later messages follow."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scskit import IllegalTransition, NotFound, StaleCase
from scskit.core.lifecycle import fold
from scskit.testing import START, brand_reply, edit, message, receipt

BY = {"by": "agent:ana", "because": "one matter"}


def after(minutes):
    return START + timedelta(minutes=minutes)


def say(text, thread, minute=0, by="ana", **more):
    return message(text, thread=thread, by=by, posted_at=after(minute), **more)


def texts(desk, case_id):
    return [interaction.text for interaction in desk.cases.interactions(case_id)]


def interaction(desk, case_id, text):
    (found,) = [i.id for i in desk.cases.interactions(case_id) if i.text == text]
    return found


def opened(desk, *items):
    """Take in items and return their cases."""
    return [desk.cases.get(outcome.case_id) for outcome in desk.ingest(items).outcomes]


def folds(desk, *case_ids):
    """Check that each case still is what its log says."""
    for case_id in case_ids:
        log = [recorded.event for recorded in desk.cases.log(case_id)]
        assert fold(log) == desk.cases.get(case_id)
    return True


# Link.


def test_a_link_is_known_to_both(desk, logged):
    """From either of two related cases one finds the other."""
    one, two = opened(desk, say("1", "t"), say("2", "u"))
    linked = desk.cases.link(one.id, two.id, **BY)
    assert [(r.case_id, r.relation) for r in linked.related] == [(two.id, "related")]
    assert [r.case_id for r in desk.cases.get(two.id).related] == [one.id]
    (event,) = logged(desk, two, two.version)
    assert (event.type, event.by, event.because, event.other) == (
        "case_linked",
        "agent:ana",
        "one matter",
        one.id,
    )
    assert desk.cases.link(one.id, two.id, **BY) == linked
    assert desk.cases.link(two.id, one.id, **BY).version == two.version + 1


def test_a_link_needs_two_cases(desk):
    """A case is not related to itself, nor to one that is not there."""
    (one,) = opened(desk, say("1", "t"))
    with pytest.raises(IllegalTransition, match="cannot be linked to itself"):
        desk.cases.link(one.id, one.id, **BY)
    for pair in ((one.id, "nobody"), ("nobody", one.id)):
        with pytest.raises(NotFound, match="there is no case 'nobody'"):
            desk.cases.link(*pair, **BY)
    assert desk.cases.get(one.id) == one


def test_a_link_on_an_older_version_is_refused(desk):
    """Also a relation is decided on what one has seen."""
    one, two = opened(desk, say("1", "t"), say("2", "u"))
    with pytest.raises(StaleCase):
        desk.cases.link(one.id, two.id, expected_version=one.version - 1, **BY)
    assert (desk.cases.get(one.id), desk.cases.get(two.id)) == (one, two)


# Merge.


def test_a_merge_brings_messages_and_threads_along(desk, logged):
    """Afterwards there is one case to work on, with everything in it."""
    first, second = say("first", "t", 0), say("second", "u", 5)
    one, two = opened(desk, first, second)
    desk.ingest([brand_reply(first, "answer", posted_at=after(9))])
    merged = desk.cases.merge(one.id, two.id, **BY)
    assert merged.id == two.id
    assert texts(desk, two.id) == ["first", "second", "answer"]
    assert texts(desk, one.id) == []
    gone = desk.cases.get(one.id)
    assert (gone.state, gone.merged_into) == ("merged", two.id)
    assert [(r.case_id, r.relation) for r in gone.related] == [(two.id, "merged_into")]
    assert [(r.case_id, r.relation) for r in merged.related] == [(one.id, "merged_from")]
    assert (merged.inbound_count, merged.outbound_count) == (2, 1)
    assert (merged.opened_at, merged.first_response_at) == (after(0), after(9))
    assert merged.other_threads == ("twitter.acme:t",)
    assert folds(desk, one.id, two.id)
    (moved,) = logged(desk, two, two.version)
    assert (moved.type, moved.by, moved.because) == (
        "interactions_moved",
        "agent:ana",
        "one matter",
    )


def test_what_comes_later_goes_to_the_case_that_took_over(desk):
    """Customers, answers, edits, receipts and repetitions all find the merged case."""
    first, second = say("first", "t"), say("second", "u", 5)
    answered = brand_reply(first, "answer")
    one, two, _ = opened(desk, first, second, answered)
    desk.cases.merge(one.id, two.id, **BY)
    later = [
        say("third", "t", 10),
        brand_reply(first, "another answer", posted_at=after(20)),
        brand_reply(answered, "an answer to the answer", posted_at=after(30)),
        brand_reply("x", "to the thread", thread="t", parent=None, posted_at=after(40)),
        edit(first, "first, edited"),
        receipt(answered, "read"),
    ]
    report = desk.ingest(later)
    assert {outcome.case_id for outcome in report.outcomes} == {two.id}
    assert desk.ingest([first, answered]).cases == (two.id,)
    assert texts(desk, two.id) == [
        "first, edited",
        "answer",
        "second",
        "third",
        "another answer",
        "an answer to the answer",
        "to the thread",
    ]
    assert desk.cases.get(one.id).state == "merged"
    assert folds(desk, one.id, two.id)


def test_merges_may_follow_each_other(desk):
    """However long the chain, messages end where the work is."""
    cases = opened(desk, *(say(f"{n}", f"t{n}", n) for n in range(5)))
    for one, two in pairwise(cases):
        desk.cases.merge(one.id, two.id, **BY)
    last = cases[-1].id
    assert texts(desk, last) == ["0", "1", "2", "3", "4"]
    report = desk.ingest([*(say(f"late {n}", f"t{n}", 10 + n) for n in range(5))])
    assert report.cases == (last,)
    assert desk.cases.get(last).inbound_count == 10
    assert folds(desk, *(case.id for case in cases))


@pytest.mark.parametrize("state", ["pending", "on_hold", "snoozed", "solved"])
def test_work_that_is_merged_into_a_case_that_rests_wakes_it(desk, clock, state):
    """An unanswered message does not fall asleep by being merged."""
    one, two = opened(desk, say("unanswered", "t"), say("answered", "u"))
    {
        "pending": lambda: desk.cases.wait(two.id, **BY),
        "on_hold": lambda: desk.cases.hold(two.id, **BY),
        "snoozed": lambda: desk.cases.snooze(two.id, clock.now() + timedelta(days=1), **BY),
        "solved": lambda: desk.cases.solve(two.id, **BY),
    }[state]()
    merged = desk.cases.merge(one.id, two.id, **BY)
    assert merged.state == "open"
    assert folds(desk, one.id, two.id)


def test_merging_two_cases_that_rest_wakes_nobody(desk):
    """What was waiting or settled on both sides stays so."""
    one, two = opened(desk, say("1", "t"), say("2", "u"))
    desk.cases.solve(one.id, **BY)
    desk.cases.wait(two.id, **BY)
    assert desk.cases.merge(one.id, two.id, **BY).state == "pending"


def test_a_merge_needs_two_cases_that_can_go_on(desk):
    """What cannot be merged stays as it is, both of them."""
    one, two, three = opened(desk, say("1", "t"), say("2", "u"), say("3", "v"))
    desk.cases.dismiss(three.id, "noise.spam", **BY)
    with pytest.raises(IllegalTransition, match="cannot be merged into itself"):
        desk.cases.merge(one.id, one.id, **BY)
    with pytest.raises(IllegalTransition, match=f"{three.id} is dismissed: merge"):
        desk.cases.merge(one.id, three.id, **BY)
    with pytest.raises(IllegalTransition, match="is dismissed and cannot become merged"):
        desk.cases.merge(three.id, one.id, **BY)
    for pair in ((one.id, "nobody"), ("nobody", one.id)):
        with pytest.raises(NotFound, match="there is no case 'nobody'"):
            desk.cases.merge(*pair, **BY)
    with pytest.raises(StaleCase):
        desk.cases.merge(one.id, two.id, expected_version=one.version + 1, **BY)
    with pytest.raises(ValueError, match="by: a command names its actor"):
        desk.cases.merge(one.id, two.id, by="", because="x")
    assert [desk.cases.get(case.id) for case in (one, two)] == [one, two]


# Split.


def test_a_split_takes_messages_into_a_case_of_their_own(desk, logged):
    """Two matters in one conversation can be worked on apart."""
    asked = [say("invoice", "t", 0), say("parcel", "t", 5), say("really, the invoice", "t", 9)]
    answer = brand_reply(asked[1], "The parcel is on its way", posted_at=after(7))
    old, *_ = opened(desk, *asked, answer)
    before = desk.cases.get(old.id)
    leaving = [interaction(desk, old.id, text) for text in ("parcel", "The parcel is on its way")]
    new = desk.cases.split(old.id, leaving, **BY)
    assert texts(desk, new.id) == ["parcel", "The parcel is on its way"]
    assert texts(desk, old.id) == ["invoice", "really, the invoice"]
    assert (new.opened_at, new.first_response_at) == (after(5), after(7))
    assert (new.inbound_count, new.outbound_count) == (1, 1)
    kept = desk.cases.get(old.id)
    assert (kept.opened_at, kept.first_response_at) == (after(0), None)
    assert (kept.inbound_count, kept.outbound_count) == (2, 0)
    assert [(r.case_id, r.relation) for r in new.related] == [(old.id, "split_from")]
    assert [(r.case_id, r.relation) for r in kept.related] == [(new.id, "split_into")]
    assert new.identity_id == old.identity_id
    assert (new.state, new.queue, new.priority, new.agent) == (
        "new",
        before.queue,
        before.priority,
        None,
    )
    assert folds(desk, old.id, new.id)
    assert {e.by for e in logged(desk, before, before.version)} == {"agent:ana"}


def test_what_comes_later_goes_to_the_part_it_belongs_to(desk):
    """Answers and edits follow their message; new messages stay where some of theirs stayed."""
    one, two = say("one", "t"), say("two", "t", 5)
    old, _ = opened(desk, one, two)
    new = desk.cases.split(old.id, [interaction(desk, old.id, "two")], **BY)
    report = desk.ingest(
        [
            brand_reply(two, "to two"),
            brand_reply(one, "to one"),
            edit(two, "two!"),
            say("three", "t", 9),
        ]
    )
    assert [o.case_id for o in report.outcomes[:2]] == [new.id, old.id]
    assert report.outcomes[3].case_id == old.id
    assert "two!" in texts(desk, new.id)
    assert folds(desk, old.id, new.id)


def test_later_messages_follow_a_thread_that_left_as_a_whole(desk):
    """Where nothing of a conversation stayed, it goes on in the new case."""
    one, two = opened(desk, say("public", "t"), say("private", "u", 5))
    desk.cases.merge(two.id, one.id, **BY)
    new = desk.cases.split(one.id, [interaction(desk, one.id, "private")], **BY)
    report = desk.ingest([say("more private", "u", 9), say("more public", "t", 9)])
    assert [o.case_id for o in report.outcomes] == [new.id, one.id]
    assert texts(desk, new.id) == ["private", "more private"]
    assert new.thread_id == "twitter.acme:u"
    assert folds(desk, one.id, two.id, new.id)


def test_a_merge_can_be_undone_by_a_split(desk):
    """What was brought together by mistake comes apart again, message by message."""
    first, second = say("first", "t", 0), say("second", "u", 5)
    one, two = opened(desk, first, second)
    desk.ingest([brand_reply(first, "answer", posted_at=after(9))])
    was = desk.cases.get(one.id)
    desk.cases.merge(one.id, two.id, **BY)
    leaving = [interaction(desk, two.id, text) for text in ("first", "answer")]
    new = desk.cases.split(two.id, leaving, **BY)
    same = ("opened_at", "first_response_at", "inbound_count", "outbound_count", "thread_id")
    assert [getattr(new, name) for name in same] == [getattr(was, name) for name in same]
    now = desk.cases.get(two.id)
    assert [getattr(now, name) for name in same] == [getattr(two, name) for name in same]
    assert desk.ingest([say("later", "t", 20)]).cases == (new.id,)
    assert desk.ingest([say("later", "u", 20)]).cases == (two.id,)
    assert folds(desk, one.id, two.id, new.id)


def test_all_revisions_of_a_message_move_with_it(desk):
    """An edited message stays one message, wherever it is."""
    one, two = say("one", "t"), say("two", "t", 5)
    old, *_ = opened(desk, one, two, edit(two, "two!"))
    new = desk.cases.split(old.id, [interaction(desk, old.id, "two!")], **BY)
    (entry,) = [e for e in desk.cases.timeline(new.id) if e.interaction]
    assert (entry.interaction.text, entry.revisions, entry.interaction.case_id) == (
        "two!",
        1,
        new.id,
    )
    desk.ingest([edit(two, "two!!", edited_at=after(30))])
    assert texts(desk, new.id) == ["two!!"]


def test_a_split_leaves_a_customer_on_both_sides(desk):
    """A case without anybody to serve is none."""
    one, two = say("one", "t"), say("two", "t", 5)
    old, *_ = opened(desk, one, two, brand_reply(one, "answer"))
    was = desk.cases.get(old.id)
    every = [i.id for i in desk.cases.interactions(old.id)]
    answer = interaction(desk, old.id, "answer")
    for leaving in ([], every, [answer], [i for i in every if i != answer]):
        with pytest.raises(IllegalTransition, match="both parts need at least one customer"):
            desk.cases.split(old.id, leaving, **BY)
    with pytest.raises(NotFound, match=f"case {old.id} has no interaction nothing"):
        desk.cases.split(old.id, ["nothing"], **BY)
    with pytest.raises(NotFound, match="there is no case 'nobody'"):
        desk.cases.split("nobody", every[:1], **BY)
    with pytest.raises(StaleCase):
        desk.cases.split(old.id, every[:1], expected_version=1, **BY)
    assert desk.cases.get(old.id) == was
    assert len(desk.cases.find().cases) == 1


def test_a_final_case_cannot_be_split(desk):
    """What is final stays in one piece."""
    old, _ = opened(desk, say("one", "t"), say("two", "t", 5))
    desk.cases.dismiss(old.id, "noise.spam", **BY)
    with pytest.raises(IllegalTransition, match="is dismissed: split"):
        desk.cases.split(old.id, [interaction(desk, old.id, "two")], **BY)


def test_a_split_does_not_pull_back_what_a_plugin_moved_on(open_here, hooks):
    """Where a person's messages go by now is not changed by splitting an old case."""
    desk = open_here(plugins=[hooks])
    one, two = opened(desk, say("one", "t", external_id="a"), say("two", "u", external_id="b"))
    two = desk.cases.merge(opened(desk, say("three", "v", 2))[0].id, two.id, **BY)
    hooks.match = lambda *_: one.id
    (moved,) = opened(desk, say("four", "u", 5, parent="a"))
    assert moved.id == one.id
    hooks.match = None
    new = desk.cases.split(two.id, [interaction(desk, two.id, "two")], **BY)
    assert texts(desk, new.id) == ["two"]
    assert desk.ingest([say("five", "u", 9)]).cases == (one.id,)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=12)
@given(data=st.data())
def test_merging_and_splitting_never_loses_or_doubles_a_message(open_here, data):
    """Whatever people do with cases, each message is in exactly one, and each log still holds."""
    desk = open_here(tenant=f"joining-{data.draw(st.integers(0, 1 << 40))}-{id(data)}")
    said = 0

    def speak():
        nonlocal said
        said += 1
        desk.ingest([say(f"{said}", data.draw(st.sampled_from("tuv")), said)])

    for _ in range(3):
        speak()
    for step in data.draw(st.lists(st.sampled_from(["merge", "split", "speak"]), max_size=6)):
        going = [c.id for c in desk.cases.find(states=("new", "open")).cases]
        if step == "speak":
            speak()
        elif step == "merge" and len(going) > 1:
            desk.cases.merge(*data.draw(st.permutations(going))[:2], **BY)
        elif step == "split":
            case = data.draw(st.sampled_from(going))
            inside = [i.id for i in desk.cases.interactions(case)]
            if len(inside) > 1:
                size = data.draw(st.integers(1, len(inside) - 1))
                desk.cases.split(case, data.draw(st.permutations(inside))[:size], **BY)
    every = desk.cases.find(limit=100).cases
    told = [text for case in every for text in texts(desk, case.id)]
    assert sorted(told, key=int) == [str(n) for n in range(1, said + 1)]
    assert folds(desk, *(case.id for case in every))
    for case in every:
        inside = desk.cases.interactions(case.id)
        assert case.inbound_count == len(inside) or case.state == "merged"
        if inside:
            assert case.opened_at == min(i.posted_at for i in inside)
            assert {i.thread_id for i in inside} - {case.thread_id} == set(case.other_threads)
    desk.close()
