from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import scskit

HEAVY = ("sqlalchemy", "sqlmodel", "pydantic", "httpx", "structlog", "asyncio")


def in_a_fresh_interpreter(code):
    """Run code that prints JSON, and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    return json.loads(done.stdout)


def seen_by_type_checkers():
    """Return the names that scskit/__init__.py imports for type checkers only."""
    tree = ast.parse(Path(scskit.__file__).read_text(encoding="utf-8"))
    guarded = next(node for node in tree.body if isinstance(node, ast.If))
    return {
        alias.asname or alias.name
        for node in guarded.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def test_the_list_of_public_names_is_sorted_and_names_each_once():
    """The list can be read, and a name can be found in it."""
    assert scskit.__all__ == sorted(set(scskit.__all__))


@pytest.mark.parametrize("name", scskit.__all__)
def test_every_public_name_resolves(name):
    """What is listed is there."""
    assert getattr(scskit, name) is not None


def test_what_is_listed_is_what_is_seen():
    """Type checkers, editors, star imports and the reference show the same names."""
    assert seen_by_type_checkers() | {"__version__"} == set(scskit.__all__)
    assert dir(scskit) == scskit.__all__
    star = in_a_fresh_interpreter(
        "import json\nbefore = set(globals())\nfrom scskit import *\n"
        "print(json.dumps(sorted(set(globals()) - before - {'before'})))"
    )
    assert star == sorted(scskit.__all__)


def test_public_things_say_where_they_are_documented():
    """Every public class and function has a docstring."""
    named = {name: getattr(scskit, name) for name in scskit.__all__}
    mute = [name for name, thing in named.items() if callable(thing) and not thing.__doc__]
    assert mute == []


def test_a_name_that_is_not_there_is_missed_by_name():
    """A typing mistake reads like one."""
    with pytest.raises(AttributeError, match="'scskit' has no attribute 'open_desc'"):
        _ = scskit.open_desc


def test_importing_scskit_loads_nothing_heavy():
    """A host that imports scskit pays for a desk only when it opens one."""
    loaded = in_a_fresh_interpreter(
        "import json, sys, scskit\nprint(json.dumps(list(sys.modules)))"
    )
    assert not set(HEAVY) & set(loaded)
    assert [name for name in loaded if name.startswith("scskit.")] == []


def test_building_messages_loads_nothing_heavy():
    """A process that only hands messages over needs neither database nor network code."""
    loaded = in_a_fresh_interpreter(
        "import json, sys\nfrom scskit import Author, Edit, Message, Policy, Receipt, StoreError\n"
        "print(json.dumps(list(sys.modules)))"
    )
    assert not set(HEAVY) & set(loaded)


def test_every_error_is_a_scskit_error():
    """One ``except`` catches everything that scskit raises on purpose."""
    errors = [
        thing
        for name in scskit.__all__
        if isinstance(thing := getattr(scskit, name), type) and issubclass(thing, Exception)
    ]
    assert len(errors) > 10
    assert all(issubclass(error, scskit.ScsError) for error in errors)
