from __future__ import annotations

import tomllib

import pytest
import tomli_w
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scskit.config import TEMPLATE, parse_desk_file, read_desk_file
from scskit.config.sections import SECTIONS
from scskit.core.errors import ConfigError
from scskit.core.policy import Policy

BROKEN = """
quues = 3
[desk]
tenant = 7
time_zone = "Europe/Madird"
[accounts.air]
handle = "@Air"
[queues.billing]
team = "frnt"
[queues."odd name"]
[teams.front]
[agents.ana]
level = true
teams = ["front", "front"]
[reasons.billing]
prioritty = "P1"
patterns = ["(", "x*", "Refund"]
[reasons.billing.refund]
max_resolution = "2 dayz"
[priority]
matrix = { high = { high = "P1", low = "P9" }, medium = 3, low = { high = "P3" } }
additions = [{ when = {}, steps = 0 }]
[[engagement]]
then = "dismiss"
[[engagement]]
name = "noise"
when = { noise = ["retwet"], priority = "P1", followers_min = 4, followers_max = 0 }
then = "answer"
queue = "billing"
[[engagement]]
name = "noise"
when = { label = {}, words = [] }
then = "forwrd"
[[routing]]
when = { reason = "biling.*", account = "aire", age_min = "0s" }
queue = 1
[lifecycle]
reopen_window = "9999w"
after_reply = "solved"
[plugins]
mood = true
"""

PROBLEMS = """
desk.default_queue: found nothing; allowed: billing, odd name
found unknown key "quues" (did you mean "queues"?); allowed: queues, desk, accounts, teams, \
agents, reasons, priority, engagement, routing, triage, lifecycle, calendars and 13 more
desk.tenant: found 7; allowed: a name of letters, digits, ".", "_" and "-"
desk.time_zone: found "Europe/Madird" (did you mean "Europe/Madrid"?); allowed: Europe/Madrid, …
accounts.air.network: found nothing; allowed: a name of letters, digits, ".", "_" and "-"
accounts.air.handle: found "@Air"; allowed: the name on the network, without "@"
queues."odd name": found "odd name"; allowed: a name of letters, digits, ".", "_", "-", "@" and "+"
queues.billing.team: found "frnt" (did you mean "front"?); allowed: front
agents.ana.teams[2]: found "front" again; allowed: everything once
agents.ana.level: found true; allowed: a whole number from 1 to 99
reasons.billing: found unknown key "prioritty" (did you mean "priority"?); allowed: priority, \
title, max_resolution, impact, urgency, severity, keywords, patterns
reasons.billing.patterns[1]: found "("; allowed: a regular expression (missing ), unterminated \
subpattern at position 0)
reasons.billing.patterns[2]: found "x*"; allowed: a regular expression that does not find the \
empty text, which is in every message
reasons.billing.patterns[3]: found "Refund"; allowed: a regular expression in lower case, as is \
the text that it is looked for in
reasons.billing.refund.max_resolution: found "2 dayz"; allowed: a duration such as "90s", "30m", \
"4h", "2d", "1w" or "1h30m", above zero and at most "520w"
priority.matrix.high.medium: found nothing; allowed: P1, P2, P3, P4
priority.matrix.high.low: found "P9"; allowed: P1, P2, P3, P4
priority.matrix.medium: found 3; allowed: a table
priority.matrix.low.medium: found nothing; allowed: P1, P2, P3, P4
priority.matrix.low.low: found nothing; allowed: P1, P2, P3, P4
priority.additions[1].when: found an empty table; allowed: at least one key
priority.additions[1].steps: found 0; allowed: a whole number from -3 to 3 but 0
engagement[1].code: found nothing; allowed: a lower-case code such as "spam" or "noise.retweet"
engagement[2].when.followers_max: found 0; allowed: followers_min, which is 4, or more
engagement[2].when.noise[1]: found "retwet" (did you mean "retweet"?); allowed: retweet, empty, \
own_post, link_spam, troll
engagement[2].when.priority: found "P1"; allowed: nothing here, because it is decided after these \
rules
engagement[2].queue: found "billing"; allowed: nothing here, because then is "answer"
engagement[3].when.words: found an empty list; allowed: a list in square brackets, not empty
engagement[3].when.label: found an empty table; allowed: at least one key
engagement[3].then: found "forwrd" (did you mean "forward"?); allowed: forward, answer, monitor, \
dismiss
engagement[3].name: found "noise", as in engagement[2]; allowed: a name of its own
engagement[1].when: found nothing; allowed: at least one key, except in the last rule: those after \
it would never apply
routing[1].when.account: found "aire" (did you mean "air"?); allowed: air
routing[1].when.reason: found "biling.*" (did you mean "billing"?); allowed: billing, \
billing.refund
routing[1].when.age_min: found "0s"; allowed: a duration such as "90s", "30m", "4h", "2d", "1w" \
or "1h30m", above zero and at most "520w"
routing[1].queue: found 1; allowed: billing, odd name
lifecycle.reopen_window: found "9999w"; allowed: a duration such as "90s", "30m", "4h", "2d", \
"1w" or "1h30m", at most "520w"
lifecycle.after_reply: found "solved"; allowed: pending, open
plugins.mood: found true; allowed: a table
"""


