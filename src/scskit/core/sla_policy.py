"""What a desk promises its customers: targets by rule, what answers, what warns."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Literal, get_args

from attrs import frozen

from scskit.core.match import When
from scskit.core.sla import SlaTargets
from scskit.core.terms import ALWAYS_OPEN

if TYPE_CHECKING:
    from scskit.core.interaction import Message
    from scskit.core.policy import Policy

AnswerKind = Literal["public", "private", "bot", "template", "note"]
"""What the brand can say: a human to everybody, a human to the customer alone, a machine, a text
out of a drawer, somebody to colleagues."""

ANSWER_KINDS: tuple[AnswerKind, ...] = get_args(AnswerKind)
HUMAN: tuple[AnswerKind, ...] = ("public", "private")
PAUSES = ("pending", "on_hold", "snoozed")
"""The states in which a resolution clock may stand still."""


@frozen(kw_only=True)
class SlaRule:
    """The targets of the cases that it applies to; the first rule that holds decides.

    Attributes:
        name: for the explanation.
        when: what it applies to, by what is known of a case.
        targets: how long each clock may run.
    """

    name: str
    when: When
    targets: SlaTargets


@frozen(kw_only=True)
class SlaPolicy:
    """What a desk promises.

    Attributes:
        rules: the first that holds decides; without one a case has no clocks.
        calendar: the name of the calendar in which time counts, unless a rule names another; empty
            for around the clock.
        answers: which messages of the brand answer a customer.
        pauses: the states in which the resolution clock stands still.
        shares: fractions of a target at which to warn.
        before: how long before the end of a target to warn, in time that counts.
        tolerance: a warning or breach that is noticed later than this is marked as late.
    """

    rules: tuple[SlaRule, ...] = ()
    calendar: str = ALWAYS_OPEN
    answers: tuple[AnswerKind, ...] = HUMAN
    pauses: tuple[str, ...] = ("pending",)
    shares: tuple[float, ...] = (0.75,)
    before: tuple[timedelta, ...] = ()
    tolerance: timedelta = timedelta(minutes=1)


def answer_kind(message: Message) -> AnswerKind:
    """Tell what kind of answer a message of the brand is.

    A label ``template`` on it, given by whoever sent it, says that its text came out of a drawer.
    """
    if "template" in message.labels:
        return "template"
    return "bot" if message.automated else message.visibility


def answers_otherwise(message: Message, policy: Policy) -> bool | None:
    """Tell whether a message of the brand answers the customer, where that is not as usual.

    Returns:
        None for the usual: every human message does, no other; else what the policy says.
    """
    if policy.sla is None:
        return None
    counts = answer_kind(message) in policy.sla.answers
    return None if counts is not message.automated else counts
