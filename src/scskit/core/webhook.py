"""A webhook request and its answer as values, and who has a part in between.

No framework, no socket.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, Protocol

from attrs import field, frozen

from scskit.core.interaction import Parsed

Counted = Literal[
    "accepted",
    "ignored",
    "handshake",
    "handshake_refused",
    "signature_refused",
    "unreadable",
    "too_large",
    "method_refused",
    "not_stored",
    "failed",
]
"""What can become of a request.

``ignored`` is a body in which nothing concerns us; ``failed`` one that broke the connector.
"""


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


class Receiving(Protocol):
    """What a connector does about webhooks; see ``scskit.plugins.Connector``."""

    def handshake(self, request: WebhookRequest) -> WebhookResponse | None:
        """Answer a request by which the network checks that the address is ours."""
        ...

    def verify(self, request: WebhookRequest) -> None:
        """Check that the network sent this."""
        ...

    def parse(self, request: WebhookRequest) -> Sequence[Parsed]:
        """Turn a verified request into messages and what happens to them."""
        ...


class Inbox(Protocol):
    """What stores. Everything is durable when a method returns."""

    def accept(self, request: WebhookRequest, items: Sequence[Parsed]) -> None:
        """Store what a body holds, each item on its own: a bad one costs no other.

        Raises:
            StoreError: the database refused.
        """
        ...

    def quarantine(self, request: WebhookRequest, reason: str) -> None:
        """Store a body that cannot be read, as it came.

        Raises:
            StoreError: the database refused.
        """
        ...

    def count(self, what: Counted) -> None:
        """Count what became of a request."""
        ...


class Answering(Protocol):
    """Answers requests; see ``scskit.http.webhook.receive``."""

    def __call__(
        self, connector: Receiving, inbox: Inbox, request: WebhookRequest, most_bytes: int
    ) -> WebhookResponse:
        """Answer a request, unless its body has more than ``most_bytes``."""
        ...
