"""Priority, engagement, reasons: what the policy says, and which of its lines wins."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scskit.core.case import PRIORITIES
from scskit.core.engagement import Engagement, choose_engagement
from scskit.core.match import Facts, When
from scskit.core.policy import (
    DEFAULT_MATRIX,
    RATINGS,
    Addition,
    EngagementRule,
    Policy,
    PriorityPolicy,
    Reason,
    ReasonTree,
    RoutingRule,
)
from scskit.core.priority import decide_priority
from scskit.core.routing import choose_queue
from scskit.core.sla import SlaTargets
from scskit.core.triage import Label, best, join

ALWAYS = When()
TREE = ReasonTree(
    {
        "billing": Reason(
            id="billing", impact="high", urgency="low", max_resolution=timedelta(days=3)
        ),
        "billing.refund": Reason(id="billing.refund", urgency="high"),
        "billing.refund.late": Reason(id="billing.refund.late", priority="P4", severity="S1"),
        "praise": Reason(id="praise"),
    }
)


def facts(**known):
    return Facts(
        account="acme",
        network="twitter",
        purpose="care",
        visibility="public",
        kind="post",
        **known,
    )


@given(
    st.sampled_from(PRIORITIES),
    st.lists(st.integers(-5, 5).filter(bool), max_size=6),
)
def test_additions_stop_at_the_highest_and_lowest_priority(default, steps):
    """However many reasons there are to hurry or to wait, a priority is P1 to P4."""
    additions = tuple(
        Addition(name=f"a{number}", when=ALWAYS, steps=step) for number, step in enumerate(steps)
    )
    policy = Policy(priority=PriorityPolicy(default=default, additions=additions))
    expected = PRIORITIES.index(default)
    for step in steps:
        expected = min(max(expected - step, 0), 3)
    priority, why = decide_priority(policy, facts())
    assert priority == PRIORITIES[expected]
    assert len(why) == 1 + len(steps)


def test_each_step_to_a_priority_is_told():
    """An agent can read why a case is P1, line by line."""
    vip = Addition(name="VIP", when=When(tier=("vip",)), steps=1)
    crowd = Addition(name="wide reach", when=When(followers_min=10_000), steps=2)
    policy = Policy(reasons=TREE, priority=PriorityPolicy(additions=(vip, crowd)))
    priority, why = decide_priority(policy, facts(reason="billing", tier="vip", followers=10_000))
    assert priority == "P1"
    assert why == (
        "priority P3 from impact high and urgency low of billing",
        "priority +1 step for VIP: now P2",
        "priority +2 step for wide reach: now P1",
    )


def test_an_addition_that_does_not_apply_leaves_no_trace():
    """The explanation holds what counted and nothing else."""
    vip = Addition(name="VIP", when=When(tier=("vip",)))
    policy = Policy(priority=PriorityPolicy(additions=(vip,)))
    assert decide_priority(policy, facts()) == ("P3", ("priority P3 by default",))


def test_a_reasons_own_priority_beats_the_matrix():
    """What somebody wrote down for a reason is not recalculated."""
    priority, why = decide_priority(Policy(reasons=TREE), facts(reason="billing.refund.late"))
    assert (priority, why) == ("P4", ("priority P4 set by reason billing.refund.late",))


def test_impact_and_urgency_may_come_from_different_ancestors():
    """A reason needs to say only where it differs from the one above it."""
    priority, _ = decide_priority(Policy(reasons=TREE), facts(reason="billing.refund"))
    assert priority == DEFAULT_MATRIX["high/high"] == "P1"


def test_impact_alone_does_not_make_a_priority():
    """Without urgency the matrix has no answer, and the default holds."""
    tree = ReasonTree({"a": Reason(id="a", impact="high")})
    policy = Policy(reasons=tree, priority=PriorityPolicy(default="P2"))
    assert decide_priority(policy, facts(reason="a"))[0] == "P2"


def test_the_default_matrix_answers_every_question():
    """No combination of impact and urgency is left without a priority."""
    assert set(DEFAULT_MATRIX) == {f"{i}/{u}" for i in RATINGS for u in RATINGS}


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("billing.refund.late", (timedelta(days=3), "billing")),
        ("billing.unheard.of", (timedelta(days=3), "billing")),
        ("praise", (None, None)),
        ("unheard", (None, None)),
        ("", (None, None)),
        (None, (None, None)),
    ],
)
def test_what_a_reason_leaves_out_its_nearest_ancestor_says(reason, expected):
    """Values are inherited down the tree, also by reasons that were taken out of it since."""
    assert TREE.nearest(reason, "max_resolution") == expected
    assert TREE.max_resolution(reason) == expected[0]


def test_the_nearest_ancestor_wins_over_those_above():
    """A more specific reason overrides a more general one."""
    assert TREE.nearest("billing.refund.late", "urgency") == ("high", "billing.refund")


@pytest.mark.parametrize("kind", ["monitor", "forward", "dismiss"])
@pytest.mark.parametrize("code", [None, ""])
def test_not_answering_needs_a_code(kind, code):
    """Nobody can be left without an answer without a reason on record."""
    with pytest.raises(ValueError, match=f"engagement '{kind}' needs a code"):
        Engagement(kind=kind, code=code, queue="legal")


def test_a_forward_needs_to_know_where_to():
    """A forwarded case never ends up nowhere."""
    with pytest.raises(ValueError, match="needs the queue it goes to"):
        Engagement(kind="forward", code="legal")
    assert Engagement(kind="forward", code="legal", queue="legal").queue == "legal"


def test_answering_needs_no_code():
    """Answering is the rule and explains itself."""
    assert Engagement(kind="answer").code is None


def test_the_first_rule_that_holds_wins():
    """Rules are read from top to bottom, as they stand in the desk file."""
    none = EngagementRule(name="noise", when=When(noise=("*",)), then="dismiss", code="noise")
    wide = EngagementRule(name="marketing", when=ALWAYS, then="monitor", code="marketing")
    policy = Policy(
        engagement=(none, wide),
        routing=(
            RoutingRule(name="vip", when=When(tier=("vip",)), queue="vip"),
            RoutingRule(name="rest", when=ALWAYS, queue="inbox"),
        ),
    )
    assert choose_engagement(policy, facts(noise="troll")).rule == "noise"
    assert choose_engagement(policy, facts()).rule == "marketing"
    assert choose_queue(policy, facts(tier="vip")).queue == "vip"
    assert choose_queue(policy, facts()).queue == "inbox"
    assert choose_engagement(Policy(), facts()) is None
    assert choose_queue(Policy(), facts()) is None


@pytest.mark.parametrize("name", ["first_response", "next_response", "resolution"])
@pytest.mark.parametrize("value", [timedelta(0), timedelta(seconds=-1)])
def test_a_target_of_nothing_is_refused(name, value):
    """A target that is breached before it begins is a mistake in the policy."""
    with pytest.raises(ValueError, match=f"the {name} target must be longer than nothing"):
        SlaTargets(**{name: value})


def test_the_most_confident_label_counts_and_the_earlier_among_equals():
    """Several classifiers lead to one answer, always the same."""
    labels = (
        Label("reason", "a", "p1", 0.4),
        Label("reason", "b", "p2", 0.9),
        Label("reason", "c", "p3", 0.9),
        Label("language", "es", "p1"),
    )
    assert best(labels, "reason").value == "b"
    assert best(labels, "reason", {"a": 1, "c": 1}).value == "c"
    assert best(labels, "reason", {}) is None
    assert best((), "reason") is None


def test_labels_of_all_classifiers_are_joined_message_by_message():
    """Each message keeps its own labels, in the classifiers' order."""
    x, y, z = (Label("k", value, "p") for value in "xyz")
    assert join([[[x], []], [[y], [z]]], 2) == [(x, y), (z,)]
    assert join([], 2) == [(), ()]


def test_equal_policies_have_one_version_and_different_ones_two():
    """The version on a decision names exactly one set of rules."""
    assert Policy(reasons=TREE).version == Policy(reasons=ReasonTree(dict(TREE.nodes))).version
    assert Policy(reasons=TREE).version != Policy().version
    assert Policy(tenant="a").version != Policy(tenant="b").version
