"""What is promised to customers is kept, missed or taken back on the record, on both databases."""

# ruff: noqa: SLF001  verifying is asked of the store

from __future__ import annotations

from datetime import timedelta

import pytest
from attrs import evolve

from scskit import Policy, hookimpl
from scskit.core.calendar import Calendar
from scskit.core.engagement import Engagement
from scskit.core.explaining_text import in_words
from scskit.core.lifecycle import fold
from scskit.core.match import When
from scskit.core.sla import SlaTargets
from scskit.core.sla_policy import SlaPolicy, SlaRule
from scskit.core.windows import WEEKDAYS
from scskit.testing import START, brand_reply, direct_message, message

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
WHO = {"by": "agent:ana", "because": "test"}
WORKDAYS = ("mon", "tue", "wed", "thu", "fri")
NEW_YORK = Calendar.of("America/New_York", dict.fromkeys(WORKDAYS, ("09:00-17:00",)))


def rule(name="all", priority=(), **targets):
    return SlaRule(name=name, when=When(priority=priority), targets=SlaTargets(**targets))


def promising(policy, *rules, **more):
    return evolve(policy, sla=SlaPolicy(rules=rules, shares=(), **more))


@pytest.fixture
def desk(open_here, policy, clock):
    """Open a desk that promises a first answer in an hour, others in two, and an end in eight."""
    clock.jump_to(START)
    given = rule(first_response=HOUR, next_response=2 * HOUR, resolution=8 * HOUR)
    return open_here(promising(policy, given))


@pytest.fixture
def said(logged):
    """Read what the clocks of a case said."""

    def read(desk, case):
        case = desk.cases.get(case)
        return [
            (event.type, event.clock, event.instance, event.at)
            for event in logged(desk, case)
            if event.type in {"sla_warned", "sla_breached", "sla_voided"}
        ]

    return read


def ingest(desk, *items):
    outcomes = desk.ingest(items).outcomes
    return outcomes[0].case_id


def clean(desk):
    """Tell whether every row is what its events say."""
    return desk._services.store.verify().problems == []


def test_a_miss_is_recorded_once_at_its_true_instant(desk, clock, said):
    """A sweep records a breach at the instant of the miss, and a second sweep adds nothing."""
    case = ingest(desk, message("help"))
    assert desk.next_due() == START + HOUR
    clock.jump_to(START + 6 * HOUR)
    report = desk.run_due()
    assert (report.cases, dict(report.counts)) == (1, {"sla_breached": 1})
    assert desk.run_due().cases == 0
    assert said(desk, case) == [("sla_breached", "first_response", 1, START + HOUR)]
    assert clean(desk)


def test_a_week_passes_by_jumping_from_one_due_instant_to_the_next(desk, clock, said):
    """Whoever follows ``next_due`` meets every notice when it happens."""
    case = ingest(desk, message("help"))
    while due := desk.next_due():
        clock.jump_to(due)
        assert desk.run_due().cases == 1
    assert said(desk, case) == [
        ("sla_breached", "first_response", 1, START + HOUR),
        ("sla_breached", "resolution", 1, START + 8 * HOUR),
    ]
    assert not any(recorded.event.late for recorded in desk.cases.log(case)[-2:])


def test_who_slept_six_hours_says_so_once(open_here, policy, clock, logged):
    """Notices that nobody could act on in time are marked, and are not sent again."""
    clock.jump_to(START)
    sla = SlaPolicy(rules=(rule(first_response=HOUR),), shares=(0.5,))
    desk = open_here(evolve(policy, sla=sla))
    case = ingest(desk, message("help"))
    clock.advance(6 * HOUR)
    desk.run_due()
    desk.run_due()
    notices = logged(desk, desk.cases.get(case), -2)
    assert [(e.type, e.at, e.late) for e in notices] == [
        ("sla_warned", START + HOUR / 2, True),
        ("sla_breached", START + HOUR, True),
    ]


def test_breach_and_answer_between_two_sweeps_are_both_there(desk, clock, said):
    """An answer that came late is recorded as late, also if nobody swept in between."""
    question = message("help")
    case = ingest(desk, question)
    clock.jump_to(START + 90 * MINUTE)
    ingest(desk, brand_reply(question, posted_at=clock.now()))
    assert said(desk, case) == [("sla_breached", "first_response", 1, START + HOUR)]
    assert clean(desk)


