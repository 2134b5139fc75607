"""Whether a step of a flow may be tried again, and what its failure means.

A step is one request and its answer. What has certainly not left, and what may be carried out twice
without harm, is tried again here; everything else is for who called: a flow is never run again as a
whole.
"""

from __future__ import annotations

from typing import Any, Final

import httpx
from attrs import frozen
from tenacity import RetryCallState, wait_exponential, wait_random

from scskit.core.errors import DeliveryError, OutcomeUnknown, Rejected, RetryLater
from scskit.http.redaction import shown_url
from scskit.http.usage import wait_told

IDEMPOTENT: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})
"""What may be carried out twice (RFC 9110, 9.2.2)."""

PASSING: Final = frozenset({500, 502, 503, 504})
"""Statuses that often go away by themselves."""

NEVER_LEFT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
"""What goes wrong before the first byte of a request is sent."""

IMPOSSIBLE: Final = (httpx.UnsupportedProtocol, httpx.LocalProtocolError)
"""What is wrong with the request itself."""


@frozen(kw_only=True)
class Patience:
    """How often one step is tried, and how long it may wait.

    Attributes:
        attempts: how often at most, the first time included.
        first_wait: seconds before the second time, doubled each time, with a little chance so
            that many processes do not come back at once.
        longest: seconds that a step waits in all. What takes longer is left to who called, who
            is told how long (``RetryLater.retry_after``) and keeps no thread busy meanwhile.
        most_bytes: of an answer.
        deadline: seconds that an answer may take from its first byte to its last.
    """

    attempts: int = 3
    first_wait: float = 0.5
    longest: float = 10.0
    most_bytes: int = 16 * 2**20
    deadline: float = 60.0


def repeatable(request: httpx.Request) -> bool:
    """Tell whether a request may be carried out twice without harm.

    A network that knows the header ``Idempotency-Key`` carries such a request out once.
    """
    harmless = request.method in IDEMPOTENT or "idempotency-key" in request.headers
    return harmless and _can_be_sent_again(request)


def _can_be_sent_again(request: httpx.Request) -> bool:
    try:
        return request.content is not None
    except httpx.RequestNotRead:  # a stream is used up by sending it
        return False


def failure(request: httpx.Request, error: Exception, patience: Patience) -> DeliveryError:
    """Say what it means that a request got no answer.

    Args:
        request: what was to be sent.
        error: what httpx raised.
        patience: whose last wait is the one to go on with.
    """
    what = f"{request.method} {shown_url(request.url)}: {type(error).__name__}: {error}"
    if isinstance(error, IMPOSSIBLE):
        return Rejected(f"{what}; the request itself is wrong", error_class="permanent")
    if isinstance(error, NEVER_LEFT):
        return RetryLater(f"{what}; nothing was sent", patience.longest, error_class="retryable")
    if repeatable(request):
        return RetryLater(f"{what}; may be sent again", patience.longest, error_class="retryable")
    return OutcomeUnknown(f"{what}; it may have been carried out, look before sending again")


def retrying(request: httpx.Request, patience: Patience) -> dict[str, Any]:
    """Return how tenacity tries a step: the same for threads and for event loops."""
    again = wait_exponential(multiplier=patience.first_wait, max=patience.longest) + wait_random(
        0, patience.first_wait / 4
    )

    def wait(state: RetryCallState) -> float:
        response = _response(state)
        told = None if response is None else wait_told(response)
        return max(told or 0.0, again(state))

    def enough(state: RetryCallState) -> bool:
        waited = state.idle_for + state.upcoming_sleep
        return state.attempt_number >= patience.attempts or waited > patience.longest

    return {
        "retry": lambda state: _may_go_away(request, state),
        "wait": wait,
        "stop": enough,
        "retry_error_callback": _last,
    }


def _may_go_away(request: httpx.Request, state: RetryCallState) -> bool:
    response = _response(state)
    if response is None:
        error = state.outcome.exception() if state.outcome else None
        sendable = isinstance(error, httpx.RequestError) and not isinstance(error, IMPOSSIBLE)
        return sendable and (isinstance(error, NEVER_LEFT) or repeatable(request))
    if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
        return wait_told(response) is not None and repeatable(request)
    return response.status_code in PASSING and repeatable(request)


def _response(state: RetryCallState) -> httpx.Response | None:
    outcome = state.outcome
    if outcome is None or outcome.failed:
        return None
    found: httpx.Response = outcome.result()
    return found


def _last(state: RetryCallState) -> httpx.Response:
    """Return the last answer, or raise the last error: who called decides about it."""
    outcome = state.outcome
    assert outcome is not None  # noqa: S101  tenacity asks after an attempt
    found: httpx.Response = outcome.result()
    return found
