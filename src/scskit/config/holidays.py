"""Public holidays by country and region, from the ``holidays`` package.

They are asked for when a calendar is made and stored with it: a newer package changes what the next
version of a calendar says, never what an existing one does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from scskit.config.places import Place
from scskit.config.readers import Fields, list_of, matching, record, text, whole

_COUNTRY = re.compile(r"[A-Z]{2}")

HOLIDAYS: Fields = {
    "country": matching(
        _COUNTRY.pattern, 'a country code of two capitals such as "ES" (ISO 3166-1)'
    ),
    "region": text,
    "years": list_of(whole(1900, 2100), at_least=1),
}


def public_holidays(country: str, region: str | None, years: Iterable[int]) -> dict[date, str]:
    """Look up public holidays.

    Args:
        country: two letters (ISO 3166-1).
        region: as the package knows it, mostly ISO 3166-2 without the country; None for those of
            the whole country alone.
        years: which years.

    Returns:
        The dates in order, and what they are called in the country's own language.

    Raises:
        ValueError: the package does not know the country or the region.
    """
    import holidays  # noqa: PLC0415  a tenth of a second that most desk files can do without

    try:
        language = holidays.country_holidays(country).default_language
        # Without a language the package takes the machine's, and names would differ by machine.
        found = holidays.country_holidays(country, subdiv=region, years=years, language=language)
    except NotImplementedError as error:
        raise ValueError(str(error)) from error
    return dict(sorted(found.items()))


def known_regions(country: str) -> tuple[str, ...] | None:
    """Return the regions that the package knows; None if it does not know the country."""
    from holidays import list_supported_countries  # noqa: PLC0415

    regions = list_supported_countries(include_aliases=False).get(country)
    return None if regions is None else tuple(regions)


def known_countries() -> tuple[str, ...]:
    """Return the countries that the package knows."""
    from holidays import list_supported_countries  # noqa: PLC0415

    return tuple(list_supported_countries(include_aliases=False))


_read = record(dict[str, Any], HOLIDAYS, required=("country", "years"))


def holidays_of(value: object, place: Place) -> dict[date, str] | None:
    """Read which holidays a calendar has, and look them up."""
    before, given = place.count(), _read(value, place)
    country, region, years = _asked(value) if given is None else _asked(given)
    if country is None:
        return None
    try:
        found = public_holidays(country, region, years)
    except ValueError:
        _unknown(country, region, place)
        return None
    if given is None:
        return None
    for number, year in enumerate(years, 1):
        if not any(on.year == year for on in found):
            (place / "years").at(number).wrong(year, f"a year with known holidays of {country}")
    return found if place.count() == before else None


def _asked(given: object) -> tuple[str | None, str | None, tuple[int, ...]]:
    """Return whose holidays are asked for, as far as that can be read, and in which years."""
    asked = given if isinstance(given, dict) else {}
    country, region, years = (asked.get(name) for name in HOLIDAYS)
    return (
        country if isinstance(country, str) and _COUNTRY.fullmatch(country) else None,
        region if isinstance(region, str) and region.strip() else None,
        years if isinstance(years, tuple) else (),  # a list has not been read
    )


def _unknown(country: str, region: str | None, place: Place) -> None:
    regions = known_regions(country)
    if regions is None:
        (place / "country").not_among(f'"{country}"', country, known_countries())
    else:
        (place / "region").not_among(f'"{region}"', region, regions)
