"""Where something stands in the desk file, and how to say that it is wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches

from attrs import evolve, field, frozen

MISSING = object()
"""Stands for a key that is required and absent: every reader refuses it."""

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_LONGEST = 60
_MOST = 12
_CLOSE = 0.7
_HUGE = 10**18


@frozen
class Context:
    """What is shared by all places of one file.

    Attributes:
        source: how the file is called in problems.
        names: what the file declares, by section, for references; None where any name is welcome.
        problems: one line per mistake found so far.
        time_zone: the desk's, for calendars that name none.
    """

    source: str
    names: Mapping[str, Collection[str] | None]
    problems: list[str] = field(factory=list)
    time_zone: str = "UTC"


@frozen
class Place:
    """A spot in the file.

    Attributes:
        context: the file.
        path: how to get there, such as ``routing[2].when``; empty for the whole file.
    """

    context: Context
    path: str = ""

    def __truediv__(self, key: str) -> Place:
        """Return the place of ``key`` in the table that stands here."""
        shown = key if _BARE_KEY.fullmatch(key) else json.dumps(key, ensure_ascii=False)
        return evolve(self, path=f"{self.path}.{shown}" if self.path else shown)

    def at(self, position: int) -> Place:
        """Return the place of an entry of the list that stands here, counted from 1."""
        return evolve(self, path=f"{self.path}[{position}]")

    def report(self, found: str, allowed: str) -> None:
        """Note a mistake: what was found here and what is allowed."""
        where = f"{self.context.source}: {self.path}" if self.path else self.context.source
        self.context.problems.append(f"{where}: found {found}; allowed: {allowed}")

    def wrong(self, value: object, allowed: str) -> None:
        """Note that ``value`` may not stand here."""
        self.report(show(value), allowed)

    def not_among(self, found: str, value: object, choices: Iterable[str]) -> None:
        """Note that ``value`` is none of the choices, and name the one that was probably meant."""
        near = nearest(value, choices)
        hint = f' (did you mean "{near}"?)' if near else ""
        self.report(f"{found}{hint}", listing(choices, near))

    def count(self) -> int:
        """Return how many mistakes were noted so far, anywhere in the file."""
        return len(self.context.problems)


def show(value: object) -> str:
    """Write a value as the file has it, shortened."""
    if value is MISSING:
        return "nothing"
    if isinstance(value, dict):
        return "a table" if value else "an empty table"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and abs(value) > _HUGE:
        return "a huge number"  # Python refuses to write out thousands of digits
    return _quoted(value) if isinstance(value, str) else str(value)


def _quoted(text: str) -> str:
    return json.dumps(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…", ensure_ascii=False)


def nearest(value: object, choices: Iterable[str]) -> str | None:
    """Return the choice that is written most like ``value``, if one is close."""
    if not isinstance(value, str) or len(value) > _LONGEST:
        return None
    return next(iter(get_close_matches(value, choices, n=1, cutoff=_CLOSE)), None)


def listing(choices: Iterable[str], first: str | None = None) -> str:
    """Write out what may be chosen from.

    Args:
        choices: all of them, in their order.
        first: the one to begin with.
    """
    ordered = sorted(choices, key=lambda choice: choice != first)
    more = f" and {len(ordered) - _MOST} more" if len(ordered) > _MOST else ""
    return ", ".join(ordered[:_MOST]) + more if ordered else "nothing, none is declared"
