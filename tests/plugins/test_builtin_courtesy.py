"""Courtesy, which keeps a solved case closed, and what the source says."""

from __future__ import annotations

import pytest

from scskit.core.interaction import Attachment
from scskit.core.policy import Policy, Reason, ReasonTree
from scskit.plugins.builtin.courtesy import Courtesy
from scskit.plugins.builtin.given import Given
from scskit.plugins.builtin.text import Reader


def is_courtesy(message):
    (labels,) = Courtesy(Policy(), Reader()).scskit_classify([message])
    return [(label.kind, label.value) for label in labels] == [("courtesy", "thanks")]


@pytest.mark.parametrize(
    "text",
    [
        "Thanks!",
        "@acme thank you so much for your help 🙏",
        "ok",
        "OK, thanks :)",
        "Muchas gracias por la información",
        "¡Mil gracias! Saludos",
        "vale, hasta luego",
        "Bye!",
        "👍🏽",
        "❤️",
        "thx &amp; bye",
    ],
)
def test_nothing_but_courtesy(message, text):
    """Thanks, agreement and goodbyes do not reopen a case."""
    assert is_courtesy(message(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@acme",
        "Hola buenos días",
        "Perfect!",
        "Thanks, but it still does not work",
        "thanks for nothing",
        "gracias por nada",
        "thanks?",
        "ok 😡",
        "thanks 🙄",
        "thanks :(",
        "thanks #fail",
        "thanks https://t.co/abc",
        "ok 4711",
        "no",
        "thanks " * 11,
    ],
)
def test_anything_else(message, text):
    """One word, mark or picture more, and the message is taken seriously."""
    assert not is_courtesy(message(text))


def test_thanks_with_a_picture(message):
    """Whoever attaches something has something to show."""
    assert not is_courtesy(message("thanks", attachments=(Attachment(kind="image"),)))


def test_given_labels(message):
    """What the source knows is passed on as it is, but for reasons that the tree does not have."""
    policy = Policy(reasons=ReasonTree({"cards": Reason(id="cards")}))
    told = {"reason": "cards", "language": "es", "campaign": "spring"}
    (labels,) = Given(policy).scskit_classify([message(labels=told)])
    assert {label.kind: label.value for label in labels} == told
    assert {(label.source, label.confidence) for label in labels} == {("given", 1.0)}
    assert Given(Policy()).scskit_classify([message(labels={"reason": "cards"})]) == [()]


@pytest.mark.parametrize("value", [None, 7, "", "a\0", "\udc00"])
def test_given_oddities(message, value):
    """A label that could not be stored is left out, and costs nobody else's."""
    (labels,) = Given(Policy()).scskit_classify([message(labels={"odd": value, "mood": "good"})])
    assert [label.kind for label in labels] == ["mood"]
