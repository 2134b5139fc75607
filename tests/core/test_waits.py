"""Who waits since when does not depend on the order in which messages reach the desk."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from scskit.core import events as ev
from scskit.core.cycles import Turn, response_cycles
from scskit.core.lifecycle import evolve, fold
from scskit.core.waits import MOST_UNANSWERED, waiting

START = datetime(2026, 3, 2, tzinfo=UTC)
HEADER = {"case_id": "c1", "at": START}

said = st.lists(
    st.tuples(st.integers(0, 30), st.sampled_from(["customer", "reply", "automatic"])),
    min_size=1,
    max_size=12,
    unique_by=lambda turn: turn[0],
).filter(lambda turns: any(kind == "customer" for _, kind in turns))


def posted(minute):
    return START + timedelta(minutes=minute)


def case_of(turns, **marks):
    """Return the case of messages that come in this order; a customer's is the first."""
    first = next(minute for minute, kind in turns if kind == "customer")
    opened = ev.CaseOpened(
        account_id="acme",
        thread_id="acme:1",
        identity_id="n::i",
        visibility="public",
        opened_at=posted(first),
        policy_version="p",
        **HEADER,
    )
    added = [
        ev.InteractionAdded(
            interaction_id=f"i{number}",
            thread_id="acme:1",
            direction="inbound" if kind == "customer" else "outbound",
            posted_at=posted(minute),
            digest="d",
            automated=kind == "automatic",
            **(marks if kind == "automatic" else {}),
            **HEADER,
        )
        for number, (minute, kind) in enumerate(turns)
    ]
    return fold([opened, *added])


@given(said.flatmap(st.permutations))
def test_who_waits_does_not_depend_on_the_order_of_arrival(turns):
    """A late message changes who waits exactly as it would have in time."""
    first = next(n for n, (_, kind) in enumerate(turns) if kind == "customer")
    case = case_of([turns[first], *turns[:first], *turns[first + 1 :]])
    answers = [minute for minute, kind in turns if kind == "reply"]
    asked = [minute for minute, kind in turns if kind == "customer"]
    left = sorted(minute for minute in asked if not answers or minute > max(answers))
    assert case.unanswered == tuple(map(posted, left))
    assert case.answered_at == (posted(max(answers)) if answers else None)


@given(said)
def test_waits_are_numbered_as_somebody_counts_them_who_was_there(turns):
    """With messages in order, each wait for an answer has the number that a reader gives it."""
    turns = sorted(turns)
    while turns[0][1] != "customer":
        turns = turns[1:]
    case = case_of(turns)
    cycles = response_cycles(Turn(posted(minute), kind) for minute, kind in turns)
    assert case.cycle == len(cycles)
    waits = cycles[-1].answered_at is None
    assert case.unanswered[:1] == ((cycles[-1].started_at,) if waits else ())


@given(said)
def test_counting_anew_gives_what_counting_along_gave(turns):
    """Whoever splits a case finds the same waits as somebody who read along."""
    turns = sorted(turns)
    while turns[0][1] != "customer":
        turns = turns[1:]
    case = case_of(turns)
    counted = waiting(
        [posted(minute) for minute, kind in turns if kind == "customer"],
        [posted(minute) for minute, kind in turns if kind == "reply"],
    )
    facts = (case.unanswered, case.answered_at, case.cycle, case.answers)
    assert facts == (counted.unanswered, counted.answered_at, counted.cycle, counted.answers)


def test_a_late_answer_leaves_who_wrote_after_it_waiting():
    """An answer that arrives late answers what was written before it, and nothing else."""
    case = case_of([(0, "customer"), (20, "customer"), (10, "reply")])
    assert case.unanswered == (posted(20),)
    assert case.first_response_at == posted(10)
    assert case.cycle == 2


def test_an_older_wait_that_comes_to_light_is_the_first():
    """A question that arrives after its answer was a wait too: the open one is the next."""
    case = case_of([(20, "customer"), (10, "reply"), (0, "customer")])
    assert (case.opened_at, case.first_response_at) == (posted(0), posted(10))
    assert (case.unanswered, case.cycle) == ((posted(20),), 2)


def test_a_message_says_itself_whether_it_answers():
    """What the policy took for an answer stands in the log: replay asks nobody."""
    turns = [(0, "customer"), (5, "automatic")]
    assert case_of(turns).unanswered == (posted(0),)
    counted = case_of(turns, answers=True)
    assert (counted.unanswered, counted.first_response_at) == ((), posted(5))


def moved(state, minute, **more):
    header = HEADER | {"at": posted(minute)}
    return ev.StateChanged(state=state, **more, **header)


def test_a_solved_case_leaves_nobody_waiting():
    """Solving ends a wait without an answer; a message after it begins another."""
    waits = case_of([(0, "customer")])
    log = [moved("solved", 10), moved("open", 20)]
    added = ev.InteractionAdded(
        interaction_id="i9",
        thread_id="acme:1",
        direction="inbound",
        posted_at=posted(20),
        digest="d",
        **HEADER,
    )
    case = waits

    for event in log:
        case = evolve(case, event)
        assert case.unanswered == ()
    assert case.first_response_at is None
    again = evolve(case, added)
    assert (again.unanswered, again.cycle) == ((posted(20),), 2)


def test_pauses_say_when_and_why():
    """A case remembers each stretch in which it waited or was solved, to the instant."""
    case = case_of([(0, "customer")])
    for event in (moved("pending", 1), moved("on_hold", 2), moved("open", 3), moved("solved", 4)):
        case = evolve(case, event)
    stretches = [(p.state, p.since, p.until) for p in case.pauses]
    assert stretches == [
        ("pending", posted(1), posted(2)),
        ("on_hold", posted(2), posted(3)),
        ("solved", posted(4), None),
    ]


@given(st.permutations(range(3 * MOST_UNANSWERED)))
def test_a_flood_of_messages_leaves_a_short_row(minutes):
    """However much a customer writes, in any order, the first wait and the latest ones are kept."""
    case = case_of([(minute, "customer") for minute in minutes])
    latest = range(2 * MOST_UNANSWERED + 1, 3 * MOST_UNANSWERED)
    assert case.unanswered == (posted(0), *map(posted, latest))
    assert waiting(map(posted, minutes), ()).unanswered == case.unanswered
