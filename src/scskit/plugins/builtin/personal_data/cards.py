"""Numbers of payment cards."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from scskit.plugins.builtin.personal_data.context import near
from scskit.plugins.builtin.personal_data.digits import Group, chains, luhn
from scskit.plugins.builtin.personal_data.found import Found

SHORTEST, LONGEST = 13, 19

_ISSUED: Final = re.compile(
    r"""
      4(?:\d{12}|\d{15}|\d{18})  # Visa
    | 5[1-5]\d{14}  # Mastercard
    | 2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}  # Mastercard, since 2017
    | 220[0-4]\d{12,15}  # Mir
    | 3[47]\d{13}  # American Express
    | 3(?:0[0-59]|[689]\d)\d{11,16}  # Diners Club
    | 35(?:2[89]|[3-8]\d)\d{12,15}  # JCB
    | (?:5[06-8]|6\d)\d{11,17}  # Maestro, Discover, UnionPay, Elo, RuPay, Verve
    | 8[12]\d{14,17}  # UnionPay, RuPay
    | 9792\d{12}  # Troy
    | 1\d{14}  # UATP, of airlines
    | (?:2014|2149)\d{11}  # enRoute
    """,
    re.VERBOSE,
)
"""Beginnings and lengths that are given out (ISO/IEC 7812). Any other number needs a word beside
it: one in ten passes the check digit by chance."""

_WORDS: Final = re.compile(
    r"\b(?:visa|master ?card|maestro|amex|american express|diners|credit|debit|credito|debito|"
    r"cards?|tarjetas?|cartao|cartoes|carta|carte|karte|kreditkarte|pan)\b"
)

_GROUPINGS: Final = frozenset({(4, 4, 4, 4), (4, 4, 4, 4, 3), (4, 6, 5), (4, 6, 4), (4, 4, 5)})
"""As they stand on cards: such a number is seen between others, an expiry date or a code."""


def cards(text: str) -> Iterator[Found]:
    """Find card numbers: 13 to 19 digits, however grouped, with a good check digit."""
    for chain in chains(text):
        yield from _in_chain(text, chain)


def _in_chain(text: str, chain: Sequence[Group]) -> Iterator[Found]:
    begin = 0
    while begin < len(chain):
        end = _end_of_card(text, chain, begin)
        if end:
            yield Found("card", chain[begin].start, chain[end - 1].end, "CARD")
        begin = end or begin + 1


def _end_of_card(text: str, chain: Sequence[Group], begin: int) -> int | None:
    """Return the group before which a card ends that begins with group ``begin``."""
    digits = ""
    for end in range(begin + 1, len(chain) + 1):
        digits += chain[end - 1].text
        if len(digits) > LONGEST:
            return None
        if len(digits) >= SHORTEST and _is_card(text, chain, begin, end, digits):
            return end
    return None


def _is_card(text: str, chain: Sequence[Group], begin: int, end: int, digits: str) -> bool:
    groups = chain[begin:end]
    if not luhn(digits) or not int(digits):
        return False
    if len(groups) > 1 and any(group.glued for group in groups):
        return False
    whole = (begin, end) == (0, len(chain))
    if not (whole or len(groups) == 1 or _usual(groups)):
        return False
    return bool(_ISSUED.fullmatch(digits)) or near(_WORDS, text, groups[0].start, groups[-1].end)


def _usual(groups: Sequence[Group]) -> bool:
    lengths = tuple(len(group.text) for group in groups)
    return lengths in _GROUPINGS or max(lengths[:-1]) == min(lengths) == 1
