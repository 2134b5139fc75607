"""The escalation part of the desk file: what it says, and how mistakes in it are told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from scskit.config import parse_desk_file
from scskit.core.errors import ConfigError
from scskit.core.escalation import TRIGGERS, EscalationPolicy, Owner
from scskit.core.keywords import Keywords
from scskit.core.match import When

DESK = """
[desk]
default_queue = "care"
[queues]
care = {}
second = {}
legal = {}
[reasons.fraud]
[calendars.office]
weekly = { mon = ["09:00-18:00"] }
[[escalation.levels]]
title = "First line"
[[escalation.levels]]
queue = "second"
tell = ["bo", "second@example.com"]
acknowledge = "30m"
calendar = "office"
[[escalation.levels]]
[escalation.areas.legal]
title = "Legal"
queue = "legal"
acknowledge = "4h"
"""


def policy(text=""):
    return parse_desk_file(DESK + text).policy.escalation


def problems(text, desk=DESK):
    with pytest.raises(ConfigError) as caught:
        parse_desk_file(desk + text)
    return [line.removeprefix("desk.toml: ") for line in caught.value.problems]


def test_levels_are_numbered_in_their_order_and_areas_have_names():
    """A ladder is what the file shows from top to bottom, beginning with the first line."""
    found = policy()
    assert found.levels == (
        Owner(name="L1", level=1, title="First line"),
        Owner(
            name="L2",
            level=2,
            queue="second",
            tell=("bo", "second@example.com"),
            acknowledge=timedelta(minutes=30),
            calendar="office",
        ),
        Owner(name="L3", level=3),
    )
    assert found.areas == {
        "legal": Owner(name="legal", title="Legal", queue="legal", acknowledge=timedelta(hours=4))
    }


RULES = {
    "message": "when = { followers_min = 10000 }",
    "keywords": 'keywords = ["abogado", "I will sue"]\nwhen = { visibility = "public" }',
    "sentiment": 'when = { tier = "gold" }',
    "reason": 'when = { reason = ["fraud", "fraud*"] }',
    "repeat": 'times = 3\nwithin = "7d"',
    "reopened": "times = 2",
    "vulnerable": "",
    "sla_warning": 'clock = "resolution"',
    "sla_breach": 'when = { priority = ["P1", "P2"] }',
}


@pytest.mark.parametrize("on", TRIGGERS)
def test_every_trigger_can_be_written(on):
    """There is nothing in the code that a desk file cannot say."""
    (rule,) = policy(f'[[escalation.rules]]\non = "{on}"\nto = "legal"\n{RULES[on]}\n').rules
    assert (rule.on, rule.to) == (on, "legal")
    assert rule.name.startswith(f"escalation rule 1 ({on}")


def test_a_rule_means_what_it_says():
    """The values arrive typed."""
    text = '[[escalation.rules]]\nname = "r"\non = "{}"\nto = "next"\n{}\n'
    (keywords,) = policy(text.format("keywords", RULES["keywords"])).rules
    assert keywords.keywords == Keywords(("abogado", "I will sue"))
    assert keywords.when == When(visibility=("public",))
    (repeat,) = policy(text.format("repeat", RULES["repeat"])).rules
    assert (repeat.times, repeat.within) == (3, timedelta(days=7))
    (warning,) = policy(text.format("sla_warning", RULES["sla_warning"])).rules
    assert warning.clock == "resolution"


def test_a_change_of_a_rule_is_another_policy():
    """Decisions name the rules that they were taken under."""
    rule = '[[escalation.rules]]\non = "keywords"\nto = "L2"\nkeywords = ["{}"]\n'
    versions = {parse_desk_file(DESK + rule.format(word)).policy.version for word in ("a", "b")}
    assert len(versions | {parse_desk_file(DESK).policy.version}) == 3


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ('on = "breach"\nto = "L2"', 'rules[1].on: found "breach"'),
        ('to = "L2"', "rules[1].on: found nothing"),
        ('on = "sentiment"', "rules[1].to: found nothing"),
        (
            'on = "sentiment"\nto = "L4"',
            'rules[1].to: found "L4"; allowed: next, L1, L2, L3, legal',
        ),
        ('on = "keywords"\nto = "L2"', "rules[1].keywords: found nothing"),
        ('on = "keywords"\nto = "L2"\nkeywords = []', "rules[1].keywords: found an empty list"),
        (
            'on = "keywords"\nto = "L2"\nkeywords = ["\\u200b"]',
            'rules[1].keywords[1]: found "\u200b"; allowed: text in quotes with something to see',
        ),
        ('on = "message"\nto = "L2"', "rules[1].when: found nothing"),
        ('on = "message"\nto = "L2"\nwhen = {}', "rules[1].when: found an empty table"),
        (
            'on = "reason"\nto = "L2"\nwhen = { tier = "gold" }',
            "rules[1].when.reason: found a table; allowed: the reasons that somebody else must",
        ),
        ('on = "repeat"\nto = "L2"\ntimes = 1\nwithin = "1d"', "rules[1].times: found 1"),
        ('on = "repeat"\nto = "L2"\ntimes = 2', "rules[1].within: found nothing"),
        ('on = "sla_breach"\nto = "L2"\nclock = "lunch"', 'rules[1].clock: found "lunch"'),
        (
            'on = "sla_breach"\nto = "L2"\ntimes = 3',
            'rules[1].times: found 3; allowed: nothing here, because on is "sla_breach"',
        ),
        (
            'on = "sla_breach"\nto = "L2"\nwhen = { words = "x" }',
            'rules[1].when.words: found "x"; allowed: nothing here, because there is no message',
        ),
        ('on = "vulnerable"\nto = "L2"\nif = 1', 'rules[1]: found unknown key "if"'),
    ],
)
def test_mistakes_in_a_rule_are_told(text, wrong):
    """Each is named by its place, with what stands there and what may."""
    found = problems(f"[[escalation.rules]]\n{text}\n")
    assert any(line.startswith(f"escalation.{wrong}") for line in found), found
    assert len(found) == 1


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("[escalation.areas.fraud]", "escalation.areas.fraud.queue: found nothing"),
        ('[escalation.areas.L7]\nqueue = "legal"', 'escalation.areas.L7: found "L7"'),
        ('[escalation.areas.next]\nqueue = "legal"', 'escalation.areas.next: found "next"'),
        (
            '[escalation.areas.fraud]\nqueue = "legal"\ncalendar = "office"',
            'escalation.areas.fraud.calendar: found "office"; allowed: nothing here without',
        ),
        (
            '[[escalation.levels]]\ncalendar = "office"',
            "escalation.levels[1].calendar",
        ),
        ('[[escalation.levels]]\nqueue = "secnd"', 'escalation.levels[1].queue: found "secnd"'),
        ("[escalation.levels]\nx = 1", "escalation.levels: found a table; allowed: a list of tabl"),
    ],
)
def test_mistakes_in_levels_and_areas_are_told(text, wrong):
    """An owner that could not be reached, or reached under two names, is refused."""
    desk = DESK.partition("[[escalation")[0]
    (line,) = problems(f"{text}\n", desk)
    assert line.startswith(wrong)


def test_next_needs_a_level_above_the_first():
    """Without a ladder there is nothing to climb."""
    desk = DESK.partition("[[escalation")[0]
    (line,) = problems('[[escalation.rules]]\non = "sentiment"\nto = "next"\n', desk)
    assert line.startswith('escalation.rules[1].to: found "next"; allowed: nothing, none is')


def test_without_the_section_nobody_is_asked():
    """An empty file has neither levels nor rules."""
    assert parse_desk_file("").policy.escalation == EscalationPolicy()
