"""A plugin's own part of the desk file: read into a typed value, every mistake named at once.

A plugin describes its settings as a frozen attrs class and reads them with ``read_settings``.
Secrets become ``Secret`` there, which shows its value to nobody who does not ask for it.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar, get_args, get_origin

from attrs import Attribute, fields, has

from scskit.core.errors import ConfigError

if TYPE_CHECKING:
    from cattrs import Converter

T = TypeVar("T")
Structure = Callable[[Any, Any], Any]

ENVIRONMENT: Final = "env:"
"""What a secret begins with when it stands in an environment variable."""

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_LONGEST = 60
_TEXT = "text in quotes, not empty"
_SECRET = f'a secret in quotes, or "{ENVIRONMENT}NAME" for the environment variable NAME'


class Secret:
    """A token, key or password. Neither ``repr`` nor ``str`` nor a format shows it.

    It is no attrs value: ``asdict``, JSON and the like do not find what is inside.
    """

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        """Hide ``value``."""
        self.__value = value

    def reveal(self) -> str:
        """Return what is hidden, for the one place that needs it."""
        return self.__value

    def __repr__(self) -> str:
        """Say that there is something, and nothing else."""
        return "Secret(…)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        """Tell whether two hide the same; not meant for checking what a stranger sent."""
        return isinstance(other, Secret) and other.reveal() == self.__value

    def __hash__(self) -> int:
        """Hash what is hidden."""
        return hash(self.__value)


class _Wrong(ValueError):
    """A value that may not stand where it stands.

    Args:
        found: what stands there; never a secret.
        allowed: what may stand there.
    """

    def __init__(self, found: str, allowed: str) -> None:
        super().__init__(f"found {found}; allowed: {allowed}")


def read_settings(given: Mapping[str, Any], cls: type[T], path: str) -> T:
    """Read a plugin's table of the desk file.

    The class may have fields of ``str``, ``int``, ``float``, ``bool``, ``Secret``, a ``Literal``,
    another attrs class, ``tuple[..., ...]`` and ``Mapping[str, ...]`` of these, and ``... | None``.
    A secret that is written ``"env:NAME"`` is read from the environment variable ``NAME``. A
    validator of the class says what is wrong by raising ``ValueError``.

    Args:
        given: the table, as ``scskit_connectors(settings)`` has it; ``{}`` where there is none.
        cls: a frozen attrs class.
        path: where the table stands, such as ``plugins.twitter``.

    Returns:
        The settings.

    Raises:
        ConfigError: anything is wrong: one line per mistake, with its path, what was found and
            what is allowed.
    """
    from cattrs.errors import BaseValidationError  # noqa: PLC0415  importing plugins stays light

    try:
        return _converter().structure(given, cls)
    except (BaseValidationError, _Wrong) as error:
        raise ConfigError(list(_problems(error, path))) from None  # its cause could quote a secret


@cache
def _converter() -> Converter:
    from cattrs import Converter  # noqa: PLC0415  a plugin without settings does not need it

    converter = Converter(forbid_extra_keys=True)
    converter.register_structure_hook(str, _text)
    converter.register_structure_hook(int, _plain((int,), "a whole number"))
    converter.register_structure_hook(float, _plain((int, float), "a number"))
    converter.register_structure_hook(bool, _plain((bool,), "true or false"))
    converter.register_structure_hook(Secret, _secret)
    converter.register_structure_hook_func(lambda cls: _origin(cls) is Literal, _choice)
    converter.register_structure_hook_factory(has, _record)
    converter.register_structure_hook_factory(lambda cls: _origin(cls) is tuple, _list)
    converter.register_structure_hook_factory(lambda cls: _origin(cls) is Mapping, _mapping)
    return converter


def _origin(cls: Any) -> Any:  # noqa: ANN401  any type
    return get_origin(cls)


def _plain(kinds: tuple[type, ...], allowed: str) -> Structure:
    def read(value: Any, _: Any) -> Any:  # noqa: ANN401  whatever TOML has
        if type(value) not in kinds:  # exactly: true is not a number
            raise _Wrong(_show(value), allowed)
        return value

    return read


def _text(value: Any, _: Any) -> str:  # noqa: ANN401  whatever TOML has
    if not isinstance(value, str) or not value.strip():
        raise _Wrong(_show(value), _TEXT)
    return value


def _secret(value: Any, _: Any) -> Secret:  # noqa: ANN401  whatever TOML has
    if isinstance(value, Secret):
        return value
    if not isinstance(value, str) or not value.strip():
        found = "empty text" if isinstance(value, str) else _kind(value)
        raise _Wrong(found, _SECRET)
    if not value.startswith(ENVIRONMENT):
        return Secret(value)
    name = value.removeprefix(ENVIRONMENT)
    held = os.environ.get(name, "")
    if not held.strip():
        raise _Wrong(f"{_quoted(value)}, which is not set", "a variable that is set")
    return Secret(held)


def _choice(value: Any, cls: Any) -> Any:  # noqa: ANN401  whatever TOML has
    choices = get_args(cls)
    if not any(type(value) is type(choice) and value == choice for choice in choices):
        raise _Wrong(_show(value) + _hint(value, choices), ", ".join(map(str, choices)))
    return value


def _record(cls: Any, converter: Converter) -> Structure:  # noqa: ANN401  cattrs calls this
    from cattrs.gen import make_dict_structure_fn  # noqa: PLC0415

    read: Structure = make_dict_structure_fn(cls, converter, _cattrs_forbid_extra_keys=True)
    return _shaped(Mapping, "a table", read)


def _list(cls: Any, converter: Any) -> Structure:  # noqa: ANN401  cattrs calls this
    from cattrs.cols import list_structure_factory  # noqa: PLC0415

    items = list_structure_factory(list[get_args(cls)[0]], converter)  # type: ignore[arg-type,misc]
    return _shaped((list, tuple), "a list in square brackets", lambda v, _: tuple(items(v, list)))


def _mapping(cls: Any, converter: Any) -> Structure:  # noqa: ANN401  cattrs calls this
    from cattrs.cols import mapping_structure_factory  # noqa: PLC0415

    # Keys are names in TOML, always text: converting them would report their mistakes as ours.
    return _shaped(Mapping, "a table", mapping_structure_factory(cls, converter, dict))


def _shaped(kind: type | tuple[type, ...], allowed: str, read: Structure) -> Structure:
    def checked(value: Any, cls: Any) -> Any:  # noqa: ANN401  whatever TOML has
        if not isinstance(value, kind):
            raise _Wrong(_kind(value), allowed)  # not the value: it could be a secret
        return read(value, cls)

    return checked


def _problems(error: Exception, path: str) -> Iterator[str]:
    """Walk the tree of errors and yield one line per mistake."""
    from cattrs.errors import BaseValidationError, ForbiddenExtraKeysError  # noqa: PLC0415

    if isinstance(error, BaseValidationError):
        for inner in error.exceptions:
            yield from _problems(inner, _below(path, inner))
    elif isinstance(error, ForbiddenExtraKeysError):
        known = [_key(field) for field in fields(error.cl) if field.init]
        for key in sorted(error.extra_fields):
            found = f"unknown key {_quoted(key)}{_hint(key, known)}"
            yield f"{path}: found {found}; allowed: {', '.join(known)}"
    elif isinstance(error, KeyError):
        yield f"{path}: found nothing; allowed: {_allowed(error)}"
    elif isinstance(error, _Wrong):
        yield f"{path}: {error}"
    else:
        yield f"{path}: {error}"


def _notes(error: BaseException) -> Iterator[Any]:
    """Yield what cattrs noted about where an error came up."""
    from cattrs.errors import AttributeValidationNote, IterableValidationNote  # noqa: PLC0415

    for note in getattr(error, "__notes__", ()):
        if isinstance(note, AttributeValidationNote | IterableValidationNote):
            yield note


def _below(path: str, error: BaseException) -> str:
    """Return the path of what stands below ``path`` and is wrong."""
    for note in _notes(error):
        step = note.name if hasattr(note, "name") else note.index
        if isinstance(step, int):
            return f"{path}[{step + 1}]"
        return f"{path}.{step if _BARE_KEY.fullmatch(step) else _quoted(step)}"
    return path


def _allowed(error: KeyError) -> str:
    """Say what may stand where nothing does."""
    for note in _notes(error):
        kind = note.type
        if has(kind) or _origin(kind) is Mapping:
            return "a table"
        if _origin(kind) is tuple:
            return "a list in square brackets"
        if _origin(kind) is Literal:
            return ", ".join(map(str, get_args(kind)))
        if kind in _WORDS:
            return _WORDS[kind]
    return "something"


_WORDS: dict[Any, str] = {
    str: _TEXT,
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    Secret: _SECRET,
}


def _key(field: Attribute[Any]) -> str:
    return field.alias or field.name


def _hint(value: object, choices: Any) -> str:  # noqa: ANN401  names, or a Literal's values
    if not isinstance(value, str) or len(value) > _LONGEST:
        return ""
    near = get_close_matches(value, [str(choice) for choice in choices], n=1, cutoff=0.7)
    return f' (did you mean "{near[0]}"?)' if near else ""


def _kind(value: object) -> str:
    names = {str: "text", dict: "a table", list: "a list", bool: "true or false", int: "a number"}
    return names.get(type(value), f"a {type(value).__name__}")


def _show(value: object) -> str:
    """Write a value as the file has it, shortened."""
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, bool):
        return str(value).lower()
    return _kind(value) if isinstance(value, Mapping | list) else str(value)[:_LONGEST]


def _quoted(text: str) -> str:
    return json.dumps(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…", ensure_ascii=False)
