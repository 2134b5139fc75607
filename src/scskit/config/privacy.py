"""The section ``[privacy]``: what counts as personal data, and who may read it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cache
from importlib.resources import files

from scskit.config.places import Place
from scskit.config.readers import (
    Fields,
    Reader,
    choose,
    list_of,
    mapping,
    matching,
    one_of,
    record,
    regex,
    table,
    text,
)
from scskit.core.privacy import KINDS, NEEDS, PrivacyPolicy

_pattern_name = matching(
    r"[a-z][a-z0-9_]*", 'a name of its own of lower-case letters, digits and "_"'
)


@cache
def countries() -> tuple[str, ...]:
    """Return the ISO 3166 codes of all countries, as ``tzdata`` lists them."""
    lines = (files("tzdata") / "zoneinfo" / "iso3166.tab").read_text(encoding="utf-8").splitlines()
    return tuple(line.split("\t")[0] for line in lines if line and not line.startswith("#"))


def _own_kind(value: object, place: Place) -> str | None:
    if value in KINDS:
        place.wrong(value, f"a name of its own: {', '.join(KINDS)} are found everywhere")
        return None
    return _pattern_name(value, place)


def _choose_among(choices: Callable[[], Collection[str]]) -> Reader[str]:
    return choose(lambda _: choices(), globs=False)


def privacy(value: object, place: Place) -> PrivacyPolicy | None:
    """Read the section; kinds in ``private`` are those known everywhere and the file's own."""
    given = table(value, place)
    if given is None:
        return None
    patterns = given.get("patterns")
    kinds = (*KINDS, *(patterns if isinstance(patterns, dict) else ()))
    fields: Fields = {
        "regions": list_of(_choose_among(countries)),
        "patterns": mapping(regex, _own_kind),
        "private": mapping(one_of(NEEDS), one_of(kinds)),
        "allowed": list_of(text),
    }
    return record(PrivacyPolicy, fields)(given, place)
