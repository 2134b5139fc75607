"""Asking Meta about an access token: whether it is good, for how long, and what it may do.

A token is asked about itself (``/debug_token``). Where Meta does not answer that, what the token
may do stays unknown, and whether it can see its own account shows whether it is good.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from attrs import frozen

from scskit.core.errors import CredentialsRejected, DeliveryError, Rejected
from scskit.plugins import Finding, Flow, finding_of
from scskit_meta.graph import Graph

RENEW = "make a new token at Meta and put it into the desk file"


@frozen(kw_only=True)
class TokenReport:
    """What Meta says of a token.

    Attributes:
        findings: the token and its permissions.
        app_id: the app that it was made for, where told.
        good: whether it is worth asking on.
    """

    findings: tuple[Finding, ...]
    app_id: str = ""
    good: bool = True


def about_token(graph: Graph, permissions: Sequence[str]) -> Flow[TokenReport]:
    """Ask about the account's own token.

    Args:
        graph: the way there, with the token.
        permissions: what it has to be allowed.
    """
    try:
        answer = yield from graph.get(("debug_token",), input_token=graph.token.reveal())
    except DeliveryError as error:
        if error.error_class == "auth" or not isinstance(error, CredentialsRejected | Rejected):
            return TokenReport(findings=(finding_of("token", error, RENEW),), good=False)
        return TokenReport(findings=_untold(permissions, str(error)))
    return _read(answer, permissions)


def _read(answer: Mapping[str, Any], permissions: Sequence[str]) -> TokenReport:
    found = answer.get("data")
    told: Mapping[str, Any] = found if isinstance(found, dict) else {}
    if told.get("is_valid") is False:
        finding = Finding(what="token", state="invalid", detail=_fault(told), remedy=RENEW)
        return TokenReport(findings=(finding,), good=False)
    if told.get("is_valid") is not True:
        return TokenReport(findings=_untold(permissions, "the answer does not say"))
    token = Finding(what="token", state="ok", detail=_expiry(told))
    granted = _scopes(told)
    return TokenReport(
        findings=(token, *(_permission(name, granted) for name in permissions)),
        app_id=str(told.get("app_id") or ""),
    )


def _untold(permissions: Sequence[str], why: str) -> tuple[Finding, ...]:
    remedy = f"look at the token in Meta's access token debugger: {', '.join(permissions)}"
    return (Finding(what="permissions", state="unknown", detail=why, remedy=remedy),)


def _permission(name: str, granted: frozenset[str]) -> Finding:
    if name in granted:
        return Finding(what=f"permission {name}", state="ok")
    remedy = f"ask for {name} when the token is made; most need Meta's app review"
    return Finding(what=f"permission {name}", state="missing", remedy=remedy)


def _scopes(told: Mapping[str, Any]) -> frozenset[str]:
    scopes = told.get("scopes")
    found = {one for one in scopes if isinstance(one, str)} if isinstance(scopes, list) else set()
    granular = told.get("granular_scopes")
    for one in granular if isinstance(granular, list) else ():
        if isinstance(one, dict) and isinstance(one.get("scope"), str):
            found.add(one["scope"])
    return frozenset(found)


def _fault(told: Mapping[str, Any]) -> str:
    error = told.get("error")
    message = error.get("message") if isinstance(error, dict) else None
    return message if isinstance(message, str) else "Meta says that it is not valid"


def _expiry(told: Mapping[str, Any]) -> str:
    """Say until when it holds; 0 is for ever."""
    seconds = told.get("expires_at")
    if not isinstance(seconds, int) or isinstance(seconds, bool) or seconds <= 0:
        return ""
    try:
        return f"until {datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
    except (ValueError, OverflowError, OSError):
        return ""


def with_account(report: TokenReport, own: Finding) -> tuple[Finding, ...]:
    """Return what is known of a token and of its own account, as far as it could be seen.

    Args:
        report: the token's.
        own: whether the token can see its account; about ``token`` where that says that it is bad.
    """
    if own.what == "token":
        return (own,)
    if own.state != "ok" or any(finding.what == "token" for finding in report.findings):
        return (*report.findings, own)
    token = Finding(what="token", state="ok", detail="it can see its own account")
    return (token, *report.findings, own)


def subscribed(
    answer: Mapping[str, Any], app_id: str, fields: Iterable[str], subscribe: str
) -> tuple[Finding, ...]:
    """Return what a list of subscribed apps (``/{id}/subscribed_apps``) says.

    Args:
        answer: the list.
        app_id: the app whose webhooks are waited for; empty where it is not known.
        fields: what it has to be subscribed to; none where the list does not tell.
        subscribe: the request that mends it.
    """
    listed = answer.get("data")
    apps = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    ours = [one for one in apps if not app_id or app_id in _ids(one)]
    if not ours:
        detail = f"app {app_id} is not among those that are told" if apps else "no app is told"
        remedy = f"subscribe with {subscribe}"
        return (Finding(what="subscription", state="missing", detail=detail, remedy=remedy),)
    names = sorted({field for one in ours for field in _fields(one)})
    head = Finding(what="subscription", state="ok", detail=", ".join(names))
    return (head, *(_field(field, names, subscribe) for field in fields))


def _ids(app: Mapping[str, Any]) -> set[str]:
    inner = app.get("whatsapp_business_api_data")
    return {str(one["id"]) for one in (app, inner) if isinstance(one, dict) and one.get("id")}


def _fields(app: Mapping[str, Any]) -> list[str]:
    fields = app.get("subscribed_fields")
    if not isinstance(fields, list):
        return []
    names = (one.get("name") if isinstance(one, dict) else one for one in fields)
    return [name for name in names if isinstance(name, str)]


def _field(field: str, names: Sequence[str], subscribe: str) -> Finding:
    if field in names:
        return Finding(what=f"subscription {field}", state="ok")
    remedy = f"add {field} to subscribed_fields with {subscribe}"
    return Finding(what=f"subscription {field}", state="missing", remedy=remedy)
