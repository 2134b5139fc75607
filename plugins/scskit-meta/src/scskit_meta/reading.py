"""Bodies as they come: nothing is taken for granted, and what is optional may be wrong.

The shapes on the wire are frozen attrs classes. ``read`` fills one from a JSON value by a single
rule: what is required and wrong makes the whole ``Malformed``; what is optional and wrong counts
as absent, because a message is worth more than its trimmings. ``write`` goes the other way.
A trailing underscore keeps a name off Python's own words: ``from_`` is ``from`` on the wire.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin

from attrs import NOTHING, fields, has, resolve_types

from scskit.core.errors import PayloadInvalid

if TYPE_CHECKING:
    from cattrs import Converter

T = TypeVar("T")
Hook = Callable[[Any, Any], Any]

_MILLISECONDS_FROM = 100_000_000_000
"""Larger numbers are milliseconds: as seconds they would lie after the year 5000."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Malformed(ValueError):
    """A part of a body is not what the network documents."""


def load(body: bytes) -> Any:  # noqa: ANN401  any JSON value
    """Read a body as JSON; NaN and the infinities become null, lone surrogates stay.

    Raises:
        PayloadInvalid: it is not JSON.
    """
    try:
        return json.loads(body, parse_constant=_nothing, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise PayloadInvalid(f"the body is not JSON: {error}") from error


def _nothing(_: str) -> None:
    return None


def _finite(text: str) -> float | None:
    number = float(text)
    return number if math.isfinite(number) else None


def text(value: object) -> str:
    """Return an id or a text; some senders write ids as numbers.

    Raises:
        Malformed: it is neither.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return _digits(value)
    if isinstance(value, float) and value.is_integer():
        return _digits(int(value))
    raise Malformed(f"found {type(value).__name__}, expected text")


def _digits(number: int) -> str:
    try:
        return str(number)
    except ValueError as error:  # thousands of digits, which Python refuses to write
        raise Malformed("found a number that is no id") from error


def instant(value: object) -> datetime:
    """Return the instant of a network's time stamp.

    Args:
        value: seconds or milliseconds since 1970 as a number or in digits, or ISO 8601.

    Raises:
        Malformed: it is no time.
    """
    if isinstance(value, str) and not value.strip().isdecimal():
        return _iso(value)
    try:
        number = float(text(value)) if not isinstance(value, float) else value
        seconds = number / 1000 if number >= _MILLISECONDS_FROM else number
        return _EPOCH + timedelta(microseconds=round(seconds * 1e6))
    except (OverflowError, ValueError) as error:
        raise Malformed(f"found {type(value).__name__} that is no time") from error


def _iso(value: str) -> datetime:
    try:
        found = datetime.fromisoformat(value.strip())
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (OverflowError, ValueError) as error:
        raise Malformed("found text that is no time") from error


def first_instant(*values: object) -> datetime | None:
    """Return the first of several time stamps that can be read; None when none can."""
    for value in values:
        try:
            return instant(value)
        except Malformed:
            continue
    return None


def items(value: object) -> Iterator[Any]:
    """Yield the elements of a list, and nothing of anything else."""
    if isinstance(value, list):
        yield from value


def read(value: object, cls: type[T]) -> T:
    """Fill a wire class from a JSON value.

    Raises:
        Malformed: what is required is missing or wrong; the message names where.
    """
    found: T = _converter().structure(value, cls)
    return found


def write(value: object) -> Any:  # noqa: ANN401  any JSON value
    """Return the JSON value of a wire class: what ``read`` fills it from again."""
    return _converter().unstructure(value)


@cache
def _converter() -> Converter:
    from cattrs import Converter  # noqa: PLC0415  importing plugins stays light

    converter = Converter()
    converter.register_structure_hook(str, lambda value, _: text(value))
    converter.register_structure_hook(int, _number)
    converter.register_structure_hook(bool, lambda value, _: bool(value))
    converter.register_structure_hook_factory(has, _record)
    converter.register_structure_hook_factory(_is_tuple, _list)
    converter.register_unstructure_hook_factory(has, _writer)
    return converter


def _is_tuple(cls: Any) -> bool:  # noqa: ANN401  any type
    return bool(get_origin(cls) is tuple)


def _number(value: object, _: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and value.isdecimal() and len(value) < 20:  # noqa: PLR2004  64 bits
        return int(value)
    raise Malformed(f"found {type(value).__name__}, expected a whole number")


def _key(name: str) -> str:
    return name.removesuffix("_")


def _record(cls: Any, converter: Converter) -> Hook:  # noqa: ANN401  any wire class
    known = {
        _key(field.name): (field.name, converter.get_structure_hook(field.type), field.type)
        for field in fields(resolve_types(cls))
    }
    required = {_key(f.name) for f in fields(cls) if f.default is NOTHING}

    def structure(value: Any, _: Any) -> Any:  # noqa: ANN401  any JSON value
        if not isinstance(value, Mapping):
            raise Malformed(f"found {type(value).__name__}, expected an object")
        given = {}
        for key, part in value.items():
            if part is None or key not in known:
                continue
            name, hook, kind = known[key]
            try:
                given[name] = hook(part, kind)
            except Malformed as error:
                if key in required:
                    raise Malformed(f"{key}: {error}") from None
        for key in sorted(required):
            if known[key][0] not in given:
                raise Malformed(f"{key} is missing")
        return cls(**given)

    return structure


def _list(cls: Any, converter: Converter) -> Hook:  # noqa: ANN401  tuple[..., ...]
    kind = get_args(cls)[0]
    hook = converter.get_structure_hook(kind)

    def structure(value: Any, _: Any) -> Any:  # noqa: ANN401  any JSON value
        if not isinstance(value, list):
            raise Malformed(f"found {type(value).__name__}, expected a list")
        found = []
        for item in value:
            try:
                found.append(hook(item, kind))
            except Malformed:
                continue
        return tuple(found)

    return structure


def _writer(cls: Any, converter: Converter) -> Callable[[Any], Any]:  # noqa: ANN401  any wire class
    from cattrs.gen import make_dict_unstructure_fn, override  # noqa: PLC0415

    names: dict[str, Any] = {f.name: override(rename=_key(f.name)) for f in fields(cls)}
    return make_dict_unstructure_fn(cls, converter, _cattrs_omit_if_default=True, **names)
