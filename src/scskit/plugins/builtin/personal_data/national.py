"""National ids: of people, and those of companies that people have in their own name.

Some are told by their form and check digit alone (*clear*). Others are digits like any: they count
where the desk is at home in that country (*weak*), or only beside a word that names them (*named*).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from typing import Final

from attrs import frozen

from scskit.plugins.builtin.personal_data import national_checks as checks
from scskit.plugins.builtin.personal_data.context import near
from scskit.plugins.builtin.personal_data.found import Found, Stretch


@frozen
class NationalId:
    """One kind of id.

    Attributes:
        name: the country and what people call it.
        check: whether letters and digits, nothing between, can be one.
        clear: a form that is enough.
        weak: a form that is enough at home, or beside one of the words.
        named: a form that takes one of the words.
        words: what it is called.
        digits: the fewest that any of its forms has: a booking of six digits is hardly anything.
    """

    name: str
    check: Callable[[str], bool]
    clear: re.Pattern[str] | None
    weak: re.Pattern[str] | None
    named: re.Pattern[str] | None
    words: re.Pattern[str]
    digits: int


_CALLED: Final = "|".join(
    rf"(?<=\b{word})"
    for word in ("dni", "nif", "nie", "cif", "rut", "rfc", "cpf", "ruc", "nit", "ssn", "curp")
)
"""Names that are written right before the number, nothing between."""


def _form(pattern: str) -> re.Pattern[str] | None:
    """Compile a form that stands alone: no letter, digit or decimal goes on beside it."""
    edged = rf"(?:(?<![a-z0-9])(?<!\d[.,])|{_CALLED})(?:{pattern})(?![a-z0-9])(?![.,]\d)"
    return re.compile(edged) if pattern else None


def _id(  # noqa: PLR0913  each form is another degree of certainty
    name: str,
    check: Callable[[str], bool],
    *,
    words: str,
    clear: str = "",
    weak: str = "",
    named: str = "",
    digits: int = 7,
) -> NationalId:
    word = re.compile(rf"\b(?:{words})\b")
    return NationalId(name, check, _form(clear), _form(weak), _form(named), word, digits)


_EIGHT = r"(?:\d{7,8}|\d{1,2}\.\d{3}\.\d{3})"
"""Seven or eight digits, with or without dots."""

IDS: Final = (
    _id(
        "ES_NIE", checks.nie, words="nie", clear=r"[xyz][-. ]?(?:\d{7}|\d\.\d{3}\.\d{3})[-. ]?[a-z]"
    ),
    _id("ES_NIF", checks.special_nif, words="nif", clear=r"[klm]-?\d{7}-?[a-z]"),
    _id(
        "ES_DNI",
        checks.dni,
        words="dni|nif|documento",
        clear=rf"{_EIGHT}[-./]?[a-z]",
        weak=rf"(?:{_EIGHT}|\d{{1,2}} \d{{3}} \d{{3}})[ -]{{1,3}}[a-z]",
    ),
    _id(
        "MX_CURP",
        checks.curp,
        words="curp",
        clear=r"[a-z]{4}\d{6}[hmx][a-z]{5}[a-z0-9]\d",
        weak=r"[a-z]{4}[- ]\d{6}[- ][hmx][a-z]{5}[- ]?[a-z0-9]\d",
    ),
    _id(
        "MX_RFC",
        checks.rfc,
        words="rfc",
        clear=r"[a-z&]{3,4}(?P<gap>-?)\d{6}(?P=gap)[a-z0-9]{2}[0-9a]",
        weak=r"[a-z&]{3,4}[- ]?\d{6}[- ]?[a-z0-9]{2}[0-9a]",
        named=r"[a-z]{4}[- ]?\d{6}",
        digits=6,
    ),
    _id(
        "CL_RUT",
        checks.rut,
        words="rut|run",
        clear=rf"{_EIGHT}-[\dk]",
        weak=r"\d{7,8}[\dk]",
    ),
    _id(
        "AR_CUIT",
        checks.cuit,
        words="cuit|cuil",
        clear=r"(?:2[0-7]|3[034]|5[015])-\d{8}-\d",
        weak=r"(?:2[0-7]|3[034]|5[015])[ -]?\d{8}[ -]?\d",
        digits=11,
    ),
    _id(
        "BR_CPF",
        checks.cpf,
        words="cpf",
        clear=r"\d{3}\.\d{3}\.\d{3}-\d{2}",
        weak=r"\d{9}-?\d{2}",
        digits=11,
    ),
    _id(
        "UY_RUT",
        checks.uruguayan_rut,
        words="rut",
        clear=r"[0-2]\d-?\d{6}-?001-?\d",
        digits=12,
    ),
    _id(
        "US_SSN",
        checks.ssn,
        words=r"ssn|social security|seguro social|tax id",
        clear=r"\d{3}-\d{2}-\d{4}",
        weak=r"\d{3}(?P<gap>[. ])\d{2}(?P=gap)\d{4}",
        named=r"\d{9}",
        digits=9,
    ),
    _id(
        "IT_CF",
        checks.anything,
        words="fiscale",
        clear=r"[a-z]{6}\d{2}[a-ehlmprst]\d{2}[a-z]\d{3}[a-z]",
    ),
)

WEAK_IDS: Final = (
    _id(
        "EC_CI",
        checks.cedula,
        words="cedula|ci",
        clear=r"\d{9}-\d",
        weak=r"\d{10}",
        digits=10,
    ),
    _id(
        "PE_RUC",
        checks.ruc,
        words="ruc",
        weak=r"(?:1[0567]|20)-?\d{8}-?\d",
        digits=11,
    ),
    _id(
        "CO_NIT",
        checks.nit,
        words="nit",
        clear=r"\d{3}\.\d{3}\.\d{3}-\d",
        weak=r"\d{8,9}-?\d",
        digits=9,
    ),
    _id("ES_CIF", checks.cif, words="cif|nif", clear=r"[a-hjnp-suvw]-?\d{7}-?[0-9a-j]"),
    _id(
        "UK_NHS",
        checks.nhs,
        words="nhs",
        named=r"\d{3}[- ]?\d{3}[- ]?\d{4}",
        digits=10,
    ),
    _id(
        "PASSPORT",
        checks.anything,
        words="pasaportes?|passports?|passaporte|passeport|reisepass|passaporto",
        named=r"[a-z]{1,3}\d{6,8}|\d{9}",
        digits=6,
    ),
)
"""Those that any code or number could be by chance: a desk's own patterns are asked before."""

