"""What a fake network pushes: queued in its own time, handed over, and pushed again until taken.

``pump`` hands over what is due now; ``drain`` lets the network's time pass until nothing is left.
Who takes it is a callable, such as ``lambda request: desk.webhook("acme", request)``, or an
address, to which it goes over real HTTP.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from threading import RLock
from typing import Any, Final, Protocol

import httpx
from attrs import define, evolve, field, frozen

from scskit.core.webhook import WebhookRequest, WebhookResponse
from scskit.testing.clock import FakeClock
from scskit.testing.network.faults import Faults
from scskit.testing.network.waiting import Event, EventKind, Waiting

Receiver = Callable[[WebhookRequest], WebhookResponse] | str

PATIENCE: Final = 10.0
"""Seconds that a receiver over HTTP has for its answer."""

_OVERTAKES: Final = timedelta(seconds=1)


@frozen(kw_only=True)
class Attempt:
    """One delivery.

    Attributes:
        at: when, by the network's clock.
        events: the numbers of the events in it.
        to: the address, where there is one.
        status: what was answered; None when nothing was.
        error: why nothing was.
        body: what was pushed.
    """

    at: datetime
    events: tuple[int, ...]
    to: str
    status: int | None
    error: str = ""
    body: bytes = b""

    @property
    def accepted(self) -> bool:
        """Whether it was taken."""
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004  HTTP success


class Pushing(Protocol):
    """What a network knows about pushing; see ``FakeNetwork``."""

    most_in_batch: int

    def compose(self, events: Sequence[Event]) -> tuple[bytes, Mapping[str, str]]:
        """Write the body of these events, with its headers and signature."""
        ...

    def goes_with(self, one: Event, other: Event) -> bool:
        """Tell whether one body may hold both."""
        ...

    def back_off(self, attempts: int) -> timedelta | None:
        """Return how long it waits after so many attempts; None when it gives up."""
        ...


@define
class Deliveries:
    """The events that a network pushes. Safe to use from several threads.

    Attributes:
        receiver: who takes what is pushed, where ``pump`` is not told.
        addresses: who answers at which address, without a socket.
        attempts: every delivery that was made or lost.
    """

    network: Pushing
    clock: FakeClock
    faults: Faults
    receiver: Receiver | None = None
    addresses: dict[str, Receiver] = field(factory=dict)
    events: list[Event] = field(factory=list)
    attempts: list[Attempt] = field(factory=list)
    _lock: Any = field(factory=RLock, repr=False)
    _client: httpx.Client | None = None
    _waiting: Waiting = field(factory=Waiting, repr=False)
    _about: dict[str, list[Event]] = field(factory=dict, repr=False)

    def push(
        self,
        kind: EventKind,
        payload: Any,  # noqa: ANN401  the network's own
        *,
        subject: str = "",
        to: str = "",
        delay: timedelta = timedelta(0),
    ) -> Event:
        """Queue an event; what is to go wrong with it is decided here.

        Args:
            kind: what it is.
            payload: what ``compose`` will be given.
            subject: the id of the message it is, or is about.
            to: the address it is for; empty for ``receiver``.
            delay: how long the network takes.
        """
        with self._lock:
            now = self.clock.now()
            number = len(self.events) + 1
            event = Event(number, kind, subject, payload, to, now, now + delay)
            self._spoil(event)
            self._add(event)
            if self.faults.hit("duplicate", event.kind):
                self._add(evolve(event, number=number + 1, batch=False, drop=False))
            return event

    def _add(self, event: Event) -> None:
        self.events.append(event)
        self._about.setdefault(event.subject, []).append(event)
        self._waiting.put(event)

    def _spoil(self, event: Event) -> None:
        if self.faults.hit("reorder", event.kind):
            event.due += self.faults.hold()
        event.batch = self.network.most_in_batch > 1 and self.faults.hit("batch", event.kind)
        event.drop = self.faults.hit("drop_and_redeliver", event.kind)
        if event.kind in {"edit", "deletion"}:
            self._overtake(event)

    def _overtake(self, event: Event) -> None:
        originals = [one for one in self._about.get(event.subject, ()) if one.state == "queued"]
        if originals and self.faults.hit("edit_before_original", event.kind):
            for one in originals:
                one.due = event.due + _OVERTAKES
                self._waiting.put(one)

    @property
    def queued(self) -> tuple[Event, ...]:
        """What is still to be taken, the next first."""
        with self._lock:
            waiting = [one for one in self.events if one.state in {"queued", "under_way"}]
        return tuple(sorted(waiting, key=_order))

    def next_due(self) -> datetime | None:
        """Return when something is pushed next; None when nothing waits."""
        with self._lock:
            return self._waiting.next_due(lambda _: True)

    def pump(self, receiver: Receiver | None = None) -> list[Attempt]:
        """Hand over everything that is due.

        Args:
            receiver: who takes all of it; without one, whoever each event is for.
        """
        made: list[Attempt] = []
        while events := self._take(receiver):
            made.append(self._deliver(events, receiver))
        return made

    def drain(
        self, receiver: Receiver | None = None, *, most: timedelta = timedelta(days=8)
    ) -> list[Attempt]:
        """Hand over everything, and let time pass until nothing is left.

        Args:
            receiver: see ``pump``.
            most: how much time may pass.
        """
        end = self.clock.now() + most
        made = self.pump(receiver)
        while (due := self._next_taken(receiver)) is not None and due <= end:
            if due > self.clock.now():
                self.clock.advance(due - self.clock.now())
            made += self.pump(receiver)
        return made

    def _next_taken(self, receiver: Receiver | None) -> datetime | None:
        """Return when something is pushed next that somebody takes."""
        with self._lock:
            return self._waiting.next_due(lambda event: self._takes(event, receiver))

    def hand_over(self, events: Iterable[Event]) -> list[Attempt]:
        """Hand over these events now, whatever they are due."""
        made = []
        for event in events:
            with self._lock:
                takes = event.state == "queued" and self._receiver(event, None) is not None
                event.state = "under_way" if takes else event.state
            if takes:
                made.append(self._deliver([event], None))
        return made

    def exchange(self, receiver: Receiver, request: WebhookRequest) -> WebhookResponse:
        """Send a request to who takes it, and return the answer.

        Raises:
            Exception: whatever the receiver raises; ``httpx.HTTPError`` over HTTP.
        """
        if not isinstance(receiver, str):
            return receiver(request)
        if self._client is None:
            self._client = httpx.Client(timeout=PATIENCE, trust_env=False)
        answered = self._client.request(
            request.method,
            receiver,
            params=dict(request.query) or None,
            headers={name.title(): value for name, value in request.headers.items()},
            content=request.body,
        )
        return WebhookResponse(
            status=answered.status_code, headers=dict(answered.headers), body=answered.content
        )

    def at(self, address: str) -> Receiver:
        """Return who answers at an address: in process where one is known, else the address."""
        return self.addresses.get(address, address)

    def _receiver(self, event: Event, receiver: Receiver | None) -> Receiver | None:
        if receiver is not None:
            return receiver
        return self.at(event.to) if event.to else self.receiver

    def _take(self, receiver: Receiver | None) -> list[Event]:
        with self._lock:
            now = self.clock.now()
            first = self._waiting.take(now, lambda event: self._takes(event, receiver))
            if first is None:
                return []
            first.state = "under_way"
            taken = [first]
            while first.batch and len(taken) < self.network.most_in_batch:
                other = self._waiting.take(now, lambda event: self._joins(first, event, receiver))
                if other is None:
                    break
                other.state = "under_way"
                taken.append(other)
            return taken

    def _takes(self, event: Event, receiver: Receiver | None) -> bool:
        return self._receiver(event, receiver) is not None

    def _joins(self, one: Event, other: Event, receiver: Receiver | None) -> bool:
        together = one.to == other.to and self.network.goes_with(one, other)
        return together and self._takes(other, receiver)

    def _deliver(self, events: list[Event], receiver: Receiver | None) -> Attempt:
        now = self.clock.now()
        numbers = tuple(event.number for event in events)
        body, headers = self.network.compose(events)
        status, error = None, "dropped"
        if not any(event.drop for event in events):
            request = WebhookRequest(method="POST", received_at=now, headers=headers, body=body)
            status, error = self._answer_of(events[0], receiver, request)
        attempt = Attempt(
            at=now, events=numbers, to=events[0].to, status=status, error=error, body=body
        )
        with self._lock:
            self.attempts.append(attempt)
            for event in events:
                self._settle(event, attempt)
        return attempt

    def _answer_of(
        self, event: Event, receiver: Receiver | None, request: WebhookRequest
    ) -> tuple[int | None, str]:
        taker = self._receiver(event, receiver)
        assert taker is not None  # noqa: S101  only what somebody takes is taken from the queue
        try:
            return self.exchange(taker, request).status, ""
        except Exception as error:  # noqa: BLE001  a receiver may break in any way, and gets it again
            return None, f"{type(error).__name__}: {error}"

    def _settle(self, event: Event, attempt: Attempt) -> None:
        event.attempts += 1
        event.drop = False
        wait = self.network.back_off(event.attempts)
        if attempt.accepted:
            event.state = "accepted"
        elif wait is None:
            event.state = "lost"
        else:
            event.state, event.due = "queued", attempt.at + wait
            self._waiting.put(event)

    def close(self) -> None:
        """Close the connections to receivers."""
        if self._client is not None:
            self._client.close()
            self._client = None


def _order(event: Event) -> tuple[datetime, int]:
    return event.due, event.number
