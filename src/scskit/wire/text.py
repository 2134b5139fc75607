"""JSON that keeps every string, also those that no UTF-8 text can hold."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import orjson


def encode(value: Any) -> str:
    """Return ``value`` as compact JSON.

    Lone surrogates and NUL become escapes, so that the result is storable text everywhere. Times
    become ISO 8601 text; NaN and the infinities become null.

    Raises:
        TypeError: the value holds something else that JSON has no form for.
    """
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return json.dumps(value, ensure_ascii=True, separators=(",", ":"), default=_time)


def _time(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    message = f"JSON has no form for {type(value).__name__}"
    raise TypeError(message)


def decode(text: str) -> Any:
    """Return what ``encode`` was given.

    Raises:
        ValueError: the text is not JSON.
    """
    try:
        return orjson.loads(text)
    except ValueError:
        return json.loads(text)
