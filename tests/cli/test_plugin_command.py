"""``scskit plugin new``: a connector package that works before anything in it is changed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMES = ["q", "acme", "line4you", "acme-chat-2", "a-rather-long-network-for-all9"]


@pytest.fixture
def package(here, tmp_path):
    """Write a package into a folder of its own and return where it stands."""

    def write(name, *options):
        done = here("plugin", "new", name, "--dir", tmp_path / "made", *options)
        assert done.exit_code == 0, done.output
        return tmp_path / "made" / f"scskit-{name}"

    return write


def run(*command, cwd, **environment):
    """Run a command and return what came of it."""
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def passed(done):
    """Tell what a run of pytest counted, after making sure that nothing failed."""
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()[-1]


@pytest.mark.parametrize("name", NAMES)
def test_it_is_in_good_style(package, name):
    """What is written needs no tidying, however long the network's name is."""
    made = package(name)
    for arguments in (("check",), ("format", "--check")):
        done = run(sys.executable, "-m", "ruff", *arguments, "--no-cache", ".", cwd=made)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["acme", "acme-chat-2"])
def test_it_passes_the_contract(package, name):
    """The package that was just written passes its tests; what it does not declare is skipped."""
    made = package(name)
    counted = passed(run(sys.executable, "-m", "pytest", cwd=made))
    assert "passed" in counted
    assert "failed" not in counted


@pytest.mark.slow
def test_it_installs_and_passes_in_a_fresh_environment(package, tmp_path):
    """Somebody who starts from nothing has a connector that is found and tested."""
    made = package("acme")
    venv.create(tmp_path / "fresh", with_pip=True)
    python = tmp_path / "fresh" / ("Scripts" if os.name == "nt" else "bin") / "python"
    pip = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile")
    reached = run(*pip, "hatchling", "pytest", cwd=tmp_path)
    if reached.returncode:
        pytest.skip(f"pip reaches no package index: {reached.stderr.splitlines()[-1]}")
    done = run(*pip, "--no-build-isolation", ROOT, made, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    listed = run(python, "-m", "scskit", "plugins", "--json", cwd=tmp_path, PYTHONPATH="")
    assert "acme" in {plugin["name"] for plugin in json.loads(listed.stdout)["plugins"]}
    assert "passed" in passed(run(python, "-m", "pytest", cwd=made, PYTHONPATH=""))
    again = run(python, "-m", "scskit", "plugin", "new", "beta", cwd=tmp_path, PYTHONPATH="")
    assert again.returncode == 0, again.stderr


@pytest.mark.parametrize(
    ("name", "because"),
    [
        ("-acme", "single hyphens"),
        ("acme-", "single hyphens"),
        ("a--b", "single hyphens"),
        ("4acme", "beginning with a letter"),
        ("Acme", "a-z"),
        ("a_b", "a-z"),
        ("a b", "a-z"),
        ("../acme", "a-z"),
        ("niño", "a-z"),
        ("", "a-z"),
        ("a" * 31, "at most 30"),
        ("class", "reserved word"),
        ("match", "reserved word"),
        ("twitter", "scskit's own"),
        ("scskit-acme", "the network alone, 'acme'"),
    ],
)
def test_a_name_that_cannot_be_is_refused(here, tmp_path, name, because):
    """It is said what is wrong with the name, and nothing is written."""
    done = here("plugin", "new", "--", name)
    assert done.exit_code == 2
    assert because in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_replaced(package, here, tmp_path):
    """A package that is there already stays as it is."""
    made = package("acme")
    (made / "README.md").write_text("mine", encoding="utf-8")
    done = here("plugin", "new", "acme", "--dir", tmp_path / "made")
    assert done.exit_code == 2
    assert "there is such a folder already" in done.stderr
    assert (made / "README.md").read_text("utf-8") == "mine"


def test_the_licence_is_chosen(package):
    """Nobody gives a licence away by accident; who wants one names it."""
    assert "All rights reserved" in (package("acme") / "LICENSE").read_text("utf-8")
    free = package("free", "--licence", "mit")
    assert (free / "LICENSE").read_text("utf-8").startswith("MIT License")
    assert 'license = "MIT"' in (free / "pyproject.toml").read_text("utf-8")


def test_no_blank_is_left_open(package):
    """Every place for a name is filled."""
    for file in package("acme-chat-2").rglob("*"):
        if file.is_file():
            assert "@@" not in file.read_text("utf-8"), file
