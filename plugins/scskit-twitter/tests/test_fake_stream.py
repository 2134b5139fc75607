"""The stream of the fake X, over real HTTP."""

import json
from datetime import timedelta
from threading import Thread

import httpx
import pytest
import tomli_w
from openapi_core import V30ResponseValidator

import scskit_twitter
from scskit import open_desk
from scskit.core.errors import ConfigError, CredentialsRejected
from scskit.core.time import SystemClock
from scskit_twitter.config import read
from scskit_twitter.connector import TwitterConnector


@pytest.fixture
def lines(x, described):
    """Listen to the stream over real HTTP; each event is held against X's description."""
    opened = []
    with x.serve() as served, httpx.Client(base_url=served.url, trust_env=False) as client:
        headers = {"authorization": f"Bearer {x.app.bearer_token}"}

        def listen(**query):
            request = client.build_request(
                "GET", "/2/activity/stream", headers=headers, params=query, timeout=30
            )
            response = client.send(request, stream=True)
            opened.append(response)
            return response, checked_lines(response, described)

        yield listen
        x.hang_up()
        for response in opened:
            response.close()


def checked_lines(response, described):
    for line in response.iter_lines():
        if line and described is not None and "errors" not in line and '"dm.' not in line:
            check_event(json.loads(line), described)
        yield line


def check_event(event, described):
    path = described / "paths" / "/2/activity/stream" / "get" / "responses" / "200"
    schema = path / "content" / "application/json" / "schema" / "properties" / "data" / "properties"
    known = V30ResponseValidator(described).schema_validators_factory.create(
        described, schema / "event_uuid"
    )
    known.validate(event["data"]["event_uuid"])
    name = {"post.delete": "PostDeleteActivityResponsePayload"}.get(
        event["data"]["event_type"], "Post"
    )
    payload = described / "components" / "schemas" / name
    V30ResponseValidator(described).schema_validators_factory.create(described, payload).validate(
        event["data"]["payload"]
    )


def next_text(lines):
    return next(line for line in lines if line)


def test_the_stream_goes_on_talking(x, lines):
    """Events come as lines on one connection, with signs of life between them."""
    x.heartbeat = 0.05
    _, talk = lines()
    assert next(talk) == ""  # a sign of life
    x.customer("ana").posts("@acme one")
    x.customer("ana").writes("two")
    x.account("acme").posts("three").deleted()
    kinds = [json.loads(next_text(talk))["data"]["event_type"] for _ in range(4)]
    assert kinds == ["post.mention.create", "dm.received", "post.create", "post.delete"]


def test_a_stream_ends_with_a_word(x, lines):
    """X hangs up now and then, and says so; who comes back can have the last minutes again."""
    _, talk = lines()
    Thread(target=x.hang_up).start()
    assert json.loads(next_text(talk))["errors"][0]["title"] == "operational-disconnect"
    assert list(talk) == []
    x.customer("ana").posts("@acme while nobody listened")
    x.clock.advance(timedelta(minutes=1))
    _, talk = lines(backfill_minutes=2)
    assert "while nobody listened" in next_text(talk)


def test_there_are_two_streams_at_most(lines):
    """A third connection is refused."""
    assert [lines()[0].status_code for _ in range(3)] == [200, 200, 429]


def test_a_desk_listens(x, tmp_path):
    """What comes down the stream becomes cases, and what cannot be read ends nothing."""
    with opened(x, tmp_path) as desk:
        assert desk.streamed("twitter", b'{"data": {"event_type": 5}}') == "accepted"
        assert desk.streamed("twitter", b"no json") == "unreadable"
        assert desk.streamed("twitter", b'{"errors": [{"title": "operational-disconnect"}]}') == (
            "ignored"
        )
        x.customer("ana").posts("@acme one")
        x.customer("ana").writes("two")
        body = b"".join(line for _, line in x.streamed)
        for _ in range(2):  # a stream says again what it is asked for
            assert desk.streamed("twitter", body) == "accepted"
        assert sum(case.inbound_count for case in desk.cases.find().cases) == 2
        assert len(desk.intake.quarantined()) == 2
        assert desk.webhooks.counts["twitter"] == {"accepted": 3, "unreadable": 1, "ignored": 1}
        with pytest.raises(ConfigError, match="no connector 'x'"):
            desk.streamed("x", b"")


def opened(x, folder):
    config = folder / "desk.toml"
    config.write_bytes(tomli_w.dumps({"desk": {"tenant": "acme"}, **x.settings()}).encode())
    url = f"sqlite:///{folder}/desk.db"
    return open_desk(url, config, plugins=[scskit_twitter], discover=False, clock=x.clock)


def test_the_request_for_the_stream(x, connector):
    """It bears the app's own token, and asks for as many minutes as were missed, five at most."""
    first = connector.stream(None)
    assert first.headers["authorization"] == f"Bearer {x.app.bearer_token}"
    assert first.url.params["backfill_minutes"] == "5"
    missed = SystemClock().now() - timedelta(seconds=90)
    assert connector.stream(missed).url.params["backfill_minutes"] == "2"
    table = {**x.settings()["plugins"]["twitter"], "backfill": False}
    without = TwitterConnector(read({"twitter": table}))
    assert "backfill_minutes" not in without.stream(None).url.params
    table.pop("bearer")
    with pytest.raises(CredentialsRejected, match="lacks bearer"):
        TwitterConnector(read({"twitter": table})).stream(None)
