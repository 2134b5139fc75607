"""The stream of the fake X, over real HTTP."""

import json
from datetime import timedelta
from threading import Thread

import httpx
import pytest
from openapi_core import V30ResponseValidator


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
