"""Clocks follow from facts: it does not matter who looks at them, how often, or how late."""

# ruff: noqa: D102, D107  what the methods of a helper do is said by their names

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scskit.core import events as ev
from scskit.core.calendar import Calendar
from scskit.core.case import PRIORITIES
from scskit.core.clocks import always_open, due, due_at, next_moment, open_clocks
from scskit.core.consequences import Circumstances, consequences
from scskit.core.due import decide_due, wake_at
from scskit.core.explaining import PROMISES, explain, promise_of
from scskit.core.lifecycle import TRANSITIONS, evolve
from scskit.core.match import When
from scskit.core.policy import Policy
from scskit.core.sla import SlaTargets
from scskit.core.sla_policy import SlaPolicy, SlaRule

START = datetime(2026, 3, 2, 9, tzinfo=UTC)  # a Monday
MINUTE = timedelta(minutes=1)
WORKDAYS = ("mon", "tue", "wed", "thu", "fri")
HOURS = ("09:00-12:30", "13:30-17:00")
OFFICE = Calendar.of("America/New_York", dict.fromkeys(WORKDAYS, HOURS))


def rule(name, priority=(), **minutes):
    targets = {n: m if n == "legal_days" else m * MINUTE for n, m in minutes.items()}
    return SlaRule(name=name, when=When(priority=priority), targets=SlaTargets(**targets))


def policy(*rules, calendar="", **more):
    sla = SlaPolicy(rules=rules, calendar=calendar, **more)
    return Policy(sla=sla, calendars={"office": OFFICE})


BY_PRIORITY = (
    rule("fast", ("P1",), first_response=30, next_response=60, resolution=120, update=90),
    rule("rest", first_response=60, next_response=90, resolution=600, acknowledgement=45),
)
POLICIES = [
    policy(*BY_PRIORITY, shares=(0.5, 0.75), before=(10 * MINUTE,)),
    policy(*BY_PRIORITY, calendar="office", pauses=("pending", "on_hold")),
    policy(rule("legal", resolution=300, legal_days=3), pauses=()),
]


class Life:
    """A case, lived through the pure core: what happens, what follows, what is due."""

    def __init__(self, policy, *, awake, at=START):
        self.policy = policy
        self.awake = awake
        self.case = None
        self.log = []
        self.number = 0
        opened = ev.CaseOpened(
            case_id="c1",
            at=at,
            account_id="acme",
            thread_id="acme:1",
            identity_id="n::i",
            visibility="public",
            opened_at=at,
            policy_version=policy.version,
        )
        self.happen(at, opened, self.message(at, "inbound"))

    def message(self, posted, direction, **more):
        self.number += 1
        return ev.InteractionAdded(
            case_id="c1",
            at=posted,
            interaction_id=f"i{self.number}",
            thread_id="acme:1",
            direction=direction,
            posted_at=posted,
            digest="d",
            **more,
        )

    def apply(self, events):
        for event in events:
            self.case = evolve(self.case, event)
            self.log.append(event)

    def happen(self, at, *events):
        """Let something happen at ``at``, whoever sweeps having swept everything before it."""
        if self.awake and self.case:
            while (wake := wake_at(self.case, self.policy)) and wake < at:
                self.sweep(wake)
        before = self.case
        self.apply(events)
        around = Circumstances(policy=self.policy, at=at, now=at)
        self.apply(consequences(before, self.case, events, around))

    def sweep(self, now):
        while events := decide_due(self.case, self.policy, now):
            before = self.case
            self.apply(events)
            around = Circumstances(policy=self.policy, at=now, now=now)
            self.apply(consequences(before, self.case, events, around))

    def move(self, at, state):
        self.happen(at, ev.StateChanged(case_id="c1", at=at, state=state))

    def said(self, *kinds):
        kinds = kinds or (ev.SlaWarned, ev.SlaBreached, ev.SlaVoided)
        return [
            (type(e).type, e.clock, e.instance, e.at, e.due, getattr(e, "mark", ""))
            for e in self.log
            if isinstance(e, kinds)
        ]

    def breaches(self):
        return [(clock, number, at) for _, clock, number, at, *_ in self.said(ev.SlaBreached)]


actions = st.lists(
    st.tuples(
        st.integers(0, 400),  # minutes since the action before
        st.sampled_from(["customer", "reply", "bot", "priority", "move", "assign"]),
        st.integers(0, 20),
    ),
    max_size=12,
)


