"""Operations on subscriptions: what is pushed to a webhook, or down a stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from scskit.testing.network import Call, Routes, answer
from scskit_twitter.fake.posting import check_body
from scskit_twitter.fake.problems import forbidden, invalid, not_found
from scskit_twitter.fake.rights import ANYBODY, APP, USER
from scskit_twitter.fake.state import Subscription, Webhook

if TYPE_CHECKING:
    import httpx

    from scskit_twitter.fake.server import FakeX
else:
    FakeX = Any

routes: Routes[FakeX] = Routes()

EVENT_TYPES: Final = frozenset(
    {
        "block.block",
        "block.unblock",
        "chat.received",
        "chat.sent",
        "dm.indicate_typing",
        "dm.read",
        "dm.received",
        "dm.sent",
        "follow.follow",
        "follow.unfollow",
        "like.create",
        "mute.mute",
        "mute.unmute",
        "oauth.revoke",
        "post.create",
        "post.delete",
        "post.mention.create",
        "post.quote.create",
        "post.reply.create",
        "post.repost.create",
        "profile.update.bio",
        "profile.update.handle",
        "profile.update.screenname",
        "profile.update.url",
    }
)
"""Those that concern customer service; X has more."""

_PRIVATE: Final = ("dm.", "chat.", "mute.", "block.", "like.")
_MOST: Final = 1_500


@routes.add("POST", "/2/activity/subscriptions", ANYBODY)
def subscribe(network: FakeX, call: Call) -> httpx.Response:
    """Ask to be told of something; of private things, only in the name of whose they are."""
    body = call.json()
    check_body(body, frozenset({"event_type", "filter", "tag", "webhook_id"}))
    event_type, filtered = body.get("event_type"), body.get("filter")
    if event_type not in EVENT_TYPES:
        where = "$.event_type"
        raise invalid(f"{where}: does not have a value in the enumeration", where, event_type)
    if not isinstance(filtered, dict) or not {"user_id", "keyword"} & filtered.keys():
        raise invalid("$.filter: a user_id or a keyword is required", "$.filter")
    _check_private(network, call, str(event_type), str(filtered.get("user_id", "")))
    if len(network.subscriptions) >= _MOST:
        raise invalid("SubscriptionLimitExceeded: too many subscriptions", "event_type")
    hook = str(body.get("webhook_id", ""))
    if hook:
        webhook_of(network, hook)
    made = _new(network, str(event_type), filtered, str(body.get("tag", "")), hook)
    return answer(200, {"data": {"subscription": made.shown()}, "meta": _meta(network)})


def _check_private(network: FakeX, call: Call, event_type: str, user_id: str) -> None:
    caller = network.caller(call).user
    if event_type.startswith(_PRIVATE) and (caller is None or caller.id != user_id):
        raise forbidden("Private events take the token of the user whose they are.")


def _new(
    network: FakeX, event_type: str, filtered: dict[str, Any], tag: str, hook: str
) -> Subscription:
    now = network.clock.now()
    wanted = {str(name): str(value) for name, value in filtered.items()}
    same = [
        one
        for one in network.subscriptions.values()
        if (one.event_type, one.filter, one.webhook_id) == (event_type, wanted, hook)
    ]
    if same:
        raise invalid("DuplicateSubscriptionFailed: there is one like this", "event_type")
    made = Subscription(
        id=network.new_id(),
        event_type=event_type,
        filter=wanted,
        tag=tag,
        webhook_id=hook,
        created_at=now,
        updated_at=now,
    )
    network.subscriptions[made.id] = made
    return made


def _meta(network: FakeX) -> dict[str, int]:
    return {"total_subscriptions": len(network.subscriptions)}


@routes.add("GET", "/2/activity/subscriptions", ANYBODY)
def all_of(network: FakeX, call: Call) -> httpx.Response:  # noqa: ARG001  handlers take both
    """List what the app asked for."""
    shown = [one.shown() for one in network.subscriptions.values()]
    return answer(200, {"data": shown, "meta": _meta(network) | {"result_count": len(shown)}})


@routes.add("PUT", "/2/activity/subscriptions/{subscription_id}", APP)
def change(network: FakeX, call: Call) -> httpx.Response:
    """Send it elsewhere, or call it something else."""
    found, body = _subscription(network, call.params["subscription_id"]), call.json()
    check_body(body, frozenset({"tag", "webhook_id"}))
    if body.get("webhook_id"):
        found.webhook_id = webhook_of(network, str(body["webhook_id"])).id
    found.tag = str(body.get("tag", found.tag))
    found.updated_at = network.clock.now()
    return answer(200, {"data": {"subscription": found.shown(), **_meta(network)}})


@routes.add("DELETE", "/2/activity/subscriptions/{subscription_id}", APP)
def delete(network: FakeX, call: Call) -> httpx.Response:
    """No longer ask for something."""
    found = _subscription(network, call.params["subscription_id"])
    del network.subscriptions[found.id]
    return answer(200, {"data": {"deleted": True}, "meta": _meta(network)})


@routes.add("DELETE", "/2/activity/subscriptions", APP)
def delete_several(network: FakeX, call: Call) -> httpx.Response:
    """No longer ask for several things."""
    ids = [one for one in call.query.get("ids", "").split(",") if one]
    gone = [one for one in ids if network.subscriptions.pop(one, None) is not None]
    errors = [
        {"subscription_id": one, "message": "not found", "reason": "NotFound"}
        for one in ids
        if one not in gone
    ]
    data = [{"subscription_id": one, "deleted": True} for one in gone]
    body: dict[str, Any] = {"data": data, "meta": _meta(network)}
    return answer(200, body | ({"errors": errors} if errors else {}))


def _subscription(network: FakeX, external_id: str) -> Subscription:
    found = network.subscriptions.get(external_id)
    if found is None:
        raise not_found("subscription", external_id, "subscription_id")
    return found


def webhook_of(network: FakeX, external_id: str) -> Webhook:
    """Return a webhook.

    Raises:
        Refused: there is none with this id.
    """
    found = network.webhooks.get(external_id)
    if found is None:
        raise not_found("webhook", external_id, "webhook_id")
    return found


# The Account Activity API, which the X Activity API takes the place of.

_ALL: Final = "/2/account_activity/webhooks/{webhook_id}/subscriptions"


@routes.add("POST", f"{_ALL}/all", USER)
def subscribe_account(network: FakeX, call: Call) -> httpx.Response:
    """Ask for everything about the user who asks."""
    hook, user = webhook_of(network, call.params["webhook_id"]), network.caller(call).user
    if user is not None and user.id not in hook.users:
        hook.users.append(user.id)
    return answer(200, {"data": {"subscribed": True}})


@routes.add("GET", f"{_ALL}/all", USER)
def is_subscribed(network: FakeX, call: Call) -> httpx.Response:
    """Tell whether the user who asks is subscribed."""
    hook, user = webhook_of(network, call.params["webhook_id"]), network.caller(call).user
    subscribed = user is not None and user.id in hook.users
    return answer(200, {"data": {"subscribed": subscribed}})


@routes.add("GET", f"{_ALL}/all/list", APP)
def accounts(network: FakeX, call: Call) -> httpx.Response:
    """List whose activities go to an address."""
    hook = webhook_of(network, call.params["webhook_id"])
    data = {
        "application_id": "268278",
        "webhook_id": hook.id,
        "webhook_url": hook.url,
        "subscriptions": [{"user_id": one} for one in hook.users],
    }
    return answer(200, {"data": data})


@routes.add("DELETE", f"{_ALL}/{{user_id}}/all", APP)
def unsubscribe_account(network: FakeX, call: Call) -> httpx.Response:
    """No longer ask for anything about a user."""
    hook, user_id = webhook_of(network, call.params["webhook_id"]), call.params["user_id"]
    if user_id not in hook.users:
        raise not_found("subscription", user_id, "user_id")
    hook.users.remove(user_id)
    return answer(200, {"data": {"subscribed": False}})
