"""Agents and their work through the desk, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from attrs import evolve
from sqlalchemy import text

from scskit import Account, IllegalTransition, NotFound, NotPermitted, Policy, StoreError
from scskit.core import events as ev
from scskit.core.agent import Agent, Queue, Team
from scskit.core.calendar import Calendar
from scskit.core.match import When
from scskit.core.policy import EngagementRule, RoutingRule
from scskit.core.routing import Assignment
from scskit.core.skills import SkillNeed
from scskit.core.why import RuledOut
from scskit.core.work_events import CaseOffered, OfferDeclined, OfferExpired
from scskit.core.work_policy import WorkPolicy
from scskit.testing import START, SequentialIds
from scskit.testing.builders import brand_reply, direct_message, message

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
POLICY = Policy(
    accounts={"twitter.acme": Account(id="twitter.acme", network="twitter", handle="acme")},
    agents={
        "ana": Agent(name="ana", teams=("care",), skills=("lang:es",), level=2, capacity=3),
        "ben": Agent(name="ben", teams=("care",), capacity=2),
        "eva": Agent(name="eva", teams=("legal",), capacity=2),
    },
    teams={"care": Team(name="care"), "legal": Team(name="legal")},
    queues={
        "inbox": Queue(name="inbox", team="care"),
        "legal": Queue(name="legal", team="legal"),
        "spanish": Queue(name="spanish", team="care", skills=(SkillNeed("lang:es"),)),
    },
    default_queue="inbox",
    routing=(
        RoutingRule(name="law", when=When(words=("lawyer",)), queue="legal"),
        RoutingRule(name="spanish", when=When(words=("hola",)), queue="spanish"),
    ),
)


def pushing(policy=POLICY, **queue):
    queues = {**policy.queues, "inbox": evolve(policy.queues["inbox"], work="push", **queue)}
    return evolve(policy, queues=queues)


def opened(desk, text="Hello", **known):
    """Let a customer write, and return the id of the case that follows."""
    return desk.ingest([message(text, by=f"p{next(NUMBERS)}", **known)]).outcomes[0].case_id


NUMBERS = iter(range(1, 100_000))


def flaws(desk):
    return desk._services.store.verify().problems  # noqa: SLF001  as ``scskit verify`` does


def last(desk, case_id, kind=ev.CaseAssigned):
    return [r.event for r in desk.cases.log(case_id) if isinstance(r.event, kind)][-1]


# Pull.


def test_an_agent_who_asks_gets_the_oldest_case_of_the_team(open_here):
    """Asking for work makes the case the agent's own, and open."""
    desk = open_here(POLICY)
    first, _ = opened(desk), opened(desk)
    case = desk.work.pull("ana")
    assert (case.id, case.agent, case.state) == (first, "ana", "open")
    assert desk.cases.get(first) == case
    assert flaws(desk) == []


def test_whoever_has_no_capacity_left_gets_nothing_until_a_case_is_done(open_here):
    """Capacity comes from the cases themselves: nothing has to be kept in step with them."""
    desk = open_here(POLICY)
    for _ in range(4):
        opened(desk)
    held = [desk.work.pull("ben") for _ in range(3)]
    assert held[2] is None
    assert desk.work.look("ben").ruled_out == (RuledOut("full", 2, tuple(left(desk))),)
    desk.cases.solve(held[0].id, by="agent:ben", because="done")
    assert desk.work.pull("ben").agent == "ben"


def left(desk):
    return sorted(case.id for case in desk.work.waiting())


def test_a_case_that_waits_for_the_customer_takes_no_capacity(open_here):
    """An answered case leaves room for the next one."""
    desk = open_here(POLICY)
    question = message("Hello", by="ana1")
    desk.ingest([question, message("Hello", by="ana2"), message("Hello", by="ana3")])
    desk.work.pull("ben")
    desk.work.pull("ben")
    assert desk.work.look("ben").load == 2
    desk.ingest([brand_reply(question)])
    assert desk.work.look("ben").load == 1


def test_a_public_comment_can_weigh_less_than_a_private_chat(open_here):
    """Capacity is weighed by channel."""
    work = WorkPolicy(weights={"public": 0.5, "private": 1.0})
    desk = open_here(evolve(POLICY, work=work))
    for number in range(4):
        opened(desk)
        desk.ingest([direct_message("Hi", by=f"d{number}")])
    held = [case for case in (desk.work.pull("ben") for _ in range(8)) if case]
    assert [case.visibility for case in held] == ["public", "private", "public"]
    assert desk.work.look("ben").load == 2.0


