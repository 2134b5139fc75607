"""What is decided about a message, and that every decision can be explained afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest
from attrs import evolve

from scskit import Label
from scskit.core.engagement import Engagement
from scskit.core.match import When
from scskit.core.policy import Addition, EngagementRule, PriorityPolicy, RoutingRule
from scskit.core.routing import Assignment
from scskit.testing import START, message


def only(events, type_):
    (event,) = [event for event in events if event.type == type_]
    return event


def opened(desk, *items):
    """Take in items and return the first one's case."""
    return desk.cases.get(desk.ingest(items).cases[0])


def test_a_case_says_what_it_is_about_why_and_where_it_waits(open_here, policy, logged):
    """From the first message on a case has a reason, a priority and a queue, each explained."""
    desk = open_here(policy)
    case = opened(desk, message("I want a refund for this invoice, it is wrong"))
    assert case.reason in {"billing", "billing.refund"}
    assert (case.queue, case.team) == ("billing", "team-billing")
    triaged, routed = logged(desk, case, 2)
    assert triaged.why[0].startswith(f"reason {case.reason} by ")
    assert triaged.why[1] == "engagement answer by default: answer all"
    assert triaged.why[2].startswith("priority ")
    assert (routed.rule, routed.source) == ("money", "rules")
    assert triaged.policy_version == routed.policy_version == desk.policy.version
    assert case.policy_version == desk.policy.version


def test_without_any_rule_a_case_waits_in_the_default_queue(desk, logged):
    """Nothing is left lying where nobody looks."""
    case = opened(desk, message("hello"))
    routed = only(logged(desk, case), "case_routed")
    assert (case.queue, routed.source) == (desk.policy.default_queue, "default")


def test_what_the_source_knows_is_believed(open_here, policy):
    """A form that asks for the reason does not have to be guessed."""
    desk = open_here(policy)
    case = opened(desk, message("hello", labels={"reason": "billing.refund", "sentiment": "sad"}))
    assert (case.reason, case.priority, case.sentiment) == ("billing.refund", "P1", "sad")


def test_a_reason_that_the_tree_does_not_have_is_passed_over(open_here, policy, hooks):
    """No classifier can put a case under a reason that nobody works on."""
    stars = Label("reason", "astrology", "stars", 1.0)
    hooks.classify = lambda messages: [[stars] for _ in messages]
    desk = open_here(policy, plugins=[hooks])
    assert opened(desk, message("hello there")).reason is None


def test_a_later_message_that_tells_the_reason_triages_and_routes_the_case(
    open_here, policy, logged
):
    """Who says hello first and what it is about later still gets to the right people."""
    desk = open_here(policy)
    case = opened(desk, message("Hello!", thread="t"))
    assert (case.reason, case.queue) == (None, "inbox")
    desk.ingest([message("My invoice is wrong", thread="t")])
    after = desk.cases.get(case.id)
    assert (after.reason, after.queue, after.team) == ("billing", "billing", "team-billing")
    assert [event.type for event in logged(desk, after, case.version)] == [
        "interaction_added",
        "case_triaged",
        "case_routed",
    ]


def test_a_reason_that_is_known_is_not_decided_again(open_here, policy):
    """A case does not change its subject with every word."""
    desk = open_here(policy)
    case = opened(desk, message("My invoice is wrong", thread="t"))
    desk.ingest([message("and where is my parcel?", thread="t")])
    assert desk.cases.get(case.id).reason == "billing"


def test_a_case_that_somebody_holds_is_not_taken_away_by_its_reason(open_here, policy):
    """An agent keeps what he works on, whatever it turns out to be about."""
    desk = open_here(policy)
    case = opened(desk, message("Hello!", thread="t"))
    desk.cases.assign(case.id, "ana", by="agent:ana", because="mine")
    desk.ingest([message("My invoice is wrong", thread="t")])
    after = desk.cases.get(case.id)
    assert (after.reason, after.queue, after.agent) == ("billing", "inbox", "ana")


def test_a_priority_set_by_hand_is_kept(open_here, policy, logged):
    """What a person decided, no later message decides otherwise."""
    desk = open_here(policy)
    case = opened(desk, message("Hello!", thread="t"))
    desk.cases.set_priority(case.id, "P1", by="agent:ana", because="the mayor")
    desk.ingest([message("My invoice is wrong", thread="t")])
    after = desk.cases.get(case.id)
    assert (after.reason, after.priority) == ("billing", "P1")
    triaged = only(logged(desk, after, case.version), "case_triaged")
    assert triaged.why[-1] == "priority P1 kept: set by hand"


