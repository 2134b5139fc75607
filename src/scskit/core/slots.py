"""The slots of templates: what may stand in each, and how it is written into a reply.

What fills a slot comes from other people: from customers' profiles, CRMs, agents in a hurry. It is
put in as it is and never read again: no braces in it are filled, no mention, tag or link in it
comes alive where everybody can read it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Literal, get_args
from unicodedata import category

from attrs import field, frozen

from scskit.core import wording
from scskit.core.wording import Amount

SlotKind = Literal["text", "number", "amount", "date", "time", "url", "case_id", "agent", "handle"]
SLOT_KINDS: tuple[SlotKind, ...] = get_args(SlotKind)
SlotSource = Literal["given", "profile"]
SLOT_SOURCES: tuple[SlotSource, ...] = get_args(SlotSource)

SlotValue = str | int | Decimal | Amount | date | time
"""What a slot takes; for any kind also as text, such as ``2026-03-02`` or ``12.50 EUR``."""

ALLOWED: Mapping[SlotKind, str] = {
    "text": "a text with something to see in it",
    "number": "a number such as 12 or 12.5",
    "amount": "an amount with its currency such as 12.50 EUR, with no more decimals than it has",
    "date": "a date such as 2026-03-02",
    "time": "a time of day such as 14:30",
    "url": "an address that begins with https://, without blanks and without a user's name",
    "case_id": "a case id of letters, digits, '-' and '_'",
    "agent": "a name of letters, with blanks, '.', '-' and apostrophes",
    "handle": "a name on the network of letters, digits, '_', '.' and '-', with or without '@'",
}
"""What may stand in a slot of each kind, in words."""

MOST = 500
_LONGEST_URL = 2048
_LARGEST = Decimal(10) ** 15

WORD_JOINER = "\u2060"
"""Invisible, of no width; behind a sign it keeps networks from making a link of what follows."""

_LIVE = re.compile(
    r"[@＠﹫#＃﹟](?!\s)"  # noqa: RUF001  their wide forms work like the plain ones on X
    r"|[.。．｡](?=[^\W\d]|\Z)|:(?=/|\Z)|/(?=/|\Z)|(?<!.)/|[$＄](?=[A-Za-z]|\Z)"  # noqa: RUF001  the same
)
"""Signs by which networks know mentions, tags and links; also at an end, where the next slot
could bring the rest."""

_KEPT = frozenset("\u200c\u200d")  # joiners, which scripts and emoji are written with
_BLANK = re.compile(r"\s+")


@frozen(kw_only=True)
class Slot:
    """A place in a template that is filled when it is used.

    Attributes:
        name: unique in the template.
        kind: what may stand there.
        source: ``profile`` for what the customer says about himself or herself on the network,
            which goes into a public reply only where it is verified; ``given`` for all else.
        most: how many characters a text may have.
        hosts: for addresses, the hosts they may lead to, with those below them; empty for any.
        choices: the only values there may be; empty for any.

    Raises:
        ValueError: hosts stand with a kind that is no address.
    """

    name: str
    kind: SlotKind = "text"
    source: SlotSource = "given"
    most: int = MOST
    hosts: tuple[str, ...] = field(default=(), converter=tuple)
    choices: tuple[str, ...] = field(default=(), converter=tuple)

    def __attrs_post_init__(self) -> None:
        """Refuse what would do nothing."""
        if self.hosts and self.kind != "url":
            message = f"slot {self.name!r}: hosts are for slots of kind url, not {self.kind}"
            raise ValueError(message)

    @property
    def allowed(self) -> str:
        """What may stand there, in words."""
        if self.choices:
            return " or ".join(map(repr, self.choices))
        more = f", on {' or '.join(self.hosts)}" if self.hosts else ""
        more += f", of at most {self.most} characters" if self.kind in {"text", "agent"} else ""
        return ALLOWED[self.kind] + more


def write(slot: Slot, value: object, language: str, *, inert: bool) -> str | None:
    """Write a value into a slot.

    Args:
        slot: the slot.
        value: what it is filled with.
        language: how numbers and dates are written.
        inert: whether mentions, tags and links in free text must not come alive.

    Returns:
        The text that stands there; None when the value may not.
    """
    if slot.choices and value not in slot.choices:
        return None
    try:
        written = _WRITERS[slot.kind](slot, value, language)
    except (ValueError, InvalidOperation, OverflowError):
        return None
    return disarm(written) if inert and slot.kind in {"text", "agent"} and written else written


def disarm(text: str) -> str:
    """Return a text in which no mention, tag or link is one for a network; it reads the same."""
    return _LIVE.sub(lambda found: found[0] + WORD_JOINER, text)


def _visible(value: object) -> str:
    """Return a text in one line, without what cannot be seen or turns the direction of writing."""
    if not isinstance(value, str):
        raise ValueError(value)  # noqa: TRY004  every refusal of a value is one
    kept = (c for c in value if c in _KEPT or c.isspace() or category(c)[0] != "C")
    return _BLANK.sub(" ", "".join(kept)).strip()


def _text(slot: Slot, value: object, _: str) -> str | None:
    written = _visible(value)
    seen = any(category(c)[0] not in "MCZ" for c in written)
    return written if seen and len(written) <= slot.most else None


def _agent(slot: Slot, value: object, language: str) -> str | None:
    written = _text(slot, value, language)
    good = written and all(category(c)[0] in "LM" or c in " .-'’" for c in written)  # noqa: RUF001  as names are written
    return written if good else None


def _decimal(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise ValueError(value)  # noqa: TRY004  a float is refused too: it is rarely what was meant
    if isinstance(value, str) and not re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,6})?", value):
        raise ValueError(value)
    found = Decimal(value)
    if not found.is_finite() or abs(found) >= _LARGEST:
        raise ValueError(value)
    return found


def _number(_: Slot, value: object, language: str) -> str:
    return wording.number(_decimal(value), language)


def _amount(_: Slot, value: object, language: str) -> str:
    return wording.amount(amount_of(value), language)


def amount_of(value: object) -> Amount:
    """Return an amount, also from its text such as ``12.50 EUR``.

    Raises:
        ValueError: it is none.
    """
    if isinstance(value, str):
        many, _, currency = value.partition(" ")
        value = Amount(_decimal(many), currency)
    if not isinstance(value, Amount) or not re.fullmatch(r"[A-Z]{3}", value.currency):
        raise ValueError(value)
    return Amount(_decimal(value.value), value.currency)


def _date(_: Slot, value: object, language: str) -> str:
    if isinstance(value, str):
        value = date.fromisoformat(value)
    if not isinstance(value, date) or isinstance(value, datetime):
        raise ValueError(value)  # noqa: TRY004  an instant has a date only in a time zone
    return wording.day(value, language)


def _time(_: Slot, value: object, __: str) -> str:
    if isinstance(value, str):
        value = time.fromisoformat(value)
    if not isinstance(value, time):
        raise ValueError(value)  # noqa: TRY004  as above
    if value.tzinfo is not None:
        raise ValueError(value)  # a reader would take it for his or her own
    return wording.clock(value)


_URL = re.compile(
    r"https://(?P<host>[a-z0-9]([a-z0-9.-]*[a-z0-9])?\.[a-z][a-z0-9-]+)(:[0-9]{1,5})?"
    r"([/?#][A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*)?",
    re.IGNORECASE,
)


def _url(slot: Slot, value: object, _: str) -> str | None:
    found = _URL.fullmatch(value) if isinstance(value, str) else None
    if not found or len(found[0]) > _LONGEST_URL:
        return None
    host = found["host"].lower()
    known = not slot.hosts or any(host == h or host.endswith(f".{h}") for h in slot.hosts)
    return found[0] if known else None


def _case_id(_: Slot, value: object, __: str) -> str | None:
    good = isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9_-]{1,64}", value)
    return str(value) if good else None


def _handle(_: Slot, value: object, __: str) -> str | None:
    found = re.fullmatch(r"@?([A-Za-z0-9_]([A-Za-z0-9_.-]{0,62}[A-Za-z0-9_])?)", str(value))
    return f"@{found[1]}" if found and isinstance(value, str) else None


_WRITERS: Mapping[SlotKind, Callable[[Slot, object, str], str | None]] = {
    "text": _text,
    "number": _number,
    "amount": _amount,
    "date": _date,
    "time": _time,
    "url": _url,
    "case_id": _case_id,
    "agent": _agent,
    "handle": _handle,
}
