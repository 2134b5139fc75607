"""Who may push: signatures, and the handshake that must sign nothing else."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scskit.core.errors import PayloadInvalid, SignatureInvalid
from scskit.http.signing import sign
from scskit.plugins import WebhookRequest
from scskit_twitter.config import read
from scskit_twitter.connector import TwitterConnector
from scskit_twitter.limits import CRC_TOKEN

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
BODY = '{"for_user_id":"100","text":"¡Hola! \\ud83d\\ude00"}'.encode()


def connector(*secrets):
    return TwitterConnector(read({"twitter": {"secrets": list(secrets)}}))


def pushed(body=BODY, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return WebhookRequest(method="POST", received_at=NOW, headers=named, body=body)


def checked(token, method="GET"):
    return WebhookRequest(method=method, received_at=NOW, query={"crc_token": token})


@pytest.mark.parametrize("secret", ["new", "old"])
def test_either_secret_is_good_while_one_replaces_the_other(secret):
    """A consumer secret can be renewed without losing a message."""
    request = pushed(X_Twitter_Webhooks_Signature=sign(BODY, secret, "base64"))
    connector("new", "old").verify(request)


@pytest.mark.parametrize(
    "signature",
    ["", "sha256=", sign(BODY, "other", "base64"), sign(BODY, "new", "hex"), sign(b"", "new")],
)
def test_anything_else_is_refused(signature):
    """Without a signature over these very bytes nothing is taken for X's."""
    with pytest.raises(SignatureInvalid):
        connector("new").verify(pushed(x_twitter_webhooks_signature=signature))


def test_a_body_that_was_written_anew_is_refused():
    """The signature is over the bytes as they came, escapes and all."""
    request = pushed(
        json.dumps(json.loads(BODY)).encode(),
        x_twitter_webhooks_signature=sign(BODY, "new", "base64"),
    )
    with pytest.raises(SignatureInvalid):
        connector("new").verify(request)


def test_without_a_secret_nobody_is_believed():
    """A forgotten secret is no open door."""
    with pytest.raises(SignatureInvalid, match="no secret is configured"):
        connector().verify(pushed(x_twitter_webhooks_signature=sign(BODY, "", "base64")))


def test_the_challenge_is_answered_with_the_newest_secret():
    """X validates the address: HMAC-SHA256 of its token, in base64."""
    found = connector("apiSecret", "old").handshake(checked("bm9uY2UtMTIzNDU2Nzg5MA"))
    assert (found.status, found.headers["content-type"]) == (200, "application/json")
    assert json.loads(found.body) == {
        "response_token": sign(b"bm9uY2UtMTIzNDU2Nzg5MA", "apiSecret", "base64")
    }


def test_the_answer_is_the_documented_one():
    """The published example of key and token gives the published answer."""
    assert sign(b"test token", "apiSecret", "base64") == (
        "sha256=O5hJl2njQRIa4vsumZ+3oom9ECR5m3aQLRZkPoYelp0="
    )


@pytest.mark.parametrize(
    "token",
    ["", "short", "x" * 129, '{"for_user_id":"100"}', "[1234567890123456]", "has space in it ok"],
)
def test_what_could_be_a_body_is_not_signed(token):
    """Whoever sends a message as a token does not get a signature for it."""
    found = connector("new").handshake(checked(token))
    assert found.status == 400
    assert b"sha256" not in found.body


@given(st.from_regex(CRC_TOKEN, fullmatch=True))
def test_nothing_that_is_signed_is_ever_a_message(token):
    """Whatever the handshake signs, sent as a body it brings nothing in."""
    with pytest.raises(PayloadInvalid):
        connector("new").parse(pushed(token.encode()))


@pytest.mark.parametrize("request_", [checked("x" * 20, "POST"), pushed()])
def test_other_requests_are_no_handshake(request_):
    """Only a GET with a token is one."""
    assert connector("new").handshake(request_) is None


def test_a_get_without_a_secret_signs_nothing():
    """Without a secret there is nothing to answer with."""
    assert connector().handshake(checked("x" * 20)).status == 403
