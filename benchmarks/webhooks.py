"""Webhooks: signed deliveries a second that ``scskit serve`` stores, applies and acknowledges.

The server is the real one, on loopback, on SQLite with ``synchronous=FULL``. The sender is this
process: its requests are made and signed beforehand, and it keeps a number of connections busy, on
each of which a delivery goes out when the one before it is acknowledged.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter
from urllib.parse import urlsplit

from benchmarks import traffic
from benchmarks.lab import SMALL, Lab
from benchmarks.measure import Goal, Line
from scskit.http.signing import sign

SECRET = "made up"  # noqa: S105  it guards a benchmark
CONNECTIONS = 64
WARM_UP = 500
SETTINGS = f"""
[plugins.twitter]
secrets = ["{SECRET}"]
accounts.twitter_care.user_id = "100"
"""
_TIME = "%a %b %d %H:%M:%S +0000 %Y"


def webhooks(lab: Lab) -> Iterator[Line]:
    """Signed deliveries over HTTP, one message each, from another process."""
    count = lab.size(20_000, 2_000)
    requests = [_request(SMALL + number) for number in range(WARM_UP + count)]
    samples = [_run(lab, requests) for _ in range(lab.size(3, 1))]
    yield Line(
        name="webhook deliveries",
        unit="deliveries/s",
        ours=median(samples),
        goal=Goal(must=1000),
        note=f"scskit serve, SQLite FULL, {CONNECTIONS} connections, {count:,} deliveries",
        samples={"ours": samples},
    )


def _run(lab: Lab, requests: Sequence[bytes]) -> float:
    with lab.bases.fresh(SMALL) as path, _server(path) as (host, port):
        asyncio.run(_send(host, port, requests[:WARM_UP]))
        start = perf_counter()
        asyncio.run(_send(host, port, requests[WARM_UP:]))
        seconds = perf_counter() - start
        with closing(sqlite3.connect(path)) as connection:
            (stored,) = connection.execute("SELECT count(*) FROM scs_interaction").fetchone()
        assert stored == SMALL + len(requests), "not everything acknowledged is there"
    return (len(requests) - WARM_UP) / seconds


@contextmanager
def _server(path: Path) -> Iterator[tuple[str, int]]:
    desk_file = path.with_name("desk.toml")
    desk_file.write_text(traffic.DESK_FILE.read_text(encoding="utf-8") + SETTINGS, "utf-8")
    options = ["--db", str(path), "--config", str(desk_file), "--port", "0"]
    command = [sys.executable, "-m", "scskit", "serve", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603
        assert server.stdout is not None
        said = server.stdout.readline().split()
        address = urlsplit(next(word for word in said if word.startswith("http:")))
        yield str(address.hostname), int(address.port or 0)
        server.terminate()
        assert server.wait(60) == 0


async def _send(host: str, port: int, requests: Sequence[bytes]) -> None:
    """Send all requests over a number of connections, each waiting for its answer."""
    waiting = iter(requests)

    async def one_connection() -> None:
        reader, writer = await asyncio.open_connection(host, port)
        for request in waiting:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head
            length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
            await reader.readexactly(length)
        writer.close()
        await writer.wait_closed()

    await asyncio.gather(*(one_connection() for _ in range(CONNECTIONS)))


def _request(number: int) -> bytes:
    """Make a signed delivery of X's older shape, with message ``number`` of the traffic."""
    said = traffic.message(number)
    post = {
        "id_str": said.external_id,
        "created_at": said.posted_at.strftime(_TIME),
        "text": said.text,
        "user": {
            "id_str": said.author.external_id,
            "screen_name": said.author.handle,
            "name": said.author.name,
        },
        "entities": {"user_mentions": [{"id_str": "100", "indices": [0, 5]}]},
    }
    body = json.dumps({"for_user_id": "100", "tweet_create_events": [post]}).encode()
    head = (
        "POST /webhooks/twitter HTTP/1.1",
        "host: localhost",
        "content-type: application/json",
        f"x-twitter-webhooks-signature: {sign(body, SECRET, 'base64')}",
        f"content-length: {len(body)}",
    )
    return "\r\n".join((*head, "", "")).encode() + body
