"""``fields=``: which parts of an object are answered, down to what hangs from it.

``id,from,comments.limit(5){message}`` names fields; modifiers stand in parentheses, the fields of
what a field leads to in braces.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from attrs import field, frozen

Edge = Callable[["Field"], Any]
"""What hangs from an object: answered only where it is asked for, as it is asked for."""

_TOKEN: Final = re.compile(r"[A-Za-z0-9_\-]+|\([^()]*\)|[.,{}]")


@frozen
class Field:
    """One field that is asked for.

    Attributes:
        name: of it.
        modifiers: such as ``limit``, by name.
        fields: what is asked of that to which it leads; empty for what is answered unasked.
    """

    name: str = ""
    modifiers: Mapping[str, str] = field(factory=dict)
    fields: tuple[Field, ...] = ()


@frozen
class Node:
    """An object of the graph.

    Attributes:
        values: its fields; None has no value and is left out. What can be called hangs from it.
        unasked: the fields that are answered where none are asked for.
    """

    values: Mapping[str, Any]
    unasked: tuple[str, ...] = ("id",)


def fields_of(text: str) -> tuple[Field, ...]:
    """Read the parameter ``fields``.

    Raises:
        ValueError: its brackets do not close, or it is not what it should be.
    """
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != re.sub(r"\s(?![^(]*\))", "", text):
        raise ValueError(f"Syntax error: {text[:80]}")
    reader = _Reader(tokens)
    found = reader.fields()
    if reader.at != len(tokens):
        raise ValueError(f"Syntax error: unexpected {tokens[reader.at]}")
    return found


class _Reader:
    def __init__(self, tokens: Sequence[str]) -> None:
        self.tokens, self.at = tokens, 0

    def _next(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def _take(self) -> str:
        token = self._next()
        self.at += 1
        return token

    def fields(self) -> tuple[Field, ...]:
        found = []
        while self._next() not in {"", "}"}:
            found.append(self._field())
            if self._next() != ",":
                break
            self._take()
        return tuple(found)

    def _field(self) -> Field:
        name = self._take()
        if name in {".", ",", "{", "}"} or name.startswith("("):
            raise ValueError(f"Syntax error: unexpected {name}")
        modifiers = dict(self._modifiers())
        fields: tuple[Field, ...] = ()
        if self._next() == "{":
            self._take()
            fields = self.fields()
            if self._take() != "}":
                raise ValueError("Syntax error: expected }")
        return Field(name, modifiers, fields)

    def _modifiers(self) -> Iterator[tuple[str, str]]:
        while self._next() == ".":
            self._take()
            name, value = self._take(), self._take()
            if not value.startswith("("):
                raise ValueError(f"Syntax error: expected ( after {name}")
            yield name, value[1:-1].strip()


def shown(node: Node, fields: Sequence[Field] = ()) -> dict[str, Any]:
    """Return what is answered of an object; its id always is.

    A field that the fake does not keep is left out, like one that has no value.
    """
    asked = fields or [Field(name) for name in node.unasked]
    found: dict[str, Any] = {}
    for one in asked:
        value = node.values.get(one.name)
        value = value(one) if callable(value) else _within(value, one.fields)
        if value is not None:
            found[one.modifiers.get("as", one.name)] = value
    if "id" in node.values:
        found.setdefault("id", node.values["id"])
    return found


def _within(value: Any, fields: Sequence[Field]) -> Any:  # noqa: ANN401  any JSON value
    if isinstance(value, Node):
        return shown(value, fields)
    if isinstance(value, dict) and fields:
        return shown(Node(value), fields)
    return value