def act(life, at, what, choice):
    if what in {"customer", "reply", "bot"}:
        direction = "inbound" if what == "customer" else "outbound"
        life.happen(at, life.message(at, direction, automated=what == "bot"))
    elif what == "priority":
        priority = PRIORITIES[choice % 4]
        life.happen(at, ev.PrioritySet(case_id="c1", at=at, priority=priority))
    elif what == "assign":
        life.happen(at, ev.CaseAssigned(case_id="c1", at=at, agent="ana"))
    else:
        allowed = sorted(TRANSITIONS[life.case.state] - {"merged", "dismissed", "snoozed"})
        if allowed:
            life.move(at, allowed[choice % len(allowed)])


@example(POLICIES[0], [(60, "move", 2), (1, "priority", 0), (1, "move", 0)])  # said while still
@given(st.sampled_from(POLICIES), actions)
def test_who_slept_records_what_who_was_awake_did(policy, actions):
    """Warnings and breaches are the same, at the same instants, in the same order."""
    lives = [Life(policy, awake=True), Life(policy, awake=False)]
    for life in lives:
        at = START
        for minutes, what, choice in actions:
            at += minutes * MINUTE
            act(life, at, what, choice)
        life.sweep(at + timedelta(days=400))
    awake, slept = lives
    assert slept.said() == awake.said()
    assert awake.case.replace(version=0) == slept.case.replace(version=0)
    assert wake_at(slept.case, policy) is None or slept.case.category == "done"


@given(st.sampled_from(POLICIES), actions)
def test_each_notice_is_given_once(policy, actions):
    """No clock warns twice at one mark or runs out twice in one instance, and what it says fits."""
    life = Life(policy, awake=False)
    at = START
    for minutes, what, choice in actions:
        at += minutes * MINUTE
        act(life, at, what, choice)
        life.sweep(at)
    keys = [(kind, clock, number, mark) for kind, clock, number, _, _, mark in life.said()]
    assert len(keys) == len(set(keys))
    reports = {(r.clock, r.instance): r for r in explain(life.log, policy, at)}
    for _, clock, number, *_ in life.said(ev.SlaBreached):
        assert reports[clock, number].state == "breached"
    late = {key for key, report in reports.items() if report.state == "breached"}
    assert late == {(clock, number) for clock, number, _ in life.breaches()}


@given(st.sampled_from(POLICIES), actions)
def test_the_row_of_a_case_judges_as_its_log_does(policy, actions):
    """A list that looks at rows alone says the same as an explanation that reads the log."""
    life = Life(policy, awake=False)
    at = START
    for minutes, what, choice in actions:
        at += minutes * MINUTE
        act(life, at, what, choice)
    reports = {r.clock: r for r in explain(life.log, policy, at) if r.instance == 1}
    for name in PROMISES:
        promise = promise_of(life.case, name, policy, at)
        report = reports.get(name)
        expected = (report.due, report.state) if report else (None, None)
        assert (promise.due, promise.outcome) == expected


def by_the_minute(calendar, since, minutes, pauses=()):
    """Count open minutes that are not paused, one after the other."""
    at = since
    while minutes:
        if calendar.open(at) and not any(a <= at and (b is None or at < b) for a, b in pauses):
            minutes -= 1
        at += MINUTE
        if at > since + timedelta(days=90):
            return None
    return at


stretches = st.lists(st.integers(1, 2000), max_size=6)


@given(st.booleans(), stretches, st.integers(1, 900))
def test_due_is_where_a_minute_by_minute_count_ends(office, stretches, target):
    """A resolution clock that stands still in pending is due where counting by hand ends."""
    kept = policy(rule("all", resolution=target), calendar="office" if office else "")
    life = Life(kept, awake=False)
    at, pauses = START, []
    for number, minutes in enumerate(stretches):
        at += minutes * MINUTE
        if number % 2 == 0:
            pauses.append((at, None))
            life.move(at, "pending")
        else:
            pauses[-1] = (pauses[-1][0], at)
            life.move(at, "open")
    clock = next(clock for clock in open_clocks(life.case) if clock.name == "resolution")
    calendar = OFFICE if office else always_open()
    assert due(life.case, clock, kept) == by_the_minute(calendar, START, target, pauses)


def test_breach_and_answer_between_two_wake_ups_are_both_recorded():
    """An answer that came late is late also if nobody looked in between."""
    life = Life(policy(rule("all", first_response=60)), awake=False)
    life.happen(START + 90 * MINUTE, life.message(START + 90 * MINUTE, "outbound"))
    assert life.breaches() == [("first_response", 1, START + 60 * MINUTE)]
    assert promise_of(life.case, "first_response", life.policy, START).outcome == "breached"


