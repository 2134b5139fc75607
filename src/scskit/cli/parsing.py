"""``scskit parse``: what a connector makes of a body, for people who debug a webhook."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import click

from scskit.cli.database import config_option
from scskit.cli.output import fail, print_json, stamp
from scskit.core.errors import ConfigError
from scskit.core.interaction import (
    Attachment,
    Deletion,
    Edit,
    Message,
    Parsed,
    Receipt,
    Signal,
    Unreadable,
)
from scskit.core.time import SystemClock
from scskit.core.webhook import WebhookRequest
from scskit.opening import load_registry_for

if TYPE_CHECKING:
    from scskit.plugins.specs import ConnectorSpec

LINE: Final[dict[str, Any]] = {
    "external_id": None,
    "author_id": None,
    "text": None,
    "visibility": None,
    "is_echo": False,
    "kind": None,
    "event": None,
    "target_external_id": None,
    "posted_at": None,
    "attachments": [],
}
"""What every line has, with what stands there where an item has nothing to say."""

_EVENTS: Final = {"direct_message": "message"}


@click.command()
@click.argument("network")
@click.argument("file", type=click.File("rb"))
@config_option
@click.pass_context
def parse(context: click.Context, network: str, file: BinaryIO, config: Path | None) -> None:
    """Print what NETWORK's connector makes of the body in FILE, one JSON line per item.

    FILE holds the body of a webhook request as it came, or is - for standard input. Nothing is
    verified and nothing is stored.
    """
    spec = _connector(network, config)
    request = WebhookRequest(method="POST", received_at=SystemClock().now(), body=file.read())
    items = spec.connector.parse(request)
    for item in items:
        print_json(described(item))
    reasons = [item.reason for item in items if isinstance(item, Unreadable)]
    if reasons and len(reasons) == len(items):
        fail(f"nothing in it can be read: {reasons[0]}")
        context.exit(1)


def _connector(network: str, config: Path | None) -> ConnectorSpec:
    from scskit.plugins.specs import require  # noqa: PLC0415  as all that loads plugins

    registry = load_registry_for(config)
    spec = registry.connectors.get(network)
    if spec is None:
        known = ", ".join(sorted(registry.connectors)) or "none is installed"
        aside = "".join(
            f"; plugin {failure.name!r} is set aside: {failure.error}"
            for failure in registry.set_aside
        )
        raise ConfigError(f"NETWORK: found {network!r}; allowed: {known}{aside}")
    require(spec, "webhook")
    return spec


def described(item: Parsed) -> dict[str, Any]:
    """Return what ``scskit parse`` prints of an item.

    ``kind`` says what the item is: ``post``, ``comment``, ``reply``, ``direct_message`` or
    ``review`` for a new message, otherwise ``edit``, ``deletion``, ``receipt``, ``signal`` or
    ``unreadable``. ``event`` says it in the network's terms, where a connector tells them.
    """
    return {**LINE, **_describe(item)}


@singledispatch
def _describe(item: object) -> dict[str, Any]:
    raise TypeError(f"a connector may not answer {type(item).__name__}")


@_describe.register
def _message(item: Message) -> dict[str, Any]:
    return {
        "external_id": item.external_id,
        "author_id": None if item.extra.get("author_unknown") else item.author.external_id or None,
        "text": item.text or None,
        "visibility": item.visibility,
        "is_echo": item.direction == "outbound",
        "kind": item.kind,
        "event": item.extra.get("event", _EVENTS.get(item.kind, item.kind)),
        "posted_at": stamp(item.posted_at),
        "attachments": _media(item.attachments),
    }


@_describe.register
def _edit(item: Edit) -> dict[str, Any]:
    return {
        "author_id": item.author.external_id or None if item.author else None,
        "text": item.text,
        "visibility": item.visibility,
        "is_echo": item.direction == "outbound",
        "kind": "edit",
        "event": "edit",
        "target_external_id": item.target,
        "posted_at": stamp(item.edited_at),
    }


@_describe.register
def _deletion(item: Deletion) -> dict[str, Any]:
    return {
        "author_id": item.author.external_id or None if item.author else None,
        "visibility": item.visibility,
        "is_echo": item.direction == "outbound",
        "kind": "deletion",
        "event": "delete",
        "target_external_id": item.target,
        "posted_at": stamp(item.deleted_at),
    }


@_describe.register
def _receipt(item: Receipt) -> dict[str, Any]:
    return {
        "author_id": item.author.external_id or None if item.author else None,
        "visibility": item.visibility,
        "kind": "receipt",
        "event": item.event or f"status:{item.status}",
        "target_external_id": item.target,
        "posted_at": stamp(item.at),
    }


@_describe.register
def _signal(item: Signal) -> dict[str, Any]:
    return {
        "author_id": item.author.external_id or None if item.author else None,
        "visibility": item.visibility,
        "is_echo": bool(item.detail.get("is_echo", False)),
        "kind": "signal",
        "event": item.event,
        "target_external_id": item.target,
        "posted_at": stamp(item.at),
    }


@_describe.register
def _unreadable(item: Unreadable) -> dict[str, Any]:
    return {"text": item.reason, "kind": "unreadable", "event": "unreadable"}


def _media(attachments: Sequence[Attachment]) -> list[dict[str, str]]:
    """Return media with what is known of them."""
    named = (
        {"type": a.kind, "url": a.url, "id": a.external_id, "title": a.title, "mime": a.media_type}
        for a in attachments
    )
    return [{name: value for name, value in medium.items() if value} for medium in named]
