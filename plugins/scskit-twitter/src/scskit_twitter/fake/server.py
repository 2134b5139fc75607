"""The fake X: who may ask, how often, how it refuses, and how it signs what it pushes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Any, Final, Literal

from attrs import frozen

from scskit.http.signing import sign
from scskit.testing import FakeClock
from scskit.testing.network import (
    Call,
    Event,
    FakeNetwork,
    Faults,
    Refused,
    Routes,
    Trouble,
    written,
)
from scskit_twitter.fake import (
    direct,
    hooks,
    lookups,
    media,
    posting,
    problems,
    regarding,
    rights,
    streaming,
    subscribing,
    timelines,
    tokens,
)
from scskit_twitter.fake.events import Made
from scskit_twitter.fake.people import Account, Customer
from scskit_twitter.fake.rights import App, Caller
from scskit_twitter.fake.state import (
    EPOCH_MS,
    DirectMessage,
    Grant,
    Medium,
    Post,
    Subscription,
    User,
    Webhook,
)
from scskit_twitter.fake.streaming import Stream
from scskit_twitter.fake.wanted import Names
from scskit_twitter.limits import BASE_URL, RATE_WINDOW, RATES

if TYPE_CHECKING:
    import httpx

Shape = Literal["activity", "legacy"]

_DAY: Final = timedelta(days=1)
_OTHERS: Final = 900
"""Requests in fifteen minutes, where X's own number is not among our limits."""
_BATCH: Final = 20


@frozen
class _Counted:
    """A window as the headers tell it."""

    prefix: str
    limit: int
    remaining: int
    reset: int


