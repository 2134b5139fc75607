"""Labels: what classifiers say about a message, and how several opinions become one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from attrs import frozen

KINDS = ("reason", "contact_type", "noise", "language", "sentiment", "courtesy")
"""The kinds the engine reads. Other kinds are kept and left alone."""

CONTACT_TYPES = ("request", "query", "complaint", "claim", "praise", "brand_mention")
NOISE_KINDS = ("empty", "own_post", "retweet", "link_spam", "troll")


@frozen
class Label:
    """One statement about one message.

    Attributes:
        kind: ``reason``, ``contact_type``, ``noise``, ``language``, ``sentiment``, ``courtesy``,
            or any other name.
        value: what is said, such as ``billing.refund`` or ``es``.
        source: the plugin that says so.
        confidence: 0 to 1.
        rule: the rule that led to it, for people.
    """

    kind: str
    value: str
    source: str
    confidence: float = 1.0
    rule: str = ""


Labels = tuple[Label, ...]
"""All labels of one message."""


def best(
    labels: Iterable[Label], kind: str, allowed: Mapping[str, object] | None = None
) -> Label | None:
    """Choose between several labels of one kind.

    Args:
        labels: all labels of a message.
        kind: the kind asked for.
        allowed: when given, values that are not in it are passed over.

    Returns:
        The label with the highest confidence, the earliest among equals; None without any.
    """
    chosen: Label | None = None
    for label in labels:
        if (
            label.kind == kind
            and (chosen is None or label.confidence > chosen.confidence)
            and (allowed is None or label.value in allowed)
        ):
            chosen = label
    return chosen


def join(answers: Iterable[Sequence[Sequence[Label]]], count: int) -> list[Labels]:
    """Bring the answers of all classifiers together, message by message.

    Args:
        answers: one answer per classifier: for each message its labels.
        count: how many messages there are.

    Returns:
        For each message the labels of all classifiers, in the classifiers' order.
    """
    joined: list[list[Label]] = [[] for _ in range(count)]
    for answer in answers:
        for labels, more in zip(joined, answer, strict=True):
            labels.extend(more)
    return [tuple(labels) for labels in joined]