def test_teams_skills_and_levels_decide_what_an_agent_gets(open_here):
    """Nobody gets what he or she may not take, and the log says what stood in the way."""
    desk = open_here(POLICY)
    law, spanish, plain = opened(desk, "My lawyer"), opened(desk, "hola"), opened(desk)
    case = desk.work.pull("ben")
    assert case.id == plain
    assert last(desk, plain).why.ruled_out == (RuledOut("skill:lang:es", 1, (spanish,)),)
    assert desk.work.pull("eva").id == law
    assert desk.work.pull("ana").id == spanish


def test_a_soft_skill_gives_way_after_its_time(open_here, clock):
    """Nobody waits for ever for a specialist who does not come."""
    need = SkillNeed("lang:es", 10 * MINUTE)
    policy = evolve(POLICY, queues={"inbox": Queue(name="inbox", skills=(need,))}, routing=())
    desk = open_here(policy)
    case_id = opened(desk)
    assert desk.work.pull("ben") is None
    clock.advance(10 * MINUTE)
    assert desk.work.pull("ben").id == case_id


def test_a_routing_rule_can_ask_for_skills(open_here):
    """What a rule asks for is added to what the queue does."""
    rule = RoutingRule(name="r", when=When(), queue="spanish", skills=(SkillNeed("fraud"),))
    desk = open_here(evolve(POLICY, routing=(rule,)))
    case = desk.cases.get(opened(desk))
    assert case.skills == (SkillNeed("fraud"), SkillNeed("lang:es"))
    assert flaws(desk) == []


def test_a_plugin_that_routes_can_ask_for_skills(open_here, hooks):
    """What a plugin asks for is kept with its decision; nonsense is the plugin's failure."""
    hooks.route = lambda _case, _queues: Assignment(queue="legal", skills=["fraud"])
    desk = open_here(POLICY, plugins=[hooks])
    case = desk.cases.get(opened(desk))
    assert (case.queue, case.skills) == ("legal", (SkillNeed("fraud"),))
    for nonsense in ("fraud", [7], [""]):
        hooks.route = lambda _case, _queues, n=nonsense: Assignment(queue="legal", skills=n)
        assert desk.cases.get(opened(desk)).queue == "inbox"


def test_priority_goes_before_age_and_the_cap_before_priority(open_here, clock):
    """What is urgent comes first, until something has waited too long."""
    desk = open_here(POLICY)
    old = opened(desk)
    clock.advance(HOUR)
    urgent = opened(desk)
    desk.cases.set_priority(urgent, "P1", by="agent:ana", because="it burns")
    assert [case.id for case in desk.work.waiting()] == [urgent, old]
    clock.advance(23 * HOUR)
    assert [case.id for case in desk.work.waiting()] == [old, urgent]
    assert desk.work.pull("ana").id == old


def test_waiting_raises_the_priority(open_here, clock):
    """A case of lower priority overtakes newer ones above it after some hours."""
    desk = open_here(POLICY)
    low = opened(desk)
    desk.cases.set_priority(low, "P4", by="agent:ana", because="no hurry")
    clock.advance(4 * HOUR)
    opened(desk)
    assert desk.work.pull("ana").id == low
    assert last(desk, low).why.place == "P4, counted as P3, waited 4:00:00"


def bury(desk, clock):
    """Let a plain urgent case stand behind five that need a skill, and a plain one far behind."""
    law = [opened(desk, "fraud!") for _ in range(5)]
    clock.advance(MINUTE)
    plain, low = opened(desk), opened(desk)
    for case_id in (*law, plain):
        desk.cases.set_priority(case_id, "P1", by="agent:eva", because="urgent")
    return plain, low


FRAUD = RoutingRule(
    name="fraud", when=When(words=("fraud",)), queue="inbox", skills=(SkillNeed("fraud"),)
)


def test_nobody_is_overlooked_behind_cases_that_the_agent_may_not_take(open_here, clock):
    """However much of the queue an agent cannot take, the next that he can is the right one."""
    desk = open_here(evolve(POLICY, routing=(FRAUD,)))
    plain, low = bury(desk, clock)
    assert desk.work.pull("ben").id == plain
    assert desk.work.pull("ben").id == low