def test_a_reason_taken_away_by_hand_stays_away(open_here, policy):
    """Who says that a case has no reason is not contradicted by the next message."""
    desk = open_here(policy)
    case = opened(desk, message("My invoice is wrong", thread="t"))
    desk.cases.set_reason(case.id, None, by="agent:ana", because="it is about something else")
    desk.ingest([message("the invoice, you know", thread="t")])
    assert desk.cases.get(case.id).reason is None


def test_a_queue_chosen_by_hand_is_kept(open_here, policy):
    """Where a person has put a case, it stays."""
    desk = open_here(policy)
    case = opened(desk, message("Hello!", thread="t"))
    desk.cases.route(case.id, "legal", by="agent:ana", because="a lawyer writes")
    desk.ingest([message("My invoice is wrong", thread="t")])
    assert desk.cases.get(case.id).queue == "legal"


RULES = (
    EngagementRule(name="robots", when=When(words=("robot",)), then="dismiss", code="noise.bot"),
    EngagementRule(name="press", when=When(words=("press",)), then="monitor", code="press"),
    EngagementRule(
        name="lawyers", when=When(words=("lawyer",)), then="forward", code="legal", queue="legal"
    ),
)


@pytest.fixture
def strict(policy):
    """Give a policy that does not answer everybody."""
    return evolve(policy, engagement=RULES)


def test_what_is_not_answered_says_so_with_a_code(open_here, strict, logged):
    """Everybody who gets no answer gets none for a reason that is on record."""
    desk = open_here(strict)
    texts = ("a robot", "the press", "my lawyer", "a person")
    robot, press, lawyer, person = (
        desk.cases.get(o.case_id)
        for o in desk.ingest(message(text, by=text) for text in texts).outcomes
    )
    told = [
        (case.state, case.engagement, case.engagement_code, case.queue)
        for case in (robot, press, lawyer, person)
    ]
    assert told == [
        ("dismissed", "dismiss", "noise.bot", None),
        ("new", "monitor", "press", "inbox"),
        ("new", "forward", "legal", "legal"),
        ("new", "answer", None, "inbox"),
    ]
    dismissed = only(logged(desk, robot), "state_changed")
    assert (dismissed.by, dismissed.because, dismissed.code) == (
        "system:engagement",
        "robots",
        "noise.bot",
    )
    routed = only(logged(desk, lawyer), "case_routed")
    assert (routed.rule, routed.source) == ("lawyers", "rules")


def test_a_plugin_decides_before_the_rules(open_here, strict, hooks, logged):
    """A company's own code may know better than its desk file, and signs what it decides."""
    hooks.engage = lambda *_: Engagement(kind="monitor", code="partner", rule="partner list")
    desk = open_here(strict, plugins=[hooks])
    case = opened(desk, message("my lawyer"))
    assert (case.engagement, case.engagement_code) == ("monitor", "partner")
    assert any("partner list" in line for line in only(logged(desk, case), "case_triaged").why)


def test_a_forward_to_nowhere_is_answered_instead_and_says_so(open_here, strict, hooks, logged):
    """A plugin's mistake never lets a customer disappear."""
    hooks.engage = lambda *_: Engagement(kind="forward", code="x", queue="moon")
    desk = open_here(strict, plugins=[hooks])
    case = opened(desk, message("hello"))
    assert (case.engagement, case.queue) == ("answer", "inbox")
    assert any(
        "forwards to 'moon', no such queue" in line
        for line in only(logged(desk, case), "case_triaged").why
    )


def test_a_plugin_that_fails_to_engage_is_named_in_the_decision(open_here, policy, hooks, logged):
    """Without the plugin's word the brand answers, and the case says why."""
    hooks.engage = lambda *_: 1 / 0
    desk = open_here(policy, plugins=[hooks])
    case = opened(desk, message("hello"))
    assert case.engagement == "answer"
    why = only(logged(desk, case), "case_triaged").why
    assert any("scskit_engage failed: ZeroDivisionError" in line for line in why)


def test_a_plugin_that_fails_to_route_is_named_in_the_decision(open_here, hooks, logged):
    """Without the plugin's word the case waits in the default queue, and says why."""
    hooks.route = lambda *_: 1 / 0
    desk = open_here(plugins=[hooks])
    case = opened(desk, message("hello"))
    routed = only(logged(desk, case), "case_routed")
    assert (case.queue, routed.source) == ("inbox", "default")
    assert "scskit_route failed: ZeroDivisionError" in routed.rule


