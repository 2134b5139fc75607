"""What every Meta connector needs to be told, as read from the desk file."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from attrs import Attribute, field, frozen

from scskit.plugins import Secret

_VERSION = re.compile(r"v[1-9][0-9]*\.[0-9]+")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def is_url(_: object, attribute: Attribute[str], value: str) -> None:
    """Refuse an address to which a token would travel in the clear.

    Raises:
        ValueError: it is no ``https`` address; ``http`` is taken on this machine alone.
    """
    try:
        parts = urlsplit(value)
        host = parts.hostname
    except ValueError:
        parts, host = urlsplit(""), None
    secure = parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)
    if not secure or not host or value.endswith("/") or parts.query or parts.fragment:
        raise ValueError(
            f'{attribute.name}: found "{value}"; allowed: an address that begins with https:// '
            "and ends without a slash (http:// on this machine alone)"
        )


def is_version(_: object, attribute: Attribute[str], value: str) -> None:
    """Refuse what is no version of the Graph API.

    Raises:
        ValueError: it is written in another way than ``v23.0``.
    """
    if not _VERSION.fullmatch(value):
        raise ValueError(f'{attribute.name}: found "{value}"; allowed: a version such as v23.0')


@frozen(kw_only=True)
class MetaSettings:
    """What stands in a connector's table of the desk file, whatever the network.

    Attributes:
        secrets: the app's secrets that are valid now, the newest first; webhooks are checked
            against each of them.
        verify_token: what was entered at Meta beside the webhook's address.
        base_url: where requests go.
        api_version: the version of the Graph API.
        prove_secret: send a proof of the newest secret with every request; needed where the app
            asks for it.
    """

    secrets: tuple[Secret, ...] = ()
    verify_token: Secret | None = None
    base_url: str = field(default="https://graph.facebook.com", validator=is_url)
    api_version: str = field(default="v23.0", validator=is_version)
    prove_secret: bool = False

    @property
    def proving(self) -> Secret | None:
        """The secret that requests prove to know, if they do."""
        return self.secrets[0] if self.prove_secret and self.secrets else None
