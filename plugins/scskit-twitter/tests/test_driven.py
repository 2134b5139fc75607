"""The flows under the real driver: a send whose answer is lost, and what is found of it."""

from datetime import UTC, datetime

import httpx
import pytest

from scskit.core.errors import CredentialsRejected, OutcomeUnknown
from scskit.http.driver import Driver
from scskit.plugins import Outbound
from scskit_twitter.config import read
from scskit_twitter.connector import TwitterConnector

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
CONNECTOR = TwitterConnector(
    read({"twitter": {"accounts": {"acme": {"user_id": "100", "token": "t0p-s3cret"}}}})
)
REPLY = Outbound(
    id="o1",
    case_id="c1",
    account="acme",
    text="On its way!",
    visibility="public",
    created_at=NOON,
    in_reply_to="77",
)


def driver(handler):
    return Driver(httpx.Client(transport=httpx.MockTransport(handler)), sleep=lambda _: None)


def test_a_lost_answer_is_looked_up_and_not_sent_again():
    """A reply that arrived while its answer was lost is found by looking; there is one of it."""
    posted = []

    def x(request):
        if request.method == "POST":
            posted.append(request)
            raise httpx.ReadTimeout("too slow", request=request)
        there = {
            "id": "9",
            "text": "@ana On its way!",
            "created_at": "2026-11-02T12:00:01.000Z",
            "referenced_posts": [{"type": "replied_to", "id": "77"}],
        }
        return httpx.Response(200, json={"data": [there], "meta": {}})

    network = driver(x)
    with pytest.raises(OutcomeUnknown):
        network.run(CONNECTOR.send(REPLY), "acme")
    assert network.run(CONNECTOR.find_sent(REPLY), "acme").external_id == "9"
    assert len(posted) == 1


def test_no_secret_is_in_an_error():
    """What X answers may repeat the token; what people are shown does not."""

    def x(request):
        detail = f"bad {request.headers['authorization']}"
        return httpx.Response(401, json={"title": "Unauthorized", "detail": detail})

    with pytest.raises(CredentialsRejected) as caught:
        driver(x).run(CONNECTOR.fetch("acme", None), "acme")
    assert "t0p-s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("flow", "body"),
    [
        (lambda: CONNECTOR.hide("acme", "77"), {"data": {"hidden": True}}),
        (lambda: CONNECTOR.delete("acme", "77"), {"data": {"deleted": True}}),
        (lambda: CONNECTOR.upload("acme", b"x", "image/png"), {"data": {"id": "7"}}),
        (lambda: CONNECTOR.upload_status("acme", "7"), {"data": {"id": "7"}}),
        (lambda: CONNECTOR.fetch("acme", None), {"meta": {"result_count": 0}}),
    ],
)
def test_every_flow_of_the_connector_runs(flow, body):
    """Each thing the connector can do is one call away for a host."""
    sent = []

    def x(request):
        sent.append(request.url.host)
        return httpx.Response(200, json=body)

    driver(x).run(flow(), "acme")
    assert set(sent) == {"api.x.com"}
