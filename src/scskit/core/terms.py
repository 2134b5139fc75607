"""What holds for the clocks of a case, and what they have said: facts that its log tells."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, get_args

from attrs import field, frozen

from scskit.core.time import require_aware

if TYPE_CHECKING:
    from attrs import Attribute

ClockName = Literal[
    "first_response", "next_response", "resolution", "update", "acknowledgement", "legal"
]
"""Every clock that a case may have; ``core.clocks`` says how each of them runs."""

CLOCKS: tuple[ClockName, ...] = get_args(ClockName)

NoticeKind = Literal["warned", "breached", "voided"]

ALWAYS_OPEN = ""
"""The name of the calendar that never closes."""


def _aware(_: object, attribute: Attribute[datetime], value: datetime) -> None:
    require_aware(value, attribute.name)


@frozen
class Stretch:
    """A time in which a case waited or was done.

    Attributes:
        state: the state it was in: pending, on_hold, snoozed or solved.
        since: from when on.
        until: until when; None while it lasts.
    """

    state: str
    since: datetime
    until: datetime | None = None


@frozen(kw_only=True, cache_hash=True)
class Terms:
    """What a case's clocks run under, decided once and kept in the log.

    Nothing in here has to be asked again to tell when a clock is due, but the opening hours of the
    calendar, which its version names for ever.

    Attributes:
        first_response: until the first answer; None for no such clock. So for all targets.
        next_response: until an answer to the oldest customer message not answered yet.
        resolution: until the case is solved.
        update: from an answer to the next one, while the brand owes something.
        acknowledgement: until an agent takes the case at its level.
        legal_days: working days until the case is solved, whatever it waits for.
        calendar: the name of the calendar that time counts in; empty for around the clock.
        calendar_version: which version of it.
        pauses: the states in which the resolution clock stands still.
        shares: fractions of the target at which to warn.
        before: how long before the end to warn.
    """

    first_response: timedelta | None = None
    next_response: timedelta | None = None
    resolution: timedelta | None = None
    update: timedelta | None = None
    acknowledgement: timedelta | None = None
    legal_days: int | None = None
    calendar: str = ALWAYS_OPEN
    calendar_version: str = ""
    pauses: tuple[str, ...] = ("pending",)
    shares: tuple[float, ...] = ()
    before: tuple[timedelta, ...] = ()


@lru_cache(4096)
def interned(terms: Terms) -> Terms:
    """Return one and the same object for equal terms: many cases run under few."""
    return terms


@frozen(kw_only=True)
class Applied:
    """Terms that were applied to a case.

    Attributes:
        since: from when on they hold; the first hold from the beginning.
        terms: the terms.
        policy_version: the policy that says so.
        rule: the rule that gave the targets.
        source: ``policy``, or the plugin that decided.
        retroactive: whether they counted from the beginning instead.
    """

    since: datetime = field(validator=_aware)
    terms: Terms
    policy_version: str
    rule: str = ""
    source: str = ""
    retroactive: bool = False


@frozen
class Notice:
    """Something that a clock said, once.

    Attributes:
        kind: warned, breached, or voided for a breach that late evidence took back.
        clock: which clock.
        instance: which of that name: response cycles are numbered, others are 1.
        since: when the instance began.
        due: when it was due.
        mark: of a warning, which one: ``0.75`` or ``-900s``.
    """

    kind: NoticeKind
    clock: str
    instance: int
    since: datetime
    due: datetime
    mark: str = ""
