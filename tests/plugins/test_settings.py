"""A plugin's part of the desk file."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Literal

import pytest
from attrs import asdict, field, frozen
from hypothesis import given
from hypothesis import strategies as st

from scskit.core.errors import ConfigError
from scskit.plugins import Secret, read_settings


def _https(_, attribute, value):
    if not value.startswith("https://"):
        raise ValueError(f"{attribute.name} {value!r} must begin with https://")


@frozen(kw_only=True)
class Page:
    """One of the brand's pages."""

    page_id: str
    token: Secret
    mode: Literal["live", "test"] = "live"


@frozen(kw_only=True)
class Settings:
    """What a plugin may be told."""

    secrets: tuple[Secret, ...]
    base_url: str = field(default="https://api.example", validator=_https)
    pages: Mapping[str, Page] = field(factory=dict)
    budget: int | None = None
    share: float = 0.8
    polls: bool = False
    fallback: Page | None = None


def problems(table):
    with pytest.raises(ConfigError) as refused:
        read_settings(table, Settings, "plugins.acme")
    return refused.value.problems


def test_settings_become_a_typed_value():
    """A plugin works with attributes and secrets, not with whatever the file holds."""
    page = {"page_id": "7", "token": "t-1", "mode": "test"}
    found = read_settings(
        {"secrets": ["s-1"], "pages": {"acme.es": page}, "budget": 5, "share": 1},
        Settings,
        "plugins.acme",
    )
    assert found == Settings(
        secrets=(Secret("s-1"),),
        pages={"acme.es": Page(page_id="7", token=Secret("t-1"), mode="test")},
        budget=5,
        share=1,
    )


def test_every_mistake_is_named_at_once():
    """Whoever writes the file mends it in one go: path, what was found, what is allowed."""
    token = 'a secret in quotes, or "env:NAME" for the environment variable NAME'
    mode = '"tst" (did you mean "test"?)'
    near = '"tokn" (did you mean "token"?)'
    assert problems(
        {
            "secrets": [7, " "],
            "base_url": "",
            "pages": {"acme.es": {"page_id": 1, "tokn": "k", "mode": "tst"}},
            "budget": True,
            "polls": "yes",
            "fallback": [],
        }
    ) == (
        f"plugins.acme.secrets[1]: found a number; allowed: {token}",
        f"plugins.acme.secrets[2]: found empty text; allowed: {token}",
        'plugins.acme.base_url: found ""; allowed: text in quotes, not empty',
        'plugins.acme.pages."acme.es".page_id: found 1; allowed: text in quotes, not empty',
        f'plugins.acme.pages."acme.es".token: found nothing; allowed: {token}',
        f'plugins.acme.pages."acme.es".mode: found {mode}; allowed: live, test',
        f'plugins.acme.pages."acme.es": found unknown key {near}; allowed: page_id, token, mode',
        "plugins.acme.budget: found true; allowed: a whole number",
        'plugins.acme.polls: found "yes"; allowed: true or false',
        "plugins.acme.fallback: found a list; allowed: a table",
    )


def test_what_is_missing_altogether():
    """An empty table says what it lacks."""
    assert problems({}) == (
        "plugins.acme.secrets: found nothing; allowed: a list in square brackets",
    )


def test_a_class_may_say_itself_what_is_wrong():
    """A plugin's own check is reported like all others."""
    (problem,) = problems({"secrets": [], "base_url": "http://api.example"})
    assert problem == "plugins.acme: base_url 'http://api.example' must begin with https://"


def test_a_secret_from_the_environment(monkeypatch):
    """A desk file can be kept in a repository without any secret in it."""
    monkeypatch.setenv("ACME_SECRET", "s-81")
    found = read_settings({"secrets": ["env:ACME_SECRET"]}, Settings, "plugins.acme")
    assert found.secrets[0].reveal() == "s-81"
    monkeypatch.delenv("ACME_SECRET")
    (problem,) = problems({"secrets": ["env:ACME_SECRET"]})
    assert 'secrets[1]: found "env:ACME_SECRET", which is not set; allowed: a variable' in problem


def test_nobody_prints_a_secret_by_accident(caplog):
    """Neither logs, tracebacks, formats nor dumps of the settings show a secret."""
    page = Page(page_id="7", token=Secret("t-81"))
    logging.getLogger("anywhere").warning("%s %r", page, [page.token])
    shown = f"{page} {page.token} {page.token!r:>20} {[page.token]} {asdict(page)} {caplog.text}"
    assert "t-81" not in shown
    assert "Secret(…)" in shown
    with pytest.raises(TypeError):
        json.dumps(asdict(page))


@given(st.text(min_size=8, alphabet="xyz0123456789"))
def test_no_mistake_quotes_a_secret(secret):
    """A secret that stands in the wrong place is refused without being shown."""
    for table in (
        {"secrets": secret},
        {"secrets": [{"value": secret}]},
        {"secrets": [[secret]]},
        {"secrets": [secret], "pages": secret},
        {"secrets": [secret], "pages": {"p": secret}},
        {"secrets": [secret], "polls": "x"},
        {"secrets": [f"env:{secret}"], "fallback": secret, "budget": "x"},
    ):
        shown = "".join(line for line in problems(table) if "which is not set" not in line)
        assert secret not in shown


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
KEYS = st.sampled_from(["secrets", "base_url", "pages", "budget", "share", "polls", "fallback"])


@given(values | st.dictionaries(KEYS, values))
def test_any_table_is_read_or_refused(table):
    """Whatever stands in the file, it is read or refused with a reason, never a traceback."""
    try:
        read_settings(table, Settings, "plugins.acme")
    except ConfigError as refused:
        strange = [line for line in refused.problems if not line.startswith("plugins.acme")]
        assert strange == []
