"""What Meta says about a WhatsApp number when it is asked."""

import httpx
import pytest

from scskit.plugins import Secret
from scskit_whatsapp.config import Number, WhatsAppSettings
from scskit_whatsapp.connector import WhatsAppConnector

SCOPES = ["whatsapp_business_management", "whatsapp_business_messaging"]
GOOD = {"data": {"app_id": "55", "is_valid": True, "expires_at": 1793620800, "scopes": SCOPES}}
NUMBER = {"id": "1111", "display_phone_number": "+34 600 000 000", "verified_name": "Acme"}
APPS = {"data": [{"whatsapp_business_api_data": {"id": "55", "name": "Acme"}}]}
EXPIRED = {"error": {"code": 190, "message": "Session has expired"}}
CONNECTOR = WhatsAppConnector(
    WhatsAppSettings(
        accounts={
            "care": Number(
                phone_number_id="1111", token=Secret("EAAhidden"), business_account_id="2222"
            ),
            "bare": Number(phone_number_id="1111", token=Secret("EAAhidden")),
            "silent": Number(phone_number_id="3333"),
        }
    )
)


def ask(account, **answers):
    flow, asked = CONNECTOR.diagnose(account), []
    try:
        request = next(flow)
        while True:
            asked.append(request)
            body = answers[request.url.path.rsplit("/", 1)[-1].replace("1111", "number")]
            request = flow.send(httpx.Response(400 if "error" in body else 200, json=body))
    except StopIteration as end:
        return {finding.what: finding for finding in end.value}, asked


def states(found):
    return {what: finding.state for what, finding in found.items()}


def test_a_number_that_lacks_nothing():
    """Token, permissions, number and subscription are good, and until when the token holds."""
    found, asked = ask("care", debug_token=GOOD, number=NUMBER, subscribed_apps=APPS)
    assert set(states(found).values()) == {"ok"}
    assert found["token"].detail == "until 2026-11-02 12:00 UTC"
    assert found["number"].detail == "+34 600 000 000 Acme"
    assert asked[-1].url.path.endswith("/2222/subscribed_apps")
    assert {request.method for request in asked} == {"GET"}


def test_what_is_missing():
    """A permission, and webhooks that lead to another app."""
    data = GOOD["data"] | {"scopes": SCOPES[:1]}
    other = {"data": [{"whatsapp_business_api_data": {"id": "99", "name": "Beta"}}]}
    found, _ = ask("care", debug_token={"data": data}, number=NUMBER, subscribed_apps=other)
    wrong = {what for what, finding in found.items() if finding.wrong}
    assert wrong == {"permission whatsapp_business_messaging", "subscription"}


def test_a_token_that_is_no_longer_good():
    """It is said once, and nothing else is asked with it."""
    found, _ = ask("care", debug_token=EXPIRED)
    assert states(found) == {"token": "invalid"}


def test_a_number_that_is_not_there():
    """Whoever mistook the number for its id is told."""
    gone = {"error": {"code": 100, "error_subcode": 33, "message": "does not exist"}}
    found, _ = ask("care", debug_token=GOOD, number=gone, subscribed_apps=APPS)
    assert states(found)["number"] == "invalid"
    assert "phone_number_id" in found["number"].remedy


def test_a_number_that_people_complain_about():
    """Meta lowers the limits of such numbers: somebody should know."""
    red = NUMBER | {"quality_rating": "RED"}
    found, _ = ask("care", debug_token=GOOD, number=red, subscribed_apps=APPS)
    assert states(found)["quality"] == "invalid"


def test_without_the_business_account_the_subscription_stays_unknown():
    """What to enter in the desk file is said."""
    found, _ = ask("bare", debug_token=GOOD, number=NUMBER)
    assert states(found)["subscription"] == "unknown"
    assert "business_account_id" in found["subscription"].remedy


@pytest.mark.parametrize("account", ["silent", "nobody"])
def test_an_account_without_a_token(account):
    """Nothing is asked, and the place in the desk file is named."""
    found, asked = ask(account)
    assert (states(found), asked) == ({"token": "missing"}, [])
