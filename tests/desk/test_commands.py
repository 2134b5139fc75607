"""What people do with a case: each command, what it leaves in the log, and what it refuses."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from scskit import IllegalTransition, NotFound, NotPermitted, StaleCase
from scskit.core.commands import Assign
from scskit.core.deciding import Request, decide
from scskit.testing import START, brand_reply, message

LATER = START + timedelta(days=2)
BY = {"by": "agent:ana", "because": "a good reason"}


@pytest.fixture
def desk(open_here, policy):
    """Open a desk with agents, queues and reasons."""
    return open_here(policy)


@pytest.fixture
def case(desk):
    """Open a case."""
    return desk.cases.get(desk.ingest([message("Hello", thread="t")]).cases[0])


# command: (arguments, the types of its events, what is so afterwards)
COMMANDS = {
    "assign": (("ana",), ["case_assigned", "state_changed"], {"agent": "ana", "state": "open"}),
    "route": (("billing",), ["case_routed"], {"queue": "billing", "team": "team-billing"}),
    "set_reason": (("delivery",), ["reason_set"], {"reason": "delivery"}),
    "set_priority": (("P1",), ["priority_set"], {"priority": "P1"}),
    "note": (("Called her.",), ["note_added"], {}),
    "solve": ((), ["state_changed"], {"state": "solved"}),
    "wait": ((), ["state_changed"], {"state": "pending"}),
    "hold": ((), ["state_changed"], {"state": "on_hold"}),
    "snooze": ((LATER,), ["state_changed"], {"state": "snoozed", "snoozed_until": LATER}),
    "dismiss": (
        ("noise.spam",),
        ["state_changed"],
        {"state": "dismissed", "engagement": "dismiss", "engagement_code": "noise.spam"},
    ),
}


def run(desk, command, case_id, *arguments, **options):
    return getattr(desk.cases, command)(case_id, *arguments, **{**BY, **options})


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_does_what_it_says_and_says_who_and_why(desk, case, clock, logged, command):
    """Every change bears its actor, its reason and its time."""
    arguments, types, expected = COMMANDS[command]
    now = clock.advance(timedelta(minutes=5))
    after = run(desk, command, case.id, *arguments)
    events = logged(desk, case, case.version)
    assert [event.type for event in events] == types
    assert {(e.by, e.because, e.at) for e in events} == {("agent:ana", "a good reason", now)}
    assert {name: getattr(after, name) for name in expected} == expected
    assert after == desk.cases.get(case.id)
    assert (after.version, after.updated_at) == (case.version + len(types), now)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_on_the_version_that_was_read_is_carried_out(desk, case, command):
    """Who decided on what is there may go ahead."""
    arguments, _, _ = COMMANDS[command]
    assert run(desk, command, case.id, *arguments, expected_version=case.version)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_on_an_older_version_is_refused(desk, case, command):
    """Nobody overwrites what he has not seen."""
    arguments, _, _ = COMMANDS[command]
    desk.ingest([message("one more thing", thread="t")])
    before = desk.cases.get(case.id)
    wanted = rf"{case.id} is at version {before.version}, not {case.version}: read it again"
    with pytest.raises(StaleCase, match=wanted):
        run(desk, command, case.id, *arguments, expected_version=case.version)
    assert desk.cases.get(case.id) == before
    assert not [entry for entry in desk.cases.timeline(case.id) if entry.note]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_on_a_case_that_is_not_there_says_so(desk, command):
    """A wrong id is told by name."""
    arguments, _, _ = COMMANDS[command]
    with pytest.raises(NotFound, match="there is no case 'nobody' for this tenant"):
        run(desk, command, "nobody", *arguments)


@pytest.mark.parametrize("command", COMMANDS)
def test_another_tenants_case_is_not_there(open_here, policy, case, command):
    """Knowing an id is not enough to reach into another company."""
    arguments, _, _ = COMMANDS[command]
    other = open_here(policy, tenant=f"somebody-else-{command}")
    with pytest.raises(NotFound):
        run(other, command, case.id, *arguments)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_needs_an_actor(desk, case, command):
    """Nothing happens by nobody."""
    arguments, _, _ = COMMANDS[command]
    with pytest.raises(ValueError, match="by: a command names its actor"):
        run(desk, command, case.id, *arguments, by="")
    assert desk.cases.get(case.id) == case


@pytest.mark.parametrize("end", ["closed", "dismissed", "merged"])
@pytest.mark.parametrize("command", [name for name in COMMANDS if name != "note"])
def test_a_final_case_is_left_alone(desk, case, command, end):
    """What is final is refused in words and stays what it is."""
    if end == "closed":
        run(desk, "solve", case.id)
        run(desk, "close", case.id)
    elif end == "dismissed":
        run(desk, "dismiss", case.id, "noise.spam")
    else:
        (other,) = desk.ingest([message(by="eva")]).cases
        run(desk, "merge", case.id, other)
    before = desk.cases.get(case.id)
    assert before.state == end
    arguments, _, _ = COMMANDS[command]
    with pytest.raises(IllegalTransition, match=f"{case.id} is {end}"):
        run(desk, command, case.id, *arguments)
    assert desk.cases.get(case.id) == before
    assert len(desk.cases.log(case.id)) == before.version


def test_a_note_may_be_added_to_a_final_case(desk, case):
    """What one learns afterwards can still be written down."""
    run(desk, "solve", case.id)
    run(desk, "close", case.id)
    run(desk, "note", case.id, "She called: all is well.")
    assert [e.note.text for e in desk.cases.timeline(case.id) if e.note] == [
        "She called: all is well."
    ]


# Assigning.


def test_an_assignment_can_be_given_back(desk, case):
    """A case without an agent waits in its queue again."""
    run(desk, "assign", case.id, "ana")
    back = run(desk, "assign", case.id, None)
    assert (back.agent, back.queue, back.state) == (None, "inbox", "open")


def test_who_has_the_case_already_is_not_told_twice(desk, case):
    """Asking for what is so changes nothing and is no mistake."""
    one = run(desk, "assign", case.id, "ana")
    assert run(desk, "assign", case.id, "ana") == one


def test_taking_a_waiting_case_does_not_wake_it(desk, case):
    """Only news or a decision ends the waiting."""
    run(desk, "wait", case.id)
    assert run(desk, "assign", case.id, "ana").state == "pending"


def test_an_agent_who_is_not_declared_is_missed_with_near_spellings(desk, case):
    """A typing mistake reads like one."""
    with pytest.raises(NotFound, match=r"agent 'anna' is not declared in the desk file; .* ana"):
        run(desk, "assign", case.id, "anna")
    assert desk.cases.get(case.id) == case


def test_any_agent_is_welcome_where_none_are_declared(open_here):
    """A desk without agents in its file takes the host's word for them."""
    free = open_here(tenant="free-agents")
    (case,) = free.ingest([message()]).cases
    assert run(free, "assign", case, "somebody").agent == "somebody"


