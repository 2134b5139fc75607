"""The built-in reason classifier: what the desk file's keywords and patterns find."""

from __future__ import annotations

import pytest

from scskit.core.errors import ConfigError
from scskit.core.policy import Policy, Reason, ReasonTree
from scskit.plugins.builtin.reasons import Reasons
from scskit.plugins.builtin.text import Reader

TREE = [
    Reason(id="billing", keywords=("bill", "charged twice", "money back guarantee")),
    Reason(id="billing.refund", keywords=("refund", "money back"), patterns=(r"\brefu\w+",)),
    Reason(id="billing.fee", keywords=("fee",)),
    Reason(id="cards", keywords=("card", "24/7", "???")),
    Reason(id="cards.lost", keywords=("lost card", "don't have my card")),
    Reason(id="claims", patterns=(r"claim (\d)\1",)),
]


def classify(message, reasons=TREE):
    policy = Policy(reasons=ReasonTree({reason.id: reason for reason in reasons}))
    (labels,) = Reasons(policy, Reader()).scskit_classify([message])
    return labels


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("I want a REFUND!", "billing.refund"),
        ("#refund now", "billing.refund"),
        ("the refund's late", "billing.refund"),
        ("you were refunding me", "billing.refund"),  # the pattern
        ("coffee", None),
        ("@fee hello", None),
        ("https://acme.example/bill", None),
        ("charged  \n twice", "billing"),
        ("charged them twice", None),
        ("I lost my card", "cards"),
        ("a lost card", "cards.lost"),
        ("I don’t have my card", "cards.lost"),  # noqa: RUF001  what phones write
        ("open 24/7", "cards"),
        ("???", "cards"),
        ("claim 33", "claims"),
        ("claim 34", None),
        ("", None),
    ],
)
def test_what_is_found(message, text, reason):
    """Whole words and phrases, whatever their case, spacing, apostrophe or tag."""
    labels = classify(message(text))
    assert (labels[0].value if labels else None) == reason


def test_the_deepest_reason_wins(message):
    """The special case is said rather than the general one, however long its keyword."""
    (label,) = classify(message("money back guarantee"))
    assert label.value == "billing.refund"
    assert label.rule == "keyword 'money back' of billing.refund"


def test_the_longest_hit_wins_among_equals(message):
    """Of two reasons equally deep, the more specific words decide."""
    (label,) = classify(message("money back, you lost card thieves"))
    assert label.value == "billing.refund"
    (label,) = classify(message("a fee for a lost card"))
    assert label.value == "cards.lost"


def test_equals_are_decided_the_same_way_every_time(message):
    """Two hits of the same weight never lead to two different answers."""
    reasons = [Reason(id="b", keywords=("abc",)), Reason(id="a", keywords=("xyz",))]
    assert {classify(message("abc xyz"), reasons)[0].value for _ in range(20)} == {"b"}


def test_patterns_with_flags_and_groups_keep_their_meaning(message):
    """Joining patterns for speed never changes what one of them finds."""
    flagged = [Reason(id="a", patterns=("(?s)a.b",)), Reason(id="b", patterns=("x",))]
    assert classify(message("a\nb"), flagged)[0].value == "a"
    assert classify(message("a\nx"), flagged)[0].value == "b"
    grouped = [Reason(id="a", patterns=("(x)yz",)), Reason(id="b", patterns=(r"(\d)\1",))]
    assert classify(message("code 44"), grouped)[0].value == "b"


def test_a_pattern_that_is_none_is_refused():
    """A mistake in a pattern is reported with its reason when the desk is opened."""
    policy = Policy(reasons=ReasonTree({"a": Reason(id="a", patterns=("(",))}))
    with pytest.raises(ConfigError, match=r"reason a: pattern '\(' is not a regular expression"):
        Reasons(policy, Reader())


def test_a_tree_without_words_says_nothing(message):
    """Reasons may be set by hand alone."""
    assert classify(message("anything"), [Reason(id="a")]) == ()
