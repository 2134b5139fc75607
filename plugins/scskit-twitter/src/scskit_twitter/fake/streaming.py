"""``GET /2/activity/stream``: a connection on which X goes on talking."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from queue import Empty, SimpleQueue
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

import httpx
from attrs import define, field

from scskit.testing.network import Call, Refused, Routes, answer, written
from scskit_twitter.fake.problems import PROBLEM, TYPES, invalid
from scskit_twitter.fake.rights import APP

if TYPE_CHECKING:
    from scskit_twitter.fake.server import FakeX
else:
    FakeX = Any

routes: Routes[FakeX] = Routes()

MOST_STREAMS: Final = 2
_HEARTBEAT: Final = b"\r\n"
_LOOK: Final = 0.1
"""Seconds between two looks at whether anybody still listens."""

_MOST_BACKFILL: Final = 5


@define(eq=False)
class Stream:
    """One connection.

    Attributes:
        heartbeat: seconds between two signs of life.
        lines: what is still to be sent; None is the end.
    """

    heartbeat: float
    lines: SimpleQueue[bytes | None] = field(factory=SimpleQueue)

    def talk(self) -> Iterator[bytes]:
        """Yield lines as they come, signs of life, and nothing at all where there is neither."""
        last = monotonic()
        while True:
            try:
                line = self.lines.get(timeout=_LOOK)
            except Empty:
                alive = monotonic() - last >= self.heartbeat
                last = monotonic() if alive else last
                yield _HEARTBEAT if alive else b""
                continue
            if line is None:
                return
            last = monotonic()
            yield line


class _Body(httpx.SyncByteStream):
    """The body of an answer that goes on."""

    def __init__(self, network: FakeX, stream: Stream) -> None:
        self._network, self._stream = network, stream

    def __iter__(self) -> Iterator[bytes]:
        yield from self._stream.talk()

    def close(self) -> None:
        with self._network.lock:
            if self._stream in self._network.streams:
                self._network.streams.remove(self._stream)


@routes.add("GET", "/2/activity/stream", APP)
def connect(network: FakeX, call: Call) -> httpx.Response:
    """Begin to talk."""
    if len(network.streams) >= MOST_STREAMS:
        body = {
            "title": "ConnectionException",
            "detail": "This stream is currently at the maximum allowed connection limit.",
            "connection_issue": "TooManyConnections",
            "type": f"{TYPES}streaming-connection",
        }
        raise Refused(answer(429, body, content_type=PROBLEM))
    stream = Stream(network.heartbeat)
    since = network.clock.now() - timedelta(minutes=_backfill(call))
    for at, line in network.streamed:
        if since <= at and "backfill_minutes" in call.query:
            stream.lines.put(line)
    network.streams.append(stream)
    headers = {"content-type": "application/json; charset=utf-8"}
    return httpx.Response(200, headers=headers, stream=_Body(network, stream))


def _backfill(call: Call) -> int:
    given = call.query.get("backfill_minutes", "0")
    if not given.isdecimal() or int(given) > _MOST_BACKFILL:
        raise invalid("backfill_minutes must be 0 to 5", "backfill_minutes", given)
    return int(given)


def send(network: FakeX, data: dict[str, Any]) -> None:
    """Send an event down all connections."""
    line = written({"data": data}) + b"\r\n"
    network.streamed.append((network.clock.now(), line))
    for stream in network.streams:
        stream.lines.put(line)


def hang_up(network: FakeX) -> None:
    """End all connections, as X does when it must: told, and then cut."""
    told = {
        "title": "operational-disconnect",
        "disconnect_type": "UpstreamOperationalDisconnect",
        "detail": "This stream has been disconnected upstream for operational reasons.",
        "type": f"{TYPES}operational-disconnect",
    }
    line = written({"errors": [told]}) + b"\r\n"
    with network.lock:
        for stream in network.streams:
            stream.lines.put(line)
            stream.lines.put(None)
