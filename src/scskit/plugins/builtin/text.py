"""A message as the built-in classifiers read it: lower case, in words, taken apart once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scskit.core.interaction import Message

LONGEST = 10_000
"""Characters read of one message: what somebody wants stands at the beginning."""

CURLY = "\u2019"
"""The apostrophe that phones write."""

LAST_ASCII = 127
LINKS = re.compile(r"https?://\S+")
_SPACED = bytes(
    code if code > LAST_ASCII or chr(code).isalnum() or chr(code) in "_@#'" else ord(" ")
    for code in range(256)
)
"""Everything in ASCII that stands between words becomes a space."""

_TOKENS = re.compile(r"[@#\w]\w*(?:'\w+)*").findall


class Text:
    """One message, taken apart.

    Attributes:
        message: the message.
        lower: its text in lower case.
        tokens: its words in order, without links; handles and tags keep their sign.
    """

    __slots__ = ("lower", "message", "tokens")

    def __init__(self, message: Message) -> None:
        """Take a message apart."""
        self.message = message
        self.lower = message.text[:LONGEST].lower()
        self.tokens = split(self.lower)


def split(lower: str) -> list[str]:
    """Return the words of lower-case text, with plain apostrophes and without links."""
    if "http" in lower:
        lower = LINKS.sub(" ", lower)
    return _split_ascii(lower) if lower.isascii() else _TOKENS(lower.replace(CURLY, "'"))


def _split_ascii(lower: str) -> list[str]:
    # A third of what the regular expression costs, which reads every character one by one.
    spaced = lower.encode().translate(_SPACED).decode()
    for sign in "@#":
        if sign in spaced:
            spaced = spaced.replace(sign, f" {sign}")
    if "'" in spaced:  # keep it inside words: don't, not 'so'
        spaced = f" {spaced} ".replace(" '", " ").replace("' ", " ")
    return spaced.split()


def listed(words: str) -> frozenset[str]:
    """Return the words of a list that is written as running text."""
    return frozenset(words.split())


NOTHING_READ: tuple[Sequence[Message], list[Text]] = ((), [])


class Reader:
    """Takes a batch apart once, although several classifiers read it."""

    def __init__(self) -> None:
        """Start with nothing read."""
        self._last = NOTHING_READ

    def read(self, messages: Sequence[Message]) -> list[Text]:
        """Return the messages taken apart, in the same order."""
        # One tuple, swapped whole: another thread's batch costs time, never a wrong answer.
        known, texts = self._last
        if known is not messages:
            self._last = NOTHING_READ  # frees the memory that the next lines take
            texts = [Text(message) for message in messages]
            if isinstance(messages, tuple):  # a list may hold other messages next time
                self._last = messages, texts
        return texts
