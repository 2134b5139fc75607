"""Escalation on a desk: who is asked, who takes over, and what stays on record."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from attrs import evolve

from scskit import Author, IllegalTransition, Label, NotPermitted, StaleCase
from scskit.core.escalation import EscalationPolicy, EscalationRule, Owner
from scskit.core.keywords import Keywords
from scskit.core.lifecycle import fold
from scskit.core.match import When
from scskit.core.sla import SlaTargets
from scskit.core.sla_policy import SlaPolicy, SlaRule
from scskit.testing import START, message

HOUR = timedelta(hours=1)
LEVELS = (
    Owner(name="L1", level=1),
    Owner(name="L2", level=2, queue="billing", tell=("ana",), acknowledge=HOUR),
    Owner(name="L3", level=3, tell=("duty",), acknowledge=HOUR),
)
AREAS = {"legal": Owner(name="legal", queue="legal", tell=("lex@example.com",))}


def with_rules(policy, *rules):
    escalation = EscalationPolicy(levels=LEVELS, areas=AREAS, rules=rules)
    return evolve(policy, escalation=escalation)


def with_promise(policy):
    """Promise an answer within the hour, day and night."""
    rule = SlaRule(name="all", when=When(), targets=SlaTargets(first_response=HOUR))
    return evolve(policy, sla=SlaPolicy(rules=(rule,)))


@pytest.fixture
def ladder(policy):
    """Give a policy with three levels and an area, and no rules."""
    return with_rules(policy)


@pytest.fixture
def desk(open_here, ladder):
    """Open a desk on which people escalate by hand."""
    return open_here(ladder)


@pytest.fixture
def case(desk):
    """Open a case that Ben has, at the first level."""
    (id_,) = desk.ingest([message("Hello", thread="t")]).cases
    return desk.cases.assign(id_, "ben", by="agent:ben", because="mine")


def by(actor, because="a good reason"):
    return {"by": actor, "because": because}


def test_a_case_goes_up_and_comes_back(desk, case):
    """Ben asks, Ana takes it, Ana gives it back: at each step one of them has it."""
    offered = desk.cases.escalate(case.id, "next", **by("agent:ben"))
    assert (offered.agent, offered.level, offered.queue) == ("ben", 1, "inbox")
    taken = desk.cases.accept_escalation(case.id, agent="ana", **by("agent:ana"))
    assert (taken.agent, taken.level, taken.queue) == ("ana", 2, "billing")
    with pytest.raises(NotPermitted):
        desk.cases.assign(case.id, "ben", **by("agent:ana"))
    back = desk.cases.return_escalation(case.id, **by("agent:ana", "the FAQ answers it"))
    assert (back.agent, back.level, back.queue) == ("ben", 1, "inbox")
    assert back == desk.cases.get(case.id) == fold(r.event for r in desk.cases.log(case.id))


def test_the_timeline_says_who_was_told_when_by_whom_and_why(desk, case, clock):
    """Everything that is asked later has an answer in one place."""
    clock.advance(timedelta(minutes=5))
    desk.cases.escalate(case.id, "legal", **by("agent:ben", "he threatens to sue"))
    clock.advance(timedelta(minutes=5))
    desk.cases.accept_escalation(case.id, **by("legal:lex", "ours"))
    entries = [e.event.event for e in desk.cases.timeline(case.id) if e.event]
    offered = next(e for e in entries if e.type == "case_escalated")
    assert (offered.by, offered.because, offered.at) == (
        "agent:ben",
        "he threatens to sue",
        START + HOUR + timedelta(minutes=5),
    )
    assert (offered.to, offered.told, offered.trigger) == (
        "legal",
        ("lex@example.com",),
        "by_hand",
    )
    accepted = next(e for e in entries if e.type == "escalation_accepted")
    assert (accepted.by, accepted.at) == ("legal:lex", START + HOUR + timedelta(minutes=10))


def test_a_stale_answer_to_an_offer_is_refused(desk, case):
    """Two who accept at once do not both get it."""
    offered = desk.cases.escalate(case.id, "L2", **by("agent:ben"))
    seen = {"expected_version": offered.version}
    desk.cases.accept_escalation(case.id, agent="ana", **by("agent:ana"), **seen)
    with pytest.raises(StaleCase):
        desk.cases.accept_escalation(case.id, **by("agent:eve"), **seen)
    with pytest.raises(IllegalTransition, match="no open escalation"):
        desk.cases.accept_escalation(case.id, **by("agent:eve"))


def test_what_is_said_meanwhile_stays_with_whoever_has_it(desk, case):
    """An offer changes neither the state nor the customer's wait; messages go on as always."""
    before = desk.cases.get(case.id)
    desk.cases.escalate(case.id, "L2", **by("agent:ben"))
    desk.ingest([message("Anybody there?", thread="t", posted_at=START + timedelta(minutes=2))])
    after = desk.cases.get(case.id)
    assert (after.agent, after.state, after.queue) == (before.agent, before.state, before.queue)
    assert after.unanswered[:1] == before.unanswered
    assert len(after.unanswered) == 2
    assert after.pauses == before.pauses
    assert [offer.to for offer in after.escalation.offers] == ["L2"]