def problems(text):
    with pytest.raises(ConfigError) as caught:
        parse_desk_file(text)
    return [line.removeprefix("desk.toml: ") for line in caught.value.problems]


def policy(text):
    return parse_desk_file(text).policy


# ---------------------------------------------------------------------------- the whole file


def test_template_is_valid_and_short():
    """What ``scskit init`` writes can be used as it stands and read on one screen or two."""
    found = policy(TEMPLATE)
    assert {account.network for account in found.accounts.values()} == {
        "twitter",
        "facebook",
        "whatsapp",
    }
    assert found.default_queue == "care"
    assert len(TEMPLATE.splitlines()) <= 80


def test_empty_file_is_the_default_policy():
    """Everything may be left out: an empty file is the policy that an unconfigured desk has."""
    assert policy("") == Policy()
    assert policy("").version == Policy().version
    assert policy("[queues]\n[accounts]\n[reasons]\n") == Policy()


def test_every_mistake_is_reported_at_once():
    """One run of ``scskit check`` shows every mistake with its path, finding and remedy."""
    expected = PROBLEMS.strip().splitlines()
    found = [line.partition("Africa/Abidjan")[0] for line in problems(BROKEN)]
    assert found == [line.partition("…")[0] for line in expected]


def test_problems_name_the_file(tmp_path):
    """Each line of a ``ConfigError`` begins with the file it is about."""
    path = tmp_path / "air.toml"
    path.write_text("a = 1\nb = 2\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_desk_file(path)
    assert [line.split(": found")[0] for line in caught.value.problems] == [str(path)] * 2


@pytest.mark.parametrize(
    ("section", "line"),
    [
        ("accounts.air", 'netwrok = "x"\nnetwork = "x"'),
        ("reasons.billing.refund", 'max_resolutoin = "1d"'),
        ("lifecycle", "thanks_reopen = true"),
        ("triage", 'langauges = ["en"]'),
    ],
)
def test_unknown_key_gets_a_suggestion(section, line):
    """A misspelt key is refused, and the message begins the list with the one that was meant."""
    [problem] = problems(f"[{section}]\n{line}")
    assert problem.startswith(f'{section}: found unknown key "{line.split()[0]}" (did you mean "')
    meant = problem.split('"')[3]
    assert f"allowed: {meant}, " in problem


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("[desk]\ntenant = ", "line 2, column 10: found no valid TOML: Invalid value"),
        ("[desk]\n[desk]\n", "line 2, column 6: found no valid TOML: Cannot declare"),
        ('x = "', "line 1, column 6: found no valid TOML: Unterminated string"),
        ("x = " + "[" * 9999, "found lists or tables nested too deeply"),
        ("x = " + "9" * 9999, "found no valid TOML: Exceeds the limit"),
    ],
)
def test_syntax_error_is_one_problem_with_its_position(text, where):
    """What is no TOML is one problem that says the line and the column."""
    [problem] = problems(text)
    assert problem.startswith(where)


