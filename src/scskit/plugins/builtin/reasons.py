"""The contact reason, by the keywords and patterns that the desk file gives each reason.

Where several reasons are hit, the deepest in the tree wins, then the longest hit.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from attrs import frozen

from scskit.core.errors import ConfigError
from scskit.core.triage import Label, Labels
from scskit.plugins.builtin.keywords import Keywords, normal
from scskit.plugins.hookspecs import hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from scskit.core.interaction import Message
    from scskit.core.policy import Policy, Reason
    from scskit.plugins.builtin.text import Reader, Text

SOURCE = "reasons"
CONFIDENCE = 0.8
"""A model that is surer than this overrules a keyword."""


@frozen
class Hit:
    """Something found that speaks for a reason; the greater rank wins.

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
        self._hits: dict[str, Hit] = {}
        for keyword, hit in (found for node in nodes for found in _keywords(node)):
            if keyword not in self._hits or hit.rank > self._hits[keyword].rank:
                self._hits[keyword] = hit
        self._find = Keywords(self._hits).find
        self._patterns = [found for node in nodes for found in _patterns(node)]
        self._any_pattern = _any_of([pattern for pattern, _ in self._patterns])

    @hookimpl
    def scskit_classify(self, interactions: Sequence[Message]) -> list[Labels]:
        """Label each message with the reason it names, if it names one."""
        return [self._classify(text) for text in self._reader.read(interactions)]

    def _classify(self, text: Text) -> Labels:
        found = self._find(text)
        hits = [self._hits[keyword] for keyword in found] if found else []
        if self._patterns and (self._any_pattern is None or self._any_pattern.search(text.lower)):
            hits += self._pattern_hits(text.lower)
        if not hits:
            return ()
        return hits[0].labels if len(hits) == 1 else max(hits, key=_decisive).labels

    def _pattern_hits(self, lower: str) -> Iterator[Hit]:
        for pattern, hit in self._patterns:
            if found := pattern.search(lower):
                yield Hit(hit.depth, len(found.group()), hit.labels)


def _decisive(hit: Hit) -> tuple[int, int, str]:
    # Sets have no order: between equals the reason's id decides, the same way every time.
    return hit.depth, hit.length, hit.labels[0].value


def _hit(node: Reason, length: int, rule: str) -> Hit:
    label = Label("reason", node.id, SOURCE, CONFIDENCE, f"{rule} of {node.id}")
    return Hit(node.id.count("."), length, (label,))


def _keywords(node: Reason) -> Iterator[tuple[str, Hit]]:
    for keyword in map(normal, node.keywords):
        yield keyword, _hit(node, len(keyword), f"keyword {keyword!r}")


def _patterns(node: Reason) -> Iterator[tuple[re.Pattern[str], Hit]]:
    for pattern in node.patterns:
        try:
            yield re.compile(pattern), _hit(node, 0, f"pattern {pattern!r}")
        except re.error as error:
            problem = f"reason {node.id}: pattern {pattern!r} is not a regular expression: {error}"
            raise ConfigError(problem) from error


def _any_of(patterns: list[re.Pattern[str]]) -> re.Pattern[str] | None:
    """Join patterns into one that tells whether any is found; None where joining changes them."""
    if any(pattern.groups for pattern in patterns):  # \1 would mean another group
        return None
    try:
        return re.compile("|".join(f"(?:{pattern.pattern})" for pattern in patterns))
    except re.error:  # flags such as (?i) stand only at the beginning
        return None