def test_a_message_does_not_take_a_case_out_of_the_area_that_has_it(desk, case):
    """What a person has accepted is not routed away by what the customer says next."""
    desk.cases.escalate(case.id, "legal", **by("agent:ben"))
    desk.cases.accept_escalation(case.id, **by("legal:lex"))
    desk.ingest([message("It is about my invoice", thread="t")])
    after = desk.cases.get(case.id)
    assert after.reason == "billing"
    assert (after.queue, after.escalation.area) == ("legal", "legal")


# Rules.

THREATS = EscalationRule(
    name="threats", on="keywords", to="legal", keywords=Keywords(("abogado", "lawyer"))
)


def escalations(desk, case_id):
    return [
        recorded.event
        for recorded in desk.cases.log(case_id)
        if recorded.event.type.startswith(("case_escalated", "escalation_"))
    ]


def test_a_rule_fires_on_the_message_that_it_is_about(open_here, policy):
    """The first message that threatens goes to legal, with the word as evidence, and only that."""
    desk = open_here(with_rules(policy, THREATS))
    first = message("My parcel is late", thread="t")
    threat = message("Mi A\u200bBOGÁDO le escribirá", thread="t")
    desk.ingest([first, threat, message("¡Mi abogado!", thread="t"), threat])
    (id_,) = desk.ingest([first]).cases
    (event,) = escalations(desk, id_)
    (said,) = [i for i in desk.cases.interactions(id_) if i.external_id == threat.external_id]
    assert (event.to, event.rule, event.told) == ("legal", "threats", ("lex@example.com",))
    assert event.evidence == f'"abogado" in message {said.id}'
    assert desk.cases.get(id_) == fold(r.event for r in desk.cases.log(id_))


def test_reach_and_a_model_s_mood_fire_where_they_are_told(open_here, policy, hooks):
    """What the network and a classifier say about a message is at hand when rules are asked."""
    reach = EscalationRule(name="reach", on="message", to="L2", when=When(followers_min=1000))
    worse = EscalationRule(name="worse", on="sentiment", to="legal")
    hooks.classify = lambda messages: [
        (Label("sentiment", "negative" if "!" in m.text else "neutral", "model"),) for m in messages
    ]
    desk = open_here(with_rules(policy, reach, worse), plugins=[hooks])
    (id_,) = desk.ingest([message("hello", thread="t")]).cases
    assert escalations(desk, id_) == []
    later = START + timedelta(minutes=3)
    ana = Author(external_id="ana", handle="ana", followers=5000)
    desk.ingest([message("No!", thread="t", by=ana, posted_at=later)])
    assert [(e.rule, e.to) for e in escalations(desk, id_)] == [("reach", "L2"), ("worse", "legal")]


