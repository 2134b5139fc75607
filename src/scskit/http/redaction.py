"""What may be shown of a request: never a token, key or password.

Two nets, because each has holes: the names under which secrets travel, and the very secrets that
were seen to travel, wherever they turn up again.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Final
from urllib.parse import parse_qsl, quote, quote_plus

import httpx

HIDDEN: Final = "…"
"""Stands where a secret stood."""

_SHORTEST: Final = 6
"""Anything shorter is no secret, and would tear holes into words."""

_NAME = (
    r"[\w.-]*?(?:token|secret|password|passwd|proof|signature|authorization|credential|api[_-]?key)"
    r"s?(?:[_.-]?\d+)?"
)
_SECRET_NAME = re.compile(_NAME, re.IGNORECASE)
_SECRET_HEADERS = frozenset({"cookie", "set-cookie"})
_PUBLIC_NAMES = frozenset({"next_token", "pagination_token", "previous_token"})

# In prose, "token:" and "OAuth access" are words: a network's own message must stay readable.
_SCHEME = re.compile(r"\b(Bearer|Basic)\s+(?=[\w.~+/%=-]*\d)[\w.~+/%=-]{8,}", re.IGNORECASE)
_VALUE = r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s&,;"'<>\\)}\]…]+)"""
_PAIRS = re.compile(
    rf"""(?P<before>(?<![\w.-])(?:
        ["']{_NAME}["']\s*[=:]\s*     # JSON, and what Python writes of a dict
        |{_NAME}=                     # a query, a form, or what Python writes of a value
        |(?=\w+[_-]){_NAME}:\s*       # a header
    )){_VALUE}""",
    re.IGNORECASE | re.VERBOSE,
)
_IN_JSON = re.compile(rf'"({_NAME})"\s*:\s*"((?:[^"\\]|\\.)*)"', re.IGNORECASE)
_QUOTED = re.compile(r'([\w-]+)="([^"]*)"')


def is_secret_name(name: str) -> bool:
    """Tell whether what travels under this name (of a header, parameter or field) is a secret."""
    lower = name.lower()
    if lower in _PUBLIC_NAMES:
        return False
    return lower in _SECRET_HEADERS or _SECRET_NAME.fullmatch(lower) is not None


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Return the text with every secret hidden.

    Args:
        text: anything that is going to be logged or raised.
        secrets: what is known to be secret, wherever it stands and however it is escaped.
    """
    for secret in sorted(set(secrets), key=len, reverse=True):
        if len(secret) >= _SHORTEST:
            for spelling in {secret, quote(secret, safe=""), quote(secret), quote_plus(secret)}:
                text = text.replace(spelling, HIDDEN)
    return _PAIRS.sub(rf"\g<before>{HIDDEN}", _SCHEME.sub(rf"\1 {HIDDEN}", text))


def shown_url(url: httpx.URL | str) -> str:
    """Return a URL without its secrets: parameters, and a user name with its password."""
    address = httpx.URL(url) if isinstance(url, str) else url
    if address.userinfo:
        address = address.copy_with(username=None, password=None)
    pairs = _pairs(address.query)
    shown = [(name, HIDDEN if is_secret_name(name) else value) for name, value in pairs]
    bare = str(address.copy_with(query=None, fragment=None))
    return f"{bare}?{'&'.join(f'{name}={value}' for name, value in shown)}" if shown else bare


def shown_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers with the values of secret ones hidden."""
    return {name: HIDDEN if is_secret_name(name) else value for name, value in headers.items()}


def secrets_of(request: httpx.Request) -> frozenset[str]:
    """Return the secrets that a request carries: in its headers, its query and its body."""
    return frozenset(_carried(request))


def _carried(request: httpx.Request) -> Iterator[str]:
    pairs: list[tuple[str, str]] = [*_pairs(request.url.query), *_in_body(request)]
    for name, value in request.headers.items():
        pairs += [(name, value), *_QUOTED.findall(value)]
        pairs += [(name, value.partition(" ")[2])]  # what follows "Bearer"
    pairs += [("password", request.url.password)]
    yield from (value for name, value in pairs if value and is_secret_name(name))


def _pairs(text: bytes) -> list[tuple[str, str]]:
    return parse_qsl(text.decode("ascii", "replace"), keep_blank_values=True)


def _in_body(request: httpx.Request) -> list[tuple[str, str]]:
    kind = request.headers.get("content-type", "")
    try:
        body = request.content
    except httpx.RequestNotRead:  # a stream, which only the network will see
        return []
    if kind.startswith("application/x-www-form-urlencoded"):
        return _pairs(body)
    return _IN_JSON.findall(body.decode("utf-8", "replace")) if "json" in kind else []


def scrub(error: BaseException, secrets: Iterable[str]) -> None:
    """Hide secrets in an exception, and in all that it was raised from.

    Args:
        error: whose arguments and notes are changed in place.
        secrets: what is known to be secret.
    """
    known = frozenset(secrets)
    for one in _chain(error):
        one.args = tuple(_scrubbed(argument, known) for argument in one.args)
        if hasattr(one, "__notes__"):
            one.__notes__ = [redact(note, known) for note in one.__notes__]


def _scrubbed(argument: object, secrets: frozenset[str]) -> object:
    if isinstance(argument, str):
        return redact(argument, secrets)
    if isinstance(argument, int | float | None):
        return argument
    shown = repr(argument)
    hidden = redact(shown, secrets)
    return argument if hidden == shown else hidden


def _chain(error: BaseException) -> Iterator[BaseException]:
    waiting: list[BaseException | None] = [error]
    seen: set[int] = set()
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [one.__cause__, one.__context__]
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions


class _Hiding(logging.Filter):
    """Hides the secrets in the lines that httpx writes about each request."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                shown_url(argument) if isinstance(argument, httpx.URL) else argument
                for argument in record.args
            )
        return True


@cache
def hide_in_httpx_logs() -> None:
    """Keep httpx from writing tokens: it logs the whole URL of each request at level INFO."""
    logging.getLogger("httpx").addFilter(_Hiding())
