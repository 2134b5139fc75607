"""Bank accounts: IBAN everywhere, and the older numbers of Spain and Argentina."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from scskit.plugins.builtin.personal_data.digits import mod_97, weighted
from scskit.plugins.builtin.personal_data.found import Found

_COUNTRIES: Final = {
    15: "no",
    16: "be",
    18: "dk fi fk fo gl nl sd",
    19: "mk si",
    20: "at ba ee kz lt lu mn xk",
    21: "ch hr li lv",
    22: "bg bh cr de gb ge ie me rs va",
    23: "ae gi il iq om so tl",
    24: "ad cz es md pk ro sa se sk tn vg",
    25: "ly pt st",
    26: "is tr",
    27: "bi dj fr gr it mc mr sm",
    28: "al az by cy do gt hn hu lb ni pl sv",
    29: "br eg ps qa ua",
    30: "jo kw mu ye",
    31: "mt sc",
    32: "lc",
    33: "ru",
}
LENGTHS: Final = {
    country: length for length, countries in _COUNTRIES.items() for country in countries.split()
}
"""How long an IBAN is, by country (SWIFT's registry of IBAN formats)."""

_BEGIN: Final = re.compile(r"(?<![a-z0-9])(?:iban)?(?=([a-z]{2})[ \-.]?\d{2})")
_MOST_GAPS = 2
"""Signs between two characters of an IBAN."""

_CCC: Final = re.compile(r"(?<![\da-z])\d{4}[ -]?\d{4}[ -]?\d{2}[ -]?\d{10}(?![\da-z])")
_CBU: Final = re.compile(r"(?<![\da-z])\d(?:[ -]{0,3}\d){21}(?![\da-z])")
_CCC_WEIGHTS = (1, 2, 4, 8, 5, 10, 9, 7, 3, 6)
_CBU_BANK = (7, 1, 3, 9, 7, 1, 3)
_CBU_ACCOUNT = (3, 9, 7, 1, 3, 9, 7, 1, 3, 9, 7, 1, 3)


def ibans(text: str) -> Iterator[Found]:
    """Find IBANs, written in one or in groups of any size: length by country, and check digits."""
    for begin in _BEGIN.finditer(text):
        length = LENGTHS.get(begin[1])
        end = _end(text, begin.end(), length) if length else None
        if end and mod_97_is_one(text[begin.end() : end]):
            yield Found("iban", begin.end(), end, "IBAN")


def _end(text: str, start: int, length: int) -> int | None:
    """Return where so many letters and digits end, if nothing but gaps stands between them."""
    seen = gaps = 0
    for place in range(start, min(len(text), start + 3 * length)):
        sign = text[place]
        if sign.isascii() and sign.isalnum():
            seen, gaps = seen + 1, 0
        elif not sign.isalnum() and gaps < _MOST_GAPS:
            gaps += 1
        else:
            return None
        if seen == length:
            return place + 1 if not text[place + 1 : place + 2].isalnum() else None
    return None


def mod_97_is_one(written: str) -> bool:
    """Tell whether the check digits of an IBAN are right (ISO 13616, ISO 7064)."""
    code = "".join(sign for sign in written if sign.isalnum())
    return mod_97(code[4:] + code[:4]) == 1


def local_accounts(text: str) -> Iterator[Found]:
    """Find accounts of Spanish (CCC) and Argentine (CBU) banks, each with two check digits."""
    for found in _CCC.finditer(text):
        if _is_ccc(_digits(found[0])):
            yield Found("bank_account", *found.span(), "ES_CCC")
    for found in _CBU.finditer(text):
        if _is_cbu(_digits(found[0])):
            yield Found("bank_account", *found.span(), "AR_CBU")


def _digits(written: str) -> str:
    return "".join(sign for sign in written if sign.isdigit())


def _is_ccc(digits: str) -> bool:
    bank, checks, account = f"00{digits[:8]}", digits[8:10], digits[10:]
    return checks == _ccc_check(bank) + _ccc_check(account)


def _ccc_check(digits: str) -> str:
    rest = 11 - weighted(digits, _CCC_WEIGHTS) % 11
    return str({10: 1, 11: 0}.get(rest, rest))


def _is_cbu(digits: str) -> bool:
    bank, account = digits[:8], digits[8:]
    return (
        bool(int(digits))
        and (weighted(bank[:7], _CBU_BANK) + int(bank[7])) % 10 == 0
        and (weighted(account[:13], _CBU_ACCOUNT) + int(account[13])) % 10 == 0
    )
