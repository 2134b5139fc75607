from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scskit.config import TEMPLATE, format_duration, parse_desk_file, parse_duration
from scskit.core.errors import ConfigError
from scskit.core.policy import DEFAULT_MATRIX

TREE = """
[reasons.billing]
max_resolution = "2d"
severity = "S2"
[reasons.billing.refund]
[reasons.billing.refund.late]
max_resolution = "4h"
[reasons.billing.refund.late.abroad]
[reasons.flight]
"""


def policy(text):
    return parse_desk_file(text).policy


def problem(text):
    with pytest.raises(ConfigError) as caught:
        parse_desk_file(text)
    [line] = caught.value.problems
    return line.removeprefix("desk.toml: ")


# --------------------------------------------------------------------------------- durations


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("30m", 1800),
        ("4h", 14_400),
        ("2d", 172_800),
        ("1w", 604_800),
        ("1h30m", 5400),
        ("1w2d3h4m5s", 788_645),
        ("0s", 0),
        ("007h", 25_200),
    ],
)
def test_durations_are_read_as_people_write_them(text, seconds):
    """A number and a unit, or several from the largest to the smallest, make a duration."""
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "4",
        "h",
        "2 days",
        "-1h",
        "1.5h",
        "30m1h",
        "1h 30m",
        "1h1h",
        "1H",
        "٣h",
        "1h\n",
        "9" * 99,
        "999999999w",
    ],
)
def test_everything_else_is_no_duration(text):
    """What could be misread is refused instead of guessed."""
    with pytest.raises(ValueError, match=r"is not a duration|is longer than any"):
        parse_duration(text)


@given(st.integers(0, 10**9))
def test_durations_survive_being_written_and_read(seconds):
    """A duration that scskit writes is read back as the same one."""
    duration = timedelta(seconds=seconds)
    assert parse_duration(format_duration(duration)) == duration


# ----------------------------------------------------------------------------- what it declares


def test_nearest_ancestor_says_how_long_a_case_may_take():
    """A reason without a maximum resolution time has that of the nearest reason above it."""
    tree = policy(TREE).reasons
    assert tree.max_resolution("billing.refund.late") == timedelta(hours=4)
    assert tree.max_resolution("billing.refund.late.abroad") == timedelta(hours=4)
    assert tree.max_resolution("billing.refund") == timedelta(days=2)
    assert tree.nearest("billing.refund.late", "severity") == ("S2", "billing")
    assert tree.max_resolution("flight") is None


def test_keywords_and_words_are_kept_in_lower_case():
    """Words may be written in any case in the file."""
    found = policy('[reasons.x]\nkeywords = ["Lost BAG"]\n[triage]\ntroll_words = ["LOL"]\n')
    assert found.reasons.nodes["x"].keywords == ("lost bag",)
    assert found.triage.troll_words == ("lol",)


def test_patterns_may_use_capitals_that_are_no_letters():
    r"""Classes such as ``\S`` and named groups are no capital letters; ``(?i)`` allows those."""
    text = "[reasons.x]\npatterns = ['\\S+\\Bx', '(?P<n>a)', '(?i)A']\n"
    assert len(policy(text).reasons.nodes["x"].patterns) == 3


@pytest.mark.parametrize("pattern", ["(", "[[a]", "x{9999999999}", "(" * 9999 + ")" * 9999])
def test_patterns_that_python_will_not_read_are_refused(pattern):
    """A pattern that is broken, too large or about to change its meaning is a mistake."""
    found = problem(f"[reasons.x]\npatterns = ['{pattern}']\n")
    assert found.startswith(f'reasons.x.patterns[1]: found "{pattern[:60]}')
    assert "allowed: a regular expression (" in found


def test_matrix_replaces_all_nine_cells():
    """A priority matrix is written row by row, impact first."""
    rows = [
        f'{impact} = {{ high = "P2", medium = "P3", low = "P4" }}'
        for impact in ("high", "medium", "low")
    ]
    found = policy("[priority.matrix]\n" + "\n".join(rows)).priority.matrix
    assert found.keys() == DEFAULT_MATRIX.keys()
    assert found["low/high"] == "P2"
    assert found["high/low"] == "P4"


