"""The order of work, who may take what, and what an assignment says about itself."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scskit.core.agent import Agent, Team
from scskit.core.calendar import Calendar
from scskit.core.case import PRIORITIES
from scskit.core.choosing import Match, Rules, choose_agent, choose_case
from scskit.core.policy import Policy
from scskit.core.refusal import Refusal
from scskit.core.roster import AgentState, Worker, barred, make_worker
from scskit.core.skills import SkillNeed, required, strictest
from scskit.core.waiting import Lane, Waiting, lane, rank, work_class
from scskit.core.why import LONGEST_LIST, RuledOut, group
from scskit.core.work_policy import WorkPolicy

START = datetime(2026, 3, 2, 9, tzinfo=UTC)  # a Monday
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
PLAIN = WorkPolicy(aging=None, promote_after=None)


def waiting(name="c1", **known):
    return Waiting(**({"id": name, "queue": "care", "queued_at": START} | known))


def worker(name="ana", **known):
    return Worker(agent=Agent(name=name, **known))


def order(cases, now=START + HOUR, policy=PLAIN):
    return [one.id for one in sorted(cases, key=lambda one: rank(one, now, policy))]


def test_priority_goes_before_the_due_instant_and_that_before_age():
    """Work is taken by priority; among equals by what is due first; without that, by age."""
    cases = [
        waiting("old", priority="P3", queued_at=START - HOUR),
        waiting("new", priority="P3"),
        waiting("late", priority="P2", due_at=START + 3 * HOUR),
        waiting("soon", priority="P2", due_at=START + 2 * HOUR),
        waiting("first", priority="P1"),
    ]
    assert order(cases) == ["first", "soon", "late", "old", "new"]


def test_what_is_due_goes_before_what_is_not_due_at_all():
    """Where nothing was promised, nothing is late."""
    cases = [waiting("free", queued_at=START - HOUR), waiting("due", due_at=START + 9 * HOUR)]
    assert order(cases) == ["due", "free"]


def test_waiting_raises_a_priority_step_by_step_up_to_the_highest():
    """Aging counts whole stretches: one step for each, and P1 is the end."""
    policy = WorkPolicy(aging=HOUR, promote_after=None)
    case = waiting(priority="P4")
    classes = [work_class(case, START + n * 30 * MINUTE, policy) for n in range(9)]
    assert classes == [4, 4, 3, 3, 2, 2, 1, 1, 1]


@given(
    st.lists(
        st.builds(
            waiting,
            st.integers(0, 10_000).map("c{}".format),
            priority=st.sampled_from(PRIORITIES),
            queued_at=st.integers(0, 300).map(lambda n: START - n * MINUTE),
            due_at=st.none() | st.integers(-300, 300).map(lambda n: START + n * MINUTE),
        ),
        max_size=20,
    )
)
def test_whoever_waited_longer_than_the_cap_goes_first_and_the_oldest_before_the_others(cases):
    """No priority and no deadline of others keeps a case waiting for ever."""
    policy = WorkPolicy(promote_after=2 * HOUR)
    ordered = sorted(cases, key=lambda one: rank(one, START, policy))
    promoted = [one for one in ordered if START - one.queued_at >= 2 * HOUR]
    assert ordered[: len(promoted)] == promoted
    assert promoted == sorted(promoted, key=lambda one: (one.queued_at, one.id))


def test_a_soft_skill_is_insisted_on_for_its_time_and_then_only_preferred():
    """A case waits for the specialist as long as it was told to, and not a second longer."""
    needs = (SkillNeed("es"), SkillNeed("vip", 10 * MINUTE))
    assert required(needs, 10 * MINUTE - timedelta(seconds=1)) == ("es", "vip")
    assert required(needs, 10 * MINUTE) == ("es",)
    both = [worker("ana"), Worker(agent=Agent(name="ben"), skills=frozenset({"vip"}))]
    later = Rules(policy=PLAIN, queues={}, now=START + HOUR)
    match = choose_agent(waiting(skills=needs[1:]), both, (), later)
    assert match.worker.name == "ben"


def test_of_two_demands_for_one_skill_the_stricter_holds():
    """A rule cannot soften what the queue insists on."""
    soft, softer, hard = SkillNeed("es", MINUTE), SkillNeed("es", HOUR), SkillNeed("es")
    assert strictest([soft, softer]) == (softer,)
    assert strictest([softer, hard, soft]) == (hard,)


@pytest.mark.parametrize(
    ("agent", "code"),
    [
        (worker(), None),
        (Worker(agent=Agent(name="ana"), presence="away"), "away"),
        (Worker(agent=Agent(name="ana"), presence="offline"), "offline"),
        (Worker(agent=Agent(name="ana"), on_shift=False), "off_shift"),
    ],
)
def test_only_who_is_online_and_on_shift_gets_work(agent, code):
    """Presence and working hours both count."""
    assert barred(agent, Lane("care", 1, (), 1.0), None, {}) == code


def test_what_an_agent_may_not_take_is_named():
    """Team, level and skills are checked, and the first that is missing is said."""
    able = Worker(agent=Agent(name="ana", level=2, teams=("care",)), skills=frozenset({"es"}))
    expired = Worker(agent=Agent(name="ben"), expired=frozenset({"es"}))
    case = Lane("care", 2, ("es",), 1.0)
    assert barred(able, case, "care", {}) is None
    assert barred(able, case, "legal", {}) == "team"
    assert barred(worker(), case, None, {}) == "level"
    assert barred(worker(level=3), case, None, {}) == "skill:es"
    assert barred(expired, Lane("care", 1, ("es",), 1.0), None, {}) == "expired:es"


def test_on_a_desk_without_agents_only_presence_and_capacity_count():
    """Whoever declares nobody is not asked for teams, levels and skills."""
    stranger = Worker(agent=Agent(name="ana"), checked=False)
    assert barred(stranger, Lane("care", 3, ("es",), 1.0), "care", {}) is None


def test_a_certified_skill_holds_through_its_last_date_where_the_agent_works():
    """A certificate ends with a date, and a date ends at the agent's midnight."""
    agent = Agent(
        name="ana", skills=("fraud",), certified_until={"fraud": date(2026, 3, 2)}, calendar="mx"
    )
    policy = Policy(
        agents={"ana": agent},
        calendars={"mx": Calendar.of("America/Mexico_City", {"mon": ["00:00-24:00"]})},
    )
    state = AgentState(name="ana", presence="online")
    midnight = datetime(2026, 3, 3, 6, tzinfo=UTC)
    assert make_worker(agent, state, policy, midnight - MINUTE).skills == {"fraud"}
    assert make_worker(agent, state, policy, midnight).skills == frozenset()
    assert make_worker(agent, state, policy, midnight).expired == {"fraud"}


