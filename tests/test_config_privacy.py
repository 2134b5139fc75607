"""The section ``[privacy]`` of the desk file."""

from __future__ import annotations

import pytest

from scskit.config import parse_desk_file
from scskit.core.errors import ConfigError
from scskit.core.privacy import PrivacyPolicy


def read(text):
    return parse_desk_file(f"[privacy]\n{text}").policy


def test_a_whole_section():
    """Everything that a brand says of personal data reaches the policy, and its version."""
    policy = read(
        """
        regions = ["ES", "MX"]
        allowed = ["+34 900 123 123", "@acme.es"]
        patterns = { order = 'ac-\\d{6}' }
        private = { card = "never", order = "claimed", phone = "verified" }
        """
    )
    assert policy.privacy == PrivacyPolicy(
        regions=("ES", "MX"),
        allowed=("+34 900 123 123", "@acme.es"),
        patterns={"order": r"ac-\d{6}"},
        private={"card": "never", "order": "claimed", "phone": "verified"},
    )
    assert policy.version != parse_desk_file("").policy.version


def test_without_the_section_the_defaults_hold():
    """A desk file that says nothing keeps what holds everywhere."""
    assert parse_desk_file("").policy.privacy is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('regions = ["Spain"]', 'privacy.regions[1]: found "Spain"'),
        ('regions = ["es"]', 'privacy.regions[1]: found "es"'),
        ("patterns = { card = '\\d+' }", 'privacy.patterns.card: found "card"; allowed: a name'),
        ("patterns = { Order = 'a' }", 'privacy.patterns.Order: found "Order"'),
        ("patterns = { order = '(' }", "privacy.patterns.order: found"),
        ("patterns = { order = 'x*' }", "privacy.patterns.order: found"),
        ("patterns = { order = 'AC' }", "privacy.patterns.order: found"),
        ('private = { order = "claimed" }', 'privacy.private.order: found "order"'),
        ('private = { card = "sometimes" }', 'privacy.private.card: found "sometimes"'),
        ("private = 1", "privacy.private: found 1; allowed: a table"),
        ("allowed = [1]", "privacy.allowed[1]: found 1"),
        ("patterns = 1", "privacy.patterns: found 1; allowed: a table"),
        ("cards = true", 'privacy: found unknown key "cards"'),
    ],
)
def test_mistakes_are_named(text, problem):
    """Each mistake is told with its place."""
    with pytest.raises(ConfigError) as caught:
        read(text)
    assert any(one.removeprefix("desk.toml: ").startswith(problem) for one in caught.value.problems)