def test_nobody_is_overlooked_when_work_is_pushed_in_small_parts(open_here, clock, monkeypatch):
    """What one transaction does not see is not passed over by it."""
    monkeypatch.setattr("scskit.desk.work._BATCH", 2)
    agents = {**POLICY.agents, "ben": evolve(POLICY.agents["ben"], capacity=1)}
    desk = open_here(pushing(evolve(POLICY, agents=agents, routing=(FRAUD,))))
    plain, low = bury(desk, clock)
    desk.work.set_presence("ben", "online")
    assert owners(desk, [plain, low]) == ["ben", None]


def test_a_case_that_somebody_is_deciding_about_holds_up_nobody(open_here, database_url):
    """Whoever asks for work gets the next case, and does not wait for a lock."""
    if database_url.startswith("sqlite"):
        pytest.skip("SQLite has one writer: there is nobody to wait for")
    desk = open_here(POLICY)
    first, second = opened(desk), opened(desk)
    engine = desk._services.store.database.engine  # noqa: SLF001  the host's own
    lock = text("SELECT id FROM scs_case WHERE tenant = :tenant AND id = :id FOR UPDATE")
    with ThreadPoolExecutor(1) as pool, engine.begin() as connection:
        connection.execute(lock, {"tenant": desk.tenant, "id": first})
        asking = pool.submit(desk.work.pull, "ben")
        try:
            case = asking.result(timeout=10)
        finally:
            connection.rollback()  # or the pool would wait for ever
    assert case.id == second


def test_work_that_is_watched_only_is_given_to_nobody(open_here):
    """A case that the brand does not answer waits for nobody."""
    watch = EngagementRule(name="w", when=When(), then="monitor", code="watched")
    desk = open_here(evolve(POLICY, engagement=(watch,)))
    opened(desk)
    assert desk.work.pull("ana") is None
    assert desk.work.waiting() == []


def test_who_is_away_or_off_shift_gets_nothing(open_here, clock):
    """Presence and working hours hold for whoever asks as well."""
    hours = Calendar.of("UTC", {day: ["08:00-16:00"] for day in ("mon", "tue")})
    teams = {"care": Team(name="care", calendar="day"), "legal": Team(name="legal")}
    desk = open_here(evolve(POLICY, calendars={"day": hours}, teams=teams))
    opened(desk)
    desk.work.set_presence("ana", "away")
    clock.jump_to(START.replace(hour=12))
    assert desk.work.pull("ana") is None
    desk.work.set_presence("ana", "online")
    clock.jump_to(START.replace(hour=16))
    assert desk.work.pull("ana") is None
    assert desk.work.look("ana").on_shift is False
    clock.jump_to(START.replace(day=START.day + 1, hour=8))
    assert desk.work.pull("ana").agent == "ana"


def test_on_a_desk_without_agents_anybody_may_ask(desk):
    """The smallest desk needs no declarations to hand out work."""
    case_id = opened(desk)
    assert desk.work.pull("whoever").id == case_id


def test_an_agent_or_presence_that_does_not_exist_is_refused(open_here):
    """A slip in a name is said, not obeyed."""
    desk = open_here(POLICY)
    for call in (
        lambda: desk.work.pull("anna"),
        lambda: desk.work.set_presence("anna", "online"),
        lambda: desk.work.set_presence("ana", "asleep"),
        lambda: desk.work.look("anna"),
    ):
        with pytest.raises(NotFound):
            call()


def test_a_case_that_comes_back_waits_for_its_last_agent(open_here, clock):
    """Who knows the matter gets it back, if he or she is there."""
    desk = open_here(POLICY)
    case_id = opened(desk)
    desk.work.pull("ana")
    desk.work.set_presence("ana", "online")
    desk.cases.assign(case_id, None, by="agent:ana", because="lunch")
    assert desk.work.pull("ben") is None
    assert desk.work.look("ben").ruled_out == (RuledOut("kept", 1, (case_id,)),)
    assert desk.work.pull("ana").id == case_id
    assert last(desk, case_id).why.rule == "last agent"
    desk.cases.assign(case_id, None, by="agent:ana", because="enough")
    clock.advance(HOUR)
    assert desk.work.pull("ben").id == case_id


