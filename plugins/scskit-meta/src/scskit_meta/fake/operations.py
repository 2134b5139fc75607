"""The operations that every network of Meta has: tokens, permissions, subscriptions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import httpx

from scskit.testing.network import Call, Refused, Routes, answer
from scskit_meta.fake.addresses import within
from scskit_meta.fake.base import FakeMeta

routes: Routes[FakeMeta] = Routes()

_DAYS: Final = 60 * 86_400
_DONE: Final = {"success": True}


@routes.add("GET", "/debug_token")
def debug_token(network: FakeMeta, call: Call) -> httpx.Response:
    """Tell about a token; the app and the token itself may ask."""
    value = network.given(call).needed("input_token")
    token = network.find_token(value)
    if token is None:
        told = {"code": 190, "message": "The token cannot be read."}
        return answer(200, {"data": {"error": told, "is_valid": False, "scopes": []}})
    return answer(200, {"data": token.told(network.app_id, call.at)})


@routes.add("GET", "/{id}/permissions")
def permissions(network: FakeMeta, call: Call) -> httpx.Response:
    """Tell which permissions a token carries."""
    network.me(call)
    given = [{"permission": scope, "status": "granted"} for scope in sorted(call.caller.scopes)]
    return answer(200, {"data": given})


@routes.add("GET", "/oauth/access_token", auth="open")
@routes.add("POST", "/oauth/access_token", auth="open")
def access_token(network: FakeMeta, call: Call) -> httpx.Response:
    """Give the app's token, or a fresh one for a token that is still valid."""
    given = network.given(call)
    if given.text("client_id") != network.app_id:
        raise network.refused(101, "There is no such app.")
    if given.text("client_secret") != network.secret:
        raise network.refused(1, "client_secret is wrong.")
    if given.text("grant_type") == "client_credentials":
        return answer(200, {"access_token": network.app_token, "token_type": "bearer"})
    return answer(200, _renewed(network, call, given.text("fb_exchange_token")))


@routes.add("GET", "/refresh_access_token")
def refresh(network: FakeMeta, call: Call) -> httpx.Response:
    """Let an Instagram account's token last another 60 days."""
    return answer(200, _renewed(network, call, call.caller.value))


def _renewed(network: FakeMeta, call: Call, value: str) -> Mapping[str, Any]:
    old = network.find_token(value)
    if old is None or old.refusal(call.at) is not None:
        raise network.refused(190, "The token to exchange is not valid.", status=401)
    new = network.token(old.kind, old.owner, old.scopes)
    return {"access_token": new.value, "token_type": "bearer", "expires_in": _DAYS}


# What the app is told of.


@routes.add("GET", "/{id}/subscriptions", auth="app")
def subscriptions(network: FakeMeta, call: Call) -> httpx.Response:
    """List where the app is told of what."""
    network.me(call)
    told = [
        {"object": name, "callback_url": address, "active": True, "fields": []}
        for name, address in network.subscriptions.items()
    ]
    return answer(200, {"data": told})


@routes.add("POST", "/{id}/subscriptions", auth="app")
def add_subscription(network: FakeMeta, call: Call) -> httpx.Response:
    """Have what happens pushed to an address, once it has answered the handshake."""
    given = network.given(call)
    kind, address = given.needed("object"), given.needed("callback_url")
    network.subscribe(kind, address, given.needed("verify_token"))
    return answer(200, _DONE)


@routes.add("DELETE", "/{id}/subscriptions", auth="app")
def end_subscription(network: FakeMeta, call: Call) -> httpx.Response:
    """Have nothing pushed any more; of one kind of object, or of all."""
    given = network.given(call)
    for name in [given.text("object")] if given.has("object") else list(network.subscriptions):
        network.subscriptions.pop(name, None)
    return answer(200, _DONE)


@routes.add("GET", "/{id}/subscribed_apps")
def subscribed_apps(network: FakeMeta, call: Call) -> httpx.Response:
    """List the apps that an account lets know what happens."""
    account, known = _account(network, call)
    fields = network.subscribed.get(account, known)
    told = dict(network.subscriber(account))
    if known:
        told["subscribed_fields"] = sorted(fields)
    return answer(200, {"data": [told] if fields or not known else []})


@routes.add("POST", "/{id}/subscribed_apps")
def let_know(network: FakeMeta, call: Call) -> httpx.Response:
    """Let the app know what happens to an account: of everything, where no fields are named.

    Meta wants ``subscribed_fields`` since v3.2; older clients, which work all the same, send none.
    """
    account, known = _account(network, call)
    fields = frozenset(map(str, network.given(call).list("subscribed_fields")))
    if strange := fields - known:
        raise network.invalid(f"Param subscribed_fields: there is no {', '.join(sorted(strange))}.")
    if fields:
        network.subscribed[account] = fields
    else:
        network.subscribed.pop(account, None)
    return answer(200, _DONE)


@routes.add("DELETE", "/{id}/subscribed_apps")
def let_know_no_more(network: FakeMeta, call: Call) -> httpx.Response:
    """Let the app know nothing more."""
    account, _ = _account(network, call)
    network.subscribed[account] = frozenset()
    return answer(200, _DONE)


def _account(network: FakeMeta, call: Call) -> tuple[str, frozenset[str]]:
    account = network.me(call)
    known = network.subscribable(account)
    if known is None:
        raise network.missing(account)
    return account, known


# Several at once.


@routes.add("GET", "/")
def several(network: FakeMeta, call: Call) -> httpx.Response:
    """Answer for each of ``ids``."""
    ids = [str(one) for one in network.given(call).list("ids")]
    if not ids:
        raise network.missing("")
    rest = {key: value for key, value in call.query.items() if key not in {"ids", "access_token"}}
    found = {}
    for one in ids:
        path = f"{one}?{httpx.QueryParams(rest)}"
        answered = network.handle(within(call, path, "GET", b"", ""))
        if not answered.is_success:
            raise Refused(answered)
        found[one] = answered.json()
    return answer(200, found)
