"""What media may be, and reading one while watching that it is."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import httpx
from attrs import field, frozen

from scskit.core.errors import CredentialsRejected, MediaRefused, Rejected, RetryLater
from scskit.core.ports import Clock
from scskit.http.usage import wait_told

LATER: Final = 60.0
"""Seconds until a medium is asked for again when nobody says how long."""

TYPES: Final = frozenset(
    {
        "application/pdf",
        "application/octet-stream",
        "audio/aac",
        "audio/amr",
        "audio/mp4",
        "audio/mpeg",
        "audio/ogg",
        "audio/wav",
        "image/gif",
        "image/jpeg",
        "image/png",
        "image/webp",
        "text/plain",
        "video/3gpp",
        "video/mp4",
        "video/quicktime",
        "video/webm",
    }
)
"""What people attach; nothing among it that a browser would execute."""


@frozen(kw_only=True)
class MediaRules:
    """Where media may come from, and what they may be.

    Attributes:
        hosts: names of hosts; ``*.example.com`` stands for all below ``example.com``.
        types: media types without parameters; ``image/*`` stands for all of a kind.
        ports: of https.
        most_bytes: of one medium.
        redirects: how often in a row.
        deadline: seconds for all of it.
    """

    hosts: frozenset[str] = field(converter=frozenset)
    types: frozenset[str] = field(default=TYPES, converter=frozenset)
    ports: frozenset[int] = field(default=frozenset({443}), converter=frozenset)
    most_bytes: int = 25 * 2**20
    redirects: int = 3
    deadline: float = 60.0


@frozen(kw_only=True)
class Media:
    """A medium.

    Attributes:
        content: the bytes.
        media_type: without parameters, as the server says; nobody looked inside.
    """

    content: bytes
    media_type: str


@frozen
class Fetching:
    """One medium on its way: what was agreed about it, and since when."""

    rules: MediaRules
    clock: Clock
    began: float = field(init=False)

    @began.default
    def _now(self) -> float:
        return self.clock.now().timestamp()

    def read(self, response: httpx.Response) -> Media:
        """Read an answer, as far as it is what was agreed."""
        where = f"{response.request.extensions['sni_hostname']}{response.request.url.path}"
        _require_success(where, response)
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if not _is_type(kind, self.rules.types):
            raise MediaRefused(f"{where}: its type {kind!r} is not among the allowed")
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            raise MediaRefused(f"{where}: it is compressed, though that was not asked for")
        length = response.headers.get("content-length", "")
        if length.isdecimal() and int(length[:20]) > self.rules.most_bytes:
            raise MediaRefused(f"{where}: longer than {self.rules.most_bytes} bytes")
        return Media(content=self._content(where, response), media_type=kind)

    def _content(self, where: str, response: httpx.Response) -> bytes:
        content = bytearray()
        try:
            for part in response.iter_raw():
                content += part
                if len(content) > self.rules.most_bytes:
                    raise MediaRefused(f"{where}: longer than {self.rules.most_bytes} bytes")
                if self.clock.now().timestamp() - self.began > self.rules.deadline:
                    raise RetryLater(f"{where}: took longer than {self.rules.deadline:g} s", LATER)
        except httpx.RequestError as error:
            message = f"{where}: {type(error).__name__}: {error}"
            raise RetryLater(message, LATER, error_class="retryable") from error
        return bytes(content)


def _require_success(where: str, response: httpx.Response) -> None:
    status = response.status_code
    message = f"{where}: status {status}"
    if status == httpx.codes.UNAUTHORIZED:
        raise CredentialsRejected(message, code=status, error_class="auth")
    if status == httpx.codes.TOO_MANY_REQUESTS or status >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise RetryLater(message, wait_told(response) or LATER, code=status)
    if status != httpx.codes.OK:
        raise Rejected(message, code=status, error_class="permanent")


def _is_type(kind: str, allowed: Collection[str]) -> bool:
    return kind in allowed or f"{kind.partition('/')[0]}/*" in allowed
