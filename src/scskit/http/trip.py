"""What a driver decides, apart from how it waits: the same for threads and for event loops."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Final, Generic, TypeVar

import httpx
from attrs import define, field, frozen

from scskit.core.errors import DeliveryError, RetryLater
from scskit.core.ports import Clock
from scskit.http.limits import Budget
from scskit.http.redaction import redact, scrub, secrets_of, shown_url
from scskit.http.retry import Patience, failure
from scskit.http.usage import RECEIVED_AT, wait_told
from scskit.log import Log

T = TypeVar("T")
Flow = Generator[httpx.Request, httpx.Response, T]

USER_AGENT: Final = "scskit"


@frozen(kw_only=True)
class Rules:
    """All decisions on the way to a network; shared by both drivers.

    Attributes:
        clock: tells the time.
        patience: how often and how long.
        budget: what the accounts may still send.
        log: writes to the host's logging.
    """

    clock: Clock
    patience: Patience
    budget: Budget
    log: Log

    def admit(self, account: str, request: httpx.Request, waited: float) -> float:
        """Return how long to wait before sending; 0.0 is now, and counts the request.

        Args:
            account: whose budget it is.
            request: what is about to be sent.
            waited: seconds that it has waited for the budget already.

        Raises:
            RetryLater: the account's budget is used up for longer than a step waits.
        """
        wait = self.budget.take(account, request)
        if waited + wait > self.patience.longest:
            raise RetryLater(
                f"{request.method} {shown_url(request.url)}: not sent, the budget of "
                f"{account or 'the account'} is used up for {wait:.0f} s",
                wait,
                error_class="rate_limit",
            )
        return wait

    def answered(self, account: str, answer: Answer) -> httpx.Response:
        """Learn from an answer, note when it came, and log it."""
        response = answer.whole()
        response.extensions[RECEIVED_AT] = self.clock.now()
        self.budget.learn(account, response)
        request = response.request
        self.log.info(
            "network answered",
            account=account,
            method=request.method,
            url=shown_url(request.url),
            status=response.status_code,
        )
        return response

    def failed(self, account: str, request: httpx.Request, error: Exception) -> DeliveryError:
        """Log that no answer came, and say what it means."""
        meaning = failure(request, error, self.patience)
        self.log.warning(
            "network did not answer",
            account=account,
            method=request.method,
            url=shown_url(request.url),
            error=redact(f"{type(error).__name__}: {error}", secrets_of(request)),
            meaning=type(meaning).__name__,
        )
        return meaning


@define
class Answer:
    """A response while it is being read: not longer than it may be, nor slower."""

    response: httpx.Response
    patience: Patience
    clock: Clock
    _began: float = field(init=False)
    _parts: list[bytes] = field(factory=list)
    _length: int = 0

    def __attrs_post_init__(self) -> None:
        """Begin to count."""
        self._began = self.clock.now().timestamp()

    def take(self, part: bytes) -> None:
        """Add a part.

        Raises:
            httpx.TransportError: it is one too many, or came too late.
        """
        self._parts.append(part)
        self._length += len(part)
        if self._length > self.patience.most_bytes:
            message = f"the answer is longer than {self.patience.most_bytes} bytes"
            raise httpx.RemoteProtocolError(message, request=self.response.request)
        if self.clock.now().timestamp() - self._began > self.patience.deadline:
            message = f"the answer took longer than {self.patience.deadline:g} s"
            raise httpx.ReadTimeout(message, request=self.response.request)

    def whole(self) -> httpx.Response:
        """Return the response with all its content."""
        headers = httpx.Headers(self.response.headers)
        for name in ("content-encoding", "transfer-encoding", "content-length"):
            headers.pop(name, None)  # its parts were decoded when they came
        return httpx.Response(
            self.response.status_code,
            headers=headers,
            content=b"".join(self._parts),
            request=self.response.request,
            extensions=dict(self.response.extensions),
        )


@define
class Trip(Generic[T]):
    """One run of a flow: hands answers in and requests out, and lets no secret out."""

    flow: Flow[T]
    rules: Rules
    account: str
    _secrets: set[str] = field(factory=set)
    _told: float = 0.0
    _value: list[T] = field(factory=list)

    def __attrs_post_init__(self) -> None:
        """Refuse what is no flow, such as a method in which the author forgot to yield."""
        if not isinstance(self.flow, Generator):
            message = f"a flow is a generator: {type(self.flow).__name__} yields no requests"
            raise TypeError(message)

    def begin(self) -> httpx.Request | None:
        """Return the first request; None when the flow ends without any."""
        return self._advance(lambda: next(self.flow))

    def answer(self, response: httpx.Response) -> httpx.Request | None:
        """Hand an answer in, and return the next request; None when the flow has ended."""
        self._told = wait_told(response) or 0.0
        return self._advance(lambda: self.flow.send(response))

    def fail(self, error: DeliveryError) -> httpx.Request | None:
        """Let the flow know that no answer came; it may know better, or know a way on."""
        return self._advance(lambda: self.flow.throw(error))

    def value(self) -> T:
        """Return what the flow returned."""
        return self._value[0]

    def _advance(self, step: Callable[[], httpx.Request]) -> httpx.Request | None:
        try:
            request = step()
        except StopIteration as end:
            self._value.append(end.value)
            return None
        except Exception as error:
            scrub(error, self._secrets)
            if isinstance(error, RetryLater):  # the flow may not have looked at every header
                error.retry_after = max(error.retry_after, self._told)
            raise
        if not isinstance(request, httpx.Request):
            message = f"a flow yields httpx.Request, not {type(request).__name__}"
            raise TypeError(message)
        request.headers.setdefault("user-agent", USER_AGENT)
        self._secrets |= secrets_of(request)
        return request
