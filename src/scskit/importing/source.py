"""A file as lines of text: plain or gzipped, UTF-8 with or without a byte order mark."""

from __future__ import annotations

import gzip
import re
import zlib
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BufferedReader, TextIOWrapper
from pathlib import Path
from typing import IO, TextIO, cast

from scskit.core.errors import ConfigError

LONGEST_LINE = 16_000_000
"""Characters; four times what a message may have. A longer line is no text."""

_GZIP = b"\x1f\x8b"
_ZIP = b"PK\x03\x04"
_ESCAPED = re.compile("[\udc80-\udcff]")


class Lines:
    """The lines of a text, which can be taken back."""

    def __init__(self, text: TextIO, name: str) -> None:
        """Begin at the first line."""
        self._text = text
        self._name = name
        self._again: deque[str] = deque()
        self.number = 0
        self.taken: list[str] = []

    def __iter__(self) -> Lines:
        """Be an iterator."""
        return self

    def __next__(self) -> str:
        """Return the next line with its end."""
        line = self._again.popleft() if self._again else self._text.readline(LONGEST_LINE)
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) >= LONGEST_LINE:
            message = f"{self._name}: line {self.number} is longer than {LONGEST_LINE} characters"
            raise ConfigError(f"{message}; allowed: text in lines")
        self.taken.append(line)
        return line

    def begin(self) -> int:
        """Begin a row: forget the lines taken so far; return the number of the next."""
        self.taken.clear()
        return self.number + 1

    def take_back(self, keep: int) -> None:
        """Let the lines of this row come again, all but the first ``keep``."""
        again = self.taken[keep:]
        self._again.extendleft(reversed(again))
        self.number -= len(again)
        del self.taken[keep:]


class Source:
    """An open file: its lines and how far it was read."""

    def __init__(self, file: BufferedReader, path: Path) -> None:
        """Read ``file``, whether it is packed or not; the content tells."""
        start = file.peek(len(_ZIP))
        if start.startswith(_ZIP):
            message = f"{path}: found a zip archive, as .xlsx files are; allowed: CSV, JSON Lines"
            raise ConfigError(f"{message}, plain or gzipped")
        packed = start.startswith(_GZIP)
        self._file = file
        self._text = TextIOWrapper(
            cast("IO[bytes]", gzip.GzipFile(fileobj=file)) if packed else file,
            encoding="utf-8-sig",  # some programs begin a file with a byte order mark
            errors="surrogateescape",  # what is not UTF-8 is reported row by row
            newline="",  # a line end inside quotes belongs to the text
        )
        self.name = path.name
        self.size = path.stat().st_size  # 0 for a pipe
        self.lines = Lines(self._text, self.name)

    @property
    def position(self) -> int:
        """How many bytes of the file were read; 0 for a pipe."""
        return self._file.tell() if self.size else 0

    def close(self) -> None:
        """Let go of the file."""
        self._text.detach()


@contextmanager
def open_source(path: Path) -> Iterator[Source]:
    """Open a file for reading.

    Raises:
        ConfigError: it cannot be opened or read, or its gzip data is damaged.
    """
    try:
        with path.open("rb") as file:
            source = Source(file, path)
            try:
                yield source
            finally:
                source.close()
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        message = f"{path}: the gzip data is damaged ({error}): nothing was taken in"
        raise ConfigError(message) from error
    except OSError as error:
        message = f"{path}: cannot be read: {error.strerror or error}"
        raise ConfigError(message) from error


def not_utf8(lines: Sequence[str]) -> str:
    """Return what is wrong with lines that hold bytes which are not UTF-8, or nothing."""
    for line in lines:
        if not line.isascii() and (found := _ESCAPED.search(line)):
            return f"the byte 0x{ord(found[0]) - 0xDC00:02x} is not UTF-8"
    return ""