def test_an_agent_below_the_cases_level_may_not_have_it(desk, case):
    """What the second line owns is not pushed back to the first."""
    request = Request(by="agent:ben", because="", at=LATER, policy=desk.policy)
    with pytest.raises(NotPermitted, match=r"agent ben works up to level L1; case .* is at L2"):
        decide(case.replace(level=2), Assign("ben"), request)
    assert decide(case.replace(level=2), Assign("ana"), request)


# Routing, reasons, priorities.


def test_another_queue_takes_the_case_from_whoever_held_it(desk, case, logged):
    """The new queue's people find the case free."""
    held = run(desk, "assign", case.id, "ana")
    moved = run(desk, "route", case.id, "billing")
    assert (moved.queue, moved.agent) == ("billing", None)
    routed, released = logged(desk, case, held.version)
    assert (routed.rule, routed.source, released.agent) == ("by hand", "agent:ana", None)


def test_a_case_that_is_there_already_is_not_moved(desk, case):
    """Routing to where it waits changes nothing."""
    assert run(desk, "route", case.id, "inbox") == case


@pytest.mark.parametrize(
    ("command", "wrong", "expected"),
    [
        ("route", "biling", r"queue 'biling' is not .* there is: billing"),
        ("set_reason", "billing.refnd", r"reason 'billing.refnd' is not .* billing.refund"),
        ("set_priority", "P5", r"priority 'P5' does not exist; there is P1, P2, P3, P4"),
    ],
)
def test_what_is_not_declared_is_missed_with_near_spellings(desk, case, command, wrong, expected):
    """A wrong name comes back with the right one."""
    with pytest.raises(NotFound, match=expected):
        run(desk, command, case.id, wrong)
    assert desk.cases.get(case.id) == case


def test_a_reason_can_be_taken_away(desk, case):
    """A case whose reason turned out wrong need not have one."""
    run(desk, "set_reason", case.id, "delivery")
    assert run(desk, "set_reason", case.id, None).reason is None


# States.


