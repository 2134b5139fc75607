"""A request to a fake network, taken apart, and the answers to it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from email import message_from_bytes
from email.message import Message as Mail
from email.policy import HTTP
from typing import Any, Final, Literal
from urllib.parse import parse_qsl

import httpx
from attrs import field, frozen

from scskit.http.redaction import redact, secrets_of, shown_url

Trouble = Literal[
    "not_found",
    "method_refused",
    "bad_body",
    "unauthorized",
    "expired_token",
    "rate_limited",
    "server_error",
]
"""Why a fake network does not do what it is asked, where no rule of the network itself says why."""

STATUSES: Final[Mapping[Trouble, int]] = {
    "not_found": 404,
    "method_refused": 405,
    "bad_body": 400,
    "unauthorized": 401,
    "expired_token": 401,
    "rate_limited": 429,
    "server_error": 503,
}

JSON: Final = "application/json"
FORM: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"


class Refused(Exception):
    """A network's own refusal; raised by a handler anywhere, answered by the network."""

    def __init__(self, response: httpx.Response) -> None:
        """Refuse with this answer."""
        super().__init__(f"{response.status_code}")
        self.response = response


class BadBody(ValueError):
    """A body is not what its content type says."""


def answer(status: int, body: object = None, **headers: str) -> httpx.Response:
    """Make an answer; ``_`` in the names of headers stands for ``-``.

    Args:
        status: of HTTP.
        body: what JSON can say; None sends no body.
        headers: more of them.
    """
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if body is None:
        return httpx.Response(status, headers=named)
    return httpx.Response(status, headers={"content-type": JSON} | named, content=written(body))


def written(body: object) -> bytes:
    """Write JSON as networks do, which cut texts wherever: half a character stays an escape."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace")


@frozen
class Upload:
    """A file that came in a form.

    Attributes:
        filename: as the sender calls it.
        media_type: as the sender says.
        content: the bytes.
    """

    filename: str
    media_type: str
    content: bytes


@frozen(kw_only=True)
class Call:
    """A request that has found its operation.

    Attributes:
        request: as it came; its body is read.
        operation: the method and the pattern of the path, such as ``GET /2/users/{id}/mentions``.
        params: what stands in the path in the places of the pattern.
        at: when it came, by the network's clock.
        caller: who asks, as the network's ``authorize`` returned it.
        notes: what a network remembers of it until the answer leaves.
    """

    request: httpx.Request
    operation: str
    at: datetime
    params: Mapping[str, str] = field(factory=dict)
    caller: Any = None
    notes: dict[str, Any] = field(factory=dict)

    @property
    def method(self) -> str:
        """The method, upper case."""
        return self.request.method.upper()

    @property
    def path(self) -> str:
        """The path, decoded."""
        return self.request.url.path

    @property
    def query(self) -> Mapping[str, str]:
        """What stands behind the ``?``, the last of each name."""
        return dict(self.request.url.params.multi_items())

    @property
    def content_type(self) -> str:
        """What the body says it is, without parameters, lower case."""
        return self.header("content-type").partition(";")[0].strip().lower()

    @property
    def bearer(self) -> str:
        """The token of ``Authorization: Bearer``; empty when there is none."""
        scheme, _, token = self.header("authorization").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""

    def header(self, name: str) -> str:
        """Return a header; empty when it was not sent."""
        found: str = self.request.headers.get(name, "")
        return found

    def json(self) -> dict[str, Any]:
        """Return the JSON object of the body; an empty one when there is no body.

        Raises:
            BadBody: it is no JSON object.
        """
        if not self.request.content:
            return {}
        try:
            found = json.loads(self.request.content)
        except (ValueError, RecursionError) as error:
            raise BadBody(f"the body is no JSON: {error}") from error
        if not isinstance(found, dict):
            raise BadBody("the body is no JSON object")
        return found

    def form(self) -> dict[str, str]:
        """Return the fields of a form, of either encoding; without its files."""
        if self.content_type == FORM:
            pairs = parse_qsl(self.request.content.decode("utf-8", "replace"), True)  # noqa: FBT003  keep_blank_values
            return dict(pairs)
        return {name: _text(part) for name, part in self._parts().items() if not _is_file(part)}

    def files(self) -> dict[str, Upload]:
        """Return the files of a form, by field."""
        return {
            name: Upload(part.get_filename() or "", part.get_content_type(), _bytes(part))
            for name, part in self._parts().items()
            if _is_file(part)
        }

    def values(self) -> dict[str, Any]:
        """Return everything that was said: in the query, in a form, in a JSON object.

        Raises:
            BadBody: the body is no JSON object and no form.
        """
        if self.content_type in {FORM, MULTIPART}:
            return {**self.query, **self.form()}
        return {**self.query, **self.json()}

    def _parts(self) -> dict[str, Mail]:
        if self.content_type != MULTIPART:
            return {}
        head = f"content-type: {self.header('content-type')}\r\n\r\n".encode()
        whole = message_from_bytes(head + self.request.content, policy=HTTP)
        parts = whole.get_payload() if whole.is_multipart() else []
        found = [part for part in parts if isinstance(part, Mail)]
        names = [part.get_param("name", header="content-disposition") for part in found]
        return {str(name): part for name, part in zip(names, found, strict=True) if name}


def _is_file(part: Mail) -> bool:
    """Tell a file from a field: by its name, or by a type that no field has (RFC 7578, 4.4)."""
    if part.get_filename():
        return True
    return part.get_content_maintype() != "text" and part.get_content_type() != JSON


def _bytes(part: Mail) -> bytes:
    found = part.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""


def _text(part: Mail) -> str:
    return _bytes(part).decode("utf-8", "replace")


@frozen(kw_only=True)
class Seen:
    """A request that a fake network was sent, without its secrets.

    Attributes:
        at: when, by the network's clock.
        method: upper case.
        url: with the values of secret parameters hidden.
        operation: what it asked for; empty when the network has nothing there.
        body: text, shortened, with secrets hidden.
        status: of the answer; None when none came.
        fault: what was made to go wrong; empty when nothing was.
    """

    at: datetime
    method: str
    url: str
    operation: str = ""
    body: str = ""
    status: int | None = None
    fault: str = ""


_LONGEST: Final = 2_000


def seen(request: httpx.Request, at: datetime, operation: str) -> Seen:
    """Note a request."""
    body = request.content[:_LONGEST].decode("utf-8", "replace")
    return Seen(
        at=at,
        method=request.method.upper(),
        url=shown_url(request.url),
        operation=operation,
        body=redact(body, secrets_of(request)),
    )
