"""Everything that is run on scskit, by name: ``nox -l`` lists it, ``nox -s tests`` tests it.

Needs nox alone; uv is used where it is found. Every session installs what it needs in one resolve,
so that the core, its plugins and the tools agree on versions.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import nox

ROOT = Path(__file__).parent
PROJECT = nox.project.load_toml(ROOT / "pyproject.toml")
PLUGINS = sorted(path.parent.relative_to(ROOT) for path in ROOT.glob("plugins/*/pyproject.toml"))

WORKERS = ("-n", "2", "--dist", "loadfile")
"""What the tests of a file share is made once: databases full of rows take a while."""

COMPILED = {"PYTHONDONTWRITEBYTECODE": ""}
"""The tests start hundreds of processes: each would compile our sources again."""

nox.needs_version = ">=2025.10.14"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_venv = "yes"
nox.options.sessions = ["lint", "types", "tests"]
nox.options.download_python = "never"  # tests_each runs on the interpreters that are here ...
nox.options.error_on_missing_interpreters = False  # ... and skips the others, also where CI is set


def install(session: nox.Session, *groups: str) -> None:
    """Install the core with its extras, every plugin and the groups, in one resolve."""
    extras = ",".join(PROJECT["project"]["optional-dependencies"])
    packages = [f".[{extras}]", *(f"./{plugin.as_posix()}" for plugin in PLUGINS)]
    editable = [argument for package in packages for argument in ("--editable", package)]
    session.install(*editable, *nox.project.dependency_groups(PROJECT, *groups))


def install_groups(session: nox.Session, *groups: str) -> None:
    """Install the tools of these groups and nothing of ours."""
    session.install(*nox.project.dependency_groups(PROJECT, *groups))


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests of the core and of every plugin, on SQLite and PostgreSQL."""
    install(session, "test")
    session.run("pytest", *WORKERS, *session.posargs, env=COMPILED)


@nox.session(python=["3.11", "3.12", "3.13", "3.14"])
def tests_each(session: nox.Session) -> None:
    """Run the tests on every supported Python that is on this machine."""
    install(session, "test")
    session.run("pytest", *WORKERS, *session.posargs, env=COMPILED)


@nox.session
def crash(session: nox.Session) -> None:
    """Kill working processes two hundred times, play many lives, and count what is lost."""
    install(session, "test")
    rounds = ("--crash-rounds", "200", "--reply-seeds", "50")
    session.run("pytest", "tests/crash", "tests/replies", *rounds, *session.posargs)


@nox.session
def fuzz(session: nox.Session) -> None:
    """Look for bodies that break a connector, for a minute each."""
    install(session, "test", "fuzz")
    session.run("pytest", "tests/fuzz", "--fuzz-seconds", "60", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, formatting and the way that imports go."""
    install_groups(session, "lint")
    check_style(session)


def check_style(session: nox.Session) -> None:
    """Check the sources; the contracts of imports are read from them, nothing is installed."""
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    sources = os.pathsep.join(str(ROOT / folder / "src") for folder in (Path(), *PLUGINS))
    for config in [Path("pyproject.toml"), *_plugins_with_code()]:
        session.run("lint-imports", "--config", str(config), env={"PYTHONPATH": sources})


def _plugins_with_code() -> list[Path]:
    written = [plugin for plugin in PLUGINS if any((ROOT / plugin).glob("src/*/__init__.py"))]
    return [plugin / "pyproject.toml" for plugin in written]


@nox.session
def types(session: nox.Session) -> None:
    """Check the types of the core and of every plugin."""
    install(session, "test", "types")
    session.run("mypy", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure; arguments after ``--`` are the benchmarks' own."""
    install(session, "test")
    session.run("python", "-m", "benchmarks", *session.posargs)


@nox.session
def demo(session: nox.Session) -> None:
    """Run the example that the README tells about."""
    install(session)
    session.run("python", "examples/demo.py", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation into build/docs; a warning is an error."""
    install(session, "docs")
    build_docs(session)


def build_docs(session: nox.Session) -> None:
    """Write the pages."""
    session.run("sphinx-build", "-W", "--keep-going", "-b", "html", "docs", "build/docs")


@nox.session
def build(session: nox.Session) -> None:
    """Build the distributions of the core and of every plugin into dist/."""
    install_groups(session, "build")
    build_distributions(session)


def build_distributions(session: nox.Session) -> None:
    """Write source distributions and wheels."""
    shutil.rmtree(ROOT / "dist", ignore_errors=True)
    for package in [Path(), *PLUGINS]:
        session.run("python", "-m", "build", "--no-isolation", "--outdir", "dist", str(package))


@nox.session
def checks(session: nox.Session) -> None:
    """Do everything but the tests in one environment: style, types, distributions, docs, demo."""
    install(session, "dev")
    check_style(session)
    session.run("mypy")
    build_distributions(session)
    build_docs(session)
    session.run("python", "examples/demo.py")
