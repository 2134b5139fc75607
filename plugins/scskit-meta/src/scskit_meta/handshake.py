"""The handshake: Meta asks whether an address is ours before it pushes to it."""

from __future__ import annotations

import hmac
import re

from scskit.plugins import Secret, WebhookRequest, WebhookResponse

_CHALLENGE = re.compile(r"[A-Za-z0-9._~-]{1,256}")
_FORBIDDEN = 403


def answer(request: WebhookRequest, verify_token: Secret | None) -> WebhookResponse | None:
    """Answer Meta's check of the webhook's address.

    The challenge is a stranger's text until the token is right, and never sent back as anything
    that a browser would run.

    Args:
        request: what came in.
        verify_token: what was entered at Meta beside the address; None refuses everybody.

    Returns:
        The challenge, or status 403; None when the request is no handshake.
    """
    if request.method != "GET" or "hub.mode" not in request.query:
        return None
    challenge = request.query.get("hub.challenge", "")
    if request.query["hub.mode"] != "subscribe" or not _CHALLENGE.fullmatch(challenge):
        return WebhookResponse.text("not a subscription", _FORBIDDEN)
    if not _matches(request.query.get("hub.verify_token", ""), verify_token):
        return WebhookResponse.text("wrong verify token", _FORBIDDEN)
    return WebhookResponse.text(challenge)


def _matches(given: str, expected: Secret | None) -> bool:
    if expected is None:
        return False
    return hmac.compare_digest(_bytes(given), _bytes(expected.reveal()))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
