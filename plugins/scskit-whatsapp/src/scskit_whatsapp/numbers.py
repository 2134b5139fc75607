"""Phone numbers that WhatsApp writes in two ways.

In Brazil a ninth digit was put before mobile numbers, in Mexico a 1 and in Argentina a 9 stands
between country and area; older accounts go by the number without it, newer ones with it, and Meta
writes either.
"""

from __future__ import annotations

import re
from typing import Final

_TWO_WAYS: Final = tuple(
    (re.compile(long, re.ASCII), re.compile(short, re.ASCII), digit)
    for long, short, digit in (
        # Landlines begin with 2 to 5, and never had a ninth digit.
        (r"(55[1-9][1-9])9([6-9]\d{7})", r"(55[1-9][1-9])([6-9]\d{7})", "9"),
        (r"(52)1(\d{10})", r"(52)(\d{10})", "1"),
        (r"(54)9(\d{10})", r"(54)(\d{10})", "9"),
    )
)
"""Each number with the digit, without it, and the digit."""


def spellings(number: str) -> tuple[str, ...]:
    """Return the other ways of writing a phone number; none for one that has but one."""
    found: list[str] = []
    for long, short, digit in _TWO_WAYS:
        if match := long.fullmatch(number):
            found.append(match[1] + match[2])
        elif match := short.fullmatch(number):
            found.append(f"{match[1]}{digit}{match[2]}")
    return tuple(found)
