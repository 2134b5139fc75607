"""Asking Meta what a number lacks: its token, permissions, the number itself, subscriptions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scskit.core.errors import CredentialsRejected, DeliveryError
from scskit.plugins import Finding, Flow, finding_of
from scskit_meta.diagnosing import RENEW, about_token, subscribed, with_account
from scskit_meta.graph import Graph
from scskit_whatsapp.config import Number
from scskit_whatsapp.limits import PERMISSIONS

_FIELDS = "id,display_phone_number,verified_name,quality_rating,code_verification_status"


def diagnose(graph: Graph, account: str, number: Number) -> Flow[Sequence[Finding]]:
    """Look at a number; what depends on a token that is not good is not asked."""
    report = yield from about_token(graph, PERMISSIONS)
    if not report.good:
        return report.findings
    own, *more = yield from _own(graph, number.phone_number_id)
    findings = with_account(report, own)
    if own.what == "token":
        return findings
    told = yield from _subscription(graph, account, number, report.app_id)
    return (*findings, *more, told)


def _own(graph: Graph, id_: str) -> Flow[tuple[Finding, ...]]:
    try:
        answer = yield from graph.get((id_,), fields=_FIELDS)
    except CredentialsRejected as error:
        what = "token" if error.error_class == "auth" else "number"
        return (finding_of(what, error, RENEW),)
    except DeliveryError as error:
        return (finding_of("number", error, f"see whether {id_} is the phone_number_id"),)
    named = (answer.get("display_phone_number"), answer.get("verified_name"))
    detail = " ".join(name for name in named if isinstance(name, str))
    return (Finding(what="number", state="ok", detail=detail), *_quality(answer))


def _quality(answer: Mapping[str, Any]) -> tuple[Finding, ...]:
    """Return what Meta thinks of the number, where that keeps messages from arriving."""
    if answer.get("quality_rating") != "RED":
        return ()
    remedy = "send less that nobody asked for: Meta lowers the limits of such numbers"
    return (Finding(what="quality", state="invalid", detail="RED", remedy=remedy),)


def _subscription(graph: Graph, account: str, number: Number, app_id: str) -> Flow[Finding]:
    business = number.business_account_id
    if not business:
        remedy = f'put business_account_id into plugins.whatsapp.accounts."{account}"'
        return Finding(what="subscription", state="unknown", remedy=remedy)
    path = (business, "subscribed_apps")
    try:
        answer = yield from graph.get(path)
    except DeliveryError as error:
        return finding_of("subscription", error, "the token has to be allowed to see it")
    return subscribed(answer, app_id, (), f"POST /{'/'.join(path)}")[0]
