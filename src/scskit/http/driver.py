"""Runs flows: generators that yield requests, are sent responses, and return a value.

::

    flow ──request──► budget ──► attempts (tenacity) ──► httpx ──► network
         ◄─response── learned, noted, logged ◄───────────────────────┘

The flow knows the network; who runs it knows everything about the way there. Both drivers here
share all decisions (``trip``, ``retry``, ``limits``) and differ in how they wait.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from functools import cache
from types import TracebackType
from typing import Self, TypeVar

import httpx
from tenacity import AsyncRetrying, Retrying

from scskit.core.errors import DeliveryError
from scskit.core.ports import Clock
from scskit.core.time import SystemClock
from scskit.http.closing import Closing
from scskit.http.limits import Budget
from scskit.http.redaction import hide_in_httpx_logs
from scskit.http.retry import Patience, retrying
from scskit.http.trip import Answer, Flow, Rules, Trip
from scskit.log import Log

T = TypeVar("T")

TIMEOUT = httpx.Timeout(connect=5.0, read=20.0, write=20.0, pool=5.0)
"""Seconds for each part of an exchange."""


@cache
def tls() -> ssl.SSLContext:
    """Return the TLS context of all clients: making one reads a thousand certificates."""
    return httpx.create_ssl_context()


def _rules(clock: Clock | None, patience: Patience | None, budget: Budget | None) -> Rules:
    hide_in_httpx_logs()
    clock = clock or SystemClock()
    return Rules(
        clock=clock, patience=patience or Patience(), budget=budget or Budget(clock), log=Log()
    )


class Driver(Closing):
    """Runs flows in the calling thread; may be used from several threads at once.

    One client is kept, and with it its connections and its TLS context.
    """

    def __init__(
        self,
        client: httpx.Client | None = None,
        *,
        clock: Clock | None = None,
        patience: Patience | None = None,
        budget: Budget | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Run flows over a client.

        Args:
            client: the host's own, which stays open; one is made when none is given.
            clock: tells the time; the machine's by default.
            patience: how often and how long a step is tried.
            budget: what the accounts may still send, when several drivers share it.
            sleep: waits so many seconds.
        """
        self._rules = _rules(clock, patience, budget)
        self._own = client is None
        self._client = client or httpx.Client(verify=tls(), timeout=TIMEOUT)
        self._sleep = sleep

    def run(self, flow: Flow[T], account: str = "") -> T:
        """Run a flow to its end.

        Args:
            flow: what a connector's ``send``, ``fetch`` or ``find_sent`` returned.
            account: whose budget it uses.

        Returns:
            What the flow returns.

        Raises:
            DeliveryError: of the kind that says what to do next; no secret is in it.
        """
        trip = Trip(flow, self._rules, account)
        with closing(flow):
            request = trip.begin()
            while request is not None:
                try:
                    response = self._step(account, request)
                except DeliveryError as error:
                    request = trip.fail(error)
                else:
                    request = trip.answer(response)
            return trip.value()

    def _step(self, account: str, request: httpx.Request) -> httpx.Response:
        attempts = Retrying(sleep=self._sleep, **retrying(request, self._rules.patience))
        try:
            return attempts(self._exchange, account, request)
        except httpx.RequestError as error:
            raise self._rules.failed(account, request, error) from error

    def _exchange(self, account: str, request: httpx.Request) -> httpx.Response:
        waited = 0.0
        while wait := self._rules.admit(account, request, waited):
            self._sleep(wait)
            waited += wait
        response = self._client.send(request, stream=True, follow_redirects=False)
        try:
            answer = Answer(response, self._rules.patience, self._rules.clock)
            for part in response.iter_bytes():
                answer.take(part)
        finally:
            response.close()
        return self._rules.answered(account, answer)

    def close(self) -> None:
        """Close the client, unless the host gave it."""
        if self._own:
            self._client.close()


class AsyncDriver:
    """Runs the same flows in an event loop, with the same decisions."""

    def __init__(
        self,
        client: httpx.AsyncClient | None = None,
        *,
        clock: Clock | None = None,
        patience: Patience | None = None,
        budget: Budget | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Run flows over a client; see ``Driver``."""
        self._rules = _rules(clock, patience, budget)
        self._own = client is None
        self._client = client or httpx.AsyncClient(verify=tls(), timeout=TIMEOUT)
        self._sleep = sleep

    async def run(self, flow: Flow[T], account: str = "") -> T:
        """Run a flow to its end; see ``Driver.run``.

        When the task is cancelled while a request is under way, its outcome is unknown.
        """
        trip = Trip(flow, self._rules, account)
        with closing(flow):
            request = trip.begin()
            while request is not None:
                try:
                    response = await self._step(account, request)
                except DeliveryError as error:
                    request = trip.fail(error)
                else:
                    request = trip.answer(response)
            return trip.value()

    async def _step(self, account: str, request: httpx.Request) -> httpx.Response:
        attempts = AsyncRetrying(sleep=self._sleep, **retrying(request, self._rules.patience))
        try:
            return await attempts(self._exchange, account, request)
        except httpx.RequestError as error:
            raise self._rules.failed(account, request, error) from error

    async def _exchange(self, account: str, request: httpx.Request) -> httpx.Response:
        waited = 0.0
        while wait := self._rules.admit(account, request, waited):
            await self._sleep(wait)
            waited += wait
        response = await self._client.send(request, stream=True, follow_redirects=False)
        try:
            answer = Answer(response, self._rules.patience, self._rules.clock)
            async for part in response.aiter_bytes():
                answer.take(part)
        finally:
            await response.aclose()
        return self._rules.answered(account, answer)

    async def close(self) -> None:
        """Close the client, unless the host gave it."""
        if self._own:
            await self._client.aclose()

    async def __aenter__(self) -> Self:
        """Use the driver in an ``async with`` block."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close it at the end."""
        await self.close()
