"""What stands under an id alone: a number, a business, a medium, a template; and their lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from scskit.testing.network import Call, Routes, answer
from scskit_meta.fake import Node, edge, shown
from scskit_whatsapp.fake import media, subscribing, templates

if TYPE_CHECKING:
    import httpx

    from scskit_whatsapp.fake.network import FakeWhatsApp
    from scskit_whatsapp.fake.numbers import Business, Number

routes: Routes[Any] = Routes()

_OF_A_NUMBER: Final = (
    "verified_name",
    "code_verification_status",
    "display_phone_number",
    "quality_rating",
    "platform_type",
    "throughput",
    "status",
    "id",
)


def number_node(number: Number) -> Node:
    """Return a number as the API shows it."""
    level = "HIGH" if number.throughput > 80 else "STANDARD"  # noqa: PLR2004  of Meta's tiers
    told: dict[str, Any] = {
        "id": number.id,
        "verified_name": number.name,
        "display_phone_number": f"+{number.digits}",
        "code_verification_status": "VERIFIED",
        "quality_rating": "GREEN",
        "quality_score": {"score": "GREEN"},
        "name_status": "APPROVED",
        "account_mode": "LIVE",
        "platform_type": "CLOUD_API",
        "host_platform": "CLOUD_API",
        "status": "LINKED" if number.registered else "UNLINKED",
        "throughput": {"level": level},
        "messaging_limit_tier": "TIER_1K",
        "whatsapp_business_manager_messaging_limit": "TIER_1K",
        "is_official_business_account": False,
        "is_on_biz_app": number.coexists,
        "is_pin_enabled": False,
        "conversational_automation": number.automation or None,
    }
    if number.override:
        told["webhook_configuration"] = {"phone_number": number.override}
    return Node(told, unasked=_OF_A_NUMBER)


def business_node(network: FakeWhatsApp, business: Business) -> Node:
    """Return a business as the API shows it."""
    portfolio = {"id": network.portfolio, "name": business.name}
    told = {
        "id": business.id,
        "name": business.name,
        "currency": "EUR",
        "country": "ES",
        "timezone_id": "44",
        "account_review_status": "APPROVED",
        "business_verification_status": "VERIFIED",
        "ownership_type": "SELF_OWNED",
        "message_template_namespace": f"namespace_{business.id}",
        "owner_business_info": portfolio,
        "on_behalf_of_business_info": portfolio,
    }
    return Node(told, unasked=("id", "name", "timezone_id", "message_template_namespace"))


@routes.add("GET", "/{id}")
def one(network: FakeWhatsApp, call: Call) -> httpx.Response:
    """Show what has this id."""
    id_, asked = call.params["id"], network.asked(call)
    medium, template = network.medium(id_), _template(network, call)
    if medium is not None:
        return answer(200, media.described(network, call, medium))
    if template is not None:
        return answer(200, templates.described(network, call, template))
    if id_ in network.businesses:
        node = business_node(network, network.business_asked(call))
    else:
        node = number_node(network.number_asked(call))
    return answer(200, shown(node, asked.fields))


@routes.add("POST", "/{id}")
def change(network: FakeWhatsApp, call: Call) -> httpx.Response:
    """Change a template, or where a number's webhooks go."""
    template = _template(network, call)
    if template is not None:
        return templates.change(network, call, template)
    number, given = network.number_asked(call), network.given(call)
    webhook = given.object("webhook_configuration")
    if webhook is not None:
        number.override = subscribing.override(network, webhook)
    return answer(200, {"success": True})


@routes.add("DELETE", "/{id}")
def delete(network: FakeWhatsApp, call: Call) -> httpx.Response:
    """Delete a medium."""
    medium = network.medium(call.params["id"])
    if medium is None:
        raise network.missing(call.params["id"], doing="delete")
    return media.delete(network, call, medium)


def _template(network: FakeWhatsApp, call: Call) -> templates.Template | None:
    business = network.businesses.get(call.caller.owner)
    found = business.templates if business else ()
    return next((one for one in found if one.id == call.params["id"]), None)


@routes.add("GET", "/{id}/phone_numbers")
def numbers(network: FakeWhatsApp, call: Call) -> httpx.Response:
    """List the numbers of a business."""
    business = network.business_asked(call)
    mine = [one for one in network.numbers.values() if one.business is business]
    nodes = [number_node(number) for number in mine]
    path = f"/{business.id}/phone_numbers"
    return answer(200, edge(network, call, path, nodes, network.asked(call)))


@routes.add("GET", "/{id}/owned_whatsapp_business_accounts")
@routes.add("GET", "/{id}/client_whatsapp_business_accounts")
def businesses(network: FakeWhatsApp, call: Call) -> httpx.Response:
    """List the businesses of a portfolio that the caller may see."""
    if call.params["id"] != network.portfolio:
        raise network.missing(call.params["id"])
    owned = call.operation.endswith("/owned_whatsapp_business_accounts")
    mine = [one for one in network.businesses.values() if owned and one.id == call.caller.owner]
    nodes = [business_node(network, business) for business in mine]
    return answer(200, edge(network, call, call.path, nodes, network.asked(call)))
