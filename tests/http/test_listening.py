"""A connection that is kept open: whatever happens to it, what came is taken once and in order."""

import logging
from datetime import timedelta

import httpx
import pytest

from scskit.core.errors import CredentialsRejected, Rejected, StoreError
from scskit.http.listening import Endurance, Listener
from scskit.testing import FakeClock

SECRET = "t0p-s3cret-token"


class Network:
    """Answers each connection with the next of these: pieces, an answer, or an error."""

    def __init__(self, *connections):
        """Play these."""
        self.left, self.asked, self.clock = list(connections), [], FakeClock()

    def stream(self, since):
        """Ask for what came since."""
        self.asked.append(since)
        headers = {"authorization": f"Bearer {SECRET}"}
        return httpx.Request("GET", "https://net.example/stream", headers=headers)

    def __call__(self, _):
        """Answer."""
        given = self.left.pop(0)
        if isinstance(given, httpx.Response):
            return given
        return httpx.Response(200, stream=Pieces(self, given))


class Pieces(httpx.SyncByteStream):
    """Pieces of a stream, a second apart; an exception breaks it."""

    def __init__(self, network, given):
        """Play these."""
        self.network, self.given = network, given

    def __iter__(self):
        """Go on."""
        for piece in self.given:
            self.network.clock.advance(timedelta(seconds=1))
            if isinstance(piece, Exception):
                raise piece
            yield piece


def listen(network, take, **endurance):
    """Listen until all connections are played; return the waits."""
    waits = []

    def wait(seconds):
        if seconds:
            waits.append(seconds)
            network.clock.advance(timedelta(seconds=seconds))
        return bool(seconds) and not network.left

    client = httpx.Client(transport=httpx.MockTransport(network))
    listener = Listener(client, clock=network.clock, endurance=Endurance(**endurance), wait=wait)
    with client, listener:
        listener.listen(network, take)
    return waits


def test_whole_lines_are_handed_over_however_they_come():
    """A line may come in pieces and a piece may hold lines; signs of life are no lines."""
    network, got = (
        Network([b'{"a":', b"1}\r\n\r\n", b"\r\n", b'{"b":2}\r\n\r\n{"c":3}\r\n{"d"']),
        [],
    )
    listen(network, got.append)
    assert got == [b'{"a":1}', b'{"b":2}\n{"c":3}']


def test_a_broken_connection_is_opened_again_and_asks_for_what_it_missed():
    """Each further failure waits longer; the first sign of life makes the waits short again."""
    broken = httpx.ReadError("reset")
    network = Network([b"1\n", broken], [broken], [broken], [b"\n", broken], [b"2\n"])
    got, began = [], network.clock.now()
    waits = listen(network, got.append)
    assert got == [b"1", b"2"]
    assert waits == [1.0, 2.0, 4.0, 1.0, 1.0]
    first, *later = network.asked
    assert first is None
    assert later[0] == began + timedelta(seconds=1)
    assert later[1] == later[0]


def test_silence_is_the_end_of_a_connection():
    """A network that gives no sign of life is taken for gone, after a time that httpx keeps."""
    seen = []
    network = Network([httpx.ReadTimeout("nothing")], [b"1\n"])
    stream = network.stream
    network.stream = lambda since: seen.append(stream(since)) or seen[-1]
    listen(network, lambda _: None, silence=33.0)
    assert seen[0].extensions["timeout"]["read"] == 33.0
    assert len(seen) == 2


@pytest.mark.parametrize(
    ("status", "headers", "least"),
    [(503, {}, 1.0), (429, {"retry-after": "77"}, 77.0), (409, {}, 1.0)],
)
def test_a_network_that_is_busy_is_asked_again(status, headers, least):
    """A refusal that passes is waited for, as long as the network says."""
    network, got = Network(httpx.Response(status, headers=headers), [b"1\n"]), []
    assert listen(network, got.append)[0] == least
    assert got == [b"1"]


@pytest.mark.parametrize(
    ("status", "error"), [(401, CredentialsRejected), (403, CredentialsRejected), (400, Rejected)]
)
def test_a_refusal_for_good_is_told(status, error, caplog):
    """A wrong token or a wrong request needs a person; no secret is in what is said."""
    caplog.set_level(logging.DEBUG)
    network = Network(httpx.Response(status, text=f"bad {SECRET}"))
    with pytest.raises(error) as caught:
        listen(network, lambda _: None)
    assert SECRET not in str(caught.value) + caplog.text


def test_what_cannot_be_stored_is_handed_over_again():
    """A database that is away for a while costs no line, and none is read before it is stored."""
    network, got = Network([b"1\n", b"2\n"]), []
    failures = [StoreError("away"), StoreError("away"), None, None]

    def take(lines):
        got.append(lines)
        if failure := failures.pop(0):
            raise failure

    network.left.append([])  # so that there is something to wait for
    waits = listen(network, take)
    assert got == [b"1", b"1", b"1", b"2"]
    assert waits[:2] == [1.0, 2.0]


def test_an_endless_line_is_not_read_to_its_end():
    """A line beyond all measure ends the connection, and takes no memory."""
    network, got = Network([b"x" * 60, b"x" * 60, b"\n"], [b"1\n"]), []
    listen(network, got.append, most_bytes=100)
    assert got == [b"1"]


def test_it_ends_when_it_is_told_to():
    """After the line that was being handed over, and before any other."""
    network, got = Network([b"1\n", b"2\n"]), []
    client = httpx.Client(transport=httpx.MockTransport(network))
    with client, Listener(client, clock=network.clock, wait=lambda _: bool(got)) as listener:
        listener.listen(network, got.append)
    assert got == [b"1"]
