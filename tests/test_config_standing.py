"""The section ``[standing]`` of the desk file: what it says, and every mistake with its place."""

from __future__ import annotations

from datetime import timedelta

import pytest

from scskit import ConfigError
from scskit.config import parse_desk_file
from scskit.core.standing import HUMAN_WORDS, MARKS, TEXTS

BASE = "[queues.inbox]\n[queues.people]\n[desk]\ndefault_queue = 'inbox'\n"


def read(text):
    """Read the section."""
    return parse_desk_file(BASE + text).policy.standing


def test_a_table_is_enough_for_the_built_in_words():
    """Whoever writes only the heading gets words in English and Spanish."""
    found = read("[standing.acknowledgement]\n[standing.handover]\n")
    assert dict(found.acknowledgement.template.texts) == TEXTS["acknowledgement"]
    assert found.acknowledgement.visibility == ("private",)
    assert found.handover.words == HUMAN_WORDS
    assert found.handover.text.visibility == ("private", "public")
    assert (found.out_of_hours, found.answers, found.marks) == (None, (), MARKS)


def test_everything_can_be_said_otherwise():
    """Words, places, limits and who is trusted are the brand's."""
    found = read(
        """
[standing]
most_per_hour = 2
most_in_a_row = 4
fresh = "1h"
talking = "0s"
marks = { es = "Robot" }
[standing.out_of_hours]
text = "Closed until {opens} ({hours})"
texts = { es = "Cerrado hasta el {opens}" }
visibility = ["public", "private"]
[standing.handover]
queue = "people"
words = { es = ["alguien"] }
[[standing.answers]]
source = "faq*"
confidence = 0.9
when = { language = "es" }
"""
    )
    assert (found.most_per_hour, found.most_in_a_row) == (2, 4)
    assert (found.fresh, found.talking) == (timedelta(hours=1), timedelta(0))
    assert (found.marks["es"], found.marks["default"]) == ("Robot", MARKS["default"])
    assert sorted(found.out_of_hours.template.slots) == ["hours", "opens"]
    assert found.handover.queue == "people"
    assert (found.handover.words["es"], found.handover.words["en"]) == (
        ("alguien",),
        HUMAN_WORDS["en"],
    )
    (rule,) = found.answers
    assert (rule.source, rule.confidence, rule.name) == (
        "faq*",
        0.9,
        "answer 1 (language = es)",
    )


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("[standing]\nmost_per_hour = 0", "standing.most_per_hour"),
        (
            "[standing.acknowledgement]\ntext = 'By {then}'",
            "standing.acknowledgement.texts.default",
        ),
        ("[standing.acknowledgement]\ntexts = {1 = 'x'}", "standing.acknowledgement.texts.1"),
        ("[standing.acknowledgement]\nvisibility = 'loud'", "standing.acknowledgement.visibility"),
        ("[standing.handover]\nqueue = 'none'", "standing.handover.queue"),
        (
            '[standing.handover]\nwords = {es = ["\\u200b"]}',
            "standing.handover.words.es[1]",
        ),
        ("[[standing.answers]]\nsource = 'a'", "standing.answers[1].confidence"),
        ("[[standing.answers]]\nsource = 'a'\nconfidence = 1.5", "standing.answers[1].confidence"),
        ("[standing]\nmarks = {klingon = 'x'}", "standing.marks.klingon"),
        ("[standing]\nacknowledgment = {}", "standing"),
    ],
)
def test_a_mistake_is_named_with_its_place(text, path):
    """Whoever errs reads where, and what may stand there."""
    with pytest.raises(ConfigError) as caught:
        read(text)
    (problem,) = caught.value.problems
    assert problem.split(": ")[1] == path, problem


def test_a_policy_without_the_section_keeps_its_version():
    """Who says nothing by itself runs under the same policy as before."""
    assert read("") is None
    with_it = parse_desk_file(BASE + "[standing.acknowledgement]").policy
    assert with_it.version != parse_desk_file(BASE).policy.version