def test_who_comes_back_after_a_closed_case_meets_the_same_agent(open_here):
    """The new case of a returning customer remembers who had the old one."""
    desk = open_here(POLICY)
    desk.ingest([direct_message("Hi", by="pat")])
    case = desk.work.pull("ana")
    desk.cases.solve(case.id, by="agent:ana", because="done")
    desk.cases.close(case.id, by="agent:ana", because="done")
    desk.ingest([direct_message("Again", by="pat", posted_at=START + MINUTE)])
    again = desk.cases.find().cases[0]
    assert (again.id != case.id, again.last_agent) == (True, "ana")
    assert flaws(desk) == []


# Presence, taking over, giving back.


def test_a_colleague_takes_over_from_whoever_is_absent(open_here):
    """A customer does not wait for somebody's holidays to end; but nothing is taken from hands."""
    desk = open_here(POLICY)
    case_id = opened(desk)
    desk.work.pull("ana")
    desk.work.set_presence("ana", "online")
    with pytest.raises(NotPermitted, match="ana, who is online"):
        desk.work.take_over(case_id, "ben", because="I can")
    desk.work.set_presence("ana", "offline")
    with pytest.raises(NotPermitted, match="team"):
        desk.work.take_over(case_id, "eva", because="I can")
    assert desk.work.take_over(case_id, "ben", because="ana is ill").agent == "ben"
    assert last(desk, case_id).why.rule == "takeover from ana"


def test_only_what_somebody_has_can_be_taken_over(open_here):
    """A waiting case is pulled, not taken over."""
    desk = open_here(POLICY)
    with pytest.raises(IllegalTransition, match="nobody to take it over from"):
        desk.work.take_over(opened(desk), "ben", because="I can")


def test_released_cases_keep_their_age(open_here, clock):
    """Whoever is released goes back to where he or she stood, not to the end."""
    desk = open_here(POLICY)
    first = opened(desk)
    desk.work.pull("ana")
    clock.advance(HOUR)
    second = opened(desk)
    clock.advance(HOUR)
    released = desk.work.release("ana", by="agent:eva", because="ill")
    assert [case.id for case in released] == [first]
    assert [case.id for case in desk.work.waiting()] == [first, second]
    assert flaws(desk) == []


def test_an_answered_case_that_is_released_begins_to_wait_anew(open_here, clock):
    """The age of a case is how long the customer waits, not how old the matter is."""
    desk = open_here(POLICY)
    question = direct_message("Hi", by="pat")
    desk.ingest([question])
    case = desk.work.pull("ana")
    clock.advance(HOUR)
    desk.ingest([brand_reply(question, posted_at=clock.now())])
    desk.cases.resume(case.id, by="agent:ana", because="wait, there is more")
    clock.advance(HOUR)
    (released,) = desk.work.release("ana", by="agent:eva", because="ill")
    assert released.queued_at == clock.now()


def test_who_stays_offline_loses_active_cases_at_the_promised_instant(open_here, clock):
    """However late somebody looks, the log says when the case went back, and it does once."""
    desk = open_here(evolve(POLICY, work=WorkPolicy(takeover_after=15 * MINUTE)))
    case_id = opened(desk)
    desk.work.pull("ana")
    gone = clock.now()
    desk.work.set_presence("ana", "offline")
    desk.work.set_presence("ana", "offline")
    assert desk.work.next_change() == gone + 15 * MINUTE
    clock.advance(14 * MINUTE)
    desk.run_due()
    assert desk.cases.get(case_id).agent == "ana"
    clock.advance(HOUR)
    desk.run_due()
    desk.run_due()
    event = last(desk, case_id)
    assert (event.agent, event.at) == (None, gone + 15 * MINUTE)
    assert desk.work.next_change() is None
    assert flaws(desk) == []


def test_whoever_is_split_off_or_merged_keeps_the_oldest_wait(open_here, clock):
    """Putting cases in order costs nobody a place in the queue."""
    desk = open_here(POLICY)
    first = direct_message("Hi", by="pat")
    desk.ingest([first, direct_message("And my bill?", by="pat", posted_at=START + MINUTE)])
    old = desk.cases.find().cases[0]
    clock.advance(HOUR)
    second = desk.cases.interactions(old.id)[1].id
    split = desk.cases.split(old.id, [second], by="agent:ana", because="another matter")
    assert split.queued_at == START + MINUTE
    clock.advance(HOUR)
    new = opened(desk, posted_at=clock.now())
    merged = desk.cases.merge(split.id, new, by="agent:ana", because="the same matter after all")
    assert merged.queued_at == START + MINUTE
    assert flaws(desk) == []


