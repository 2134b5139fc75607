"""Personal data in a text: what there is, and where."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final

from attrs import evolve, frozen

from scskit.plugins.builtin.personal_data.accounts import ibans, local_accounts
from scskit.plugins.builtin.personal_data.addresses import emails
from scskit.plugins.builtin.personal_data.cards import cards
from scskit.plugins.builtin.personal_data.found import Found, Stretch, first_come
from scskit.plugins.builtin.personal_data.national import national_ids, weak_ids
from scskit.plugins.builtin.personal_data.phones import phones
from scskit.plugins.builtin.personal_data.plain import Plain, plain

_LINK: Final = re.compile(r"(?:https?://|www\.|(?<![\w@.])[\w-]{1,63}\.[a-z]{2,6}/)\S*")
MASK: Final = "\u2588"

_SIX_DIGITS: Final = re.compile(r"\d(?:[\W_]{0,3}[a-z]?\d){5}")
"""Whatever else is found has six digits that close together: most texts do not."""


@frozen
class Finder:
    """Looks for personal data.

    Attributes:
        regions: ISO 3166 codes of countries whose numbers are written without a country code.
        patterns: further kinds, and what finds them in plain, lower-case text.
        home: countries whose ids count even where nothing but their digits tells them.
    """

    regions: tuple[str, ...] = ()
    patterns: tuple[tuple[str, re.Pattern[str]], ...] = ()
    home: frozenset[str] = frozenset()

    def find(self, text: str) -> tuple[Found, ...]:
        """Return what there is, in order, none of it overlapping."""
        disguised = plain(text)
        found = first_come(self._all(disguised.text))
        return tuple(_in_original(one, disguised) for one in found)

    def _all(self, text: str) -> Iterator[Found]:
        """Yield everything, the surest first."""
        if not _SIX_DIGITS.search(text):
            yield from emails(text)
            yield from self._patterns_in(text)
            return
        without_links = _LINK.sub(lambda link: " " * len(link[0]), text)
        yield from ibans(text)
        yield from local_accounts(text)
        yield from cards(text)
        yield from emails(text)
        places = _numeric(without_links)
        yield from national_ids(without_links, self.home, places)
        yield from self._patterns_in(text)
        yield from weak_ids(without_links, self.home, places)
        yield from phones(without_links, self.regions)

    def _patterns_in(self, text: str) -> Iterator[Found]:
        for kind, pattern in self.patterns:
            for found in pattern.finditer(text):
                if found.end() > found.start():
                    yield Found(kind, *found.span(), kind)


_BEFORE, _BEHIND = 10, 24
"""What may belong to six digits: letters before them, more digits and signs behind."""
_BLANK: Final = re.compile(r"\s|$")


def _numeric(text: str) -> list[Stretch]:
    """Return where six digits stand close together, with all that may belong to them."""
    places: list[Stretch] = []
    for found in _SIX_DIGITS.finditer(text):
        if places and found.end() + _BEHIND <= places[-1][1]:
            continue
        start = max(0, found.start() - _BEFORE)
        blank = _BLANK.search(text, found.end() + _BEHIND)
        end = blank.start() if blank else len(text)
        if places and start <= places[-1][1]:
            start, end = places[-1][0], max(end, places.pop()[1])
        places.append((start, end))
    return places


def _in_original(one: Found, disguised: Plain) -> Found:
    start, end = disguised.span(one.start, one.end)
    return evolve(one, start=start, end=end)


def finder(
    regions: Sequence[str] = (),
    patterns: Mapping[str, str] | None = None,
    home: Collection[str] | None = None,
) -> Finder:
    """Make a finder.

    Args:
        regions: ISO 3166 codes of countries whose numbers are written without a country code.
        patterns: names of further kinds, and regular expressions for plain, lower-case text.
        home: countries whose ids count by their digits alone; the first of the regions if None.
    """
    at_home = regions[:1] if home is None else home
    return _finder(tuple(regions), tuple((patterns or {}).items()), frozenset(at_home))


@lru_cache(maxsize=64)
def _finder(
    regions: tuple[str, ...], patterns: tuple[tuple[str, str], ...], home: frozenset[str]
) -> Finder:
    compiled = tuple((kind, re.compile(pattern)) for kind, pattern in patterns)
    return Finder(regions, compiled, home)


def find(
    text: str, regions: Sequence[str] = (), patterns: Mapping[str, str] | None = None
) -> tuple[Found, ...]:
    """Return the personal data in a text; see ``finder`` for the arguments.

    Disguises do not help: full-width digits, zero-width characters, look-alike letters.

    Returns:
        In order, with places in code points of the text as it was given; nothing overlaps.
    """
    return finder(regions, patterns).find(text)


def redact(
    text: str, regions: Sequence[str] = (), patterns: Mapping[str, str] | None = None
) -> str:
    """Return a text of the same length in which every piece of personal data is blacked out."""
    return blacked_out(text, find(text, regions, patterns))


def blacked_out(text: str, found: Sequence[Found]) -> str:
    """Return a text of the same length without what was found in it."""
    kept, at = [], 0
    for one in found:
        kept += [text[at : one.start], MASK * (one.end - one.start)]
        at = one.end
    return "".join((*kept, text[at:]))
