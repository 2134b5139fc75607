"""The brand's voice on an account: how people are addressed, emoji, words, and who signs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Literal, get_args

from attrs import field, frozen

from scskit.core.address_forms import Register, address_forms
from scskit.core.agent import Agent
from scskit.core.graphemes import emoji, graphemes, same_emoji
from scskit.core.keywords import Keywords
from scskit.core.reply import Violation
from scskit.core.splitting import whole_spans

REGISTERS: tuple[Register, ...] = get_args(Register)
SignOff = Literal["initials", "first_name"]
SIGN_OFFS: tuple[SignOff, ...] = get_args(SignOff)
SignWhen = Literal["each", "ends"]
SIGN_WHEN: tuple[SignWhen, ...] = get_args(SignWhen)
Position = Literal["first", "middle", "last", "only"]
"""Where a reply stands in its conversation, as far as is known when it is written."""

SOURCE = "voice"
EVERYWHERE = "*"
"""The account name of the voice for all accounts that have none of their own."""


@frozen(kw_only=True)
class Voice:
    """How an account speaks.

    Attributes:
        account: whose voice it is; ``*`` for every account without one of its own.
        register: how people are addressed; None for either way.
        emoji: the emoji that may be used, of any skin tone; None for all.
        emoji_most: how many in one reply; None for any number.
        forbidden: words and phrases that are never used, however they are written.
        sign: with what agents sign: ``initials`` as ``^AB``, or their first name; None for nothing.
        sign_when: ``each`` reply, or the first and the last of a conversation (``ends``).
        signatures: what single agents sign with instead, by their names.

    Raises:
        ValueError: a forbidden word holds nothing that can be seen.
    """

    account: str = EVERYWHERE
    register: Register | None = None
    emoji: tuple[str, ...] | None = None
    emoji_most: int | None = None
    forbidden: tuple[str, ...] = ()
    sign: SignOff | None = None
    sign_when: SignWhen = "each"
    signatures: Mapping[str, str] = field(factory=dict, hash=False)

    def __attrs_post_init__(self) -> None:
        """Refuse words that nobody could find."""
        _ = self._words

    @cached_property
    def _words(self) -> Keywords:
        return Keywords(self.forbidden)

    @cached_property
    def _pictures(self) -> frozenset[str]:
        return frozenset(map(same_emoji, self.emoji or ()))


def voice_of(voices: Mapping[str, Voice], account: str) -> Voice | None:
    """Return an account's own voice, or else the one of all accounts."""
    return voices.get(account) or voices.get(EVERYWHERE)


def check(text: str, voice: Voice, language: str = "") -> tuple[Violation, ...]:
    """Say what in a text is not in the brand's voice, each with its place.

    Args:
        text: a reply, without its sign-off.
        voice: the voice.
        language: the reply's language; how people are addressed is looked at in Spanish, English,
            French, German and Portuguese.
    """
    found = (*_address(text, voice, language), *_emoji(text, voice), *_forbidden(text, voice))
    return tuple(sorted(found, key=lambda one: (one.start or 0, one.end or 0)))


def _violation(code: str, message: str, start: int, end: int) -> Violation:
    return Violation(f"voice.{code}", message, SOURCE, start, end)


def _address(text: str, voice: Voice, language: str) -> Iterator[Violation]:
    if voice.register is None:
        return
    other: Register = "informal" if voice.register == "formal" else "formal"
    names = whole_spans(text)  # what stands in a link or a name addresses nobody
    for start, end in address_forms(text, language, other):
        if not any(begin <= start < stop for begin, stop in names):
            message = f"This address is {other}; this account is {voice.register} with people."
            yield _violation("register", message, start, end)


def _emoji(text: str, voice: Voice) -> Iterator[Violation]:
    if voice.emoji is None and voice.emoji_most is None:
        return
    found = list(emoji(text))
    for start, end in found if voice.emoji is not None else ():
        if same_emoji(text[start:end]) not in voice._pictures:  # noqa: SLF001  kept beside it
            allowed = " ".join(voice.emoji or ()) or "none"
            message = f"This emoji is not one of this account's; allowed: {allowed}."
            yield _violation("emoji", message, start, end)
    if voice.emoji_most is not None and len(found) > voice.emoji_most:
        message = f"{len(found)} emoji; this account uses at most {voice.emoji_most}."
        yield _violation("emoji_count", message, found[voice.emoji_most][0], found[-1][1])


def _forbidden(text: str, voice: Voice) -> Iterator[Violation]:
    for start, end in voice._words.spans(text):  # noqa: SLF001  kept beside it
        yield _violation("forbidden", "This account does not use this word.", start, end)


_WORDS = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")  # noqa: RUF001  as names are written


def signature(agent: Agent, voice: Voice, position: Position) -> str:
    """Return what an agent's reply ends with, with the blank before it; empty for nothing.

    Args:
        agent: who signs; by the title where there is one, otherwise by the name.
        voice: the voice.
        position: where the reply stands in its conversation.
    """
    if voice.sign is None or (voice.sign_when == "ends" and position == "middle"):
        return ""
    own = voice.signatures.get(agent.name)
    words = _WORDS.findall(agent.title) or _WORDS.findall(agent.name.partition("@")[0])
    if voice.sign == "initials":
        initials = own or _initials(words)
        return f" ^{initials}" if initials else ""
    first = own or (words[0][:1].upper() + words[0][1:] if words else "")
    return f" \u2013 {first}" if first else ""


def _initials(words: list[str]) -> str:
    ends = words if len(words) == 1 else words[:1] + words[-1:]
    return "".join(word[slice(*next(graphemes(word)))].upper() for word in ends)


def sign(text: str, agent: Agent, voice: Voice, position: Position) -> str:
    """Return a reply with the agent's sign-off; a reply that bears it already stays as it is.

    Args:
        text: the reply.
        agent: who signs.
        voice: the voice.
        position: where the reply stands in its conversation.
    """
    ending = signature(agent, voice, position)
    return text if text.endswith(ending) else text.rstrip() + ending
