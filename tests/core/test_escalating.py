"""Offering, accepting, returning, and the ladder that is climbed when nobody acts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scskit.core import commands as cmd
from scskit.core import events as ev
from scskit.core.agent import Agent, Queue
from scskit.core.calendar import Calendar
from scskit.core.deciding import Request, decide
from scskit.core.errors import IllegalTransition, NotFound, NotPermitted
from scskit.core.escalating import expire, next_expiry
from scskit.core.escalation import EscalationPolicy, EscalationRule, Owner
from scskit.core.escalation_commands import take_along
from scskit.core.lifecycle import evolve, fold
from scskit.core.policy import Policy
from scskit.core.why import Why
from scskit.core.work_events import CaseOffered

FRIDAY = datetime(2026, 3, 6, 17, 30, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
WEEK = ("mon", "tue", "wed", "thu", "fri")
OFFICE = Calendar.of("UTC", {day: ["09:00-18:00"] for day in WEEK})
POLICY = Policy(
    queues={name: Queue(name=name, team=f"team-{name}") for name in ("inbox", "second", "legal")},
    default_queue="inbox",
    agents={
        "ana": Agent(name="ana", level=1),
        "bo": Agent(name="bo", level=2),
        "cai": Agent(name="cai", level=3),
    },
    calendars={"office": OFFICE},
    escalation=EscalationPolicy(
        levels=(
            Owner(name="L1", level=1),
            Owner(
                name="L2",
                level=2,
                queue="second",
                tell=("bo", "second@example.com"),
                acknowledge=HOUR,
                calendar="office",
            ),
            Owner(name="L3", level=3, tell=("cai",), acknowledge=15 * MINUTE),
        ),
        areas={
            "legal": Owner(name="legal", queue="legal", tell=("lex",), acknowledge=4 * HOUR),
            "marketing": Owner(name="marketing", queue="inbox"),
        },
    ),
)


class Story:
    """A case, and what people do with it one after the other."""

    def __init__(self, policy=POLICY, start=FRIDAY):
        """Begin with Ana, who has it."""
        self.policy, self.now, self.log = policy, start, []
        header = {"case_id": "c1", "at": start}
        self.happen(
            ev.CaseOpened(
                account_id="acme",
                thread_id="t",
                identity_id="twitter::u",
                visibility="public",
                opened_at=start,
                policy_version="p",
                **header,
            ),
            ev.CaseRouted(
                queue="inbox", team=None, policy_version="p", rule="r", source="s", **header
            ),
            ev.CaseAssigned(agent="ana", **header),
            ev.StateChanged(state="open", **header),
        )

    @property
    def case(self):
        """Fold the log."""
        return fold(self.log)

    def happen(self, *events):
        """Let events happen."""
        self.log.extend(events)
        return events

    def do(self, command, by="agent:ana", because="she asks for it"):
        """Carry out a command."""
        request = Request(by=by, because=because, at=self.now, policy=self.policy)
        return self.happen(*decide(self.case, command, request))

    def wait(self, time):
        """Let time pass."""
        self.now += time
        return self

    def sweep(self):
        """Let everything expire that has by now, one after the other."""
        found = []
        until = self.now + timedelta(microseconds=1)
        while events := expire(self.case, self.policy, until, self.now):
            found += self.happen(*events)
        return found


def evolve_all(case, events):
    for event in events:
        case = evolve(case, event)
    return case


def kinds(events):
    return [event.type for event in events]


def test_whoever_has_a_case_keeps_it_until_the_offer_is_accepted():
    """Escalating hands nothing over: the customer is never left between two chairs."""
    story = Story()
    before = story.case
    (offered,) = story.do(cmd.Escalate("L2"))
    assert (offered.to, offered.level, offered.number, offered.trigger) == ("L2", 2, 1, "by_hand")
    assert offered.told == ("bo", "second@example.com")
    assert (offered.by, offered.because, offered.at) == ("agent:ana", "she asks for it", FRIDAY)
    same = ("agent", "queue", "level", "state", "priority")
    assert [getattr(story.case, name) for name in same] == [getattr(before, name) for name in same]


def test_accepting_moves_level_queue_and_agent_at_once():
    """The new owner has it, the old one does not, and the log says who, when and why."""
    story = Story()
    story.do(cmd.Escalate("next"))
    events = story.wait(MINUTE).do(cmd.AcceptEscalation(agent="bo"), by="agent:bo", because="mine")
    assert kinds(events) == ["escalation_accepted", "case_routed", "case_assigned"]
    assert {(e.by, e.because, e.at) for e in events} == {("agent:bo", "mine", FRIDAY + MINUTE)}
    case = story.case
    assert (case.level, case.queue, case.team, case.agent) == (2, "second", "team-second", "bo")
    assert case.level_since == FRIDAY + MINUTE
    assert case.escalation.offers == ()
    assert next_expiry(case) is None


def test_a_case_accepted_by_nobody_in_particular_waits_at_the_new_level():
    """A team may accept first and assign later; whoever had the case lets go."""
    story = Story()
    story.do(cmd.Escalate("L2"))
    story.do(cmd.AcceptEscalation())
    assert (story.case.agent, story.case.queue, story.case.level) == (None, "second", 2)
    assert story.case.acknowledged_at is None
    with pytest.raises(NotPermitted, match="ana works up to level L1"):
        story.do(cmd.Assign("ana"))


def test_an_agent_who_was_offered_the_case_before_cannot_take_it_back():
    """With its level, a case leaves those below: also whoever was just about to get it."""
    story = Story()
    story.do(cmd.Assign(None))
    until = FRIDAY + HOUR
    offer = CaseOffered(case_id="c1", at=FRIDAY, agent="ana", until=until, why=Why(rule="r"))
    story.happen(offer)
    assert story.case.offered_to == "ana"
    story.do(cmd.Escalate("L3"))
    story.do(cmd.AcceptEscalation())
    assert (story.case.offered_to, story.case.offer_until) == (None, None)


def test_an_agent_below_the_level_cannot_accept():
    """A case does not come to people who may not own it."""
    story = Story()
    story.do(cmd.Escalate("L3"))
    with pytest.raises(NotPermitted, match="bo works up to level L2; case c1 needs L3"):
        story.do(cmd.AcceptEscalation(agent="bo"))
    story.do(cmd.AcceptEscalation(agent="cai"))
    assert story.case.level == 3


def test_an_area_takes_a_case_without_changing_its_level():
    """Legal is beside the levels, not above them."""
    story = Story()
    story.do(cmd.Escalate("legal"))
    story.do(cmd.AcceptEscalation(), by="legal:lex")
    assert (story.case.level, story.case.queue, story.case.escalation.area) == (1, "legal", "legal")
    with pytest.raises(IllegalTransition, match="is with legal already"):
        story.do(cmd.Escalate("legal"))
    (offered,) = story.do(cmd.Escalate("L1"))
    assert (offered.type, offered.to) == ("case_escalated", "L1")


def test_a_declined_offer_changes_nothing_but_the_log():
    """Who says no says why, and the case stays where it was."""
    story = Story()
    story.do(cmd.Escalate("L2"))
    with pytest.raises(IllegalTransition, match="needs a reason"):
        story.do(cmd.ReturnEscalation(), because="")
    (returned,) = story.do(cmd.ReturnEscalation(), by="agent:bo", because="not ours")
    assert (returned.type, returned.to, returned.because) == (
        "escalation_returned",
        "L2",
        "not ours",
    )
    assert (story.case.agent, story.case.level, story.case.escalation.offers) == ("ana", 1, ())


def test_a_case_given_back_is_where_it_was():
    """Level, queue and agent are those from before; and once more, from two steps up."""
    story = Story()
    story.do(cmd.Escalate("L2"))
    story.do(cmd.AcceptEscalation(agent="bo"))
    story.do(cmd.Escalate("legal"))
    story.do(cmd.AcceptEscalation())
    story.do(cmd.ReturnEscalation(), by="legal:lex", because="no case for us")
    assert (story.case.level, story.case.queue, story.case.agent) == (2, "second", "bo")
    assert story.case.escalation.area is None
    story.do(cmd.ReturnEscalation(), by="agent:bo", because="answered by the FAQ")
    assert (story.case.level, story.case.queue, story.case.agent) == (1, "inbox", "ana")
    with pytest.raises(IllegalTransition, match="no open escalation"):
        story.do(cmd.ReturnEscalation())


def test_the_time_to_acknowledge_is_counted_in_the_levels_own_calendar():
    """Half an hour before the weekend is half an hour; the rest comes on Monday."""
    story = Story()
    (offered,) = story.do(cmd.Escalate("L2"))
    assert offered.due == datetime(2026, 3, 9, 9, 30, tzinfo=UTC)
    assert (offered.calendar, offered.calendar_version) == ("office", OFFICE.version)
    (top,) = Story().do(cmd.Escalate("L3"))
    assert (top.due, top.calendar) == (FRIDAY + 15 * MINUTE, None)
    (area,) = Story().do(cmd.Escalate("marketing"))
    assert area.due is None


def test_the_ladder_climbs_to_its_end_when_nobody_acts():
    """Each level has its time; at the top everybody on the ladder is told, and the offer stands."""
    story = Story()
    (offered,) = story.do(cmd.Escalate("L2"))
    found = story.wait(timedelta(days=7)).sweep()
    assert kinds(found) == ["escalation_expired", "case_escalated", "escalation_expired"]
    first, climbed, last = found
    assert (first.at, first.to, first.then, first.told) == (offered.due, "L2", "L3", ())
    assert (climbed.at, climbed.to, climbed.told) == (offered.due, "L3", ("cai",))
    assert (climbed.trigger, climbed.evidence) == (
        "expired",
        f"L2 did not acknowledge by {offered.due.isoformat()}",
    )
    assert (last.at, last.then) == (climbed.due, None)
    assert last.told == ("bo", "second@example.com", "cai")
    assert all(event.late for event in found)
    assert (story.case.agent, story.case.level) == ("ana", 1)
    story.do(cmd.AcceptEscalation(agent="cai"))
    assert (story.case.agent, story.case.level) == ("cai", 3)


def test_an_area_that_does_not_act_is_passed_over_to_the_next_level():
    """Silence of legal does not end the matter."""
    story = Story()
    story.do(cmd.Escalate("legal"))
    found = story.wait(5 * HOUR).sweep()
    assert [event.to for event in found] == ["legal", "L2"]


@given(minutes=st.lists(st.integers(1, 400), max_size=8))
def test_a_sweep_that_slept_finds_the_same(minutes):
    """However often somebody looks, the same offers expire at the same instants."""
    often, once = Story(), Story()
    for story in (often, once):
        story.do(cmd.Escalate("legal"))
        story.do(cmd.Escalate("L3"))
    seen = [event for step in minutes for event in often.wait(step * MINUTE).sweep()]
    asleep = once.wait(sum(minutes) * MINUTE).sweep()
    assert [(e.type, e.at, e.to) for e in seen] == [(e.type, e.at, e.to) for e in asleep]
    assert often.case.escalation == once.case.escalation


def test_accepting_at_the_last_instant_is_in_time():
    """Whoever acts at the very instant at which the offer ends has acted in time."""
    story = Story()
    (offered,) = story.do(cmd.Escalate("L3"))
    story.now = offered.due
    assert expire(story.case, POLICY, offered.due, offered.due) == ()
    story.do(cmd.AcceptEscalation(agent="cai"))
    assert story.case.level == 3


def test_accepting_too_late_is_refused_whether_a_sweep_ran_or_not():
    """What holds does not depend on when somebody looked."""
    story = Story()
    (offered,) = story.do(cmd.Escalate("L3"))
    story.now = offered.due + timedelta(microseconds=1)
    for command in (cmd.AcceptEscalation(), cmd.ReturnEscalation()):
        with pytest.raises(IllegalTransition, match="expired at"):
            story.do(command)


def test_an_offer_to_a_higher_level_answers_for_the_lower_one():
    """Two asked at once do not take a case from each other."""
    story = Story()
    story.do(cmd.Escalate("L2"))
    story.do(cmd.Escalate("L3"))
    (again,) = story.do(cmd.Escalate("L2"))
    assert (again.type, again.to) == ("escalation_reminded", "L2")
    story.do(cmd.AcceptEscalation(to="L3", agent="cai"))
    assert story.case.escalation.offers == ()
    with pytest.raises(IllegalTransition, match="is with L2 already"):
        story.do(cmd.Escalate("L2"))


def test_silence_of_one_level_does_not_ask_the_next_one_twice():
    """Where the level above has been asked already, the lower offer ends and no more."""
    story = Story()
    story.do(cmd.Escalate("legal"))
    story.do(cmd.Escalate("L3"))
    (first, second) = story.wait(HOUR).sweep(), story.wait(4 * HOUR).sweep()
    assert [(e.type, e.to) for e in first] == [("escalation_expired", "L3")]
    assert [(e.type, e.to, e.then) for e in second] == [("escalation_expired", "legal", "L3")]


def test_with_several_offers_somebody_must_say_which():
    """Legal and marketing can be asked at once; neither answers for the other."""
    story = Story()
    story.do(cmd.Escalate("legal"))
    story.do(cmd.Escalate("marketing"))
    with pytest.raises(
        IllegalTransition, match="several open escalations, name one; there is: legal"
    ):
        story.do(cmd.AcceptEscalation())
    story.do(cmd.AcceptEscalation(to="marketing"))
    assert [offer.to for offer in story.case.escalation.offers] == ["legal"]
    with pytest.raises(IllegalTransition, match="no open escalation to fraud"):
        story.do(cmd.AcceptEscalation(to="fraud"))


def test_what_is_done_needs_nobody():
    """Solving withdraws every offer; nothing of it expires, and it cannot be accepted."""
    story = Story()
    story.do(cmd.Escalate("L2"))
    story.do(cmd.Solve())
    assert story.wait(timedelta(days=9)).sweep() == []
    for command in (cmd.Escalate("L2"), cmd.AcceptEscalation(), cmd.ReturnEscalation()):
        with pytest.raises(IllegalTransition, match="case c1 is solved"):
            story.do(command)


def test_there_is_nobody_above_the_top():
    """Who asks for more than there is hears it."""
    story = Story()
    story.do(cmd.Escalate("L3"))
    story.do(cmd.AcceptEscalation())
    with pytest.raises(IllegalTransition, match="is at L3, and no level is above that"):
        story.do(cmd.Escalate("next"))
    with pytest.raises(
        NotFound, match=r"'L4' is not declared .* there is: L1, L2, L3, legal, mark"
    ):
        story.do(cmd.Escalate("L4"))


def test_a_policy_without_levels_offers_nothing():
    """A desk that declares nobody says so, instead of escalating into the void."""
    story = Story(policy=Policy())
    with pytest.raises(NotFound, match="there is: none"):
        story.do(cmd.Escalate("L2"))


def test_a_rule_must_ask_somebody_who_is_declared():
    """A slip in a policy is found when it is made, not when the rule fires."""
    with pytest.raises(ValueError, match="rule 'r' asks 'L2', which is not declared"):
        EscalationPolicy(rules=(EscalationRule(name="r", on="message", to="L2"),))


def test_what_was_offered_goes_along_when_cases_are_merged():
    """No escalation is lost in a merge: it stands for as long as it would have."""
    story, other = Story(), Story()
    (offered,) = story.do(cmd.Escalate("legal"))
    story.do(cmd.Escalate("L2"))
    other.do(cmd.Escalate("L3"))
    request = Request(by="agent:bo", because="the same", at=FRIDAY + HOUR, policy=POLICY)
    target = evolve_all(other.case, take_along(story.case, other.case, request))
    assert [(o.number, o.to) for o in target.escalation.offers] == [(1, "L3"), (2, "legal")]
    assert target.escalation.offers[1].due == offered.due
    assert target.agent == "ana"
    assert take_along(story.case, target, request) == ()


@pytest.mark.parametrize("owner", [{"queue": "nowhere"}, {"acknowledge": HOUR, "calendar": "x"}])
def test_an_escalation_does_not_lead_nowhere(owner):
    """A queue or a calendar that is missing is found when the policy is made."""
    levels = (Owner(name="L1", level=1, **owner),)
    with pytest.raises(ValueError, match=r"L1 names '(nowhere|x)', which is not declared"):
        Policy(escalation=EscalationPolicy(levels=levels))


steps = st.lists(
    st.one_of(
        st.sampled_from(["L1", "L2", "L3", "legal", "marketing", "next"]).map(cmd.Escalate),
        st.tuples(
            st.sampled_from(["L2", "L3", "legal", "marketing"]),
            st.sampled_from([None, "ana", "bo", "cai"]),
        ).map(lambda pair: cmd.AcceptEscalation(*pair)),
        st.sampled_from([None, "L2", "legal"]).map(cmd.ReturnEscalation),
        st.integers(1, 300),
    ),
    max_size=15,
)


@given(steps=steps)
def test_whatever_people_do_there_is_one_owner_and_an_end(steps):
    """Any order of steps leaves one agent who may have the case, and a ladder with an end."""
    story = Story()
    for step in steps:
        if isinstance(step, int):
            story.wait(step * MINUTE).sweep()
            continue
        try:
            story.do(step)
        except (IllegalTransition, NotPermitted):
            continue
        case = story.case
        assert case.agent is None or POLICY.agents[case.agent].level >= case.level
        numbers = [o.number for o in (*case.escalation.offers, *case.escalation.accepted)]
        assert len(numbers) == len(set(numbers))
    story.wait(timedelta(days=30)).sweep()
    assert next_expiry(story.case) is None
    assert evolve(fold(story.log[:-1]), story.log[-1]) == story.case
