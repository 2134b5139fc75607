"""From the texts of a row to a message, or to what the quarantine keeps of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, cast, get_args

from attrs import evolve

from scskit.config.places import MISSING, listing, show
from scskit.core.identity import Author
from scskit.core.interaction import Direction, InteractionKind, Message, Visibility
from scskit.core.time import from_micros, to_micros
from scskit.importing.cells import Fields
from scskit.importing.mapping import FLAGS, REQUIRED, Cell, RowMap
from scskit.importing.reading import RawRow, Rows
from scskit.importing.times import time_reader
from scskit.wire.text import decode, encode

NEVER = 1 << 62
"""Stands for the time of a row that is no message: after all others."""

LARGEST = (1 << 63) - 1

Problems = dict[str, tuple[object, str]]
"""What was found and what was expected, by the name of what is wrong."""

_CHOICES: dict[str, tuple[str, ...]] = {
    "direction": get_args(Direction),
    "kind": get_args(InteractionKind),
    "visibility": get_args(Visibility),
}
_AUTHOR = {"author": "external_id", "handle": "handle", "name": "name", "followers": "followers"}
"""What of a row is about its author, and what it is called there."""


class Converted(NamedTuple):
    """A row on its way to the desk.

    Attributes:
        line: the line it begins on.
        raw: the row as it is in the file, as JSON.
        kept: what the quarantine keeps of a row that is no message, as JSON; empty for a message.
        problem: why it is no message; empty for one.
        at: its time in microseconds since 1970.
        number: its external id, if that is a number; otherwise 0.
        outbound: whether the brand wrote it.
        account: its account.
        external_id: its id.
        parent: the id of the message it answers, if any.
    """

    line: int
    raw: str
    kept: str = ""
    problem: str = ""
    at: int = NEVER
    number: int = 0
    outbound: bool = False
    account: str = ""
    external_id: str = ""
    parent: str = ""


class Converter:
    """Makes messages of rows: looks at each once to put it in order, and once in its turn."""

    def __init__(self, row_map: RowMap, rows: Rows) -> None:
        """Look up once where everything is.

        Args:
            row_map: the map.
            rows: the rows of a file.
        """
        self._rows = rows
        self._cells = row_map.row
        places = {column: number for number, column in enumerate(rows.columns)}
        self._fields = Fields(row_map.row, places)
        self._labels = Fields(row_map.labels, places)
        self._extra = Fields({c: Cell(columns=(c,)) for c in row_map.extra}, places)
        self._written = {
            name: Fields({name: evolve(cell, map=None)}, places)
            for name, cell in row_map.row.items()
            if cell.map is not None
        }
        self._vocabulary = [(n, c) for n, c in _CHOICES.items() if n in row_map.row]
        self._read_time = time_reader(row_map.time_format, row_map.time_zone)

    def convert(self, row: RawRow) -> Converted:
        """Find out whether a row is a message, and where it stands among the others."""
        if row.values is None:
            return self._refuse(row, {}, NEVER, {"external_id": (row.raw, row.problem)})
        given = self._fields.take(row.values)
        problems: Problems = {}
        at = self._check(given, problems)
        if problems:
            self._show_unlisted(row.values, problems)
            return self._refuse(row, given, at, problems)
        external_id = given["external_id"]
        return Converted(
            row.line,
            encode(row.raw),
            at=at,
            number=_number(external_id),
            outbound=given.get("direction") == "outbound",
            account=given["account"],
            external_id=external_id,
            parent=given.get("parent", ""),
        )

    def message(self, at: int, raw: str) -> Message:
        """Return the message that a row is.

        Args:
            at: ``Converted.at``.
            raw: ``Converted.raw``.
        """
        values = self._rows.values(decode(raw))
        message = _make_message(self._fields.take(values), at)
        message.labels.update((k, v) for k, v in self._labels.take(values).items() if v)
        message.extra.update((k, v) for k, v in self._extra.take(values).items() if v)
        return message

    def raw(self, raw: str) -> object:
        """Return a row as it is in the file, as a JSON object where it can be seen as one.

        Args:
            raw: ``Converted.raw``.
        """
        row = decode(raw)
        if isinstance(row, str):
            return _object(row)
        columns = self._rows.columns
        return dict(zip(columns, row, strict=True)) if len(row) == len(columns) else row

    def _check(self, given: Mapping[str, str], problems: Problems) -> int:
        """Collect what is wrong; return the time."""
        for name in REQUIRED:
            if not given[name]:
                problems[name] = "", "something"
        for name, choices in self._vocabulary:
            if given[name] not in choices:
                problems[name] = given[name], f"one of {listing(choices)}"
        if (followers := given.get("followers")) and _whole(followers) is None:
            problems["followers"] = followers, "a whole number"
        if (automated := given.get("automated")) and automated.lower() not in FLAGS:
            problems["automated"] = automated, f"one of {listing(FLAGS)}"
        if not given["time"]:
            return NEVER
        try:
            return to_micros(self._read_time(given["time"]))
        except ValueError as error:
            problems["time"] = given["time"], str(error)
            return NEVER

    def _show_unlisted(self, values: Sequence[str], problems: Problems) -> None:
        """Say what stands in the row where a map gives its text no meaning."""
        for name, (found, expected) in problems.items():
            if not found and (fields := self._written.get(name)):
                problems[name] = fields.take(values)[name], expected

    def _refuse(
        self, row: RawRow, given: Mapping[str, str], at: int, problems: Problems
    ) -> Converted:
        """Say what is wrong, and make what the quarantine keeps."""
        reason = row.problem or "; ".join(
            f"{self._origin(name)}: found {show(found or MISSING)}, expected {expected}"
            for name, (found, expected) in problems.items()
        )
        raw = encode(row.raw)
        kept = encode(_keep(given, at, problems, self.raw(raw)))
        return Converted(row.line, raw, kept, reason)

    def _origin(self, name: str) -> str:
        """Name a thing about a message, and the columns where they are called otherwise."""
        columns = self._cells[name].columns
        return name if columns == (name,) else f"{name} ({' + '.join(columns)})"


def _keep(given: Mapping[str, str], at: int, problems: Problems, raw: object) -> dict[str, Any]:
    """Return what the quarantine keeps of a row that is no message.

    It has the form of a message, so that whoever repairs it can hand it in again. Where something
    is wrong stands an object of what was found and what was expected: no message can hold that.
    """
    kept: dict[str, Any] = {"extra": {"row": raw}}
    author: dict[str, Any] = {}
    for name, text in given.items():
        if text and name not in problems:
            value = from_micros(at).isoformat() if name == "time" else _typed(name, text)
            _put(kept, author, name, value)
    for name, (found, expected) in problems.items():
        _put(kept, author, name, {"found": found, "expected": expected})
    return kept | ({"author": author} if author else {})


def _put(kept: dict[str, Any], author: dict[str, Any], name: str, value: object) -> None:
    if name in _AUTHOR:
        author[_AUTHOR[name]] = value
    else:
        kept["posted_at" if name == "time" else name] = value


def _make_message(given: Mapping[str, str], at: int) -> Message:
    get = given.get
    visibility = cast("Visibility", get("visibility") or "public")
    parent = get("parent") or None
    return Message(
        account=given["account"],
        external_id=given["external_id"],
        author=Author(
            external_id=given["author"],
            handle=get("handle", ""),
            name=get("name", ""),
            followers=_whole(get("followers", "")),
        ),
        posted_at=from_micros(at),
        text=get("text", ""),
        kind=cast("InteractionKind", get("kind")) or _kind(visibility, parent),
        visibility=visibility,
        direction=cast("Direction", get("direction") or "inbound"),
        thread=get("thread") or None,
        parent=parent,
        addressed_to=get("addressed_to") or None,
        automated=FLAGS.get(get("automated", "").lower(), False),
        language=get("language") or None,
        shared_from=get("shared_from") or None,
    )


def _kind(visibility: Visibility, parent: str | None) -> InteractionKind:
    if visibility == "private":
        return "direct_message"
    return "reply" if parent else "post"


def _typed(name: str, text: str) -> object:
    if name == "followers":
        return _whole(text)
    return FLAGS[text.lower()] if name == "automated" else text


def _whole(text: str) -> int | None:
    """Return a whole number, also one written as ``12.0``, as some programs do."""
    if not text:
        return None
    try:
        return int(text.removesuffix(".0"))
    except ValueError:
        return None


def _number(external_id: str) -> int:
    """Return an id that is a number as such, so that 9 comes before 10."""
    if not (external_id.isascii() and external_id.isdigit()) or len(external_id) > 19:  # noqa: PLR2004
        return 0
    number = int(external_id)
    return number if number <= LARGEST else 0


def _object(text: str) -> object:
    """Return what a JSON object says; any other text as it is."""
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return found if isinstance(found, dict) else text
