"""Taking plugins in: what is refused, what is set aside, and in what order the rest is asked."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import textwrap
import threading
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType

import pytest

from scskit.core.errors import LoadFailed, NameConflict
from scskit.plugins import ConnectorSpec, CustomerMatch, Label, hookimpl
from scskit.plugins.registry import load_registry


class Silent:
    """A plugin that is in order and says nothing."""

    def __init__(self, name="silent"):
        """Take a name."""
        self.name = name

    @hookimpl
    def scskit_classify(self):
        """Say nothing."""


def with_hook(function, name="wrong"):
    """Make a plugin object from one function."""
    return type(name, (), {function.__name__: staticmethod(function)})()


def opened(*plugins, **given):
    return load_registry(plugins, discover=False, **given)


# -- what a plugin may not be ----------------------------------------------------------------


def misspelt():
    @hookimpl
    def scskit_clasify(interactions):
        return interactions

    return with_hook(scskit_clasify)


def unknown():
    @hookimpl
    def scskit_brew_coffee():
        return None

    return with_hook(scskit_brew_coffee)


def unmarked():
    def scskit_route(case):
        return case

    return with_hook(scskit_route)


def asynchronous():
    @hookimpl
    async def scskit_identify(identity):
        return identity

    return with_hook(scskit_identify)


def asynchronous_generator():
    @hookimpl
    async def scskit_on_events(events):
        yield events

    return with_hook(scskit_on_events)


def curious():
    @hookimpl
    def scskit_route(case, weather):
        return case, weather

    return with_hook(scskit_route)


def by_position():
    @hookimpl
    def scskit_route(case, /):
        return case

    return with_hook(scskit_route)


def wrapping():
    @hookimpl(wrapper=True)
    def scskit_route():
        return (yield)

    return with_hook(scskit_route)


def wrapping_in_the_old_way():
    @hookimpl(hookwrapper=True)
    def scskit_deliver():
        yield

    return with_hook(scskit_deliver)


def wrapping_without_yield():
    @hookimpl(wrapper=True)
    def scskit_deliver():
        return None

    return with_hook(scskit_deliver)


def a_class():
    return Silent


class Knows:
    """A plugin whose one hook asks for something."""

    @hookimpl
    def scskit_identify(self, identity):
        """Answer the question with itself."""
        return identity


MISTAKES = [
    (misspelt, "there is no hook 'scskit_clasify'; did you mean 'scskit_classify'?"),
    (unknown, "there is no hook 'scskit_brew_coffee'"),
    (unmarked, "scskit_route() is not marked with @hookimpl, so it would never be called"),
    (asynchronous, "scskit_identify is async; hooks are called, never awaited"),
    (asynchronous_generator, "scskit_on_events is async; hooks are called, never awaited"),
    (curious, "asks for 'weather'; the hook is scskit_route(case, labels, queues, interaction)"),
    (by_position, "scskit_route takes 'case' by position only"),
    (wrapping, "scskit_route takes no wrappers; scskit_deliver does"),
    (wrapping_in_the_old_way, "scskit_deliver is an old-style wrapper"),
    (wrapping_without_yield, "scskit_deliver is marked as a wrapper and has no yield"),
    (a_class, "scskit_classify belongs to a class; pass an object of it, not the class"),
    (object, "it implements no hook"),
    (lambda: None, "it implements no hook"),
]


@pytest.mark.parametrize(("make", "problem"), MISTAKES)
def test_mistakes_are_refused_with_what_is_wrong(make, problem):
    """A host that passes a faulty plugin learns at opening what is wrong with it."""
    with pytest.raises(LoadFailed) as caught:
        opened(make())
    assert problem in str(caught.value)
    assert "given to open_desk" in str(caught.value)


def test_every_mistake_is_named_at_once():
    """A plugin with two mistakes is not corrected in two rounds."""

    class Twice:
        @hookimpl
        def scskit_rout(self):
            """Misspelt."""

        @hookimpl
        async def scskit_sla(self):
            """Async."""

    with pytest.raises(LoadFailed, match=r"'scskit_rout'.*; scskit_sla is async"):
        opened(Twice())


def test_what_is_no_mistake():
    """Modules, helpers, defaults, other names and hooks of later releases are all welcome."""
    module = ModuleType("acme_plugin")
    source = """
        from scskit.plugins import hookimpl
        from scskit.plugins.hookspecs import scskit_sla  # the spec itself: not an implementation

        def scskit_acme_version():
            return "1"

        @hookimpl(specname="scskit_identify", tryfirst=True)
        def who(identity, retries=3, *, cache=None):
            return None

        @hookimpl(optionalhook=True)
        def scskit_from_the_future(tea):
            return tea
    """
    exec(textwrap.dedent(source), module.__dict__)  # noqa: S102  a module as a stranger writes it
    (plugin,) = opened(module).plugins
    assert (plugin.name, plugin.hooks) == ("acme_plugin", ("scskit_identify",))


def test_a_wrong_spec_is_a_wrong_plugin():
    """A connector of a network that cannot exist, or of no such capability, is refused."""

    class Acme:
        @hookimpl
        def scskit_connectors(self):
            return [ConnectorSpec(name="ac:me", connector=None, capabilities=())]

    with pytest.raises(LoadFailed, match="scskit_connectors failed: ValueError: name 'ac:me'"):
        opened(Acme())


# -- names ------------------------------------------------------------------------------------


def test_two_plugins_of_one_name():
    """A plugin never takes the place of another by its name."""
    with pytest.raises(NameConflict, match="the plugin name 'silent' is taken by plugin 'silent'"):
        opened(Silent(), Silent())


def test_the_names_of_built_in_plugins_are_taken():
    """Labels signed by a built-in plugin are its own."""
    with pytest.raises(NameConflict, match="taken by built-in plugin 'silent'"):
        opened(Silent(), builtins=[("silent", Silent())])


# -- installed plugins ------------------------------------------------------------------------


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Install distributions: ``install("acme-nlp", "acme = acme_nlp", acme_nlp="source")``."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def put(distribution, entry_point, **modules):
        info = tmp_path / f"{distribution.replace('-', '_')}-1.2.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.2\n", encoding="utf-8"
        )
        (info / "entry_points.txt").write_text(f"[scskit]\n{entry_point}\n", encoding="utf-8")
        for name, source in modules.items():
            (tmp_path / f"{name}.py").write_text(textwrap.dedent(source), encoding="utf-8")
            monkeypatch.delitem(sys.modules, name, raising=False)

    return put


def of(*distributions):
    """Look only at these distributions, whatever else this environment has installed."""

    def found():
        return [
            point
            for point in entry_points(group="scskit")
            if point.dist and point.dist.name in distributions
        ]

    return found


GOOD = """
    from scskit.plugins import Label, hookimpl

    @hookimpl
    def scskit_classify(interactions):
        return [(Label("mood", "good", "good"),) for _ in interactions]
