"""The Graph API without anything on it yet: versions, tokens, errors, usage, subscriptions.

A network adds routes and state; ``FakeMeta`` knows who asks (``call.caller`` is a ``Token``), in
what form Meta refuses, and how the app's subscriptions decide what is pushed where.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

import httpx

from scskit.testing.network import (
    BadBody,
    Call,
    Event,
    EventKind,
    Receiver,
    Refused,
)
from scskit_meta.fake import tokens, webhooks
from scskit_meta.fake.addresses import path_without_version, version_of
from scskit_meta.fake.given import Given
from scskit_meta.fake.loose import parameters
from scskit_meta.fake.refusing import Refusing
from scskit_meta.fake.selecting import Field, fields_of
from scskit_meta.fake.tokens import Token, proof_of
from scskit_meta.fake.usage import Usage
from scskit_meta.fake.webhooks import Pushed

_HANDSHAKE_FAILED: Final = 2200


class FakeMeta(Refusing):
    """What Facebook, Instagram and WhatsApp share.

    Attributes:
        app_id: of the app whose secret is ``secret``.
        verify_token: what was entered at Meta beside the webhook's address.
        demands_proof: whether every request must prove to know the app's secret.
        tokens: every access token, by its value.
        subscriptions: where the app is told of what, by object: the addresses of webhooks.
        subscribed: the fields that accounts have let the app know of, by the account's id; an
            account that is not here lets it know of all.
        usage: how much of what may be asked is used up.
    """

    hosts: ClassVar[frozenset[str]] = frozenset({"graph.facebook.com", "graph.instagram.com"})
    api_version: ClassVar[str] = "v26.0"
    most_in_batch = 1000
    app_id: str = "1800000000000001"
    verify_token: str = "fake-verify-token"  # noqa: S105  everybody may know it
    demands_proof: bool = False
    hourly: int = 20_000

    def __init__(self, **given: Any) -> None:  # noqa: ANN401  see FakeNetwork
        """Begin empty; see ``FakeNetwork`` for what may be given."""
        self.subscriptions: dict[str, str] = {}  # like who takes what is pushed, they stay
        super().__init__(**given)

    def _begin(self) -> None:
        self.tokens: dict[str, Token] = {}
        self.subscribed: dict[str, frozenset[str]] = {}
        super()._begin()
        self.usage = Usage(self.limits, self.hourly)

    # What a network says.

    def subscribable(self, account: str) -> frozenset[str] | None:  # noqa: ARG002  networks know theirs
        """Return the fields of an account that an app may be told of; None for no account."""
        return None

    def subscriber(self, account: str) -> Mapping[str, Any]:  # noqa: ARG002  as above
        """Return what ``/{account}/subscribed_apps`` tells of the app, beside the fields."""
        return {"id": self.app_id, "name": "scskit fake"}

    # Who asks.

    def token(
        self,
        kind: tokens.Kind,
        owner: str,
        scopes: frozenset[str] = frozenset(),
        lasts: timedelta | None = None,
    ) -> Token:
        """Issue an access token.

        Args:
            kind: whose it is.
            owner: the id that ``me`` stands for.
            scopes: the permissions it carries.
            lasts: how long it is valid.
        """
        now = self.clock.now()
        start = "IGAA" if kind == "instagram" else "EAA"
        made = Token(
            value=start + self.letters(48),
            kind=kind,
            owner=owner,
            scopes=scopes,
            issued_at=now,
            expires_at=None if lasts is None else now + lasts,
        )
        self.tokens[made.value] = made
        return made

    @property
    def app_token(self) -> str:
        """The app's own token."""
        return f"{self.app_id}|{self.secret}"

    def find_token(self, value: str) -> Token | None:
        """Return the token with this value."""
        if value == self.app_token:
            return Token(value=value, kind="app", owner=self.app_id, issued_at=self.clock.now())
        return self.tokens.get(value)

    def authorize(self, call: Call, auth: str) -> Token | None:
        """Return the token that a request bears, in any of the three places.

        Args:
            call: the request.
            auth: ``open`` needs none, ``app`` the app's own; all else is for any.

        Raises:
            Refused: there is none, it is over, or its proof is wrong or missing.
        """
        if auth == "open":
            return None
        values = parameters(call)
        given = str(values.get("access_token") or call.bearer or _oauth(call))
        call.notes["token"] = given
        if not given:
            told = "An access token is required for this."
            raise self.refused(104, told, status=401)
        token = self.find_token(given)
        if token is None:
            told = "The access token cannot be read."
            raise self.refused(190, told, status=401)
        if (subcode := token.refusal(call.at)) is not None:
            told = "The access token is no longer valid."
            raise self.refused(190, told, status=401, subcode=subcode)
        if token.kind != "app":  # that one holds the secret itself
            self._proven(given, str(values.get("appsecret_proof") or ""))
        if auth == "app" and token.kind != "app":
            raise self.refused(15, "This takes the app's own access token.")
        return token

    def _proven(self, token: str, proof: str) -> None:
        if not proof and not self.demands_proof:
            return
        if proof != proof_of(token, self.secret):
            told = "appsecret_proof is wrong." if proof else "appsecret_proof is required."
            raise self.refused(100, told, kind="GraphMethodException")

    def need(self, call: Call, *scopes: str, code: int = 200) -> None:
        """Insist on permissions: one of these is enough.

        Raises:
            Refused: the token carries none of them.
        """
        if not call.caller.scopes.intersection(scopes):
            told = f"Requires {' or '.join(scopes)} permission."
            raise self.refused(code, told, status=403)

    # What was asked.

    def given(self, call: Call) -> Given:
        """Return the parameters of a request, in whatever form they came."""
        return Given(parameters(call), self.invalid)

    def asked(self, call: Call) -> Field:
        """Return what a request wants to know: ``fields``, and every other parameter.

        Raises:
            Refused: ``fields`` cannot be read.
        """
        given = {name: str(value) for name, value in parameters(call).items()}
        try:
            fields = fields_of(given.pop("fields", ""))
        except ValueError as error:
            raise self.refused(2500, str(error)) from error
        hidden = {"access_token", "appsecret_proof", "method"}
        return Field("", {n: v for n, v in given.items() if n not in hidden}, fields)

    def me(self, call: Call, name: str = "id") -> str:
        """Return the id in the path; ``me`` is whoever the token belongs to."""
        found = call.params[name]
        return str(call.caller.owner) if found == "me" else found

    # How much.

    def limit(self, call: Call) -> None:
        """Count a request.

        Raises:
            Refused: there were too many in the hour.
        """
        owner = call.caller.owner if call.caller else ""
        if owner and not self.usage.count(owner):
            raise Refused(self.refusal("rate_limited", call))

    def finish(self, call: Call, response: httpx.Response) -> None:
        """Add the headers that every answer bears."""
        response.headers["facebook-api-version"] = version_of(call.request) or self.api_version
        response.headers["x-fb-trace-id"] = self.letters(11)
        owner = call.caller.owner if call.caller else self._owner(call)
        use_case = self.use_case(call)[0]
        blocked = bool(call.notes.get("blocked"))
        response.headers.update(self.usage.headers(owner, use_case, blocked=blocked))

    def _owner(self, call: Call) -> str:
        token = self.find_token(str(call.query.get("access_token") or call.bearer))
        return token.owner if token else self.app_id

    # How it is asked.

    def path_of(self, request: httpx.Request) -> str:
        """Return the path without the version; a batch may be posted to any object."""
        path = path_without_version(request)
        return "/" if path.count("/") == 1 and _is_batch(request) else path

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer a request; ``method`` in the query or in a form overrides that of HTTP."""
        given = _other_method(request)
        if given is None:
            return super().handle(request)
        other = httpx.Request(given, request.url, headers=request.headers, content=request.content)
        return super().handle(other)

    # What it pushes.

    def push(
        self,
        kind: EventKind,
        pushed: Pushed,
        *,
        field: str,
        subject: str = "",
        delay: timedelta = timedelta(0),
    ) -> Event | None:
        """Push an item to where the app is told of such; None when the account does not let it.

        Args:
            kind: what it is.
            pushed: the item.
            field: the subscribed field that it belongs to, such as ``feed``.
            subject: the id of the message it is, or is about.
            delay: how long the network takes.
        """
        if field not in self.subscribed.get(pushed.entry_id, frozenset({field})):
            return None
        to = self.subscriptions.get(pushed.object, "")
        return self.deliveries.push(kind, pushed, subject=subject, to=to, delay=delay)

    def deliver_to(self, receiver: Receiver, of: str = "") -> None:
        """Say who takes what is pushed, without a handshake.

        Args:
            receiver: a callable, or an address.
            of: of which object alone: ``page``, ``instagram``, ...; empty for all others.
        """
        if not of:
            super().deliver_to(receiver)
            return
        address = receiver if isinstance(receiver, str) else f"https://receiver.example/{of}"
        if not isinstance(receiver, str):
            self.deliveries.addresses[address] = receiver
        self._send_to(of, address)

    def _send_to(self, object_: str, address: str) -> None:
        """Push objects of a kind to an address; also what nobody has taken yet."""
        self.subscriptions[object_] = address
        for event in self.deliveries.queued:
            if event.payload.object == object_:
                event.to = address

    def goes_with(self, one: Event, other: Event) -> bool:
        """Tell whether two events may share a body: it is about one kind of object."""
        same: bool = one.payload.object == other.payload.object
        return same

    def compose(self, events: Sequence[Event]) -> tuple[bytes, Mapping[str, str]]:
        """Write a body and sign it."""
        body = webhooks.written(events)
        return body, webhooks.headers(body, self.secret)

    def back_off(self, attempts: int) -> timedelta | None:
        """Push again for a day and a half, ever more seldom."""
        waits = [timedelta(seconds=15) * 2**number for number in range(min(attempts, 13))]
        return waits[-1] if sum(waits, timedelta(0)) <= timedelta(hours=36) else None

    def subscribe(self, object_: str, address: str, verify_token: str) -> None:
        """Push what happens to objects of a kind to an address that expects it.

        Raises:
            Refused: it did not answer the handshake.
        """
        challenge, now = self.digits(10), self.clock.now()
        if not webhooks.shakes_hands(self.deliveries, address, verify_token, challenge, now):
            told = "The callback did not answer the challenge."
            raise self.refused(_HANDSHAKE_FAILED, told)
        self._send_to(object_, address)


def _oauth(call: Call) -> str:
    """Return the token of the older ``Authorization: OAuth``."""
    scheme, _, token = call.header("authorization").partition(" ")
    return token.strip() if scheme.lower() == "oauth" else ""


def _is_batch(request: httpx.Request) -> bool:
    if request.method != "POST":
        return False
    try:
        return "batch" in parameters(_unplaced(request))
    except BadBody:
        return False  # whoever looks closer refuses it


def _unplaced(request: httpx.Request) -> Call:
    return Call(request=request, operation="", at=datetime.min)  # noqa: DTZ901  no time is asked


def _other_method(request: httpx.Request) -> str | None:
    if request.method != "POST":
        return None
    call = _unplaced(request)
    given = call.query.get("method")
    if given is None and call.content_type == "application/x-www-form-urlencoded":
        given = call.form().get("method")
    given = (given or "").upper()
    return given if given in {"GET", "DELETE"} else None