def test_an_answer_exactly_at_due_is_met(desk, clock, said):
    """The due instant itself is in time."""
    question = message("help")
    case = ingest(desk, question)
    clock.jump_to(START + HOUR)
    ingest(desk, brand_reply(question, posted_at=clock.now()))
    clock.advance(HOUR)
    desk.run_due()
    assert said(desk, case) == []
    assert desk.cases.clocks(case)[0].state == "met"


def test_late_evidence_takes_a_breach_back(desk, clock, said, database_url):
    """An answer that reaches the desk late, but was given in time, voids the breach."""
    question = message("help")
    case = ingest(desk, question)
    clock.jump_to(START + 2 * HOUR)
    desk.run_due()
    ingest(desk, brand_reply(question, posted_at=START + 59 * MINUTE))
    assert [kind for kind, *_ in said(desk, case)] == ["sla_breached", "sla_voided"]
    assert desk.cases.clocks(case)[0].state == "met"
    assert clean(desk)


def test_a_whole_conversation_of_the_past_is_judged_by_its_own_times(desk, clock, said):
    """Imported history breaches where it was late then, in whatever order it arrives."""
    clock.jump_to(START + timedelta(days=30))
    first = message("one", posted_at=START, external_id="h1")
    answer = brand_reply(first, posted_at=START + 30 * MINUTE, external_id="h2")
    again = message("two", posted_at=START + HOUR, parent="h2", external_id="h3")
    late = brand_reply(again, posted_at=START + 5 * HOUR, external_id="h4")
    for batch in ([late, answer], [again, first]):
        desk.ingest(batch, history=True)
    (case,) = desk.cases.find().cases
    desk.run_due()
    missed = [(clock, at) for _, clock, _, at in said(desk, case.id)]
    assert ("resolution", START + 8 * HOUR) in missed
    states = {report.clock: report.state for report in desk.cases.clocks(case.id)}
    assert states["first_response"] == "met"
    assert clean(desk)


def test_a_raise_of_priority_counts_from_then_on(open_here, policy, clock, said):
    """A higher priority shortens what is left, and gives nobody time back."""
    clock.jump_to(START)
    kept = promising(
        policy, rule("urgent", ("P1",), resolution=2 * HOUR), rule(resolution=8 * HOUR)
    )
    desk = open_here(kept)
    case = ingest(desk, message("help"))
    clock.advance(HOUR)
    desk.cases.set_priority(case, "P1", **WHO)
    assert desk.next_due() == START + 2 * HOUR
    clock.advance(30 * MINUTE)
    desk.cases.set_priority(case, "P3", **WHO)
    assert desk.next_due() == START + 8 * HOUR
    terms = [applied.rule for applied in desk.cases.get(case).sla]
    assert terms == ["all", "urgent", "all"]
    assert clean(desk)


def test_a_raise_after_a_miss_keeps_the_miss(open_here, policy, clock, said):
    """Nothing that was late becomes punctual by changing what was promised."""
    clock.jump_to(START)
    kept = promising(
        policy, rule("slow", ("P4",), first_response=9 * HOUR), rule(first_response=HOUR)
    )
    desk = open_here(kept)
    case = ingest(desk, message("help"))
    clock.advance(2 * HOUR)
    desk.cases.set_priority(case, "P4", **WHO)
    clock.advance(24 * HOUR)
    desk.run_due()
    assert said(desk, case) == [("sla_breached", "first_response", 1, START + HOUR)]


def test_counting_anew_is_asked_for_and_audited(open_here, policy, clock, said, logged):
    """Only the command changes what the terms of its time had made; the log says who asked."""
    clock.jump_to(START)
    strict = open_here(promising(policy, rule(first_response=HOUR)))
    question = message("help")
    case = ingest(strict, question)
    clock.jump_to(START + 2 * HOUR)
    ingest(strict, brand_reply(question, posted_at=clock.now()))
    mild = open_here(promising(policy, rule(first_response=3 * HOUR)))
    clock.advance(HOUR)
    ingest(mild, message("thanks", posted_at=clock.now()))
    assert [kind for kind, *_ in said(mild, case)] == ["sla_breached"]
    mild.cases.recalculate(case, by="agent:boss", because="the promise was wrong")
    assert [kind for kind, *_ in said(mild, case)] == ["sla_breached", "sla_voided"]
    anew = next(e for e in logged(mild, mild.cases.get(case)) if e.type == "sla_recalculated")
    assert (anew.by, anew.because) == ("agent:boss", "the promise was wrong")
    assert mild.cases.clocks(case)[0].state == "met"
    strict.cases.recalculate(case, **WHO)
    kinds = [kind for kind, *_ in said(strict, case)]
    assert kinds == ["sla_breached", "sla_voided", "sla_breached"]
    assert clean(strict)


