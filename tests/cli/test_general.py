"""What holds for every command: quick help, errors in one line each, no traceback."""

from __future__ import annotations

import subprocess
import sys

import pytest

import scskit as package

COMMANDS = [
    "init",
    "check",
    "import",
    "cases",
    "intake",
    "verify",
    "plugins",
    "parse",
    "fake",
    "stream",
    "poll",
]


def test_the_version(scskit):
    """``scskit --version`` tells the version of the package."""
    assert scskit("--version").stdout == f"scskit, version {package.__version__}\n"


@pytest.mark.parametrize("path", [[], *([c] for c in COMMANDS), ["cases", "export"]])
def test_help_is_there_for_every_command(here, path):
    """Each command says what it is for, and lists those below it."""
    found = here(*path, "--help")
    assert found.exit_code == 0
    assert found.stdout.startswith("Usage: ")
    if not path:
        assert all(f"  {command} " in found.stdout for command in COMMANDS)


def test_help_does_not_load_the_database_stack():
    """Asking for help is quick: nothing of a database, and nothing that draws, is loaded."""
    code = (
        "import sys\nfrom scskit.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "print([m for m in ('sqlmodel', 'sqlalchemy', 'httpx', 'rich') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["cases", "list", "--db", "none.db"], 1, "database none.db: there is no such file"),
        (["verify", "--db", "none.db"], 1, "database none.db: there is no such file"),
        (["cases", "list", "--db", "mysql://x/y"], 2, "'mysql' is not supported"),
        (["import", "none.csv", "--map", "map.toml", "--db", "x.db"], 2, "no such file"),
        (["import", "rows.csv", "--map", "none.toml", "--db", "x.db"], 2, "cannot be read"),
        (["plugins", "--config", "none.toml"], 2, "none.toml: found no such file"),
        (["intake", "quarantine", "redrive", "--db", "none.db"], 1, "there is no such file"),
    ],
)
def test_errors_are_one_line_and_never_a_traceback(scskit, files, arguments, code, told):
    """Wrong input exits with 2, what fails with 1; reading never makes a database."""
    done = scskit(*arguments)
    assert done.returncode == code
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not done.stdout
    assert not list(files.glob("*.db"))


def test_a_file_that_is_no_database(here, files):
    """A file that something else wrote is refused, not taken for an empty desk."""
    found = here("cases", "list", "--db", "rows.csv")
    assert found.exit_code == 1
    assert "rows.csv does not open: file is not a database" in found.stderr


def test_the_database_can_be_named_once(scskit, many):
    """SCSKIT_DB stands for --db in every command."""
    done = scskit("cases", "list", "--json", SCSKIT_DB=str(many))
    assert len(done.stdout.splitlines()) == 12


def test_which_tenant_is_meant(here, many):
    """The only tenant is meant; with several it has to be said, unless one is the default."""
    assert here("cases", "list", "--db", many, "--tenant", "acme").exit_code == 0
    found = here("cases", "list", "--db", many, "--tenant", "other")
    assert (found.exit_code, found.stderr) == (
        1,
        "--tenant: found 'other'; the database has: acme\n",
    )
    package.open_desk(many, tenant="bolt", discover=False).close()
    found = here("cases", "list", "--db", many)
    assert (found.exit_code, found.stderr) == (2, "--tenant: found nothing; allowed: acme, bolt\n")
    package.open_desk(many, discover=False).close()
    assert here("cases", "list", "--db", many, "--json").stdout == ""
