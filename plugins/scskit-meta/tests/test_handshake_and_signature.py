from datetime import UTC, datetime

import pytest

from scskit.core.errors import SignatureInvalid
from scskit.http.signing import sign
from scskit.plugins import Secret, WebhookRequest
from scskit_meta import handshake, signature

TOKEN = Secret("chosen-word")
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


def asked(**changed):
    query = {
        "hub.mode": "subscribe",
        "hub.challenge": "1158201444",
        "hub.verify_token": "chosen-word",
    }
    query |= {f"hub.{name}": value for name, value in changed.items()}
    return WebhookRequest(method="GET", received_at=NOW, query=query)


def pushed(body, signature_):
    headers = {"X-Hub-Signature-256": signature_} if signature_ is not None else {}
    return WebhookRequest(method="POST", received_at=NOW, headers=headers, body=body)


def test_the_challenge_comes_back_as_plain_text():
    """Meta is answered its challenge and nothing else, as text that no browser runs."""
    response = handshake.answer(asked(), TOKEN)
    assert (response.status, response.body) == (200, b"1158201444")
    assert response.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize(
    "changed",
    [
        {"verify_token": "another"},
        {"verify_token": ""},
        {"verify_token": "chosen-wörd\udc80"},
        {"mode": "unsubscribe"},
        {"challenge": "<script>alert(1)</script>"},
        {"challenge": ""},
        {"challenge": "1" * 257},
    ],
)
def test_a_stranger_is_refused_and_told_nothing(changed):
    """Whoever does not know the verify token, or sends no plain challenge, gets 403."""
    response = handshake.answer(asked(**changed), TOKEN)
    assert response.status == 403
    assert b"<" not in response.body


def test_without_a_verify_token_nobody_is_let_in():
    """A desk that has no verify token refuses every handshake, also one with an empty token."""
    assert handshake.answer(asked(), None).status == 403
    assert handshake.answer(asked(verify_token=""), None).status == 403


def test_other_requests_are_no_handshake():
    """A pushed body, or a visit without Meta's parameters, is left to others."""
    assert handshake.answer(pushed(b"{}", None), TOKEN) is None
    assert handshake.answer(WebhookRequest(method="GET", received_at=NOW), TOKEN) is None


def test_either_of_two_secrets_signs_while_one_replaces_the_other():
    """Both secrets are taken during a rotation, over the bytes exactly as they came."""
    body = b'{"text":"caf\\u00e9 \\/ t\\u00e9"}'
    for secret in ("old", "new"):
        signature.verify(pushed(body, sign(body, secret)), (Secret("new"), Secret("old")))


@pytest.mark.parametrize(
    ("signature_", "reason"),
    [
        (None, "missing"),
        (sign(b"{}", "stranger"), "does not match"),
        (sign(b"{ }", "ours"), "does not match"),
        (sign(b"{}", "ours").removeprefix("sha256="), "does not match"),
        (sign(b"{}", "ours", "base64"), "does not match"),
    ],
)
def test_what_meta_did_not_sign_is_refused(signature_, reason):
    """A missing, foreign, re-encoded or otherwise written signature never passes."""
    with pytest.raises(SignatureInvalid, match=reason):
        signature.verify(pushed(b"{}", signature_), (Secret("ours"),))


def test_without_secrets_nothing_passes():
    """A desk without any secret cannot be written to by whoever signs with an empty one."""
    with pytest.raises(SignatureInvalid, match="no secret"):
        signature.verify(pushed(b"{}", sign(b"{}", "")), ())
