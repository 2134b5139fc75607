"""What Meta's errors mean, by code and subcode first and by HTTP status last.

The status tells little: Meta throttles with 400 and reports errors inside 200. The text tells
nothing: it comes in the language of whoever registered the app.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from attrs import frozen

from scskit.core.errors import (
    CredentialsRejected,
    DeliveryError,
    ErrorClass,
    OutcomeUnknown,
    Rejected,
    RetryLater,
)

Codes = Mapping[int | tuple[int, int], ErrorClass]
"""Classes by code, and by code and subcode."""

CODES: Codes = {
    (10, 2018065): "window",
    (10, 2018108): "policy",
    (10, 2018278): "window",
    (10, 2018300): "policy",  # another app has the conversation; unconfirmed
    (10, 2534022): "window",  # Instagram
    (200, 1545041): "permanent",  # the person cannot be written to
    -2: "retryable",  # Instagram could not fetch in time
    -1: "retryable",
    1: "retryable",
    2: "retryable",
    3: "permission",
    4: "rate_limit",
    9: "rate_limit",  # Instagram: posts a day
    10: "permission",
    17: "rate_limit",
    32: "rate_limit",
    33: "permanent",
    100: "permanent",
    102: "auth",
    104: "auth",
    190: "auth",
    341: "rate_limit",
    368: "policy",
    506: "policy",  # the same post twice
    551: "permanent",
    613: "rate_limit",
    803: "permanent",
    1200: "retryable",  # Messenger: a send failed for the moment
    2500: "auth",
    9007: "retryable",  # Instagram has not taken the medium in yet
    10900: "permanent",
    10902: "permanent",
    36000: "permanent",
}
RANGES: tuple[tuple[range, ErrorClass], ...] = (
    (range(200, 300), "permission"),
    (range(80000, 80015), "rate_limit"),
)
WAITS: Mapping[str, float] = {"rate_limit": 60.0, "retryable": 5.0}
"""Seconds to wait where the response does not say."""

_FAILED, _UNAUTHORIZED, _FORBIDDEN, _TOO_MANY, _SERVER = 400, 401, 403, 429, 500


@frozen(kw_only=True)
class Fault:
    """What an error says.

    Attributes:
        message: for people, without secrets.
        code: Meta's code.
        subcode: its finer code.
        kind: the name of its class, such as ``OAuthException``.
        transient: whether Meta says that it will pass; None when it does not say.
        request_id: ``fbtrace_id``, by which Meta's support finds the request.
        status: the HTTP status; None for an error that came by webhook.
    """

    message: str = ""
    code: int | None = None
    subcode: int | None = None
    kind: str = ""
    transient: bool | None = None
    request_id: str = ""
    status: int | None = None


def read_fault(
    status: int | None, body: object, headers: Mapping[str, str] | None = None
) -> Fault | None:
    """Return the error that a response or the error of a webhook holds.

    Args:
        status: the HTTP status, if there was a response.
        body: its JSON value.
        headers: its headers, by any case of name that the mapping knows.

    Returns:
        The error; None when the body holds none, whatever the status.
    """
    if not isinstance(body, dict):
        return None
    error = body.get("error") or _listed(status, body)
    request_id = (headers or {}).get("x-fb-trace-id", "")
    if isinstance(error, dict):
        return _graph(error, status, request_id)
    if "error_code" in body:  # what the oldest parts of the API answer
        said = _text(body.get("error_msg")) or _text(body.get("error_description"))
        return _graph({**body, "code": body["error_code"], "message": said}, status, request_id)
    if "error_type" in body:  # what log-in answers: its code is an HTTP status
        kind, message = body.get("error_type"), body.get("error_message")
        return Fault(message=_text(message), kind=_text(kind), status=status, request_id=request_id)
    return None


def _listed(status: int | None, body: Mapping[str, Any]) -> object:
    """Return the first of several errors; beside something that was done, they are no refusal."""
    errors = body.get("errors") if (status or _FAILED) >= _FAILED else None
    return errors[0] if isinstance(errors, list) and errors else None


def _graph(error: Mapping[str, Any], status: int | None, request_id: str) -> Fault:
    transient = error.get("is_transient")
    return Fault(
        message=_text(error.get("message")) or _text(error.get("title")),
        code=_whole(error.get("code")),
        subcode=_whole(error.get("error_subcode")),
        kind=_text(error.get("type")),
        transient=transient if isinstance(transient, bool) else None,
        request_id=_text(error.get("fbtrace_id")) or request_id,
        status=status,
    )


def classify(fault: Fault, codes: Codes = CODES) -> ErrorClass:
    """Return why the network refused.

    Args:
        fault: what it said.
        codes: the classes of a network's own codes; those that all share stand behind them.
    """
    known = _known(fault, codes)
    if known == "retryable" and fault.transient is False:
        return "permanent"
    return known or _guess(fault)


def _known(fault: Fault, codes: Codes) -> ErrorClass | None:
    code = fault.code
    if code is None:
        return None
    keys: list[int | tuple[int, int]] = [] if fault.subcode is None else [(code, fault.subcode)]
    for key in (*keys, code):
        if found := codes.get(key) or CODES.get(key):
            return found
    return next((found for codes_, found in RANGES if code in codes_), None)


def _guess(fault: Fault) -> ErrorClass:
    status = fault.status or 0
    if fault.transient:
        return "retryable"
    if status == _TOO_MANY:
        return "rate_limit"
    if status == _UNAUTHORIZED or (fault.code is None and fault.kind == "OAuthException"):
        return "auth"
    if status == _FORBIDDEN:
        return "permission"
    return "retryable" if status >= _SERVER else "permanent"


def delivery_error(fault: Fault, error_class: ErrorClass, wait: float = 0.0) -> DeliveryError:
    """Return the error to raise, of the kind that says what to do next.

    Args:
        fault: what the network said.
        error_class: why it refused.
        wait: seconds that the network asked to wait, if it did.
    """
    message = describe(fault)
    told: dict[str, Any] = {
        "code": fault.code,
        "subcode": fault.subcode,
        "request_id": fault.request_id,
        "error_class": error_class,
    }
    if error_class in WAITS:
        return RetryLater(message, wait or WAITS[error_class], **told)
    if error_class in {"auth", "permission"}:
        return CredentialsRejected(message, **told)
    return Rejected(message, **told)


def describe(fault: Fault) -> str:
    """Return an error as one line for people."""
    numbers = [str(number) for number in (fault.code, fault.subcode) if number is not None]
    return f"{fault.message or 'refused'} ({'/'.join(numbers) or f'HTTP {fault.status}'})"


def unknown_outcome(status: int, message: str, fault: Fault | None = None) -> OutcomeUnknown:
    """Return the error for an answer that does not say what became of a request that changes."""
    told = fault or Fault()
    return OutcomeUnknown(
        message,
        code=told.code or status,
        subcode=told.subcode,
        request_id=told.request_id,
        error_class="retryable",
    )


def read_json(content: bytes) -> Any:  # noqa: ANN401  any JSON value
    """Return the JSON value of a response; None when it is none."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _whole(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and value.removeprefix("-").isdecimal() and len(value) < 20:  # noqa: PLR2004  64 bits
        return int(value)
    return None