def test_the_whole_way_of_a_case(desk, case, clock):
    """From the first look to the end, each step leaves its time."""
    cases = desk.cases
    cases.assign(case.id, "ana", **BY)
    cases.wait(case.id, **BY)
    assert cases.resume(case.id, **BY).state == "open"
    cases.hold(case.id, **BY)
    assert cases.resume(case.id, **BY).state == "open"
    cases.snooze(case.id, clock.now() + timedelta(hours=1), **BY)
    assert cases.resume(case.id, **BY).snoozed_until is None
    solved = clock.advance(timedelta(hours=1))
    assert cases.solve(case.id, **BY).solved_at == solved
    assert cases.reopen(case.id, **BY).reopened_count == 1
    cases.solve(case.id, **BY)
    closed = clock.advance(timedelta(hours=1))
    assert cases.close(case.id, **BY).closed_at == closed


@pytest.mark.parametrize(
    ("before", "command", "expected"),
    [
        ([], "reopen", "only a solved case can be reopened"),
        (["wait"], "reopen", "only a solved case can be reopened"),
        ([], "close", "is new and cannot become closed"),
        ([], "resume", "is not waiting for anything"),
        (["solve"], "resume", "is not waiting for anything"),
        (["solve"], "wait", "is solved and cannot become pending"),
        (["solve"], "solve", "is solved and cannot become solved"),
        (["wait"], "wait", "is pending and cannot become pending"),
        (["solve"], "hold", "is solved and cannot become on_hold"),
    ],
)
def test_a_step_that_is_not_drawn_is_refused(desk, case, before, command, expected):
    """The case stays what it was, and the message says what would be allowed."""
    for step in before:
        run(desk, step, case.id)
    was = desk.cases.get(case.id)
    with pytest.raises(IllegalTransition, match=expected):
        run(desk, command, case.id)
    assert desk.cases.get(case.id) == was


def test_a_snooze_ends_in_the_future_and_names_its_zone(desk, case, clock):
    """A snooze that would end before it began, or who knows when, is a mistake."""
    with pytest.raises(IllegalTransition, match="that has passed"):
        run(desk, "snooze", case.id, clock.now())
    with pytest.raises(ValueError, match="until is naive"):
        run(desk, "snooze", case.id, datetime(2030, 1, 1))  # noqa: DTZ001  the point
    assert desk.cases.get(case.id) == case


def test_dismissing_needs_a_code(desk, case):
    """Nobody is left without an answer without a reason on record."""
    with pytest.raises(IllegalTransition, match="needs a code that says why nobody answers"):
        run(desk, "dismiss", case.id, "")


# Reading.


def test_a_note_is_internal_and_its_text_is_not_in_the_log(desk, case, clock, logged):
    """Notes stand in the timeline with their author; the log holds only the proof."""
    now = clock.advance(timedelta(minutes=1))
    after = run(desk, "note", case.id, "She is a doctor.\0")
    (entry,) = [entry for entry in desk.cases.timeline(case.id) if entry.note]
    assert (entry.note.text, entry.note.written_by, entry.note.written_at, entry.at) == (
        "She is a doctor.\ufffd",
        "agent:ana",
        now,
        now,
    )
    (added,) = logged(desk, after, case.version)
    assert (added.note_id, len(added.digest)) == (entry.note.id, 64)
    assert "doctor" not in repr(added)


def test_the_timeline_holds_everything_in_order(desk, clock):
    """Messages, notes and events read from top to bottom as they happened."""
    asked = message("1", posted_at=START)
    (case,) = desk.ingest([asked]).cases
    clock.advance(timedelta(minutes=10))
    run(desk, "note", case, "2")
    desk.ingest([brand_reply(asked, "3", posted_at=clock.now() + timedelta(minutes=1))])
    clock.advance(timedelta(minutes=10))
    run(desk, "solve", case)
    entries = desk.cases.timeline(case)
    shown = [
        entry.interaction.text
        if entry.interaction
        else entry.note.text
        if entry.note
        else entry.event.event.type
        for entry in entries
    ]
    assert shown == [
        "1",
        "case_opened",
        "case_triaged",
        "case_routed",
        "2",
        "state_changed",
        "3",
        "state_changed",
    ]
    assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)


@pytest.mark.parametrize("read", ["get", "log", "timeline", "interactions"])
def test_reading_a_case_that_is_not_there_says_so(desk, read):
    """A wrong id is told by name, never answered with nothing."""
    with pytest.raises(NotFound, match="there is no case 'nobody' for this tenant"):
        getattr(desk.cases, read)("nobody")
