"""Every hook, asked through the registry, answered by a plugin as a stranger would write it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from attrs import evolve

from scskit.core.agent import Queue
from scskit.core.errors import HookFailed, LoadFailed, NameConflict, RetryLater
from scskit.plugins import (
    Assignment,
    Connector,
    ConnectorSpec,
    CrmSyncSpec,
    CustomerMatch,
    DeliveryReceipt,
    Draft,
    Engagement,
    Label,
    SlaTargets,
    Violation,
    hookimpl,
)
from scskit.plugins.registry import load_registry

QUEUES = {"inbox": Queue(name="inbox"), "cards": Queue(name="cards")}


class Panic(BaseException):
    """What goes wrong in libraries that are written in another language."""


def plugin(hook, answer, name="stranger"):
    """Make a plugin whose one hook answers, or raises, ``answer``; it takes no arguments."""

    def function():
        if isinstance(answer, BaseException):
            raise answer
        return answer

    function.__name__ = hook
    made = type(name, (), {hook: staticmethod(hookimpl(function)), "name": name})
    return made()


def registry(*plugins):
    return load_registry(plugins, discover=False)


class Acme(Connector):
    """A network that takes webhooks and nothing else."""

    def verify(self, _):
        """Trust everybody."""

    def parse(self, _):
        """Understand nothing."""
        return ()


def acme(name="acme", capabilities=("webhook",)):
    return ConnectorSpec(name=name, connector=Acme(), capabilities=capabilities)


def test_scskit_connectors():
    """A plugin makes its connector from its own settings, and the desk finds it by name."""

    class Plugin:
        @hookimpl
        def scskit_connectors(self, settings):
            yield acme(settings["acme"]["name"])

    found = load_registry([Plugin()], settings={"acme": {"name": "acme-eu"}}, discover=False)
    assert found.connectors["acme-eu"].network == "acme-eu"


def test_scskit_connectors_that_cannot_do_what_they_declare():
    """A connector without the methods that its capabilities need is refused at opening."""
    with pytest.raises(LoadFailed, match=r"'acme' declares what it cannot do without send\(\)"):
        registry(plugin("scskit_connectors", [acme(capabilities=["reply_public"])]))


def test_scskit_connectors_of_one_name():
    """Two connectors of one name never hide each other: the second is refused."""
    first = plugin("scskit_connectors", [acme()], "first")
    second = plugin("scskit_connectors", [acme()], "second")
    with pytest.raises(NameConflict, match=r"'second'.*connector name 'acme'.*'first'"):
        registry(first, second)


def test_scskit_crm_syncs():
    """A CRM sync is found by name."""
    sync = CrmSyncSpec(name="our-crm", sync=object())
    assert registry(plugin("scskit_crm_syncs", [sync])).crm_syncs == {"our-crm": sync}


def test_scskit_identify(identity):
    """The plugin that knows a customer is heard, whoever else failed or did not know."""
    match = CustomerMatch(crm_id="42", evidence="handle on file")
    found = registry(
        plugin("scskit_identify", match, "crm"),
        plugin("scskit_identify", ConnectionError("crm is down"), "broken"),
        plugin("scskit_identify", None, "silent"),
    )
    assert found.identify(identity) == match
    assert [failure.plugin for failure in found.failures] == ["broken"]


def test_scskit_classify(message):
    """All classifiers see the whole batch, and their labels come together per message."""

    class Model:
        @hookimpl
        def scskit_classify(self, interactions):
            return [[Label("length", str(len(m.text)), "model")] for m in interactions]

    other = plugin("scskit_classify", [(Label("x", "1", "o"),), ()], "other")
    labels, failures = registry(Model(), other).classify([message("ab"), message("abc")])
    values = [[label.value for label in of_one] for of_one in labels]
    assert (values, failures) == ([["1", "2"], ["3"]], ())


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ([()], "ValueError: answered for 1 of 2 messages"),
        ([None, None], "TypeError: answered something other than a list or tuple of labels"),
        ([["es"], ["en"]], "TypeError: answered with something other than Label"),
        (iter([(), ()]), "TypeError: answered list_iterator"),
        ([(Label("mood", None, "x"),), ()], "TypeError: answered a label with something other"),
        ([(Label("mood", "a\0", "x"),), ()], "ValueError: answered a label with characters"),
        ([(Label("mood", "\ud800", "x"),), ()], "ValueError: answered a label with characters"),
        ([(Label("mood", "good", "x", float("nan")),), ()], "ValueError: answered a label with a"),
        (OSError("no model"), "OSError: no model"),
        (SystemExit(1), "SystemExit: 1"),
        (Panic("a library in another language"), "Panic: a library in another language"),
    ],
)
def test_scskit_classify_gone_wrong(message, answer, problem):
    """A classifier that raises or answers nonsense costs its own labels and is reported."""
    good = plugin("scskit_classify", [(Label("x", "1", "good"),)] * 2, "good")
    bad = plugin("scskit_classify", answer, "bad")
    labels, failures = registry(good, bad).classify([message(), message()])
    assert [[label.source for label in of_one] for of_one in labels] == [["good"], ["good"]]
    assert len(failures) == 1
    assert failures[0].startswith(f"bad: scskit_classify failed: {problem}")


@pytest.mark.parametrize("end", [KeyboardInterrupt, GeneratorExit])
def test_what_ends_the_process_is_no_plugins_affair(message, end):
    """Whoever interrupts a process means all of it, also while a plugin is at work."""
    with pytest.raises(end):
        registry(plugin("scskit_classify", end(), "busy")).classify([message()])


def test_scskit_engage(message, identity):
    """The first plugin with an opinion decides, and its name is on the decision."""
    monitor = Engagement(kind="monitor", code="partner")
    found = registry(
        plugin("scskit_engage", monitor, "partners"), plugin("scskit_engage", None, "silent")
    )
    decided = found.engage(message(), (), identity)
    assert (decided.kind, decided.source) == ("monitor", "partners")


def test_scskit_match_case(message, case):
    """A plugin names one of the candidates."""
    assert registry(plugin("scskit_match_case", "c1")).match_case(message(), [case]) == "c1"


@pytest.mark.parametrize("answer", ["c2", [], RuntimeError("lost")])
def test_scskit_match_case_gone_wrong(message, case, answer):
    """A message is never attached to a case that was not a candidate: the caller is told."""
    with pytest.raises(HookFailed, match="stranger: scskit_match_case failed"):
        registry(plugin("scskit_match_case", answer)).match_case(message(), [case])


def test_scskit_route(message, case):
    """A plugin chooses a queue; one that names an unknown queue is passed over and reported."""
    found = registry(
        plugin("scskit_route", Assignment(queue="cards", rule="its own"), "good"),
        plugin("scskit_route", Assignment(queue="crads"), "misspelt"),
    )
    with found.collecting() as failures:
        assignment = found.route(case, (), QUEUES, message())
    assert assignment == Assignment(queue="cards", rule="its own", source="good")
    assert "queue 'crads', which is not declared; cards is" in failures[0]


def test_scskit_sla(case):
    """A plugin sets targets, and its name is on them."""
    targets = SlaTargets(first_response=timedelta(minutes=5))
    decided = registry(plugin("scskit_sla", targets, "contracts")).sla(case, ())
    assert (decided.first_response, decided.source) == (timedelta(minutes=5), "contracts")


def test_scskit_suggest_reply(case, draft):
    """Suggestions of all plugins come together, signed; one that fails suggests nothing."""

    class HalfWay:
        @hookimpl
        def scskit_suggest_reply(self, case):
            yield Draft(case_id=case.id, text="first")
            raise RuntimeError

    found = registry(plugin("scskit_suggest_reply", [draft]), HalfWay())
    assert found.suggest_reply(case) == (evolve(draft, by="stranger"),)


def test_scskit_check_reply(draft, case, now):
    """Everything that speaks against a reply is said at once."""
    first = plugin("scskit_check_reply", [Violation("promise", "No promises.", "a")], "a")
    second = plugin("scskit_check_reply", [Violation("card", "No card numbers.", "b")], "b")
    violations = registry(first, second).check_reply(draft, case, now)
    assert {violation.code for violation in violations} == {"promise", "card"}


@pytest.mark.parametrize("answer", [RuntimeError("no lists"), ["no good"], True])
def test_scskit_check_reply_gone_wrong(draft, case, now, answer):
    """A check that could not be made blocks the reply."""
    violations = registry(plugin("scskit_check_reply", answer)).check_reply(draft, case, now)
    assert [violation.code for violation in violations] == ["check_failed"]
    assert "stranger: scskit_check_reply failed" in str(violations[0])


def test_scskit_deliver(outbound):
    """A dry run delivers instead of the connector; a wrapper sees what came of it."""
    seen = []

    class Tracing:
        @hookimpl(wrapper=True)
        def scskit_deliver(self, outbound):
            receipt = yield
            seen.append((outbound.id, receipt))
            return receipt

    receipt = DeliveryReceipt(external_id="dry-o1")
    found = registry(Tracing(), plugin("scskit_deliver", receipt))
    assert found.deliver(outbound, acme()) == receipt
    assert seen == [("o1", receipt)]


def test_scskit_deliver_told_to_wait(outbound):
    """What a plugin says about a failed attempt reaches the outbox, through every wrapper."""

    class Tracing:
        @hookimpl(wrapper=True)
        def scskit_deliver(self):
            return (yield)

    found = registry(plugin("scskit_deliver", RetryLater("slow down", 30)), Tracing())
    with pytest.raises(RetryLater) as caught:
        found.deliver(outbound, acme())
    assert caught.value.retry_after == 30
    assert [failure.plugin for failure in found.failures] == ["stranger"]


@pytest.mark.parametrize("answer", [ValueError("oops"), "sent"])
def test_scskit_deliver_gone_wrong(outbound, answer):
    """Any other failure counts as a failed attempt."""
    with pytest.raises(HookFailed, match="stranger: scskit_deliver failed"):
        registry(plugin("scskit_deliver", answer)).deliver(outbound, acme())


def test_scskit_deliver_with_a_failing_wrapper(outbound):
    """A wrapper that fails is named like everybody else."""

    class Tracing:
        @hookimpl(wrapper=True)
        def scskit_deliver(self):
            yield
            raise ValueError("tracer")

    with pytest.raises(HookFailed, match="Tracing: scskit_deliver failed: ValueError: tracer"):
        registry(Tracing()).deliver(outbound, acme())


@pytest.mark.parametrize("yields", [0, 2])
def test_scskit_deliver_with_a_wrapper_that_yields_never_or_twice(outbound, yields):
    """A wrapper that breaks the rules of wrappers is a failed attempt too."""

    class Tracing:
        @hookimpl(wrapper=True)
        def scskit_deliver(self):
            for _ in range(yields):
                yield

    with pytest.raises(HookFailed, match="scskit_deliver failed"):
        registry(Tracing()).deliver(outbound, acme())


def test_scskit_deliver_code(caplog):
    """The first who delivers it has; what another one raises is not repeated: it may hold it."""
    sent = []

    class Texting:
        @hookimpl
        def scskit_deliver_code(self, to, code):
            sent.append((to, code))
            return True

    found = registry(Texting(), plugin("scskit_deliver_code", OSError("no route for 012345")))
    assert found.deliver_code(None, "+34600", "012345") is True
    assert sent == [("+34600", "012345")]
    assert found.failures[0].error == "OSError"
    assert "012345" not in caplog.text
    assert registry().deliver_code(None, "+34600", "012345") is False


def test_scskit_verify_identity(caplog):
    """Who knows the method answers; nobody's answer is no answer, and errors are not repeated."""
    fails = plugin("scskit_verify_identity", ValueError("bad answer: secret"), "fails")
    found = registry(fails, plugin("scskit_verify_identity", answer=False, name="says no"))
    assert found.verify_identity(None, "secret") is False
    assert "secret" not in caplog.text
    assert registry(fails).verify_identity(None, "secret") is None
    assert registry().verify_identity(None, "secret") is None


def test_scskit_on_events():
    """Every observer is told, whoever failed before it."""
    seen = []

    class Observer:
        @hookimpl
        def scskit_on_events(self, events):
            seen.extend(events)

    found = registry(Observer(), plugin("scskit_on_events", OSError("socket")))
    found.notify(["event"])
    assert seen == ["event"]
    assert found.failures[0].error == "OSError: socket"