def test_a_promise_outlives_the_policy_that_made_it(open_here, policy, clock, said):
    """A calendar that left the desk file still counts for the cases that run under it."""
    clock.jump_to(START)  # noon in UTC is seven in the morning in New York
    with_office = evolve(
        promising(policy, rule(first_response=HOUR), calendar="office"),
        calendars={"office": NEW_YORK},
    )
    case = ingest(open_here(with_office), message("help"))
    later = open_here(policy)
    assert later.next_due() == START + 3 * HOUR
    clock.advance(4 * HOUR)
    later.run_due()
    assert said(later, case) == [("sla_breached", "first_response", 1, START + 3 * HOUR)]


@pytest.mark.parametrize(
    ("answers", "kind", "counts"),
    [
        (("public", "private"), "public", True),
        (("public",), "private", False),
        (("public", "private"), "bot", False),
        (("bot",), "bot", True),
        (("public", "private"), "template", False),
        (("template",), "template", True),
        (("public", "private"), "note", False),
        (("note",), "note", True),
    ],
)
def test_the_policy_says_what_answers(  # noqa: PLR0913, PLR0917  fixtures, and three columns
    open_here, policy, clock, answers, kind, counts
):
    """Each kind of reply fulfils a promise where the policy says so, and nowhere else."""
    clock.jump_to(START)
    desk = open_here(promising(policy, rule(first_response=HOUR), answers=answers))
    question = direct_message("help") if kind == "private" else message("help")
    case = ingest(desk, question)
    if kind == "note":
        desk.cases.note(case, "done", by="agent:ana")
    else:
        marks = {"bot": {"automated": True}, "template": {"labels": {"template": "hello"}}}
        ingest(desk, brand_reply(question, **marks.get(kind, {})))
    assert (desk.cases.clocks(case)[0].state == "met") is counts
    assert clean(desk)


def test_a_merge_keeps_the_oldest_wait(desk, clock, said):
    """An answer in one case was none to the other: whoever waited longest waits on."""
    asked = message("first", by="eva", thread="a")
    waiting = ingest(desk, asked)
    other = message("second", by="eva", thread="b", posted_at=START + 10 * MINUTE)
    answered = ingest(desk, other)
    clock.advance(20 * MINUTE)
    ingest(desk, brand_reply(other, posted_at=clock.now(), thread="b"))
    merged = desk.cases.merge(waiting, answered, **WHO)
    assert merged.unanswered == (START,)
    (wait,) = [c for c in desk.cases.clocks(merged.id) if c.clock == "next_response"]
    assert (wait.since, wait.due) == (START, START + 2 * HOUR)
    assert merged == fold(recorded.event for recorded in desk.cases.log(merged.id))
    assert clean(desk)


def test_a_merge_with_somebody_answered_leaves_a_next_response(desk, clock):
    """Where one of two cases was answered, whoever still waits in the other waits for the next."""
    first = message("first", by="eva", thread="a")
    answered = ingest(desk, first)
    ingest(desk, brand_reply(first, thread="a"))
    waiting = ingest(desk, message("second", by="eva", thread="b"))
    merged = desk.cases.merge(answered, waiting, **WHO)
    assert (merged.cycle, merged.unanswered) == (2, (START,))
    assert desk.next_due() == START + 2 * HOUR


def test_what_arrives_late_moves_what_is_due(desk, clock):
    """An older question that comes late is due earlier, and the index of the sweep knows it."""
    ingest(desk, message("second", thread="a", posted_at=START))
    ingest(desk, message("first", thread="a", posted_at=START - 20 * MINUTE))
    assert desk.next_due() == START + 40 * MINUTE


def test_many_messages_wait_as_one(desk, clock):
    """However often a customer writes, one wait is open, and every message of it is remembered."""
    for minute in range(5):
        at = START + minute * MINUTE
        case = ingest(desk, message("hello?", thread="a", posted_at=at))
    kept = desk.cases.get(case)
    assert kept.unanswered == tuple(START + minute * MINUTE for minute in range(5))
    assert desk.next_due() == START + HOUR
    assert clean(desk)


