"""Running flows, in threads and in event loops alike."""

from __future__ import annotations

import itertools
import logging
import traceback
from datetime import timedelta

import httpx
import pytest

from scskit.core.errors import OutcomeUnknown, Rejected, RetryLater
from scskit.http.driver import AsyncDriver, Driver, tls
from scskit.http.retry import Patience, repeatable

URL = "https://api.example/2/posts"
TOKEN = "t-0815-4711-hush"


def ask(*requests):
    """Send each request, and return what was answered."""
    received = []
    for request in requests:
        response = yield request
        received.append(response)
    return received


def get(url=URL, **given):
    return httpx.Request("GET", url, **given)


def post(url=URL, **given):
    return httpx.Request("POST", url, json={"text": "hello"}, **given)


def answers(*statuses, headers=None):
    """Answer with one status after the other; an exception is raised instead."""
    rest = iter(statuses)

    def play(_):
        status = next(rest)
        if isinstance(status, Exception):
            raise status
        return httpx.Response(status, headers=headers, json={"status": status})

    return play


def test_a_flow_gets_its_answers_and_returns_its_value(road):
    """A connector's author writes what to ask and what to make of it, and no I/O."""

    def flow():
        first = yield get()
        second = yield post(f"{URL}/{first.json()['id']}")
        return second.json()["id"] * 2

    ids = itertools.count(20)
    assert road.run(flow(), lambda _: httpx.Response(200, json={"id": next(ids)})) == 42
    assert [str(request.url) for request in road.seen] == [URL, f"{URL}/20"]


def test_a_flow_that_asks_nothing(road):
    """A flow may find that there is nothing to do."""

    def flow():
        yield from ()
        return "nothing to do"

    assert road.run(flow(), answers()) == "nothing to do"


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_reading_step_is_repeated_when_the_network_stumbles(road, status):
    """Nobody notices a network that fails for a moment."""
    (answer,) = road.run(ask(get()), answers(status, 200))
    assert answer.status_code == 200
    assert len(road.slept) == 1
    assert 1.0 <= road.slept[0] <= 1.25


def test_a_stumbling_network_is_left_to_the_flow_in_the_end(road):
    """After three times the flow says what the answer means."""
    (answer,) = road.run(ask(get()), answers(500, 502, 503))
    assert answer.status_code == 503
    assert len(road.seen) == 3


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_writing_step_is_never_repeated_once_it_left(road, status):
    """Nothing is posted twice because the first answer was an error."""
    (answer,) = road.run(ask(post()), answers(status, headers={"retry-after": "1"}))
    assert answer.status_code == status
    assert road.slept == []


@pytest.mark.parametrize(
    "error", [httpx.ConnectError("refused"), httpx.ConnectTimeout("slow"), httpx.PoolTimeout("")]
)
def test_what_never_left_is_sent_again(road, error):
    """A connection that could not be made costs a moment, also when posting."""
    (answer,) = road.run(ask(post()), answers(error, error, 201))
    assert answer.status_code == 201


def test_what_never_left_is_said_to_be_unsent(road):
    """An outbox may send it later without looking whether it arrived."""
    error = httpx.ConnectError("refused")
    with pytest.raises(RetryLater, match=r"POST .*refused; nothing was sent") as later:
        road.run(ask(post()), answers(error, error, error))
    assert later.value.retry_after == road.patience.longest
    assert later.value.error_class == "retryable"


LOST = [
    httpx.ReadTimeout("slow"),
    httpx.WriteTimeout("slow"),
    httpx.ReadError("reset"),
    httpx.WriteError("broken pipe"),
    httpx.RemoteProtocolError("disconnected without an answer"),
    httpx.DecodingError("not gzip"),
]


@pytest.mark.parametrize("error", LOST, ids=lambda error: type(error).__name__)
def test_no_answer_to_a_post_is_an_unknown_outcome(road, error):
    """What may have been carried out is neither sent again nor called failed."""
    with pytest.raises(OutcomeUnknown, match="may have been carried out"):
        road.run(ask(post()), answers(error, 201))
    assert len(road.seen) == 1


@pytest.mark.parametrize("error", LOST, ids=lambda error: type(error).__name__)
def test_no_answer_to_a_question_is_asked_again(road, error):
    """Reading, and whatever else may be carried out twice, is simply tried again."""
    assert road.run(ask(get()), answers(error, 200))[0].status_code == 200
    keyed = post(headers={"Idempotency-Key": "o-1"})
    assert road.run(ask(keyed), answers(error, 201))[0].status_code == 201
    with pytest.raises(RetryLater, match="may be sent again"):
        road.run(ask(get()), answers(error, error, error))


def test_a_request_that_cannot_be_made_is_rejected(road):
    """A mistake in a connector is not tried for days."""
    with pytest.raises(Rejected, match="the request itself is wrong"):
        road.run(ask(get()), answers(httpx.UnsupportedProtocol("no such scheme")))
    assert len(road.seen) == 1


