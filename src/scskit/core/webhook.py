"""A webhook request and its answer as values: no framework, no socket."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from attrs import field, frozen


def _lower_keys(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


@frozen(kw_only=True)
class WebhookRequest:
    """What a network pushed, as it came over the wire.

    Attributes:
        method: ``GET`` or ``POST``, upper case.
        headers: by lower-case name; any case is taken and lowered.
        query: the query string's parameters, the last of each name.
        body: the raw bytes; signatures are made over these and nothing else.
        received_at: when it came in, aware, by the desk's clock.
    """

    method: str
    received_at: datetime
    headers: Mapping[str, str] = field(factory=dict, converter=_lower_keys)
    query: Mapping[str, str] = field(factory=dict)
    body: bytes = b""

    def header(self, name: str) -> str:
        """Return a header by its name in any case; the empty string when it was not sent."""
        return self.headers.get(name.lower(), "")


@frozen(kw_only=True)
class WebhookResponse:
    """What a network is answered.

    Attributes:
        status: the HTTP status.
        headers: by lower-case name; any case is taken and lowered.
        body: the raw bytes.
    """

    status: int = 200
    headers: Mapping[str, str] = field(factory=dict, converter=_lower_keys)
    body: bytes = b""

    @classmethod
    def text(cls, body: str, status: int = 200) -> WebhookResponse:
        """Answer plain text, which no browser takes for anything else."""
        headers = {"content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff"}
        return cls(status=status, headers=headers, body=body.encode())

    @classmethod
    def json(cls, body: str, status: int = 200) -> WebhookResponse:
        """Answer JSON that is written already."""
        headers = {"content-type": "application/json"}
        return cls(status=status, headers=headers, body=body.encode())
