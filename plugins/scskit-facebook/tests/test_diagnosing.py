"""What Meta says about a page or an Instagram account when it is asked."""

import httpx
import pytest

from scskit.plugins import Secret
from scskit_facebook.config import FacebookSettings, Page, Professional
from scskit_facebook.connector import FacebookConnector, InstagramConnector
from scskit_facebook.limits import PERMISSIONS, SUBSCRIPTIONS

TOKEN = "EAAtoken-4711"
SETTINGS = FacebookSettings(
    accounts={"page": Page(page_id="100", token=Secret(TOKEN)), "silent": Page(page_id="300")},
    instagram_accounts={
        "direct": Professional(instagram_id="178", token=Secret(TOKEN)),
        "by page": Professional(instagram_id="179", token=Secret(TOKEN), page_id="100"),
    },
)
FACEBOOK, INSTAGRAM = FacebookConnector(SETTINGS), InstagramConnector(SETTINGS)
EXPIRED = {"error": {"code": 190, "error_subcode": 463, "message": "Session has expired"}}
REFUSED = {"error": {"code": 10, "message": "This endpoint requires a permission"}}
STRANGE = {"error": {"code": 100, "message": "Unsupported get request"}}


def debugged(kind, **given):
    data = {"app_id": "55", "is_valid": True, "expires_at": 0, "scopes": [*PERMISSIONS[kind]]}
    return {"data": data | given}


def subscribed(kind, app="55"):
    return {"data": [{"id": app, "name": "Acme", "subscribed_fields": [*SUBSCRIPTIONS[kind]]}]}


def ask(connector, account, **answers):
    """Answer by the last part of the address; return what was found, and what was asked."""
    flow, asked = connector.diagnose(account), []
    try:
        request = next(flow)
        while True:
            asked.append(request)
            body = answers[request.url.path.rsplit("/", 1)[-1].replace("100", "page")]
            request = flow.send(httpx.Response(400 if "error" in body else 200, json=body))
    except StopIteration as end:
        return {finding.what: finding for finding in end.value}, asked


def states(found):
    return {what: finding.state for what, finding in found.items()}


def test_a_page_that_lacks_nothing():
    """Token, permissions, the page and every subscription are good; nothing is changed."""
    found, asked = ask(
        FACEBOOK,
        "page",
        debug_token=debugged("facebook"),
        page={"id": "100", "name": "Acme Air"},
        subscribed_apps=subscribed("facebook"),
    )
    assert set(states(found).values()) == {"ok"}
    assert found["account"].detail == "Acme Air"
    assert {f"permission {name}" for name in PERMISSIONS["facebook"]} <= found.keys()
    assert {f"subscription {name}" for name in SUBSCRIPTIONS["facebook"]} <= found.keys()
    assert {request.method for request in asked} == {"GET"}


@pytest.mark.parametrize(
    "answer",
    [
        EXPIRED,
        {"data": {"is_valid": False, "error": {"code": 190, "message": "Session has expired"}}},
    ],
)
def test_a_token_that_is_no_longer_good(answer):
    """It is said in Meta's words, and nothing else is asked with it."""
    found, _ = ask(FACEBOOK, "page", debug_token=answer)
    assert states(found) == {"token": "invalid"}
    assert "Session has expired" in found["token"].detail


def test_permissions_and_subscriptions_that_are_missing():
    """Each is named, with what to do about it."""
    scopes = [name for name in PERMISSIONS["facebook"] if name != "pages_messaging"]
    fields = [{"name": name} for name in SUBSCRIPTIONS["facebook"] if name != "feed"]
    found, _ = ask(
        FACEBOOK,
        "page",
        debug_token=debugged("facebook", scopes=scopes),
        page={"id": "100"},
        subscribed_apps={"data": [{"id": "55", "subscribed_fields": fields}]},
    )
    wrong = {what for what, finding in found.items() if finding.wrong}
    assert wrong == {"permission pages_messaging", "subscription feed"}
    assert "feed" in found["subscription feed"].remedy


@pytest.mark.parametrize("apps", [{"data": []}, subscribed("facebook", "99"), {}])
def test_a_page_that_tells_our_app_nothing(apps):
    """Other apps' subscriptions are not ours: no webhook will ever come."""
    found, _ = ask(
        FACEBOOK,
        "page",
        debug_token=debugged("facebook"),
        page={"id": "100"},
        subscribed_apps=apps,
    )
    assert states(found)["subscription"] == "missing"
    assert "POST /100/subscribed_apps?subscribed_fields=feed," in found["subscription"].remedy


@pytest.mark.parametrize("refusal", [REFUSED, STRANGE])
def test_where_meta_does_not_tell_of_tokens(refusal):
    """The token is good if it can see its own page; what it may do stays unknown."""
    found, _ = ask(
        FACEBOOK,
        "page",
        debug_token=refusal,
        page={"id": "100"},
        subscribed_apps=subscribed("facebook"),
    )
    assert (states(found)["token"], states(found)["permissions"]) == ("ok", "unknown")
    found, _ = ask(FACEBOOK, "page", debug_token=refusal, page=EXPIRED)
    assert states(found) == {"token": "invalid"}


def test_instagram_by_itself_and_by_its_page():
    """Each way of logging in has permissions and subscriptions of its own, on its own host."""
    found, asked = ask(
        INSTAGRAM,
        "direct",
        **{"178": {"id": "178", "username": "acme"}},
        debug_token=debugged("instagram"),
        subscribed_apps=subscribed("instagram"),
    )
    assert set(states(found).values()) == {"ok"}
    assert {request.url.host for request in asked} == {"graph.instagram.com"}
    found, asked = ask(
        INSTAGRAM,
        "by page",
        **{"179": {"id": "179", "username": "acme"}},
        debug_token=debugged("instagram_by_page"),
        subscribed_apps=subscribed("facebook"),
    )
    assert set(states(found).values()) == {"ok"}
    assert asked[-1].url.path.endswith("/100/subscribed_apps")


@pytest.mark.parametrize("account", ["silent", "nobody"])
def test_an_account_without_a_token(account):
    """Nothing is asked, and the place in the desk file is named."""
    found, asked = ask(FACEBOOK, account)
    assert (states(found), asked) == ({"token": "missing"}, [])
    assert f'plugins.facebook.accounts."{account}"' in found["token"].remedy


@pytest.mark.parametrize(
    "odd", [{}, {"data": None}, {"data": {}}, {"data": {"is_valid": "yes", "scopes": 7}}]
)
def test_an_answer_that_says_nothing_is_no_good_news(odd):
    """What was not told is unknown."""
    found, _ = ask(
        FACEBOOK, "page", debug_token=odd, page={"id": "100"}, subscribed_apps={"data": [7, {}]}
    )
    assert states(found)["permissions"] == "unknown"


def test_no_token_is_told():
    """Meta quotes tokens that it cannot read: no finding does."""
    quoted = {"error": {"code": 190, "message": f"Malformed access token {TOKEN}"}}
    found, _ = ask(FACEBOOK, "page", debug_token=quoted)
    assert TOKEN not in repr(found)
