"""How X refuses: the bodies of its errors, as clients of the real API have met them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from scskit.testing.network import Call, Refused, answer

if TYPE_CHECKING:
    import httpx

PROBLEM: Final = "application/problem+json"
TYPES: Final = "https://api.x.com/2/problems/"

NOT_ENGAGED: Final = (
    "Reply to this conversation is not allowed because you have not been mentioned or otherwise "
    "engaged by the author of the post you are replying to."
)
DUPLICATE: Final = "You are not allowed to create a Tweet with duplicate content."
GONE: Final = "You attempted to reply to a Tweet that is deleted or not visible to you."
TOO_LONG: Final = (
    "Your Tweet text is too long. For more information on how Twitter determines text length see "
    "https://github.com/twitter/twitter-text."
)
NO_MESSAGES: Final = "You do not have permission to DM one or more participants."
NOT_PERMITTED: Final = "You are not permitted to perform this action."


def problem(status: int, title: str, detail: str, **more: Any) -> httpx.Response:  # noqa: ANN401  JSON
    """Make a problem that has no type of its own."""
    body = {"title": title, "detail": detail, "type": "about:blank", "status": status, **more}
    return answer(status, body, content_type=PROBLEM)


def unauthorized() -> httpx.Response:
    """Make what a wrong or expired token is answered."""
    return problem(401, "Unauthorized", "Unauthorized")


def forbidden(detail: str = NOT_PERMITTED) -> Refused:
    """Make the refusal of what this user may not do."""
    return Refused(problem(403, "Forbidden", detail))


def invalid(message: str, parameter: str = "", *values: object, status: int = 400) -> Refused:
    """Make the refusal of a request that is wrong in itself.

    Args:
        message: what is wrong.
        parameter: where.
        values: what stood there.
        status: of HTTP.
    """
    named = {"parameters": {parameter: [str(value) for value in values]}} if parameter else {}
    body = {
        "errors": [{**named, "message": message}],
        "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.",
        "type": f"{TYPES}invalid-request",
    }
    return Refused(answer(status, body, content_type=PROBLEM))


_ID: Final = re.compile(r"[0-9]{1,19}")
_CONVERSATION: Final = re.compile(r"[0-9]{1,19}-[0-9]{1,19}|[0-9]{15,19}")
_HANDLE: Final = re.compile(r"[A-Za-z0-9_]{1,15}")


def check_path(call: Call) -> None:
    """Refuse ids and names in a path that cannot be any.

    Raises:
        Refused: one is not of X's form.
    """
    for name, value in call.params.items():
        talk = "/dm_conversations/{" in call.operation and "participant" not in name
        check_form(name, [value], _CONVERSATION if talk else _form(name))


def check_form(name: str, values: Iterable[str], form: re.Pattern[str] | None = None) -> None:
    """Refuse ids and names that cannot be any.

    Args:
        name: of the parameter.
        values: all that it has.
        form: of each; that of ids or of names, by the parameter's name, unless told.

    Raises:
        Refused: one is not of X's form.
    """
    form = form or _form(name)
    for value in values:
        if not form.fullmatch(value):
            message = f"The `{name}` query parameter value [{value}] is not valid"
            raise invalid(message, name, value)


def _form(name: str) -> re.Pattern[str]:
    return _HANDLE if name.startswith("username") else _ID


def unsupported(kind: str, allowed: str) -> Refused:
    """Make the refusal of a kind of token that an operation does not take."""
    detail = (
        f"Authenticating with {kind} is forbidden for this endpoint. "
        f"Supported authentication types are [{allowed}]."
    )
    body = {
        "title": "Unsupported Authentication",
        "detail": detail,
        "type": f"{TYPES}unsupported-authentication",
        "status": 403,
    }
    return Refused(answer(403, body, content_type=PROBLEM))


def missing(kind: str, external_id: str, parameter: str = "id") -> dict[str, Any]:
    """Make the error about something that is not there."""
    return {
        "value": external_id,
        "detail": f"Could not find {kind} with {parameter}: [{external_id}].",
        "title": "Not Found Error",
        "resource_type": kind,
        "parameter": parameter,
        "resource_id": external_id,
        "type": f"{TYPES}resource-not-found",
    }


def not_found(kind: str, external_id: str, parameter: str = "id") -> Refused:
    """Make the refusal about something that is not there."""
    body = {**missing(kind, external_id, parameter), "status": 404}
    return Refused(answer(404, body, content_type=PROBLEM))


def too_many() -> httpx.Response:
    """Make what one request too many is answered."""
    return problem(429, "Too Many Requests", "Too Many Requests")
