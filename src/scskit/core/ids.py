"""Ids: time-ordered ones for what we make, readable ones for what a network names.

The only room where randomness is drawn. Everything else receives an ``IdSource``.
"""

from __future__ import annotations

import os
from datetime import datetime
from threading import Lock
from typing import NewType

from scskit.core.time import to_micros

CaseId = NewType("CaseId", str)
InteractionId = NewType("InteractionId", str)
IdentityId = NewType("IdentityId", str)
ThreadId = NewType("ThreadId", str)
CustomerId = NewType("CustomerId", str)
AccountId = NewType("AccountId", str)

_SEQUENCES_PER_MILLISECOND = 1 << 12
_VARIANT = 1 << 63
_RANDOM_MASK = (1 << 62) - 1


_forks = 0
"""How many forks lead to this process: a new one begins with the random bits of its parent."""


def _forked() -> None:
    global _forks  # noqa: PLW0603  asking for the process id costs more than making the id
    _forks += 1


if hasattr(os, "register_at_fork"):  # Windows has none
    os.register_at_fork(after_in_child=_forked)


class TimeOrderedIds:
    """Version 7 UUIDs as 32 hexadecimal digits (RFC 9562, section 5.7).

    Ids of one source sort in the order in which they were made, also within a millisecond and
    when the clock steps back. Two processes never share an id: 62 random bits, drawn anew in
    every process, stand behind the time and the sequence.
    """

    def __init__(self) -> None:
        """Start before every instant."""
        self._lock = Lock()
        self._last = 0
        self._at: tuple[datetime | None, int] = (None, 0)
        self._drawn_in = _forks - 1
        self._suffix = ""

    def new(self, now: datetime) -> str:
        """Return the next id.

        Args:
            now: the instant the id should sort by, to the millisecond.
        """
        at, ticks = self._at
        if at is not now:  # a batch makes all its ids at one instant
            ticks = to_micros(now) // 1000 * _SEQUENCES_PER_MILLISECOND
            self._at = now, ticks
        with self._lock:
            self._last = ticks = ticks if ticks > self._last else self._last + 1
            if self._drawn_in != _forks:
                self._draw()
            suffix = self._suffix
        milliseconds, sequence = divmod(ticks, _SEQUENCES_PER_MILLISECOND)
        return f"{milliseconds:012x}7{sequence:03x}{suffix}"

    def _draw(self) -> None:
        random = int.from_bytes(os.urandom(8), "big") & _RANDOM_MASK
        self._drawn_in = _forks
        self._suffix = f"{_VARIANT | random:016x}"


def draw_code(digits: int) -> str:
    """Return a code of some digits that nobody can foresee."""
    import secrets  # noqa: PLC0415  for who verifies people

    return f"{secrets.randbelow(10**digits):0{digits}}"


def draw_salt() -> str:
    """Return 16 random bytes in hexadecimal."""
    return os.urandom(16).hex()


def identity_id(network: str, scope: str, external_id: str) -> IdentityId:
    """Name an identity by what the network calls it.

    Args:
        network: the network's name, without a colon.
        scope: the account id for networks that scope ids per account, otherwise ``""``.
        external_id: the network's own id of the person, verbatim.

    Returns:
        ``network:scope:external_id``; unambiguous, because only the last part may hold colons.
    """
    return IdentityId(f"{network}:{scope}:{external_id}")


def thread_id(account: str, key: str) -> ThreadId:
    """Name a thread by its account and the network's own key.

    Args:
        account: the account id, without a colon.
        key: the network's conversation id, verbatim.

    Returns:
        ``account:key``.
    """
    return ThreadId(f"{account}:{key}")
