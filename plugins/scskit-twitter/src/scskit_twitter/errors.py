"""What X refuses, by its own code first and by the HTTP status last.

X answers in three forms: problem JSON (RFC 9457) with a ``type``, a list of such ``errors``, and
the numbered codes of API version 1.1. Some refusals have no code at all, only a sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from attrs import frozen

from scskit.core.errors import (
    CredentialsRejected,
    DeliveryError,
    ErrorClass,
    OutcomeUnknown,
    Rejected,
    RetryLater,
)
from scskit.http.usage import wait_told
from scskit_twitter.limits import RATE_WINDOW
from scskit_twitter.reading import Json, first_records, identifier, load, words

if TYPE_CHECKING:
    import httpx

DUPLICATE: Final = "duplicate"
NOT_SUMMONED: Final = "not-summoned"
"""Codes of ours for refusals that X tells in a sentence only."""

_BY_SENTENCE: Final[tuple[tuple[str, str, ErrorClass], ...]] = (
    ("duplicate content", DUPLICATE, "policy"),
    ("mentioned or otherwise engaged", NOT_SUMMONED, "policy"),
    ("deleted or not visible to you", "not-visible", "permanent"),
)
_BY_TYPE: Final[Mapping[str, ErrorClass]] = {
    "usage-capped": "billing",
    "credits": "billing",
    "credits-depleted": "billing",
    "client-forbidden": "permission",
    "oauth1-permissions": "permission",
    "not-authorized-for-resource": "permission",
    "not-authorized-for-field": "permission",
    "field-unauthorized": "permission",
    "unsupported-authentication": "permission",
    "disallowed-resource": "policy",
    "noncompliant-rules": "policy",
    "invalid-request": "permanent",
    "invalid-rules": "permanent",
    "duplicate-rules": "permanent",
    "resource-not-found": "permanent",
    "resource-unavailable": "permanent",
    "conflict": "permanent",
    "rule-cap": "rate_limit",
    "streaming-connection": "rate_limit",
    "too-many-requests": "rate_limit",
    "operational-disconnect": "retryable",
    "field-hydration-failure": "retryable",
    "internal-error": "retryable",
}
_BY_CODE: Final[Mapping[int, ErrorClass]] = {
    **dict.fromkeys((32, 89, 99, 135, 215, 416), "auth"),
    **dict.fromkeys((63, 64, 87, 93, 136, 150, 179, 220, 261, 326, 349, 453), "permission"),
    **dict.fromkeys((187, 226, 422, 433), "policy"),
    **dict.fromkeys((88, 161, 185, 205, 420), "rate_limit"),
    **dict.fromkeys((130, 131), "retryable"),
    **dict.fromkeys((17, 34, 38, 44, 50, 68, 92, 108, 139, 144, 151, 160, 186), "permanent"),
    **dict.fromkeys((214, 251, 271, 272, 323, 324, 325, 327, 354, 355, 357), "permanent"),
    **dict.fromkeys((358, 385, 386, 407, 421), "permanent"),
}
"""API version 1.1, which version 2 still answers in places."""

_BY_ISSUE: Final[Mapping[str, ErrorClass]] = {
    "TooManyConnections": "rate_limit",
    "ProvisioningSubscription": "retryable",
    "RuleConfigurationIssue": "permanent",
    "RulesInvalidIssue": "permanent",
}
"""What ``streaming-connection`` is about; without rules no wait opens a stream."""

_BY_TITLE: Final[Mapping[str, ErrorClass]] = {
    "CreditsDepleted": "billing",
    "UsageCapExceeded": "billing",
}
_OAUTH: Final = frozenset({"invalid_grant", "invalid_request", "invalid_client", "invalid_token"})
"""What the token endpoint answers (RFC 6749, 5.2)."""

_BY_STATUS: Final[Mapping[int, ErrorClass]] = {
    401: "auth",
    402: "billing",
    403: "permission",
    408: "retryable",
    429: "rate_limit",
}
_OK: Final = 400
_SERVER: Final = 500
_SOON: Final = 5.0
_LONGEST_MESSAGE: Final = 300
_DIGITS: Final = 7


@frozen(kw_only=True)
class Problem:
    """What a response refuses.

    Attributes:
        error_class: why, in words that all networks share.
        code: X's own code: a number of version 1.1, the last part of a problem's type, or one of
            ours where X has only a sentence.
        subcode: X's reason below the code.
        message: what X said.
        parameter: the parameter it is about, when told.
    """

    error_class: ErrorClass
    code: int | str | None = None
    subcode: str | None = None
    message: str = ""
    parameter: str = ""


def problem_of(response: httpx.Response) -> Problem | None:
    """Return what a response refuses; None when it refuses nothing.

    An answer with data and errors did in part what was asked: it is ``partial``.
    """
    body = _body(response)
    told = _told(body)
    status = response.status_code
    if status < _OK and not body.get("errors"):
        return None
    if status < _OK and "data" in body:
        return _problem(told, body, "partial")
    message = f"{words(told, 'detail', 'message', 'title')} {words(body, 'detail', 'title')}"
    for sentence, code, error_class in _BY_SENTENCE:
        if sentence in message.lower():
            return _problem(told, body, error_class, code)
    return _problem(told, body, _classified(told, body, status))


def _body(response: httpx.Response) -> Json:
    try:
        found = load(response.content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _told(body: Json) -> Json:
    return next(iter(first_records(body, "errors")), body)


def _classified(told: Json, body: Json, status: int) -> ErrorClass:
    issue = words(told, "connection_issue") or words(body, "connection_issue")
    known = _BY_CODE.get(_number(told) or 0) or _BY_ISSUE.get(issue)
    known = known or _BY_TYPE.get(_kind(told) or _kind(body))
    known = known or _BY_TITLE.get(words(told, "title") or words(body, "title"))
    if known is not None:
        return known
    if words(body, "error") in _OAUTH:
        return "auth"
    if status >= _SERVER:
        return "retryable"
    return _BY_STATUS.get(status, "permanent")


def _number(told: Json) -> int | None:
    code = identifier(told, "code")
    return int(code) if code and code.isascii() and code.isdigit() and len(code) < _DIGITS else None


def _kind(holder: Json) -> str:
    return words(holder, "type").rstrip("/").rpartition("/")[2]


def _problem(told: Json, body: Json, error_class: ErrorClass, code: str = "") -> Problem:
    known = _kind(told) or _kind(body)
    plain = "" if known.startswith("about:") else known
    parameter = told.get("parameters")
    named = next(iter(parameter), "") if isinstance(parameter, dict) else ""
    message = words(told, "detail", "message") or words(
        body, "detail", "error_description", "title"
    )
    return Problem(
        error_class=error_class,
        code=code or _number(told) or plain or words(body, "error") or None,
        subcode=words(told, "reason", "connection_issue") or words(body, "reason", "title") or None,
        message=message[:_LONGEST_MESSAGE],
        parameter=words(told, "parameter") or str(named),
    )


def refusal(response: httpx.Response, *, writes: bool) -> DeliveryError:
    """Return the error that says what to do next about a response that is none of a success.

    Args:
        response: what came.
        writes: whether the request could have changed something; where the server failed, nobody
            knows then whether it did.
    """
    problem = problem_of(response) or Problem(error_class="retryable", message="no usable answer")
    message = f"X answered {response.status_code}: {problem.message or 'no reason given'}"
    request_id = response.headers.get("x-transaction-id", "")
    if problem.error_class == "rate_limit" or (problem.error_class == "retryable" and not writes):
        waits = RATE_WINDOW.total_seconds() if problem.error_class == "rate_limit" else _SOON
        told = wait_told(response)
        return RetryLater(
            message,
            waits if told is None else told,
            code=problem.code,
            subcode=problem.subcode,
            request_id=request_id,
            error_class=problem.error_class,
        )
    return _KINDS.get(problem.error_class, Rejected)(
        message,
        code=problem.code,
        subcode=problem.subcode,
        request_id=request_id,
        error_class=problem.error_class,
    )


_KINDS: Final[Mapping[ErrorClass, type[DeliveryError]]] = {
    "auth": CredentialsRejected,
    "retryable": OutcomeUnknown,
    "partial": OutcomeUnknown,
}