"""


UNTOLD = """
    from scskit.plugins import hookimpl

    @hookimpl
    def scskit_crm_syncs(settings):
        return settings["acme"]
"""


def test_an_installed_plugin_is_found(install, message):
    """Installing a distribution with an entry point is all it takes."""
    install("acme-good", "good = acme_good", acme_good=GOOD)
    found = load_registry(entry_points=of("acme-good"))
    (plugin,) = found.plugins
    assert (plugin.name, plugin.distribution, plugin.version) == ("good", "acme-good", "1.2")
    assert found.classify([message()])[0][0][0].value == "good"


@pytest.mark.parametrize(
    ("source", "stage", "problem"),
    [
        ("raise RuntimeError('half installed')", "import", "RuntimeError: half installed"),
        ("import sys; sys.exit(3)", "import", "SystemExit: 3"),
        ("raise type('Panic', (BaseException,), {})('no memory')", "import", "Panic: no memory"),
        ("import no_such_library", "import", "ModuleNotFoundError: No module named"),
        ("x = 1", "hooks", "it implements no hook"),
        (
            "from scskit.plugins import hookimpl\n@hookimpl\ndef scskit_clasify(): ...",
            "hooks",
            "did you mean 'scskit_classify'?",
        ),
        (
            UNTOLD,
            "specs",
            "scskit_crm_syncs failed: KeyError: 'acme'",
        ),
    ],
)
def test_a_broken_installed_plugin_is_set_aside(install, message, source, stage, problem):
    """One broken package is named and left out; the desk opens and the others work."""
    install("acme-bad", "bad = acme_bad", acme_bad=source)
    install("acme-good", "good = acme_good", acme_good=GOOD)
    found = load_registry(entry_points=of("acme-bad", "acme-good"))
    (failure,) = found.set_aside
    assert (failure.name, failure.distribution, failure.version) == ("bad", "acme-bad", "1.2")
    assert failure.stage == stage
    assert failure.error.startswith("plugin 'bad' of acme-bad 1.2: ")
    assert problem in failure.error
    assert found.classify([message()])[0][0][0].value == "good"


def test_strict_raises_for_an_installed_plugin(install):
    """A test suite can demand that every installed plugin is in order."""
    install("acme-bad", "bad = acme_bad", acme_bad="raise RuntimeError('half installed')")
    with pytest.raises(LoadFailed, match=r"'bad' of acme-bad 1.2: RuntimeError: half installed"):
        load_registry(strict=True, entry_points=of("acme-bad"))


def test_an_entry_point_that_names_nothing(install):
    """A typing error in a package's metadata costs that package."""
    install("acme-bad", "bad = acme_good:no_such_thing", acme_good=GOOD)
    (failure,) = load_registry(entry_points=of("acme-bad")).set_aside
    assert "no_such_thing" in failure.error