def test_a_stream_is_sent_once():
    """An upload that is used up by sending it is not sent again empty."""
    assert repeatable(httpx.Request("PUT", URL, content=b"video"))
    assert not repeatable(httpx.Request("PUT", URL, content=iter([b"video"])))


def test_a_short_wait_is_waited(road):
    """A network that asks for two seconds gets them, and then the same question."""
    (answer,) = road.run(ask(get()), answers(429, 200, headers={"retry-after": "2"}))
    assert answer.status_code == 200
    assert road.slept == [2.0]


def test_a_short_window_is_waited_for(road):
    """A reset that is near is waited for like a ``Retry-After``."""
    reset = str(int(road.clock.now().timestamp()) + 4)
    play = answers(429, 200, headers={"x-rate-limit-reset": reset})
    assert road.run(ask(get()), play)[0].status_code == 200
    assert road.slept == [4.0]


def test_a_long_wait_is_handed_on(road):
    """No thread sleeps for minutes: who called is told how long it takes."""

    def flow():
        answer = yield get()
        raise RetryLater(f"status {answer.status_code}", 1.0, code=88)

    with pytest.raises(RetryLater) as later:
        road.run(flow(), answers(429, headers={"retry-after": "900"}))
    assert road.slept == []
    assert (later.value.retry_after, later.value.code) == (900.0, 88)


def test_a_full_window_without_a_wait_is_left_to_the_flow(road):
    """A monthly cap answers 429 as well; only the flow can tell."""
    (answer,) = road.run(ask(get()), answers(429))
    assert (answer.status_code, road.slept) == (429, [])


def test_a_flow_is_never_run_twice(road):
    """What a flow has done before its failing step is not done again."""
    begun = []

    def flow():
        begun.append("upload")
        yield post(f"{URL}/media")
        yield get()

    with pytest.raises(RetryLater):
        road.run(flow(), answers(201, *[httpx.ReadTimeout("slow")] * 3))
    assert begun == ["upload"]
    assert [request.method for request in road.seen] == ["POST", "GET", "GET", "GET"]


def test_a_flow_may_know_a_way_on(road):
    """A flow that can ask whether its message arrived turns an unknown outcome into a known one."""

    def flow():
        try:
            answer = yield post()
        except OutcomeUnknown:
            answer = yield get(f"{URL}/mine")
        return str(answer.url)

    assert road.run(flow(), answers(httpx.ReadTimeout("slow"), 200)) == f"{URL}/mine"


def test_a_flow_cleans_up_whatever_happens(road):
    """A flow's ``finally`` runs when its step fails for good."""
    left = []

    def flow():
        try:
            yield post()
        finally:
            left.append("left")

    with pytest.raises(OutcomeUnknown):
        road.run(flow(), answers(httpx.ReadTimeout("slow")))
    with pytest.raises(ZeroDivisionError):
        road.run(flow(), lambda _: 1 / 0)
    assert left == ["left", "left"]


def test_a_redirect_is_an_answer(road):
    """A token is not carried to wherever an answer points."""
    elsewhere = {"location": "https://evil.example/"}
    (answer,) = road.run(ask(get()), answers(302, headers=elsewhere))
    assert answer.status_code == 302
    assert len(road.seen) == 1


def test_an_answer_may_not_be_endless(road):
    """A network that sends without end fills no memory."""
    road.patience = Patience(most_bytes=1000, attempts=1)
    long = b"x" * 1001
    with pytest.raises(RetryLater, match="longer than 1000 bytes"):
        road.run(ask(get()), lambda _: httpx.Response(200, content=long))
    with pytest.raises(OutcomeUnknown, match="longer than 1000 bytes"):
        road.run(ask(post()), lambda _: httpx.Response(200, content=long))
    (answer,) = road.run(ask(get()), lambda _: httpx.Response(200, content=long[:-1]))
    assert len(answer.content) == 1000


def test_an_answer_may_not_take_forever(road):
    """A network that drips bytes does not hold a worker."""

    class Drip(httpx.SyncByteStream, httpx.AsyncByteStream):
        def __iter__(self):
            for _ in range(100):
                road.clock.advance(timedelta(seconds=1))
                yield b"x"

        async def __aiter__(self):
            for part in self:
                yield part

    with pytest.raises(OutcomeUnknown, match="longer than 60 s"):
        road.run(ask(post()), lambda _: httpx.Response(200, stream=Drip()))


def test_a_compressed_answer_is_read(road):
    """What the network compresses comes out as it was."""
    import gzip

    packed = gzip.compress(b'{"id": "7"}')
    headers = {"content-encoding": "gzip", "content-type": "application/json"}
    (answer,) = road.run(ask(get()), lambda _: httpx.Response(200, content=packed, headers=headers))
    assert answer.json() == {"id": "7"}


