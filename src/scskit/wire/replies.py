"""Replies and what leaves of them, as JSON. What is at its default is left out."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn
from cattrs.preconf.orjson import make_converter

from scskit.core.interaction import Attachment
from scskit.core.outbound import Approval, Reply, Whisper
from scskit.core.reply import Outbound
from scskit.wire.text import decode, encode

if TYPE_CHECKING:
    from cattrs.preconf.orjson import OrjsonConverter

T = TypeVar("T")


@cache
def _converter() -> OrjsonConverter:
    converter = make_converter(detailed_validation=False)
    for cls in (Attachment, Approval, Whisper, Outbound, Reply):
        converter.register_unstructure_hook(
            cls, make_dict_unstructure_fn(cls, converter, _cattrs_omit_if_default=True)
        )
        converter.register_structure_hook(
            cls, make_dict_structure_fn(cls, converter, _cattrs_detailed_validation=False)
        )
    return converter


def write_reply(reply: Reply) -> str:
    """Return a reply as JSON text."""
    return encode(_converter().unstructure(reply))


def read_reply(text: str) -> Reply:
    """Build a reply from what ``write_reply`` made."""
    return _read(text, Reply)


def write_outbound(outbound: Outbound) -> str:
    """Return what leaves as JSON text."""
    return encode(_converter().unstructure(outbound))


def read_outbound(text: str) -> Outbound:
    """Build what leaves from what ``write_outbound`` made."""
    return _read(text, Outbound)


def write_reply_plain(reply: Reply) -> dict[str, Any]:
    """Return a reply as a JSON object, for people and programs outside."""
    plain: dict[str, Any] = decode(write_reply(reply))
    return plain


def _read(text: str, cls: type[T]) -> T:
    return _converter().structure(decode(text), cls)
