"""Skills that a case needs, and until when it insists on them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from attrs import frozen


@frozen
class SkillNeed:
    """A skill that an agent needs for a case.

    Attributes:
        skill: such as ``lang:es``.
        relax_after: how long the case waits for somebody who has it; from then on anybody will
            do, though those who have it still come first. None insists for ever.
    """

    skill: str
    relax_after: timedelta | None = None


def required(needs: Iterable[SkillNeed], waited: timedelta) -> tuple[str, ...]:
    """Return the skills that a case still insists on, sorted.

    Args:
        needs: all that it asks for.
        waited: for how long it has waited.
    """
    return tuple(sorted(n.skill for n in needs if n.relax_after is None or waited < n.relax_after))


def strictest(needs: Iterable[SkillNeed]) -> tuple[SkillNeed, ...]:
    """Return each skill once, sorted, with the longest time for which anything insists on it."""
    found: dict[str, SkillNeed] = {}
    for need in needs:
        other = found.get(need.skill)
        if other is None or _insists_longer(need, other):
            found[need.skill] = need
    return tuple(need for _, need in sorted(found.items()))


def _insists_longer(need: SkillNeed, other: SkillNeed) -> bool:
    if other.relax_after is None:
        return False
    return need.relax_after is None or need.relax_after > other.relax_after
