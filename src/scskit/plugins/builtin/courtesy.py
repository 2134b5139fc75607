"""Courtesy: nothing but thanks, an "ok" or a goodbye. It does not reopen a solved case.

Careful on purpose: one word, mark or picture that is not on the lists, a question mark or an
attachment, and the message is taken seriously.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scskit.core.triage import Label, Labels
from scskit.plugins.builtin.text import listed
from scskit.plugins.hookspecs import hookimpl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scskit.core.interaction import Message
    from scskit.core.policy import Policy
    from scskit.plugins.builtin.text import Reader, Text

SOURCE = "courtesy"
MOST_WORDS = 10

SAYING = listed(
    """
    appreciated bye cheers goodbye k kk ok okay okey thank thanks thankyou thnx thx tks ty
    adiós adios agradecida agradecido chao chau gracias grax grcs mersi saludos vale
    """
)
"""One of these must be there, or one of ``PICTURES``."""

BESIDE = listed(
    """
    a again all alright amp and appreciate assistance awesome cool day evening fast for good great
    guys have help helping info it kind lot luck million much nice night now one perfect prompt
    quick reply replying response responding so super support team the time to too u very weekend
    wonderful worries you your
    a al amable amables atención atencion ayuda ayudarme buen buena buenas bueno buenos contestar
    de del día dia días el excelente feliz genial hasta igualmente información informacion
    la linda lindo listo luego mil mucha muchas muchísimas muy noche noches pronta por perfecto
    que rápida rapida respuesta responder ser servicio su súper tan tarde tardes tengan todo tu
    un una y
    """
)
"""These may stand beside it."""

PICTURES = "🙏👍👌🤝🙌👏😊🙂😀😃😄😁😍🥰😘😇🤗☺❤♥💙💚💛💜🧡🤍🖤💕💖✌✅💪🎉🌹🌸✨😉👋"
_PICTURES = frozenset(PICTURES)
_CALM = re.compile(
    rf"[\w\s@&.,;:!¡)…~'\u2019*+\-\u200d\ufe0f\U0001f3fb-\U0001f3ff{PICTURES}]*"
).fullmatch

THANKS: Labels = (Label("courtesy", "thanks", SOURCE, 0.9, "nothing but thanks or a goodbye"),)


class Courtesy:
    """Labels messages that only say thanks or goodbye."""

    def __init__(self, policy: Policy, reader: Reader) -> None:  # noqa: ARG002  like its siblings
        """Need nothing but the words above."""
        self._reader = reader

    @hookimpl
    def scskit_classify(self, interactions: Sequence[Message]) -> list[Labels]:
        """Label each message that only says thanks or goodbye."""
        return [_classify(text) for text in self._reader.read(interactions)]


def _classify(text: Text) -> Labels:
    said = words = 0
    for token in text.tokens:
        if token in SAYING:
            said += 1
        elif token not in BESIDE and token[0] != "@":
            return ()
        words += token[0] != "@"
    if words > MOST_WORDS or text.message.attachments:
        return ()
    if (said or not _PICTURES.isdisjoint(text.lower)) and _CALM(text.lower):
        return THANKS
    return ()