def test_a_split_keeps_the_oldest_wait(desk, clock):
    """Messages that leave wait since they were written, and those that stay do as well."""
    case = ingest(desk, message("about my bag", thread="a"))
    ingest(desk, message("and my refund", thread="a", posted_at=START + 10 * MINUTE))
    refund = desk.cases.interactions(case)[1]
    new = desk.cases.split(case, [refund.id], **WHO)
    assert new.unanswered == (START + 10 * MINUTE,)
    assert desk.cases.get(case).unanswered == (START,)
    dues = {c.due for c in desk.cases.clocks(new.id) if c.clock == "first_response"}
    assert dues == {START + 70 * MINUTE}
    assert clean(desk)


def test_a_snooze_ends_by_itself(open_here, clock):
    """A snoozed case comes back at the time it was put off to, also without any promises."""
    desk = open_here()
    case = ingest(desk, message("help"))
    until = clock.now() + 3 * HOUR
    desk.cases.snooze(case, until, **WHO)
    assert desk.next_due() == until
    clock.advance(5 * HOUR)
    desk.run_due()
    woken = desk.cases.get(case)
    assert (woken.state, woken.updated_at, desk.next_due()) == ("open", until, None)


class Targets:
    """A plugin that sets targets, and counts how often it is asked."""

    def __init__(self):
        """Begin at none."""
        self.asked = []
        self.answer = SlaTargets(first_response=5 * MINUTE, rule="gold", calendar="office")

    @hookimpl
    def scskit_sla(self, case, labels):
        """Answer, or fail."""
        self.asked.append((case.priority, tuple(label.kind for label in labels)))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def asked():
    """Give a plugin that sets targets."""
    return Targets()


def test_a_plugin_sets_targets_and_replay_never_asks_it(open_here, policy, clock, asked):
    """A plugin goes before the policy, is asked on opening and on changes, and then no more."""
    clock.jump_to(START)
    kept = evolve(promising(policy, rule(first_response=HOUR)), calendars={"office": NEW_YORK})
    desk = open_here(kept, plugins=[asked])
    case = ingest(desk, message("refund", thread="t", labels={"reason": "billing.refund"}))
    ingest(desk, message("hello?", thread="t", posted_at=START + MINUTE))
    assert [priority for priority, _ in asked.asked] == ["P1"]
    assert "reason" in asked.asked[0][1]
    assert desk.next_due() == START + 2 * HOUR + 5 * MINUTE  # New York opens at 14:00 UTC
    (applied,) = desk.cases.get(case).sla
    assert (applied.rule, applied.terms.calendar) == ("gold", "office")
    desk.cases.set_priority(case, "P2", **WHO)
    assert len(asked.asked) == 2
    assert clean(open_here(kept))
    assert open_here(kept).cases.clocks(case)[0].target == 5 * MINUTE


def test_a_plugin_promises_also_where_the_desk_file_does_not(open_here, policy, clock, asked):
    """A plugin needs no promises of the desk file to set targets of its own."""
    clock.jump_to(START)
    asked.answer = SlaTargets(first_response=5 * MINUTE)
    desk = open_here(policy, plugins=[asked])
    case = ingest(desk, message("help"))
    assert desk.next_due() < START + 5 * MINUTE
    clock.advance(HOUR)
    desk.run_due()
    assert desk.cases.clocks(case)[0].state == "breached"


def test_a_plugin_that_fails_leaves_it_to_the_policy(open_here, policy, clock, asked):
    """The desk's promise holds, and the failure stands beside the rule."""
    clock.jump_to(START)
    asked.answer = ValueError("no idea")
    desk = open_here(promising(policy, rule(first_response=HOUR)), plugins=[asked])
    case = ingest(desk, message("help"))
    (applied,) = desk.cases.get(case).sla
    assert applied.rule.startswith("all; ")
    assert "no idea" in applied.rule
    assert desk.next_due() == START + HOUR


