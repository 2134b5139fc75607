"""What was due before somebody acts has happened, whether or not anybody has swept since."""

# ruff: noqa: SLF001  verifying is asked of the store

from __future__ import annotations

from datetime import timedelta

import pytest
from attrs import evolve

from scskit import IllegalTransition
from scskit.core.escalation import EscalationPolicy, EscalationRule, Owner
from scskit.core.match import When
from scskit.core.sla import SlaTargets
from scskit.core.sla_policy import SlaPolicy, SlaRule
from scskit.testing import START, brand_reply, message

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
WHO = {"by": "agent:ana", "because": "test"}
LEVELS = (
    Owner(name="L1", level=1),
    Owner(name="L2", level=2, acknowledge=HOUR),
    Owner(name="L3", level=3, acknowledge=9 * HOUR),
)


@pytest.fixture
def kept(policy):
    """Give a policy whose resolution clock stands still while a case is snoozed."""
    targets = SlaTargets(first_response=HOUR, resolution=10 * HOUR)
    rule = SlaRule(name="all", when=When(), targets=targets)
    sla = SlaPolicy(rules=(rule,), shares=(), pauses=("snoozed",))
    asks = EscalationRule(name="urgent", on="sla_breach", to="L2", when=When(priority=("P1",)))
    escalation = EscalationPolicy(levels=LEVELS, rules=(asks,))
    agents = {n: evolve(a, teams=("team-inbox",)) for n, a in policy.agents.items()}
    return evolve(policy, sla=sla, escalation=escalation, agents=agents)


@pytest.fixture
def desk(open_here, kept, clock):
    """Open a desk that nobody sweeps."""
    clock.jump_to(START)
    return open_here(kept)


@pytest.fixture
def case(desk):
    """Open a case."""
    return desk.ingest([message("help", by="eva", thread="t")]).cases[0]


def states(desk, case):
    """Return the states that a case came to, and when."""
    events = [recorded.event for recorded in desk.cases.log(case)]
    return [(e.state, e.at) for e in events if e.type == "state_changed"]


def clean(desk):
    return desk._services.store.verify().problems == []


ACTS = {
    "wait": lambda desk, case: desk.cases.wait(case, **WHO),
    "snooze": lambda desk, case: desk.cases.snooze(case, START + 9 * HOUR, **WHO),
    "write": lambda desk, _: desk.ingest(
        [message("well?", by="eva", thread="t", posted_at=START + 5 * HOUR)]
    ),
    "answer": lambda desk, case: desk.ingest(
        [brand_reply(desk.cases.interactions(case)[0].external_id, posted_at=START + 5 * HOUR)]
    ),
}


@pytest.mark.parametrize("swept", [True, False])
@pytest.mark.parametrize("act", ACTS)
def test_a_snooze_has_ended_before_whatever_comes_after_it(desk, case, clock, act, swept):
    """A case wakes at its time, and its clocks go on, however late somebody looks at it."""
    desk.cases.snooze(case, START + 2 * HOUR, **WHO)
    clock.jump_to(START + 5 * HOUR)
    if swept:
        desk.run_due()
    ACTS[act](desk, case)
    assert states(desk, case)[:2] == [("snoozed", START), ("open", START + 2 * HOUR)]
    if act != "snooze":
        clocks = {report.clock: report.due for report in desk.cases.clocks(case)}
        assert clocks["resolution"] == START + 12 * HOUR
    assert clean(desk)


def test_resuming_a_case_whose_snooze_is_over_lets_it_wake_at_its_time(desk, case, clock):
    """Who sees a case that still looks snoozed may resume it, and loses nothing by that."""
    desk.cases.snooze(case, START + 2 * HOUR, **WHO)
    clock.jump_to(START + 5 * HOUR)
    assert desk.cases.resume(case, **WHO).state == "open"
    assert states(desk, case) == [("snoozed", START), ("open", START + 2 * HOUR)]
    with pytest.raises(IllegalTransition, match="is open"):
        desk.cases.resume(case, **WHO)
    assert clean(desk)


def test_a_refused_command_changes_nothing(desk, case, clock):
    """What was due before it waits for the next sweep."""
    desk.cases.snooze(case, START + 2 * HOUR, **WHO)
    clock.jump_to(START + 5 * HOUR)
    before = desk.cases.get(case)
    with pytest.raises(IllegalTransition):
        desk.cases.close(case, **WHO)
    assert desk.cases.get(case) == before


def test_what_is_due_at_the_instant_of_a_command_comes_after_it(desk, case, clock):
    """Who acts when something is due is in time."""
    desk.cases.snooze(case, START + 2 * HOUR, **WHO)
    clock.jump_to(START + 2 * HOUR)
    desk.cases.resume(case, **WHO)
    assert [state for state, _ in states(desk, case)] == ["snoozed", "open"]


def test_an_offer_that_has_ended_keeps_nobody_else_from_one(desk, case, clock):
    """Who let an offer pass does not hold the case until somebody sweeps."""
    desk.work.offer(case, "ben", until=START + HOUR, **WHO)
    clock.jump_to(START + 2 * HOUR)
    offered = desk.work.offer(case, "ana", until=START + 3 * HOUR, **WHO)
    assert offered.offered_to == "ana"
    assert [refusal.at for refusal in offered.refusals] == [START + HOUR]
    assert clean(desk)


def test_the_next_level_may_accept_what_the_one_below_let_pass(desk, case, clock):
    """A ladder climbs at its instants, whether or not anybody watches it."""
    desk.cases.escalate(case, "L2", **WHO)
    clock.jump_to(START + 2 * HOUR)
    taken = desk.cases.accept_escalation(case, to="L3", by="crm:lex", because="mine")
    assert taken.level == 3
    assert clean(desk)


@pytest.mark.parametrize("swept", [True, False])
def test_a_miss_is_judged_by_what_the_case_was_then(desk, case, clock, swept):
    """A priority that changes after a miss asks nobody because of it."""
    clock.jump_to(START + 2 * HOUR)
    if swept:
        desk.run_due()
    desk.cases.set_priority(case, "P1", **WHO)
    desk.run_due()
    types = [recorded.event.type for recorded in desk.cases.log(case)]
    assert types[-2:] == ["sla_breached", "priority_set"]


def test_counting_anew_takes_back_what_nobody_had_heard_of(desk, case, clock, open_here, kept):
    """A miss under the old promise is on record before the new one takes it back."""
    clock.jump_to(START + 2 * HOUR)
    rule = SlaRule(name="slow", when=When(), targets=SlaTargets(first_response=5 * HOUR))
    slow = open_here(evolve(kept, sla=evolve(kept.sla, rules=(rule,))))
    slow.cases.recalculate(case, **WHO)
    types = [recorded.event.type for recorded in slow.cases.log(case)]
    assert "sla_breached" in types
    assert types[-1] == "sla_voided"
    assert clean(slow)
