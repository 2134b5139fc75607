"""A piece of personal data in a text, and how pieces that claim the same place are told apart."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

Stretch = tuple[int, int]
"""Where something begins and ends, as in a slice."""


@frozen
class Found:
    """A piece of personal data. What it says is not in here, and goes into no log.

    Attributes:
        kind: one of ``core.privacy.KINDS``, or the name of a desk's own pattern.
        start: where it begins in the text, in code points.
        end: where it ends, as in a slice.
        name: what it is exactly, such as ``ES_DNI``.
    """

    kind: str
    start: int
    end: int
    name: str = ""


def first_come(found: Iterable[Found]) -> list[Found]:
    """Leave out what overlaps something that was found before it; return the rest in order."""
    kept: list[Found] = []
    taken: set[int] = set()
    for one in found:
        places = range(one.start, one.end)
        if taken.isdisjoint(places):
            taken.update(places)
            kept.append(one)
    return sorted(kept, key=lambda one: one.start)
