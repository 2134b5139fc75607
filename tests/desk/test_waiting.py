"""What comes before its message waits for it, and is applied when it comes."""

from __future__ import annotations

from datetime import timedelta
from threading import Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine

from scskit import open_desk
from scskit.testing import START, SequentialIds, brand_reply, deletion, edit, message, receipt

MINUTE = timedelta(minutes=1)


def states(report):
    return [outcome.state for outcome in report.outcomes]


def only(desk, case_id):
    (interaction,) = desk.cases.interactions(case_id)
    return interaction


@pytest.mark.parametrize(
    "late",
    [edit("m", "new"), deletion("m"), receipt("m", "read"), brand_reply("m")],
    ids=["edit", "deletion", "receipt", "answer"],
)
def test_what_comes_too_early_waits(desk, late):
    """What speaks of a message that has not come is kept, and says what it waits for."""
    report = desk.ingest([late])
    assert states(report) == ["parked"]
    assert report.outcomes[0].reason == "waits for m, which has not come yet"
    assert report.cases == ()
    assert states(desk.ingest([late])) == ["duplicate"]
    assert desk.feed.read().events == ()


def test_an_edit_that_waited_is_applied_with_its_message(desk):
    """The text is right from the first moment on."""
    asked = message("old", external_id="m")
    desk.ingest([edit(asked, "new")])
    report = desk.ingest([asked])
    assert (states(report), report.settled) == (["applied"], 1)
    assert only(desk, report.cases[0]).text == "new"


def test_what_waits_and_what_it_waits_for_may_share_a_call(desk):
    """The order within a call does not matter either."""
    asked = message("old", external_id="m")
    report = desk.ingest([deletion("m"), edit(asked, "new"), brand_reply(asked), asked])
    assert (states(report), report.settled) == (["parked", "parked", "parked", "applied"], 3)
    question, answer = desk.cases.interactions(report.cases[0])
    assert (question.text, question.deleted) == ("", True)
    assert answer.case_id == report.cases[0]
    assert desk.cases.get(report.cases[0]).state == "pending"


def test_an_edit_of_an_answer_that_waits_itself_waits_with_it(desk):
    """Chains of waiting are undone from the end that comes last."""
    asked = message(external_id="m")
    answer = brand_reply(asked, "frist", external_id="r")
    assert states(desk.ingest([receipt("r", "read")])) == ["parked"]
    assert states(desk.ingest([edit("r", "first")])) == ["parked"]
    assert states(desk.ingest([answer])) == ["parked"]
    assert states(desk.ingest([edit("r", "First!", edited_at=START + 9 * MINUTE)])) == ["parked"]
    report = desk.ingest([asked])
    assert report.settled == 4
    _, said = desk.cases.interactions(report.cases[0])
    assert (said.text, said.delivery) == ("First!", "read")


def test_a_long_thread_of_the_brand_may_arrive_backwards(desk):
    """However long the chain, one message that was missing settles all of it."""
    length = 500
    answers = [
        brand_reply(f"r{n - 1}", f"part {n}", external_id=f"r{n}") for n in range(1, length + 1)
    ]
    assert set(states(desk.ingest(reversed(answers)))) == {"parked"}
    report = desk.ingest([message(external_id="r0")])
    assert (states(report), report.settled) == (["applied"], length)
    assert desk.cases.get(report.cases[0]).outbound_count == length


def test_two_answers_that_answer_each_other_wait_and_can_be_released(desk, clock):
    """A network's nonsense neither hangs the desk nor gets lost."""
    ring = [brand_reply("b", external_id="a"), brand_reply("a", external_id="b")]
    assert states(desk.ingest(ring)) == ["parked", "parked"]
    assert states(desk.ingest([message(external_id="c"), edit("a", "x")])) == ["applied", "parked"]
    clock.advance(timedelta(hours=2))
    assert desk.intake.release().settled == 2
    assert desk.intake.release().outcomes == []
    assert all(outcome.interaction_id for outcome in desk.ingest(ring).outcomes)


