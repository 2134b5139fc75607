"""What the source already knows about a message, as labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scskit.core.triage import Label, Labels
from scskit.plugins.hookspecs import hookimpl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scskit.core.interaction import Message
    from scskit.core.policy import Policy

SOURCE = "given"


class Given:
    """Turns ``Message.labels`` into labels, with full confidence."""

    def __init__(self, policy: Policy) -> None:
        """Know the reasons of the tree: a source may not make up others."""
        self._reasons = policy.reasons.nodes

    @hookimpl
    def scskit_classify(self, interactions: Sequence[Message]) -> list[Labels]:
        """Repeat what each message brought along."""
        return [self._classify(message) if message.labels else () for message in interactions]

    def _classify(self, message: Message) -> Labels:
        return tuple(
            Label(kind, value, SOURCE, 1.0, "told by the source")
            for kind, value in message.labels.items()
            if _storable(kind) and _storable(value) and self._allowed(kind, value)
        )

    def _allowed(self, kind: str, value: str) -> bool:
        return kind != "reason" or value in self._reasons


def _storable(text: object) -> bool:
    # A source's oddity costs its own label, not those of the whole batch.
    if not isinstance(text, str) or not text or "\0" in text:
        return False
    return not any("\ud800" <= character <= "\udfff" for character in text)
