"""What X pushes, and to whom: by the subscriptions that the app has made.

One post may concern an account in several ways, and is then pushed once for each. Who merely
deleted or edited somebody else's post is not told: X pushes deletions to the author's own
subscribers, and an edit as a new post.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from scskit.testing.network import EventKind
from scskit_twitter.fake.legacy import (
    APP_ID,
    legacy_message,
    legacy_post,
    legacy_user,
    milliseconds,
    users_of,
)
from scskit_twitter.fake.showing import Shown, show_user
from scskit_twitter.fake.state import DirectMessage, Post, User, written
from scskit_twitter.fake.wanted import everything

if TYPE_CHECKING:
    from scskit_twitter.fake.server import FakeX

Json = dict[str, Any]
Made = Callable[[], Json]


def posted(network: FakeX, post: Post, *, edited: bool = False) -> None:
    """Push a post, or a new version of one."""
    kind: EventKind = "echo" if post.author.brand else "edit" if edited else "message"
    for user, event_type in _concerned(network, post):
        _push(
            network,
            event_type,
            user,
            kind,
            post.history[0],
            activity=lambda: _post_payload(network, post),
            legacy=lambda: {"tweet_create_events": [legacy_post(post, network.find)]},
        )


def _concerned(network: FakeX, post: Post) -> Iterator[tuple[User, str]]:
    author = post.author
    yield author, "post.create"
    if author.protected:
        return
    for user in (one for one in network.users.values() if one is not author):
        if post.reposted and post.reposted.author is user:
            yield user, "post.repost.create"
        if user in post.mentions:
            yield user, "post.mention.create"
        if post.replied_to and post.replied_to.author is user:
            yield user, "post.reply.create"
        if post.quoted and post.quoted.author is user:
            yield user, "post.quote.create"


def _post_payload(network: FakeX, post: Post) -> Json:
    shown = Shown(everything(network.names_of_fields), network.find, network.posts.get)
    payload = shown.post(post)
    return {"payload": payload, "includes": shown.includes()}


def removed(network: FakeX, post: Post) -> None:
    """Push that a post is gone, in all its versions."""
    for external_id in post.history:
        _removed(network, post, external_id)


def _removed(network: FakeX, post: Post, external_id: str) -> None:
    at = milliseconds(network.stamp("deletion"))
    status = {"status": {"id": external_id, "user_id": post.author.id}, "timestamp_ms": at}
    _push(
        network,
        "post.delete",
        post.author,
        "deletion",
        post.history[0],
        activity=lambda: {"payload": {"id": external_id, "author_id": post.author.id}},
        legacy=lambda: {"tweet_delete_events": [status]},
    )


def messaged(network: FakeX, message: DirectMessage, *, by_app: bool) -> None:
    """Push a direct message."""
    for user in message.people:
        sent = user is message.sender
        _push(
            network,
            "dm.sent" if sent else "dm.received",
            user,
            "echo" if sent and user.brand else "message",
            message.id,
            activity=lambda: {
                "payload": {
                    "direct_message_events": [legacy_message(message, network.find, by_app=by_app)],
                    "users": users_of(message, legacy=False),
                }
            },
            legacy=lambda: {
                "direct_message_events": [legacy_message(message, network.find, by_app=by_app)],
                "apps": {APP_ID: {"id": APP_ID, "name": "the app"}} if by_app else {},
                "users": users_of(message, legacy=True),
            },
        )


def typing(network: FakeX, sender: User, recipient: User) -> None:
    """Push that somebody writes."""
    told = _between(network, sender, recipient)
    body = {"direct_message_indicate_typing_events": [told]}
    _about_messages(network, "dm.indicate_typing", "other", sender, recipient, body)


def read(network: FakeX, reader: User, writer: User, last: DirectMessage) -> None:
    """Push that somebody read what an account wrote."""
    told = {**_between(network, reader, writer), "last_read_event_id": last.id}
    body = {"direct_message_mark_read_events": [told]}
    _about_messages(network, "dm.read", "receipt", reader, writer, body)


def _between(network: FakeX, sender: User, recipient: User) -> Json:
    return {
        "created_timestamp": milliseconds(network.stamp("receipt")),
        "sender_id": sender.id,
        "target": {"recipient_id": recipient.id},
    }


def _about_messages(  # noqa: PLR0913, PLR0917  both people, and what to say of them
    network: FakeX, event_type: str, kind: EventKind, sender: User, user: User, body: Json
) -> None:
    wanted = everything("tweet")
    people = {one.id: {"data": show_user(one, wanted)} for one in (sender, user)}
    known = {one.id: legacy_user(one) for one in (sender, user)}
    _push(
        network,
        event_type,
        user,
        kind,
        "",
        activity=lambda: {"payload": {**body, "users": people}},
        legacy=lambda: {**body, "users": known},
    )


def liked(network: FakeX, user: User, post: Post) -> None:
    """Push that somebody likes a post."""
    at = milliseconds(network.stamp())
    payload = {"id": network.new_id(), "liked_post_id": post.id, "timestamp_ms": int(at)}
    favorite = {
        "id": payload["id"],
        "timestamp_ms": int(at),
        "favorited_status": legacy_post(post, network.find),
        "user": legacy_user(user),
    }
    _push(
        network,
        "like.create",
        post.author,
        "other",
        post.id,
        activity=lambda: {"payload": {**payload, "liked_post_author_id": post.author.id}},
        legacy=lambda: {"favorite_events": [favorite]},
    )


def followed(network: FakeX, user: User, account: User) -> None:
    """Push that somebody follows an account."""
    wanted = everything(network.names_of_fields)
    at = milliseconds(network.stamp())
    sides = {"source": show_user(user, wanted), "target": show_user(account, wanted)}
    known = {"source": legacy_user(user), "target": legacy_user(account)}
    followed_event = {"type": "follow", "created_timestamp": at, **known}
    _push(
        network,
        "follow.follow",
        account,
        "other",
        "",
        activity=lambda: {"payload": sides},
        legacy=lambda: {"follow_events": [followed_event]},
    )


def renamed(network: FakeX, user: User, before: str) -> None:
    """Push that somebody has another handle."""
    payload = {"before": before, "after": user.username}
    _push(
        network,
        "profile.update.handle",
        user,
        "other",
        "",
        activity=lambda: {"payload": payload},
        legacy=None,
    )


def revoked(network: FakeX, user: User) -> None:
    """Push that a user took the app's permission back."""
    at = written(network.stamp())
    revoke = {
        "date_time": at,
        "target": {"app_id": APP_ID},
        "source": {"user_id": user.id},
    }
    _push(
        network,
        "oauth.revoke",
        user,
        "other",
        "",
        activity=lambda: {"payload": {"user_id": user.id, "date_time": at, "app_id": APP_ID}},
        legacy=lambda: {"user_event": {"revoke": revoke}},
    )