def test_an_answer_exactly_at_due_is_met():
    """Met is at or before the due instant."""
    kept = policy(rule("all", first_response=60))
    life = Life(kept, awake=True)
    at = START + 60 * MINUTE
    life.happen(at, life.message(at, "outbound"))
    life.sweep(at + timedelta(days=1))
    assert life.breaches() == []
    (report,) = explain(life.log, kept, at)
    assert (report.state, report.due, report.ended_at) == ("met", at, at)


@pytest.mark.parametrize("first", ["reply", "priority"])
def test_terms_of_the_instant_of_an_answer_do_not_judge_it(first):
    """Explanation, row and events agree also where an answer and other terms share an instant."""
    life = Life(policy(*BY_PRIORITY), awake=True)
    at = START + 45 * MINUTE  # in time by 60 minutes, not by 30
    for what in (first, "priority" if first == "reply" else "reply"):
        act(life, at, what, 0)
    (report,) = (r for r in explain(life.log, life.policy, at) if r.clock == "first_response")
    row = promise_of(life.case, "first_response", life.policy, at)
    assert report.state == row.outcome == "met"
    assert not any(clock == "first_response" for clock, *_ in life.breaches())


def test_a_first_response_target_alone_reaches_its_end():
    """A policy that promises only a first answer has nothing left to do once it is given."""
    kept = policy(rule("all", first_response=60))
    life = Life(kept, awake=True)
    life.happen(START + MINUTE, life.message(START + MINUTE, "outbound"))
    assert (wake_at(life.case, kept), due_at(life.case, kept)) == (None, None)
    life.happen(START + 2 * MINUTE, life.message(START + 2 * MINUTE, "inbound"))
    assert next_moment(life.case, kept) is None
    assert [r.clock for r in explain(life.log, kept, START)] == ["first_response"]


def test_solving_without_an_answer_cancels_the_next_response():
    """Nobody is owed an answer in a solved case; that is neither met nor missed."""
    kept = policy(rule("all", next_response=60))
    life = Life(kept, awake=True)
    life.happen(START + MINUTE, life.message(START + MINUTE, "outbound"))
    life.happen(START + 2 * MINUTE, life.message(START + 2 * MINUTE, "inbound"))
    life.move(START + 30 * MINUTE, "solved")
    life.sweep(START + timedelta(days=9))
    (report,) = explain(life.log, kept, START + timedelta(days=9))
    assert (report.state, report.instance) == ("cancelled", 2)
    assert life.breaches() == []


def test_an_answer_after_solving_is_no_late_one():
    """In a case that was solved without an answer, one that comes later is not late."""
    kept = policy(rule("all", first_response=60))
    life = Life(kept, awake=True)
    life.move(START + MINUTE, "solved")
    life.happen(START + 90 * MINUTE, life.message(START + 90 * MINUTE, "outbound"))
    (report,) = explain(life.log, kept, START + timedelta(days=1))
    assert (report.state, report.ended_at) == ("cancelled", START + MINUTE)
    assert promise_of(life.case, "first_response", kept, START).outcome == "cancelled"


def test_three_messages_and_one_answer_are_one_instance():
    """A customer who writes three times waits once, since the first of them."""
    kept = policy(rule("all", next_response=60))
    life = Life(kept, awake=True)
    life.happen(START + MINUTE, life.message(START + MINUTE, "outbound"))
    for minute in (10, 20, 30):
        life.happen(START + minute * MINUTE, life.message(START + minute * MINUTE, "inbound"))
    life.happen(START + 40 * MINUTE, life.message(START + 40 * MINUTE, "outbound"))
    (report,) = explain(life.log, kept, START + timedelta(days=1))
    assert (report.since, report.due) == (START + 10 * MINUTE, START + 70 * MINUTE)
    assert report.state == "met"


def test_pausing_three_times_in_one_minute_loses_no_second():
    """Each pause counts by its own instants, however short."""
    kept = policy(rule("all", resolution=60))
    life = Life(kept, awake=True)
    for second in (5, 25, 45):
        life.move(START + timedelta(seconds=second), "pending")
        life.move(START + timedelta(seconds=second + 7), "open")
    assert due_at(life.case, kept) == START + 60 * MINUTE + timedelta(seconds=21)


