"""Parameters as Meta takes them beyond JSON and plain forms.

Meta's own documentation writes ``recipient={id:PSID}`` and ``message={'text':'hello'}``; clients in
PHP write ``recipient[id]=PSID``, and some name no content type at all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from scskit.testing.network import Call

_FORMS: Final = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
_NESTED: Final = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\]){1,9})")
_TOKEN: Final = re.compile(
    r"""\s*(?:
        (?P<mark>[{}\[\]:,])
      | (?P<double>"(?:[^"\\]|\\.)*")
      | '(?P<single>(?:[^'\\]|\\.)*)'
      | (?P<bare>[^\s{}\[\]:,'"]+)
    )\s*(?P<key>(?=:))?""",
    re.VERBOSE | re.DOTALL,
)


def parameters(call: Call) -> dict[str, Any]:
    """Return everything that a request says: in its query, in a form, in a JSON object.

    Raises:
        BadBody: the body is no JSON object and no form.
    """
    query = nested(call.request.url.params.multi_items())
    if call.content_type in _FORMS:
        return query | nested(_form(call))
    content = call.request.content
    if not call.content_type and not content.lstrip().startswith(b"{"):
        return query | nested(_pairs(content))
    return query | call.json()


def _form(call: Call) -> Iterable[tuple[str, str]]:
    if call.content_type.startswith("multipart/"):
        return call.form().items()
    return _pairs(call.request.content)


def _pairs(content: bytes) -> list[tuple[str, str]]:
    return parse_qsl(content.decode("utf-8", "replace"), keep_blank_values=True)


def nested(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return parameters by name; ``a[b]=c`` is an object, ``a[]=c`` and ``a[0]=c`` a list."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        match = _NESTED.fullmatch(name)
        keys = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])] if match else [name]
        _put(found, keys, value)
    return {name: _listed(value) for name, value in found.items()}


def _put(into: dict[str, Any], keys: list[str], value: str) -> None:
    key, *rest = (keys[0] or str(len(into)), *keys[1:])
    if not rest:
        into[key] = value
        return
    if not isinstance(into.get(key), dict):
        into[key] = {}
    _put(into[key], rest, value)


def _listed(value: Any) -> Any:  # noqa: ANN401  any JSON value
    """Return what PHP calls a list as a list."""
    if not isinstance(value, Mapping):
        return value
    found = {key: _listed(one) for key, one in value.items()}
    if list(found) == [str(number) for number in range(len(found))]:
        return list(found.values())
    return found


def loads(text: str) -> Any:  # noqa: ANN401  any JSON value
    """Read JSON, whose names and texts may stand in single quotes or in none.

    Raises:
        ValueError: it is not even that.
    """
    try:
        return json.loads(text)
    except ValueError:
        return json.loads("".join(_strict(text)))


def _strict(text: str) -> Iterator[str]:
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"unexpected {text[at : at + 20]!r}")
        yield _token(match)
        at = match.end()


def _token(match: re.Match[str]) -> str:
    if match["single"] is not None:
        return json.dumps(re.sub(r"\\(.)", r"\1", match["single"], flags=re.DOTALL))
    bare = match["bare"]
    if bare is None:
        return match["mark"] or match["double"]
    return json.dumps(bare) if match["key"] is not None or not _is_value(bare) else bare


def _is_value(word: str) -> bool:
    return word in {"true", "false", "null"} or re.fullmatch(r"-?(0|[1-9]\d*)", word) is not None