def test_unreadable_files_say_what_to_do(tmp_path):
    """A missing file names ``scskit init``; a file in another encoding names the line."""
    with pytest.raises(ConfigError, match=r"desk\.toml: found no such file; .* scskit init"):
        read_desk_file(tmp_path / "desk.toml")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_desk_file(tmp_path)
    latin = tmp_path / "latin.toml"
    latin.write_bytes("[desk]\n# ñ\n".encode("latin-1"))
    with pytest.raises(ConfigError, match="line 2: found the byte 0xf1, which is not UTF-8"):
        read_desk_file(latin)


def test_byte_order_mark_and_windows_lines_are_read(tmp_path):
    """A file saved by a Windows editor is read like any other."""
    path = tmp_path / "desk.toml"
    path.write_bytes(b'\xef\xbb\xbf[desk]\r\ntenant = "air"\r\n')
    assert read_desk_file(path).policy.tenant == "air"


def test_plugin_settings_are_handed_over_unread():
    """What stands under ``[plugins.<name>]`` reaches that plugin as it is in the file."""
    found = parse_desk_file('[plugins.mood]\nmodel = "x"\nlevels = [1, { a = 2.5 }]\n')
    assert found.plugins == {"mood": {"model": "x", "levels": [1, {"a": 2.5}]}}
    assert found.policy == Policy()


# ------------------------------------------------------------------------------- hypothesis

WORDS = """
    air default_queue network title teams skills level capacity max_resolution priority impact
    keywords patterns matrix high low medium default additions name when steps then code queue
    reason words label noise followers_min followers_max age_min account languages inbox P1 1h
    reopen_window dismiss forward ( * twitter Europe/Madrid
"""
texts = st.sampled_from(WORDS.split()) | st.text(max_size=8)
keys = st.sampled_from(list(SECTIONS)) | texts
scalars = (
    st.booleans()
    | st.integers(-5, 5)
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats()
    | st.datetimes()
    | st.dates()
    | texts
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)
rules = st.lists(st.dictionaries(keys, values, max_size=5), max_size=3)


# The first example pays for setting up so many strategies, which is not the reader's fault.
patient = settings(suppress_health_check=[HealthCheck.too_slow])


def refused_or_read(text):
    try:
        parse_desk_file(text)
        found = ["desk.toml: nothing"]
    except ConfigError as error:
        found = error.problems
    assert found
    assert all(line.startswith("desk.toml: ") for line in found)


@patient
@given(st.dictionaries(st.sampled_from(list(SECTIONS)), values | rules))
def test_no_content_breaks_the_reader(document):
    """Whatever TOML a file holds, it is read or refused with a ``ConfigError``, never a crash."""
    refused_or_read(tomli_w.dumps(document))


def spots(document):
    """Yield every container of a document with each of its keys."""
    for key, item in document.items() if isinstance(document, dict) else enumerate(document):
        yield document, key
        if isinstance(item, dict | list):
            yield from spots(item)


@patient
@given(st.integers(0, 10_000), values)
def test_no_value_in_a_good_file_breaks_the_reader(position, value):
    """Whatever one value of a good file is changed to, it is read or refused, never a crash."""
    document = tomllib.loads(TEMPLATE)
    every = list(spots(document))
    container, key = every[position % len(every)]
    container[key] = value
    refused_or_read(tomli_w.dumps(document))


@given(st.text())
def test_no_text_breaks_the_reader(text):
    """Whatever a file contains, it is read or refused with a ``ConfigError``, never a crash."""
    refused_or_read(text)
