"""From a webhook request to its answer, without a framework.

::

    request ──► size ──► handshake? ──► signature ──► parse ──► stored ──► 2xx
                 413        its own         401         400        503
                                                   (kept, raw)

Nothing of a body is looked at before its signature is good, and nothing is acknowledged before it
is stored: who gets no 2xx sends it again, and what comes twice changes nothing.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from scskit.core.errors import PayloadInvalid, StoreError, WebhookError
from scskit.core.interaction import Signal
from scskit.core.webhook import Counted, Inbox, Receiving, WebhookRequest, WebhookResponse

MOST_BYTES: Final = 8 * 2**20
"""Of a body, unless told otherwise; networks send up to a thousand updates in one."""

RETRY_AFTER: Final = "30"
"""Seconds that a sender is asked to wait while nothing can be stored."""


def receive(
    connector: Receiving, inbox: Inbox, request: WebhookRequest, *, most_bytes: int = MOST_BYTES
) -> WebhookResponse:
    """Answer a request.

    Args:
        connector: whose network sends it.
        inbox: where its content is stored.
        request: as it came; its body is not looked at before its signature.
        most_bytes: of a body.

    Returns:
        The answer, also when the request is refused.

    Raises:
        Exception: the connector broke in a way that it never should. When that happened in
            ``parse``, the body is in quarantine first.
    """
    try:
        what, response = _receive(connector, inbox, request, most_bytes)
    except Exception:
        inbox.count("failed")
        raise
    inbox.count(what)
    return response


def _receive(
    connector: Receiving, inbox: Inbox, request: WebhookRequest, most_bytes: int
) -> tuple[Counted, WebhookResponse]:
    if len(request.body) > most_bytes:
        return "too_large", _refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    if request.method == "GET":
        return _handshake(connector, request)
    if request.method != "POST":
        return "method_refused", _refused(HTTPStatus.METHOD_NOT_ALLOWED, allow="GET, POST")
    try:
        connector.verify(request)
    except WebhookError:
        return "signature_refused", _refused(HTTPStatus.UNAUTHORIZED)
    try:
        return _deliver(connector, inbox, request)
    except StoreError:
        unavailable = _refused(HTTPStatus.SERVICE_UNAVAILABLE, **{"retry-after": RETRY_AFTER})
        return "not_stored", unavailable


def _handshake(connector: Receiving, request: WebhookRequest) -> tuple[Counted, WebhookResponse]:
    try:
        response = connector.handshake(request)
    except WebhookError:
        return "handshake_refused", _refused(HTTPStatus.FORBIDDEN)
    if response is None:
        return "handshake_refused", _refused(HTTPStatus.BAD_REQUEST)
    refused = response.status >= HTTPStatus.BAD_REQUEST
    return "handshake_refused" if refused else "handshake", response


def _deliver(
    connector: Receiving, inbox: Inbox, request: WebhookRequest
) -> tuple[Counted, WebhookResponse]:
    """Store what a body holds; a body that cannot be read is stored as it came."""
    try:
        items = list(connector.parse(request))
    except PayloadInvalid as error:
        inbox.quarantine(request, str(error))
        return "unreadable", _refused(HTTPStatus.BAD_REQUEST)
    except Exception as error:
        inbox.quarantine(request, f"the connector failed: {type(error).__name__}: {error}")
        raise
    if items:
        inbox.accept(request, items)
    ignored = all(isinstance(item, Signal) for item in items)
    return "ignored" if ignored else "accepted", WebhookResponse.text("ok")


def _refused(status: HTTPStatus, **headers: str) -> WebhookResponse:
    """Refuse without telling a stranger why; the log and the counts tell us."""
    answer = WebhookResponse.text(status.phrase.lower(), status)
    return WebhookResponse(
        status=int(status), headers={**answer.headers, **headers}, body=answer.body
    )