# Push and offers.


def test_pushed_work_comes_to_whoever_is_online(open_here):
    """A queue that pushes needs nobody to ask, but somebody to be there."""
    desk = open_here(pushing())
    case_id = opened(desk)
    assert desk.cases.get(case_id).agent is None
    desk.work.set_presence("ben", "online")
    assert desk.cases.get(case_id).agent == "ben"
    why = last(desk, case_id).why
    assert (why.rule, why.considered) == ("push", 3)
    assert why.ruled_out == (RuledOut("offline", 2, ("ana", "eva")),)


def test_the_queue_drains_by_itself_when_somebody_becomes_free(open_here):
    """New work, a solved case and a case that waits each give the next one away."""
    desk = open_here(pushing())
    desk.work.set_presence("ben", "online")
    held = [opened(desk) for _ in range(5)]
    assert owners(desk, held) == ["ben", "ben", None, None, None]
    desk.cases.solve(held[0], by="agent:ben", because="done")
    desk.cases.wait(held[1], by="agent:ben", because="asked back")
    assert owners(desk, held) == ["ben", "ben", "ben", "ben", None]
    desk.work.set_presence("ana", "online")
    assert owners(desk, held)[-1] == "ana"


def owners(desk, cases):
    return [desk.cases.get(case_id).agent for case_id in cases]


def test_an_offer_reserves_capacity_until_it_is_answered(open_here):
    """Nobody is offered more than he or she could accept."""
    desk = open_here(pushing(offer_for=2 * MINUTE))
    desk.work.set_presence("ben", "online")
    cases = [opened(desk) for _ in range(3)]
    assert [desk.cases.get(c).offered_to for c in cases] == ["ben", "ben", None]
    assert owners(desk, cases) == [None, None, None]
    taken = desk.work.accept(cases[0], "ben")
    assert (taken.agent, taken.state, taken.offered_to) == ("ben", "open", None)
    assert desk.work.look("ben").load == 2.0
    assert flaws(desk) == []


def test_declined_work_keeps_its_age_and_goes_to_somebody_else(open_here, clock):
    """A no costs the customer nothing, and is not asked again at once."""
    desk = open_here(pushing(offer_for=2 * MINUTE))
    desk.work.set_presence("ben", "online")
    case_id = opened(desk)
    since = desk.cases.get(case_id).queued_at
    clock.advance(MINUTE)
    case = desk.work.decline(case_id, "ben", because="I know the customer")
    assert (case.offered_to, case.queued_at) == (None, since)
    assert desk.cases.get(case_id).offered_to is None
    desk.work.set_presence("ana", "online")
    assert desk.cases.get(case_id).offered_to == "ana"
    assert last(desk, case_id, CaseOffered).why.ruled_out[-1].code == "refused"
    assert last(desk, case_id, OfferDeclined).because == "I know the customer"
    assert flaws(desk) == []


def test_an_offer_ends_at_its_instant(open_here, clock):
    """At the very instant the time is up, the offer is gone."""
    desk = open_here(pushing(offer_for=2 * MINUTE))
    desk.work.set_presence("ben", "online")
    case_id = opened(desk)
    clock.advance(2 * MINUTE)
    with pytest.raises(IllegalTransition, match="ended at"):
        desk.work.accept(case_id, "ben")
    with pytest.raises(IllegalTransition, match="nothing to accept"):
        desk.work.accept(case_id, "ana")


def test_an_offer_that_nobody_answers_goes_to_somebody_else(open_here, clock):
    """An offer expires at its instant, however late the sweep, and the next one gets the case."""
    desk = open_here(pushing(offer_for=2 * MINUTE))
    desk.work.set_presence("ben", "online")
    case_id = opened(desk)
    assert desk.next_due() == clock.now() + 2 * MINUTE
    ends = desk.next_due()
    clock.jump_to(ends + HOUR)
    desk.run_due()
    assert last(desk, case_id, OfferExpired).at == ends
    assert desk.cases.get(case_id).offered_to == "ben"  # so long after, it is no refusal any more
    desk.work.set_presence("ana", "online")
    clock.advance(2 * MINUTE)
    desk.run_due()
    assert desk.cases.get(case_id).offered_to == "ana"
    assert last(desk, case_id, CaseOffered).why.ruled_out[-1].code == "refused"
    assert flaws(desk) == []


