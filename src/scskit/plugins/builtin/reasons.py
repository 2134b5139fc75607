"""The contact reason, by the keywords and patterns that the desk file gives each reason.

Where several reasons are hit, the deepest in the tree wins, then the longest hit.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from attrs import frozen

from scskit.core.errors import ConfigError
from scskit.core.triage import Label, Labels
from scskit.plugins.builtin.text import CURLY, any_of, split
from scskit.plugins.hookspecs import hookimpl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from scskit.core.interaction import Message
    from scskit.core.policy import Policy, Reason
    from scskit.plugins.builtin.text import Reader, Text

SOURCE = "reasons"
CONFIDENCE = 0.8
"""A model that is surer than this overrules a keyword."""


@frozen
class Hit:
    """Something found that speaks for a reason; the greater one wins.

    Attributes:
        depth: how deep the reason stands in the tree.
        length: how many characters were found.
        labels: what is said then.
    """

    depth: int
    length: int
    labels: Labels

    @property
    def rank(self) -> tuple[int, int]:
        """What hits are compared by."""
        return self.depth, self.length


class Reasons:
    """Labels messages with the contact reason that their words name."""

    def __init__(self, policy: Policy, reader: Reader) -> None:
        """Prepare the keywords and patterns of the policy's reason tree.

        Raises:
            ConfigError: a pattern is not a regular expression.
        """
        self._reader = reader
        nodes = policy.reasons.nodes.values()
        self._keywords: dict[str, Hit] = {}
        for keyword, hit in (found for node in nodes for found in _keyword_hits(node)):
            if keyword not in self._keywords or hit.rank > self._keywords[keyword].rank:
                self._keywords[keyword] = hit
        self._first, self._always = _gate(self._keywords)
        self._find = _finder(self._keywords)
        self._patterns = [found for node in nodes for found in _patterns(node)]
        self._any_pattern = _any_of([pattern for pattern, _ in self._patterns])

    @hookimpl
    def scskit_classify(self, interactions: Sequence[Message]) -> list[Labels]:
        """Label each message with the reason it names, if it names one."""
        return [self._classify(text) for text in self._reader.read(interactions)]

    def _classify(self, text: Text) -> Labels:
        hits: list[Hit] = []
        if self._always or not self._first.isdisjoint(text.vocabulary):
            hits = [self._keywords[_plain(found)] for found in self._find(text.lower)]
        if self._patterns and (self._any_pattern is None or self._any_pattern.search(text.lower)):
            hits += self._pattern_hits(text.lower)
        if not hits:
            return ()
        return max(hits, key=lambda hit: hit.rank).labels

    def _pattern_hits(self, lower: str) -> Iterator[Hit]:
        for pattern, hit in self._patterns:
            if found := pattern.search(lower):
                yield Hit(hit.depth, len(found.group()), hit.labels)


def _plain(keyword: str) -> str:
    return " ".join(keyword.lower().replace(CURLY, "'").split())


def _hit(node: Reason, length: int, rule: str) -> Hit:
    label = Label("reason", node.id, SOURCE, CONFIDENCE, f"{rule} of {node.id}")
    return Hit(node.id.count("."), length, (label,))


def _keyword_hits(node: Reason) -> Iterator[tuple[str, Hit]]:
    for keyword in map(_plain, node.keywords):
        if keyword:
            yield keyword, _hit(node, len(keyword), f"keyword {keyword!r}")


def _patterns(node: Reason) -> Iterator[tuple[re.Pattern[str], Hit]]:
    for pattern in node.patterns:
        try:
            yield re.compile(pattern), _hit(node, 0, f"pattern {pattern!r}")
        except re.error as error:
            problem = f"reason {node.id}: pattern {pattern!r} is not a regular expression: {error}"
            raise ConfigError(problem) from error


def _gate(keywords: dict[str, Hit]) -> tuple[frozenset[str], bool]:
    # One set operation tells for most messages that no keyword can be in them.
    firsts = [split(keyword)[:1] for keyword in keywords]
    words = {word.lstrip("#@") for first in firsts for word in first}
    return frozenset(words | {f"#{word}" for word in words}), [] in firsts


def _finder(keywords: dict[str, Hit]) -> Callable[[str], list[str]]:
    if not keywords:
        return lambda _: []
    # In a lookahead, so that one hit does not hide another that begins inside it.
    ordered = sorted(keywords, key=lambda keyword: keywords[keyword].rank, reverse=True)
    return re.compile(rf"(?<![\w@])(?=({any_of(ordered)})(?!\w))").findall


def _any_of(patterns: list[re.Pattern[str]]) -> re.Pattern[str] | None:
    """Join patterns into one that tells whether any is found; None where joining changes them."""
    if any(pattern.groups for pattern in patterns):  # \1 would mean another group
        return None
    try:
        return re.compile("|".join(f"(?:{pattern.pattern})" for pattern in patterns))
    except re.error:  # flags such as (?i) stand only at the beginning
        return None
