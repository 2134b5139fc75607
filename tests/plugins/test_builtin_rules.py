"""The desk file's rules, as plugins behind the hooks that everybody has."""

from __future__ import annotations

from datetime import timedelta

import pytest
from attrs import evolve

from scskit.core.account import Account
from scskit.core.identity import Author
from scskit.core.match import When
from scskit.core.policy import EngagementRule, Policy, RoutingRule
from scskit.core.triage import Label
from scskit.plugins import Engagement, hookimpl
from scskit.plugins.builtin import builtin_plugins
from scskit.plugins.registry import load_registry


class At:
    """A clock that stands still."""

    def __init__(self, instant):
        """Take the instant."""
        self._instant = instant

    def now(self):
        """Return it."""
        return self._instant


def engage(when, **policy):
    rule = EngagementRule(name="the rule", when=when, then="dismiss", code="noise")
    return opened(Policy(engagement=(rule,), **policy))


def route(when):
    return opened(Policy(routing=(RoutingRule(name="the rule", when=when, queue="inbox"),)))


def opened(policy, *plugins, clock=None):
    return load_registry(plugins, builtins=builtin_plugins(policy, clock), discover=False)


def test_an_engagement_rule(message, identity):
    """The first rule that holds decides, and is named."""
    labels = (Label("noise", "troll", "x"),)
    decided = engage(When(noise=("*",))).engage(message(), labels, identity)
    assert decided == Engagement(kind="dismiss", code="noise", rule="the rule", source="rules")
    assert engage(When(noise=("*",))).engage(message(), (), identity) is None


@pytest.mark.parametrize(
    "when",
    [
        When(network=("acme",)),
        When(tier=("vip",)),
        When(words=("card",)),
        When(followers_min=100),
        When(account=("brand",), kind=("post",), visibility=("public",)),
    ],
)
def test_what_engagement_rules_can_ask(message, identity, when):
    """Rules see the network, the customer, the text and the reach, also of undeclared accounts."""
    asked = message(author=Author(external_id="u1", followers=500))
    assert engage(when).engage(asked, (), evolve(identity, tier="vip")) is not None


def test_a_declared_account_tells_its_purpose(message, identity):
    """A rule for marketing accounts holds for those alone."""
    marketing = {"brand": Account(id="brand", network="acme", purpose="marketing")}
    rule = When(purpose=("marketing",))
    assert engage(rule, accounts=marketing).engage(message(), (), identity)
    assert not engage(rule).engage(message(), (), identity)


def test_age_needs_a_clock(message, identity, now):
    """A rule about old messages holds by the desk's clock, and never without one."""
    rule = EngagementRule(
        name="old", when=When(age_min=timedelta(days=2)), then="dismiss", code="old"
    )
    policy = Policy(engagement=(rule,))
    later = At(now + timedelta(days=3))
    assert opened(policy, clock=later).engage(message(), (), identity).rule == "old"
    assert opened(policy).engage(message(), (), identity) is None


@pytest.mark.parametrize(
    "when",
    [
        When(reason=("cards.*",)),
        When(priority=("P1",)),
        When(contact_type=("complaint",), language=("es",), sentiment=("bad",)),
        When(tier=("vip",), visibility=("private",), engagement=("monitor",)),
        When(words=("card",), network=("acme",)),
        When(label={"campaign": ("spring",)}),
    ],
)
def test_what_routing_rules_can_ask(message, case, when):
    """Routing sees the case as it was decided, not what single classifiers said before."""
    decided = evolve(
        case,
        reason="cards.lost",
        priority="P1",
        contact_type="complaint",
        language="es",
        sentiment="bad",
        tier="vip",
        visibility="private",
        engagement="monitor",
    )
    labels = (Label("campaign", "spring", "given"), Label("reason", "billing", "x"))
    queues = {"inbox": object()}
    assignment = route(when).route(decided, labels, queues, message())
    assert (assignment.queue, assignment.rule, assignment.source) == ("inbox", "the rule", "rules")
    assert route(when).route(case, (), queues, message("hello")) is None or "words" in repr(when)


def test_strangers_are_asked_before_the_rules(message, identity):
    """A plugin can overrule the desk file's rules."""

    class Press:
        @hookimpl
        def scskit_engage(self):
            return Engagement(kind="answer", rule="press always gets an answer")

    rule = EngagementRule(name="all", when=When(), then="dismiss", code="x")
    found = opened(Policy(engagement=(rule,)), Press())
    assert found.engage(message(), (), identity).kind == "answer"


def test_without_rules_nothing_is_said(message, identity, case):
    """A desk without rules answers everything and uses its default queue."""
    found = opened(Policy())
    assert found.engage(message(), (), identity) is None
    assert found.route(case, (), {}, message()) is None
