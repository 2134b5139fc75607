"""Noise: messages that need no answer, whatever they say.

A label is an opinion; whether a noisy message is dismissed, the engagement rules decide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scskit.core.triage import Label, Labels
from scskit.plugins.builtin.keywords import Keywords
from scskit.plugins.builtin.text import LINKS
from scskit.plugins.hookspecs import hookimpl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scskit.core.interaction import Message
    from scskit.core.policy import Policy
    from scskit.plugins.builtin.text import Reader, Text

SOURCE = "noise"
MANY_LINKS = 3
MANY_TAGS = 6
MANY_HANDLES = 3


def _noise(value: str, confidence: float, rule: str) -> Labels:
    return (Label("noise", value, SOURCE, confidence, rule),)


EMPTY = _noise("empty", 1.0, "no text and no media")
OWN_POST = _noise("own_post", 1.0, "the account itself wrote it")
SHARED = _noise("retweet", 1.0, "the network says that it repeats another message")
RETWEET = _noise("retweet", 0.9, "begins with RT @")
BARE_LINK = _noise("link_spam", 0.6, "a link with next to no words, shown to nobody or to many")
LINK_PILE = _noise("link_spam", 0.8, f"{MANY_LINKS} or more links, or one link again and again")
TAG_PILE = _noise("link_spam", 0.7, f"{MANY_TAGS} or more tags, twice as many as words")


class Noise:
    """Labels messages that are noise."""

    def __init__(self, policy: Policy, reader: Reader) -> None:
        """Know the desk's own handles and the policy's troll words."""
        self._reader = reader
        self._own: dict[str, str] = {
            account.id: account.handle.lstrip("@").casefold()
            for account in policy.accounts.values()
            if account.handle
        }
        self._trolls = Keywords(policy.triage.troll_words).find

    @hookimpl
    def scskit_classify(self, interactions: Sequence[Message]) -> list[Labels]:
        """Label each message that is noise."""
        return [self._classify(text) for text in self._reader.read(interactions)]

    def _classify(self, text: Text) -> Labels:
        message, lower = text.message, text.lower
        if message.direction == "outbound":
            return ()
        if self._is_own(message):
            return OWN_POST
        if message.shared_from is not None or lower.startswith("rt @"):
            return SHARED if message.shared_from is not None else RETWEET
        if not lower or lower.isspace():
            return () if message.attachments else EMPTY
        if words := self._trolls(text):
            return _noise("troll", 0.8, f"words: {', '.join(sorted(words))}")
        return _links(text) if "http" in lower or lower.count("#") >= MANY_TAGS else ()

    def _is_own(self, message: Message) -> bool:
        own = self._own.get(message.account)
        author = message.author
        return own is not None and own in (author.handle.casefold(), author.external_id.casefold())


def _links(text: Text) -> Labels:
    links = LINKS.findall(text.lower)
    signs = [token[0] for token in text.tokens]
    tags = signs.count("#")
    handles = signs.count("@")
    words = len(signs) - tags - handles
    if len(links) > len(set(links)) or (len(links) >= MANY_LINKS and words < 2 * len(links)):
        return LINK_PILE
    if tags >= MANY_TAGS and tags >= 2 * words:
        return TAG_PILE
    # A link shown to one or two is mostly a customer's photo or a quoted post.
    aimed = 1 <= handles < MANY_HANDLES or _answers(text.message)
    return BARE_LINK if links and words <= 1 and not aimed else ()


def _answers(message: Message) -> bool:
    private = message.visibility == "private"
    return private or message.parent is not None or bool(message.attachments)
