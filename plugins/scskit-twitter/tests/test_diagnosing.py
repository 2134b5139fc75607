"""What X says about an account when it is asked."""

import pytest

from scskit_twitter.calls import Api
from scskit_twitter.config import read
from scskit_twitter.diagnosing import diagnose
from scskit_twitter.limits import EVENTS

ME = {"data": {"id": "100", "username": "acme", "name": "Acme"}}
WEBHOOK = {"id": "7", "url": "https://acme.example/webhooks/twitter", "valid": True}
EXPIRED = {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"}
FORBIDDEN = {
    "title": "Forbidden",
    "type": "https://api.x.com/2/problems/oauth1-permissions",
    "status": 403,
    "detail": "Your client app is not configured with the appropriate permissions.",
}


def subscription(event, user="100", **given):
    return {
        "subscription_id": f"s-{event}",
        "event_type": event,
        "filter": {"user_id": user},
    } | given


ALL = {"data": [subscription(event, webhook_id="7") for event in EVENTS], "meta": {}}


@pytest.fixture
def api():
    """An app with webhooks, and its own token."""
    account = {"user_id": "100", "handle": "acme", "token": "user-token"}
    given = {"secrets": ["hidden-secret"], "bearer": "app-token", "accounts": {"acme": account}}
    return Api(read({"twitter": given}))


@pytest.fixture
def ask(api, run, answer):
    """Ask about the account, with these answers; return states by what was looked at, and all."""

    def asked(*answers, of=None, account="acme"):
        made = [one if hasattr(one, "status_code") else answer(*one) for one in answers]
        findings, requests = run(diagnose(of or api, account), *made)
        return {finding.what: finding.state for finding in findings}, findings, requests

    return asked


def test_an_account_that_lacks_nothing(ask):
    """Everything that can be asked is good, and the app's own token is shown where it is needed."""
    hooks = (200, {"data": [WEBHOOK]})
    states, _, requests = ask((200, ME), (200, {"meta": {}}), hooks, (200, ALL))
    assert set(states.values()) == {"ok"}
    assert {"token", "webhook", "permission direct messages"} < states.keys()
    assert {f"subscription {event}" for event in EVENTS} < states.keys()
    tokens = [request.headers["authorization"].split()[-1] for request in requests]
    assert tokens == ["user-token", "user-token", "app-token", "app-token"]
    assert {request.method for request in requests} == {"GET"}


def test_a_token_that_is_no_longer_good(ask):
    """It is said once, and nothing else is asked with it."""
    states, (finding,), _ = ask((401, EXPIRED))
    assert states == {"token": "invalid"}
    assert "authorise" in finding.remedy


def test_a_token_of_somebody_else(ask):
    """Whoever mixed two accounts up is told whose token it is."""
    other = {"data": {"id": "999", "username": "beta"}}
    states, (finding,), _ = ask((200, other))
    assert states == {"token": "invalid"}
    assert "@beta" in finding.detail


def test_an_account_without_a_token(ask):
    """Nothing is asked, and the place in the desk file is named."""
    bare = Api(read({"twitter": {"accounts": {"acme": {"user_id": "100"}}}}))
    states, (finding,), _ = ask(of=bare)
    assert states == {"token": "missing"}
    assert finding.remedy == 'put its token into plugins.twitter.accounts."acme"'


def test_permissions_that_were_not_granted(ask, answer):
    """What the token may not do is missing, and the rest is asked all the same."""
    me = answer(200, ME, x_access_level="read")
    states, *_ = ask(me, (403, FORBIDDEN), (200, {"data": [WEBHOOK]}), (200, ALL))
    assert states["token"] == "ok"
    assert states["permission write"] == "missing"
    assert states["permission direct messages"] == "missing"
    assert states["webhook"] == "ok"


def test_webhooks_that_are_missing_or_were_given_up(ask):
    """No webhook is told of, and so is one that X could not reach, with what leads to it."""
    states, *_ = ask((200, ME), (200, {"meta": {}}), (200, {"meta": {}}), (200, ALL))
    assert states["webhook"] == "missing"
    assert states["subscription dm.received"] == "invalid"
    dead = WEBHOOK | {"valid": False}
    hooks = (200, {"data": [dead]})
    states, findings, _ = ask((200, ME), (200, {"meta": {}}), hooks, (200, ALL))
    assert states["webhook"] == "invalid"
    remedy = next(finding.remedy for finding in findings if finding.what == "webhook")
    assert "PUT /2/webhooks/7" in remedy


def test_who_would_not_hear_of_a_revoked_token_is_told(ask):
    """That an account takes its consent back is told by X, to those who subscribed to it."""
    others = [subscription(event) for event in EVENTS if event != "oauth.revoke"]
    hooks = (200, {"data": [WEBHOOK]})
    states, *_ = ask((200, ME), (200, {"meta": {}}), hooks, (200, {"data": others, "meta": {}}))
    assert states["subscription oauth.revoke"] == "missing"


def test_subscriptions_that_are_missing(ask):
    """Those of another account do not count; those on the next page do."""
    first = {
        "data": [subscription("dm.received", "999"), subscription("post.create")],
        "meta": {"next_token": "n" * 16},
    }
    rest = [subscription(e) for e in EVENTS if e not in {"dm.received", "post.create"}]
    pages = ((200, first), (200, {"data": rest, "meta": {}}))
    hooks = (200, {"data": [WEBHOOK]})
    _, findings, requests = ask((200, ME), (200, {"meta": {}}), hooks, *pages)
    wrong = [finding for finding in findings if finding.wrong]
    assert [finding.what for finding in wrong] == ["subscription dm.received"]
    assert '"user_id": "100"' in wrong[0].remedy
    assert requests[-1].url.params["pagination_token"] == "n" * 16


def test_without_the_apps_token_webhooks_stay_unknown(ask):
    """Only the app sees its webhooks: that is said, and is no fault of the account."""
    account = {"user_id": "100", "handle": "acme", "token": "user-token"}
    without = Api(read({"twitter": {"secrets": ["hidden"], "accounts": {"acme": account}}}))
    states, findings, _ = ask((200, ME), (200, {"meta": {}}), (200, ALL), of=without)
    assert states["webhook"] == "unknown"
    assert not any(finding.wrong for finding in findings)


def test_an_app_that_only_polls_is_asked_for_no_webhooks(ask):
    """Without a secret no webhook could be checked, so none is expected."""
    account = {"user_id": "100", "handle": "acme", "token": "user-token"}
    polling = Api(read({"twitter": {"accounts": {"acme": account}}}))
    states, *_ = ask((200, ME), (200, {"meta": {}}), of=polling)
    assert states == {"token": "ok", "permission direct messages": "ok"}


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_network_that_is_away_is_no_fault_of_the_token(ask, answer, status):
    """What will pass by itself is unknown, and nobody is sent to renew anything."""
    states, (finding,), _ = ask(answer(status, {"title": "busy", "status": status}))
    assert states == {"token": "unknown"}
    assert finding.remedy == "try again later"
