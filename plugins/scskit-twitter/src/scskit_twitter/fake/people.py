"""Who is on the fake X, and what they do there: the words of a scenario."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

from scskit.testing.network import Thing, verb
from scskit_twitter.fake import events
from scskit_twitter.fake.messaging import deliver, last_of
from scskit_twitter.fake.publishing import publish, remove, revise
from scskit_twitter.fake.regarding import like
from scskit_twitter.fake.state import DirectMessage, Grant, Medium, Post, User, conversation_of

if TYPE_CHECKING:
    from scskit_twitter.fake.server import FakeX
else:
    FakeX = Any

_YEARS_AGO = timedelta(days=3 * 365)


class Person(Thing[FakeX]):
    """Anybody, as X has them.

    Attributes:
        user: what X keeps.
    """

    def __init__(self, network: FakeX, user: User) -> None:
        """Be on X."""
        super().__init__(network, user.id)
        self.user = user

    @classmethod
    def joining(cls, network: FakeX, name: str, **given: Any) -> Self:  # noqa: ANN401  of User
        """Come to X; the id is the same for the same seed and name."""
        with network.lock:
            chance = network.chance(f"user/{name}")
            external_id = given.pop("id", str(chance.randrange(10**8, 4 * 10**9)))
            handle = re.sub(r"\W", "_", name.rpartition(".")[2], flags=re.ASCII)[:15]
            known = {"username": handle, "name": name, "followers": chance.randrange(500)}
            created = network.clock.now() - _YEARS_AGO
            user = User(id=external_id, created_at=created, **{**known, **given})
            network.users[user.id] = user
            return cls(network, user)

    def told(self) -> dict[str, Any]:
        """Say who it is."""
        return {**super().told(), "username": self.user.username, "name": self.user.name}

    @verb
    def posts(self, text: str, quoting: Article | None = None, photos: int = 0) -> Article:
        """Write a post, perhaps about another."""
        quoted = quoting.post if quoting else None
        media = _photos(self.network, self.user, photos, "tweet_image")
        made = publish(self.network, self.user, text, quoted=quoted, media=media)
        return Article(self.network, made)

    @verb
    def comments(self, on: Article, text: str, photos: int = 0) -> Article:
        """Answer a post in public."""
        media = _photos(self.network, self.user, photos, "tweet_image")
        made = publish(self.network, self.user, text, replied_to=on.post, media=media)
        return Article(self.network, made)

    @verb
    def reposts(self, of: Article) -> Article:
        """Repeat a post."""
        return Article(self.network, publish(self.network, self.user, "", reposted=of.post))

    @verb
    def renamed(self, handle: str) -> None:
        """Take another handle; the id stays."""
        before, self.user.username = self.user.username, handle
        events.renamed(self.network, self.user, before)

    def _write(self, people: Sequence[Person], text: str, photos: int, postback: str) -> Letter:
        media = _photos(self.network, self.user, photos, "dm_image")
        users = (self.user, *(person.user for person in people))
        if any((user, self.user) in self.network.blocked for user in users):
            message = f"{self.user.username} is blocked there: X takes no message"
            raise ValueError(message)
        made = deliver(self.network, self.user, users, text, media=media, postback=postback)
        return Letter(self.network, made)


class Customer(Person):
    """Somebody whom the brand serves."""

    @verb
    def writes(
        self, text: str, to: Account | None = None, photos: int = 0, postback: str = ""
    ) -> Letter:
        """Write a direct message, to the brand's only account unless another is named."""
        return self._write([to or self._brand()], text, photos, postback)

    @verb
    def types(self, to: Account | None = None) -> None:
        """Begin to write a direct message."""
        events.typing(self.network, self.user, (to or self._brand()).user)

    @verb
    def reads(self, to: Account | None = None) -> None:
        """Read what the account wrote last."""
        account = to or self._brand()
        last = last_of(self.network, conversation_of(self.user, account.user), account.user)
        if last is not None:
            events.read(self.network, self.user, account.user, last)

    @verb
    def closes_messages(self) -> None:
        """Take direct messages from nobody any more, but whom they wrote to."""
        self.user.open_to_messages = False

    @verb
    def likes(self, of: Article) -> None:
        """Like a post."""
        like(self.network, self.user, of.post)

    @verb
    def follows(self, to: Account | None = None) -> None:
        """Follow the account."""
        events.followed(self.network, self.user, (to or self._brand()).user)

    def _brand(self) -> Account:
        accounts = self.network.accounts()
        if len(accounts) != 1:
            message = f"there are {len(accounts)} accounts of the brand: say which, to=…"
            raise ValueError(message)
        account: Account = accounts[0]
        return account