def test_two_installed_plugins_of_one_name(install):
    """The first by its distribution's name stays, on every machine; both are named."""
    install("acme-one", "good = acme_one", acme_one=GOOD)
    install("acme-two", "good = acme_two", acme_two=GOOD)
    found = load_registry(entry_points=of("acme-two", "acme-one"))
    assert [plugin.distribution for plugin in found.plugins] == ["acme-one"]
    (failure,) = found.set_aside
    assert failure.stage == "name"
    assert failure.distribution == "acme-two"
    assert "of acme-one 1.2" in failure.error


def test_what_the_host_passes_comes_before_what_is_installed(install):
    """A host that passes a plugin of an installed one's name gets its own."""
    install("acme-good", "silent = acme_good", acme_good=GOOD)
    found = load_registry([Silent()], entry_points=of("acme-good"))
    assert [plugin.distribution for plugin in found.plugins] == [""]
    assert found.set_aside[0].stage == "name"


def test_a_plugin_that_is_installed_and_passed(install):
    """Passing a plugin that is installed too is no conflict with itself."""
    install("acme-good", "good = acme_good", acme_good=GOOD)
    import acme_good

    found = load_registry([acme_good], entry_points=of("acme-good"))
    assert [plugin.name for plugin in found.plugins] == ["acme_good"]
    assert found.set_aside == ()


def test_discovery_that_fails():
    """An installation whose metadata cannot be read opens with what it has."""

    def unreadable():
        raise TypeError("expected string or bytes-like object")

    found = load_registry([Silent()], entry_points=unreadable)
    assert found.set_aside[0].stage == "discover"
    assert [plugin.name for plugin in found.plugins] == ["silent"]


def test_an_entry_point_of_no_distribution():
    """An entry point made by hand works too."""
    point = EntryPoint("known", "test_registry_module:plugin", "scskit")
    module = ModuleType("test_registry_module")
    module.plugin = Knows()
    sys.modules["test_registry_module"] = module
    try:
        (plugin,) = load_registry(entry_points=lambda: [point]).plugins
    finally:
        del sys.modules["test_registry_module"]
    assert str(plugin) == "plugin 'known' of an unnamed distribution"


# -- order and isolation ----------------------------------------------------------------------


def test_who_is_asked_first(install, message):
    """The host's plugins are asked first, then the installed ones, then the built-in ones."""

    class Host(Silent):
        @hookimpl
        def scskit_classify(self, interactions):
            return [(Label("mood", "bad", self.name),) for _ in interactions]

    install("acme-good", "good = acme_good", acme_good=GOOD)
    builtins = [("ours", Host("ours"))]
    found = load_registry([Host("host")], builtins=builtins, entry_points=of("acme-good"))
    (labels,), _ = found.classify([message()])
    assert [label.source for label in labels] == ["host", "good", "ours"]
    assert [plugin.name for plugin in found.plugins] == ["host", "good", "ours"]