def test_a_case_can_be_offered_by_hand(open_here, clock):
    """A supervisor asks one agent, who may take it or not; nobody else gets it meanwhile."""
    desk = open_here(POLICY)
    case_id = opened(desk)
    until = clock.now() + HOUR
    case = desk.work.offer(case_id, "ana", until=until, by="agent:eva", because="yours")
    assert (case.offered_to, case.offer_until) == ("ana", until)
    assert desk.work.pull("ben") is None
    with pytest.raises(IllegalTransition, match="offered to ana"):
        desk.work.offer(case_id, "ben", until=until, by="agent:eva", because="or yours")
    assert desk.work.accept(case_id, "ana").agent == "ana"


def test_nobody_is_offered_what_he_or_she_may_not_take(open_here, clock):
    """An offer by hand is bound by the same rules."""
    desk = open_here(POLICY)
    until = clock.now() + HOUR
    with pytest.raises(NotPermitted, match=r"eva cannot take case .*: team"):
        desk.work.offer(opened(desk), "eva", until=until, by="agent:ana", because="try")


def test_time_alone_can_bring_work_that_is_pushed(open_here, clock):
    """A host that asks when to call again is told of skills that are relaxed and shifts begun."""
    need = SkillNeed("lang:es", 10 * MINUTE)
    desk = open_here(pushing(skills=(need,)))
    assert desk.work.next_change() is None
    case_id = opened(desk)
    desk.work.set_presence("ben", "online")
    assert desk.cases.get(case_id).agent is None
    clock.jump_to(desk.work.next_change())
    assert [case.id for case in desk.work.push()] == [case_id]


def test_a_shift_that_begins_brings_work(open_here, clock):
    """Who is online before the shift gets work when it begins."""
    hours = Calendar.of("UTC", {"tue": ["08:00-16:00"]})
    teams = {"care": Team(name="care", calendar="day"), "legal": Team(name="legal")}
    desk = open_here(pushing(evolve(POLICY, calendars={"day": hours}, teams=teams)))
    case_id = opened(desk)
    desk.work.set_presence("ben", "online")
    while desk.cases.get(case_id).agent is None:
        clock.jump_to(desk.next_due())
        desk.run_due()
    assert clock.now() == START.replace(day=START.day + 1, hour=8, minute=0)


def test_more_work_than_one_transaction_gives_out_is_given_out_all_the_same(open_here):
    """A backlog drains to the last case that somebody has capacity for."""
    policy = pushing()
    agents = {**policy.agents, "ben": evolve(policy.agents["ben"], capacity=550)}
    desk = open_here(evolve(policy, agents=agents))
    desk.ingest([message(f"hola {n}" if n % 2 else "Hi", by=f"b{n}") for n in range(1200)])
    desk.work.set_presence("ben", "online")
    assert desk.work.look("ben").load == 550
    assert len(desk.work.push()) == 0
    assert flaws(desk) == []


# By hand, and at the same time.


def test_by_hand_an_agent_can_get_more_than_the_capacity_but_it_is_noted(open_here):
    """People may overrule the limit, and the log says that they did."""
    desk = open_here(POLICY)
    cases = [opened(desk) for _ in range(3)]
    for case_id in cases:
        desk.cases.assign(case_id, "ben", by="agent:ana", because="urgent")
    assert [last(desk, c).over_capacity for c in cases] == [False, False, True]


def test_messages_stay_stored_when_nothing_can_be_handed_out(open_here, monkeypatch, caplog):
    """Handing out work comes after the commit: its failure is told, and loses nothing."""
    desk = open_here(pushing())

    def fail(_):
        message = "the database went away"
        raise StoreError(message)

    monkeypatch.setattr(desk.work, "push", lambda: fail(None))
    with caplog.at_level("WARNING", logger="scskit"):
        assert desk.cases.get(opened(desk)).agent is None
    assert "no work was handed out" in caplog.text


def test_inside_the_hosts_transaction_nothing_is_pushed_by_itself(open_here):
    """What the host may roll back is given to nobody; afterwards it is."""
    desk = open_here(pushing())
    desk.work.set_presence("ben", "online")
    engine = desk._services.store.database.engine  # noqa: SLF001  the host's own
    with engine.begin() as connection:
        bound = desk.within(connection)
        case_id = opened(bound)
        assert bound.cases.get(case_id).agent is None
    desk.run_due()
    assert desk.cases.get(case_id).agent == "ben"


