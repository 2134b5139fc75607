"""What goes wrong on the way, on purpose and repeatably.

A fault happens by chance (``Faults(seed=7, duplicate=0.1)``) or by plan
(``faults.plan("accept_then_timeout", on="POST /2/tweets")``). Each kind draws from a source of its
own, so that the same seed and the same calls meet the same faults, whatever other kinds are on.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from fnmatch import fnmatchcase
from random import Random
from threading import Lock
from types import MappingProxyType
from typing import Final

from attrs import define, frozen

ON_REQUESTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "timeout_before_accept": "no answer comes, and nothing was done",
        "accept_then_timeout": "what was asked is done, and no answer comes",
        "accept_then_error": "what was asked is done, and the answer is a server error",
        "rate_limited": "refused as too much, with the time of the next try",
        "server_error": "a server error, and nothing was done",
        "expired_token": "refused as if the token had expired",
        "receipt_before_response": "receipts of a message are pushed before its sender is answered",
        "echo_before_response": "the echo of a message is pushed before its sender is answered",
    }
)
"""What happens to requests, by the operation that they ask for."""

ON_DELIVERIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "duplicate": "pushed twice",
        "reorder": "held back for up to half a minute, so that later ones come first",
        "batch": "put into one body with those that are due as well",
        "drop_and_redeliver": "lost on the way, and pushed again after the network's back-off",
        "edit_before_original": "an edit or deletion overtakes what it changes",
        "clock_skew": "bears a time up to a minute and a half wrong",
    }
)
"""What happens to what is pushed, by its kind: message, echo, receipt, edit, deletion, other."""

KINDS: Final = frozenset(ON_REQUESTS) | frozenset(ON_DELIVERIES)

_MOST_SKEW: Final = 90.0
_LONGEST_HOLD: Final = 30.0


@frozen
class Fault:
    """Something that was made to go wrong.

    Attributes:
        kind: one of ``KINDS``.
        on: the operation of a request, or the kind of what was pushed.
    """

    kind: str
    on: str


@define
class _Plan:
    kind: str
    on: str
    skip: int
    left: int


class Faults:
    """Decides what goes wrong, and remembers what it decided. Safe to use from several threads."""

    def __init__(self, seed: int = 0, **rates: float) -> None:
        """Make things go wrong by chance.

        Args:
            seed: the same seed and the same calls meet the same faults.
            rates: by kind, how often out of 1.

        Raises:
            ValueError: there is no such fault, or a rate is not from 0 to 1.
        """
        self._lock = Lock()
        self.reset(seed, **rates)

    def reset(self, seed: int, **rates: float) -> None:
        """Begin anew: other rates, no plans, nothing remembered.

        Raises:
            ValueError: see ``__init__``.
        """
        for kind, rate in rates.items():
            _known(kind)
            if not 0 <= rate <= 1:
                message = f"{kind}: found the rate {rate}, expected 0 to 1"
                raise ValueError(message)
        with self._lock:
            self.seed = seed
            self.rates: Mapping[str, float] = dict(rates)
            self._chances = {kind: Random(f"{seed}/{kind}") for kind in KINDS}  # noqa: S311  no secret
            self._plans: list[_Plan] = []
            self._history: list[Fault] = []

    def plan(self, kind: str, *, times: int = 1, on: str = "*", skip: int = 0) -> None:
        """Make the next calls go wrong.

        Args:
            kind: one of ``KINDS``.
            times: how many.
            on: which operations, or kinds of what is pushed; ``*`` stands for anything.
            skip: how many that fit go well before.

        Raises:
            ValueError: there is no such fault.
        """
        _known(kind)
        with self._lock:
            self._plans.append(_Plan(kind, on, skip, times))

    def hit(self, kind: str, on: str) -> bool:
        """Decide whether something goes wrong now."""
        with self._lock:
            happens = self._planned(kind, on) or self._by_chance(kind)
            if happens:
                self._history.append(Fault(kind, on))
            return happens

    def _planned(self, kind: str, on: str) -> bool:
        for plan in self._plans:
            if plan.kind == kind and plan.left and fnmatchcase(on, plan.on):
                if plan.skip:
                    plan.skip -= 1
                    return False
                plan.left -= 1
                return True
        return False

    def _by_chance(self, kind: str) -> bool:
        rate = self.rates.get(kind, 0.0)
        return bool(rate) and self._chances[kind].random() < rate

    def skew(self, on: str) -> timedelta:
        """Return how wrong a time is: mostly not at all."""
        if not self.hit("clock_skew", on):
            return timedelta(0)
        return timedelta(seconds=self._between("clock_skew", -_MOST_SKEW, _MOST_SKEW))

    def hold(self) -> timedelta:
        """Return how long something is held back that is to be out of order."""
        return timedelta(seconds=self._between("reorder", 1.0, _LONGEST_HOLD))

    def _between(self, kind: str, least: float, most: float) -> float:
        with self._lock:
            return round(self._chances[kind].uniform(least, most), 3)

    @property
    def history(self) -> tuple[Fault, ...]:
        """All that was made to go wrong, in order."""
        with self._lock:
            return tuple(self._history)


def _known(kind: str) -> None:
    if kind not in KINDS:
        message = f"there is no fault {kind!r}; there is: {', '.join(sorted(KINDS))}"
        raise ValueError(message)
