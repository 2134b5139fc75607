"""What is on the fake X: users, posts, messages, media, and what an app has registered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from attrs import define, field

EPOCH_MS: Final = 1_288_834_974_657
"""Milliseconds since 1970 at which the time in X's ids begins; it stands 22 bits up."""


def moment_of(external_id: str) -> datetime:
    """Return the instant that an id bears."""
    milliseconds = (int(external_id) >> 22) + EPOCH_MS
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)


def written(moment: datetime) -> str:
    """Write an instant as API version 2 does."""
    return (
        moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"
    )


@define(kw_only=True, eq=False)
class User:
    """Anybody on X.

    Attributes:
        id: never changes.
        username: the handle, which may.
        name: for people.
        created_at: when the user came.
        followers: how many.
        premium: may write long posts.
        protected: posts are for followers only; they are not pushed.
        open_to_messages: takes direct messages from everybody.
        brand: whether it is an account of the brand that uses the API.
    """

    id: str
    username: str
    name: str
    created_at: datetime
    followers: int = 0
    premium: bool = False
    protected: bool = False
    open_to_messages: bool = True
    brand: bool = False


@define(kw_only=True, eq=False)
class Medium:
    """Something to look at.

    Attributes:
        id: what posts and messages take.
        owner: who brought it.
        category: what it is for, such as ``tweet_image``.
        size: bytes.
        total: bytes that are to come.
        ready_at: when it is converted; None while parts are missing.
        alt_text: what it shows.
        parts: by number, while it comes in parts.
    """

    id: str
    owner: User
    category: str
    size: int = 0
    total: int = 0
    ready_at: datetime | None = None
    alt_text: str = ""
    parts: dict[int, bytes] = field(factory=dict)

    @property
    def kind(self) -> str:
        """What API version 2 calls it."""
        kinds = {"image": "photo", "gif": "animated_gif"}
        form = self.category.rpartition("_")[2]
        return kinds.get(form, form)

    @property
    def key(self) -> str:
        """The media key, by which posts name it."""
        return f"{ {'photo': 3, 'animated_gif': 16}.get(self.kind, 7) }_{self.id}"


@define(kw_only=True, eq=False)
class Post:
    """One version of a post.

    Attributes:
        id: of this version.
        author: who wrote it.
        typed: what the author wrote.
        leading: the handles that X put before it.
        created_at: when.
        conversation: the id of the post that began it.
        replied_to: what it answers.
        quoted: what it quotes.
        reposted: what it merely repeats.
        history: the ids of all versions, oldest first; the versions share it.
        media: what came with it.
        mentions: who is named in what the author wrote.
        hidden: by the author of the conversation.
        deleted: gone.
    """

    id: str
    author: User
    typed: str
    created_at: datetime
    conversation: str
    leading: tuple[User, ...] = ()
    replied_to: Post | None = None
    quoted: Post | None = None
    reposted: Post | None = None
    history: list[str] = field(factory=list)
    media: tuple[Medium, ...] = ()
    mentions: tuple[User, ...] = ()
    hidden: bool = False
    deleted: bool = False

    @property
    def current(self) -> bool:
        """Whether no newer version took its place, and it is there."""
        return not self.deleted and self.history[-1] == self.id


@define(kw_only=True, eq=False)
class DirectMessage:
    """One private message.

    Attributes:
        id: of the event that it is.
        sender: who wrote it.
        people: all who read it, the sender among them.
        conversation: X's key of the conversation.
        typed: what it says.
        created_at: when.
        media: what came with it.
        postback: what a pressed quick reply stands for.
        deleted_for: the ids of those who no longer want to see it.
    """

    id: str
    sender: User
    people: tuple[User, ...]
    conversation: str
    typed: str
    created_at: datetime
    media: tuple[Medium, ...] = ()
    postback: str = ""
    deleted_for: set[str] = field(factory=set)


@define(kw_only=True, eq=False)
class Webhook:
    """An address that an app has registered.

    Attributes:
        id: X's.
        url: the address.
        created_at: when.
        valid: whether it answered the last check.
        users: whose activities it gets, in the manner of the Account Activity API.
    """

    id: str
    url: str
    created_at: datetime
    valid: bool = True
    users: list[str] = field(factory=list)


@define(kw_only=True, eq=False)
class Subscription:
    """What an app wants to hear of, in the manner of the X Activity API.

    Attributes:
        id: X's.
        event_type: such as ``post.mention.create``.
        filter: whose, and with what in it.
        tag: the app's own word for it.
        webhook_id: where it goes; empty for streams alone.
        created_at: when it was made.
        updated_at: when it was changed.
    """

    id: str
    event_type: str
    filter: dict[str, str]
    tag: str
    webhook_id: str
    created_at: datetime
    updated_at: datetime

    def shown(self) -> dict[str, Any]:
        """Write it as X does."""
        told: dict[str, Any] = {
            "subscription_id": self.id,
            "event_type": self.event_type,
            "filter": dict(self.filter),
            "created_at": written(self.created_at),
            "updated_at": written(self.updated_at),
        }
        told |= {"tag": self.tag} if self.tag else {}
        return told | ({"webhook_id": self.webhook_id} if self.webhook_id else {})


@define(kw_only=True, eq=False)
class Grant:
    """What a user lets the app do, by OAuth 2.0.

    Attributes:
        user: whose it is.
        access: the token of today.
        refresh: takes its place when it expires; each works once.
        expires_at: when ``access`` stops.
        revoked: the user took it back.
    """

    user: User
    access: str
    refresh: str
    expires_at: datetime
    revoked: bool = False


def conversation_of(*people: User) -> str:
    """Return X's key of a conversation of two: their ids, the smaller first."""
    return "-".join(sorted((person.id for person in people), key=lambda one: (len(one), one)))