def test_repeated_contact_is_seen_across_handles_of_one_customer(open_here, policy):
    """The third case on one reason within a week is escalated, wherever the person writes."""
    again = EscalationRule(name="again", on="repeat", to="L2", times=3, within=timedelta(days=7))
    desk = open_here(with_rules(policy, again))
    old = START - timedelta(days=9)
    desk.ingest([message("invoice", thread="old", posted_at=old)], history=True)
    (first,) = desk.ingest([message("invoice", thread="1")]).cases
    (second,) = desk.ingest([message("invoice", thread="2", by="ana_private")]).cases
    for id_ in (first, second):
        identity = desk.cases.get(id_).identity_id
        desk.customers.link(identity, "crm-1", by="crm", evidence="logged in")
    desk.ingest([message("parcel", thread="3")])
    (third,) = desk.ingest([message("invoice", thread="4")]).cases
    (event,) = escalations(desk, third)
    assert event.evidence.startswith("3 cases on billing since ")
    assert event.evidence.endswith(f": {first}, {second}")
    assert [escalations(desk, id_) for id_ in (first, second)] == [[], []]


def test_repeated_contact_is_seen_within_one_batch(open_here, policy):
    """Three at once are three, although none of them is stored yet."""
    again = EscalationRule(name="again", on="repeat", to="L2", times=3, within=HOUR)
    desk = open_here(with_rules(policy, again))
    three = desk.ingest([message("invoice", thread=f"{n}") for n in range(3)]).cases
    assert [len(escalations(desk, id_)) for id_ in three] == [0, 0, 1]


def test_a_customer_found_to_be_vulnerable_is_escalated(open_here, policy):
    """What the CRM tells later counts as well."""
    careful = EscalationRule(name="careful", on="vulnerable", to="L2")
    desk = open_here(with_rules(policy, careful))
    (id_,) = desk.ingest([message("hello", thread="t")]).cases
    identity = desk.cases.get(id_).identity_id
    desk.customers.link(identity, "crm-1", by="crm", evidence="file", tier="vulnerable")
    (event,) = escalations(desk, id_)
    assert event.evidence == "customer tier vulnerable"


def test_reasons_and_reopening_are_seen_whoever_causes_them(open_here, policy):
    """A reason set by hand, and a case that the customer reopens, are escalated like any other."""
    desk = open_here(
        with_rules(
            policy,
            EscalationRule(
                name="refunds", on="reason", to="legal", when=When(reason=("billing.refund",))
            ),
            EscalationRule(name="again", on="reopened", to="L2", times=1),
        )
    )
    (id_,) = desk.ingest([message("hello", thread="t")]).cases
    desk.cases.set_reason(id_, "billing.refund", **by("agent:ana"))
    desk.cases.solve(id_, **by("agent:ana"))
    desk.ingest([message("it is not solved", thread="t")])
    assert [(e.rule, e.occasion) for e in escalations(desk, id_)] == [
        ("refunds", "billing.refund"),
        ("again", ""),
    ]


# Time.


def test_the_ladder_climbs_by_itself_and_the_sweep_knows_when(desk, case, clock):
    """The desk says when to look again; at the top the offer stands and nothing more is due."""
    assert desk.next_due() is None
    desk.cases.escalate(case.id, "L2", **by("agent:ben"))
    assert desk.next_due() == clock.now() + HOUR
    clock.jump_to(desk.next_due())
    desk.run_due()
    clock.jump_to(desk.next_due())
    report = desk.run_due()
    assert report.next_due is None
    assert [(e.type, e.to) for e in escalations(desk, case.id)] == [
        ("case_escalated", "L2"),
        ("escalation_expired", "L2"),
        ("case_escalated", "L3"),
        ("escalation_expired", "L3"),
    ]
    assert escalations(desk, case.id)[-1].told == ("ana", "duty")
    assert desk.cases.get(case.id).agent == "ben"
    assert desk.run_due().events == 0


def test_a_sweep_that_slept_records_the_same(open_here, ladder, clock):
    """Whoever looks only on Monday finds what somebody awake would have found, marked as late."""
    awake, asleep = open_here(ladder, tenant="awake"), open_here(ladder, tenant="asleep")
    ids = {}
    for desk in (awake, asleep):
        (ids[desk],) = desk.ingest([message("Hello", external_id="m1", thread="t")]).cases
        desk.cases.escalate(ids[desk], "next", **by("agent:ben"))
    while (due := awake.next_due()) is not None:
        clock.jump_to(due)
        awake.run_due()
    clock.advance(timedelta(days=2))
    asleep.run_due()
    told = [[(e.type, e.to, e.at) for e in escalations(desk, id_)] for desk, id_ in ids.items()]
    assert told[0] == told[1]
    assert [e.late for e in escalations(asleep, ids[asleep])] == [False, True, True, True]
    assert not any(e.late for e in escalations(awake, ids[awake]) if e.type == "escalation_expired")


