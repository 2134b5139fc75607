"""Access tokens: who asks, what for, and until when."""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Any, Literal

from attrs import define

Kind = Literal["user", "page", "instagram", "system", "app"]

EXPIRED = 463
REVOKED = 460
"""Subcodes of the error 190: the time is over; the password was changed."""


@define(kw_only=True)
class Token:
    """An access token.

    Attributes:
        value: what is sent.
        kind: whose it is; a page's and an Instagram account's acts in their name.
        owner: the id that ``me`` stands for.
        scopes: the permissions it carries.
        issued_at: since when it is valid.
        expires_at: until when; None for one that stays.
        refused_as: the subcode that it is refused with, once it was taken back.
    """

    value: str
    kind: Kind
    owner: str
    scopes: frozenset[str] = frozenset()
    issued_at: datetime
    expires_at: datetime | None = None
    refused_as: int | None = None

    def refusal(self, now: datetime) -> int | None:
        """Return the subcode that it is refused with now; None when it is valid."""
        if self.refused_as is not None:
            return self.refused_as
        over = self.expires_at is not None and now >= self.expires_at
        return EXPIRED if over else None

    def told(self, app_id: str, now: datetime) -> dict[str, Any]:
        """Return what ``/debug_token`` says of it."""
        refused_as = self.refusal(now)
        told: dict[str, Any] = {
            "app_id": app_id,
            "type": {"system": "SYSTEM_USER"}.get(self.kind, self.kind.upper()),
            "application": "scskit fake",
            "data_access_expires_at": 0,
            "expires_at": int(self.expires_at.timestamp()) if self.expires_at else 0,
            "is_valid": refused_as is None,
            "issued_at": int(self.issued_at.timestamp()),
            "scopes": sorted(self.scopes),
            "granular_scopes": [{"scope": scope} for scope in sorted(self.scopes)],
        }
        if self.kind != "app":
            told["user_id"] = self.owner
            if self.kind != "user":
                told["profile_id"] = self.owner
        if refused_as is not None:
            message = "The token is no longer valid."
            told["error"] = {"code": 190, "message": message, "subcode": refused_as}
        return told


def proof_of(token: str, secret: str) -> str:
    """Return ``appsecret_proof``: that who sends a token also knows the app's secret."""
    return hmac.digest(secret.encode(), token.encode(), "sha256").hex()