def test_a_window_that_is_used_up_is_not_asked(road):
    """A request that would be refused is not sent, and the caller learns until when."""
    reset = road.clock.now() + timedelta(minutes=15)
    told = {
        "x-rate-limit-limit": "300",
        "x-rate-limit-remaining": "0",
        "x-rate-limit-reset": str(int(reset.timestamp())),
    }
    road.run(ask(get()), answers(200, headers=told))
    with pytest.raises(RetryLater, match="budget of acme is used up for 900 s") as later:
        road.run(ask(get()), answers(200))
    assert (later.value.retry_after, later.value.error_class) == (900.0, "rate_limit")
    assert len(road.seen) == 1
    assert road.run(ask(get()), answers(200), account="other")[0].status_code == 200
    assert road.run(ask(get(f"{URL}/elsewhere")), answers(200))[0].status_code == 200
    road.clock.jump_to(reset)
    assert road.run(ask(get()), answers(200))[0].status_code == 200


def test_a_short_pause_of_the_budget_is_waited(road):
    """A reset that is near does not send anybody away."""
    reset = str(int(road.clock.now().timestamp()) + 3)
    told = {"x-rate-limit-remaining": "0", "x-rate-limit-reset": reset}
    road.run(ask(get()), answers(200, headers=told))
    assert road.run(ask(get()), answers(200))[0].status_code == 200
    assert road.slept == [3.0]


def test_a_clock_that_stands_still_holds_nobody(road):
    """Waiting for the budget ends, whatever the clock says."""
    reset = str(int(road.clock.now().timestamp()) + 3)
    told = {"x-rate-limit-remaining": "0", "x-rate-limit-reset": reset}
    road.run(ask(get()), answers(200, headers=told))
    road.clock.advance = lambda _: None
    with pytest.raises(RetryLater, match="budget"):
        road.run(ask(get()), answers(200))


def leaky(url=f"{URL}?access_token={TOKEN}"):
    return httpx.Request(
        "POST",
        url,
        headers={"authorization": f"Bearer {TOKEN}-h"},
        json={"appsecret_proof": f"{TOKEN}-p"},
    )


@pytest.mark.parametrize(
    "outcome",
    [
        httpx.ConnectError(f"refused {TOKEN}"),
        httpx.ReadTimeout(f"slow {TOKEN}-h"),
        httpx.UnsupportedProtocol(f"{TOKEN}-p"),
        400,
    ],
)
def test_no_secret_in_any_log_or_exception(road, outcome, caplog):
    """Logs and tracebacks can be handed to anybody."""

    def flow():
        response = yield leaky()
        response.raise_for_status()  # httpx puts the whole address into its message

    with (
        caplog.at_level(logging.DEBUG),
        pytest.raises((RetryLater, OutcomeUnknown, Rejected, httpx.HTTPStatusError)) as error,
    ):
        road.run(flow(), answers(*[outcome] * 3))
    shown = caplog.text + "".join(traceback.format_exception(error.value))
    assert "api.example/2/posts" in shown
    assert TOKEN not in shown


def test_what_is_logged(road, caplog):
    """Each answer, and each that did not come, is a line with account and address."""
    with caplog.at_level(logging.INFO, "scskit"), pytest.raises(OutcomeUnknown):
        road.run(ask(get(), post()), answers(200, httpx.ReadTimeout("slow")))
    answered, lost = (line for line in caplog.messages if line.startswith("event="))
    assert "'network answered'" in answered
    assert f"account='acme' method='GET' url='{URL}' status=200" in answered
    assert "'network did not answer'" in lost
    assert "meaning='OutcomeUnknown'" in lost


def test_what_is_no_flow_is_refused(road):
    """An author who forgot to yield, or yields the wrong thing, is told so."""
    with pytest.raises(TypeError, match="a flow is a generator: str yields no requests"):
        road.run("receipt", answers())

    def flow():
        yield URL

    with pytest.raises(TypeError, match=r"a flow yields httpx\.Request, not str"):
        road.run(flow(), answers())


def test_a_request_says_who_asks(road):
    """Networks that want to know who asks are told, unless the flow says it better."""
    road.run(ask(get(), get(headers={"user-agent": "acme/1"})), answers(200, 200))
    assert [request.headers["user-agent"] for request in road.seen] == ["scskit", "acme/1"]


def test_a_hosts_client_stays_open():
    """A driver closes what it made, and nothing else."""
    client = httpx.Client(transport=httpx.MockTransport(answers(200)))
    with Driver(client):
        pass
    assert not client.is_closed
    client.close()
    with Driver() as driver:
        pass
    with pytest.raises(RuntimeError, match="closed"):
        driver.run(ask(get()))


def test_one_tls_context_serves_all(monkeypatch):
    """Reading a thousand certificates is done once, not for each driver."""
    made = []
    make = httpx.create_ssl_context
    monkeypatch.setattr(httpx, "create_ssl_context", lambda: made.append("one") or make())
    tls.cache_clear()
    Driver().close()
    Driver().close()
    AsyncDriver()
    assert made == ["one"]