def test_a_missed_response_is_escalated_at_its_true_instant(open_here, policy, clock):
    """The breach and the offer bear the instant at which the clock ran out, and once only."""
    missed = EscalationRule(name="missed", on="sla_breach", to="next", clock="first_response")
    desk = open_here(with_promise(with_rules(policy, missed)))
    (id_,) = desk.ingest([message("Hello", thread="t", posted_at=clock.now())]).cases
    due = clock.now() + HOUR
    clock.advance(timedelta(minutes=90))
    desk.run_due()
    desk.run_due()
    (event,) = escalations(desk, id_)
    assert (event.to, event.at, event.occasion) == ("L2", due, "first_response 1")
    assert event.late
    assert event.due == due + HOUR
    assert desk.cases.get(id_).unanswered == (due - HOUR,)


def test_the_customers_clock_runs_on_from_hand_to_hand(open_here, policy, clock):
    """Up, sideways and back: what is promised to the customer is due when it was."""
    desk = open_here(with_promise(with_rules(policy)))
    (id_,) = desk.ingest([message("Hello", thread="t", posted_at=clock.now())]).cases
    promised = [(report.clock, report.due) for report in desk.cases.clocks(id_)]
    assert promised == [("first_response", clock.now() + HOUR)]
    for to in ("L2", "legal", "L3"):
        clock.advance(timedelta(minutes=5))
        desk.cases.escalate(id_, to, **by("agent:ben"))
        clock.advance(timedelta(minutes=5))
        desk.cases.accept_escalation(id_, **by("agent:ana"))
    desk.cases.return_escalation(id_, **by("agent:ana"))
    reports = desk.cases.clocks(id_)
    assert [(report.clock, report.due) for report in reports] == promised
    assert reports[0].elapsed == timedelta(minutes=30)
    assert reports[0].pauses == ()


def test_a_batch_that_is_run_again_escalates_once(open_here, policy):
    """A poisoned neighbour makes the desk start over; the offer is made once all the same."""
    desk = open_here(with_rules(policy, THREATS))
    good = message("My lawyer will write", thread="t")
    report = desk.ingest([good, {"account": "twitter.acme", "text": "no author"}])
    assert report.counts["quarantined"] == 1
    assert len(escalations(desk, report.cases[0])) == 1


# Many at once.


def test_four_workers_escalate_each_case_once(open_here, policy, clock):
    """Whoever gets to a case first escalates it; nobody does it again, nobody is left out."""
    missed = EscalationRule(name="missed", on="sla_breach", to="next")
    promised = with_promise(with_rules(policy, missed))
    desks = [open_here(promised) for _ in range(4)]
    messages = [message(thread=f"{n}", by=f"p{n}", posted_at=clock.now()) for n in range(60)]
    cases = desks[0].ingest(messages).cases
    clock.advance(HOUR)
    with ThreadPoolExecutor(4) as pool:
        reports = list(pool.map(lambda desk: desk.run_due(), desks))
    assert sum(report.counts.get("case_escalated", 0) for report in reports) == len(cases)
    assert {len(escalations(desks[0], id_)) for id_ in cases} == {1}


def test_messages_at_the_same_time_escalate_once(open_here, policy):
    """Four workers each take in a threat of the same person: legal is asked once."""
    desks = [open_here(with_rules(policy, THREATS)) for _ in range(4)]
    (id_,) = desks[0].ingest([message("hello", thread="t")]).cases
    with ThreadPoolExecutor(4) as pool:
        for _ in range(5):
            list(pool.map(lambda desk: desk.ingest([message("my lawyer", thread="t")]), desks))
    assert len(escalations(desks[0], id_)) == 1
    assert desks[0].cases.get(id_).inbound_count == 21
