"""Bodies with what a correct connector extracts: read them, and tell what one makes wrong.

A file holds ``{"payload": ..., "expect": {...}}``. ``expect`` names the number of new messages
(``interactions``), what the first of them is (``external_id``, ``author_id``, ``text``,
``visibility``, ``is_echo``, ``event``), all of them in order (``items``), and for a body without
any the ``event`` and the ``target_external_id``. Where there is ``NAME_any_of``, each of its values
is right.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

from scskit.cli.parsing import described
from scskit.plugins import Parsed

_OF_MESSAGES = ("external_id", "author_id", "text", "visibility", "is_echo", "event")
_OF_EVENTS = ("event", "target_external_id")


@frozen
class Body:
    """One recorded body.

    Attributes:
        name: the file's name.
        payload: the body as JSON value.
        expect: what a connector makes of it.
    """

    name: str
    payload: Any
    expect: Mapping[str, Any]

    @property
    def content(self) -> bytes:
        """The body as a network sends it: with escapes, as Meta writes them."""
        return json.dumps(self.payload).encode()


def read_bodies(folder: Path) -> tuple[Body, ...]:
    """Return the bodies of a folder in the order of their names; none where it is missing."""
    files = sorted(folder.glob("*.json"))
    parsed = ((file.stem, json.loads(file.read_bytes())) for file in files)
    return tuple(Body(name, content["payload"], content["expect"]) for name, content in parsed)


def differences(body: Body, items: Iterable[Parsed]) -> list[str]:
    """Say what a connector made wrong; nothing when all is right.

    Args:
        body: the body.
        items: what the connector made of it.
    """
    lines = [described(item) for item in items]
    new = [line for line in lines if line["external_id"]]
    return [*_unread(lines), *_counted(body.expect, len(new)), *_compared(body.expect, new, lines)]


def _unread(lines: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for line in lines:
        if line["kind"] == "unreadable":
            yield f"unreadable: {line['text']}"


def _counted(expect: Mapping[str, Any], found: int) -> Iterator[str]:
    allowed = _allowed(expect, "interactions")
    if found not in allowed:
        yield f"interactions: found {found}, expected {_shown(allowed)}"


def _compared(
    expect: Mapping[str, Any],
    new: Sequence[Mapping[str, Any]],
    lines: Sequence[Mapping[str, Any]],
) -> Iterator[str]:
    if expect["interactions"] == 0:
        yield from _either(expect, lines)
    elif new:
        yield from _differing("", expect, new[0])
        for number, (wanted, line) in enumerate(zip(expect.get("items", ()), new, strict=False)):
            yield from _differing(f"items[{number}].", wanted, line)


def _either(expect: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Compare an event with whichever line tells it: one body may tell several."""
    found = [[*_lacking("", expect, line, _OF_EVENTS)] for line in lines]
    if found and all(found):
        yield from found[0]


def _differing(at: str, expect: Mapping[str, Any], line: Mapping[str, Any]) -> Iterator[str]:
    names = [name for name in _OF_MESSAGES if name != "external_id" or expect.get(name)]
    yield from _lacking(at, expect, line, names)
    wanted, media = expect.get("attachments"), line["attachments"]
    if wanted is not None and len(media) != len(wanted):
        yield f"{at}attachments: found {len(media)}, expected {len(wanted)}"


def _lacking(
    at: str, expect: Mapping[str, Any], line: Mapping[str, Any], names: Iterable[str]
) -> Iterator[str]:
    for name in names:
        allowed = _allowed(expect, name) if name in expect else None
        if allowed is not None and line[name] not in allowed:
            yield f"{at}{name}: found {line[name]!r}, expected {_shown(allowed)}"


def _allowed(expect: Mapping[str, Any], name: str) -> Sequence[Any]:
    given: Sequence[Any] = expect.get(f"{name}_any_of", [expect.get(name)])
    return given


def _shown(allowed: Sequence[Any]) -> str:
    return " or ".join(repr(value) for value in allowed)
