"""The page about hooks, the specs and the table of failures say the same."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from scskit.plugins import hookspecs
from scskit.plugins.answers import ACCEPT

PAGE = (Path(__file__).parents[2] / "docs" / "hooks.md").read_text(encoding="utf-8")
HERE = Path(__file__).with_name("test_hooks.py").read_text(encoding="utf-8")


def test_every_hook_has_its_heading():
    """Whoever writes a plugin finds each hook with its exact arguments, and no other."""
    headings = re.findall(r"^## (scskit_.*)$", PAGE, re.MULTILINE)
    assert headings == [
        f"{hook}({', '.join(arguments)})" for hook, arguments in hookspecs.ARGUMENTS.items()
    ]


def test_the_tables_name_every_hook():
    """No hook lacks its specification, its policy for failures or its check of answers."""
    specified = {name for name, spec in vars(hookspecs).items() if hasattr(spec, "scskit_spec")}
    assert specified == set(hookspecs.ON_FAILURE) == set(ACCEPT)


@pytest.mark.parametrize("hook", hookspecs.ARGUMENTS)
def test_every_hook_is_explained(hook):
    """Each hook says when it is called, what it takes and gives, what a failure does, and how."""
    text = inspect.getdoc(getattr(hookspecs, hook))
    for part in ("Args:", "Returns:", "When it raises", "Example::"):
        assert part in text
    for argument in hookspecs.ARGUMENTS[hook]:
        assert f"    {argument}: " in text


@pytest.mark.parametrize("hook", hookspecs.ARGUMENTS)
def test_every_hook_is_tested(hook):
    """Each hook has a test that bears its name."""
    assert f"def test_{hook}(" in HERE