def test_a_plugin_that_failed_is_named_even_where_a_rule_decided(open_here, policy, hooks, logged):
    """A decision names everything that had a part in it."""
    hooks.route = lambda *_: 1 / 0
    hooks.engage = lambda *_: 1 / 0
    monitor = EngagementRule(name="all", when=When(), then="monitor", code="m")
    desk = open_here(evolve(policy, engagement=(monitor,)), plugins=[hooks])
    case = opened(desk, message("my invoice"))
    assert (case.queue, case.engagement) == ("billing", "monitor")
    assert "scskit_route failed" in only(logged(desk, case), "case_routed").rule
    why = only(logged(desk, case), "case_triaged").why
    assert any("scskit_engage failed" in line for line in why)


def test_a_plugin_chooses_among_declared_queues(open_here, policy, hooks, logged):
    """A queue that nobody works cannot swallow a case."""
    hooks.route = lambda *_: Assignment(queue="legal", rule="by hand of code")
    desk = open_here(policy, plugins=[hooks])
    case = opened(desk, message("my invoice"))
    routed = only(logged(desk, case), "case_routed")
    assert (case.queue, routed.rule) == ("legal", "by hand of code")
    hooks.route = lambda *_: Assignment(queue="moon")
    assert opened(desk, message("my invoice")).queue == "billing"


def test_a_classifier_that_fails_leaves_the_message_without_its_labels(open_here, hooks, logged):
    """The message is taken in, and keeps with it that a classifier had nothing to say."""
    hooks.classify = lambda _: 1 / 0
    desk = open_here(plugins=[hooks])
    report = desk.ingest([message("hello", by="a"), message("hola", by="b")])
    assert report.counts["applied"] == 2
    for case_id in report.cases:
        labels = only(logged(desk, desk.cases.get(case_id)), "interaction_added").labels
        (failure,) = [label for label in labels if label.kind == "failure"]
        assert "scskit_classify failed: ZeroDivisionError" in failure.value
        assert failure.confidence == 0


def test_a_classifier_sees_the_whole_batch_at_once(open_here, hooks):
    """A model is asked once for many messages, and each gets its own labels."""
    calls = []

    def classify(messages):
        calls.append(len(messages))
        return [[Label("sentiment", m.text, "nlp", 0.9)] for m in messages]

    hooks.classify = classify
    desk = open_here(plugins=[hooks])
    report = desk.ingest(message(f"mood {n}", by=f"p{n}") for n in range(50))
    assert calls == [50]
    moods = [desk.cases.get(case).sentiment for case in report.cases]
    assert moods == [f"mood {n}" for n in range(50)]


def test_nobody_is_asked_about_what_is_known_already(open_here, hooks):
    """A delivery that repeats itself costs no model call."""
    calls = []
    hooks.classify = lambda messages: calls.append(len(messages)) or [[] for _ in messages]
    desk = open_here(plugins=[hooks])
    item = message()
    desk.ingest([item])
    desk.ingest([item])
    assert calls == [1]


def test_strings_of_plugins_that_no_database_keeps_cost_nobody_a_message(open_here, hooks):
    """Half a character in a plugin's explanation does not stop the desk."""
    hooks.route = lambda *_: Assignment(queue="inbox", rule="odd \ud800 rule\0")
    hooks.engage = lambda *_: Engagement(kind="monitor", code="c", rule="half \udfff")
    desk = open_here(plugins=[hooks])
    report = desk.ingest([message(by="a"), message(by="b")])
    assert report.counts["applied"] == 2
    assert desk.cases.log(report.cases[0])


def test_the_age_of_a_message_counts_in_rules(open_here, policy):
    """What waited long before it came to us can be put first."""
    old = Addition(name="old", when=When(age_min=timedelta(hours=2)), steps=2)
    slow = RoutingRule(name="late", when=When(age_min=timedelta(hours=2)), queue="legal")
    desk = open_here(evolve(policy, priority=PriorityPolicy(additions=(old,)), routing=(slow,)))
    fresh, late = (
        desk.cases.get(outcome.case_id)
        for outcome in desk.ingest(
            [message(by="a"), message(by="b", posted_at=START - timedelta(hours=2))]
        ).outcomes
    )
    assert (fresh.priority, fresh.queue) == ("P3", "inbox")
    assert (late.priority, late.queue) == ("P1", "legal")


def test_the_language_of_a_case_is_that_of_its_message(desk):
    """Whoever answers knows in which language."""
    case = opened(desk, message("¿Dónde está mi pedido? Lo espero desde hace una semana"))
    assert case.language == "es"
    assert opened(desk, message("Moin", language="de", by="nils")).language in {"de", None}
