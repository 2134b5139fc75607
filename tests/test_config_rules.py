from __future__ import annotations

from datetime import timedelta
from unicodedata import normalize

import pytest

from scskit.config import parse_desk_file
from scskit.core.errors import ConfigError
from scskit.core.match import Facts, When
from scskit.core.policy import EngagementRule

TREE = """
[reasons.billing.refund.late]
[reasons.flight]
"""


def policy(text):
    return parse_desk_file(text).policy


def problem(text):
    with pytest.raises(ConfigError) as caught:
        parse_desk_file(text)
    [line] = caught.value.problems
    return line.removeprefix("desk.toml: ")


# -------------------------------------------------------------------------------------- rules


def test_rules_without_a_name_are_named_in_words():
    """Explanations can name every rule: by its position and what it asks for."""
    found = policy(
        TREE
        + '[[priority.additions]]\nwhen = { age_min = "90m" }\n'
        + '[[engagement]]\nname = "mine"\nwhen = { words = "x" }\nthen = "answer"\n'
        + '[[engagement]]\nwhen = { noise = ["retweet", "troll"], followers_max = 9 }\n'
        + 'then = "dismiss"\ncode = "noise"\n'
        + '[[routing]]\nwhen = { label = { mood = "bad", brand = "x" } }\nqueue = "inbox"\n'
        + '[[routing]]\nqueue = "inbox"\n'
    )
    every = (*found.priority.additions, *found.engagement, *found.routing)
    assert [rule.name for rule in every] == [
        "addition 1 (age_min = 1h30m)",
        "mine",
        "engagement rule 2 (noise = retweet or troll, followers_max = 9)",
        "routing rule 1 (label.brand = x, label.mood = bad)",
        "routing rule 2 (always)",
    ]
    assert found.engagement[0] == EngagementRule(
        name="mine", when=When(words=("x",)), then="answer"
    )


def test_a_rule_that_always_applies_is_the_last():
    """A rule that hides those after it is refused; at the end of the list it is welcome."""
    rule = '[[routing]]\nqueue = "inbox"\n'
    assert policy(rule).routing[0].when == When()
    assert problem(rule * 2).startswith("routing[1].when: found nothing; allowed: at least one key")


@pytest.mark.parametrize(
    ("rule", "wrong"),
    [
        ('then = "monitor"', "engagement[1].code: found nothing"),
        ('then = "forward"\ncode = "x"', "engagement[1].queue: found nothing"),
        ('then = "dismiss"\ncode = "Not A Code"', 'engagement[1].code: found "Not A Code"'),
        (
            'then = "answer"\nqueue = "inbox"',
            'engagement[1].queue: found "inbox"; allowed: nothing',
        ),
        ('code = "x"', "engagement[1].then: found nothing"),
    ],
)
def test_not_answering_has_a_coded_reason(rule, wrong):
    """No message is left unanswered without a code, or forwarded to nowhere."""
    assert problem(f"[[engagement]]\n{rule}").startswith(wrong)


# ----------------------------------------------------------------------------------- matchers


def matches(when, **known):
    """Tell whether the ``when`` of a desk file holds for a message."""
    rule = f'[[routing]]\nwhen = {{ {when} }}\nqueue = "inbox"\n'
    facts = {"account": "air", "network": "twitter", "purpose": "care", "visibility": "public"}
    found = policy(TREE + rule).routing[0].when
    return found.matches(Facts(**{**facts, "kind": "post", **known}))


def test_patterns_and_lists_match_names():
    """``billing.*`` is everything below billing; a list is any of its names."""
    assert matches('reason = "billing.*"', reason="billing.refund.late")
    assert not matches('reason = "billing.*"', reason="billing")
    assert not matches('reason = "billing.*"', reason=None)
    assert matches('reason = ["billing", "billing.*"]', reason="billing")
    assert matches('kind = ["post", "review"]')
    assert not matches('kind = ["reply", "review"]')
    assert matches('noise = "*"', noise="troll")
    assert not matches('noise = "*"', noise=None)


def test_all_keys_must_hold():
    """A rule applies when each of its keys does."""
    both = 'network = "twitter", visibility = "public"'
    assert matches(both)
    assert not matches(both, visibility="private")


def test_unknown_reach_is_neither_large_nor_small():
    """A rule about followers never applies to a person whose followers nobody counted."""
    assert matches("followers_min = 10, followers_max = 20", followers=10)
    assert matches("followers_min = 10, followers_max = 20", followers=20)
    assert not matches("followers_min = 10", followers=9)
    assert not matches("followers_max = 20", followers=21)
    assert not matches("followers_min = 0", followers=None)
    assert not matches("followers_max = 20", followers=None)


def test_age_counts_from_the_minute_named():
    """A message is old enough from the very instant that it is that old."""
    assert matches('age_min = "2h"', age=timedelta(hours=2))
    assert not matches('age_min = "2h"', age=timedelta(hours=2, seconds=-1))


@pytest.mark.parametrize(
    ("word", "text", "found"),
    [
        ("Reclamación", "MI RECLAMACIÓN YA", True),
        ("reclamación", "mi reclamacion ya", True),
        ("reclamacion", "mi reclamación ya", True),
        ("reclamación", normalize("NFD", "mi reclamación ya"), True),
        (normalize("NFD", "reclamación"), "mi reclamación ya", True),
        ("lost bag", "Lost bag!", True),
        ("claim", "I reclaim it", False),
        ("papa", "los papás", False),
        ("papa", normalize("NFD", "los papás"), False),
        ("ano", "el año", False),
        ("año", normalize("NFD", "El AÑO"), True),
        ("c++", "i know c++.", True),
    ],
)
def test_words_are_found_in_any_case_and_with_any_accents(word, text, found):
    """Words match as whole words, whatever their case and accents; the ñ is its own letter."""
    assert matches(f'words = ["nothing", "{word}"]', text=text.lower()) is found


def test_labels_of_any_classifier_can_be_asked_for():
    """What a plugin says about a message is matched by its own kind and values."""
    assert matches('label = { mood = ["bad", "sad"] }', labels={"mood": "sad"})
    assert not matches('label = { mood = ["bad", "sad"] }', labels={"mood": "good"})
    assert not matches('label = { mood = "bad" }', labels={})
