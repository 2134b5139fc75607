"""The door: an item is understood and storable, or it is refused with every reason."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

from attrs import evolve

from scskit.core.interaction import (
    DELIVERY_RANK,
    Attachment,
    Deletion,
    Direction,
    Edit,
    Inbound,
    InteractionKind,
    Message,
    Receipt,
    Visibility,
)
from scskit.core.time import require_aware, to_micros
from scskit.desk.incoming import Incoming
from scskit.wire.inbound import structure_inbound
from scskit.wire.text import encode

LONGEST_TEXT = 4_000_000
LONGEST_ID = 500
MOST_IDS = 20
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
CLOCK_SKEW = timedelta(days=1)
DELETED_REVISION = 1 << 62
"""A deletion is the last revision, whatever the clocks say."""

_NAME_OR_NONE = frozenset({str, type(None)})
_DIRECTIONS = frozenset(get_args(Direction))
_VISIBILITIES = frozenset(get_args(Visibility))
_KINDS = frozenset(get_args(InteractionKind))


class Unacceptable(ValueError):
    """An item cannot be taken in; the message says everything that is wrong with it."""


def admit(incoming: Incoming, now: datetime) -> None:
    """Check one item and let it in.

    Args:
        incoming: what was handed over: a ``Message``, ``Edit``, ``Deletion``, ``Receipt`` or a
            JSON object of one.
        now: the present instant.

    Raises:
        Unacceptable: something is wrong with it.
    """
    item = incoming.raw
    if isinstance(item, Mapping):
        try:
            item = structure_inbound(item)
        except ValueError as error:
            raise Unacceptable(str(error)) from error
        except Exception as error:  # whatever it is, the others go on
            message = f"the object cannot be read: {error}"
            raise Unacceptable(message) from error
    check = _CHECKS.get(type(item))
    if check is None:
        message = f"found {type(item).__name__}, expected Message, Edit, Deletion or Receipt"
        raise Unacceptable(message)
    try:
        check(incoming, item, now)
    except Unacceptable:
        raise
    except Exception as error:  # whatever it is, the others go on
        message = f"the {type(item).__name__} is not built as documented: {error}"
        raise Unacceptable(message) from error


def _message(incoming: Incoming, item: Message, now: datetime) -> None:
    problems: list[str] = []
    account, external_id, author = item.account, item.external_id, item.author
    if not _plain_names(account, external_id, author.external_id):
        _identifiers(item, problems)
    references = (item.thread, item.parent, item.addressed_to, item.shared_from)
    if not {*map(type, references)} <= _NAME_OR_NONE or not _plain_names(
        *(name or "-" for name in references)
    ):
        _references(item, problems)
    if (type(item.automated), type(item.labels), type(item.extra)) != (bool, dict, dict):
        _shapes(item, problems)
    if (
        item.direction not in _DIRECTIONS
        or item.visibility not in _VISIBILITIES
        or item.kind not in _KINDS
    ):
        _vocabulary(item, problems)
    posted_at = _time("posted_at", item.posted_at, now, problems)
    text, original = _text(item.text, problems)
    if author.followers is not None and type(author.followers) is not int:
        problems.append(f"author.followers: found {author.followers!r}, expected a whole number")
    if author.also or author.spellings or item.addressed_also:
        _other_ids(item, problems)
    if item.labels or item.attachments or item.extra:
        _particulars(item, problems)
    if problems:
        raise Unacceptable("; ".join(problems))
    if text is not item.text or posted_at is not item.posted_at or not _tidy(item):
        item = _repaired(item, text, posted_at)
    incoming.admit(
        item,
        (account, "message", external_id, 0),
        original,
    )


def _shapes(item: Message, problems: list[str]) -> None:
    """Check what is neither text nor time."""
    automated: object = item.automated
    labels: object = item.labels
    if not isinstance(automated, bool):
        problems.append(f"automated: found {automated!r}, expected true or false")
    for name, value in (("labels", labels), ("extra", item.extra)):
        if value is not None and not isinstance(value, Mapping):
            problems.append(f"{name}: found {type(value).__name__}, expected an object")
    if problems:
        raise Unacceptable("; ".join(problems))  # what follows looks into them


def _plain_names(*names: str) -> bool:
    """Tell at once whether all are ids beyond doubt, as nearly all are."""
    try:
        joined = "".join(names)
    except TypeError:
        return False
    return "" not in names and len(joined) <= LONGEST_ID and joined.isascii() and "\0" not in joined


def _tidy(item: Message) -> bool:
    author = item.author
    known = item.language is None and author.language is None
    return known and storable(author.handle) and storable(author.name)


def _repaired(item: Message, text: str, posted_at: datetime) -> Message:
    author = item.author
    author = evolve(
        author,
        handle=repair(author.handle or ""),
        name=repair(author.name or ""),
        language=_language(author.language),
    )
    return evolve(
        item, text=text, posted_at=posted_at, author=author, language=_language(item.language)
    )


def _language(code: str | None) -> str | None:
    return repair(code) if code else None


def _edit(incoming: Incoming, item: Edit, now: datetime) -> None:
    problems: list[str] = []
    _target(item, problems)
    edited_at = _time("edited_at", item.edited_at, now, problems)
    text, original = _text(item.text, problems)
    revision = item.revision
    if revision is not None and not (type(revision) is int and 0 < revision < DELETED_REVISION):
        problems.append(f"revision: found {revision!r}, expected a number from 1")
    if problems:
        raise Unacceptable("; ".join(problems))
    number = to_micros(edited_at) if revision is None else revision
    item = evolve(item, text=text, edited_at=edited_at, revision=number)
    key = (item.account, "edit", item.target, number)
    incoming.admit(item, key, original)


def _deletion(incoming: Incoming, item: Deletion, now: datetime) -> None:
    problems: list[str] = []
    _target(item, problems)
    deleted_at = _time("deleted_at", item.deleted_at, now, problems)
    if problems:
        raise Unacceptable("; ".join(problems))
    item = evolve(item, deleted_at=deleted_at)
    key = (item.account, "deletion", item.target, DELETED_REVISION)
    incoming.admit(item, key)


def _receipt(incoming: Incoming, item: Receipt, now: datetime) -> None:
    problems: list[str] = []
    _target(item, problems)
    at = _time("at", item.at, now, problems)
    rank = DELIVERY_RANK.get(item.status)
    if rank is None:
        problems.append(f"status: found {item.status!r}, allowed: {', '.join(DELIVERY_RANK)}")
    if problems or rank is None:
        raise Unacceptable("; ".join(problems))
    item = evolve(item, at=at, detail=repair(item.detail))
    key = (item.account, "receipt", item.target, rank)
    incoming.admit(item, key)


_CHECKS: dict[type, Any] = {
    Message: _message,
    Edit: _edit,
    Deletion: _deletion,
    Receipt: _receipt,
}


def as_it_came(item: Inbound, original_text: str | None) -> Inbound:
    """Return an item with its original text, for the time that it waits."""
    if original_text is None or not isinstance(item, (Message, Edit)):
        return item
    return evolve(item, text=original_text)


def readmit(item: Inbound) -> tuple[Inbound, str | None]:
    """Repair an item that waited as it came.

    Returns:
        The item as it will be stored, and its original text if that differs.
    """
    if not isinstance(item, (Message, Edit)) or storable(item.text):
        return item, None
    return evolve(item, text=repair(item.text)), item.text


def storable(text: object) -> bool:
    """Tell whether every database keeps ``text`` as it is: no NUL, no lone surrogate."""
    if not isinstance(text, str) or "\0" in text:
        return False
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def repair(text: str) -> str:
    """Return ``text`` with U+FFFD where it is not storable."""
    if storable(text):
        return text
    return (
        str(text)
        .replace("\0", "\ufffd")
        .encode("utf-16", "surrogatepass")
        .decode("utf-16", "replace")
    )


def is_name(value: object) -> bool:
    """Tell whether ``value`` can be an id: storable text, not empty, not too long."""
    return isinstance(value, str) and 0 < len(value) <= LONGEST_ID and storable(value)


def _bad_name(name: str, value: object) -> str:
    shown = repr(value)
    shown = shown if len(shown) <= 60 else f"{shown[:57]}..."  # noqa: PLR2004
    return (
        f"{name}: found {shown}, expected text of 1 to {LONGEST_ID} characters "
        "without NUL and lone surrogates"
    )


def _identifiers(item: Message, problems: list[str]) -> None:
    names = {
        "account": item.account,
        "external_id": item.external_id,
        "author.external_id": item.author.external_id,
    }
    problems.extend(_bad_name(name, value) for name, value in names.items() if not is_name(value))


def _references(item: Message, problems: list[str]) -> None:
    for name in ("thread", "parent", "addressed_to", "shared_from"):
        value = getattr(item, name)
        if value is not None and not is_name(value):
            problems.append(_bad_name(name, value))


def _other_ids(item: Message, problems: list[str]) -> None:
    author = item.author
    for where, names in (
        ("author.also", author.also),
        ("author.spellings", author.spellings),
        ("addressed_also", item.addressed_also),
    ):
        if len(names) > MOST_IDS or isinstance(names, str):
            problems.append(f"{where}: expected a list of at most {MOST_IDS} ids")
        else:
            problems.extend(_bad_name(where, name) for name in names if not is_name(name))


def _target(item: Edit | Deletion | Receipt, problems: list[str]) -> None:
    names = {"account": item.account, "target": item.target}
    problems.extend(_bad_name(name, value) for name, value in names.items() if not is_name(value))


def _vocabulary(item: Message, problems: list[str]) -> None:
    for name, value, allowed in (
        ("direction", item.direction, _DIRECTIONS),
        ("visibility", item.visibility, _VISIBILITIES),
        ("kind", item.kind, _KINDS),
    ):
        if value not in allowed:
            problems.append(f"{name}: found {value!r}, allowed: {', '.join(sorted(allowed))}")


def _particulars(item: Message, problems: list[str]) -> None:
    """Check what only some messages have."""
    for name, value in item.labels.items():
        if not (storable(name) and storable(value)):
            problems.append(f"labels.{name!r}: found {value!r}, expected storable text")
    if not all(isinstance(attachment, Attachment) for attachment in item.attachments):
        problems.append("attachments: found something that is not an Attachment")
    try:
        encode(item.extra)
    except (TypeError, ValueError, RecursionError) as error:
        problems.append(f"extra: not JSON: {error}")


def _time(name: str, value: object, now: datetime, problems: list[str]) -> datetime:
    if not isinstance(value, datetime):
        problems.append(f"{name}: found {type(value).__name__}, expected a time with zone")
        return now
    try:
        instant = require_aware(value, name)
    except ValueError as error:
        problems.append(str(error))
        return now
    if not EARLIEST <= instant <= now + CLOCK_SKEW:
        problems.append(
            f"{name}: found {instant.isoformat()}, expected a time from {EARLIEST:%Y} to one day "
            "from now"
        )
    return instant


def _text(value: object, problems: list[str]) -> tuple[str, str | None]:
    """Return the text as it will be stored, and the original if that differs."""
    if not isinstance(value, str):
        problems.append(f"text: found {type(value).__name__}, expected text")
        return "", None
    if len(value) > LONGEST_TEXT:
        problems.append(f"text: {len(value)} characters, at most {LONGEST_TEXT} are kept")
        return "", None
    if storable(value):
        return value, None
    return repair(value), value
