"""The section ``[standing]``: what is said by itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from scskit.config.matchers import when
from scskit.config.places import Place
from scskit.config.readers import (
    Fields,
    Reader,
    any_of,
    declared,
    duration,
    list_of,
    mapping,
    matching,
    record,
    scalar,
    text,
    whole,
)
from scskit.config.replies import visibility
from scskit.config.rules import rules
from scskit.core.keywords import folded
from scskit.core.standing import (
    HUMAN_WORDS,
    MARKS,
    TEXTS,
    AnswerRule,
    Handover,
    Occasion,
    StandingPolicy,
    StandingText,
    standing_template,
)
from scskit.core.templates import DEFAULT, TemplateInvalid

MOST = 1000
_language = matching(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", 'a language code such as "en" or "es"')
_mark_name = matching(r"default|[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", 'a language code or "default"')


def _share(given: float) -> float | None:
    return given if 0 < given <= 1 else None


_word = scalar(
    str,
    "text in quotes with something to see in it",
    lambda given: given if folded(given).strip() else None,
)

SAID: Fields = {
    "text": text,
    "texts": mapping(text, at_least=1),
    "when": when(),
    "visibility": any_of(visibility),
}


def _texts(given: dict[str, Any], occasion: Occasion) -> Mapping[str, str]:
    plain, texts = given.pop("text", None), given.pop("texts", {})
    if plain is not None:
        texts = {DEFAULT: plain, **texts}
    return texts or TEXTS[occasion]


def _said(occasion: Occasion, more: Fields | None = None) -> Reader[dict[str, Any]]:
    """Make a reader of something that is said, with what else stands in its table."""
    read: Reader[dict[str, Any]] = record(dict[str, Any], {**SAID, **(more or {})})

    def read_said(value: object, place: Place) -> dict[str, Any] | None:
        given = read(value, place)
        if given is None:
            return None
        try:
            given["template"] = standing_template(occasion, _texts(given, occasion))
        except TemplateInvalid as error:
            for flaw in error.flaws:
                (place / "texts" / flaw.key if flaw.key else place).report(flaw.found, flaw.allowed)
            return None
        return given

    return read_said


def _text(occasion: Occasion) -> Reader[StandingText]:
    read = _said(occasion)

    def read_text(value: object, place: Place) -> StandingText | None:
        given = read(value, place)
        return None if given is None else StandingText(**given)

    return read_text


HANDOVER: Fields = {
    "words": mapping(list_of(_word, at_least=1), _language, at_least=1),
    "queue": declared("queues"),
}
_handover_table = _said("handover", HANDOVER)


def _handover(value: object, place: Place) -> Handover | None:
    given = _handover_table(value, place)
    if given is None:
        return None
    words = {**HUMAN_WORDS, **given.pop("words", {})}
    queue = given.pop("queue", None)
    given.setdefault("visibility", ("private", "public"))
    return Handover(words=words, queue=queue, text=StandingText(**given))


ANSWER: Fields = {
    "name": text,
    "source": text,
    "confidence": scalar(float, "a number above 0, at most 1, such as 0.9", _share),
    "when": when(),
    "visibility": any_of(visibility),
}

_answer: Reader[AnswerRule] = record(AnswerRule, ANSWER, required=("source", "confidence"))


def _marks(value: object, place: Place) -> Mapping[str, str] | None:
    found = mapping(text, _mark_name, at_least=1)(value, place)
    return None if found is None else {**MARKS, **found}


STANDING: Fields = {
    "acknowledgement": _text("acknowledgement"),
    "out_of_hours": _text("out_of_hours"),
    "answers": rules("standing.answers", "answer", _answer),
    "handover": _handover,
    "marks": _marks,
    "most_per_hour": whole(1, MOST),
    "most_in_a_row": whole(1, MOST),
    "fresh": duration(timedelta(seconds=1)),
    "talking": duration(timedelta(0)),
}

standing: Reader[StandingPolicy] = record(StandingPolicy, STANDING)
