"""What X refuses leads to what should be done next."""

import json
import os
from pathlib import Path

import httpx
import pytest

from scskit.core.errors import CredentialsRejected, OutcomeUnknown, Rejected, RetryLater
from scskit_twitter.errors import problem_of, refusal

SHARED = Path(os.environ.get("SCSKIT_SHARED") or Path(__file__).parents[4] / "shared")
RECORDED = sorted((SHARED / "payloads" / "errors").glob("*_twitter_*.json"))
ABSENT = pytest.mark.skip(f"there are no recorded errors in {SHARED}; set SCSKIT_SHARED")
PROBLEMS = "https://api.twitter.com/2/problems"


def response(status, body, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if isinstance(body, bytes):
        return httpx.Response(status, content=body, headers=named)
    return httpx.Response(status, json=body, headers=named)


def problem(kind="about:blank", **given):
    return {"type": kind, "title": "Title", "detail": "Detail", **given}


@pytest.mark.parametrize(
    "file", RECORDED or [pytest.param(None, marks=ABSENT)], ids=lambda f: f and f.stem
)
def test_recorded_refusals_are_classified(file):
    """What X really answered is understood as people understood it."""
    held = json.loads(file.read_bytes())
    found = problem_of(response(held["http_status"], held["body"], **held["headers"]))
    expect = held["expect"]
    assert (found.error_class if found else "ok") == expect["class"]
    error = refusal(response(held["http_status"], held["body"]), writes=False)
    assert isinstance(error, RetryLater) == expect["retry"]
    for name in ("code", "subcode"):
        if expect.get(name) is not None:
            assert str(getattr(found, name)) == str(expect[name])


@pytest.mark.parametrize(
    ("status", "body", "error_class", "kind", "code"),
    [
        (401, problem(), "auth", CredentialsRejected, None),
        (401, {"errors": [{"code": 89, "message": "Expired"}]}, "auth", CredentialsRejected, 89),
        (403, {"errors": [{"code": 32, "message": "No"}]}, "auth", CredentialsRejected, 32),
        (402, problem(title="CreditsDepleted"), "billing", Rejected, None),
        (429, problem(f"{PROBLEMS}/usage-capped"), "billing", Rejected, "usage-capped"),
        (429, problem(), "rate_limit", RetryLater, None),
        (429, b"Rate limit exceeded", "rate_limit", RetryLater, None),
        (400, {"errors": [{"code": 88, "message": "Slow"}]}, "rate_limit", RetryLater, 88),
        (403, problem(detail="duplicate content."), "policy", Rejected, "duplicate"),
        (
            403,
            {"detail": "Status is a duplicate", "errors": [{"code": 187}]},
            "policy",
            Rejected,
            187,
        ),
        (
            403,
            problem(
                detail="Reply to this conversation is not allowed because you have not been "
                "mentioned or otherwise engaged by the author."
            ),
            "policy",
            Rejected,
            "not-summoned",
        ),
        (
            403,
            problem(f"{PROBLEMS}/client-forbidden", reason="client-not-enrolled"),
            "permission",
            Rejected,
            "client-forbidden",
        ),
        (403, problem(), "permission", Rejected, None),
        (403, {"errors": [{"code": 349, "message": "No."}]}, "permission", Rejected, 349),
        (403, {"errors": [{"code": 327, "message": "Done."}]}, "permanent", Rejected, 327),
        (403, {"errors": [{"code": 161, "message": "Slow."}]}, "rate_limit", RetryLater, 161),
        (429, problem(title="UsageCapExceeded"), "billing", Rejected, None),
        (400, {"error": "invalid_grant"}, "auth", CredentialsRejected, "invalid_grant"),
        (
            404,
            problem(f"{PROBLEMS}/resource-not-found"),
            "permanent",
            Rejected,
            "resource-not-found",
        ),
        (400, problem(f"{PROBLEMS}/invalid-request"), "permanent", Rejected, "invalid-request"),
        (404, b"", "permanent", Rejected, None),
        (503, b"<html>over capacity</html>", "retryable", RetryLater, None),
        (500, {"errors": [{"code": 131, "message": "Internal"}]}, "retryable", RetryLater, 131),
        (503, problem(f"{PROBLEMS}/internal-error"), "retryable", RetryLater, "internal-error"),
    ],
)
def test_the_code_decides_before_the_status(status, body, error_class, kind, code):
    """A refusal is told apart by X's own code, and by the HTTP status only where there is none."""
    found = refusal(response(status, body), writes=False)
    assert (type(found), found.error_class, found.code) == (kind, error_class, code)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
def test_a_failing_server_leaves_a_write_open(status):
    """Reading is tried again; of a write nobody knows whether it was carried out."""
    assert isinstance(refusal(response(status, {}), writes=False), RetryLater)
    assert isinstance(refusal(response(status, {}), writes=True), OutcomeUnknown)


def test_a_partial_answer_is_told_as_such():
    """An answer with data and errors did in part what was asked; one without did nothing."""
    errors = [problem(f"{PROBLEMS}/resource-not-found")]
    assert problem_of(response(200, {"data": [], "errors": errors})).error_class == "partial"
    assert problem_of(response(200, {"errors": errors})).error_class == "permanent"
    assert problem_of(response(200, {"data": []})) is None


def test_the_daily_limit_counts_where_it_is_the_one_that_is_used_up():
    """X tells of three windows; the wait is until the one that is exhausted."""
    found = refusal(
        response(
            429,
            problem(),
            date="Mon, 02 Nov 2026 12:00:00 GMT",
            x_rate_limit_remaining="17",
            x_rate_limit_reset="1793620860",
            x_user_limit_24hour_remaining="0",
            x_user_limit_24hour_reset="1793624400",
        ),
        writes=True,
    )
    assert found.retry_after == 3600


def test_without_any_hint_a_whole_window_is_waited():
    """X counts in windows of fifteen minutes."""
    assert refusal(response(429, problem()), writes=True).retry_after == 900


def test_what_the_support_asks_for_is_kept():
    """Code, reason and the id of the request go with the error."""
    body = problem(f"{PROBLEMS}/client-forbidden", reason="client-not-enrolled")
    found = refusal(response(403, body, x_transaction_id="f00d"), writes=True)
    assert (found.request_id, found.subcode) == ("f00d", "client-not-enrolled")
    assert str(found) == "X answered 403: Detail"


@pytest.mark.parametrize(
    "body", [[], "text", 7, None, {"errors": "no"}, {"errors": [7]}, {"type": 7}]
)
def test_any_body_can_be_classified(body):
    """What X sends with an error is not relied on."""
    assert refusal(response(400, body), writes=True).error_class == "permanent"


@pytest.mark.parametrize(
    ("status", "issue", "error_class", "kind"),
    [
        (429, "TooManyConnections", "rate_limit", RetryLater),
        (503, "ProvisioningSubscription", "retryable", RetryLater),
        (409, "RuleConfigurationIssue", "permanent", Rejected),
        (409, "RulesInvalidIssue", "permanent", Rejected),
    ],
)
def test_a_stream_that_is_refused_says_whether_waiting_helps(status, issue, error_class, kind):
    """One kind of problem stands for too many connections and for rules that nobody wrote."""
    body = problem(f"{PROBLEMS}/streaming-connection", connection_issue=issue)
    error = refusal(response(status, body), writes=False)
    assert (type(error), error.error_class) == (kind, error_class)
    assert (error.code, error.subcode) == ("streaming-connection", issue)
