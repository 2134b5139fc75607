from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scskit.core import events as ev
from scskit.core.case import CATEGORY, STATES, Case
from scskit.core.errors import IllegalTransition
from scskit.core.lifecycle import DRAWING, TERMINAL, TRANSITIONS, evolve, fold

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
CONCEPTS = Path(__file__).parents[2] / "docs" / "concepts.md"


def case_in(state):
    return Case(
        id="c1",
        version=7,
        state=state,
        account_id="twitter.acme",
        thread_id="twitter.acme:m1",
        identity_id="twitter::ana",
        visibility="public",
        opened_at=NOW,
        updated_at=NOW,
        policy_version="p",
        solved_at=NOW if state == "solved" else None,
    )


def moved_to(state):
    return ev.StateChanged(
        case_id="c1",
        at=NOW + timedelta(hours=1),
        state=state,
        code="noise.spam",
        until=NOW + timedelta(days=1) if state == "snoozed" else None,
        merged_into="c2" if state == "merged" else None,
    )


def drawn(drawing):
    """Read the drawing anew: this is what the page shows, not what the code made of it."""
    header, *rows = [
        [cell.strip() for cell in line.split("|")] for line in drawing.strip().splitlines()
    ]
    return {
        (row[0], to): mark == "x"
        for row in rows
        for to, mark in zip(header[1:], row[1:], strict=True)
    }


@pytest.mark.parametrize("to", STATES)
@pytest.mark.parametrize("state", STATES)
def test_a_case_moves_exactly_as_drawn(state, to):
    """A step that the drawing shows works, and every other one is refused in words."""
    case = case_in(state)
    if drawn(DRAWING)[state, to]:
        after = evolve(case, moved_to(to))
        assert after.state == to
        assert after.version == case.version + 1
    else:
        with pytest.raises(IllegalTransition, match=f"c1 is {state} and cannot become {to}"):
            evolve(case, moved_to(to))


def test_the_drawing_names_every_state_once_in_both_directions():
    """No state can be forgotten in the drawing."""
    assert set(drawn(DRAWING)) == {(state, to) for state in STATES for to in STATES}


def test_the_concepts_page_shows_the_drawing():
    """What people read about states is what the code does."""
    page = CONCEPTS.read_text(encoding="utf-8")
    assert f"```text\n{DRAWING.strip()}\n```" in page, (
        "docs/concepts.md must show core.lifecycle.DRAWING, letter by letter, in a ```text block"
    )


def test_only_closed_merged_and_dismissed_are_final():
    """A case that is not final can always move on, and a final one never."""
    assert {"closed", "merged", "dismissed"} == TERMINAL
    assert {state for state in STATES if not TRANSITIONS[state]} == TERMINAL


def test_a_final_case_is_done_and_nothing_leads_back_to_new():
    """Category and drawing agree, and a case is new only once."""
    assert all(CATEGORY[state] == "done" for state in TERMINAL)
    assert not any("new" in allowed for allowed in TRANSITIONS.values())


def test_reopening_is_counted_and_forgets_when_it_was_solved():
    """A reopened case says how often, and no longer claims to be solved."""
    after = evolve(case_in("solved"), moved_to("open"))
    assert after.reopened_count == 1
    assert after.solved_at is None


@pytest.mark.parametrize("state", ["new", "pending", "on_hold", "snoozed"])
def test_going_on_with_work_is_not_a_reopening(state):
    """Only a solved case can be reopened, so only that is counted."""
    assert evolve(case_in(state), moved_to("open")).reopened_count == 0


def test_times_of_ends_are_kept():
    """Solving, closing, dismissing and merging each leave their time."""
    later = NOW + timedelta(hours=1)
    assert evolve(case_in("open"), moved_to("solved")).solved_at == later
    assert evolve(case_in("solved"), moved_to("closed")).closed_at == later
    assert evolve(case_in("open"), moved_to("dismissed")).closed_at == later
    assert evolve(case_in("open"), moved_to("merged")).closed_at == later


def test_closing_keeps_when_it_was_solved():
    """How long the solution took can still be told after closing."""
    assert evolve(case_in("solved"), moved_to("closed")).solved_at == NOW


def test_a_snooze_has_an_end_only_while_it_lasts():
    """Whoever looks for due snoozes never finds a case that is awake."""
    snoozed = evolve(case_in("open"), moved_to("snoozed"))
    assert snoozed.snoozed_until == NOW + timedelta(days=1)
    assert evolve(snoozed, moved_to("open")).snoozed_until is None
    assert evolve(snoozed, moved_to("solved")).snoozed_until is None


def test_a_merged_case_says_where_it_went():
    """From a merged case one finds the case that goes on."""
    merged = evolve(case_in("open"), moved_to("merged"))
    assert merged.merged_into == "c2"
    assert [(r.case_id, r.relation) for r in merged.related] == [("c2", "merged_into")]


def test_a_dismissed_case_says_why():
    """Not answering always has a coded reason on the case."""
    dismissed = evolve(case_in("new"), moved_to("dismissed"))
    assert (dismissed.engagement, dismissed.engagement_code) == ("dismiss", "noise.spam")


def test_the_time_of_the_last_change_never_goes_back():
    """An event of the past, such as imported history, does not make a case look untouched."""
    old = ev.NoteAdded(case_id="c1", at=NOW - timedelta(days=3), note_id="n", digest="d")
    assert evolve(case_in("open"), old).updated_at == NOW


def test_a_log_begins_with_opening_and_holds_it_once():
    """A log that lacks its beginning, or has two, is refused rather than guessed at."""
    opened = ev.CaseOpened(
        case_id="c1",
        at=NOW,
        account_id="a",
        thread_id="a:t",
        identity_id="n::i",
        visibility="public",
        opened_at=NOW,
        policy_version="p",
    )
    with pytest.raises(IllegalTransition, match="an empty log makes no case"):
        fold([])
    with pytest.raises(IllegalTransition, match="c1 is not opened yet: StateChanged"):
        fold([moved_to("open")])
    with pytest.raises(IllegalTransition, match="c1 is opened already"):
        fold([opened, opened])


def test_a_refused_event_changes_nothing():
    """After a refusal the case is what it was."""
    case = case_in("closed")
    before = dict(case.__dict__)
    with pytest.raises(IllegalTransition):
        evolve(case, moved_to("open"))
    assert case.__dict__ == before