_DOCUMENT: Final = re.compile(
    r"\b(?:(?:dni|cedula|documento|identity (?:card|number)|id number|national id)\b"
    r"|c\.?c\.?(?![a-z]))"
    r"[^\d\n]{0,15}(?P<number>\d{1,3}(?:\.\d{3}){2,3}|\d{7,10})(?![\d.-]*\w)"
)
"""An identity card's number without a check digit, right behind its name."""


def national_ids(text: str, home: Collection[str], places: Collection[Stretch]) -> Iterator[Found]:
    """Find ids that are hardly anything else.

    Args:
        text: plain, see ``plain``.
        home: countries in which the desk is at home.
        places: where to look: what has digits, with all that may belong to them.
    """
    return _search(IDS, text, home, places)


def weak_ids(text: str, home: Collection[str], places: Collection[Stretch]) -> Iterator[Found]:
    """Find ids that might be something else."""
    yield from _search(WEAK_IDS, text, home, places)
    for found in _DOCUMENT.finditer(text):
        yield Found("national_id", *found.span("number"), "DOCUMENT")


def _search(
    ids: Collection[NationalId], text: str, home: Collection[str], places: Collection[Stretch]
) -> Iterator[Found]:
    counted = [(start, end, _digits(text[start:end])) for start, end in places]
    most = max((digits for _, _, digits in counted), default=0)
    for one in ids:
        if one.digits > most:
            continue
        near_by = [(start, end) for start, end, digits in counted if digits >= one.digits]
        at_home = one.name[:2] in home
        for form, known in ((one.clear, True), (one.weak, at_home), (one.named, False)):
            for start, end in _matches(form, text, near_by) if form else ():
                if one.check(_compact(text[start:end])) and (
                    known or near(one.words, text, start, end)
                ):
                    yield Found("national_id", start, end, one.name)


def _digits(written: str) -> int:
    return sum(map(str.isdecimal, written))


def _matches(form: re.Pattern[str], text: str, places: Collection[Stretch]) -> Iterator[Stretch]:
    for start, end in places:
        for found in form.finditer(text, start, end):
            yield found.span()


def _compact(written: str) -> str:
    return "".join(sign for sign in written if sign.isalnum() or sign == "&")
