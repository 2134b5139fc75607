"""What may be shown of a request."""

from __future__ import annotations

import logging
import time
import traceback

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scskit.http.redaction import (
    hide_in_httpx_logs,
    redact,
    scrub,
    secrets_of,
    shown_headers,
    shown_url,
)

TOKEN = "EAAGm0PX4ZCpsBAKZCtoken"
PROOF = "7d793037a0760186574b0282f2f435e7"


@pytest.mark.parametrize(
    "text",
    [
        f"https://graph.example/me?access_token={TOKEN}&fields=id",
        f"https://graph.example/me?fields=id&appsecret_proof={TOKEN}",
        f"https://api.example/webhook?hub.verify_token={TOKEN}",
        f"Authorization: Bearer {TOKEN}",
        f"headers={{'authorization': 'Bearer {TOKEN}'}}",
        f'{{"access_token": "{TOKEN}", "id": "7"}}',
        f"{{'client_secret': '{TOKEN}'}}",
        f"grant_type=refresh_token&refresh_token={TOKEN}",
        f"X-Hub-Signature-256: sha256={TOKEN}",
        f"Settings(token='{TOKEN}', id='7')",
        f'OAuth oauth_consumer_key="k", oauth_token="{TOKEN}", oauth_signature="{TOKEN}"',
        f"accessToken={TOKEN}",
        f"x-api-key: {TOKEN}",
    ],
)
def test_secrets_are_known_by_their_names(text):
    """What travels under the name of a secret is hidden, wherever it is written."""
    assert TOKEN not in redact(text)
    assert "…" in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "Error validating access token: Session has expired on Saturday, 29-Jun-24.",
        "Invalid OAuth access token - Cannot parse access token",
        "Bearer authentication is required",
        "https://api.example/2/users/7/mentions?max_results=5&tweet.fields=author_id",
        '{"error": {"code": 190, "type": "OAuthException", "fbtrace_id": "AXsgnV2Cm3Z"}}',
        "the signature is missing; the secret: none",
    ],
)
def test_what_a_network_says_stays_readable(text):
    """An explanation is not torn up because it speaks of tokens."""
    assert redact(text) == text


@given(st.text(min_size=8), st.text(), st.text())
def test_a_known_secret_is_hidden_anywhere(secret, before, after):
    """A secret that travelled is found again in any text, also when it is escaped for a URL."""
    assert secret not in redact(f"{before}{secret}{after}", [secret]).replace("…", "\0")


def test_a_known_secret_is_hidden_in_its_escaped_spelling():
    """An address that quotes a token quotes it escaped."""
    secret = "a/b+c d=e&f1"
    spelled = "a%2Fb%2Bc%20d%3De%26f1 a/b%2Bc%20d%3De%26f1 a%2Fb%2Bc+d%3De%26f1"
    assert redact(spelled, [secret]) == "… … …"


def test_urls_and_headers_keep_what_is_no_secret():
    """A log line still tells which request it was."""
    url = f"https://ana:{TOKEN}@graph.example/7/comments?fields=id&access_token={TOKEN}#x"
    assert shown_url(url) == "https://graph.example/7/comments?fields=id&access_token=…"
    assert shown_headers({"Accept": "*/*", "Authorization": TOKEN, "Set-Cookie": TOKEN}) == {
        "Accept": "*/*",
        "Authorization": "…",
        "Set-Cookie": "…",
    }


def test_the_secrets_of_a_request():
    """Header, query, form, JSON, user information: each carries secrets."""
    form = httpx.Request(
        "POST",
        f"https://ana:hunter22@graph.example/me?access_token={TOKEN}&next_token=page-two",
        headers={"authorization": "Bearer b-4711"},
        data={"appsecret_proof": PROOF, "message": "hello"},
    )
    assert secrets_of(form) >= {TOKEN, "b-4711", PROOF, "hunter22"}
    assert not secrets_of(form) & {"hello", "page-two"}
    signed = 'OAuth oauth_token="t-4711", oauth_signature="s%2B4711", oauth_nonce="n-4711"'
    as_json = httpx.Request(
        "POST",
        "https://api.example/token",
        headers={"authorization": signed},
        json={"refresh_token": TOKEN, "text": "hello"},
    )
    assert secrets_of(as_json) >= {TOKEN, "t-4711", "s%2B4711"}
    assert "hello" not in secrets_of(as_json)
    stream = httpx.Request("POST", "https://api.example/", content=iter([b"x"]))
    assert secrets_of(stream) == frozenset()


def raised():
    error = RuntimeError(f"no answer for {TOKEN}", 7)
    error.add_note(f"asked with {TOKEN}")
    error.__cause__ = KeyError({"access_token": TOKEN, "id": 7})
    error.__cause__.__context__ = ExceptionGroup("several", [ValueError(TOKEN)])
    return error


def test_an_exception_shows_no_secret_wherever_it_came_from():
    """A traceback can be sent to whoever helps: message, notes and causes are clean."""
    error = raised()
    scrub(error, [TOKEN])
    shown = "".join(traceback.format_exception(error))
    assert TOKEN not in shown
    assert "ValueError: …" in shown
    assert "no answer for …" in shown
    assert error.args[1] == 7


def test_httpx_does_not_log_tokens(caplog):
    """The lines that httpx itself writes about requests do not give tokens away."""
    hide_in_httpx_logs()
    hide_in_httpx_logs()
    answer = httpx.MockTransport(lambda _: httpx.Response(200))
    with caplog.at_level(logging.DEBUG), httpx.Client(transport=answer) as client:
        client.get(f"https://graph.example/me?fields=id&access_token={TOKEN}")
    assert "https://graph.example/me?fields=id&access_token=…" in caplog.text
    assert TOKEN not in caplog.text
    assert sum("_Hiding" in repr(f) for f in logging.getLogger("httpx").filters) == 1


@pytest.mark.parametrize("text", ["a" * 200_000, "a-" * 100_000, "token=" * 40_000, '"\\' * 90_000])
def test_long_texts_are_read_quickly(text):
    """No text that a network sends makes hiding secrets slow."""
    begin = time.perf_counter()
    redact(text)
    assert time.perf_counter() - begin < 2
