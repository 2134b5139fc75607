"""How a fake network answers: its own rules, and what is made to go wrong around them.

::

    request ──► operation ──► faults ──► authorize ──► limit ──► handler ──► finish ──► answer
                                                                    │            │
                                                              state, events    faults
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import httpx
from attrs import evolve, frozen

from scskit.testing.network.calls import BadBody, Call, Refused, Seen, Trouble, seen
from scskit.testing.network.routing import Route
from scskit.testing.network.waiting import Event, EventKind

if TYPE_CHECKING:
    from scskit.testing.network.base import FakeNetwork

_BEFORE: Final[tuple[Trouble, ...]] = ("rate_limited", "server_error", "expired_token")
_EARLY: Final[tuple[tuple[str, EventKind], ...]] = (
    ("receipt_before_response", "receipt"),
    ("echo_before_response", "echo"),
)
_LOST: Final = ("accept_then_timeout", "accept_then_error")
_SUCCESS: Final = range(200, 300)


@frozen
class _Answered:
    """What was decided: the answer, None for none, and the call if anything may have been done."""

    response: httpx.Response | None
    note: Seen
    call: Call | None = None


def respond(network: FakeNetwork, request: httpx.Request) -> httpx.Response:
    """Answer a request.

    Raises:
        httpx.ReadTimeout: a fault; what was asked may have been done.
    """
    with network.lock:
        already = len(network.deliveries.events)
        answered = _answered(network, request)
        made = network.deliveries.events[already:]
        early = _early(network, answered.call, made)
    network.deliveries.hand_over(early)  # without the lock: who takes it may ask the network
    with network.lock:
        answered = _lose(network, answered)
        response = answered.response
        status = None if response is None else response.status_code
        network.log.append(evolve(answered.note, status=status))
    if response is None:
        raise httpx.ReadTimeout("the fake network was made not to answer", request=request)
    response.request = request
    return response


def _answered(network: FakeNetwork, request: httpx.Request) -> _Answered:
    now, path = network.clock.now(), network.path_of(request)
    found = network.routes.find(request.method, path)
    if found is None:
        call = Call(request=request, operation=f"{request.method.upper()} {path}", at=now)
        why: Trouble = "method_refused" if network.routes.knows(path) else "not_found"
        return _Answered(network.refusal(why, call), seen(request, now, ""))
    route, params = found
    call = Call(request=request, operation=route.operation, at=now, params=params)
    note = seen(request, now, route.operation)
    if network.faults.hit("timeout_before_accept", route.operation):
        return _Answered(None, evolve(note, fault="timeout_before_accept"))
    for kind in _BEFORE:
        if network.faults.hit(kind, route.operation):
            response = network.refusal(kind, call)
            network.finish(call, response)
            return _Answered(response, evolve(note, fault=kind))
    return _Answered(_handled(network, route, call), note, call)


def _handled(network: FakeNetwork, route: Route[Any], call: Call) -> httpx.Response:
    try:
        call = evolve(call, caller=network.authorize(call, route.auth))
        network.limit(call)
        response = route.handler(network, call)
    except Refused as refused:
        response = refused.response
    except BadBody:
        response = network.refusal("bad_body", call)
    network.finish(call, response)
    return response


def _early(network: FakeNetwork, call: Call | None, made: Sequence[Event]) -> list[Event]:
    """Return what is pushed before the answer leaves."""
    if call is None:
        return []
    there = {event.kind for event in made}
    kinds = {
        kind
        for fault, kind in _EARLY
        if kind in there and network.faults.hit(fault, call.operation)
    }
    return [event for event in made if event.kind in kinds]


def _lose(network: FakeNetwork, answered: _Answered) -> _Answered:
    """Let an answer get lost, where a fault says so; what was asked is done all the same."""
    call, response = answered.call, answered.response
    if call is None or response is None or call.method == "GET":
        return answered
    if response.status_code not in _SUCCESS:
        return answered
    fault = next((kind for kind in _LOST if network.faults.hit(kind, call.operation)), "")
    if not fault:
        return answered
    instead = network.refusal("server_error", call) if fault == "accept_then_error" else None
    return _Answered(instead, evolve(answered.note, fault=fault), call)
