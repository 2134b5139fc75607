"""Event payloads: versioned JSON, read back by any later release.

A payload holds an event's own attributes; the attributes every event shares are columns of
the log. Attributes at their default are left out.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override
from cattrs.preconf.orjson import make_converter

from scskit.core.errors import StoreError
from scskit.core.events import EVENT_TYPES, Event
from scskit.wire.text import decode, encode

if TYPE_CHECKING:
    from cattrs.preconf.orjson import OrjsonConverter

_COMMON = ("case_id", "at", "by", "because")
_MICROSECOND = timedelta(microseconds=1)


# Made when they are first needed: opening a desk should not wait for all of them.


@cache
def _converter() -> OrjsonConverter:
    converter = make_converter(detailed_validation=False)
    converter.register_unstructure_hook(timedelta, lambda amount: amount // _MICROSECOND)
    converter.register_structure_hook(timedelta, lambda micros, _: micros * _MICROSECOND)
    return converter


@cache
def _writer(type_: str) -> Callable[[Event], dict[str, Any]]:
    cls = EVENT_TYPES[type_]
    omitted: dict[str, Any] = {name: override(omit=True) for name in _COMMON}
    return make_dict_unstructure_fn(cls, _converter(), _cattrs_omit_if_default=True, **omitted)


@cache
def _reader(type_: str) -> Callable[[dict[str, Any], Any], Event]:
    return make_dict_structure_fn(
        EVENT_TYPES[type_], _converter(), _cattrs_detailed_validation=False
    )


Upcast = Callable[[dict[str, Any]], dict[str, Any]]
UPCASTS: dict[tuple[str, int], Upcast] = {}
"""From ``(type, schema)`` to the function that turns such a payload into the next schema's."""


def event_payload(event: Event) -> str:
    """Return the event's own attributes as compact JSON."""
    return encode(_writer(event.type)(event))


def read_event(  # noqa: PLR0913  one argument per column of the log
    type_: str, schema: int, payload: str, *, case_id: str, at: datetime, by: str, because: str
) -> Event:
    """Build an event from its columns, bringing an old payload up to date.

    Raises:
        StoreError: the type is unknown to this release, or the payload does not fit.
    """
    if type_ not in EVENT_TYPES:
        message = f"event type {type_!r} is unknown: the database was written by a newer scskit"
        raise StoreError(message)
    try:
        content = decode(payload)
        while upcast := UPCASTS.get((type_, schema)):
            content = upcast(content)
            schema += 1
        content.update(case_id=case_id, at=at.isoformat(), by=by, because=because)
        return _reader(type_)(content, None)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        message = f"the payload of a {type_} event of case {case_id} is damaged: {error}"
        raise StoreError(message) from error
