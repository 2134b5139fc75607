"""Telephone numbers, by the numbering plans of libphonenumber."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from attrs import frozen

from scskit.plugins.builtin.personal_data.context import near, right_before
from scskit.plugins.builtin.personal_data.found import Found

SHORTEST, LONGEST = 7, 15
"""Digits of a number that is dialled (ITU-T E.164), without short ones that belong to nobody."""

_SHORTEST_BARE = 9
"""A shorter number in one piece could be anything: it takes a word that says what it is."""

_PIECES = 8
"""A number has no more of them, unless its digits stand one by one."""

_CHAIN: Final = re.compile(
    r"(?:(?<![\w@])(?<!\w-)|(?<=\btel)|(?<=\btlf)|(?<=\bcel)|(?<=phone)|(?<=movil)|(?<=sapp))"
    r"\+?\(?\d(?:[ .\-/()_~]{0,3}\d)*(?!\w)"
)
_PIECE: Final = re.compile(r"\+?\d+")
_MONEY: Final = re.compile(r"[$€£¥]\s?$|\b(?:eur|euros?|usd|mxn|cop|clp|gbp|s/)\s?$")
_MONEY_BEHIND: Final = re.compile(r"\s?(?:[$€£¥%]|(?:eur|euros?|usd|mxn|cop|clp|gbp|pesos)\b)|,\d")
_NO_PHONE: Final = re.compile(
    r"\d{4}[-. ](?:0?[1-9]|1[0-2])[-. ](?:0?[1-9]|[12]\d|3[01])(?:[ -]\d{1,2})?"  # a date
    r"|(?:0?[1-9]|[12]\d|3[01])[-. ](?:0?[1-9]|[12]\d|3[01])[-. ](?:19|20)?\d\d(?:[ -]\d{1,2})?"
    r"|(?:19|20)\d\d ?- ?(?:19|20)\d\d"  # years
    r"|\d+\.\d+|\d{1,2}(?:\.\d{3})+|\d{3}\.\d{3}"  # a version, or thousands
    r"|\d{1,3}(?:\.\d{1,3}){3}"  # an IP address
    r"|.*/.*"  # dates, flights, "2/2"
)
_WORDS: Final = re.compile(
    r"\b(?:tel|telf?|tlf|tfno|phones?|telephone|telefonos?|telefone|mobile|movil|celular|cel|"
    r"whats ?app|wsp|wa|call|ring|sms|text me|llam\w{1,6}|marc(?:a|ar|ue)|fijo|fax|ligue|appelez|"
    r"handy|rufen|contacto|contact)\b"
)
_ANY_NUMBER: Final = re.compile(r"(?:#|\b(?:no?|number|numero|id)\b)[ :.#\-]{0,3}$")
_OTHER_NUMBERS: Final = re.compile(
    r"\b(?:order|orden|pedido|ticket|caso|case|ref(?:erence|erencia)?|factura|invoice|claim|"
    r"tracking|seguimiento|vuelo|flight|booking|reserva|localizador|expediente|incidencia|"
    r"request|reclamo|confirmation|folio|guia|codigo|code|pin|serial|sku|isbn|version)\b"
    r"(?:\s(?:is|es|de|id|no?|numero|number|nr)\b){0,2}[ :.#\-]{0,3}$"
)


def phones(text: str, regions: Sequence[str]) -> Iterator[Found]:
    """Find numbers with a country code, and those that are dialled within one of the regions.

    Args:
        text: plain, see ``plain``; links in it are blank.
        regions: ISO 3166 codes.
    """
    plans = [plan for region in regions if (plan := _plan(region))]
    for chain in _CHAIN.finditer(text):
        if chain.end() - chain.start() >= SHORTEST:
            yield from _in_chain(text, chain, plans)


def _in_chain(text: str, chain: re.Match[str], plans: Sequence[Plan]) -> Iterator[Found]:
    pieces = [piece.span() for piece in _PIECE.finditer(text, chain.start(), chain.end())]
    begin = 0
    while begin < len(pieces):
        end = _end_of_number(text, pieces, begin, plans)
        if end:
            yield Found(
                "phone", *_with_bracket(text, pieces[begin][0], pieces[end - 1][1]), "PHONE"
            )
        begin = end or begin + 1


def _end_of_number(
    text: str, pieces: Sequence[tuple[int, int]], begin: int, plans: Sequence[Plan]
) -> int | None:
    """Return the piece before which the longest number ends that begins with piece ``begin``."""
    start = pieces[begin][0]
    one_by_one = not begin and len(pieces) <= LONGEST
    last = len(pieces) if one_by_one else min(len(pieces), begin + _PIECES)
    for end in range(last, begin, -1):
        stretch = text[start : pieces[end - 1][1]]
        digits = "".join(sign for sign in stretch if sign.isdigit())
        if not SHORTEST <= len(digits) <= LONGEST or "+" in stretch[1:]:
            continue
        if _is_number(text, (start, pieces[end - 1][1]), digits, plans):
            return end
    return None


def _is_number(text: str, span: tuple[int, int], digits: str, plans: Sequence[Plan]) -> bool:
    if text[span[0]] == "+":
        return _dialled(f"+{digits}")
    if _cut(text, *span):
        return False
    if _national(digits, plans) and _means_a_phone(text, *span):
        return True
    return digits.startswith("00") and _dialled(f"+{digits[2:]}")


def _cut(text: str, start: int, end: int) -> bool:
    """Tell whether it is a part of digits and dots, such as an IP address."""
    before, behind = text[max(0, start - 2) : start], text[end : end + 2]
    return (before[1:] == "." and before[0].isdigit()) or (
        behind[:1] == "." and behind[1:].isdigit()
    )


def _with_bracket(text: str, start: int, end: int) -> tuple[int, int]:
    """Take the bracket in that opens before an area code."""
    stretch = text[start:end]
    opened = text[start - 1 : start] == "(" and stretch.count(")") > stretch.count("(")
    return (start - 1 if opened else start), end


def _means_a_phone(text: str, start: int, end: int) -> bool:
    """Tell whether a number that could be dialled is written as one."""
    if _MONEY_BEHIND.match(text, end) or right_before(_OTHER_NUMBERS, text, start):
        return False
    if near(_WORDS, text, start, end):
        return True
    if right_before(_MONEY, text, start) or right_before(_ANY_NUMBER, text, start):
        return False
    stretch = text[start:end]
    bare = stretch.isdigit()
    return len(stretch) >= _SHORTEST_BARE if bare else not _NO_PHONE.fullmatch(stretch)


@frozen
class Plan:
    """What is dialled within a region.

    Attributes:
        region: its code.
        number: what a number looks like there, without prefix.
        prefix: what is dialled before it; None where prefixes change the number behind them.
    """

    region: str
    number: re.Pattern[str]
    prefix: re.Pattern[str] | None

    def may_be(self, digits: str) -> bool:
        """Tell, at little cost, what cannot be a number there."""
        if self.number.fullmatch(digits):
            return True
        if self.prefix is None:
            return True
        prefix = self.prefix.match(digits)
        return bool(prefix and self.number.fullmatch(digits, prefix.end()))


@lru_cache(maxsize=300)
def _plan(region: str) -> Plan | None:
    from phonenumbers import PhoneMetadata  # noqa: PLC0415  50 ms, for texts with numbers alone

    metadata = PhoneMetadata.metadata_for_region(region)
    described = metadata and metadata.general_desc
    if not metadata or not described or not described.national_number_pattern:
        return None
    changes = metadata.national_prefix_transform_rule is not None
    prefix = (
        rf"(?:{metadata.national_prefix_for_parsing or ''})|(?:00|011)(?:{metadata.country_code})"
    )
    return Plan(
        region,
        re.compile(described.national_number_pattern),
        None if changes else re.compile(prefix),
    )


def _national(digits: str, plans: Sequence[Plan]) -> bool:
    return any(plan.may_be(digits) and _dialled(digits, plan.region) for plan in plans)


def _dialled(number: str, region: str | None = None) -> bool:
    from phonenumbers import NumberParseException, is_valid_number, parse  # noqa: PLC0415  see above

    try:
        return is_valid_number(parse(number, region))
    except NumberParseException:
        return False
