"""Which countries' numbers a desk meets without a country code."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from attrs import frozen

if TYPE_CHECKING:
    from scskit.core.policy import Policy

SPOKEN: Final = {
    "de": ("DE", "AT", "CH"),
    "en": ("US", "GB"),
    "es": ("ES", "MX", "CO", "AR", "PE", "CL", "EC", "UY"),
    "fr": ("FR", "BE"),
    "it": ("IT",),
    "pt": ("BR", "PT"),
}
"""Where a language is written by most customers of brands, as long as nobody says more."""

_COMMENT, _COLUMNS = "#", "\t"


@frozen
class Regions:
    """Countries to look for numbers of.

    Attributes:
        dialled: whose telephone numbers are written without a country code.
        home: where the desk is at home, so that ids count by their digits alone.
    """

    dialled: tuple[str, ...]
    home: frozenset[str]


def regions_of(policy: Policy, language: str | None = None) -> Regions:
    """Return what a policy says, else what its time zone and languages suggest.

    Args:
        policy: the policy in force.
        language: that of the case, as a BCP 47 code; a country in it counts too.
    """
    declared = policy.privacy.regions if policy.privacy else ()
    return _regions(declared, policy.time_zone, policy.triage.languages, language or "")


@lru_cache(maxsize=256)
def _regions(
    declared: tuple[str, ...], time_zone: str, languages: tuple[str, ...], language: str
) -> Regions:
    tag, _, place = language.replace("_", "-").partition("-")
    there = (place.upper(),) if len(place) == 2 and place.isalpha() else ()  # noqa: PLR2004  es-MX
    if declared:
        return Regions(tuple(dict.fromkeys((*declared, *there))), frozenset(declared))
    home = country_of(time_zone)
    spoken = [one for code in (*languages, tag) for one in SPOKEN.get(code.lower()[:2], ())]
    first = (home,) if home else ()
    return Regions(tuple(dict.fromkeys((*first, *there, *spoken))), frozenset(first))


@cache
def country_of(time_zone: str) -> str | None:
    """Return the country that a time zone lies in, if it lies in one (tzdata, ``zone.tab``)."""
    table = (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    for line in table.splitlines():
        if not line.startswith(_COMMENT):
            country, _, name, *_ = line.split(_COLUMNS)
            if name == time_zone:
                return country
    return None
