"""Typed readers, one per kind of value, and those that build bigger readers from small ones.

A reader takes a value as TOML has it and the place where it stands. It returns what scskit makes
of the value, or notes what is wrong and returns None. TOML has no null: None is never a value.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from fnmatch import fnmatchcase
from functools import partial
from typing import Any, TypeVar

from scskit.config.durations import EXAMPLES, parse_duration
from scskit.config.places import MISSING, Place, show

T = TypeVar("T")
Reader = Callable[[object, Place], T | None]
Fields = Mapping[str, Reader[Any]]

LONGEST = timedelta(weeks=520)
"""Ten years: any longer is a slip, and would carry due dates out of the calendar."""


def scalar(kind: type, allowed: str, convert: Callable[[Any], T | None]) -> Reader[T]:
    """Make a reader of one plain value.

    Args:
        kind: the exact type, so that ``true`` is not a number.
        allowed: what may stand there, in words.
        convert: makes the value; None refuses it.
    """

    def read(value: object, place: Place) -> T | None:
        result = convert(value) if type(value) is kind else None
        if result is None:
            place.wrong(value, allowed)
        return result

    return read


text = scalar(str, "text in quotes, not empty", lambda given: given if given.strip() else None)
lower_text = scalar(
    str, "text in quotes, not empty", lambda given: given.lower() if given.strip() else None
)
flag = scalar(bool, "true or false", lambda given: given)


def forbidden(why: str) -> Reader[Any]:
    """Make a reader that refuses a known key where it would do nothing."""
    return lambda value, place: place.wrong(value, f"nothing here, because {why}")


def matching(pattern: str, allowed: str) -> Reader[str]:
    """Make a reader of text that looks like ``pattern`` from end to end."""
    fits = re.compile(pattern).fullmatch
    return scalar(str, allowed, lambda given: given if fits(given) else None)


plain_name = matching(r"[\w.@+-]+", 'a name of letters, digits, ".", "_", "-", "@" and "+"')


def whole(low: int, high: int, but: int | None = None) -> Reader[int]:
    """Make a reader of whole numbers from ``low`` to ``high``, without ``but``."""
    exception = "" if but is None else f" but {but}"
    allowed = f"a whole number from {low} to {high}{exception}"
    return scalar(int, allowed, lambda n: n if low <= n <= high and n != but else None)


def duration(low: timedelta) -> Reader[timedelta]:
    """Make a reader of durations from ``low`` to ten years."""
    bounds = ', above zero and at most "520w"' if low else ', at most "520w"'

    def convert(given: str) -> timedelta | None:
        try:
            length = parse_duration(given)
        except ValueError:
            return None
        return length if low <= length <= LONGEST else None

    return scalar(str, EXAMPLES + bounds, convert)


def regex(value: object, place: Place) -> str | None:
    """Read a regular expression that compiles and finds something, but not everything."""
    pattern: str | None = text(value, place)
    flaw = None if pattern is None else _flaw(pattern)
    if flaw:
        place.wrong(pattern, f"a regular expression {flaw}")
        return None
    return pattern


_NO_LETTERS = re.compile(r"\\.|\(\?P")  # \S and (?P<name>…) are written with capitals


def _flaw(pattern: str) -> str | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # re warns of what it will read differently one day
            compiled = re.compile(pattern)
    except (re.error, ArithmeticError, RecursionError, Warning) as error:
        return f"({error})"
    if compiled.search(""):
        return "that does not find the empty text, which is in every message"
    letters = _NO_LETTERS.sub("", pattern)
    if letters != letters.lower() and not compiled.flags & re.IGNORECASE:
        return "in lower case, as is the text that it is looked for in"
    return None


def choose(choices: Callable[[Place], Collection[str] | None], *, globs: bool) -> Reader[str]:
    """Make a reader of one of several names.

    Args:
        choices: what there is to choose from, for a place; None when any name is welcome.
        globs: whether ``*``, ``?`` and ``[…]`` may stand for several of them.
    """

    def read(value: object, place: Place) -> str | None:
        known = choices(place)
        if known is None:
            return text(value, place)
        if isinstance(value, str) and (
            value in known or (globs and any(fnmatchcase(name, value) for name in known))
        ):
            return value
        place.not_among(show(value), value, known)
        return None

    return read


def one_of(choices: Collection[str], *, globs: bool = False) -> Reader[str]:
    """Make a reader of one of these names."""
    return choose(lambda _: choices, globs=globs)


def declared(section: str, *, globs: bool = False) -> Reader[str]:
    """Make a reader of a name that the file declares in ``section``."""
    return choose(lambda place: place.context.names[section], globs=globs)


def list_of(read: Reader[T], at_least: int = 0) -> Reader[tuple[T, ...]]:
    """Make a reader of a list without repetitions."""
    allowed = "a list in square brackets" + (", not empty" if at_least else "")

    def read_list(value: object, place: Place) -> tuple[T, ...] | None:
        if not isinstance(value, list) or len(value) < at_least:
            place.wrong(value, allowed)
            return None
        before = place.count()
        items = [read(item, place.at(number)) for number, item in enumerate(value, 1)]
        _refuse_repetitions(items, value, place)
        return tuple(items) if place.count() == before else None  # type: ignore[arg-type]  # no None

    return read_list


def _refuse_repetitions(items: Sequence[object], shown: Sequence[object], place: Place) -> None:
    seen: set[object] = set()
    for number, (item, written) in enumerate(zip(items, shown, strict=True), 1):
        if item in seen and item is not None:
            place.at(number).report(f"{show(written)} again", "everything once")
        seen.add(item)


def any_of(read: Reader[T]) -> Reader[tuple[T, ...]]:
    """Make a reader of one value or a list of them."""
    read_list = list_of(read, at_least=1)

    def read_any(value: object, place: Place) -> tuple[T, ...] | None:
        if isinstance(value, list):
            return read_list(value, place)
        item = read(value, place)
        return None if item is None else (item,)

    return read_any


def table(value: object, place: Place) -> dict[str, Any] | None:
    """Read a table, whatever is in it."""
    if isinstance(value, dict):
        return value
    place.wrong(value, "a table")
    return None


def mapping(read: Reader[T], name: Reader[str] = text, at_least: int = 0) -> Reader[dict[str, T]]:
    """Make a reader of a table in which the names are free and the values alike."""

    def read_mapping(value: object, place: Place) -> dict[str, T] | None:
        given = table(value, place)
        if given is None:
            return None
        before = place.count()
        if len(given) < at_least:
            place.wrong(given, "at least one key")
        for key in given:
            name(key, place / key)
        items = {key: read(item, place / key) for key, item in given.items()}
        return items if place.count() == before else None  # type: ignore[return-value]  # no None

    return read_mapping


def record(build: Callable[..., T], fields: Fields, required: Iterable[str] = ()) -> Reader[T]:
    """Make a reader of a table in which the keys are known.

    Args:
        build: makes the value from the keys that are given.
        fields: the known keys and how to read each.
        required: the keys that may not be left out.
    """

    def read(value: object, place: Place) -> T | None:
        given = table(value, place)
        if given is None:
            return None
        before = place.count()
        refuse_unknown(given, fields, place)
        full = dict.fromkeys(required, MISSING) | given
        values = {key: fields[key](full[key], place / key) for key in fields if key in full}
        return build(**values) if place.count() == before else None

    return read


def refuse_unknown(keys: Iterable[str], known: Collection[str], place: Place) -> None:
    """Note every key that nothing would read."""
    for key in keys:
        if key not in known:
            place.not_among(f"unknown key {show(key)}", key, known)


def named(
    build: Callable[..., T],
    key: str,
    fields: Fields,
    *,
    required: Iterable[str] = (),
    name: Reader[str],
) -> Reader[dict[str, T]]:
    """Make a reader of tables that are named by their heading, such as ``[queues.billing]``.

    Args:
        build: makes the value from its name and the keys that are given.
        key: the argument of ``build`` that takes the name.
        fields: the known keys and how to read each.
        required: the keys that may not be left out.
        name: how to read the name.
    """
    makers = mapping(record(partial(partial, build), fields, required), name)

    def read(value: object, place: Place) -> dict[str, T] | None:
        made = makers(value, place)
        if made is None:
            return None
        return {given: make(**{key: given}) for given, make in made.items()}

    return read
