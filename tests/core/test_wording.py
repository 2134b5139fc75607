"""Values as people of a language write them."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scskit.core import wording
from scskit.core.wording import Amount


@pytest.mark.parametrize(
    ("value", "language", "written"),
    [
        ("1234.5", "en", "1,234.5"),
        ("1234.5", "es", "1234,5"),
        ("12345.50", "es-ES", "12.345,50"),
        ("12345.5", "es-MX", "12,345.5"),
        ("12345", "fr", "12\u202f345"),
        ("-12345.5", "de_DE", "-12.345,5"),
        ("12345.5", "", "12345.5"),
        ("12345.5", "ja", "12345.5"),
    ],
)
def test_numbers(value, language, written):
    """Marks between thousands and before decimals are those of the reader's language."""
    assert wording.number(Decimal(value), language) == written


@pytest.mark.parametrize(
    ("value", "currency", "language", "written"),
    [
        ("12.5", "EUR", "es", "12,50\u00a0€"),
        ("12.5", "EUR", "en", "€12.50"),
        ("-12.5", "GBP", "en-GB", "-£12.50"),
        ("12.5", "USD", "en-US", "12.50\u00a0USD"),
        ("15000", "COP", "es-CO", "15.000,00\u00a0COP"),
        ("1500", "JPY", "de", "1500\u00a0JPY"),
        ("1.5", "KWD", "", "1.500\u00a0KWD"),
    ],
)
def test_amounts(value, currency, language, written):
    """Money has the decimals of its currency, and a sign only where it means one currency."""
    assert wording.amount(Amount(Decimal(value), currency), language) == written


def test_money_is_not_rounded():
    """Half a cent is a mistake, not something to be rounded away."""
    with pytest.raises(ValueError, match="more decimals than EUR"):
        wording.amount(Amount(Decimal("1.005"), "EUR"), "es")


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("es", "3 de febrero de 2026"),
        ("en", "3 February 2026"),
        ("en-US", "February 3, 2026"),
        ("fr-CA", "3 février 2026"),
        ("de", "3. Februar 2026"),
        ("pt-BR", "3 de fevereiro de 2026"),
        ("it", "3 febbraio 2026"),
        ("eu", "2026-02-03"),
    ],
)
def test_dates(language, written):
    """Nobody reads the third of February as the second of March."""
    assert wording.day(date(2026, 2, 3), language) == written


def test_times():
    """A time of day has two digits each."""
    assert wording.clock(time(9, 5)) == "09:05"


@given(
    st.decimals(-(10**14), 10**14, places=2),
    st.sampled_from(["en", "es", "fr", "de", "pt", "it", "ja", ""]),
)
def test_a_number_can_be_read_back(value, language):
    """No digit is lost or added, whatever the language."""
    written = wording.number(value, language)
    assert [c for c in written if c.isdigit()] == [c for c in f"{value:f}" if c.isdigit()]
    assert written.startswith("-") == (value < 0)
