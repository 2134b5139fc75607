"""The built-in language rule: right when it speaks, silent when it is not clear."""

from __future__ import annotations

import pytest

from scskit.core.policy import Policy, TriagePolicy
from scskit.plugins.builtin.language import STOP_WORDS, Language
from scskit.plugins.builtin.text import Reader


def language(message, languages=("en", "es")):
    policy = Policy(triage=TriagePolicy(languages=languages))
    (labels,) = Language(policy, Reader()).scskit_classify([message])
    return labels[0].value if labels else None


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("@acme I have been waiting for my card", "en"),
        ("@acme don’t you answer?", "en"),  # noqa: RUF001  what phones write
        ("@acme no puedo entrar a la app", "es"),
        ("@acme ¿cuándo abren?", "es"),
        ("GRACIAS POR NADA", "es"),
        ("@acme #hoy #mañana https://acme.example/el/la/los", None),
        ("ok", None),
        ("👍", None),
        ("", None),
        ("la la land", None),
        ("Madrid Berlin 2026", None),
        ("the menu says hasta la vista, pero con todo", "es"),
        ("my card no funciona, help por favor", None),
    ],
)
def test_what_it_says(message, text, spoken):
    """Handles, tags and links say nothing; mixed and wordless messages stay unlabelled."""
    assert language(message(text)) == spoken


def test_the_network_knows_better(message):
    """Where the network tells the language, the rule is silent."""
    assert language(message("Where is my card?", language="es")) is None


def test_other_languages_are_not_mistaken(message):
    """A desk that speaks English and Spanish does not take Portuguese or French for Spanish."""
    assert language(message("Não consigo entrar na minha conta, você pode ajudar?")) is None
    assert language(message("O meu cartão não está com a senha certa, me ajuda")) is None
    assert language(message("Je ne peux pas me connecter à mon compte, c'est pour quand ?")) is None


def test_languages_are_configured(message):
    """A desk that speaks Portuguese and French is told about them; one without words is not."""
    spoken = ("pt", "fr", "tlh")
    assert language(message("Não consigo entrar na minha conta"), spoken) == "pt"
    assert language(message("O meu cartão não está com a senha certa, me ajuda")) is None
    assert language(message("Je ne peux pas me connecter à mon compte"), spoken) == "fr"
    assert language(message("Where is my card?"), spoken) is None
    assert language(message("Where is my card?"), ()) is None


def test_a_language_is_called_what_the_desk_calls_it(message):
    """A desk that says es-MX finds es-MX on its messages, so that its rules hold."""
    assert language(message("no puedo entrar a la app"), ("en", "es-MX", "es")) == "es-MX"


def test_labels_explain_themselves(message):
    """Every label says who says it, how surely, and why."""
    (labels,) = Language(Policy(), Reader()).scskit_classify([message("Where is my card?")])
    label = labels[0]
    assert (label.kind, label.source, label.confidence) == ("language", "language", 0.9)
    assert label.rule == "3 or more small words of en"


def test_the_lists_are_words():
    """Each list holds lower-case words, each once."""
    for words in STOP_WORDS.values():
        assert words == words.lower()
        assert len(words.split()) == len(set(words.split()))
