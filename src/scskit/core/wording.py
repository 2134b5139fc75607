"""How numbers, amounts, dates and times are written in a language.

Only what replies need, for the languages that the built-in triage tells apart and a few more;
any other language gets the international forms (ISO 8601, a point before decimals).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal

from attrs import frozen


@frozen
class Amount:
    """Money.

    Attributes:
        value: how much; never rounded.
        currency: the ISO 4217 code, such as ``EUR``.
    """

    value: Decimal
    currency: str


NARROW_SPACE = "\u202f"
NO_BREAK_SPACE = "\u00a0"

_MARKS: Mapping[str, tuple[str, str]] = {
    "en": (",", "."),
    "es": (".", ","),
    "es-mx": (",", "."),
    "de": (".", ","),
    "pt": (".", ","),
    "fr": (NARROW_SPACE, ","),
    "it": (".", ","),
}
"""Between thousands, and before decimals."""

_SYMBOLS: Mapping[str, str] = {"EUR": "€", "GBP": "£"}
"""Only those that mean one currency: a dollar sign stands for twenty."""

_NO_DECIMALS = frozenset(
    [
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    ]
)
_THREE_DECIMALS = frozenset(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])

_ITALIAN = (
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre"
)
_MONTHS: Mapping[str, tuple[str, str]] = {
    "en": (
        "{day} {month} {year}",
        "January February March April May June July August September October November December",
    ),
    "en-us": (
        "{month} {day}, {year}",
        "January February March April May June July August September October November December",
    ),
    "es": (
        "{day} de {month} de {year}",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    ),
    "fr": (
        "{day} {month} {year}",
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    ),
    "de": (
        "{day}. {month} {year}",
        "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    ),
    "pt": (
        "{day} de {month} de {year}",
        "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    ),
    "it": (
        "{day} {month} {year}",
        _ITALIAN,
    ),
}


def ancestry(language: str) -> tuple[str, ...]:
    """Return a language code and what it falls back to: ``es-MX`` gives ``es-mx``, ``es``."""
    parts = language.lower().replace("_", "-").split("-") if language else []
    return tuple("-".join(parts[:count]) for count in range(len(parts), 0, -1))


def number(value: Decimal, language: str = "") -> str:
    """Write a number, with as many decimals as it has."""
    sign, digits = ("-", f"{-value:f}") if value < 0 else ("", f"{value:f}")
    whole, _, decimals = digits.partition(".")
    marks = next((_MARKS[code] for code in ancestry(language) if code in _MARKS), ("", "."))
    if len(whole) > len("9999") or marks[0] == ",":  # four digits stand together, but in English
        whole = f"{int(whole):,}".replace(",", marks[0])
    return sign + whole + (marks[1] + decimals if decimals else "")


def decimals_of(currency: str) -> int:
    """Return how many decimals a currency has (ISO 4217)."""
    if currency in _NO_DECIMALS:
        return 0
    return 3 if currency in _THREE_DECIMALS else 2


def amount(given: Amount, language: str = "") -> str:
    """Write an amount with all the decimals of its currency; nothing is rounded.

    Raises:
        ValueError: it has more decimals than the currency.
    """
    value = given.value.quantize(Decimal(1).scaleb(-decimals_of(given.currency)))
    if value != given.value:
        message = f"{given.value} has more decimals than {given.currency}"
        raise ValueError(message)
    written = number(value, language)
    symbol = _SYMBOLS.get(given.currency)
    if symbol and ancestry(language)[-1:] == ("en",):
        return f"-{symbol}{written[1:]}" if value < 0 else symbol + written
    return f"{written}{NO_BREAK_SPACE}{symbol or given.currency}"


def day(value: date, language: str = "") -> str:
    """Write a date with the month's name, so that no two countries read it differently."""
    for code in ancestry(language):
        if code in _MONTHS:
            form, names = _MONTHS[code]
            month = names.split()[value.month - 1]
            return form.format(day=value.day, month=month, year=value.year)
    return value.isoformat()


def clock(value: time) -> str:
    """Write a time of day."""
    return value.strftime("%H:%M")
