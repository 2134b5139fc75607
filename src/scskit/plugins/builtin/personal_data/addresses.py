"""E-mail addresses, also those that are spelt out so that no machine shall find them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from scskit.plugins.builtin.personal_data.found import Found

_LONGEST_LOCAL = 64  # RFC 5321, 4.5.3.1.1
_DOMAIN: Final = re.compile(
    r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}(?:xn--[a-z0-9-]{2,59}|[^\W\d_]{2,63})(?![\w])"
)
_LOCAL_SIGNS: Final = frozenset(".!#$%&'*+/=?^_`{|}~-")
_FILES: Final = frozenset({"png", "jpg", "jpeg", "gif", "svg", "webp", "css", "pdf"})
"""Ends of file names such as ``logo@2x.png``."""

_OPEN, _SHUT = r"\s{0,2}[\[({<]\s?", r"\s?[\])}>]\s{0,2}"
_SPELT: Final = re.compile(
    rf"(?<![\w.+-])[\w.+-]{{1,64}}(?:{_OPEN}(?:at|arroba|@){_SHUT}|\s(?:arroba)\s)"
    rf"(?:[\w-]{{1,63}}(?:\.|{_OPEN}(?:dot|punto|ponto|\.){_SHUT}|\s(?:dot|punto|ponto)\s)){{1,4}}"
    r"[^\W\d_]{2,24}(?!\w)"
)
_MAYBE_SPELT: Final = re.compile(r"arroba|[\[({<]\s?(?:at\b|@)")


def emails(text: str) -> Iterator[Found]:
    """Find addresses with a domain that has a dot."""
    for sign in re.finditer("@", text):
        start = _begin(text, sign.start())
        domain = _DOMAIN.match(text, sign.end())
        if start is not None and domain and domain[0].rpartition(".")[2] not in _FILES:
            yield Found("email", start, domain.end(), "EMAIL")
    for found in _SPELT.finditer(text) if _MAYBE_SPELT.search(text) else ():
        yield Found("email", *found.span(), "EMAIL")


def _begin(text: str, at: int) -> int | None:
    """Return where the name before an ``@`` begins; None where there is none."""
    begin = at
    while begin and at - begin < _LONGEST_LOCAL and _local(text[begin - 1]):
        begin -= 1
    while begin < at and text[begin] in ".'*/|{=":  # before the name rather than of it
        begin += 1
    handle = text[begin - 1 : begin] == "@"  # @user@server: a name on a network, not an address
    return None if begin == at or handle else begin


def _local(sign: str) -> bool:
    return sign.isalnum() or sign in _LOCAL_SIGNS