def _push(  # noqa: PLR0913  what happened, to whom, and how both APIs write it
    network: FakeX,
    event_type: str,
    user: User,
    kind: EventKind,
    subject: str,
    *,
    activity: Made,
    legacy: Made | None,
) -> None:
    """Push what happened to all who asked for it."""
    if not network.registered():
        if user.brand:
            _implied(network, event_type, user, kind, subject, activity, legacy)
        return
    for tag, url in network.subscribed(event_type, user, activity):
        data = _data(network, event_type, user, tag, activity)
        network.stream_out(data)
        if url:
            network.deliveries.push(kind, data, subject=subject, to=url)
    for hook in network.webhooks.values():
        if legacy and hook.valid and user.id in hook.users:
            body = {"for_user_id": user.id, **legacy()}
            network.deliveries.push(kind, body, subject=subject, to=hook.url)


def _implied(  # noqa: PLR0913, PLR0917  as above
    network: FakeX,
    event_type: str,
    user: User,
    kind: EventKind,
    subject: str,
    activity: Made,
    legacy: Made | None,
) -> None:
    data = _data(network, event_type, user, "", activity)
    network.stream_out(data)
    if network.shape == "activity":
        network.deliveries.push(kind, data, subject=subject)
    elif legacy is not None and not event_type.startswith("post.repost"):
        told = legacy()
        alone = "user_event" in told
        body = told if alone else {"for_user_id": user.id, **told}
        if not _repeats(network, body):
            network.deliveries.push(kind, body, subject=subject)


def _repeats(network: FakeX, body: Json) -> bool:
    """Tell whether the older API has pushed this already: it says each post once for a user."""
    recent = network.deliveries.events[-3:]
    return "tweet_create_events" in body and any(event.payload == body for event in recent)


def _data(network: FakeX, event_type: str, user: User, tag: str, activity: Made) -> Json:
    data: Json = {
        "event_uuid": network.new_id(),
        "filter": {"user_id": user.id},
        "event_type": event_type,
    }
    return data | ({"tag": tag} if tag else {}) | activity()
