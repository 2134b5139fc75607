"""The contract is proven by connectors that break it: each is caught by one check, and by no other.

All are run once, by a pytest of their own.
"""

import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from importlib.metadata import entry_points
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from scskit.testing import ConnectorContract

pytestmark = pytest.mark.slow  # thirty connectors, each through all checks

HERE = Path(__file__).parent
NETWORKS = HERE / "networks.py"


def _read_networks():
    sys.path.insert(0, str(HERE))  # where its neighbour is found
    spec = spec_from_file_location("contract_networks", NETWORKS)
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    sys.path.remove(str(HERE))
    return module


BROKEN = _read_networks().BROKEN


@pytest.fixture(scope="session")
def outcomes(tmp_path_factory):
    """Run all connectors against the contract; return what became of each check, by class."""
    return run_pytest(NETWORKS, tmp_path_factory.mktemp("contract"))


def run_pytest(file, folder):
    """Run a file in a process of its own."""
    report = folder / "report.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n0", "-c"]
    command += [os.devnull, f"--rootdir={folder}", f"--junitxml={report}", str(file)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=300, check=False, cwd=folder
    )
    assert report.exists(), done.stdout + done.stderr
    found = {}
    for case in ET.parse(report).iter("testcase"):  # noqa: S314  pytest wrote it a moment ago
        states = [child.tag for child in case if child.tag in {"failure", "error", "skipped"}]
        checks = found.setdefault(case.get("classname").rpartition(".")[2], {})
        checks[case.get("name")] = (states or ["passed"])[0]
        for child in case:
            checks[case.get("name"), "why"] = child.get("message")
    return found


def states(checks):
    return {name: state for name, state in checks.items() if isinstance(name, str)}


def base(name):
    return name if name.startswith("test_it_sends") else name.partition("[")[0]


def test_an_honest_connector_passes(outcomes):
    """Whoever does everything right is not told otherwise."""
    found = outcomes["TestHonest"]
    wrong = {name: found[name, "why"] for name, state in states(found).items() if state != "passed"}
    assert {base(name) for name in wrong} == {
        "test_what_it_does_not_declare_is_refused",  # it declares everything
        "test_a_way_of_answering_that_it_does_not_declare_is_refused",
        "test_an_old_signature_is_refused",  # its signatures bear no time
    }


def test_signatures_may_bear_a_time(outcomes):
    """A network whose signatures grow old is checked for it, and as well as any other."""
    found = states(outcomes["TestStamped"])
    assert found["test_an_old_signature_is_refused"] == "passed"
    assert not {"failure", "error"} & set(found.values())


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_connector_is_caught_by_one_check(outcomes, name):
    """Each check catches what it says, and what it says is what is wrong."""
    found = states(outcomes[name])
    failed = {base(check) for check, state in found.items() if state in {"failure", "error"}}
    assert failed == {BROKEN[name]}


def test_every_check_has_a_connector_that_breaks_it(outcomes):
    """There is no check that nobody has seen failing."""
    assert {base(check) for check in states(outcomes["TestHonest"])} == set(BROKEN.values())


def test_what_is_not_declared_is_skipped_with_the_reason(tmp_path):
    """A connector that can do little is asked little, and people see why."""
    (tmp_path / "test_small.py").write_text(SMALL)
    found = run_pytest(tmp_path / "test_small.py", tmp_path)["TestSmall"]
    assert set(states(found).values()) == {"passed", "skipped"}
    assert found["test_it_finds_what_was_sent", "why"].startswith("small does not declare")
    assert found["test_an_edit_waits_for_its_message", "why"] == "small does not declare webhook"
    assert found["test_what_it_does_not_declare_is_refused"] == "passed"


def test_what_is_declared_and_not_filled_fails(tmp_path):
    """Nobody passes by saying nothing."""
    (tmp_path / "test_small.py").write_text(SMALL.replace("[]", '["webhook"]'))
    found = run_pytest(tmp_path / "test_small.py", tmp_path)["TestSmall"]
    why = found["test_parse_is_total", "why"]
    assert "fill the fixture sign: small declares webhook" in why


SMALL = """
import pytest
from scskit.plugins import Connector, ConnectorSpec, hookimpl
from scskit.testing import ConnectorContract


class Small(Connector):
    def verify(self, request): ...
    def parse(self, request): return []


class Nothing(Connector):
    pass


class Plugin:
    @hookimpl
    def scskit_connectors(self):
        declared = []
        connector = Small() if declared else Nothing()
        yield ConnectorSpec(name="small", connector=connector, capabilities=declared)


class TestSmall(ConnectorContract):
    @pytest.fixture
    def plugin(self):
        return Plugin()
"""


def test_the_wheel_brings_the_pytest_plugin():
    """Whoever installs scskit has readable failures of the contract without further ado."""
    (found,) = entry_points(group="pytest11", name="scskit")
    assert found.value == "scskit.testing.pytest_plugin"


def test_the_pytest_plugin_loads_nothing_heavy():
    """Who does not use the contract does not pay for it."""
    code = (
        "import sys, pytest; before = set(sys.modules); import scskit.testing.pytest_plugin;"
        "print(sorted(name for name in set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    loaded = done.stdout
    assert "scskit.testing.pytest_plugin" in loaded
    for heavy in (
        "httpx",
        "sqlalchemy",
        "pluggy.hooks",
        "orjson",
        "cattrs",
        "scskit.core",
        "alembic",
    ):
        assert f"'{heavy}" not in loaded


def test_the_contract_is_where_people_look_for_it():
    """One import, and a subclass."""
    assert ConnectorContract.__doc__.startswith("What a connector must do")
