"""The desk file about agents and their work: what can be said, and every slip by its place."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from scskit import ConfigError
from scskit.config import parse_desk_file
from scskit.core.agent import Agent, Queue, Team
from scskit.core.skills import SkillNeed
from scskit.core.work_policy import WorkPolicy

WHOLE = """
[accounts.twitter]
network = "twitter"

[queues.care]
team = "front"
work = "push"
offer_for = "90s"
skills = ["lang:es", { skill = "vip", relax_after = "10m" }]

[teams.front]
calendar = "office"

[agents.ana]
teams = ["front"]
skills = ["lang:es", "fraud"]
certified_until = { fraud = 2026-12-31 }
calendar = "office"

[[routing]]
queue = "care"
skills = [{ skill = "fraud" }]

[work]
aging = "2h"
promote_after = "never"
sticky_for = "0s"
sticky_within = "1d"
refused_for = "5m"
takeover_after = "15m"
weights = { public = 0.5, "twitter/private" = 2, twitter = 1 }

[calendars.office]
weekly = { mon = ["09:00-17:00"] }
"""


def problems(text):
    with pytest.raises(ConfigError) as caught:
        parse_desk_file(text)
    return [line.removeprefix("desk.toml: ") for line in caught.value.problems]


def test_everything_that_can_be_said_about_work_is_read():
    """Each key of the desk file becomes what the documentation says it is."""
    policy = parse_desk_file(WHOLE).policy
    assert policy.queues["care"] == Queue(
        name="care",
        team="front",
        work="push",
        offer_for=timedelta(seconds=90),
        skills=(SkillNeed("lang:es"), SkillNeed("vip", timedelta(minutes=10))),
    )
    assert policy.teams["front"] == Team(name="front", calendar="office")
    assert policy.agents["ana"] == Agent(
        name="ana",
        teams=("front",),
        skills=("lang:es", "fraud"),
        certified_until={"fraud": date(2026, 12, 31)},
        calendar="office",
    )
    assert policy.routing[0].skills == (SkillNeed("fraud"),)
    assert policy.work == WorkPolicy(
        aging=timedelta(hours=2),
        promote_after=None,
        sticky_for=timedelta(0),
        sticky_within=timedelta(days=1),
        refused_for=timedelta(minutes=5),
        takeover_after=timedelta(minutes=15),
        weights={"public": 0.5, "twitter/private": 2.0, "twitter": 1.0},
    )


def test_a_change_of_work_rules_is_a_change_of_policy():
    """Who decided under which rules can be told from the version."""
    versions = {
        parse_desk_file(text).policy.version
        for text in ("", "[work]\naging = '1h'", "[work]\nweights = { public = 0.5 }")
    }
    assert len(versions) == 3
    said = parse_desk_file("[work]\naging = '4h'").policy
    assert said.version == parse_desk_file("").policy.version  # what holds anyway


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[queues.a]\nwork = 'pul'", 'queues.a.work: found "pul" (did you mean "pull"?)'),
        ("[queues.a]\noffer_for = '1m'", "queues.a.offer_for: found a time to accept work"),
        ("[queues.a]\nwork = 'push'\noffer_for = '0s'", 'queues.a.offer_for: found "0s"'),
        (
            "[queues.a]\nskills = [{ relax_after = '1m' }]",
            "queues.a.skills[1].skill: found nothing",
        ),
        ("[queues.a]\nskills = ['es', 'es']", 'queues.a.skills[2]: found "es" again'),
        ("[queues.a]\nskills = [1]", "queues.a.skills[1]: found 1"),
        ("[teams.a]\ncalendar = 'b'", 'teams.a.calendar: found "b"'),
        ("[agents.a]\ncalendar = 'b'", 'agents.a.calendar: found "b"'),
        (
            "[agents.a]\nskills = ['fraud']\ncertified_until = { frauds = 2026-01-01 }",
            'agents.a.certified_until.frauds: found skill "frauds" (did you mean "fraud"?)',
        ),
        (
            "[agents.a]\nskills = ['fraud']\ncertified_until = { fraud = 'soon' }",
            'agents.a.certified_until.fraud: found "soon"; allowed: a date such as',
        ),
        ("[work]\naging = 'ever'", 'work.aging: found "ever"; allowed: a duration'),
        ("[work]\naging = 3", "work.aging: found 3; allowed: a duration"),
        ("[work]\nsticky_for = 'never'", 'work.sticky_for: found "never"'),
        ("[work]\nweights = { public = -1 }", "work.weights.public: found -1; allowed: a number"),
        ("[work]\nweights = { public = true }", "work.weights.public: found true"),
        (
            "[accounts.a]\nnetwork = 'twitter'\n[work]\nweights = { twiter = 1 }",
            'work.weights.twiter: found weight of "twiter" (did you mean "twitter"?)',
        ),
        (
            "[accounts.a]\nnetwork = 'twitter'\n[work]\nweights = { 'facebook/public' = 1 }",
            'work.weights."facebook/public": found weight of "facebook/public"',
        ),
        ("[work]\nwheights = {}", 'work: found unknown key "wheights" (did you mean "weights"?)'),
    ],
)
def test_a_slip_is_reported_with_its_place(text, problem):
    """What cannot be meant is not guessed."""
    assert [line[: len(problem)] for line in problems(text)] == [problem]


def test_no_mistake_hides_another_one():
    """Whatever else is wrong, a certificate of what nobody can do is named as well."""
    text = "[agents.a]\nlevel = 0\nskills = ['es', 1]\ncertified_until = { en = 2026-01-01 }"
    assert [line.split(": ")[0] for line in problems(text)] == [
        "agents.a.skills[2]",
        "agents.a.level",
        "agents.a.certified_until.en",
    ]