class Account(Person):
    """An account of the brand: what its people do in X's own app, beside the desk.

    Attributes:
        token: its access token for OAuth 1.0a, which does not expire.
        token_secret: the secret of it.
        revoked: whether its user took the app's permission back.
    """

    def __init__(self, network: FakeX, user: User) -> None:
        """Let the app act for it."""
        super().__init__(network, user)
        chance = network.chance(f"token/{user.id}")
        self.token = f"{user.id}-{chance.getrandbits(120):030x}"
        self.token_secret = f"{chance.getrandbits(160):040x}"
        self.revoked = False
        self._grant: Grant | None = None

    @property
    def grant(self) -> Grant:
        """Tokens of OAuth 2.0; they expire two hours after this was first asked for."""
        from scskit_twitter.fake.tokens import granted  # noqa: PLC0415  routes know the network

        if self._grant is None:
            self._grant = granted(self.network, self.user)
        return self._grant

    def settings(self) -> dict[str, Any]:
        """Return what a desk file says of it."""
        return {
            "user_id": self.id,
            "handle": self.user.username,
            "token": self.token,
            "token_secret": self.token_secret,
            "premium": self.user.premium,
            "replies": self.network.replies,
        }

    def told(self) -> dict[str, Any]:
        """Say who it is, with all that a client of the API needs."""
        app, grant = self.network.app, self.grant
        return {
            **super().told(),
            "consumer_key": app.consumer_key,
            "consumer_secret": self.network.secret,
            "bearer_token": app.bearer_token,
            "client_id": app.client_id,
            "client_secret": app.client_secret,
            "token": self.token,
            "token_secret": self.token_secret,
            "access_token": grant.access,
            "refresh_token": grant.refresh,
        }

    @verb
    def writes(self, to: Customer, text: str, photos: int = 0) -> Letter:
        """Write a direct message in X's own app."""
        return self._write([to], text, photos, "")

    @verb
    def answers(self, on: Article | Letter, text: str) -> Article | Letter:
        """Answer a post or a direct message in X's own app."""
        if isinstance(on, Article):
            made = publish(self.network, self.user, text, replied_to=on.post)
            return Article(self.network, made)
        others = [person for person in on.message.people if person is not self.user]
        users = (self.user, *others)
        return Letter(self.network, deliver(self.network, self.user, users, text))

    @verb
    def revokes(self) -> None:
        """Take the app's permission back: its tokens no longer work."""
        self.revoked = True
        for grant in self.network.grants:
            grant.revoked = grant.revoked or grant.user is self.user
        events.revoked(self.network, self.user)

    @verb
    def consents(self) -> str:
        """Let the app act for it by OAuth 2.0; return the code for ``POST /2/oauth2/token``."""
        code = f"{self.network.chance(f'code/{self.network.new_id()}').getrandbits(128):032x}"
        self.network.codes[code] = self.user
        return code


class Article(Thing[FakeX]):
    """A post, as a scenario has it.

    Attributes:
        post: what X keeps of its newest version.
    """

    def __init__(self, network: FakeX, post: Post) -> None:
        """Name a post."""
        super().__init__(network, post.id)
        self.post = post

    def told(self) -> dict[str, Any]:
        """Say what it says."""
        return {
            **super().told(),
            "text": self.post.typed,
            "by": self.post.author.username,
            "versions": list(self.post.history),
            "deleted": self.post.deleted,
            "hidden": self.post.hidden,
        }

    @verb
    def edited(self, text: str) -> Article:
        """Change what it says: X makes a new post of it, with the ids of all versions."""
        self.post = revise(self.network, self.post, text)
        return self

    @verb
    def deleted(self) -> None:
        """Take it away."""
        remove(self.network, self.post)


class Letter(Thing[FakeX]):
    """A direct message, as a scenario has it.

    Attributes:
        message: what X keeps.
    """

    def __init__(self, network: FakeX, message: DirectMessage) -> None:
        """Name a message."""
        super().__init__(network, message.id)
        self.message = message

    def told(self) -> dict[str, Any]:
        """Say what it says."""
        sender, conversation = self.message.sender.username, self.message.conversation
        told = {"text": self.message.typed, "by": sender, "conversation": conversation}
        return {**super().told(), **told}


def _photos(network: FakeX, owner: User, count: int, category: str) -> tuple[Medium, ...]:
    made = []
    for _ in range(count):
        medium = Medium(
            id=network.new_id(),
            owner=owner,
            category=category,
            size=1,
            ready_at=network.clock.now(),
        )
        network.media[medium.id] = medium
        made.append(medium)
    return tuple(made)