def test_a_dry_look_changes_nothing(open_here):
    """Looking shows what asking would give, and gives nothing."""
    desk = open_here(POLICY)
    case_id = opened(desk)
    outlook = desk.work.look("ana")
    assert (outlook.next_case, outlook.presence, outlook.load) == (case_id, None, 0.0)
    assert desk.cases.get(case_id).agent is None


def test_two_agents_who_ask_at_once_never_get_the_same_case(open_here):
    """Every case has one owner and nobody more than the capacity, however many ask."""
    policy = evolve(
        POLICY, agents={f"a{n}": Agent(name=f"a{n}", teams=("care",), capacity=7) for n in range(4)}
    )
    desk = open_here(policy)
    others = [open_here(policy, ids=SequentialIds(n + 10)) for n in range(1, 4)]
    desk.ingest([message("Hi", by=f"c{n}") for n in range(40)])

    def ask(number):
        here = [desk, *others][number % 4]
        return [here.work.pull(f"a{number % 4}") for _ in range(5)]

    with ThreadPoolExecutor(8) as pool:
        got = [case for cases in pool.map(ask, range(8)) for case in cases if case]
    assert len({case.id for case in got}) == len(got) == 28
    assert [desk.work.look(f"a{n}").load for n in range(4)] == [7.0] * 4
    assert flaws(desk) == []


def test_several_processes_that_push_at_once_give_each_case_to_one_agent(open_here):
    """Whoever hands out work at the same time as others gives nothing twice and nobody too much."""
    agents = {f"a{n}": Agent(name=f"a{n}", teams=("care",), capacity=6) for n in range(4)}
    policy = pushing(evolve(POLICY, agents=agents))
    desks = [open_here(policy, ids=SequentialIds(n + 20)) for n in range(4)]
    desks[0].ingest([message("Hi", by=f"c{n}") for n in range(60)])
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: desks[n].work.set_presence(f"a{n}", "online"), range(4)))
        list(pool.map(lambda desk: desk.work.push(), desks))
    assert [desks[0].work.look(name).load for name in agents] == [6.0] * 4
    assigned = [
        recorded.event
        for recorded in desks[0].feed.read(limit=1000).events
        if isinstance(recorded.event, ev.CaseAssigned)
    ]
    assert len({event.case_id for event in assigned}) == len(assigned) == 24
    assert flaws(desks[0]) == []


def test_an_agent_who_asks_many_times_at_once_gets_no_more_than_the_capacity(open_here):
    """Impatient clicks do not add up."""
    desk = open_here(POLICY)
    desk.ingest([message("Hi", by=f"c{n}") for n in range(40)])
    with ThreadPoolExecutor(8) as pool:
        got = [case for case in pool.map(lambda _: desk.work.pull("ana"), range(24)) if case]
    assert len(got) == 3
    assert desk.work.look("ana").load == 3.0


def test_who_declines_a_case_that_was_kept_for_him_sets_it_free(open_here, clock):
    """A last agent who says no is the last agent no more."""
    desk = open_here(POLICY)
    case_id = opened(desk)
    desk.work.pull("ana")
    desk.work.set_presence("ana", "online")
    desk.cases.assign(case_id, None, by="agent:ana", because="lunch")
    until = clock.now() + HOUR
    desk.work.offer(case_id, "ana", until=until, by="agent:eva", because="yours")
    assert desk.work.decline(case_id, "ana", because="no").last_agent is None
    assert desk.work.pull("ben").id == case_id


def test_the_same_messages_and_questions_give_the_same_assignments(open_here):
    """What happened can be played again, and ends the same."""

    def play(number):
        desk = open_here(pushing(), tenant=f"played-{number}-{next(NUMBERS)}", ids=SequentialIds(0))
        desk.work.set_presence("ana", "online")
        desk.work.set_presence("ben", "online")
        desk.ingest([message("Hi", by=f"s{n}", external_id=f"x{n}") for n in range(9)])
        desk.cases.solve(desk.cases.find(agent="ana").cases[0].id, by="agent:ana", because="done")
        return [
            (r.event.case_id, r.event.agent, r.event.why)
            for r in desk.feed.read(limit=1000).events
            if isinstance(r.event, ev.CaseAssigned)
        ]

    assert play(1) == play(2)
