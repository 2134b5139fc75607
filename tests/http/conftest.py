"""Both drivers, over networks that tests play."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from attrs import define, field

from scskit.http.driver import AsyncDriver, Driver
from scskit.http.limits import Budget
from scskit.http.retry import Patience
from scskit.testing import FakeClock

Play = Callable[[httpx.Request], httpx.Response]


@define
class Road:
    """A driver of one kind on a network that a function plays; time passes only by sleeping."""

    kind: type
    clock: FakeClock = field(factory=FakeClock)
    slept: list[float] = field(factory=list)
    seen: list[httpx.Request] = field(factory=list)
    patience: Patience = field(factory=lambda: Patience(first_wait=1.0))
    budget: Budget = field(init=False)

    @budget.default
    def _budget(self):
        return Budget(self.clock)

    def run(self, flow, play: Play, account="acme"):
        """Run a flow; ``play`` answers its requests."""

        def answer(request):
            self.seen.append(request)
            return play(request)

        transport = httpx.MockTransport(answer)
        given = {"clock": self.clock, "patience": self.patience, "budget": self.budget}
        if self.kind is Driver:
            with httpx.Client(transport=transport) as client:
                return Driver(client, sleep=self.sleep, **given).run(flow, account)
        return asyncio.run(self._run_async(transport, given, flow, account))

    async def _run_async(self, transport, given, flow, account):
        async with httpx.AsyncClient(transport=transport) as client:
            driver = AsyncDriver(client, sleep=self.sleep_async, **given)
            return await driver.run(flow, account)

    def sleep(self, seconds):
        """Let time pass."""
        self.slept.append(seconds)
        self.clock.advance(timedelta(seconds=seconds))

    async def sleep_async(self, seconds):
        """Let time pass."""
        self.sleep(seconds)


@pytest.fixture(params=[Driver, AsyncDriver], ids=lambda kind: kind.__name__)
def road(request):
    """Give each kind of driver a network to play."""
    return Road(request.param)
