"""Imports go one way: what a layer loads is what DESIGN says that it may see."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

# Packages that are not ours, where it matters who loads them.
WATCHED = {
    "alembic",
    "asyncio",
    "cattrs",
    "click",
    "httpx",
    "orjson",
    "pluggy",
    "psycopg",
    "pydantic",
    "pytest",
    "rich",
    "sqlalchemy",
    "sqlite3",
    "sqlmodel",
    "structlog",
    "tenacity",
}

LAYERS = {
    # layer: (the rooms it may see beside itself, the packages it may load)
    "core": ((), ()),
    "log": ((), ()),  # structlog is loaded with the first line that somebody wants
    "config": (("core",), ()),
    "wire": (("core",), ("cattrs", "orjson")),
    "plugins": (("core",), ("pluggy",)),
    # httpx looks for click and rich, for its own command line; tenacity for asyncio
    "http": (("core", "log"), ("httpx", "tenacity", "asyncio", "click", "rich")),
    "plugins.builtin": (("core", "plugins", "http"), ("pluggy", "httpx", "asyncio")),
    "storage": (
        ("core", "wire"),
        (
            "alembic",
            "asyncio",  # SQLAlchemy and tenacity import it
            "cattrs",
            "orjson",
            "psycopg",
            "pydantic",
            "sqlalchemy",
            "sqlite3",
            "sqlmodel",
            "tenacity",
            "rich",  # pydantic looks for it
        ),
    ),
    "desk": (("core", "log", "plugins", "wire"), ("cattrs", "orjson", "pluggy")),
    "opening": ((), ()),  # everything else only once a desk is opened
}

LOAD = """
import importlib, json, pkgutil, sys
package = importlib.import_module("scskit.{room}")
if hasattr(package, "__path__"):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        skipped = {skipped!r}
        if skipped and module.name.startswith(skipped):
            continue
        if ".migrations." not in module.name:
            importlib.import_module(module.name)
print(json.dumps(sorted(sys.modules)))
"""


def load(room):
    """Import every module of a room in a fresh interpreter and return all that is loaded."""
    skipped = "scskit.plugins.builtin" if room == "plugins" else ""
    done = subprocess.run(
        [sys.executable, "-c", LOAD.format(room=room, skipped=skipped)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("room", LAYERS)
def test_a_layer_loads_only_what_it_may_see(room):
    """A part of scskit can be understood, and replaced, without those above and beside it."""
    rooms, packages = LAYERS[room]
    loaded = load(room)
    allowed = tuple(f"scskit.{name}." for name in (room, *rooms))
    ours = {f"{name}." for name in loaded if name.startswith("scskit.")}
    strangers = {name for name in ours if not name.startswith(allowed)}
    parents = {name for name in strangers if any(a.startswith(name) for a in allowed)}
    assert strangers - parents == set()
    assert (WATCHED & loaded) - set(packages) == set()


def test_core_is_attrs_and_the_standard_library():
    """The rules of customer service can be read and run without any infrastructure."""
    bare = {"attr", "attrs", "scskit"}
    foreign = {
        name.partition(".")[0]
        for name in load("core")
        if name.partition(".")[0] not in sys.stdlib_module_names
    }
    # What site-packages load by themselves at every start is nobody's import.
    done = subprocess.run(
        [sys.executable, "-c", "import json, sys; print(json.dumps(list(sys.modules)))"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    started = {name.partition(".")[0] for name in json.loads(done.stdout)}
    assert foreign - started <= bare


# What a desk without plugins of its own is made of. Whatever else a release adds is loaded when it
# is first used: a process that opens a desk waits for all of these, and most for nothing else.
OPENED = {
    "config": "desk_file durations matchers places queues readers rules sections time_zones toml",
    "core": "account agent engagement errors escalation gathering ids match policy routing skills"
    " time triage vocabulary work_policy zones",
    "desk": "desk garbage parts services",
    "plugins": "answers builtin guard hookspecs inspection loading registry",
    "plugins.builtin": "contact courtesy given keywords language noise personal_data reasons rules"
    " tally text",
    "storage": "account_rows archive database drivers forking intake_tables reply_tables schema sql"
    " store tables translating",
    "wire": "text",
}
OPEN = """
import json, sys
import scskit
scskit.open_desk({database!r}, {config!r}, discover=False).close()
print(json.dumps([name for name in sys.modules if name.startswith("scskit.")]))
"""

DESK_FILE = """
[accounts.x]
network = "x"
[queues.care]
team = "front"
[teams.front]
[reasons.billing.refund]
keywords = ["refund"]
[[engagement]]
when = {noise = "link_spam"}
then = "dismiss"
code = "spam"
[[routing]]
when = {reason = "billing.*"}
queue = "care"
"""


def test_opening_a_desk_loads_only_what_every_desk_needs(tmp_path):
    """A process that opens a desk does not wait for what it may never use."""
    config = tmp_path / "desk.toml"
    config.write_text(DESK_FILE)
    code = OPEN.format(database=str(tmp_path / "desk.db"), config=str(config))
    rooms = {*OPENED, "log", "opening"}
    allowed = {f"{room}.{name}" for room, names in OPENED.items() for name in names.split()}
    for _ in range(2):  # the first time makes the database
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
        )
        loaded = {name.removeprefix("scskit.") for name in json.loads(done.stdout)}
        assert loaded - rooms - allowed == set()
