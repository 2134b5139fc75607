"""Facebook pages with Messenger, and Instagram, for scskit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from scskit.core.case import Case
from scskit.plugins import ConnectorSpec, Draft, Sharing, Violation, hookimpl
from scskit_facebook.channels import channels
from scskit_facebook.config import Network, read_config
from scskit_facebook.connector import FacebookConnector, InstagramConnector
from scskit_facebook.inviting import INVITATIONS, invitations_of
from scskit_facebook.windows import in_conversation, in_form, in_private_reply

_NETWORKS: tuple[Network, ...] = ("facebook", "instagram")
_BOTH = frozenset(
    {
        "webhook",
        "reply_public",
        "reply_private",
        "find_sent",
        "fetch",
        "attachments",
        "hide",
        "edits",
        "deletions",
        "diagnose",
        "receipts",
    }
)

_SHARING = Sharing(link="https://www.facebook.com/{id}", show="link")
_ONLY: Mapping[Network, frozenset[str]] = {"facebook": frozenset({"publish"})}


@hookimpl
def scskit_connectors(settings: Mapping[str, Any]) -> Iterable[ConnectorSpec]:
    """Offer both: a person's id is scoped to the page or account that sees it (Meta, PSID)."""
    config = read_config(settings.get("facebook", {}))
    return tuple(
        ConnectorSpec(
            name=connector.network,
            connector=connector,
            capabilities=_BOTH | _ONLY.get(connector.network, frozenset()),
            identity_scope="account",
            version=config.api_version,
            channels=channels(connector.network),
            invitations=INVITATIONS,
            invitations_of=invitations_of(config, connector.network),
            sharing=_SHARING if connector.network == "facebook" else Sharing(),
        )
        for connector in (FacebookConnector(config), InstagramConnector(config))
    )


@hookimpl
def scskit_check_reply(draft: Draft, case: Case | None, now: datetime) -> Iterable[Violation]:
    """Say before sending what Meta would refuse.

    Whether Meta granted an app the tag for people's answers is not known here: what a person wrote
    after 24 hours is left to Meta's word.
    """
    for network in _NETWORKS:
        if case is not None and case.identity_id.startswith(f"{network}:"):
            form = in_form(network, draft.visibility, draft.text, draft.attachments)
            return (*form, *_window(network, draft, case, now))
    return ()


def _window(network: Network, draft: Draft, case: Case, now: datetime) -> Iterable[Violation]:
    if draft.visibility == "public":
        return ()
    if _answers_a_comment(draft, case):
        wrote = draft.answered_at or case.last_inbound_at
        return in_private_reply(wrote, now, answered=draft.answered_privately, source=network)
    heard = draft.last_heard_at if draft.thread else case.last_inbound_at
    return in_conversation(heard, now, automated=draft.automated, source=network)


def _answers_a_comment(draft: Draft, case: Case) -> bool:
    if draft.thread and draft.recipient:  # a conversation's key is the person's id in it
        return draft.thread != draft.recipient and draft.in_reply_to is not None
    return case.visibility == "public" and not case.other_threads