def test_targets_go_by_what_is_known_of_a_case(open_here, policy, clock):
    """Tier, reason, account and visibility choose the rule; the reason's longest time limits it."""
    clock.jump_to(START)
    reasons = policy.reasons.nodes
    slow = evolve(reasons["billing"], max_resolution=3 * HOUR)
    tree = evolve(policy.reasons, nodes={**reasons, "billing": slow})
    sla = SlaPolicy(
        rules=(
            SlaRule(
                name="vip", when=When(tier=("gold",)), targets=SlaTargets(first_response=MINUTE)
            ),
            SlaRule(
                name="direct",
                when=When(visibility=("private",)),
                targets=SlaTargets(first_response=2 * MINUTE),
            ),
            SlaRule(
                name="page",
                when=When(account=("facebook.*",)),
                targets=SlaTargets(first_response=3 * MINUTE),
            ),
            rule(first_response=HOUR, resolution=8 * HOUR),
        )
    )
    desk = open_here(evolve(policy, reasons=tree, sla=sla))
    cases = [
        ingest(desk, direct_message("psst", by="dan")),
        ingest(desk, message("hi", by="fay", account="facebook.acme")),
        ingest(desk, message("refund", by="gus", labels={"reason": "billing.refund"})),
    ]
    applied = [desk.cases.get(case).sla[-1] for case in cases]
    assert [a.rule for a in applied[:2]] == ["direct", "page"]
    assert applied[2].rule == "all; resolution as reason billing says"
    assert applied[2].terms.resolution == 3 * HOUR
    identity = desk.cases.get(cases[2]).identity_id
    desk.customers.link(identity, "crm-1", tier="gold", by="agent:ana", evidence="told us")
    assert desk.cases.get(cases[2]).sla[-1].rule.startswith("vip")


def test_nobody_is_promised_an_answer_who_gets_none(open_here, policy, clock, hooks):
    """Noise and what is only watched have no clocks."""
    desk = open_here(promising(policy, rule(first_response=HOUR)), plugins=[hooks])
    for kind in ("monitor", "dismiss"):
        answer = Engagement(kind=kind, code="noise", rule="r", source="s")
        hooks.engage = lambda *_, answer=answer: answer
        case = ingest(desk, message("spam", by=kind))
        assert desk.cases.get(case).sla == ()
    assert desk.next_due() is None


def test_a_desk_without_promises_writes_no_events_for_them(open_here, policy, logged):
    """Who promises nothing pays nothing: no event and no due instant."""
    desk = open_here(policy)
    question = message("help")
    case = ingest(desk, question)
    ingest(desk, brand_reply(question))
    types = {event.type for event in logged(desk, desk.cases.get(case))}
    assert not any(type_.startswith("sla") for type_ in types)
    assert desk.next_due() is None


def test_an_explanation_can_be_read(open_here, policy, clock):
    """A person sees what counted, what did not, under which terms, and why it is due when it is."""
    clock.jump_to(START)  # Monday noon in UTC
    kept = promising(policy, rule("care", resolution=8 * HOUR), calendar="office")
    desk = open_here(evolve(kept, calendars={"office": NEW_YORK}))
    case = ingest(desk, message("help"))
    clock.jump_to(START + 4 * HOUR)
    desk.cases.wait(case, **WHO)
    clock.jump_to(START + 5 * HOUR)
    desk.cases.resume(case, **WHO)
    (report,) = desk.cases.clocks(case)
    lines = "\n".join(in_words(report))
    assert report.elapsed == 2 * HOUR
    assert report.counted == ((START + 2 * HOUR, START + 4 * HOUR),)
    assert report.due == START + 27 * HOUR
    assert f"in calendar office (version {NEW_YORK.version})" in lines
    assert "terms by rule 'care' (policy)" in lines
    assert "stood still while pending: 2026-03-02 16:00:00Z to 2026-03-02 17:00:00Z" in lines
    assert "due 2026-03-03 15:00:00Z" in lines


def test_who_was_there_before_a_calendar_counts_by_it_all_the_same(open_here, policy, clock, said):
    """While new hours are rolled out, a worker with the old desk file judges cases by theirs."""
    clock.jump_to(START)  # 07:00 in New York
    always = Calendar.of("UTC", dict.fromkeys(WEEKDAYS, ("00:00-24:00",)))
    promise = promising(policy, rule(resolution=2 * HOUR), calendar="office")
    worker = open_here(evolve(promise, calendars={"office": always}))
    desk = open_here(evolve(promise, calendars={"office": NEW_YORK}))
    case = ingest(desk, message("help"))
    assert worker.run_due().cases == 0
    clock.jump_to(START + 5 * HOUR)
    assert worker.run_due().cases == 1
    assert said(desk, case) == [("sla_breached", "resolution", 1, START + 4 * HOUR)]
    assert clean(desk)


def test_past_calendars_are_no_part_of_a_policy():
    """A desk file has the same version whatever stood in it before."""
    past = Policy(past={NEW_YORK.version: NEW_YORK})
    assert (past.version, past) == (Policy().version, Policy())
