"""What a response tells about when to come back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scskit.http.usage import (
    BY_BUSINESS,
    PERCENTAGES,
    RECEIVED_AT,
    WINDOWS,
    load,
    wait_told,
    windows,
)

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
EPOCH = int(NOW.timestamp())


def response(status=200, *, noted=True, **headers):
    extensions = {RECEIVED_AT: NOW} if noted else {}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, headers=named, extensions=extensions)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, None),
        ({"retry_after": "120"}, 120),
        ({"retry_after": "1.5"}, 1.5),
        ({"retry_after": "Mon, 02 Mar 2026 09:31:00 GMT"}, 60),
        ({"retry_after": "Mon, 02 Mar 2026 09:29:00 GMT"}, 0),
        ({"retry_after": "soon"}, None),
        ({"retry_after": "-3"}, None),
        ({"retry_after": "1e300"}, 31 * 86400),
        ({"x_rate_limit_reset": f"{EPOCH + 840}", "x_rate_limit_remaining": "0"}, 840),
        ({"x_rate_limit_reset": f"{EPOCH + 840}", "x_rate_limit_remaining": "3"}, None),
        ({"ratelimit_reset": "30", "ratelimit_remaining": "0"}, 30),
        ({"x_ratelimit_reset": "2026-03-02T09:35:00Z", "x_ratelimit_remaining": "0"}, 300),
        ({"x_ratelimit_reset": f"{EPOCH}500", "x_ratelimit_remaining": "0"}, 0.5),
        (
            {
                "x_rate_limit_reset": f"{EPOCH + 60}",
                "x_rate_limit_remaining": "0",
                "x_user_limit_24hour_reset": f"{EPOCH + 7200}",
                "x_user_limit_24hour_remaining": "0",
                "x_app_limit_24hour_reset": f"{EPOCH + 9000}",
                "x_app_limit_24hour_remaining": "12",
            },
            7200,
        ),
        (
            {
                BY_BUSINESS: '{"12": [{"type": "messenger", "call_count": 110, "total_cputime": 4,'
                ' "total_time": 9, "estimated_time_to_regain_access": 19}]}'
            },
            19 * 60,
        ),
        ({"x_app_usage": '{"call_count": 100, "total_time": 1, "total_cputime": 1}'}, None),
    ],
)
def test_how_long_to_wait(headers, wait):
    """Whatever form a network writes it in, the wait comes out in seconds; the longest counts."""
    assert wait_told(response(**headers)) == wait


def test_a_full_window_that_names_no_rest():
    """A 429 with a reset means that nothing is left until then."""
    reset = {"x_rate_limit_reset": f"{EPOCH + 60}"}
    assert wait_told(response(429, **reset)) == 60
    assert wait_told(response(200, **reset)) is None


def test_without_a_driver_the_servers_own_time_counts():
    """A flow that is run by hand in a test finds the same waits by the ``Date`` of the answer."""
    reset = {"x_rate_limit_reset": f"{EPOCH + 60}", "x_rate_limit_remaining": "0"}
    assert wait_told(response(noted=False, date="Mon, 02 Mar 2026 09:30:00 GMT", **reset)) == 60
    assert wait_told(response(noted=False, **reset)) is None
    assert wait_told(response(noted=False, retry_after="7")) == 7


def test_load():
    """Of all that is counted, what is nearest to its limit decides."""
    headers = {
        "x-app-usage": '{"call_count": 12, "total_time": 83, "total_cputime": 1}',
        "x-page-usage": '{"call_count": 5}',
        BY_BUSINESS: '{"1": [{"call_count": 95.5}], "2": [{"estimated_time_to_regain_access": 3}]}',
    }
    assert load(headers).share == pytest.approx(0.955)
    assert load(headers).blocked_for == timedelta(minutes=3)


NAMES = [f"{name}-{part}" for name in WINDOWS for part in ("limit", "remaining", "reset")]
ALL = st.sampled_from([*NAMES, *PERCENTAGES, BY_BUSINESS, "retry-after", "date"])
NUMBERS = st.one_of(st.integers(), st.floats()).map(str)
JSON = st.sampled_from(
    ['{"call_count": 1e999}', "[]", '{"a": [{"call_count": null}]}', '{"a": 1}', "[" * 5000, "{"]
)
TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=126)) | JSON
DATES = st.sampled_from(["Mon, 02 Mar 2026 09:31:00 -0000", "9999-12-31T23:59:59", "0001-01-01"])


@given(st.dictionaries(ALL, NUMBERS | TEXT | DATES), st.sampled_from([200, 429]), st.booleans())
def test_no_header_breaks_anything(headers, status, noted):
    """Whatever stands in a header, a wait is a reasonable number of seconds, or none."""
    extensions = {RECEIVED_AT: NOW} if noted else {}
    found = httpx.Response(status, headers=headers, extensions=extensions)
    wait = wait_told(found)
    assert wait is None or 0 <= wait <= 31 * 86400
    assert all(window.resets_at.tzinfo for window in windows(found, NOW))
    assert load(found.headers).share == load(found.headers).share
