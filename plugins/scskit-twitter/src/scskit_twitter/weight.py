"""How long X takes a text to be: its weighted length (twitter-text, configuration 3).

After NFC, common characters weigh 1 and the others 2, an emoji made of several code points 2, and
anything that X makes a link of 23, however long it is. What a link may end with is in the Public
Suffix List; what an emoji is, in Unicode's data, both of which come in packages that follow them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Final

import regex
from publicsuffixlist import PublicSuffixList

from scskit_twitter.limits import EMOJI_WEIGHT, LIGHT, URL_WEIGHT

_ELEMENT: Final = (
    r"\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier})?"
    r"(?:[\U000E0020-\U000E007E]+\U000E007F)?"
)
_EMOJI: Final = regex.compile(
    rf"[0-9#*]\uFE0F?\u20E3|\p{{RI}}\p{{RI}}|{_ELEMENT}(?:\u200D{_ELEMENT})*"
)
"""UTS #51, possible emoji; a match of one code point weighs what the code point weighs."""

_PATH: Final = r"[\p{Latin}\p{Cyrillic}0-9!*';:=+,.$/%#\[\]\-_~@|&]"
_PATH_END: Final = r"[\p{Latin}\p{Cyrillic}0-9=_#/+\-]"
_BRACKETS: Final = rf"\({_PATH}*(?:\({_PATH}+\){_PATH}*)?\)"
_QUERY: Final = r"[a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]"
_LINK: Final = regex.compile(
    r"(?<![A-Za-z0-9@\uFF20$#\uFF03\u202A-\u202E])"
    r"(?:https?://(?P<host>[\p{L}\p{N}\p{M}_][\p{L}\p{N}\p{M}_.-]*)"
    r"|(?<![-_./])(?P<bare>[A-Za-z0-9][A-Za-z0-9_.-]*))"
    r"(?::[0-9]+)?"
    rf"(?:/(?:(?:{_PATH}|{_BRACKETS})*(?:{_PATH_END}|{_BRACKETS}))?)?"
    rf"(?:\?{_QUERY}*[a-z0-9\-_&=#/])?",
    regex.IGNORECASE,
)
_JOINED: Final = regex.compile(r"[A-Za-z0-9@+-]")


def weighted_length(text: str) -> int:
    """Return the weighted length of a text."""
    return sum(_weights(unicodedata.normalize("NFC", text)))


def _weights(text: str) -> Iterator[int]:
    at = 0
    for start, end in links(text):
        yield from _plain_weights(text[at:start])
        yield URL_WEIGHT
        at = end
    yield from _plain_weights(text[at:])


def _plain_weights(text: str) -> Iterator[int]:
    at = 0
    for found in _EMOJI.finditer(text):
        if found.end() - found.start() > 1:
            yield from map(_weight, text[at : found.start()])
            yield EMOJI_WEIGHT
            at = found.end()
    yield from map(_weight, text[at:])


@cache
def _weight(character: str) -> int:
    return 1 if any(low <= ord(character) <= high for low, high in LIGHT) else 2


def links(text: str) -> Iterator[tuple[int, int]]:
    """Yield where X makes links: from, to."""
    for found in _LINK.finditer(text):
        host = found["host"] or found["bare"]
        begin = found.start("host" if found["host"] else "bare")
        domain = _domain(host)
        if not domain:
            continue
        end = begin + len(domain)
        if domain == host:
            yield found.start(), found.end()
        elif not _JOINED.match(text, end):
            yield found.start(), end


def _domain(host: str) -> str:
    """Return as much of a host as is a domain; empty when nothing is."""
    labels = host.split(".")
    for count in range(len(labels), 1, -1):
        *subdomains, name, suffix = labels[:count]
        if all(map(_is_label, (*subdomains, name))) and "_" not in name and _is_suffix(suffix):
            return ".".join(labels[:count])
    return ""


def _is_label(label: str) -> bool:
    return bool(label) and label[0] not in "-_" and label[-1] not in "-_"


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=False, only_icann=True)


def _is_suffix(label: str) -> bool:
    return _suffixes().publicsuffix(label.lower()) is not None