def test_nobody_is_asked_what_nobody_answers(message, identity, case, draft, now):
    """A desk without plugins works, and every question has an answer."""
    found = opened()
    assert found.classify([message()]) == ([()], ())
    assert (found.identifies, found.identify(identity)) == (False, None)
    assert found.engage(message(), (), identity) is None
    assert found.match_case(message(), [case]) is None
    assert found.route(case, (), {}, message()) is None
    assert found.sla(case, ()) is None
    assert found.suggest_reply(case) == ()
    assert found.check_reply(draft, case, now) == ()
    assert found.deliver(None, None) is None
    assert found.notify(["event"]) is None


def test_a_failure_is_logged_and_kept(identity, caplog):
    """Operators see each failure with its traceback; the latest hundred are kept."""

    class Broken:
        @hookimpl
        def scskit_identify(self, identity):
            raise ConnectionError(identity.handle)

    found = opened(Broken())
    with caplog.at_level(logging.WARNING, logger="scskit"):
        for _ in range(150):
            found.identify(identity)
    assert len(found.failures) == 100
    assert str(found.failures[0]) == "Broken: scskit_identify failed: ConnectionError: ana"
    assert caplog.records[0].exc_info[0] is ConnectionError


class Unprintable(Exception):
    """An error that fails again when it is printed."""

    def __str__(self):
        """Fail."""
        raise RuntimeError


@pytest.mark.parametrize(
    ("error", "kept"),
    [
        (Unprintable(), "Unprintable: (an error that cannot be printed)"),
        (ValueError("a\0b\ud800c"), "ValueError: a\ufffdb?c"),
        (ValueError("x" * 9000), "ValueError: " + "x" * 300),
        (ValueError(), "ValueError"),
    ],
    ids=["unprintable", "unstorable", "long", "empty"],
)
def test_every_failure_can_be_stored(identity, error, kept, monkeypatch):
    """What is stored with a decision is text that every database keeps, and not too long."""
    # Lone surrogates in a captured log line cannot travel between pytest's processes.
    monkeypatch.setattr(logging.getLogger("scskit"), "disabled", True)

    class Broken:
        @hookimpl
        def scskit_identify(self):
            raise error

    found = opened(Broken())
    with found.collecting() as failures:
        assert found.identify(identity) is None
    assert failures == [f"Broken: scskit_identify failed: {kept}"]


def test_ctrl_c_ends_the_process(identity):
    """Whoever presses Ctrl-C while a plugin runs is obeyed."""

    class Slow:
        @hookimpl
        def scskit_identify(self):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        opened(Slow()).identify(identity)


def test_failures_are_collected_per_thread(identity):
    """A decision is explained by its own failures, not by those of another worker."""

    class Broken:
        @hookimpl
        def scskit_identify(self, identity):
            raise ValueError(identity)

    found = opened(Broken())
    with found.collecting() as here:
        other = threading.Thread(target=found.identify, args=(identity,))
        other.start()
        other.join()
    assert here == []
    assert len(found.failures) == 1


def test_settings_are_read_only():
    """One plugin cannot change what the next is told."""

    class Greedy:
        @hookimpl
        def scskit_connectors(self, settings):
            settings["other"] = {}

    with pytest.raises(LoadFailed, match="TypeError"):
        opened(Greedy(), settings={"acme": {}})


def test_a_match_is_passed_on_as_it_came(identity):
    """The registry adds nothing to a customer match."""
    match = CustomerMatch(crm_id="1", evidence="e")

    class Crm:
        @hookimpl
        def scskit_identify(self):
            return match

    assert opened(Crm()).identify(identity) is match


@pytest.mark.parametrize("module", ["scskit.plugins", "scskit.plugins.hookspecs"])
def test_a_plugin_author_imports_little(module):
    """Importing what plugins need loads no client, no database, no event loop, no log setup."""
    heavy = ["httpx", "sqlmodel", "sqlalchemy", "structlog", "asyncio"]
    code = f"import sys, {module}; print([name for name in {heavy} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_a_host_that_configures_no_logging_hears_nothing(tmp_path):
    """A plugin that was set aside is in the list of those: nothing is printed by itself."""
    (tmp_path / "acme_bad.py").write_text("raise RuntimeError")
    info = tmp_path / "acme_bad-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-bad\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[scskit]\nbad = acme_bad\n")
    code = (
        "from scskit.plugins.registry import load_registry\n"
        "assert 'bad' in [failure.name for failure in load_registry().set_aside]"
    )
    path = os.pathsep.join([str(tmp_path), *sys.path])
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == ("", "")
