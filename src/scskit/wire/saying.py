"""Announcements and incidents as JSON. What is at its default is left out."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, TypeVar

from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn
from cattrs.preconf.orjson import make_converter

from scskit.core.announcement import Announcement, Target
from scskit.core.incident import Incident, Notice, Told
from scskit.core.interaction import Attachment
from scskit.core.outbound import Approval
from scskit.wire.text import decode, encode

if TYPE_CHECKING:
    from cattrs.preconf.orjson import OrjsonConverter

T = TypeVar("T", Announcement, Incident, Told)


@cache
def _converter() -> OrjsonConverter:
    converter = make_converter(detailed_validation=False)
    for cls in (Attachment, Approval, Target, Announcement, Notice, Incident, Told):
        converter.register_unstructure_hook(
            cls, make_dict_unstructure_fn(cls, converter, _cattrs_omit_if_default=True)
        )
        converter.register_structure_hook(
            cls, make_dict_structure_fn(cls, converter, _cattrs_detailed_validation=False)
        )
    return converter


def write_saying(value: Announcement | Incident | Told) -> str:
    """Return a value as JSON text."""
    return encode(_converter().unstructure(value))


def read_saying(text: str, cls: type[T]) -> T:
    """Build a value from what ``write_saying`` made."""
    return _converter().structure(decode(text), cls)
