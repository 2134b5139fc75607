"""Reading TOML, for every kind of file that people write: what is wrong, and where."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from scskit.core.errors import ConfigError

_POSITION = re.compile(
    r"(?P<what>.*) \(at (?P<where>line \d+, column \d+|end of document)\)", re.DOTALL
)


def decode_toml(content: bytes, source: str) -> str:
    """Return the text of a file.

    Args:
        content: what is in the file.
        source: how the file is called in problems.

    Raises:
        ConfigError: it is not UTF-8.
    """
    try:
        return content.decode("utf-8-sig")  # some editors begin a file with a byte order mark
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        byte = content[error.start]
        message = (
            f"{source}: line {line}: found the byte 0x{byte:02x}, which is not UTF-8; "
            "allowed: a text file saved as UTF-8"
        )
        raise ConfigError(message) from error


def load_toml(text: str, source: str) -> dict[str, Any]:
    """Read TOML.

    Args:
        text: the text of the file.
        source: how the file is called in problems.

    Raises:
        ConfigError: it is not TOML.
    """
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        message = (
            f"{source}: found lists or tables nested too deeply to read; allowed: a few levels"
        )
        raise ConfigError(message) from error
    except ValueError as error:  # a TOMLDecodeError, or a number too long for Python to read
        raise ConfigError(_syntax_problem(str(error), text, source)) from error


def _syntax_problem(error: str, text: str, source: str) -> str:
    parts = _POSITION.fullmatch(error)
    what, where = parts.group("what", "where") if parts else (error, "")
    if where == "end of document":
        lines = text.split("\n")
        where = f"line {len(lines)}, column {len(lines[-1]) + 1}"
    at = f"{source}: {where}" if where else source
    return f"{at}: found no valid TOML: {what}; allowed: TOML 1.0, see https://toml.io"