def test_a_hold_across_a_closed_night_costs_only_open_time():
    """What is closed does not count anyway: a hold overnight takes away the open part alone."""
    kept = policy(rule("all", resolution=420), calendar="office", pauses=("on_hold",))
    morning = datetime(2026, 3, 2, 14, tzinfo=UTC)  # 09:00 in New York
    life = Life(kept, awake=True, at=morning)
    assert due_at(life.case, kept) == morning + 8 * 60 * MINUTE  # at the close, 17:00
    life.move(morning + 7 * 60 * MINUTE, "on_hold")  # 16:00
    life.move(morning + 24 * 60 * MINUTE, "open")  # 09:00 on the next day
    assert due_at(life.case, kept) == morning + 25 * 60 * MINUTE  # 10:00


def test_a_raise_after_a_miss_keeps_the_miss():
    """A breach is a fact: no later terms undo it, shorter or longer."""
    kept = policy(*BY_PRIORITY)
    life = Life(kept, awake=False)
    for minute, priority in ((70, "P1"), (80, "P4")):
        at = START + minute * MINUTE
        life.happen(at, ev.PrioritySet(case_id="c1", at=at, priority=priority))
    life.happen(START + 90 * MINUTE, life.message(START + 90 * MINUTE, "outbound"))
    life.sweep(START + 95 * MINUTE)
    missed = [b for b in life.breaches() if b[0] == "first_response"]
    assert missed == [("first_response", 1, START + 60 * MINUTE)]


def test_a_raise_that_leaves_nothing_fires_at_the_raise():
    """Nobody is told to have been late before the rule was there that made it late."""
    life = Life(policy(*BY_PRIORITY), awake=True)
    at = START + 45 * MINUTE
    life.happen(at, ev.PrioritySet(case_id="c1", at=at, priority="P1"))
    life.sweep(at)
    assert ("first_response", 1, at) in life.breaches()


@pytest.mark.parametrize("what", ["state", "note", "bot", "assigned"])
def test_what_is_no_answer_never_fulfils(what):
    """A status change, a note, an automatic acknowledgement: the customer still waits."""
    life = Life(policy(rule("all", first_response=60)), awake=True)
    at = START + 5 * MINUTE
    happened = {
        "state": ev.StateChanged(case_id="c1", at=at, state="pending"),
        "note": ev.NoteAdded(case_id="c1", at=at, note_id="n", digest="d"),
        "bot": life.message(at, "outbound", automated=True),
        "assigned": ev.CaseAssigned(case_id="c1", at=at, agent="ana"),
    }
    life.happen(at, happened[what])
    life.sweep(START + 61 * MINUTE)
    assert life.breaches() == [("first_response", 1, START + 60 * MINUTE)]


def test_late_evidence_takes_a_breach_back_and_deletes_nothing():
    """An answer that turns out to have been in time voids the breach by an event of its own."""
    kept = policy(rule("all", first_response=60))
    life = Life(kept, awake=True)
    life.sweep(START + 61 * MINUTE)
    late = life.message(START + 59 * MINUTE, "outbound")
    life.happen(START + 120 * MINUTE, late)
    kinds = [kind for kind, *_ in life.said(ev.SlaBreached, ev.SlaVoided)]
    assert kinds == ["sla_breached", "sla_voided"]
    assert "i2" in life.log[-1].evidence
    (report,) = explain(life.log, kept, START + 120 * MINUTE)
    assert report.state == "met"


def test_an_answer_after_due_is_no_late_evidence():
    """Only what happened in time takes a breach back."""
    life = Life(policy(rule("all", first_response=60)), awake=True)
    life.sweep(START + 61 * MINUTE)
    late = life.message(START + 60 * MINUTE + timedelta(microseconds=1), "outbound")
    life.happen(START + 120 * MINUTE, late)
    assert life.said(ev.SlaVoided) == []


def test_a_reopened_case_goes_on_where_it_stood():
    """A resolution clock stands still while a case is solved and counts on when it comes back."""
    kept = policy(rule("all", resolution=60))
    life = Life(kept, awake=True)
    life.move(START + 50 * MINUTE, "solved")
    assert wake_at(life.case, kept) is None
    life.move(START + 500 * MINUTE, "open")
    assert due_at(life.case, kept) == START + 510 * MINUTE
    life.sweep(START + 511 * MINUTE)
    assert life.breaches() == [("resolution", 1, START + 510 * MINUTE)]


def test_what_was_met_says_by_when_it_had_to_be():
    """Solving a case stops its clock, and the explanation still says when it would have run out."""
    kept = policy(rule("all", resolution=60))
    life = Life(kept, awake=True)
    life.move(START + 50 * MINUTE, "solved")
    (report,) = explain(life.log, kept, START + timedelta(days=1))
    assert (report.state, report.due) == ("met", START + 60 * MINUTE)
    assert report.pauses == ()


