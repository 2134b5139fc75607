"""Durations as people write them: ``90s``, ``30m``, ``4h``, ``2d``, ``1w``, ``1h30m``."""

from __future__ import annotations

import re
from datetime import timedelta

UNITS = {
    "w": timedelta(weeks=1),
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
}
"""From the largest to the smallest, the order in which they are combined."""

EXAMPLES = 'a duration such as "90s", "30m", "4h", "2d", "1w" or "1h30m"'

# Nine digits keep every sum inside what a timedelta holds, except for weeks: those are caught.
_PATTERN = re.compile("".join(f"(?:([0-9]{{1,9}}){unit})?" for unit in UNITS))


def parse_duration(text: str) -> timedelta:
    """Read a duration.

    Args:
        text: numbers with the units w, d, h, m and s, the largest first, each unit at most once.
            A day is 24 hours and a week seven days, whatever the clocks do.

    Raises:
        ValueError: the text is anything else, or too long a time.
    """
    found = _PATTERN.fullmatch(text)
    if not text or found is None:
        message = f"{text!r} is not {EXAMPLES}"
        raise ValueError(message)
    counts = (int(count or 0) for count in found.groups())
    try:
        return sum((n * unit for n, unit in zip(counts, UNITS.values(), strict=True)), timedelta())
    except OverflowError as error:
        message = f"{text!r} is longer than any time that can be reckoned with"
        raise ValueError(message) from error


def format_duration(duration: timedelta) -> str:
    """Write a duration so that ``parse_duration`` reads it back.

    Args:
        duration: zero or more; parts of a second are dropped.
    """
    parts = []
    rest = duration
    for name, unit in UNITS.items():
        count, rest = divmod(rest, unit)
        if count:
            parts.append(f"{count}{name}")
    return "".join(parts) or "0s"
