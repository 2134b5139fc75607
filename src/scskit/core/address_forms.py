"""How people are addressed: words that are only formal, and words that are only familiar.

Own lists, kept short on purpose. A form that could be either, or that is another word without its
accents, is in neither: Spanish *ustedes* is everybody's plural in America, *su* is also *their*,
*daños* is no *dános*; *você* is polite in Lisbon and plain in São Paulo; a German *Sie* at the
beginning of a sentence may be *she*. English has one *you*; there, words of letters and words of
the street stand for the two.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Literal

from scskit.core.keywords import folded_with_places
from scskit.core.wording import ancestry

Register = Literal["formal", "informal"]

_FORMS: Mapping[str, Mapping[Register, str]] = {
    "es": {
        "formal": "usted ud vd disculpe diganos indiquenos escribanos envienos"
        " mandenos facilitenos confirmenos cuentenos permitanos llamenos contactenos haganos denos"
        " pongase comuniquese acerquese dirijase",
        "informal": "tu tus te ti contigo tuyo tuya tuyos tuyas vos vosotros vosotras vuestro"
        " vuestra vuestros vuestras os puedes quieres tienes eres sabes necesitas debes podrias"
        " querrias tendrias dinos escribenos envianos mandanos facilitanos confirmanos cuentanos"
        " indicanos llamanos contactanos dejanos haznos ponte podes queres tenes",
    },
    "en": {
        "formal": "sir madam sincerely cordially",
        "informal": "hey hiya yo gonna wanna gotta gimme lemme dunno y'all mate buddy dude folks"
        " yep yup nope nah thx pls plz u ur btw lol omg cheers ta",
    },
    "fr": {
        "formal": "vous votre vos votres",
        "informal": "tu te toi ton ta tes t'",
    },
    "de": {
        "formal": "Sie Ihnen Ihr Ihre Ihrem Ihren Ihrer Ihres",
        "informal": "du dich dir dein deine deinem deinen deiner deines euch euer eure eurem euren"
        " eurer eures",
    },
    "pt": {
        "formal": "senhor senhora senhores senhoras",
        "informal": "tu te ti teu tua teus tuas contigo vc vcs ce",
    },
}
"""Without accents; a word with a capital is meant only so, and not where a sentence begins."""

_BEGINS = re.compile(r"(?:\A|[.!?…:\n])[\s\"'«„“(¿¡-]*\Z")


@cache
def _finder(words: str) -> re.Pattern[str]:
    choices = "|".join(sorted(map(re.escape, words.lower().split()), key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{choices})(?:(?<=')|(?!\w))")


@cache
def _capitals(words: str) -> frozenset[str]:
    return frozenset(word.lower() for word in words.split() if word != word.lower())


def languages() -> tuple[str, ...]:
    """Return the languages whose forms of address are known."""
    return tuple(_FORMS)


def address_forms(text: str, language: str, register: Register) -> Iterator[tuple[int, int]]:
    """Yield where a text addresses its reader in a way.

    Args:
        text: what is read.
        language: its code; other languages than those known yield nothing.
        register: the way.
    """
    forms = next((_FORMS[code] for code in ancestry(language) if code in _FORMS), None)
    if forms is None:
        return
    plain, places = folded_with_places(text.replace("’", "'"))  # noqa: RUF001  as typed on phones
    for found in _finder(forms[register]).finditer(plain):
        start, end = places[found.start()], places[found.end() - 1] + 1
        if found[0] not in _capitals(forms[register]) or _polite(text, start):
            yield start, end


def _polite(text: str, start: int) -> bool:
    return text[start].isupper() and not _BEGINS.search(text, 0, start)
