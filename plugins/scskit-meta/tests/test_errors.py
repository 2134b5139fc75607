import os
from pathlib import Path

import httpx
import orjson
import pytest

from scskit.core.errors import CredentialsRejected, OutcomeUnknown, Rejected, RetryLater
from scskit.plugins import Secret
from scskit_meta.errors import classify, delivery_error, read_fault
from scskit_meta.graph import Graph

SHARED = Path(os.environ.get("SCSKIT_SHARED") or Path(__file__).parents[4] / "shared")
ABSENT = pytest.mark.skip(f"there are no recorded errors in {SHARED}; set SCSKIT_SHARED")
RECORDED = sorted((SHARED / "payloads" / "errors").glob("*_facebook_*.json"))
GRAPH = Graph(base_url="https://graph.facebook.com", version="v23.0", token=Secret("EAAtoken"))


def error(code, subcode=None, **more):
    told = {"message": "no", "type": "OAuthException", "code": code, **more}
    return {"error": told | ({"error_subcode": subcode} if subcode else {})}


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, error(4), "rate_limit"),
        (400, error(17, 2446079), "rate_limit"),
        (400, error(80006), "rate_limit"),
        (500, error(1), "retryable"),
        (400, error(1200), "retryable"),
        (400, error("-1"), "retryable"),
        (400, error(9), "rate_limit"),
        (400, error(506), "policy"),
        (500, error(2, is_transient=True), "retryable"),
        (500, error(1, is_transient=False), "permanent"),
        (400, error(987654, is_transient=True), "retryable"),
        (400, error(190, 463), "auth"),
        (400, error("190"), "auth"),
        (403, error(10), "permission"),
        (403, error(230), "permission"),
        (400, error(10, 2018278), "window"),
        (403, error(10, 2534022), "window"),
        (400, error(10, 2018108), "policy"),
        (400, error(368), "policy"),
        (400, error(100, 33), "permanent"),
        (400, error(200, 1545041), "permanent"),
        (400, error(551, 1545041), "permanent"),
        (200, error(10900), "permanent"),
        (400, {"error_type": "OAuthException", "code": 400, "error_message": "no"}, "auth"),
        (400, {"error_code": 190, "error_msg": "no"}, "auth"),
        (400, {"error_code": "4", "error_description": "no"}, "rate_limit"),
        (400, {"errors": [{"code": 100, "title": "no"}]}, "permanent"),
        (429, error(None), "rate_limit"),
        (401, error(None, type="Other"), "auth"),
        (403, error(99999), "permission"),
        (503, error(99999), "retryable"),
        (418, error(99999), "permanent"),
    ],
)
def test_errors_are_told_apart_by_code_first(status, body, expected):
    """Code and subcode decide, Meta's word on whether it passes corrects, the status is last."""
    assert classify(read_fault(status, body)) == expected


@pytest.mark.parametrize(
    "path", RECORDED or [pytest.param(Path("absent"), marks=ABSENT)], ids=lambda path: path.stem
)
def test_recorded_errors_are_classified(path):
    """What Meta really answered is understood as people understood it."""
    recorded = orjson.loads(path.read_bytes())
    fault = read_fault(recorded["http_status"], recorded["body"], recorded["headers"])
    wanted = recorded["expect"]
    assert classify(fault) == wanted["class"]
    assert (fault.code, fault.subcode) == (wanted.get("code"), wanted.get("subcode"))
    raised = delivery_error(fault, classify(fault))
    assert isinstance(raised, RetryLater) == wanted["retry"]


def test_errors_beside_something_done_are_no_refusal():
    """An answer that carries out what was asked and tells of errors as well is not sent again."""
    assert read_fault(200, {"messages": [{"id": "wamid.1"}], "errors": [{"code": 1}]}) is None


def run(flow, response):
    request = next(flow)
    response.request = request
    try:
        flow.send(response)
    except StopIteration as done:
        return done.value
    raise AssertionError("the flow asked for more")


@pytest.mark.parametrize(
    ("response", "kind", "error_class"),
    [
        (httpx.Response(400, json=error(190, 463)), CredentialsRejected, "auth"),
        (httpx.Response(403, json=error(10)), CredentialsRejected, "permission"),
        (httpx.Response(400, json=error(100)), Rejected, "permanent"),
        (httpx.Response(400, json=error(4)), RetryLater, "rate_limit"),
        (httpx.Response(503, json=error(2)), OutcomeUnknown, "retryable"),
        (httpx.Response(400, json=error(2)), RetryLater, "retryable"),
        (httpx.Response(502, text="<html>"), OutcomeUnknown, "retryable"),
        (httpx.Response(200, text=""), OutcomeUnknown, "retryable"),
        (httpx.Response(200, json=[]), OutcomeUnknown, "retryable"),
        (httpx.Response(404, text="no"), Rejected, "permanent"),
        (httpx.Response(200, json=error(368)), Rejected, "policy"),
    ],
)
def test_an_answer_says_what_to_do_next(response, kind, error_class):
    """An error becomes the kind of DeliveryError to act on, also inside HTTP 200."""
    with pytest.raises(kind) as caught:
        run(GRAPH.post(("1", "messages"), {}), response)
    assert caught.value.error_class == error_class


def test_a_question_may_be_asked_again_when_nothing_came_back():
    """Where nothing can have happened, an empty answer is no unknown outcome."""
    for response in (httpx.Response(200, text=""), httpx.Response(502, text="<html>")):
        with pytest.raises(RetryLater):
            run(GRAPH.get(("1",)), response)


def test_what_support_needs_is_kept():
    """The vendor's code, subcode and request id go along with the error."""
    response = httpx.Response(400, json=error(100, 33, fbtrace_id="AbC"))
    with pytest.raises(Rejected) as caught:
        run(GRAPH.post(("1",), {}), response)
    assert (caught.value.code, caught.value.subcode, caught.value.request_id) == (100, 33, "AbC")


def test_the_wait_that_meta_asks_for_is_kept():
    """Usage headers say in minutes when requests are let through again."""
    usage = '{"1":[{"type":"messenger","call_count":100,"estimated_time_to_regain_access":7}]}'
    response = httpx.Response(400, json=error(80006), headers={"X-Business-Use-Case-Usage": usage})
    with pytest.raises(RetryLater) as caught:
        run(GRAPH.post(("1",), {}), response)
    assert caught.value.retry_after == 7 * 60


def test_a_token_that_meta_quotes_is_hidden():
    """Meta repeats a token that it cannot read; the error does not."""
    body = error(190, message="Malformed access token EAAtoken")
    with pytest.raises(CredentialsRejected) as caught:
        run(GRAPH.post(("1",), {}), httpx.Response(400, json=body))
    assert "EAAtoken" not in str(caught.value)


def test_requests_carry_the_token_in_a_header_alone():
    """No access token stands in an address, where logs would find it."""
    graph = Graph(
        base_url="https://graph.facebook.com",
        version="v23.0",
        token=Secret("EAAtoken"),
        app_secret=Secret("s"),
    )
    request = next(graph.post(("1/../2", "likes"), {"text": "ok \ud83d"}))
    assert request.headers["authorization"] == "Bearer EAAtoken"
    assert request.url.raw_path.startswith(b"/v23.0/1%2F..%2F2/likes?appsecret_proof=")
    assert "EAAtoken" not in str(request.url)
