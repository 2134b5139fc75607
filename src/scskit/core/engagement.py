"""Whether the brand answers at all. Not answering always has a coded reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from scskit.core.vocabulary import EngagementKind

if TYPE_CHECKING:
    from scskit.core.match import Facts
    from scskit.core.policy import Policy


@frozen(kw_only=True)
class Engagement:
    """What the brand does about a message.

    Attributes:
        kind: answer, monitor, forward or dismiss.
        code: the coded reason; required unless ``kind`` is answer.
        queue: where a forwarded case goes.
        rule: the rule that decided.
        source: the plugin that decided.

    Raises:
        ValueError: something other than answering has no code, or a forward has no queue.
    """

    kind: EngagementKind
    code: str | None = None
    queue: str | None = None
    rule: str = ""
    source: str = ""

    def __attrs_post_init__(self) -> None:
        """Refuse a decision that could not be explained later."""
        if self.kind != "answer" and not self.code:
            message = f"engagement {self.kind!r} needs a code that says why nobody answers"
            raise ValueError(message)
        if self.kind == "forward" and not self.queue:
            message = "engagement 'forward' needs the queue it goes to"
            raise ValueError(message)


ANSWER_BY_DEFAULT = Engagement(kind="answer", rule="answer all", source="default")


def choose_engagement(policy: Policy, facts: Facts) -> Engagement | None:
    """Return what the first matching rule says; None when no rule matches."""
    for rule in policy.engagement:
        if rule.when.matches(facts):
            return Engagement(
                kind=rule.then, code=rule.code, queue=rule.queue, rule=rule.name, source="rules"
            )
    return None
