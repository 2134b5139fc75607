"""Check digits and letters of national ids, as each country's authority defines them.

Each takes an id in lower case, without anything between its letters and digits.
"""

from __future__ import annotations

from typing import Final

from scskit.plugins.builtin.personal_data.digits import luhn, weighted

_DNI_LETTERS: Final = "trwagmyfpdxbnjzsqvhlcke"
_CIF_LETTERS: Final = "jabcdefghi"
_CIF_DIGIT_ONLY: Final = frozenset("abeh")
_CIF_LETTER_ONLY: Final = frozenset("npqrsw")
_CURP_SIGNS: Final = "0123456789abcdefghijklmn\u00f1opqrstuvwxyz"
_NIT_WEIGHTS = (3, 7, 13, 17, 19, 23, 29, 37, 41)
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_EC_PROVINCES: Final = frozenset({*range(1, 25), 30})
_SAMPLE_SSNS: Final = frozenset({"078051120", "219099999"})
"""Printed in advertisements, and withdrawn (Social Security Administration)."""


def dni(code: str) -> bool:
    """Spain, DNI: 7 or 8 digits and the letter of their rest by 23."""
    return code[-1] == _DNI_LETTERS[int(code[:-1]) % 23]


def nie(code: str) -> bool:
    """Spain, NIE: X, Y or Z counts as 0, 1 or 2 before 7 digits."""
    return dni("xyz".index(code[0]).__str__() + code[1:])


def special_nif(code: str) -> bool:
    """Spain, NIF of residents without a DNI: K, L or M counts nothing."""
    return dni(code[1:])


def cif(code: str) -> bool:
    """Spain, NIF of organisations: the kind says whether the check is a digit or a letter."""
    kind, digits, check = code[0], code[1:8], code[8]
    control = -(weighted(digits[1::2], (1, 1, 1)) + _doubled(digits[::2])) % 10
    if check.isdigit():
        return kind not in _CIF_LETTER_ONLY and int(check) == control
    return kind not in _CIF_DIGIT_ONLY and check == _CIF_LETTERS[control]


def _doubled(digits: str) -> int:
    return sum(sum(divmod(2 * int(digit), 10)) for digit in digits)


def dated(digits: str) -> bool:
    """Tell whether six digits are a year, a month and a day."""
    month, day = int(digits[2:4]), int(digits[4:6])
    return 1 <= month <= len(_DAYS) and 1 <= day <= _DAYS[month - 1]


def curp(code: str) -> bool:
    """Mexico, CURP: a date, and a check digit over 17 signs."""
    total = sum((18 - i) * _CURP_SIGNS.index(sign) for i, sign in enumerate(code[:17]))
    return dated(code[4:10]) and -total % 10 == int(code[17])


def rfc(code: str) -> bool:
    """Mexico, RFC: the date in it; offices have given out wrong check digits."""
    begin = next(place for place, sign in enumerate(code) if sign.isdigit())
    return dated(code[begin : begin + 6])


def rut(code: str) -> bool:
    """Chile, RUT: modulo 11, where k stands for 10."""
    total = weighted(code[-2::-1], (2, 3, 4, 5, 6, 7, 2, 3))
    return code[-1] == "0k987654321"[total % 11]


def cuit(code: str) -> bool:
    """Argentina, CUIT and CUIL: modulo 11."""
    return "012345678990"[11 - weighted(code, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11] == code[10]


def cpf(code: str) -> bool:
    """Brazil, CPF: two check digits modulo 11; eleven equal digits are none."""
    if len(set(code)) == 1:
        return False
    first = weighted(code[:9], range(10, 1, -1)) * 10 % 11 % 10
    second = weighted(code[:10], range(11, 1, -1)) * 10 % 11 % 10
    return code[9:] == f"{first}{second}"


def nit(code: str) -> bool:
    """Colombia, NIT: modulo 11 with primes."""
    return code[-1] == "01987654321"[weighted(code[-2::-1], _NIT_WEIGHTS) % 11]


def cedula(code: str) -> bool:
    """Ecuador, cedula: the province, a person's third digit, and Luhn's check digit."""
    return int(code[:2]) in _EC_PROVINCES and int(code[2]) < 6 and luhn(code)  # noqa: PLR2004  people: 0 to 5


def ruc(code: str) -> bool:
    """Peru, RUC: modulo 11."""
    return -weighted(code, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11 % 10 == int(code[10])


def uruguayan_rut(code: str) -> bool:
    """Uruguay, RUT: an office, a number, 001, and a check digit modulo 11."""
    total = weighted(code, (4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2))
    return bool(int(code[2:8])) and str(-total % 11) == code[11]


def ssn(code: str) -> bool:
    """United States, SSN: areas, groups and numbers that are given out; it has no check digit."""
    area, group, serial = code[:3], code[3:5], code[5:]
    given_out = area not in {"000", "666"} and area < "900"
    return given_out and group != "00" and serial != "0000" and code not in _SAMPLE_SSNS


def nhs(code: str) -> bool:
    """United Kingdom, NHS number: modulo 11."""
    return -weighted(code, range(10, 1, -1)) % 11 == int(code[9])


def anything(_: str) -> bool:
    """Take what has the right form where there is nothing to check."""
    return True
