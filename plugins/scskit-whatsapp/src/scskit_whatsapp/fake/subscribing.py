"""Where webhooks go: to the app's address, unless a business or a number has one of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from scskit.testing.network import Call, Routes, answer
from scskit_meta.fake import Given
from scskit_meta.fake.webhooks import shakes_hands

if TYPE_CHECKING:
    import httpx

    from scskit_whatsapp.fake.network import FakeWhatsApp

routes: Routes[Any] = Routes()

_UNANSWERED: Final = 2200
_DONE: Final = {"success": True}


@routes.add("GET", "/{id}/subscribed_apps")
def apps(network: FakeWhatsApp, call: Call) -> httpx.Response:
    """List the apps that are told what happens to a business."""
    business = network.business_asked(call)
    app = {"id": network.app_id, "name": "scskit fake", "link": "https://www.facebook.com/games/"}
    told: dict[str, Any] = {"whatsapp_business_api_data": app}
    if business.override:
        told["override_callback_uri"] = business.override
    silent = network.subscribed.get(business.id) == frozenset()
    return answer(200, {"data": [] if silent else [told]})


@routes.add("POST", "/{id}/subscribed_apps")
def subscribe(network: FakeWhatsApp, call: Call) -> httpx.Response:
    """Let the app know what happens to a business, perhaps at another address."""
    business = network.business_asked(call)
    business.override = override(network, network.given(call))
    network.subscribed.pop(business.id, None)
    return answer(200, _DONE)


@routes.add("DELETE", "/{id}/subscribed_apps")
def unsubscribe(network: FakeWhatsApp, call: Call) -> httpx.Response:
    """Let the app know nothing more of a business."""
    business = network.business_asked(call)
    network.subscribed[business.id] = frozenset()
    return answer(200, _DONE)


def override(network: FakeWhatsApp, given: Given) -> str:
    """Return the address that a request names, once it has answered the handshake.

    Raises:
        Refused: it did not.
    """
    address = given.text("override_callback_uri")
    if address:
        challenge, now = network.digits(10), network.clock.now()
        token = given.text("verify_token")
        if not shakes_hands(network.deliveries, address, token, challenge, now):
            raise network.refused(_UNANSWERED, "The callback did not answer the challenge.")
    return address