class FakeX(FakeNetwork):
    """X as an app sees it: API version 2, webhooks of both kinds, the stream, direct messages.

    Until an app registers a webhook or a subscription, everything about the brand's accounts goes
    to whoever takes what is pushed; from then on, X pushes what was asked for.
    """

    name = "twitter"
    hosts = frozenset({"api.x.com", "api.twitter.com", "127.0.0.1", "localhost"})
    routes = Routes[Any](
        posting.routes,
        lookups.routes,
        timelines.routes,
        direct.routes,
        regarding.routes,
        media.routes,
        hooks.routes,
        subscribing.routes,
        streaming.routes,
        tokens.routes,
    )

    def __init__(  # noqa: PLR0913  what every network takes, and what X has had in several ways
        self,
        *,
        seed: int = 0,
        clock: FakeClock | None = None,
        faults: Faults | None = None,
        secret: str = "",
        names: Names = "post",
        shape: Shape = "activity",
        replies: Literal["summoned", "anybody"] = "summoned",
        heartbeat: float = 20.0,
    ) -> None:
        """Begin empty.

        Args:
            seed: see ``FakeNetwork``.
            clock: see ``FakeNetwork``.
            faults: see ``FakeNetwork``.
            secret: the app's consumer secret.
            names: of fields in what is pushed; X renamed them in 2026.
            shape: of what is pushed to whom nobody registered: of the X Activity API, or of the
                Account Activity API before it.
            replies: whom apps may answer; see ``AccountSettings.replies``.
            heartbeat: seconds of the machine's time between two signs of life on a stream.
        """
        self.names_of_fields, self.shape, self.replies = names, shape, replies
        self.heartbeat = heartbeat
        super().__init__(seed=seed, clock=clock, faults=faults, secret=secret)
        self.most_in_batch = _BATCH

    def set_up(self) -> None:
        """Begin with an app, and nobody else."""
        self.app = App.made(self.seed, self.secret)
        self.users: dict[str, User] = {}
        self.posts: dict[str, Post] = {}
        self.said: dict[tuple[str, ...], list[Post]] = {}
        self.messages: dict[str, DirectMessage] = {}
        self.media: dict[str, Medium] = {}
        self.webhooks: dict[str, Webhook] = {}
        self.subscriptions: dict[str, Subscription] = {}
        self.likes: list[tuple[User, Post]] = []
        self.muted: dict[User, dict[User, None]] = {}
        self.blocked: set[tuple[User, User]] = set()
        self.grants: list[Grant] = []
        self.codes: dict[str, User] = {}
        self.streams: list[Stream] = []
        self.streamed: list[tuple[Any, bytes]] = []
        self._last_id = 0

    # What everything here uses.

    def new_id(self) -> str:
        """Return an id that bears the present instant, and is greater than all before."""
        now = int(self.clock.now().timestamp() * 1000)
        self._last_id = max(self._last_id + 1, (now - EPOCH_MS) << 22)
        return str(self._last_id)

    def find(self, handle: str) -> User | None:
        """Return who has a handle."""
        handle = handle.casefold()
        return next((u for u in self.users.values() if u.username.casefold() == handle), None)

    def chance(self, about: str) -> Random:
        """Return chance that depends on the seed and on what it is about, and on nothing else."""
        return Random(f"{self.seed}/{about}")  # noqa: S311  no secret of anybody's depends on it

    def caller(self, call: Call) -> Caller:
        """Return who asks."""
        found = call.caller
        assert isinstance(found, Caller)  # noqa: S101  ``authorize`` returned it
        return found

    def accounts(self) -> list[Account]:
        """Return the brand's accounts."""
        return [one for one in self.names.values() if isinstance(one, Account)]

    def registered(self) -> bool:
        """Tell whether the app has said what it wants to be pushed."""
        return bool(self.webhooks or self.subscriptions)

    def subscribed(self, event_type: str, user: User, made: Made) -> Iterator[tuple[str, str]]:
        """Yield the tag and the address of each subscription to what happened to a user.

        The address is empty where it goes down streams alone.
        """
        for one in self.subscriptions.values():
            wanted = one.filter
            if one.event_type != event_type or wanted.get("user_id", user.id) != user.id:
                continue
            if "keyword" in wanted and wanted["keyword"].casefold() not in str(made()).casefold():
                continue
            hook = self.webhooks.get(one.webhook_id)
            yield one.tag, hook.url if hook and hook.valid else ""

    def stream_out(self, data: dict[str, Any]) -> None:
        """Send an event down all streams."""
        streaming.send(self, data)

    def hang_up(self) -> None:
        """End all streams, as X does now and then."""
        streaming.hang_up(self)

    # What a scenario begins with.

    def customer(self, name: str, **given: Any) -> Customer:  # noqa: ANN401  attributes of User
        """Return the customer with this name; the first time, with these attributes."""
        found = self.names.get(name)
        if not isinstance(found, Customer):
            found = Customer.joining(self, name, **given)
            self.names[name] = found
        return found

    def account(self, name: str, **given: Any) -> Account:  # noqa: ANN401  attributes of User
        """Return the brand's account with this name; the first time, with these attributes."""
        found = self.names.get(name)
        if not isinstance(found, Account):
            found = Account.joining(self, name, brand=True, **given)
            self.names[name] = found
        return found

    def settings(self, url: str = "") -> Mapping[str, Any]:
        """Return ``[plugins.twitter]`` of a desk file for all accounts.

        A desk takes the network of an account from the front of its name.
        """
        accounts = {
            name if name.startswith("twitter.") else f"twitter.{name}": one
            for name, one in self.names.items()
            if isinstance(one, Account)
        }
        table = {
            "secrets": [self.secret],
            "consumer_key": self.app.consumer_key,
            "bearer": self.app.bearer_token,
            "base_url": url or BASE_URL,
            "accounts": {name: account.settings() for name, account in accounts.items()},
        }
        return {"plugins": {"twitter": table}}

    # What the kit asks.

    def goes_with(self, one: Event, other: Event) -> bool:
        """Tell whether both are events of the Activity API: only these share a body."""
        return one is other or all("event_uuid" in event.payload for event in (one, other))

    def compose(self, events: Sequence[Event]) -> tuple[bytes, Mapping[str, str]]:
        """Write a body, and sign it with the consumer secret."""
        payloads = [event.payload for event in events]
        if "event_uuid" not in payloads[0]:
            body = payloads[0]
        else:
            body = {"data": payloads if len(payloads) > 1 else payloads[0]}
        content = written(body)
        headers = {
            "content-type": "application/json; charset=utf-8",
            hooks.SIGNATURE: sign(content, self.secret, "base64"),
        }
        return content, headers

    def authorize(self, call: Call, auth: str) -> Caller:
        """Return who asks, by OAuth 1.0a, OAuth 2.0 or the app's own token.

        Raises:
            Refused: nobody who may, or an id in the path that cannot be one.
        """
        found = rights.authorize(self, call, auth)
        problems.check_path(call)
        return found

    def limit(self, call: Call) -> None:
        """Count a request in each of its windows.

        Raises:
            Refused: a window is used up.
        """
        counted, allowed = [], True
        for key, prefix, limit, window in self._windows(call):
            left = self.limits.take(key, limit, window)
            reset = int(left.reset.timestamp())
            counted.append(_Counted(prefix, limit, left.remaining, reset))
            allowed = allowed and left.allowed
        call.notes["counted"] = counted
        if not allowed:
            raise Refused(problems.too_many())

    def _windows(self, call: Call) -> list[tuple[tuple[str, ...], str, int, timedelta]]:
        rate, user = RATES.get(call.operation), self.caller(call).user
        if user is None:
            limit = (rate.app if rate else None) or _OTHERS
            return [((call.operation, "app"), "x-rate-limit", limit, RATE_WINDOW)]
        limit = (rate.user if rate else None) or _OTHERS
        key: tuple[str, ...] = (call.operation, user.id)
        found = [(key, "x-rate-limit", limit, RATE_WINDOW)]
        if rate and rate.user_day:
            key = (call.operation, user.id, "day")
            found.append((key, "x-user-limit-24hour", rate.user_day, _DAY))
        if rate and rate.app_day:
            key = (call.operation, "app", "day")
            found.append((key, "x-app-limit-24hour", rate.app_day, _DAY))
        return found

    def refusal(self, why: Trouble, call: Call) -> httpx.Response:
        """Return how X refuses what it does not look at."""
        if why in {"unauthorized", "expired_token"}:
            return problems.unauthorized()
        if why == "rate_limited":
            reset = int((self.clock.now() + RATE_WINDOW).timestamp())
            call.notes["counted"] = [_Counted("x-rate-limit", 1, 0, reset)]
            return problems.too_many()
        if why == "server_error":
            return problems.problem(503, "Service Unavailable", "Service Unavailable")
        if why == "bad_body":
            return problems.invalid("Invalid JSON in the request body").response
        if why == "method_refused":
            return problems.problem(405, "Method Not Allowed", "Method Not Allowed")
        return problems.problem(404, "Not Found", "Not Found")

    def finish(self, call: Call, response: httpx.Response) -> None:
        """Tell what is left of each window, and which request this was."""
        for counted in call.notes.get("counted", ()):
            response.headers[f"{counted.prefix}-limit"] = str(counted.limit)
            response.headers[f"{counted.prefix}-remaining"] = str(counted.remaining)
            response.headers[f"{counted.prefix}-reset"] = str(counted.reset)
        response.headers["x-transaction-id"] = f"{self.random.getrandbits(64):016x}"
        response.headers["api-version"] = "2.167"
        response.headers["x-access-level"] = "read-write-directmessages"
