"""Signatures over raw bytes: HMAC, several secrets, constant time.

A signature is checked over the bytes as they came: writing the same JSON once more changes
escapes, and with them the signature.
"""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Iterable
from typing import Final, Literal

from scskit.core.errors import SignatureInvalid

Encoding = Literal["hex", "base64"]
PREFIX: Final = "sha256="


def sign(body: bytes, secret: str, encoding: Encoding = "hex", prefix: str = PREFIX) -> str:
    """Return the signature of a body: HMAC-SHA256 (RFC 2104) keyed with ``secret``.

    Args:
        body: the raw bytes.
        secret: the key, shared with the network.
        encoding: how the digest is written; Meta has ``hex``, X ``base64``.
        prefix: what stands before it.
    """
    digest = hmac.digest(secret.encode(), body, "sha256")
    return prefix + (digest.hex() if encoding == "hex" else b64encode(digest).decode())


def signed_by(
    body: bytes,
    given: str,
    secrets: Iterable[str],
    encoding: Encoding = "hex",
    prefix: str = PREFIX,
) -> bool:
    """Tell whether one of the secrets made the signature.

    How long it takes tells nothing about the secrets, nor which of them it was.

    Args:
        body: the raw bytes that were received.
        given: the signature that came with them.
        secrets: every secret that is valid now; two while one replaces the other. An empty one
            never matches, because anybody could sign with it.
        encoding: how the digest is written.
        prefix: what stands before it.
    """
    shown = given.encode(errors="surrogatepass")
    matches = [
        hmac.compare_digest(sign(body, secret, encoding, prefix).encode(), shown)
        for secret in secrets
        if secret
    ]
    return any(matches)


def check_signature(  # noqa: PLR0913  what is signed, by whom, and how it is written
    body: bytes,
    given: str,
    secrets: Iterable[str],
    *,
    header: str,
    encoding: Encoding = "hex",
    prefix: str = PREFIX,
) -> None:
    """Refuse a body that none of the secrets signed; see ``signed_by``.

    Args:
        body: the raw bytes that were received.
        given: the signature that came with them; empty when none did.
        secrets: every secret that is valid now.
        header: the name of the header that holds the signature, for the message.
        encoding: how the digest is written.
        prefix: what stands before it.

    Raises:
        SignatureInvalid: it is missing, or does not match.
    """
    if not given:
        raise SignatureInvalid(f"{header} is missing: the request is not signed")
    known = [secret for secret in secrets if secret]
    if not known:
        raise SignatureInvalid(f"{header} cannot be checked: no secret is configured")
    if not signed_by(body, given, known, encoding, prefix):
        raise SignatureInvalid(
            f"{header} does not match the body of {len(body)} bytes under any of "
            f"{len(known)} secret(s)"
        )
