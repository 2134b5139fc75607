"""The language of a message, by its smallest words. Says nothing when that is not clear.

The words are too few to name every language, but enough to tell four apart; the rule is meant to
be right when it speaks. A model's label with more confidence overrules it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scskit.core.triage import Label, Labels
from scskit.plugins.builtin.tally import ROOM, Tally
from scskit.plugins.builtin.text import listed
from scskit.plugins.hookspecs import hookimpl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scskit.core.interaction import Message
    from scskit.core.policy import Policy
    from scskit.plugins.builtin.text import Reader, Text

SOURCE = "language"

STOP_WORDS = {
    "en": """
        a about after all am an and any are as at be because been but by can can't could did didn't
        do does doesn't don't for from get give got had has have help how i i'd i'll i'm i've if in
        is isn't it it's just me my no not now of off on or our out please she should so still than
        thank thanks that the their them then there they this to up us was we were what when where
        which who why will with won't would you you're your
    """,
    "es": """
        a acá ahora al algo alguien aquí así aún bien buenas buenos cada como con cuando cuándo
        cómo de del desde donde días dónde el ella ellos en entre es esa ese eso esta estaba
        estamos este esto estoy está están fue gracias ha hace hacen hacer han hasta hay he hola
        hoy la las le les lo los me mi mis muy más nada ni no nos nunca o para pero poder por
        porque puede pueden puedo pues que quiero qué se ser si siempre sin sino sobre solo son soy
        su sus sí también te tengo tiene tienen todo todos tu un una uno usted ustedes va vamos voy
        y ya yo
    """,
    "pt": """
        a agora ainda ao aos as até com como da das de depois do dos e ela ele em entre essa esse
        esta este estou está estão eu fazer foi isso isto já mais mas me meu meus minha muito na
        nas nem no nos num numa não o obrigada obrigado onde os ou para pela pelo por porque pra
        quando que quem se sem ser seu seus sim sua são só também te tem tenho ter tudo um uma vai
        você vocês vou à às é
    """,
    "fr": """
        a alors au aussi aux avec bien bonjour c'est ce ces cette comme dans de depuis des donc du
        elle en encore est et eu fait il ils j'ai je l'on la le les leur lui ma mais me merci mes
        moi mon même n'est ne nous on ont ou où par pas peut plus pour pourquoi qu'il quand que
        quel qui rien sa sans se ses si son sont suis sur te toujours tout trop très tu un une vos
        votre vous y à été être
    """,
}
"""Function words per language; words of several languages count for each of them."""

SIGNS = {"es": "¿¡ñ", "pt": "ãõ"}
"""Letters and marks that only one of the four languages has."""

CLEAR = 3
"""So many different words settle it; fewer make it likely."""

SHORT = 2
"""A word of so few letters says nothing alone."""


class Language:
    """Labels messages whose network does not tell the language."""

    def __init__(self, policy: Policy, reader: Reader) -> None:
        """Speak of ``policy.triage.languages``; know the others as counter-evidence."""
        self._reader = reader
        spoken = _spoken(policy.triage.languages)
        self._words = {code: listed(words) for code, words in STOP_WORDS.items()}
        weights = [(word, code, 1) for code, words in self._words.items() for word in words]
        self._tally = Tally(weights, tuple(STOP_WORDS))
        self._spoken = [(code, self._tally.place(code)) for code in spoken]  # in the desk's order
        others = [code for code in STOP_WORDS if code not in spoken]
        self._others = [self._tally.place(code) for code in others]
        steps = range(1, CLEAR + 1)
        self._labels = {(code, n): _label(spoken[code], n) for code in spoken for n in steps}

    @hookimpl
    def scskit_classify(self, interactions: Sequence[Message]) -> list[Labels]:
        """Label each message with its language, when that is clear."""
        return [self._classify(text) for text in self._reader.read(interactions)]

    def _classify(self, text: Text) -> Labels:
        if text.message.language:
            return ()
        words = self._tally.keys.intersection(text.tokens)
        total = self._tally.count(words)
        if not text.lower.isascii():
            total += self._signs(text.lower)
        best, most, second = "", 0, 0
        for code, place in self._spoken:
            count = total >> place & ROOM
            if count > most:
                best, most, second = code, count, most
            elif count > second:
                second = count
        if most < max(1, 2 * second) or (most == 1 and not self._tells(best, words)):
            return ()
        for place in self._others:
            if total >> place & ROOM > most:
                return ()
        return self._labels[best, min(most, CLEAR)]

    def _signs(self, lower: str) -> int:
        return sum(
            1 << self._tally.place(code)
            for code, signs in SIGNS.items()
            if any(sign in lower for sign in signs)
        )

    def _tells(self, code: str, words: frozenset[str]) -> bool:
        # A single "la", "ya" or "lo" stands in many languages' slang and in many names.
        return any(len(word) > SHORT for word in words & self._words[code])


def _spoken(languages: Sequence[str]) -> dict[str, str]:
    """Return the desk's own name of each language we know: ``es-MX`` is Spanish to our words."""
    spoken: dict[str, str] = {}
    for name in languages:
        code = name.partition("-")[0].lower()
        if code in STOP_WORDS:
            spoken.setdefault(code, name)
    return spoken


def _label(code: str, count: int) -> Labels:
    confidence = {1: 0.6, 2: 0.8, 3: 0.9}[count]
    many = "3 or more" if count >= CLEAR else str(count)
    return (Label("language", code, SOURCE, confidence, f"{many} small words of {code}"),)
