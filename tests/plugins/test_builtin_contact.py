"""The built-in contact types: modest, and not taken in by sarcasm."""

from __future__ import annotations

import pytest

from scskit.core.policy import Policy, TriagePolicy
from scskit.core.triage import CONTACT_TYPES
from scskit.plugins.builtin.contact import CONFIDENCE, ContactType
from scskit.plugins.builtin.text import Reader


def labels(message, **triage):
    policy = Policy(triage=TriagePolicy(**triage))
    (found,) = ContactType(policy, Reader()).scskit_classify([message])
    return found


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("worst airline ever", "complaint"),
        ("still waiting, nobody answers the phone", "complaint"),
        ("#fail", "complaint"),
        ("pésimo servicio", "complaint"),
        ("llevo esperando dos horas", "complaint"),
        ("thanks for nothing", "complaint"),
        ("Thanks for losing my bag @acme", "complaint"),
        ("gracias por arruinar mis vacaciones", "complaint"),
        ("my lawyer will write to you", "claim"),
        ("voy a poner una reclamación", "claim"),
        ("Can I pay by card?", "query"),
        ("how do I pay by card", "query"),
        ("¿Cuándo abren?", "query"),
        ("please send me the form", "request"),
        ("Necesito un duplicado", "request"),
        ("Amazing crew today, loved it", "praise"),
        ("excelente atención", "praise"),
        ("@acme", "brand_mention"),
        ("@acme #travel", "brand_mention"),
        ("@acme I am at the airport", None),
        ("Amazing, another hour. Not.", None),
        ("amazing 🙄", None),
        ("thanks", None),
        ("#travel", None),
        ("👍", None),
        ("", None),
    ],
)
def test_what_kind(message, text, kind):
    """English and Spanish; a kind word beside a reproach is no praise."""
    found = labels(message(text))
    assert (found[0].value if found else None) == kind


@pytest.mark.parametrize("text", ["gracias por nada", "Gracias por NADA!!", "thanks, for nothing"])
def test_sarcasm_is_no_praise(message, text):
    """Sarcastic thanks are never reported as praise."""
    assert [label.value for label in labels(message(text))] in ([], ["complaint"])


def test_claim_words_of_the_desk(message):
    """A desk adds its own words, phrases too, that make a message a claim."""
    found = labels(message("I'll call the Bank Authority"), claim_words=("bank authority", "!"))
    assert found[0].value == "claim"
    assert "bank authority" in found[0].rule


def test_labels_explain_themselves(message):
    """A label says which words led to it."""
    (label,) = labels(message("the worst, on hold again"))
    assert (label.source, label.confidence) == ("contact-type", 0.6)
    assert label.rule == "words: again, on hold, worst"


def test_the_types_are_those_of_the_core():
    """No type is said that the rest of the desk does not know."""
    assert set(CONFIDENCE) | {"brand_mention"} == set(CONTACT_TYPES)
