"""Listening: a connection that is kept open, down which a network goes on talking.

::

    open ──► line, line, sign of life, line ──► taken, durably ──► next
      ▲                                                              │
      └── wait, longer each time ◄── silence, broken, refused ◄──────┘

No public address is needed for it. What comes is handed over before more is read; when a
connection breaks, the next one asks for what came meanwhile, where the network can say it again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final, Protocol

import httpx
from attrs import frozen

from scskit.core.errors import CredentialsRejected, Rejected, StoreError
from scskit.core.ports import Clock
from scskit.core.time import SystemClock
from scskit.http.closing import Closing
from scskit.http.driver import tls
from scskit.http.redaction import hide_in_httpx_logs, redact, secrets_of, shown_url
from scskit.http.trip import USER_AGENT
from scskit.http.usage import wait_told
from scskit.log import Log

Take = Callable[[bytes], object]
Wait = Callable[[float], bool]
"""Waits so many seconds; True when it is time to end."""


class Streaming(Protocol):
    """What a connector does about streams; see ``scskit.plugins.Connector``."""

    def stream(self, since: datetime | None) -> httpx.Request:
        """Make the request that opens a connection."""
        ...


@frozen(kw_only=True)
class Endurance:
    """How a listener bears what goes wrong.

    Attributes:
        silence: seconds after which a network that gives no sign of life is taken for gone.
        first_wait: seconds before a connection is opened again, doubled each time that nothing
            came down it.
        longest: seconds of the longest wait, unless the network names a longer one.
        most_bytes: of one line.
    """

    silence: float = 60.0
    first_wait: float = 1.0
    longest: float = 320.0
    most_bytes: int = 8 * 2**20


class Gone(Exception):
    """A connection ended, whatever the reason; it is opened again."""

    def __init__(self, reason: str, wait: float = 0.0) -> None:
        """Say why, and how long the network asks to wait at least."""
        super().__init__(reason)
        self.wait = wait


_REFUSED: Final = frozenset({401, 403})
_LATER: Final = frozenset({408, 409, 425, 429})
_SERVER: Final = 500
_LONGEST_REASON: Final = 300


class Listener(Closing):
    """Keeps one connection open, in the calling thread, until it is told to end."""

    def __init__(
        self,
        client: httpx.Client | None = None,
        *,
        clock: Clock | None = None,
        endurance: Endurance | None = None,
        wait: Wait | None = None,
    ) -> None:
        """Listen over a client.

        Args:
            client: the host's own, which stays open; one is made when none is given.
            clock: tells the time; the machine's by default.
            endurance: what it bears.
            wait: waits, and says whether to end, such as ``threading.Event().wait``; it is asked
                after each sign of life as well. Without one, it listens for ever.
        """
        hide_in_httpx_logs()
        self._endurance = endurance or Endurance()
        self._clock = clock or SystemClock()
        self._wait = wait or _for_ever
        self._log = Log()
        self._own = client is None
        self._client = client or httpx.Client(verify=tls())
        self._since: datetime | None = None
        self._wait_next = self._endurance.first_wait
        self.taking = False
        """Whether something is being handed over just now, which nobody should interrupt."""

    def listen(self, connector: Streaming, take: Take) -> None:
        """Hand over what comes, until ``wait`` says that it is time to end.

        Args:
            connector: makes the request, and names itself in it.
            take: stores one or more whole lines before it returns, such as
                ``lambda body: desk.streamed("twitter", body)``. While it raises ``StoreError`` it
                is called again with the same lines.

        Raises:
            CredentialsRejected: the network does not take the token.
            Rejected: it refuses the request as such.
        """
        while True:
            request = connector.stream(self._since)
            try:
                if self._follow(request, take):
                    return
                reason = Gone("the network ended it")
            except Gone as gone:
                reason = gone
            except httpx.RequestError as error:
                told = redact(f"{type(error).__name__}: {error}", secrets_of(request))
                reason = Gone(told)
            if self._wait(self._pause(request, reason)):
                return

    def _pause(self, request: httpx.Request, reason: Gone) -> float:
        """Return how long to wait before the next connection, longer each time."""
        wait = max(self._wait_next, reason.wait)
        self._wait_next = min(self._wait_next * 2, self._endurance.longest)
        self._log.warning(
            "stream ended", url=shown_url(request.url), reason=str(reason), opened_again_in=wait
        )
        return wait

    def _follow(self, request: httpx.Request, take: Take) -> bool:
        """Follow one connection to its end; return whether it is time to end altogether."""
        silence = self._endurance.silence
        request.headers.setdefault("user-agent", USER_AGENT)
        request.extensions["timeout"] = httpx.Timeout(10.0, read=silence).as_dict()
        response = self._client.send(request, stream=True, follow_redirects=False)
        try:
            if response.status_code != httpx.codes.OK:
                raise self._refusal(request, response)
            self._log.info("stream opened", url=shown_url(request.url))
            for lines in self._lines(response):
                if lines and not self._taken(lines, take):
                    return True
                self._since = self._clock.now()
                self._wait_next = self._endurance.first_wait
                if self._wait(0.0):
                    return True
        finally:
            response.close()
        return False

    def _lines(self, response: httpx.Response) -> Iterator[bytes]:
        """Yield the whole lines of each piece that comes; nothing for a sign of life."""
        rest = b""
        for piece in response.iter_bytes():
            whole, newline, rest = (rest + piece).rpartition(b"\n")
            if len(rest) > self._endurance.most_bytes:
                raise Gone(f"a line is longer than {self._endurance.most_bytes} bytes")
            yield b"\n".join(line for line in (whole + newline).splitlines() if line.strip())

    def _taken(self, lines: bytes, take: Take) -> bool:
        """Hand lines over, however long the store takes; False when it is time to end before."""
        wait = self._endurance.first_wait
        while True:
            self.taking = True
            try:
                take(lines)
            except StoreError as error:
                self._log.warning("stream not stored", error=str(error), tried_again_in=wait)
            else:
                return True
            finally:
                self.taking = False
            if self._wait(wait):
                return False
            wait = min(wait * 2, self._endurance.longest)

    def _refusal(self, request: httpx.Request, response: httpx.Response) -> Exception:
        """Return what it means that no stream was opened."""
        response.read()
        status = response.status_code
        said = redact(response.text[:_LONGEST_REASON], secrets_of(request))
        message = f"{request.method} {shown_url(request.url)} answered {status}: {said}"
        if status in _REFUSED:
            return CredentialsRejected(message, code=status, error_class="auth")
        if status in _LATER or status >= _SERVER:
            return Gone(message, wait_told(response) or 0.0)
        return Rejected(message, code=status, error_class="permanent")

    def close(self) -> None:
        """Close the client, unless the host gave it."""
        if self._own:
            self._client.close()


def _for_ever(seconds: float) -> bool:
    time.sleep(seconds)
    return False
