"""Running worked cases of SLA time: ``python -m scskit.testing.vectors FILE``.

A file holds calendars and vectors: an operation, what it is given, what must come out. Calendars
are read leniently, except by ``validate``. Every value under ``expect`` must come out as it stands.

========== ============================================= ==================================
op         what it is given                              what comes out
========== ============================================= ==================================
due        start, target_s; pauses, changes              due, fires_at
at_risk    the same and fraction                         at_risk, due, fires_at
elapsed    start, until; pauses, changes                 elapsed_s
due_days   start, days                                   due: the end of that working day
nrt        events, target_s; pauses, until               start, due, outcome of the last cycle
open_at    at                                            open, next_open
validate   lenient                                       error: the code of the first flaw
========== ============================================= ==================================
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from attrs import frozen

from scskit.core.zones import database_version
from scskit.testing.vector_operations import OPERATIONS, Book, Vector

SCHEMA = "scskit-sla-vectors/1"


@frozen
class Mismatch:
    """A vector that did not come out.

    Attributes:
        id: of the vector.
        title: of the vector.
        expected: what must come out.
        got: what did, or what went wrong.
    """

    id: str
    title: str
    expected: Any
    got: Any

    def __str__(self) -> str:
        """Show it in three lines."""
        expected, got = (
            json.dumps(value, ensure_ascii=False) for value in (self.expected, self.got)
        )
        return f"{self.id}: {self.title}\n  expected {expected}\n  got      {got}"


def mismatches(document: Vector) -> Iterator[Mismatch]:
    """Run every vector of a file and yield those that do not come out.

    Args:
        document: the content of the file.

    Raises:
        ValueError: it is of another schema, or has no vectors.
    """
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        message = f"found no file of the schema {SCHEMA!r}"
        raise ValueError(message)
    if not document["vectors"]:
        raise ValueError("found no vectors, which would prove nothing")
    book = Book(document["calendars"])
    for vector in document["vectors"]:
        got = _run(vector, book)
        if not _same(vector["expect"], got):
            yield Mismatch(vector["id"], vector["title"], vector["expect"], got)


def _run(vector: Vector, book: Book) -> Any:  # noqa: ANN401  what JSON can hold
    """Return what comes out, as far as it is expected, or the error."""
    operation = OPERATIONS.get(vector["op"])
    if operation is None:
        return f"no operation {vector['op']!r}; there are {', '.join(OPERATIONS)}"
    try:
        found = operation(vector, book)
    except Exception as error:  # noqa: BLE001  one vector that fails must not hide the others
        return f"{type(error).__name__}: {error}"
    return {key: found.get(key, "nothing of this name") for key in vector["expect"]}


def _same(expected: Any, got: Any) -> bool:  # noqa: ANN401
    if isinstance(expected, dict) and isinstance(got, dict):
        return all(_same(value, got[key]) for key, value in expected.items())
    return bool(_comparable(expected) == _comparable(got))


def _comparable(value: Any) -> Any:  # noqa: ANN401
    """Return what is meant: an instant can be written in several ways."""
    try:
        return datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return value


def main(arguments: Sequence[str]) -> int:
    """Run the file that is named; print what does not come out, and a count.

    Returns:
        0 if everything came out, 1 if not, 2 if the file cannot be run.
    """
    if len(arguments) != 1:
        return _refuse("usage: python -m scskit.testing.vectors FILE")
    try:
        document = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
        found = list(mismatches(document))
    except (OSError, ValueError, KeyError, TypeError) as error:
        return _refuse(f"{arguments[0]} cannot be run: {type(error).__name__}: {error}")
    return _report(document, found)


def _refuse(reason: str) -> int:
    print(reason, file=sys.stderr)  # noqa: T201  a command's output
    return 2


def _report(document: Vector, found: Sequence[Mismatch]) -> int:
    if document.get("tzdata", database_version()) != database_version():
        print(f"made with tzdata {document['tzdata']}, this is {database_version()}")  # noqa: T201
    for mismatch in found:
        print(mismatch)  # noqa: T201
    count = len(document["vectors"])
    print(f"{count - len(found)} of {count} vectors come out")  # noqa: T201
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