def test_an_update_is_owed_after_each_answer():
    """A periodic update runs from answer to answer, and stands still while the customer is due."""
    kept = policy(rule("all", update=60))
    life = Life(kept, awake=True)
    life.happen(START + 10 * MINUTE, life.message(START + 10 * MINUTE, "outbound"))
    life.happen(START + 40 * MINUTE, life.message(START + 40 * MINUTE, "outbound"))
    assert due_at(life.case, kept) == START + 100 * MINUTE
    life.move(START + 50 * MINUTE, "pending")
    assert due_at(life.case, kept) is None
    life.move(START + 80 * MINUTE, "open")
    life.sweep(START + 131 * MINUTE)
    assert life.breaches() == [("update", 2, START + 130 * MINUTE)]


def test_an_acknowledgement_is_owed_until_somebody_takes_the_case():
    """Who takes a case acknowledges it; giving it back later changes nothing."""
    kept = policy(rule("all", acknowledgement=60))
    life = Life(kept, awake=True)
    assert due_at(life.case, kept) == START + 60 * MINUTE
    for minute, agent in ((10, "ana"), (20, None)):
        at = START + minute * MINUTE
        life.happen(at, ev.CaseAssigned(case_id="c1", at=at, agent=agent))
    assert due_at(life.case, kept) is None


def test_a_legal_deadline_counts_whole_working_days():
    """A legal clock ends with a working day, whatever the case waits for meanwhile."""
    kept = policy(rule("all", legal_days=5), calendar="office", pauses=("pending",))
    life = Life(kept, awake=True)
    life.move(START + MINUTE, "pending")
    assert due_at(life.case, kept) == datetime(
        2026, 3, 10, 4, tzinfo=UTC
    )  # midnight, daylight time


def test_warnings_are_at_shares_and_before_the_end():
    """Each warning has its own instant in time that counts, and is given once."""
    life = Life(
        policy(rule("all", first_response=60), shares=(0.5,), before=(15 * MINUTE,)), awake=True
    )
    life.sweep(START + 59 * MINUTE)
    life.sweep(START + 59 * MINUTE)
    warned = [(at, mark) for _, _, _, at, _, mark in life.said()]
    assert warned == [(START + 30 * MINUTE, "0.5"), (START + 45 * MINUTE, "-900s")]


def test_what_is_noticed_late_says_so():
    """A notice that nobody could act on in time is marked; one in time is not."""
    kept = policy(rule("all", first_response=60), shares=(), tolerance=5 * MINUTE)
    for minutes, late in ((65, False), (66, True)):
        life = Life(kept, awake=False)
        life.sweep(START + minutes * MINUTE)
        (breach,) = [event for event in life.log if isinstance(event, ev.SlaBreached)]
        assert (breach.at, breach.late) == (START + 60 * MINUTE, late)


def test_a_wait_that_turns_out_older_is_due_earlier():
    """A message that arrives late and is older moves the due instant, as it should have been."""
    kept = policy(rule("all", first_response=60))
    life = Life(kept, awake=True)
    life.happen(START + 5 * MINUTE, life.message(START - 10 * MINUTE, "inbound"))
    assert due_at(life.case, kept) == START + 50 * MINUTE


def test_another_calendar_counts_from_the_change_on():
    """What had elapsed under the old opening hours stays; the rest counts under the new ones."""
    old = policy(rule("all", resolution=120), calendar="office")
    life = Life(old, awake=True, at=datetime(2026, 3, 2, 21, tzinfo=UTC))  # 16:00 in New York
    night = datetime(2026, 3, 3, 2, tzinfo=UTC)
    life.policy = policy(rule("all", resolution=120))
    life.happen(night, life.message(night, "inbound"))
    assert due_at(life.case, life.policy) == night + 60 * MINUTE
    (report,) = explain(life.log, life.policy, night + 30 * MINUTE)
    assert report.elapsed == 90 * MINUTE
    assert len(report.counted) == 2


def test_an_unchanged_promise_of_another_policy_begins_nothing_anew():
    """A policy that says the same for a case leaves its clocks as they are."""
    life = Life(policy(rule("all", resolution=120)), awake=True)
    life.policy = policy(rule("all", resolution=120), rule("never reached", ("P4",), resolution=1))
    life.happen(START + MINUTE, life.message(START + MINUTE, "inbound"))
    (applied,) = life.case.sla
    assert (applied.since, applied.policy_version) == (START, life.policy.version)