def test_an_agent_works_by_the_own_calendar_or_else_by_those_of_the_teams():
    """Off shift is off shift, whatever the agent says."""
    calendars = {
        "early": Calendar.of("UTC", {"mon": ["06:00-10:00"]}),
        "late": Calendar.of("UTC", {"mon": ["10:00-14:00"]}),
    }
    teams = {"a": Team(name="a", calendar="early"), "b": Team(name="b", calendar="late")}
    policy = Policy(calendars=calendars, teams=teams)

    def shift(**known):
        state = AgentState(name="ana", presence="online")
        agent = Agent(name="ana", **known)
        made = [make_worker(agent, state, policy, START + n * HOUR) for n in (0, 2, 6)]
        return [one.on_shift for one in made]

    assert shift() == [True, True, True]
    assert shift(teams=("a",)) == [True, False, False]
    assert shift(teams=("a", "b")) == [True, True, False]
    assert shift(teams=("a", "b"), calendar="late") == [False, True, False]


def test_fractions_of_capacity_add_up_to_the_whole():
    """Ten cases that weigh a tenth fill what one case does, not a hair more or less."""
    state = AgentState(name="ana", presence="online", weights=(0.1,) * 9)
    agent = Agent(name="ana", capacity=1)
    made = make_worker(agent, state, Policy(), START)
    assert made.fits(0.1)
    made.load += 0.1
    assert not made.fits(0.1)


