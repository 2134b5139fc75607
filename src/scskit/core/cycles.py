"""Who waits for an answer: the cycles that first and next response are measured in."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from operator import attrgetter
from typing import Literal

from attrs import evolve, field, frozen

from scskit.core.pauses import aware

TurnKind = Literal["customer", "reply", "automatic", "note"]
"""Who spoke: the customer, a human of the brand to the customer, a machine to the customer, or
somebody to colleagues."""


ANSWERS: tuple[TurnKind, ...] = ("reply",)
"""What answers a customer, unless a policy says otherwise: a human."""


@frozen
class Turn:
    """Something said in a case.

    Attributes:
        at: when; aware.
        kind: by whom and to whom.
    """

    at: datetime = field(validator=aware)
    kind: TurnKind


@frozen(kw_only=True)
class ResponseCycle:
    """A customer waits, until answered.

    Attributes:
        number: the first cycle of a case is 1: the first response. The others are next responses.
        started_at: the oldest customer message that nobody had answered.
        answered_at: the answer; None while there is none.
    """

    number: int
    started_at: datetime
    answered_at: datetime | None = None


def response_cycles(
    turns: Iterable[Turn], answers: Collection[TurnKind] = ANSWERS
) -> tuple[ResponseCycle, ...]:
    """Find out who waited for an answer, and for how long.

    A cycle begins with a customer's message. More of them change nothing: the customer waits since
    the first. It ends with the first answer; the next message begins another one.

    Args:
        turns: all that was said in the case; of two at the same instant, the first given is first.
        answers: what counts as an answer.

    Returns:
        The cycles in order; only the last may be without an answer.
    """
    cycles: list[ResponseCycle] = []
    waiting = False
    for turn in sorted(turns, key=attrgetter("at")):
        if turn.kind == "customer" and not waiting:
            cycles.append(ResponseCycle(number=len(cycles) + 1, started_at=turn.at))
            waiting = True
        elif turn.kind in answers and waiting:
            cycles[-1] = evolve(cycles[-1], answered_at=turn.at)
            waiting = False
    return tuple(cycles)
