"""What all fake networks are: a clock, chance, operations, faults, and what they push.

A network is a subclass: it names its ``hosts`` and ``routes``, makes its state in ``set_up``, and
says how it signs, refuses and limits. Everything happens under one lock, in the network's own time.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from random import Random
from threading import RLock
from typing import Any, ClassVar, Final

import httpx
from attrs import define, field

from scskit.http.driver import Driver
from scskit.testing.clock import FakeClock
from scskit.testing.network.answering import respond
from scskit.testing.network.calls import STATUSES, Call, Seen, Trouble, answer
from scskit.testing.network.control import control
from scskit.testing.network.deliveries import Deliveries, Receiver
from scskit.testing.network.faults import Faults
from scskit.testing.network.limiting import Limits
from scskit.testing.network.routing import Routes
from scskit.testing.network.scenario import StepInvalid, Thing
from scskit.testing.network.serving import Served, delivering, serving
from scskit.testing.network.transport import NetworkTransport
from scskit.testing.network.waiting import Event

CONTROL: Final = "/_fake/"
"""Where a harness is answered, and no client of the network."""

_LONGEST_WAIT: Final = 12


@define(kw_only=True)
class Sent:
    """Something that stands on the network because a client of its API asked for it.

    Attributes:
        id: the network's id.
        kind: ``post``, ``reply``, ``message``, or what else the network has.
        account: the id of who sent it, as the network has it.
        text: what it says.
        at: when, by the network's clock.
        answers: the id of what it answers; empty when it answers nothing.
        to: the id of whom it is for; empty when it is for everybody.
        deleted: whether it was taken away again.
        hidden: whether it is hidden.
        extra: what else the network keeps of it; JSON.
    """

    id: str
    kind: str
    account: str
    text: str
    at: datetime
    answers: str = ""
    to: str = ""
    deleted: bool = False
    hidden: bool = False
    extra: dict[str, Any] = field(factory=dict)


class FakeNetwork(ABC):
    """A network that behaves like the real one, in a test or behind an address.

    Attributes:
        name: the connector's.
        hosts: those it stands for.
        routes: its operations; handlers are given the network and the call.
        most_in_batch: how many events one body may hold.
        clock: its time; everything that takes time takes none of the machine's.
        secret: of the app; it signs what is pushed.
        faults: what goes wrong.
        deliveries: what is pushed.
        limits: how often it may be asked.
        random: chance, the same for the same seed.
        names: people and things by the names that scenarios gave them.
        sent: what clients of its API brought onto it, in order.
        log: the requests it was sent, without secrets.
        lock: held while anything happens.
    """

    name: ClassVar[str]
    hosts: ClassVar[frozenset[str]]
    routes: ClassVar[Routes[Any]]
    most_in_batch: int = 1

    def __init__(
        self,
        *,
        seed: int = 0,
        clock: FakeClock | None = None,
        faults: Faults | None = None,
        secret: str = "",
    ) -> None:
        """Begin empty.

        Args:
            seed: of ids and chance; also of the faults, where none are given.
            clock: its time; share it with the desk.
            faults: what goes wrong; nothing unless told.
            secret: of the app; made of the name and the seed unless given.
        """
        self.seed = seed
        self.clock = clock or FakeClock()
        self.faults = faults or Faults(seed)
        self.secret = secret or f"{self.name}-app-secret-{seed}"
        self.lock = RLock()
        self.deliveries = Deliveries(self, self.clock, self.faults)
        self._begin()

    def _begin(self) -> None:
        self.random = Random(self.seed)  # noqa: S311  no secret depends on it
        self.limits = Limits(self.clock)
        self.names: dict[str, Thing[Any]] = {}
        self.sent: list[Sent] = []
        self.log: list[Seen] = []
        self.set_up()

    def reset(self) -> None:
        """Forget everything that happened; who takes what is pushed stays."""
        with self.lock:
            old = self.deliveries
            self.faults.reset(self.faults.seed, **self.faults.rates)
            self.deliveries = Deliveries(self, self.clock, self.faults, old.receiver, old.addresses)
            old.close()
            self._begin()

    # What a network writes.

    @abstractmethod
    def set_up(self) -> None:
        """Make the state of a network on which nothing has happened yet."""

    @abstractmethod
    def customer(self, name: str) -> Thing[Any]:
        """Return the customer with this name; the first time, bring one onto the network."""

    @abstractmethod
    def account(self, name: str) -> Thing[Any]:
        """Return the brand's account with this name; the first time, make it."""

    @abstractmethod
    def settings(self, url: str) -> Mapping[str, Any]:
        """Return what a desk file says to use this network at an address: ``plugins`` tables."""

    @abstractmethod
    def compose(self, events: Sequence[Event]) -> tuple[bytes, Mapping[str, str]]:
        """Write the body of these events, with its headers and signature."""

    def goes_with(self, one: Event, other: Event) -> bool:  # noqa: ARG002  networks look at them
        """Tell whether one body may hold both of these events."""
        return True

    def authorize(self, call: Call, auth: str) -> object:  # noqa: ARG002  for those that ask
        """Return who asks.

        Args:
            call: what is asked.
            auth: what the route says that it takes.

        Raises:
            Refused: nobody who may.
        """
        return None

    def limit(self, call: Call) -> None:  # noqa: B027  most networks count nothing
        """Count a request.

        Raises:
            Refused: there were too many.
        """

    def refusal(self, why: Trouble, call: Call) -> httpx.Response:  # noqa: ARG002  networks look at it
        """Return how the network refuses what it does not even look at."""
        return answer(STATUSES[why], {"error": why})

    def finish(self, call: Call, response: httpx.Response) -> None:  # noqa: B027  as above
        """Add what every answer bears, such as headers on what is left of limits."""

    def back_off(self, attempts: int) -> timedelta | None:
        """Return how long it waits before it pushes once more; None when it gives up."""
        return timedelta(seconds=2**attempts) if attempts <= _LONGEST_WAIT else None

    def path_of(self, request: httpx.Request) -> str:
        """Return the path by which operations are found."""
        return request.url.path

    # What it does with that.

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer a request, whose body has been read.

        Raises:
            httpx.ReadTimeout: a fault; what was asked may have been done.
        """
        if request.url.path.startswith(CONTROL):
            return control(self, request)
        return respond(self, request)

    # What a test or a harness asks for.

    def agent(self, account: str) -> Thing[Any]:
        """Return the account as its people have it in the network's own app, beside the desk."""
        return self.account(account)

    def named(self, name: str) -> Thing[Any]:
        """Return a person or a thing of a scenario.

        Raises:
            StepInvalid: nothing has this name.
        """
        if name not in self.names:
            known = ", ".join(sorted(self.names)) or "nobody yet"
            raise StepInvalid(f"there is no {name!r}; there is: {known}")
        return self.names[name]

    def stamp(self, kind: str = "other") -> datetime:
        """Return the time that something bears which happens now; a fault may make it wrong."""
        return self.clock.now() + self.faults.skew(kind)

    def deliver_to(self, receiver: Receiver, of: str = "") -> None:
        """Say who takes what is pushed: a callable, or an address.

        Args:
            receiver: who takes it.
            of: of which kind of object, on networks where an app has an address for each.

        Raises:
            ValueError: the network has one address for everything.
        """
        if of:
            raise ValueError(f"of: found {of!r}; this network has one address for everything")
        self.deliveries.receiver = receiver

    def requests(self) -> Mapping[str, int]:
        """Return how often each operation was asked for."""
        with self.lock:
            return Counter(note.operation for note in self.log)

    def transport(self) -> NetworkTransport:
        """Return a transport for httpx clients, by which they reach this network and no other."""
        return NetworkTransport(self)

    def client(self) -> httpx.Client:
        """Return a client over that transport."""
        return httpx.Client(transport=self.transport())

    def driver(self) -> Driver:
        """Return a driver of flows, whose waits take the network's time alone."""

        def wait(seconds: float) -> None:
            self.clock.advance(timedelta(seconds=seconds))

        return Driver(self.client(), clock=self.clock, sleep=wait)

    def serve(
        self, port: int = 0, *, host: str = "127.0.0.1", hold: float = 0.2
    ) -> AbstractContextManager[Served]:
        """Answer over real HTTP while the context lasts.

        Args:
            port: 0 takes any that is free.
            host: where to listen.
            hold: seconds that a connection stays silent before it is dropped, where a fault keeps
                an answer back.

        Raises:
            ConfigError: it cannot listen there.
        """
        return serving(self, host, port, hold)

    def delivering(self, every: float = 0.02) -> AbstractContextManager[None]:
        """Push what is due by itself while the context lasts, looking every so many seconds."""
        return delivering(self, every)

    def __iter__(self) -> Iterator[Sent]:
        """Go through what stands on the network of what clients sent, without what was deleted."""
        return (one for one in self.sent if not one.deleted)
