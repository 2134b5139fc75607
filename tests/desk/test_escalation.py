"""Escalation on a desk: who is asked, who takes over, and what stays on record."""

from __future__ import annotations

from datetime import timedelta

import pytest
from attrs import evolve

from scskit import IllegalTransition, NotPermitted, StaleCase
from scskit.core.escalation import EscalationPolicy, EscalationRule, Owner
from scskit.core.keywords import Keywords
from scskit.core.lifecycle import fold
from scskit.core.match import When
from scskit.testing import START, brand_reply, message

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
    """An offer changes neither the state nor the customer's wait, and a message goes on as always."""
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
