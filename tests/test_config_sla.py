"""What is promised, as the desk file says it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from scskit.config import parse_desk_file
from scskit.core.errors import ConfigError
from scskit.core.match import When
from scskit.core.presets import PRESETS
from scskit.core.sla import SlaTargets
from scskit.core.sla_policy import SlaPolicy, SlaRule

HOUR = timedelta(hours=1)
OFFICE = '[calendars.office]\nweekly = { mon = ["09:00-17:00"] }\n'


def policy(text):
    return parse_desk_file(text).policy


def problems(text):
    with pytest.raises(ConfigError) as caught:
        parse_desk_file(text)
    return [line.removeprefix("desk.toml: ") for line in caught.value.problems]


def test_a_desk_file_without_promises_makes_none():
    """Who says nothing about it promises nothing."""
    assert policy("").sla is None


def test_everything_that_can_be_promised():
    """Each key of the section arrives in the policy."""
    found = policy(
        OFFICE
        + """
[sla]
calendar = "office"
answers = ["public", "template"]
pauses = ["pending", "on_hold"]
warn_at = [0.5, 0.9]
warn_before = ["15m"]
tolerance = "30s"

[[sla.targets]]
name = "urgent"
when = { priority = "P1", visibility = "private" }
first_response = "15m"
next_response = "30m"
resolution = "4h"
update = "2h"
acknowledgement = "5m"
legal_days = 15
calendar = "always"

[[sla.targets]]
first_response = "1h"
"""
    ).sla
    assert found == SlaPolicy(
        rules=(
            SlaRule(
                name="urgent",
                when=When(priority=("P1",), visibility=("private",)),
                targets=SlaTargets(
                    first_response=HOUR / 4,
                    next_response=HOUR / 2,
                    resolution=4 * HOUR,
                    update=2 * HOUR,
                    acknowledgement=HOUR / 12,
                    legal_days=15,
                    calendar="",
                ),
            ),
            SlaRule(name="target 2 (always)", when=When(), targets=SlaTargets(first_response=HOUR)),
        ),
        calendar="office",
        answers=("public", "template"),
        pauses=("pending", "on_hold"),
        shares=(0.5, 0.9),
        before=(HOUR / 4,),
        tolerance=timedelta(seconds=30),
    )


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_says_what_the_file_leaves_out(name):
    """A preset is a promise as it stands, and whatever the file says goes before it."""
    assert policy(f'[sla]\npreset = "{name}"\n').sla == PRESETS[name]
    changed = policy(f'[sla]\npreset = "{name}"\npauses = ["snoozed"]\nwarn_at = [0.1]\n').sla
    assert (changed.pauses, changed.shares) == (("snoozed",), (0.1,))
    assert changed.rules == PRESETS[name].rules
    own = policy(f'[sla]\npreset = "{name}"\n[[sla.targets]]\nresolution = "1h"\n').sla
    assert [rule.targets for rule in own.rules] == [SlaTargets(resolution=HOUR)]


def test_a_calendar_may_be_called_always():
    """A calendar that is declared goes before the word for around the clock."""
    text = OFFICE.replace("office", "always") + '[sla]\npreset = "always-open"\ncalendar = "always"'
    assert policy(text).sla.calendar == "always"


MISTAKES = {
    "nothing": ("[sla]\npauses = []\n", "sla.targets: found nothing; allowed: [[sla.targets]], or"),
    "preset": ('[sla]\npreset = "strict"\n', 'sla.preset: found "strict"'),
    "calendar": (
        '[[sla.targets]]\nfirst_response = "1h"\ncalendar = "offices"\n' + OFFICE,
        'sla.targets[1].calendar: found "offices" (did you mean "office"?)',
    ),
    "no target": (
        '[[sla.targets]]\nname = "nothing"\n',
        "sla.targets[1]: found no target; allowed: at least one of first_response, ",
    ),
    "no time": (
        '[[sla.targets]]\nfirst_response = "0s"\n',
        "sla.targets[1].first_response: found ",
    ),
    "message": (
        '[[sla.targets]]\nfirst_response = "1h"\nwhen = { words = "help" }\n',
        'sla.targets[1].when.words: found "help"; allowed: nothing here, because a promise is made',
    ),
    "share": (
        '[sla]\npreset = "always-open"\nwarn_at = [1.0]\n',
        "sla.warn_at[1]: found 1.0; allowed: a share between 0 and 1, such as 0.75",
    ),
    "answer": (
        '[sla]\npreset = "always-open"\nanswers = ["robot"]\n',
        'sla.answers[1]: found "robot" (did you mean "bot"?)',
    ),
    "pause": (
        '[sla]\npreset = "always-open"\npauses = ["open"]\n',
        'sla.pauses[1]: found "open"; allowed: pending, on_hold, snoozed',
    ),
    "unreachable": (
        '[[sla.targets]]\nresolution = "1h"\n[[sla.targets]]\nresolution = "2h"\n',
        "sla.targets[1].when: found nothing; allowed: at least one key, except in the last",
    ),
    "key": (
        '[sla]\npreset = "always-open"\ntarget = 1\n',
        'sla: found unknown key "target" (did you mean "targets"?)',
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_named_with_what_is_allowed(name):
    """Every mistake has its path, what was found and what may stand there."""
    text, expected = MISTAKES[name]
    (found,) = problems(text)
    assert found.startswith(expected)
