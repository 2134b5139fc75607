"""Why an agent got a case: small enough to be kept with every assignment."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from attrs import frozen

LONGEST_LIST = 10
"""So many names stand beside each code; of the others there is only the number."""


@frozen
class RuledOut:
    """What the same thing kept from being chosen.

    Attributes:
        code: what kept them, such as ``level``, ``skill:lang:es`` or ``full``.
        count: how many.
        names: of the first of them, sorted.
    """

    code: str
    count: int
    names: tuple[str, ...] = ()


@frozen(kw_only=True)
class Why:
    """How an agent came to a case.

    Attributes:
        rule: ``pull``, ``push``, ``last agent``, ``accepted``, ``takeover`` ...
        place: the case's place in the order of work, in words.
        among: ``cases`` when the agent asked and the best case was looked for, ``agents`` when
            the best agent was.
        considered: how many of these were looked at, the chosen one among them.
        ruled_out: the others, by what ruled them out.
    """

    rule: str
    place: str = ""
    among: str = "agents"
    considered: int = 1
    ruled_out: tuple[RuledOut, ...] = ()


def told(why: Why) -> tuple[str, ...]:
    """Tell why an agent got a case, line by line, for people."""
    place = f": {why.place}" if why.place else ""
    others = why.considered - 1
    looked = f"{others} other {why.among} could not be chosen" if others else ""
    if why.among == "cases" and others:
        looked = f"passed over, with a place before it: {others}"
    codes = (_line(one) for one in why.ruled_out)
    return (f"{why.rule}{place}", *((looked, *codes) if others else ()))


def _line(one: RuledOut) -> str:
    left = one.count - len(one.names)
    more = f" and {left} more" if left else ""
    return f"  {one.code}: {', '.join(one.names)}{more}"


def group(found: Iterable[tuple[str, str]]) -> tuple[RuledOut, ...]:
    """Put together what was ruled out by the same code.

    Args:
        found: codes and names.

    Returns:
        One for each code, sorted by it.
    """
    counts: Counter[str] = Counter()
    names: defaultdict[str, list[str]] = defaultdict(list)
    for code, name in found:
        counts[code] += 1
        names[code].append(name)
    return tuple(
        RuledOut(code, counts[code], tuple(sorted(names[code])[:LONGEST_LIST]))
        for code in sorted(counts)
    )
