"""Messages, edits, deletions and receipts as JSON objects.

An object without ``type`` is a message. Unknown keys, wrong types and missing values are all
reported at once, each with its path.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from attrs import fields
from cattrs import Converter, ForbiddenExtraKeysError, transform_error
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn
from cattrs.v import format_exception

from scskit.core.identity import Author
from scskit.core.interaction import Attachment, Deletion, Edit, Inbound, Message, Receipt
from scskit.wire.text import decode, encode

TYPES: dict[str, type[Any]] = {
    "message": Message,
    "edit": Edit,
    "deletion": Deletion,
    "receipt": Receipt,
}
_NAMES = {cls: name for name, cls in TYPES.items()}


def _string(value: Any, _: Any) -> str:
    if isinstance(value, str):
        return value
    # Some senders write their ids as numbers; an id is an opaque string here.
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    message = f"found {type(value).__name__}, expected text"
    raise TypeError(message)


def _integer(value: Any, _: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    message = f"found {type(value).__name__}, expected a whole number"
    raise TypeError(message)


def _boolean(value: Any, _: Any) -> bool:
    if isinstance(value, bool):
        return value
    message = f"found {type(value).__name__}, expected true or false"
    raise TypeError(message)


def _instant(value: Any, _: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, str):
        return datetime.fromisoformat(value)
    message = f"found {type(value).__name__}, expected an ISO 8601 time"
    raise TypeError(message)


@cache
def _converter() -> Converter:
    """Make the converter when the first JSON object comes: most messages come as values."""
    converter = Converter(forbid_extra_keys=True)
    converter.register_structure_hook(str, _string)
    converter.register_structure_hook(int, _integer)
    converter.register_structure_hook(bool, _boolean)
    converter.register_structure_hook(datetime, _instant)
    converter.register_unstructure_hook(datetime, datetime.isoformat)
    for cls in (Author, Attachment, *TYPES.values()):
        converter.register_unstructure_hook(
            cls, make_dict_unstructure_fn(cls, converter, _cattrs_omit_if_default=True)
        )
        converter.register_structure_hook(
            cls, make_dict_structure_fn(cls, converter, _cattrs_forbid_extra_keys=True)
        )
    return converter


def structure_inbound(value: Mapping[str, Any]) -> Inbound:
    """Build a message, edit, deletion or receipt from a JSON object.

    Raises:
        ValueError: the object does not fit; the message has one part per problem.
    """
    content = dict(value)
    type_ = content.pop("type", "message")
    cls = TYPES.get(type_) if isinstance(type_, str) else None
    if cls is None:
        message = f"type: found {type_!r}, allowed: {', '.join(TYPES)}"
        raise ValueError(message)
    try:
        item: Inbound = _converter().structure(content, cls)
    except Exception as error:
        lines = transform_error(error, format_exception=_in_words)
        problems = "; ".join(_tidy(line, cls) for line in lines)
        raise ValueError(problems) from error
    return item


def _in_words(error: BaseException, type_: type[Any] | None) -> str:
    """Say what is wrong, also where a key is no text, as a Python dictionary may have."""
    if isinstance(error, ForbiddenExtraKeysError):
        return f"extra fields found ({', '.join(sorted(map(str, error.extra_fields)))})"
    return format_exception(error, type_)


def _tidy(line: str, cls: type[Any]) -> str:
    """Name the allowed keys where an unknown one was found, and shorten the path."""
    line = line.replace(" @ $.", " at ").replace(" @ $", "")
    if line.startswith("extra fields found"):
        allowed = ", ".join(attribute.name for attribute in fields(cls))
        return f"{line}; allowed: {allowed}"
    return line


def unstructure_inbound(item: Inbound) -> dict[str, Any]:
    """Return the JSON object that ``structure_inbound`` turns back into ``item``."""
    return {"type": _NAMES[type(item)], **_converter().unstructure(item)}


def write_inbound(item: Inbound) -> str:
    """Return ``item`` as JSON text.

    Raises:
        TypeError: the item holds something that JSON has no form for.
    """
    return encode(unstructure_inbound(item))


def read_inbound(text: str) -> Inbound:
    """Build an item from JSON text.

    Raises:
        ValueError: the text is not JSON or does not fit.
    """
    value = decode(text)
    if not isinstance(value, Mapping):
        message = f"found {type(value).__name__}, expected an object"
        raise ValueError(message)  # noqa: TRY004  bad input, not a wrong call
    return structure_inbound(value)
