"""Asking Meta what a page or an Instagram account lacks: token, permissions, subscriptions."""

from __future__ import annotations

from collections.abc import Sequence

from scskit.core.errors import CredentialsRejected, DeliveryError
from scskit.plugins import Finding, Flow, finding_of
from scskit_facebook.config import FacebookSettings, Network
from scskit_facebook.limits import PERMISSIONS, SUBSCRIPTIONS
from scskit_facebook.places import Place, place_of
from scskit_meta.diagnosing import RENEW, about_token, subscribed, with_account


def diagnose(settings: FacebookSettings, network: Network, account: str) -> Flow[Sequence[Finding]]:
    """Look at an account; what depends on a token that is not good is not asked."""
    try:
        place = place_of(settings, network, account)
    except DeliveryError as error:
        table = "accounts" if network == "facebook" else "instagram_accounts"
        remedy = f'put it and its token into plugins.facebook.{table}."{account}"'
        return (Finding(what="token", state="missing", detail=str(error), remedy=remedy),)
    kind = "facebook" if network == "facebook" else _login(place)
    report = yield from about_token(place.graph, PERMISSIONS[kind])
    if not report.good:
        return report.findings
    own = yield from _own(place)
    findings = with_account(report, own)
    if own.what == "token":
        return findings
    fields = SUBSCRIPTIONS[kind]
    path = (place.sender, "subscribed_apps")
    names = ",".join(fields or SUBSCRIPTIONS["facebook"])
    wanted = f"POST /{'/'.join(path)}?subscribed_fields={names}"
    try:
        told = subscribed((yield from place.graph.get(path)), report.app_id, fields, wanted)
    except DeliveryError as error:
        told = (finding_of("subscription", error, "the token has to be allowed to see it"),)
    return (*findings, *told)


def _login(place: Place) -> str:
    """Return how people log in: by the page that the account is connected to, or by itself."""
    return "instagram_by_page" if place.sender != place.own_id else "instagram"


def _own(place: Place) -> Flow[Finding]:
    """Ask for the page or account itself: its token can see it, or it is another's."""
    fields = "id,name" if place.network == "facebook" else "id,username"
    try:
        answer = yield from place.graph.get((place.own_id,), fields=fields)
    except CredentialsRejected as error:
        what = "token" if error.error_class == "auth" else "account"
        return finding_of(what, error, RENEW)
    except DeliveryError as error:
        return finding_of("account", error, f"see whether {place.own_id} is the account's own id")
    name = answer.get("name") or answer.get("username") or ""
    return Finding(what="account", state="ok", detail=str(name))