def test_the_weight_of_a_channel_is_the_most_precise_that_is_given():
    """Network and visibility together go before each of them alone."""
    policy = WorkPolicy(weights={"twitter/public": 0.25, "twitter": 2.0, "public": 0.5})
    found = [
        policy.weight(*channel)
        for channel in [
            ("twitter", "public"),
            ("twitter", "private"),
            ("facebook", "public"),
            ("facebook", "private"),
        ]
    ]
    assert found == [0.25, 2.0, 0.5, 1.0]


def test_a_case_that_comes_back_waits_for_its_last_agent_but_not_for_long():
    """Who knows the matter comes first, until the time is up, and only if he or she is there."""
    case = waiting(last_agent="ben", last_agent_at=START - HOUR)
    ana, ben = worker("ana"), worker("ben")
    policy = WorkPolicy(sticky_for=10 * MINUTE)

    def taken(now, who):
        rules = Rules(policy=policy, queues={}, now=now)
        found = choose_case(ana, [case], {one.name: one for one in (ana, who)}, rules)
        return found.waiting.id if isinstance(found, Match) else found

    soon, late = START + 9 * MINUTE, START + 10 * MINUTE
    assert taken(soon, ben) == (RuledOut("kept", 1, ("c1",)),)
    assert taken(late, ben) == "c1"
    assert taken(soon, Worker(agent=Agent(name="ben"), presence="offline")) == "c1"
    assert taken(soon, Worker(agent=Agent(name="ben"), on_shift=False)) == "c1"
    assert barred(ben, lane(case, soon, policy), None, {"ben": ben}) is None


def test_a_last_agent_of_long_ago_is_forgotten():
    """A case is kept for whoever still remembers it."""
    case = waiting(last_agent="ben", last_agent_at=START - 8 * timedelta(days=1))
    assert lane(case, START, WorkPolicy()).kept_for is None


def test_who_declined_a_case_does_not_get_it_again_at_once():
    """An agent who says no is not asked the same question for a while."""
    case = waiting(refusals=(Refusal("ana", START),))
    policy = WorkPolicy(refused_for=30 * MINUTE)
    before, after = (START + n * MINUTE for n in (29, 30))
    assert barred(worker(), lane(case, before, policy), None, {}) == "refused"
    assert barred(worker(), lane(case, after, policy), None, {}) is None


def test_pushed_work_goes_to_who_has_least_to_do_for_the_capacity():
    """Two of ten is less than one of two."""
    busy, free = worker("ana", capacity=2), worker("ben", capacity=10)
    busy.load, free.load = 1.0, 2.0
    match = choose_agent(waiting(), [busy, free], (), Rules(policy=PLAIN, queues={}, now=START))
    assert match.worker.name == "ben"


def test_among_equals_nobody_is_always_first():
    """A tie is not decided by the alphabet."""
    agents = [worker(name) for name in ("ana", "ben", "eva")]
    rules = Rules(policy=PLAIN, queues={}, now=START)
    chosen = {choose_agent(waiting(f"c{n}"), agents, (), rules).worker.name for n in range(30)}
    assert chosen == {"ana", "ben", "eva"}


def test_reasons_stay_small_however_many_agents_there_are():
    """Of five hundred agents with the same flaw, some are named and the others counted."""
    found = group([("level", f"a{n:03}") for n in range(500)] + [("full", "ana")])
    assert found[0] == RuledOut("full", 1, ("ana",))
    assert (found[1].count, len(found[1].names)) == (500, LONGEST_LIST)


def test_the_place_in_the_order_is_said_in_words():
    """Whoever reads the log sees why this case came first."""
    now = START + 5 * HOUR
    rules = Rules(policy=WorkPolicy(aging=4 * HOUR), queues={}, now=now)
    case = waiting(priority="P3", due_at=START + 8 * HOUR)
    match = choose_case(worker(), [case], {}, rules)
    assert match.why.place == "P3, counted as P2, due 2026-03-02 17:00:00Z, waited 5:00:00"
    old = choose_case(worker(), [waiting(queued_at=START - timedelta(days=1))], {}, rules)
    assert old.why.place.startswith("waited 1 day, 5:00:00: longer than 1 day, 0:00:00")
