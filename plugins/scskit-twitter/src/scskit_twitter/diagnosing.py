"""Asking X what an account lacks: its token, what the token may do, webhooks, subscriptions.

Nothing is changed. OAuth 2.0 tokens do not tell what they may do: direct messages are tried, by
reading one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from scskit.core.errors import CredentialsRejected, DeliveryError, RetryLater
from scskit.plugins import Finding, Flow, finding_of
from scskit_twitter.calls import Api, page
from scskit_twitter.config import PATH, AccountSettings
from scskit_twitter.limits import EVENTS
from scskit_twitter.reading import Json, first_record, identifier, records, words

if TYPE_CHECKING:
    import httpx

_MOST_PAGES: Final = 20
_DMS: Final = {"max_results": "1", "event_types": "MessageCreate"}
_RENEW: Final = "let the account authorise the app again, and put the new token into the desk file"
_WIDEN: Final = (
    "give the app the permission 'Read and write and Direct message', or an OAuth 2.0 token the "
    "scope, and let the account authorise it again"
)


def diagnose(api: Api, account: str) -> Flow[Sequence[Finding]]:
    """Look at an account; what depends on a token that is not good is not asked."""
    try:
        settings = api.account(account)
    except CredentialsRejected as error:
        remedy = f'put its token into {PATH}.accounts."{account}"'
        return (Finding(what="token", state="missing", detail=str(error), remedy=remedy),)
    found = yield from _token(api, account, settings)
    if found[0].state != "ok":
        return found
    found += yield from _messages(api, account)
    hooks, told = yield from _webhooks(api, settings)
    found += told
    return (*found, *(yield from _subscriptions(api, account, settings, hooks)))


def not_renewed(error: DeliveryError) -> Finding:
    """Say that an account's token could not be renewed."""
    return finding_of("token", error, _RENEW)


def _token(api: Api, account: str, settings: AccountSettings) -> Flow[tuple[Finding, ...]]:
    """Ask who the token belongs to, and in passing whether its app may write."""
    try:
        response = yield api.get(account, "/2/users/me", {"user.fields": "id,username"})
        user = first_record(page(response), "data")
    except DeliveryError as error:
        return (finding_of("token", error, _RENEW),)
    id_, name = identifier(user, "id"), words(user, "username")
    if id_ != settings.user_id:
        detail = f"it belongs to user {id_} (@{name}), not to {settings.user_id}"
        return (Finding(what="token", state="invalid", detail=detail, remedy=_RENEW),)
    return (Finding(what="token", state="ok", detail=f"@{name}"), *_access(response))


def _access(response: httpx.Response) -> Iterable[Finding]:
    """Read the level of access, which X tells beside answers to OAuth 1.0a."""
    level = response.headers.get("x-access-level", "")
    if not level:
        return ()
    if "write" in level:
        return (Finding(what="permission write", state="ok", detail=level),)
    return (Finding(what="permission write", state="missing", detail=level, remedy=_WIDEN),)


def _messages(api: Api, account: str) -> Flow[tuple[Finding, ...]]:
    try:
        page((yield api.get(account, "/2/dm_events", _DMS)))
    except DeliveryError as error:
        return (finding_of("permission direct messages", error, _WIDEN),)
    return (Finding(what="permission direct messages", state="ok"),)


def _webhooks(
    api: Api, settings: AccountSettings
) -> Flow[tuple[frozenset[str] | None, tuple[Finding, ...]]]:
    """Return the ids of the app's webhooks, if they can be had, and what there is to say."""
    if not api.settings.revealed():
        return None, ()  # no webhook could be checked: this app reads pages, or the stream
    if api.settings.bearer is None:
        polled = ", ".join(settings.poll) or "nothing"
        detail = f"only the app's own token sees webhooks; polled without them: {polled}"
        remedy = f"put the app's bearer token into {PATH}.bearer"
        return None, (Finding(what="webhook", state="unknown", detail=detail, remedy=remedy),)
    try:
        found = records(page((yield api.app_get("/2/webhooks", {}))).get("data"))
    except DeliveryError as error:
        return None, (finding_of("webhook", error, f"renew {PATH}.bearer"),)
    if not found:
        remedy = "register its address with POST /2/webhooks"
        return frozenset(), (Finding(what="webhook", state="missing", remedy=remedy),)
    good = frozenset(id_ for one in found if one.get("valid") and (id_ := identifier(one, "id")))
    return good, tuple(_webhook(one) for one in found)


def _webhook(found: Json) -> Finding:
    url, id_ = words(found, "url"), identifier(found, "id")
    if found.get("valid") is True:
        return Finding(what="webhook", state="ok", detail=url)
    remedy = f"let X check the address again with PUT /2/webhooks/{id_}"
    return Finding(what="webhook", state="invalid", detail=url, remedy=remedy)


def _subscriptions(
    api: Api, account: str, settings: AccountSettings, hooks: frozenset[str] | None
) -> Flow[tuple[Finding, ...]]:
    """Look for each kind of event that is read here among what is subscribed for the account."""
    if hooks is None and not api.settings.revealed():
        return ()
    try:
        found = yield from _subscribed(api, account)
    except DeliveryError as error:
        return (finding_of("subscriptions", error, _RENEW),)
    own = [
        one
        for one in found
        if identifier(first_record(one, "filter"), "user_id") == settings.user_id
    ]
    return tuple(_subscription(event, own, hooks, settings) for event in EVENTS)


def _subscribed(api: Api, account: str) -> Flow[list[Json]]:
    found: list[Json] = []
    query = {"max_results": "100"}
    for _ in range(_MOST_PAGES):
        path = "/2/activity/subscriptions"
        bearer = api.settings.bearer is not None
        response = yield api.app_get(path, query) if bearer else api.get(account, path, query)
        answered = page(response)
        found += records(answered.get("data"))
        token = words(first_record(answered, "meta"), "next_token")
        if not token:
            return found
        query = {**query, "pagination_token": token}
    raise RetryLater("X lists more subscriptions than are read here", 0.0)


def _subscription(
    event: str, own: Sequence[Json], hooks: frozenset[str] | None, settings: AccountSettings
) -> Finding:
    what = f"subscription {event}"
    found = [one for one in own if words(one, "event_type") == event]
    if not found:
        wanted = f'"event_type": "{event}", "filter": {{"user_id": "{settings.user_id}"}}'
        remedy = f"subscribe with POST /2/activity/subscriptions {{{wanted}}}"
        return Finding(what=what, state="missing", remedy=remedy)
    targets = {id_ for one in found if (id_ := identifier(one, "webhook_id"))}
    if targets and hooks is not None and not targets & hooks:
        detail = f"it leads to webhook {', '.join(sorted(targets))}, which is none that works"
        remedy = "give it another webhook_id with PUT /2/activity/subscriptions/{id}"
        return Finding(what=what, state="invalid", detail=detail, remedy=remedy)
    return Finding(what=what, state="ok", detail="by webhook" if targets else "by stream")