def test_the_only_queue_is_the_default_queue():
    """With one queue nobody has to say where cases wait; with several the file must."""
    assert policy("[queues.one]\n").default_queue == "one"
    assert policy('[desk]\ndefault_queue = "b"\n[queues]\na = {}\nb = {}\n').default_queue == "b"
    assert problem("[queues]\na = {}\nb = {}\n").startswith("desk.default_queue: found nothing")
    assert problem('[desk]\ndefault_queue = "c"\n[queues.a]\n').endswith("allowed: a")


def test_wrong_types_are_not_bent_into_shape():
    """A number in quotes is no number, and ``true`` is not 1."""
    assert "level: found true; allowed" in problem("[agents.ana]\nlevel = true\n")
    assert 'level: found "2"; allowed' in problem('[agents.ana]\nlevel = "2"\n')
    assert "thanks_reopens: found 1; allowed" in problem("[lifecycle]\nthanks_reopens = 1\n")
    assert "found a huge number" in problem(f"[agents.ana]\nlevel = 0x{'f' * 9999}\n")
    assert "tenant: found 1.5; allowed" in problem("[desk]\ntenant = 1.5\n")


def test_reasons_stop_at_ten_levels():
    """A tree that nobody could find a way through is refused, however deep it is."""
    assert policy(f"[reasons{'.a' * 10}]\n").reasons.nodes.keys() >= {"a", ".".join("a" * 10)}
    assert "found level 11 of contact reasons" in problem(f"[reasons{'.a' * 300}]\n")


def test_one_mistake_is_reported_once():
    """A mistake in a queue does not make the rules that name the queue look wrong."""
    text = '[queues.a]\ntitle = 1\n[[routing]]\nqueue = "a"\n'
    assert problem(text) == "queues.a.title: found 1; allowed: text in quotes, not empty"


# ------------------------------------------------------------------------------------ version


def test_equal_content_gives_an_equal_version():
    """Order of tables, spelling of durations, and one value or a list of one do not matter."""
    one = """
        [reasons.billing]
        max_resolution = "2d"
        [reasons.flight]
        [[routing]]
        when = { reason = "flight", kind = "post" }
        queue = "inbox"
    """
    other = """
        reasons = { flight = {}, billing = { max_resolution = "48h" } }
        accounts = {}  # as good as none
        routing = [{ queue = "inbox", when = { kind = "post", reason = ["flight"] } }]
    """
    assert policy(one) == policy(other)
    assert policy(one).version == policy(other).version


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('tenant = "volaria"', 'tenant = "other"'),
        ("Europe/Madrid", "Europe/Lisbon"),
        ('default_queue = "care"', 'default_queue = "baggage"'),
        ("VolariaHelps", "Volaria2"),
        ('purpose = "mixed"', 'purpose = "mixed", identity_scope = "network"'),
        ("First line", "First"),
        ("capacity = 8", "capacity = 9"),
        ('max_resolution = "1d"', 'max_resolution = "25h"'),
        ('"flight", "vuelo"', '"flight"'),
        ('priority = "P2"', 'priority = "P1"'),
        ("[reasons.billing]", "[reasons.payment]"),
        ("followers_min = 10000", "followers_min = 10001"),
        ("steps = 1 },\n]", "steps = 2 },\n]"),
        ('code = "noise"', 'code = "spam"'),
        ('then = "dismiss"', 'then = "monitor"'),
        ('["baggage", "baggage.*"]', '"baggage"'),
        ("7d", "8d"),
    ],
)
def test_any_change_gives_another_version(old, new):
    """Whatever is changed in a policy, decisions under it can be told from those before."""
    assert old in TEMPLATE
    assert policy(TEMPLATE.replace(old, new)).version != policy(TEMPLATE).version