def test_the_newest_of_several_edits_wins_in_whatever_order_they_come(desk):
    """People see the text that was written last, not the one that was delivered last."""
    asked = message("1")
    edits = [edit(asked, str(n), edited_at=START + n * MINUTE) for n in (2, 3, 4)]
    report = desk.ingest([edits[2], asked, edits[0]])
    assert only(desk, report.cases[0]).text == "4"
    desk.ingest([edits[1]])
    found = only(desk, report.cases[0])
    assert found.text == "4"
    (entry,) = [e for e in desk.cases.timeline(report.cases[0]) if e.interaction]
    assert entry.revisions == 3


def test_a_network_that_counts_revisions_is_believed(desk):
    """Where the network numbers its edits, the number decides and not the clock."""
    asked = message("1")
    report = desk.ingest(
        [
            asked,
            edit(asked, "third", revision=3),
            edit(asked, "second", revision=2, edited_at=START + 9 * MINUTE),
        ]
    )
    assert only(desk, report.cases[0]).text == "third"


@pytest.mark.parametrize("first", ["edit", "deletion"])
def test_a_deletion_is_final(desk, first):
    """What was taken away does not come back by an edit, whenever that was made."""
    asked = message("secret")
    changes = [deletion(asked), edit(asked, "still secret", edited_at=START + 30 * MINUTE)]
    (case,) = desk.ingest([asked]).cases
    desk.ingest(changes if first == "deletion" else changes[::-1])
    found = only(desk, case)
    assert (found.text, found.deleted, found.attachments) == ("", True, ())


def test_a_change_is_part_of_the_cases_log(desk, logged):
    """Who changed what is on record, with the proof of the text and never the text itself."""
    asked = message("Hello")
    answered = brand_reply(asked)
    (case,) = desk.ingest([asked, answered]).cases
    before = desk.cases.get(case).version
    desk.ingest([edit(asked, "Hi"), deletion(answered), receipt(answered, "read")])
    revised, deleted, received = logged(desk, desk.cases.get(case), before)
    assert (revised.type, revised.by, revised.deleted) == ("interaction_revised", "customer", False)
    assert (deleted.type, deleted.by, deleted.deleted) == ("interaction_revised", "brand", True)
    assert (received.type, received.by, received.status) == ("receipt_recorded", "network", "read")
    assert len(revised.digest) == 64
    assert "Hi" not in repr(revised)


RANKS = ["sent", "failed", "delivered", "read"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(order=st.permutations(RANKS), ahead=st.integers(0, 4))
def test_receipts_only_move_forward(desk, order, ahead):
    """In whatever order receipts come, a message is where the furthest of them says."""
    asked = message()
    answered = brand_reply(asked)
    receipts = [receipt(answered, status) for status in order]
    desk.ingest(receipts[:ahead])
    (case,) = desk.ingest([asked, answered]).cases
    furthest = -1
    seen = []
    for number, one in enumerate(receipts):
        if number >= ahead:
            desk.ingest([one])
        if RANKS.index(one.status) > furthest:
            furthest = RANKS.index(one.status)
            seen.append(one.status)
        if number >= ahead:
            assert desk.cases.interactions(case)[1].delivery == RANKS[furthest]
    events = [r.event for r in desk.cases.log(case) if r.event.type == "receipt_recorded"]
    if ahead == 0:
        assert [event.status for event in events] == seen
    assert events[-1].status == "read"


def test_an_edit_does_not_make_a_message_undelivered(desk):
    """What the network said about delivery holds for the message, whatever its text."""
    asked = message()
    answered = brand_reply(asked)
    (case,) = desk.ingest([asked, answered, receipt(answered, "delivered")]).cases
    desk.ingest([edit(answered, "better")])
    said = desk.cases.interactions(case)[1]
    assert (said.text, said.delivery) == ("better", "delivered")
    desk.ingest([receipt(answered, "read")])
    assert desk.cases.interactions(case)[1].delivery == "read"


def test_an_edit_keeps_what_the_connector_kept(desk):
    """An edit changes the text; a deletion takes everything away."""
    asked = message("1", extra={"place": "Quito"})
    (case,) = desk.ingest([asked, edit(asked, "2")]).cases
    assert only(desk, case).extra == {"place": "Quito"}
    desk.ingest([deletion(asked)])
    assert only(desk, case).extra == {}


def test_a_receipt_for_a_customers_message_changes_nothing(desk):
    """Networks also tell when we read a message; that is not a delivery of ours."""
    asked = message()
    (case,) = desk.ingest([asked]).cases
    version = desk.cases.get(case).version
    assert states(desk.ingest([receipt(asked, "read")])) == ["applied"]
    assert desk.cases.get(case).version == version
    assert only(desk, case).delivery is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(data=st.data())
def test_the_order_of_arrival_does_not_matter(open_here, data):
    """One conversation, in any order and any batches, makes the same case."""
    asked = message("question", external_id="m", thread="t")
    answered = brand_reply(asked, "anwser", external_id="r")
    story = [
        asked,
        answered,
        message("and?", external_id="m2", thread="t", posted_at=START + 5 * MINUTE),
        edit("r", "answer"),
        edit("m", "Question?", edited_at=START + 3 * MINUTE),
        edit("m", "Question!", edited_at=START + 4 * MINUTE),
        deletion("m2", deleted_at=START + 6 * MINUTE),
        receipt("r", "delivered"),
        receipt("r", "read"),
    ]
    order = data.draw(st.permutations(story))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(story) - 1), max_size=3)))
    desk = open_here(tenant=f"t{data.draw(st.integers(0, 10**9))}-{id(data)}")
    for start, end in zip([0, *cuts], [*cuts, None], strict=True):
        desk.ingest(order[start:end])
    (case,) = desk.cases.find().cases
    told = [(i.text, i.deleted, i.delivery) for i in desk.cases.interactions(case.id)]
    assert told == [("Question!", False, None), ("answer", False, "read"), ("", True, None)]
    assert (case.inbound_count, case.outbound_count) == (2, 1)
    assert (case.opened_at, case.first_response_at) == (START, START + MINUTE)
    assert case.last_inbound_at == START + 5 * MINUTE
    desk.close()


