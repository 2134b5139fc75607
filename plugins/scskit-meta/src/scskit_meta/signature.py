"""The signature: HMAC over the raw body, in hexadecimal."""

from __future__ import annotations

from collections.abc import Iterable

from scskit.http.signing import check_signature
from scskit.plugins import Secret, WebhookRequest

HEADER = "X-Hub-Signature-256"
"""``X-Hub-Signature``, which is sent too, is SHA-1 and never looked at."""


def verify(request: WebhookRequest, secrets: Iterable[Secret]) -> None:
    """Check that Meta signed the raw body.

    Args:
        request: what came in.
        secrets: the app's secrets that are valid now: two while one replaces the other, and the
            Instagram app's own one where people log in with Instagram.

    Raises:
        SignatureInvalid: the signature is missing or none of the secrets made it.
    """
    known = [secret.reveal() for secret in secrets]
    check_signature(request.body, request.header(HEADER), known, header=HEADER)
