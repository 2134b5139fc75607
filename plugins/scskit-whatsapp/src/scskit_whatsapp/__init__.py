"""WhatsApp Business for scskit: the Cloud API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from scskit.core.case import Case
from scskit.plugins import ConnectorSpec, Draft, Violation, hookimpl
from scskit_whatsapp.channels import CHANNELS
from scskit_whatsapp.config import read_config
from scskit_whatsapp.connector import WhatsAppConnector
from scskit_whatsapp.form import NAME
from scskit_whatsapp.inviting import invitations_of
from scskit_whatsapp.windows import before_sending


@hookimpl
def scskit_connectors(settings: Mapping[str, Any]) -> Iterable[ConnectorSpec]:
    """Offer the connector; a person's user id is scoped to the business (Meta, BSUID)."""
    config = read_config(settings.get(NAME, {}))
    return (
        ConnectorSpec(
            name=NAME,
            connector=WhatsAppConnector(config),
            capabilities=frozenset(
                {
                    "webhook",
                    "reply_private",
                    "attachments",
                    "edits",
                    "deletions",
                    "diagnose",
                    "receipts",
                }
            ),
            identity_scope="network",
            version=config.api_version,
            channels=CHANNELS,
            invitations_of=invitations_of(config),
        ),
    )


@hookimpl
def scskit_check_reply(draft: Draft, case: Case | None, now: datetime) -> Iterable[Violation]:
    """Say before sending what WhatsApp would refuse, much of it only after HTTP 200."""
    if case is None or not case.identity_id.startswith(f"{NAME}:"):
        return ()
    return tuple(
        before_sending(
            text=draft.text,
            now=now,
            last_heard_at=draft.last_heard_at if draft.thread else case.last_inbound_at,
            attachments=draft.attachments,
            extra=draft.extra,
        )
    )