def test_an_answer_whose_question_never_comes_can_be_released(desk, clock):
    """What waits in vain is not lost: after a while it is kept without the message it answers."""
    early = brand_reply("lost", thread="t")
    desk.ingest([early, receipt(early, "read"), edit("gone", "x"), receipt("gone", "read")])
    assert desk.intake.release().outcomes == []
    clock.advance(timedelta(hours=2))
    report = desk.intake.release()
    assert (states(report), report.settled) == (["applied"], 1)
    assert desk.intake.release().outcomes == []
    assert states(desk.ingest([early])) == ["duplicate"]


def test_a_released_answer_finds_the_conversation_it_stands_in(desk, clock):
    """Where the thread tells whom the brand talked to, the released answer belongs there."""
    (case,) = desk.ingest([message(thread="t")]).cases
    desk.ingest([brand_reply("lost", thread="t")])
    clock.advance(timedelta(hours=2))
    assert desk.intake.release().cases == (case,)
    assert desk.cases.get(case).outbound_count == 1


def test_waiting_receipts_do_not_hold_up_the_release_of_answers(desk, clock):
    """However much waits for messages that we never sent, answers are found among it."""
    desk.ingest([receipt(f"x{n}") for n in range(20)])
    clock.advance(MINUTE)
    desk.ingest([brand_reply("z")])
    clock.advance(timedelta(hours=2))
    assert states(desk.intake.release(limit=5)) == ["applied"]


@pytest.mark.parametrize(
    "late", [edit("m", "new"), brand_reply("m", "answer")], ids=["edit", "answer"]
)
@pytest.mark.parametrize("first", ["message", "late"])
def test_what_arrives_at_the_same_moment_finds_each_other(postgres_url, clock, first, late):
    """Two workers that take in a message and what belongs to it at once lose neither."""
    items = [message("old", external_id="m", thread="t"), late]
    if first == "late":
        items.reverse()
    parts = {"discover": False, "clock": clock, "ids": SequentialIds()}
    engine = create_engine(postgres_url)
    with open_desk(postgres_url, **parts) as desk:
        desk.ingest([message(external_id="known")])  # the account is known before the race begins
        second = Thread(target=desk.ingest, args=([items[1]],))
        with engine.connect() as connection, connection.begin():
            desk.within(connection).ingest([items[0]])
            second.start()
            second.join(0.5)  # it waits for us to commit, or has already gone wrong
        second.join(30)
        found = [i for case in desk.cases.find().cases for i in desk.cases.interactions(case.id)]
        texts = {i.text for i in found if i.external_id != "known"}
        assert texts == ({"new"} if late.text == "new" else {"old", "answer"})
    engine.dispose()
